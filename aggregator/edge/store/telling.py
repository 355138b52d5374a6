"""Writes what `core.provenance` says of a cluster to its articles, credits and cluster row."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from aggregator.core import provenance
from aggregator.core.member import Part
from aggregator.core.strip import write_strip
from aggregator.core.times import stamp
from aggregator.edge.store.comparing import Bodies
from aggregator.edge.store.members import read_members
from aggregator.model import Credit, Role


def tell_stories(db: Any, bodies: Bodies, clusters: Iterable[int], *, now: datetime) -> None:
    """Bring stories up to date, and then those whose pages lean on a copy in one of them.

    A credit that comes or goes in one story can prove, or no longer prove, whose words a page of
    another holds. One step is enough: what is inferred proves nothing further.
    """
    told = list(clusters)
    before = _leaning(db, told)
    noted = _noted(db, told)
    for cluster_id in told:
        tell_story(db, bodies, cluster_id, now=now, noted=noted)
    for cluster_id in sorted((before | _leaning(db, told)) - set(told)):
        tell_story(db, bodies, cluster_id, now=now)


def _leaning(db: Any, clusters: Sequence[int]) -> set[int]:
    """Stories with a page that holds a part of one of these, or an inferred credit from it."""
    ids = json.dumps(clusters)
    rows = db.execute(
        "SELECT page.cluster FROM articles AS source JOIN parents ON parents.source = source.id"
        " JOIN articles AS page ON page.id = parents.article"
        " WHERE source.cluster IN (SELECT value FROM json_each(:ids))"
        " UNION SELECT page.cluster FROM articles AS source"
        " JOIN credits ON credits.source_article = source.id"
        " JOIN articles AS page ON page.id = credits.article"
        " WHERE source.cluster IN (SELECT value FROM json_each(:ids))",
        {"ids": ids},
    )
    return {row[0] for row in rows if row[0] is not None}


def _noted(db: Any, clusters: Sequence[int]) -> set[int]:
    """The articles of these stories of which something was inferred, or that hold parts of others.

    They are few, and asked for once: not twice for each article.
    """
    rows = db.execute(
        "SELECT credits.article FROM articles JOIN credits ON credits.article = articles.id"
        " WHERE cluster IN (SELECT value FROM json_each(:ids)) AND role = :role"
        " UNION SELECT parents.article FROM articles JOIN parents ON parents.article = articles.id"
        " WHERE cluster IN (SELECT value FROM json_each(:ids))",
        {"ids": json.dumps(clusters), "role": Role.INFERRED},
    )
    return {row[0] for row in rows}


def tell_story(
    db: Any, bodies: Bodies, cluster_id: int, *, now: datetime, noted: Collection[int] | None = None
) -> None:
    """Bring a cluster's row, its articles' relations and what is inferred of them up to date.

    Nothing is written where nothing changed, so an unchanged story keeps its `updated_at`.
    `noted` are the articles that something was inferred of, when they are known.
    """
    members = read_members(db, bodies, cluster_id)
    if not members:
        return
    facts = provenance.tell(members)
    for share in facts.shares:
        values: list[Any] = [share.relation, _rounded(share.copied), _rounded(share.kept)]
        values += [int(share.carried), int(facts.outlets > 1), share.wire, share.agency]
        db.execute(_TOLD, [*values, share.article, *values])
        if noted is None or share.inferred or share.parents or share.article in noted:
            _keep_inferred(db, share.article, share.inferred)
            _keep_parents(db, share.article, share.parents)
    lead = next(member for member in members if member.article == facts.lead)
    times = [member.published_at for member in members]
    seen_at = db.execute(
        "SELECT max(first_seen_at) FROM articles WHERE cluster = ?", [cluster_id]
    ).fetchone()[0]
    row = {
        "title": lead.title,
        "agency": facts.agency,
        "contested": json.dumps(facts.contested),
        "first_at": stamp(min(times)),
        "last_at": stamp(max(times)),
        "seen_at": seen_at,
        "outlets": facts.outlets,
        "articles": len(members),
        "independent": facts.independent,
        "copied": facts.copied,
        "first": facts.shares[0].article,
        "strip": write_strip(facts.strip),
        "lead": facts.lead,
        "merged_into": None,
    }
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    db.execute(
        f"UPDATE clusters SET ({names}, updated_at) = ({marks}, :now) WHERE id = :id"  # noqa: S608
        f" AND ({names}) IS NOT ({marks})",
        row | {"now": stamp(now), "id": cluster_id},
    )


_TOLD = """
UPDATE articles SET (relation, copied, kept, carried, shared, wire, agency) = (?, ?, ?, ?, ?, ?, ?)
WHERE id = ?
  AND (relation, copied, kept, carried, shared, wire, agency) IS NOT (?, ?, ?, ?, ?, ?, ?)
"""


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _keep_inferred(db: Any, article: int, credits: Sequence[Credit]) -> None:
    """Replace inferred credits when they changed; they go when their proof goes."""
    rows = db.execute(
        "SELECT agency, excerpt, source_article FROM credits WHERE article = ? AND role = ?"
        " ORDER BY id",
        [article, Role.INFERRED],
    ).fetchall()
    wanted = [(credit.agency, credit.excerpt, credit.source_article) for credit in credits]
    if [tuple(row) for row in rows] == wanted:
        return
    db.execute("DELETE FROM credits WHERE article = ? AND role = ?", [article, Role.INFERRED])
    db.executemany(
        "INSERT INTO credits (article, agency, role, zone, excerpt, rule, source_article)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(article, c.agency, c.role, c.zone, c.excerpt, c.rule, c.source_article) for c in credits],
    )


def _keep_parents(db: Any, article: int, parents: Sequence[Part]) -> None:
    """Replace the other stories a page holds parts of when they changed."""
    rows = db.execute("SELECT source, share FROM parents WHERE article = ?", [article]).fetchall()
    wanted = {(part.source, round(part.share, 4)) for part in parents}
    if {tuple(row) for row in rows} == wanted:
        return
    db.execute("DELETE FROM parents WHERE article = ?", [article])
    db.executemany(
        "INSERT INTO parents (article, source, share) VALUES (?, ?, ?)",
        [(article, source, share) for source, share in sorted(wanted)],
    )


def note_change(db: Any, cluster_id: int | None, *, now: datetime) -> None:
    """A text of a story changed, so the story did; for feeds and alerts."""
    db.execute("UPDATE clusters SET updated_at = ? WHERE id = ?", [stamp(now), cluster_id])


def retire(db: Any, cluster_id: int, *, into: int | None, now: datetime) -> None:
    """Close a cluster whose members all went elsewhere; its id answers for ever."""
    db.execute(
        "UPDATE clusters SET merged_into = ?, articles = 0, outlets = 0, independent = 0,"
        " copied = 0, first = NULL, lead = NULL, strip = '', updated_at = ? WHERE id = ?",
        [into, stamp(now), cluster_id],
    )
    if into is not None:  # a chain of redirects is kept one step long
        db.execute("UPDATE clusters SET merged_into = ? WHERE merged_into = ?", [into, cluster_id])
