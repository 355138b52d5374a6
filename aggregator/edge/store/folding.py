"""Commit C: verified pairs and the clusters they make; serial, in id order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from aggregator.core import inference, match
from aggregator.core.overlap import Body
from aggregator.core.rules import Rules
from aggregator.edge.store import comparing, grouping, prints, signing
from aggregator.edge.store.bonds import read_bonds
from aggregator.edge.store.comparing import Bodies
from aggregator.edge.store.door import Store
from aggregator.edge.store.naming import assign
from aggregator.edge.store.proposing import Proposer
from aggregator.edge.store.telling import tell_stories
from aggregator.model import Match, MatchVerdict, Outcome

Moves = dict[int, tuple[int | None, int | None]]  # article -> its story before and after
BATCH = 1000  # a story is told again in each batch that adds to it: few batches, little work


def prepare(store: Store, *, rules: Rules) -> None:
    """Make ready for these rules: what other rules decided is decided again. For start-up."""
    with store.write() as db:
        db.executemany(
            "INSERT INTO agencies (id, name) VALUES (?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE name <> excluded.name",
            [(agency.key, agency.name) for agency in rules.agencies],
        )
        prints.prepare(db, rules=rules)
        row = db.execute("SELECT value FROM meta WHERE name = 'rules'").fetchone()
        if row is None or row[0] != rules.to_json():
            db.execute(
                "DELETE FROM pairs WHERE a NOT IN"
                " (SELECT id FROM articles WHERE pruned_at IS NOT NULL)"
            )
            db.execute("UPDATE fingerprints SET clustered = 0")
            db.executemany(
                "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)",
                [("rules", rules.to_json()), ("rules in words", rules.thresholds.describe())],
            )


def count_unclustered(store: Store) -> int:
    """How many articles wait to be compared."""
    row = store.query("SELECT count(*) FROM fingerprints WHERE clustered = 0")[0]
    return int(row[0])


def cluster_batch(
    store: Store,
    bodies: Bodies,
    *,
    now: datetime,
    limit: int = BATCH,
    proposer: Proposer | None = None,
) -> list[Outcome]:
    """Compare and fold the next waiting articles in one commit; an empty list when none waits.

    Fingerprints that wait to be made are made in a commit before. A `proposer` is kept from one
    batch to the next; without one the tables are asked.
    """
    _sign_waiting(store, bodies.rules, limit)
    with store.write() as db:
        if prints.blank(db, limit=1):
            # Nothing may be compared while a candidate's fingerprint is still to be made.
            return [Outcome(stage="cluster", item="fingerprints", result="made", count=limit)]
        waiting = db.execute(
            "SELECT fingerprints.article, holder, gate, articles.cluster, articles.url_key"
            " FROM fingerprints JOIN articles ON articles.id = article"
            " WHERE clustered = 0 ORDER BY article LIMIT ?",
            [limit],
        ).fetchall()
        compared = [row["article"] for row in waiting if not row["gate"] and not row["holder"]]
        proposed = proposer.propose(db, compared) if proposer is not None else None
        touched: set[int] = set()
        outcomes = []
        for row in waiting:
            touched |= _members(db, row["cluster"])
            pairs = _compare(db, bodies, row, proposed)
            touched |= {row["article"], *(p.a for p in pairs), *(p.b for p in pairs)}
            outcomes.append(
                Outcome(
                    stage="cluster",
                    item=row["url_key"],
                    result="gated" if row["gate"] else "clustered",
                    reason=row["gate"] or "",
                    count=len(pairs),
                )
            )
        _fold(db, bodies, touched, now)
        db.executemany(
            "UPDATE fingerprints SET clustered = 1 WHERE article = ?",
            [(row["article"],) for row in waiting],
        )
        return outcomes


def _sign_waiting(store: Store, rules: Rules, limit: int) -> None:
    """Make fingerprints in a commit of their own: a proposer may know only what is committed."""
    if store.query("SELECT 1 FROM fingerprints WHERE clustered = 0 AND recipe = '' LIMIT 1"):
        with store.write() as db:
            for article in prints.blank(db, limit=limit):
                signing.make(db, article, rules=rules)


def _members(db: Any, cluster_id: int | None) -> set[int]:
    if cluster_id is None:
        return set()
    # What is pruned is compared no more and stays where it stands.
    rows = db.execute(
        "SELECT id FROM articles WHERE cluster = ? AND pruned_at IS NULL", [cluster_id]
    )
    return {row[0] for row in rows}


def _compare(
    db: Any, bodies: Bodies, row: Any, proposed: Mapping[int, list[int]] | None = None
) -> list[Match]:
    """Compare one waiting article with its candidates and store what was found."""
    if row["gate"]:
        return []
    article = row["article"]
    mine = bodies.get(db, article)
    if row["holder"]:
        pair = _same(mine, row["holder"])
        comparing.keep_pair(db, pair)
        return [pair]
    found = []
    near = comparing.candidates(db, article) if proposed is None else proposed[article]
    for other in comparing.to_compare(db, article, near):
        theirs = bodies.get(db, other)
        ours = mine
        if match.share_much(ours, theirs, bodies.rules.thresholds):
            # Who ran the texts is asked only for pairs that have something in common.
            ours, theirs = bodies.whole(db, article), bodies.whole(db, other)
        pair = match.compare(ours, theirs, bodies.rules.thresholds)
        comparing.keep_pair(db, pair)
        # A page that merges two stories is told again when the second of them comes.
        if pair.verdict.merges or pair.containment >= inference.PART_SHARE:
            found.append(pair)
    return found


def _same(mine: Body, holder: int) -> Match:
    """An article and the holder of its exact text: there is nothing to compare."""
    return Match(
        a=min(mine.key, holder), b=max(mine.key, holder), jaccard=1.0, a_in_b=1.0, b_in_a=1.0,
        shared=len(mine.shingles), verdict=MatchVerdict.SAME,
        reason="the same text, word for word",
    )  # fmt: skip


def refold(
    db: Any,
    bodies: Bodies,
    articles: Iterable[int],
    *,
    now: datetime,
    remembered: Mapping[int, int] | None = None,
) -> Moves:
    """Fold the stories of these articles at once, in the caller's commit; gives who moved.

    What waits among them is compared first and goes on waiting: a pass compares it again, when
    all texts are ready. `remembered` are the stories that articles are given back to.
    """
    prints.prepare(db, rules=bodies.rules)
    touched = set(articles)
    for article in sorted(touched):
        row = db.execute("SELECT cluster FROM articles WHERE id = ?", [article]).fetchone()
        touched |= _members(db, row["cluster"])
    blank: list[int] = []
    while blank != (left := [row["article"] for row in _waiting(db, touched) if not row["recipe"]]):
        blank = left  # making one may blank another that shows the same text
        for article in blank:
            signing.make(db, article, rules=bodies.rules)
    for row in _waiting(db, touched):
        pairs = _compare(db, bodies, row)
        touched |= {*(pair.a for pair in pairs), *(pair.b for pair in pairs)}
    return _fold(db, bodies, touched, now, remembered or {})


def _waiting(db: Any, articles: set[int]) -> list[Any]:
    """The rows of those articles that wait to be compared, in id order."""
    rows: list[Any] = db.execute(
        "SELECT article, holder, gate, recipe FROM fingerprints WHERE clustered = 0"
        " AND article IN (SELECT value FROM json_each(?)) ORDER BY article",
        [json.dumps(sorted(articles))],
    ).fetchall()
    return rows


def _fold(
    db: Any,
    bodies: Bodies,
    touched: Iterable[int],
    now: datetime,
    remembered: Mapping[int, int] | None = None,
) -> Moves:
    """Partition every component that holds a touched article and give its clusters their ids."""
    bonds = read_bonds(db)
    seen: set[int] = set()
    groups: list[list[int]] = []
    for start in sorted(touched):
        if start not in seen:
            component = sorted(grouping.component(db, start, seen, bonds))
            groups += grouping.partition(db, bodies, component, bonds)
    # Ids are given when all groups are known: an article may have left for another component.
    had, kept = assign(db, sorted(seen), groups, now=now, remembered=remembered or {})
    for article in sorted(seen):
        if not bonds.is_held(article):
            _mark_merged(db, bodies, article)
    tell_stories(db, bodies, kept, now=now)
    place = {article: one for one, group in zip(kept, groups, strict=True) for article in group}
    return {article: (old, place.get(article)) for article, old in had.items()}


def _mark_merged(db: Any, bodies: Bodies, article: int) -> None:
    """Let the pairs of an article say whether its copies stand in another story than it.

    They remain copies, so a later fold sees the same pairs whatever was said here.
    """
    merging = [verdict for verdict in MatchVerdict if verdict.merges]
    marks = ", ".join("?" * len(merging))
    rows = db.execute(
        "SELECT b, mine.cluster = theirs.cluster AS together FROM pairs"  # noqa: S608
        " JOIN articles AS mine ON mine.id = a JOIN articles AS theirs ON theirs.id = b"
        f" WHERE a = ? AND pairs.verdict IN ({marks})"
        " AND together = (pairs.verdict = 'merged')",
        [article, *merging],
    ).fetchall()
    for row in rows:
        pair = match.compare(
            bodies.whole(db, article), bodies.whole(db, row["b"]), bodies.rules.thresholds
        )
        if not row["together"]:
            pair = replace(
                pair,
                verdict=MatchVerdict.MERGED,
                reason=f"{pair.reason}; but one of them holds more of another story",
            )
        comparing.keep_pair(db, pair)
