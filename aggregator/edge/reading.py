"""Reads stories, feed health and tallies from a database into a Report; writes nothing.

Works on any SQLite connection, so the terminal, the files and Datasette read the same way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from aggregator.core.provenance import CARRIED
from aggregator.core.times import moment, stamp
from aggregator.model import (
    Copy,
    Credit,
    FeedHealth,
    Match,
    MatchVerdict,
    Relation,
    Report,
    Revision,
    Role,
    Story,
    StoryQuery,
    TimeSource,
)

PROVING = (Role.OWN, Role.ORIGIN, Role.PARTIAL, Role.INFERRED)
EVIDENCE_SHOWN = 6


def _rows(db: Any, sql: str, values: Any = ()) -> list[dict[str, Any]]:
    cursor = db.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def search_terms(words: str) -> str:
    """A full-text query that means these words, whatever characters they hold."""
    printable = "".join(c if c.isprintable() else " " for c in words)
    terms = [word.replace('"', '""') for word in printable.split()[:32]]
    return " ".join(f'"{term}"' for term in terms)


def _filters(query: StoryQuery) -> tuple[str, dict[str, Any]]:
    """The WHERE clause of a query; one EXISTS per filter on members keeps each on its index."""
    parts = ["merged_into IS NULL", "articles > 0", "outlets >= :min_outlets"]
    values: dict[str, Any] = {"min_outlets": query.min_outlets}
    if query.since:
        parts.append("seen_at >= :since")
        values["since"] = stamp(query.since)
    if query.agency:
        parts.append("agency = :agency")
        values["agency"] = query.agency
    if query.outlet:
        parts.append(
            "clusters.id IN (SELECT cluster FROM articles WHERE outlet ="
            " (SELECT id FROM outlets WHERE domain = :outlet))"
        )
        values["outlet"] = query.outlet
    if query.language:
        parts.append("clusters.id IN (SELECT cluster FROM articles WHERE language = :language)")
        values["language"] = query.language
    if terms := search_terms(query.text):
        parts.append(
            "clusters.id IN (SELECT cluster FROM articles WHERE id IN"
            " (SELECT rowid FROM articles_fts WHERE articles_fts MATCH :terms))"
        )
        values["terms"] = terms
    return " AND ".join(parts), values


def read_report(db: Any, query: StoryQuery, *, now: datetime, whole: bool = False) -> Report:
    """The stories a query asks for, widest first, with tallies of the same window.

    `whole` stories carry their texts, versions and comparisons, as `read_story` gives them.
    """
    where, values = _filters(query)
    total = db.execute(f"SELECT count(*) FROM clusters WHERE {where}", values).fetchone()[0]  # noqa: S608
    found = _rows(
        db,
        f"SELECT * FROM clusters WHERE {where}"  # noqa: S608  the clause holds no data
        " ORDER BY outlets DESC, last_at DESC, id LIMIT :limit OFFSET :offset",
        values | {"limit": query.limit, "offset": query.offset},
    )
    since = stamp(query.since) if query.since else ""
    tally = db.execute(
        "SELECT count(*), count(DISTINCT articles.outlet),"
        " coalesce(sum(lead.id <> articles.id AND lead.outlet <> articles.outlet"
        " AND max(articles.copied, articles.kept) >= ?), 0)"
        " FROM articles JOIN clusters ON clusters.id = articles.cluster"
        " JOIN articles AS lead ON lead.id = clusters.lead WHERE articles.first_seen_at >= ?",
        [CARRIED, since],
    ).fetchone()
    backlog = db.execute("SELECT count(*) FROM entries WHERE state = 'new'").fetchone()[0]
    return Report(
        made_at=now,
        since=query.since,
        stories=_stories(db, found, whole=whole),
        total_stories=total,
        articles=tally[0],
        outlets=tally[1],
        copies=tally[2],
        feeds=read_feeds(db),
        backlog=backlog,
        min_outlets=query.min_outlets,
    )


def read_story(db: Any, story_id: int) -> Story | None:
    """One story with texts, versions and comparisons; an id that was merged gives where it went."""
    rows = _rows(db, "SELECT id, merged_into FROM clusters WHERE id = ?", [story_id])
    if not rows:
        return None
    wanted = rows[0]["merged_into"] or rows[0]["id"]
    found = _rows(db, "SELECT * FROM clusters WHERE id = ? AND articles > 0", [wanted])
    stories = _stories(db, found, whole=True)
    return stories[0] if stories else None


def read_feeds(db: Any) -> tuple[FeedHealth, ...]:
    """How every feed is doing, the failing ones first."""
    rows = _rows(
        db,
        "SELECT feed_health.*, feeds.kind FROM feed_health JOIN feeds ON feeds.id = feed"
        " ORDER BY feed_health.enabled DESC, feed_health.failures DESC, feed_health.name",
    )
    return tuple(
        FeedHealth(
            id=row["feed"],
            name=row["name"],
            outlet=row["outlet"] or "",
            url=row["url"],
            kind=row["kind"],
            enabled=bool(row["enabled"]),
            status=row["status"],
            failures=row["failures"],
            error=row["error"],
            polled_at=moment(row["polled_at"]),
            changed_at=moment(row["changed_at"]),
            due_at=moment(row["due_at"]),
            entries=row["entries"],
            articles=row["articles"],
        )
        for row in rows
    )


def _stories(
    db: Any, clusters: Sequence[dict[str, Any]], *, whole: bool = False
) -> tuple[Story, ...]:
    """Stories with their copies, read in as many statements whatever their number."""
    ids = json.dumps([row["id"] for row in clusters])
    members = _rows(
        db,
        "SELECT articles.*, outlets.name AS outlet_name, outlets.domain FROM articles"
        " JOIN outlets ON outlets.id = articles.outlet"
        " WHERE cluster IN (SELECT value FROM json_each(?)) ORDER BY published_at, url_key",
        [ids],
    )
    articles = json.dumps([row["id"] for row in members])
    credits = _group(
        _rows(
            db,
            "SELECT * FROM credits WHERE article IN (SELECT value FROM json_each(?)) ORDER BY id",
            [articles],
        )
    )
    revisions: dict[int, list[dict[str, Any]]] = {}
    pairs: dict[int, list[Match]] = {}
    if whole:
        revisions = _group(
            _rows(
                db,
                "SELECT * FROM revisions WHERE article IN (SELECT value FROM json_each(?))"
                " ORDER BY id",
                [articles],
            )
        )
        pairs = _pairs(db, ids)
    names = {row["id"]: row["name"] for row in _rows(db, "SELECT id, name FROM agencies")}
    rule = db.execute("SELECT value FROM meta WHERE name = 'rules in words'").fetchone()
    by_cluster: dict[int, list[dict[str, Any]]] = {}
    for member in members:
        by_cluster.setdefault(member["cluster"], []).append(member)
    found = []
    for row in clusters:
        rows = by_cluster.get(row["id"], [])
        lead_title = row["title"]
        copies = tuple(
            _copy(
                member, credits.get(member["id"], []), revisions.get(member["id"], []),
                lead=row["lead"], lead_title=lead_title, whole=whole,
            )
            for member in rows
        )  # fmt: skip
        lead = next((copy for copy in copies if copy.is_lead), None)
        if lead is None:
            continue  # a cluster amid its commit is never seen; this is a damaged file
        found.append(
            Story(
                id=row["id"],
                title=row["title"],
                lead=lead,
                copies=copies,
                agency=row["agency"],
                agency_name=names.get(row["agency"], row["agency"]),
                agency_evidence=_evidence(copies, row["agency"]),
                outlets=row["outlets"],
                independent=row["independent"],
                copied=len(_carriers(copies) - {lead.domain}),
                pairs=tuple(pairs.get(row["id"], ())),
                thresholds=rule[0] if rule else "",
            )
        )
    return tuple(found)


def _carriers(copies: Sequence[Copy]) -> set[str]:
    """Outlets that carry somebody else's copy, with or without text of their own."""
    return {copy.domain for copy in copies if max(copy.copied or 0, copy.kept or 0) >= CARRIED}


