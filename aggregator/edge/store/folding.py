"""Commit C: verified pairs and the clusters they make; serial, in id order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from aggregator.core import cluster, match, provenance
from aggregator.core.rules import Rules
from aggregator.core.times import stamp
from aggregator.edge.store import comparing, prints
from aggregator.edge.store.comparing import Bodies
from aggregator.edge.store.door import Store
from aggregator.edge.store.telling import retire, tell_story
from aggregator.model import Match, MatchVerdict, Outcome, Role

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
            db.execute("DELETE FROM pairs")
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
    store: Store, bodies: Bodies, *, now: datetime, limit: int = BATCH
) -> list[Outcome]:
    """Compare and fold the next waiting articles in one commit; an empty list when none waits."""
    with store.write() as db:
        for article in prints.blank(db, limit=limit):
            prints.make(db, article, rules=bodies.rules)
        if prints.blank(db, limit=1):
            # Nothing may be compared while a candidate's fingerprint is still to be made.
            return [Outcome(stage="cluster", item="fingerprints", result="made", count=limit)]
        waiting = db.execute(
            "SELECT fingerprints.article, holder, gate, articles.cluster, articles.url_key"
            " FROM fingerprints JOIN articles ON articles.id = article"
            " WHERE clustered = 0 ORDER BY article LIMIT ?",
            [limit],
        ).fetchall()
        touched: set[int] = set()
        outcomes = []
        for row in waiting:
            touched |= _members(db, row["cluster"])
            pairs = _compare(db, bodies, row)
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


def _members(db: Any, cluster_id: int | None) -> set[int]:
    if cluster_id is None:
        return set()
    rows = db.execute("SELECT id FROM articles WHERE cluster = ?", [cluster_id])
    return {row[0] for row in rows}


def _compare(db: Any, bodies: Bodies, row: Any) -> list[Match]:
    """Compare one waiting article with its candidates and store what was found."""
    if row["gate"]:
        return []
    article = row["article"]
    others = [row["holder"]] if row["holder"] else comparing.candidates(db, article)
    mine = bodies.get(db, article)
    found = []
    for other in others:
        pair = match.compare(mine, bodies.get(db, other), bodies.rules.thresholds)
        if pair.verdict is not MatchVerdict.NO:
            # Who ran the texts is asked only for pairs that have something in common.
            theirs = bodies.whole(db, other)
            ours = bodies.whole(db, article)
            pair = match.compare(ours, theirs, bodies.rules.thresholds)
            if row["holder"]:
                pair = replace(
                    pair, verdict=MatchVerdict.SAME, reason="the same text, word for word"
                )
        comparing.keep_pair(db, pair)
        # A page that merges two stories is told again when the second of them comes.
        if pair.verdict.merges or pair.containment >= provenance.MERGED_SHARE:
            found.append(pair)
    return found


def _component(db: Any, start: int, seen: set[int]) -> list[int]:
    """Articles joined to one by verified pairs, itself included."""
    seen.add(start)
    found, front = [start], [start]
    while front:
        for other in comparing.linked(db, front.pop()):
            if other not in seen:
                seen.add(other)
                found.append(other)
                front.append(other)
    return found


def _fold(db: Any, bodies: Bodies, touched: Iterable[int], now: datetime) -> None:
    """Partition every component that holds a touched article and give its clusters their ids."""
    seen: set[int] = set()
    groups: list[list[int]] = []
    for start in sorted(touched):
        if start not in seen:
            groups += _partition(db, bodies, sorted(_component(db, start, seen)))
    # Ids are given when all groups are known: an article may have left for another component.
    for cluster_id in _assign(db, sorted(seen), groups, now):
        tell_story(db, bodies, cluster_id, now=now)


def _partition(db: Any, bodies: Bodies, component: list[int]) -> list[list[int]]:
    """Groups of articles; exact copies stand in one group with their holder."""
    behind: dict[str, list[int]] = {}  # digest -> articles with exactly that text
    for article in component:
        row = db.execute(
            "SELECT digest, gate FROM fingerprints WHERE article = ?", [article]
        ).fetchone()
        if row is not None and row["gate"] is None:
            behind.setdefault(row["digest"], []).append(article)
    # Digests sort the texts in an order that has nothing to do with their arrival.
    keys = sorted(behind)
    digest_of = {article: digest for digest, articles in behind.items() for article in articles}
    edges = {
        (digest_of[article], digest_of[other])
        for article in digest_of
        for other in comparing.linked(db, article)
        if other in digest_of
    }
    texts = {key: bodies.get(db, behind[key][0]) for key in keys}
    groups = cluster.partition(
        keys,
        {(a, b) for a, b in edges if a != b},
        containment=lambda a, b: match.contained(texts[a], texts[b]),
        size=lambda key: len(texts[key].shingles),
        from_top=lambda a, b: match.is_from_top(texts[a], texts[b]),
    )
    return [sorted(a for key in group for a in behind[key]) for group in groups]


def _assign(db: Any, articles: list[int], groups: list[list[int]], now: datetime) -> list[int]:
    """Give each group its permanent id, the oldest that most of its members had; gives the ids.

    An id whose members went to a group with an older id points there by `merged_into`; a group
    that split off gets a new one. No id is used twice.
    """
    had = {
        article: db.execute("SELECT cluster FROM articles WHERE id = ?", [article]).fetchone()[0]
        for article in articles
    }
    place = {article: at for at, group in enumerate(groups) for article in group}
    votes: dict[int, Counter[int]] = {}  # old id -> group -> members that had it
    for article, old in had.items():
        if old is not None:
            votes.setdefault(old, Counter())
            if article in place:
                votes[old][place[article]] += 1
    owned: dict[int, list[int]] = {}  # group -> old ids
    for old in sorted(votes):
        if votes[old]:
            best = max(votes[old].items(), key=lambda vote: (vote[1], -vote[0]))[0]
            owned.setdefault(best, []).append(old)
    for article in articles:
        if article not in place:
            _set_apart(db, article)
    kept = []
    for at, group in enumerate(groups):
        ids = owned.get(at) or [
            db.execute(
                "INSERT INTO clusters (title, updated_at) VALUES ('', ?)", [stamp(now)]
            ).lastrowid
        ]
        kept.append(ids[0])
        for article in group:
            if had[article] != ids[0]:
                db.execute("UPDATE articles SET cluster = ? WHERE id = ?", [ids[0], article])
        for merged in ids[1:]:
            retire(db, merged, into=ids[0], now=now)
    for old in votes:
        if not votes[old]:  # every member is an article outside all stories now
            retire(db, old, into=None, now=now)
    return kept


def _set_apart(db: Any, article: int) -> None:
    """An article that is not compared any more stands outside every story."""
    db.execute(
        "UPDATE articles SET cluster = NULL, relation = NULL, copied = NULL, kept = NULL"
        " WHERE id = ?",
        [article],
    )
    db.execute("DELETE FROM credits WHERE article = ? AND role = ?", [article, Role.INFERRED])
