"""Explains the comparison of two stored articles, as the daemon made it or would make it."""

from __future__ import annotations

from typing import Any

from aggregator.core import corrections, fingerprint, match, overlap, text, urls
from aggregator.core.explained import Explained, Side
from aggregator.core.rules import Rules
from aggregator.edge.store import bonds
from aggregator.edge.store.comparing import Bodies
from aggregator.errors import UsageError
from aggregator.model import Match


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
