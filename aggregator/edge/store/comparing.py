"""Fetches candidates and texts for comparison and stores verified pairs; decides nothing."""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aggregator.core import fingerprint, overlap, text
from aggregator.core.overlap import Body
from aggregator.core.rules import Rules
from aggregator.core.times import moment
from aggregator.edge.store import templates
from aggregator.model import Match, MatchVerdict

KEPT_BODIES = 2048  # about 15 kB each
KEPT_TEXTS = 256  # of articles that share their text: each is read and cut up once


class Bodies:
    """Cleaned texts ready to be compared, by article; keeps the most used ones in memory."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._kept: OrderedDict[tuple[int, str], Body] = OrderedDict()
        self._texts: OrderedDict[str, Body] = OrderedDict()  # by digest

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
        same = self._texts.get(row["digest"])
        if same is None:
            story = templates.cleaned(db, article, rules=self.rules)
            same = overlap.make_body(key=0, tokens=story.tokens, sentences=story.sentences)
            if row["digest"]:  # one that was forgotten stands for no text
                self._texts[row["digest"]] = same
                if len(self._texts) > KEPT_TEXTS:
                    self._texts.popitem(last=False)
        return replace(
            same,
            key=article,
            title=frozenset(text.tokens(row["title"])),
            first_at=moment(row["first_at"]),
            last_at=moment(row["last_at"]),
        )

    def whole(self, db: Any, article: int) -> Body:
        """The body with the outlets that ran it; also of an article that is not compared."""
        if not db.execute(
            "SELECT 1 FROM fingerprints WHERE article = ? AND recipe <> ''", [article]
        ).fetchone():
            tokens = templates.cleaned(db, article, rules=self.rules).tokens
            return overlap.make_body(key=article, tokens=tokens)
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
    """Holders that share a band key or enough sampled shingles with this one, in id order."""
    found: set[int] = set()
    for band, key, held in _shared(db, "bands", "band, key", article, fingerprint.KEY_LIMIT):
        found.update(_holders(db, band, key, held))
    sampled: Counter[int] = Counter()
    for key, held in _shared(db, "samples", "key", article, fingerprint.SAMPLE_LIMIT):
        sampled.update(_holders(db, None, key, held))
    found.update(_enough(db, article, sampled))
    found.discard(article)
    return sorted(found)


def holders(
    db: Any, keys: Sequence[tuple[int | None, int]]
) -> dict[tuple[int | None, int], list[int]]:
    """What band keys (band, key) and samples (None, key) of any text propose, by the rules above.

    Keys that one text holds are left out: of those asked for here most are.
    """
    found: dict[tuple[int | None, int], list[int]] = {}
    for table, same, limit in (
        ("bands", "band = value ->> 0 AND other.key = value ->> 1", fingerprint.KEY_LIMIT),
        ("samples", "other.key = value ->> 1", fingerprint.SAMPLE_LIMIT),
    ):
        some = [key for key in set(keys) if (key[0] is None) == (table == "samples")]
        rows = db.execute(
            "SELECT value ->> 0, value ->> 1, (SELECT count(*) FROM"  # noqa: S608  ours
            f" (SELECT 1 FROM {table} AS other WHERE {same} LIMIT ?)) AS held"
            " FROM json_each(?) WHERE held > 1",
            [limit + 1, json.dumps(some)],
        ).fetchall()
        for band, key, held in rows:
            found[band, key] = _holders(db, band, key, held)
    return found


def _holders(db: Any, band: int | None, key: int, held: int) -> list[int]:
    """What a key proposes that so many texts hold: of a sample in a crowd the first few."""
    if band is None:
        asked = held if held <= fingerprint.SAMPLE_LIMIT else fingerprint.SAMPLE_FIRST
        rows = db.execute(
            "SELECT article FROM samples WHERE key = ? ORDER BY article LIMIT ?", [key, asked]
        )
    elif held > fingerprint.KEY_LIMIT:
        return []
    else:
        rows = db.execute("SELECT article FROM bands WHERE band = ? AND key = ?", [band, key])
    return [row[0] for row in rows]


def to_compare(db: Any, article: int, found: list[int]) -> list[int]:
    """Those candidates, but for later ones that wait too: they ask for this one in their turn."""
    if not found or found[-1] < article:
        return found
    later = db.execute(
        "SELECT article FROM fingerprints WHERE clustered = 0 AND article > ?"
        " AND article IN (SELECT value FROM json_each(?))",
        [article, json.dumps(found)],
    )
    return sorted(set(found) - {row[0] for row in later})


def _enough(db: Any, article: int, sampled: Counter[int]) -> list[int]:
    """Those texts that have as many samples in common with this one as their lengths ask for."""
    some = {one: n for one, n in sampled.items() if n >= fingerprint.SAMPLES_SHARED}
    sizes = dict(
        db.execute(
            "SELECT article, shingles FROM fingerprints"
            " WHERE article IN (SELECT value FROM json_each(?))",
            [json.dumps([article, *some])],
        ).fetchall()
    )
    return [
        one
        for one, count in some.items()
        if count >= fingerprint.samples_needed(sizes[article], sizes[one])
    ]


def _shared(db: Any, table: str, columns: str, article: int, limit: int) -> list[Any]:
    """An article's keys that others hold too, each with how many do, counted to past `limit`.

    One statement for all keys: nearly all of them are the article's alone.
    """
    same = " AND ".join(f"other.{column} = mine.{column}" for column in columns.split(", "))
    mine = ", ".join(f"mine.{column}" for column in columns.split(", "))
    rows: list[Any] = db.execute(
        f"SELECT {mine}, (SELECT count(*) FROM (SELECT 1 FROM {table} AS other"  # noqa: S608  ours
        f" WHERE {same} LIMIT ?)) AS held FROM {table} AS mine WHERE article = ? AND held > 1",
        [limit + 1, article],
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
