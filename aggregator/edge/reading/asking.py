"""Puts a reader's question into SQL, its words as values alone; reads no story."""

from __future__ import annotations

from typing import Any

from aggregator.core.times import stamp
from aggregator.model import StoryQuery


def rows(db: Any, sql: str, values: Any = ()) -> list[dict[str, Any]]:
    """All rows of one SELECT by name, on a connection of any kind."""
    cursor = db.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def search_terms(words: str) -> str:
    """A full-text query that means these words, whatever characters they hold."""
    printable = "".join(c if c.isprintable() else " " for c in words)
    terms = [word.replace('"', '""') for word in printable.split()[:32]]
    return " ".join(f'"{term}"' for term in terms)


_WIDEST = "outlets DESC, last_at DESC, id"
_LATEST = "updated_at DESC, id"


def find_stories(db: Any, query: StoryQuery) -> tuple[list[int], int]:
    """Ids of the stories asked for, in the order asked for, and how many there are in all."""
    where, values = conditions(query)
    order = f"ORDER BY {_LATEST if query.latest else _WIDEST} LIMIT :limit OFFSET :offset"
    page = values | {"limit": query.limit, "offset": query.offset}
    if query.until or query.outlet or query.language or query.text.strip():
        # Stories found by their members: found once, not once more to count them.
        found = db.execute(
            f"SELECT id, count(*) OVER () FROM clusters WHERE {where} {order}",  # noqa: S608
            page,
        ).fetchall()
        if found or not query.offset:
            return [row[0] for row in found], found[0][1] if found else 0
    count = f"SELECT count(*) FROM clusters WHERE {where}"  # noqa: S608  names of ours
    total = db.execute(count, values).fetchone()[0]
    found = db.execute(f"SELECT id FROM clusters WHERE {where} {order}", page).fetchall()  # noqa: S608
    return [row[0] for row in found], total


def conditions(query: StoryQuery) -> tuple[str, dict[str, Any]]:
    """The WHERE clause of a query; one EXISTS per filter on members keeps each on its index."""
    parts = ["articles > 0", "outlets >= :min_outlets"]  # a story that was merged has none
    values: dict[str, Any] = {"min_outlets": query.min_outlets}
    if query.until:
        # Any of its copies, not the newest: a story goes on after the window that it stood in.
        parts.append(
            "clusters.id IN (SELECT cluster FROM articles"
            " WHERE first_seen_at >= :since AND first_seen_at < :until)"
        )
        values |= {"since": stamp(query.since) if query.since else "", "until": stamp(query.until)}
    elif query.since:
        parts.append("seen_at >= :since")
        values["since"] = stamp(query.since)
    if query.min_sources > 1:
        parts.append("independent >= :min_sources")
        values["min_sources"] = query.min_sources
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
