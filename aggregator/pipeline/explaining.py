"""Explains the comparison of two stored articles, as the daemon made it or would make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aggregator.core import corrected, corrections, fingerprint, match, overlap, text, urls
from aggregator.core.rules import Rules
from aggregator.edge.store import bonds
from aggregator.edge.store.comparing import Bodies
from aggregator.errors import UsageError
from aggregator.model import Correction, Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two articles."""

    article: int
    outlet: str
    title: str
    url: str
    published_at: str
    words: int
    shingles: int
    story: int | None
    gate: str | None
    dropped: int  # template sentences left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Two articles compared, with every number the decision rests on."""

    a: Side
    b: Side
    pair: Match
    estimate: float
    shared_bands: int
    longest: str  # the longest passage in common, normalised
    rule: str
    together: tuple[Correction, ...] = ()  # by which a person holds them in one story
    apart: tuple[Correction, ...] = ()  # by which a person keeps them in two

    def to_dict(self) -> dict[str, Any]:
        """The contract of `explain --json`."""
        sides = {
            name: {field: getattr(side, field) for field in Side.__slots__}
            for name, side in (("a", self.a), ("b", self.b))
        }
        pair = self.pair
        return sides | {
            "verdict": pair.verdict.value,
            "reason": pair.reason,
            "jaccard": round(pair.jaccard, 4),
            "a_in_b": round(pair.a_in_b, 4),
            "b_in_a": round(pair.b_in_a, 4),
            "shared_shingles": pair.shared,
            "estimated_jaccard": round(self.estimate, 4),
            "shared_bands": self.shared_bands,
            "longest_passage": self.longest,
            "rule": self.rule,
            "person": {
                "together": [corrected.to_dict(each) for each in self.together],
                "apart": [corrected.to_dict(each) for each in self.apart],
            },
        }

    def to_text(self) -> str:
        """The same for a terminal; nothing in it can steer one."""
        pair, lines = self.pair, []
        for name, side in (("A", self.a), ("B", self.b)):
            lines += [
                f"{name}  {side.outlet}, {side.published_at}: {side.title}",
                f"   {side.url}",
                f"   article {side.article}, story {side.story or 'none'}; {side.words} words,"
                f" {side.shingles} shingles, {side.dropped} repeated sentences left out",
            ]
            if side.gate:
                lines.append(f"   not compared: {side.gate}")
        lines += [
            f"verdict    {pair.verdict}: {pair.reason}",
            f"Jaccard    {pair.jaccard:.3f}, estimated {self.estimate:.3f} from MinHash",
            f"contained  {pair.a_in_b:.1%} of A in B, {pair.b_in_a:.1%} of B in A,"
            f" {pair.shared} shingles",
            f"proposed   by {self.shared_bands} of {fingerprint.BANDS} bands",
            f"longest    {self.longest or 'no passage of five words'}",
            f"rule       {self.rule}",
        ]
        for word, found in (("together", self.together), ("apart", self.apart)):
            lines += [f"{word:<10} {corrected.sentence(each)}" for each in found]
        return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in lines)


def explain(db: Any, a: str, b: str) -> Explained:
    """Compare two articles named by id or URL, by the rules that the database was made by.

    Raises UsageError when one is not in the database.
    """
    stored = db.execute("SELECT value FROM meta WHERE name = 'rules'").fetchone()
    rules = Rules.from_json(stored[0]) if stored else Rules()
    bodies = Bodies(rules)
    first, second = (find_article(db, name) for name in (a, b))
    if first == second:
        raise UsageError(f"{a} and {b}", "are the same article")
    left, right = bodies.whole(db, first), bodies.whole(db, second)
    pair = match.compare(left, right, rules.thresholds)
    if pair.a != left.key:  # compare() orders by id; people expect their own order
        pair = Match(
            a=pair.b, b=pair.a, jaccard=pair.jaccard, a_in_b=pair.b_in_a, b_in_a=pair.a_in_b,
            shared=pair.shared, verdict=pair.verdict, reason=pair.reason,
        )  # fmt: skip
    decided = bonds.in_force(db)
    prints = [fingerprint.fingerprint_tokens(list(body.tokens)) for body in (left, right)]
    return Explained(
        a=_side(db, left),
        b=_side(db, right),
        pair=pair,
        estimate=fingerprint.estimate(*prints),
        shared_bands=sum(x == y for x, y in zip(prints[0].bands, prints[1].bands, strict=False)),
        longest=_longest(left, right),
        rule=rules.thresholds.describe(),
        together=corrections.held_by(decided, first, second),
        apart=corrections.kept_apart_by(decided, first, second),
    )


def find_article(db: Any, name: str) -> int:
    """The id of an article named by its id or URL; UsageError when it is not there."""
    if name.isascii() and name.isdigit() and len(name) < 19:  # what SQLite takes for a row id
        row = db.execute("SELECT id FROM articles WHERE id = ?", [int(name)]).fetchone()
    else:
        cleaned = urls.clean_url(name)
        key = urls.url_key(cleaned) if cleaned else name
        row = db.execute(
            "SELECT id FROM articles WHERE url_key = ? OR url = ? OR final_url = ? ORDER BY id",
            [key, name, name],
        ).fetchone()
    if row is None:
        raise UsageError(name, "no such article", hint="its id or URL as Datasette shows it")
    return int(row[0])


def _side(db: Any, body: overlap.Body) -> Side:
    row = db.execute(
        "SELECT articles.*, outlets.name, fingerprints.gate,"
        " coalesce(json_array_length(fingerprints.dropped), 0) AS left_out FROM articles"
        " JOIN outlets ON outlets.id = articles.outlet"
        " LEFT JOIN fingerprints ON fingerprints.article = articles.id WHERE articles.id = ?",
        [body.key],
    ).fetchone()
    return Side(
        article=body.key,
        outlet=row["name"],
        title=row["title"],
        url=row["final_url"],
        published_at=row["published_at"],
        words=row["words"],
        shingles=len(body.shingles),
        story=row["cluster"],
        gate=row["gate"] or (None if row["verdict"] == "good" else row["verdict"]),
        dropped=row["left_out"],
    )


def _longest(a: overlap.Body, b: overlap.Body) -> str:
    """The longest run of tokens in common, by the runs of five that both have."""
    import numpy as np

    hits = np.isin(text.runs(list(a.tokens)), b.shingles)
    best = start = end = 0
    for at, hit in enumerate([*hits, False]):
        if not hit:
            if at - start > best:
                best, end = at - start, at
            start = at + 1
    if not best:
        return ""
    passage = " ".join(a.tokens[end - best : end + text.SHINGLE_TOKENS - 1])
    return passage if len(passage) <= 300 else passage[:299] + "…"
