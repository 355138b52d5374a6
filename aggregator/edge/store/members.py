"""Reads the members of a cluster as `core.provenance` judges them; writes nothing."""

from __future__ import annotations

import json
from typing import Any

from aggregator.core import match, overlap
from aggregator.core.inference import PART_SHARE
from aggregator.core.member import Member, Source
from aggregator.core.overlap import Body
from aggregator.core.proof import PROVING
from aggregator.core.times import moment
from aggregator.edge.store.bonds import pinned
from aggregator.edge.store.comparing import Bodies
from aggregator.model import Credit, Role

_PAIRS_MOST = 24  # texts of other stories that one text shares most with
# A text that stands whole in a page of another story is a part of that page, and not the other way
# round: the page's credit says nothing of it.
WHOLE = 0.8
_WITNESSES_MOST = 5  # further texts of a story that are asked whether a part belongs to it
_STORIES_MOST = 8  # of them: a round-up of more is a list of links


def read_members(db: Any, bodies: Bodies, cluster_id: int) -> list[Member]:
    """Every article of a cluster with its text, its own credits and what else its text is like."""
    rows = db.execute(
        "SELECT articles.id, url_key, articles.title, published_at, outlets.domain,"
        " outlets.family, fingerprints.digest, coalesce(holder, article) AS holder FROM articles"
        " JOIN outlets ON outlets.id = articles.outlet"
        " JOIN fingerprints ON fingerprints.article = articles.id WHERE cluster = ?",
        [cluster_id],
    ).fetchall()
    credits = read_credits(db, [row["id"] for row in rows])
    chosen = pinned(db, cluster_id)
    sources: dict[str, tuple[Source, ...]] = {}  # by exact text: its holder stands for all
    found = []
    for row in rows:
        if row["digest"] not in sources:
            sources[row["digest"]] = _sources(db, bodies, row["holder"], cluster_id)
        body = bodies.get(db, row["id"])
        found.append(
            Member(
                article=row["id"],
                key=row["url_key"],
                outlet=row["domain"],
                publisher=row["family"] or row["domain"],
                published_at=moment(row["published_at"]),
                title=row["title"],
                digest=row["digest"],
                tokens=body.tokens,
                shingles=body.shingles,
                credits=credits.get(row["id"], ()),
                sources=sources[row["digest"]],
                pinned=chosen.get(row["id"], 0),
            )
        )
    return found


def read_credits(db: Any, articles: list[int]) -> dict[int, tuple[Credit, ...]]:
    """What pages say themselves, by article; inferred credits are left out."""
    value: Any
    if len(articles) == 1:  # as most stories: half the time
        which, value = "= ?", articles[0]
    else:
        which, value = "IN (SELECT value FROM json_each(?))", json.dumps(articles)
    rows = db.execute(
        f"SELECT * FROM credits WHERE article {which} AND role <> ? ORDER BY id",  # noqa: S608
        [value, Role.INFERRED],
    )
    found: dict[int, list[Credit]] = {}
    for row in rows:
        credit = Credit(
            agency=row["agency"],
            role=Role(row["role"]),
            zone=row["zone"],
            excerpt=row["excerpt"],
            offset=row["offset"],
            rule=row["rule"],
        )
        found.setdefault(row["article"], []).append(credit)
    return {article: tuple(credits) for article, credits in found.items()}


