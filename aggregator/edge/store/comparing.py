"""Fetches candidates and texts for comparison and stores verified pairs; decides nothing."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import replace
from typing import Any

from aggregator.core import fingerprint, match
from aggregator.core.match import Body
from aggregator.core.rules import Rules
from aggregator.core.times import moment
from aggregator.edge.store import prints
from aggregator.model import Match, MatchVerdict

KEPT_BODIES = 2048  # about 15 kB each


class Bodies:
    """Cleaned texts ready to be compared, by article; keeps the most used ones in memory."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._kept: OrderedDict[tuple[int, str], Body] = OrderedDict()

    def get(self, db: Any, article: int) -> Body:
        """The body of an article's exact text, with the time span and outlets of all its runs."""
        row = db.execute(
            "SELECT digest, first_at, last_at, title FROM fingerprints"
            " JOIN articles ON articles.id = article WHERE article = ?",
            [article],
        ).fetchone()
        key = (article, " ".join(row))
        body = self._kept.get(key)
        if body is None:
            body = self._load(db, article, row)
            self._kept[key] = body
            if len(self._kept) > KEPT_BODIES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return body

    def _load(self, db: Any, article: int, row: Any) -> Body:
        return match.make_body(
            key=article,
            tokens=prints.cleaned(db, article, rules=self.rules).tokens,
            title=row["title"],
            first_at=moment(row["first_at"]),
            last_at=moment(row["last_at"]),
        )

    def whole(self, db: Any, article: int) -> Body:
        """The body with the outlets that ran it; also of an article that is not compared."""
        if not db.execute(
            "SELECT 1 FROM fingerprints WHERE article = ? AND recipe <> ''", [article]
        ).fetchone():
            tokens = prints.cleaned(db, article, rules=self.rules).tokens
            return match.make_body(key=article, tokens=tokens)
        return replace(self.get(db, article), outlets=self.outlets(db, article))

    def outlets(self, db: Any, article: int) -> frozenset[str]:
        """Outlets that ran exactly this text: one, or two where there are more."""
        rows = db.execute(
            "SELECT DISTINCT same.outlet FROM fingerprints AS mine"
            " JOIN fingerprints AS same ON same.digest = mine.digest"
            " WHERE mine.article = ? LIMIT 2",
            [article],
        )
        return frozenset(str(row[0]) for row in rows)


def candidates(db: Any, article: int) -> list[int]:
    """Holders that share a band key or two sampled shingles with this one, in id order."""
    found: set[int] = set()
    for band, key in _shared(db, "bands", "band, key", article, fingerprint.KEY_LIMIT):
        rows = db.execute("SELECT article FROM bands WHERE band = ? AND key = ?", [band, key])
        found.update(row[0] for row in rows)
    sampled: Counter[int] = Counter()
    for (key,) in _shared(db, "samples", "key", article, fingerprint.SAMPLE_LIMIT):
        rows = db.execute("SELECT article FROM samples WHERE key = ?", [key])
        sampled.update(row[0] for row in rows)
    found.update(one for one, count in sampled.items() if count >= fingerprint.SAMPLES_SHARED)
    found.discard(article)
    return sorted(found)


def _shared(db: Any, table: str, columns: str, article: int, limit: int) -> list[Any]:
    """An article's keys that others hold too, but no more than `limit` in all.

    One statement for all keys: nearly all of them are the article's alone.
    """
    same = " AND ".join(f"other.{column} = mine.{column}" for column in columns.split(", "))
    mine = ", ".join(f"mine.{column}" for column in columns.split(", "))
    rows: list[Any] = db.execute(
        f"SELECT {mine} FROM {table} AS mine WHERE article = ? AND"  # noqa: S608  our names
        f" (SELECT count(*) FROM (SELECT 1 FROM {table} AS other WHERE {same} LIMIT ?))"
        " BETWEEN 2 AND ?",
        [article, limit + 1, limit],
    ).fetchall()
    return rows


def keep_pair(db: Any, pair: Match) -> None:
    """Store a comparison that found something in common; an older one of the pair goes."""
    if pair.verdict is MatchVerdict.NO:
        db.execute("DELETE FROM pairs WHERE a = ? AND b = ?", [pair.a, pair.b])
        return
    db.execute(
        "INSERT OR REPLACE INTO pairs (a, b, verdict, jaccard, a_in_b, b_in_a, shared, reason)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            pair.a, pair.b, pair.verdict, round(pair.jaccard, 4), round(pair.a_in_b, 4),
            round(pair.b_in_a, 4), pair.shared, pair.reason,
        ],
    )  # fmt: skip


def linked(db: Any, article: int) -> list[int]:
    """Articles that a verified pair joins to this one."""
    merging = [verdict for verdict in MatchVerdict if verdict.merges]
    marks = ", ".join("?" * len(merging))
    rows = db.execute(
        f"SELECT b FROM pairs WHERE a = ? AND verdict IN ({marks})"  # noqa: S608  only marks
        f" UNION SELECT a FROM pairs WHERE b = ? AND verdict IN ({marks})",
        [article, *merging, article, *merging],
    )
    return [row[0] for row in rows]