def _group(rows: Iterable[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    grouped: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["article"], []).append(row)
    return grouped


def _pairs(db: Any, clusters: str) -> dict[int, list[Match]]:
    """The verified comparisons inside each cluster, most alike first."""
    rows = _rows(
        db,
        "SELECT pairs.*, x.cluster FROM articles AS x JOIN pairs ON pairs.a = x.id"
        " JOIN articles AS y ON y.id = pairs.b AND y.cluster = x.cluster"
        " WHERE x.cluster IN (SELECT value FROM json_each(?)) ORDER BY jaccard DESC, a, b",
        [clusters],
    )
    found: dict[int, list[Match]] = {}
    for row in rows:
        pair = Match(
            a=row["a"],
            b=row["b"],
            jaccard=row["jaccard"],
            a_in_b=row["a_in_b"],
            b_in_a=row["b_in_a"],
            shared=row["shared"],
            verdict=MatchVerdict(row["verdict"]),
            reason=row["reason"],
        )
        found.setdefault(row["cluster"], []).append(pair)
    return found


def _copy(
    row: dict[str, Any],
    credits: list[dict[str, Any]],
    revisions: list[dict[str, Any]],
    *,
    lead: int,
    lead_title: str,
    whole: bool,
) -> Copy:
    evidence = tuple(
        Credit(
            agency=c["agency"], role=Role(c["role"]), zone=c["zone"], excerpt=c["excerpt"],
            offset=c["offset"], rule=c["rule"], source_article=c["source_article"],
        )
        for c in credits
    )  # fmt: skip
    proving = [credit for credit in evidence if credit.role in PROVING]
    best = min(proving, key=lambda c: (PROVING.index(c.role), c.agency), default=None)
    return Copy(
        article=row["id"],
        outlet=row["outlet_name"],
        domain=row["domain"],
        title=row["title"],
        url=row["final_url"],
        published_at=moment(row["published_at"]),
        time_source=TimeSource(row["time_source"]),
        first_seen_at=moment(row["first_seen_at"]),
        words=row["words"],
        language=row["language"],
        relation=Relation(row["relation"]),
        copied=row["copied"],
        kept=row["kept"],
        is_lead=row["id"] == lead,
        new_headline=row["title"].casefold().split() != lead_title.casefold().split(),
        credits=evidence,
        agency=best.agency if best else None,
        agency_role=best.role if best else None,
        authors=tuple(json.loads(row["authors"])),
        text=row["text"] if whole else "",
        revisions=tuple(
            Revision(seen_at=moment(r["seen_at"]), title=r["title"], text=r["text"])
            for r in revisions
        ),
    )


def _evidence(copies: Sequence[Copy], agency: str | None) -> tuple[str, ...]:
    """What shows whose copy it is, strongest first, one line for each copy that says so."""
    lines: list[tuple[int, str]] = []
    for copy in copies:
        proving = [c for c in copy.credits if c.agency == agency and c.role in PROVING[:3]]
        if proving:
            best = min(proving, key=lambda credit: PROVING.index(credit.role))
            lines.append(
                (PROVING.index(best.role), f"{copy.outlet}, {best.zone}: “{best.excerpt}”")
            )
    return tuple(line for _, line in sorted(lines, key=lambda pair: pair[0])[:EVIDENCE_SHOWN])