def _sources(db: Any, bodies: Bodies, holder: int, cluster_id: int) -> tuple[Source, ...]:
    """Of each other story that shares much with a text: the likest text, and a credited one.

    A story whose texts only look alike, as bulletins do, is no source.
    """
    compared = db.execute(
        "SELECT EXISTS (SELECT 1 FROM pairs WHERE a = :one)"
        " OR EXISTS (SELECT 1 FROM pairs WHERE b = :one)",
        {"one": holder},
    ).fetchone()[0]
    if not compared:  # most are like nothing else
        return ()
    rows = db.execute(
        "SELECT other, cluster FROM (SELECT a_in_b AS share, b AS other FROM pairs WHERE a = :one"
        " UNION ALL SELECT b_in_a, a FROM pairs WHERE b = :one)"
        " JOIN articles ON articles.id = other"
        " WHERE share >= :least AND share < :whole AND cluster IS NOT NULL AND cluster <> :cluster"
        " AND pruned_at IS NULL"
        # A text that runs here too is no other story's: only a person can have parted its runs.
        " AND NOT EXISTS (SELECT 1 FROM fingerprints AS theirs JOIN fingerprints AS same"
        " ON same.digest = theirs.digest JOIN articles AS run ON run.id = same.article"
        " WHERE theirs.article = other AND run.cluster = :cluster)"
        " ORDER BY share DESC, other LIMIT :most",
        {
            "one": holder,
            "cluster": cluster_id,
            "least": PART_SHARE,
            "whole": WHOLE,
            "most": _PAIRS_MOST,
        },
    ).fetchall()
    if not rows:
        return ()
    mine = bodies.whole(db, holder)
    found: dict[int, list[Source]] = {}  # by story
    for row in rows:
        known = found.get(row["cluster"], [])
        if len(known) > 1 or (known and known[0].credits) or len(found) > _STORIES_MOST:
            continue
        theirs = bodies.whole(db, row["other"])
        if not match.may_hold_part(mine, theirs, bodies.rules.thresholds):
            continue
        if not _is_of_its_story(db, bodies, row, mine, theirs):
            continue
        source = _source(db, row["other"], theirs.shingles)
        if not known or source.credits:
            found.setdefault(row["cluster"], []).append(source)
    return tuple(source for sources in found.values() for source in sources)


def _is_of_its_story(db: Any, bodies: Bodies, row: Any, mine: Body, theirs: Body) -> bool:
    """Whether what two texts share belongs to the story of the other one.

    A page of two stories shares a part with each of them, and stands in one: the other story took
    nothing from there. Then no further text of its story holds that part; or, where it stands
    alone, it holds parts of several stories.
    """
    others = db.execute(
        "SELECT DISTINCT coalesce(holder, article) AS one FROM articles"
        " JOIN fingerprints ON article = articles.id"
        " WHERE cluster = ? AND gate IS NULL AND coalesce(holder, article) <> ?"
        " ORDER BY one LIMIT ?",
        [row["cluster"], row["other"], _WITNESSES_MOST],
    ).fetchall()
    if not others:
        return _stories_in(db, row["other"], row["cluster"]) < 2
    shared = overlap.covered(mine.tokens, theirs.shingles)
    return any(
        (shared & overlap.covered(mine.tokens, bodies.get(db, one[0]).shingles)).sum() * 2
        >= shared.sum()
        for one in others
    )


def _stories_in(db: Any, holder: int, cluster_id: int) -> int:
    """How many other stories account for a part of a text."""
    count = db.execute(
        "SELECT count(DISTINCT cluster) FROM (SELECT a_in_b AS share, b AS other FROM pairs"
        " WHERE a = :one UNION ALL SELECT b_in_a, a FROM pairs WHERE b = :one)"
        " JOIN articles ON articles.id = other WHERE share >= :least AND cluster <> :cluster",
        {"one": holder, "cluster": cluster_id, "least": PART_SHARE},
    ).fetchone()[0]
    return int(count)


def _source(db: Any, holder: int, shingles: Any) -> Source:
    """The first article with a text that credits somebody, else the one that holds the text."""
    row = db.execute(
        "SELECT articles.id, outlets.domain, EXISTS (SELECT 1 FROM credits"
        " WHERE credits.article = articles.id AND role IN (?, ?)) AS credited FROM fingerprints"
        " JOIN articles ON articles.id = fingerprints.article"
        " JOIN outlets ON outlets.id = articles.outlet"
        " WHERE fingerprints.article = ? OR fingerprints.holder = ?"
        " ORDER BY credited DESC, fingerprints.article <> ?, published_at, articles.id LIMIT 1",
        [*PROVING, holder, holder, holder],
    ).fetchone()
    credits = read_credits(db, [row["id"]]).get(row["id"], ()) if row["credited"] else ()
    return Source(
        article=row["id"], outlet=row["domain"], shingles=shingles,
        credits=tuple(credit for credit in credits if credit.role in PROVING),
    )  # fmt: skip
