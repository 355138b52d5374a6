"""Rows of entries: finds the one an item stands in, adds it, takes over changes; commits nothing.

The functions work inside the caller's transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aggregator.core.identity import Listing, is_other_story, is_same_item
from aggregator.core.times import moment, stamp
from aggregator.core.wire import to_json
from aggregator.model import Entry, EntryState

# Items of one title in one feed that are looked at, newest first: "Weather" has thousands.
NAMESAKES = 20


def digest_entry(entry: Entry) -> str:
    """What makes an entry worth reading again: its title, its dates and its own full content."""
    parts = [entry.title, entry.published_at, entry.updated_at, entry.body]
    parts += [to_json(entry.wire)] if entry.wire else []
    return hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


def find_entry(db: Any, feed: int, entry: Entry, *, is_listed: Callable[[str], bool]) -> Any:
    """The row of an item listed before, or None; its guid is made the one of today.

    `is_listed` tells of a guid whether the document of today has it: two guids that stand in one
    document are two items. A guid that was given to another story leaves the old row to the old
    story.
    """
    new = _listing(entry)
    row = db.execute(
        "SELECT id, guid, url, title, published_at, digest FROM entries"
        " WHERE feed = ? AND guid = ?",
        [feed, entry.guid],
    ).fetchone()
    if row is not None and is_other_story(_listed(row), new):
        db.execute(
            "UPDATE entries SET guid = ? WHERE id = ?", [f"{entry.guid} #{row['id']}", row["id"]]
        )
        row = None
    if row is not None:
        return row
    namesakes = db.execute(
        "SELECT id, guid, url, title, published_at, digest FROM entries"
        " WHERE feed = ? AND title = ? ORDER BY id DESC LIMIT ?",
        [feed, entry.title, NAMESAKES],
    ).fetchall()
    for row in namesakes:
        if not is_listed(row["guid"]) and is_same_item(_listed(row), new):
            db.execute("UPDATE entries SET guid = ? WHERE id = ?", [entry.guid, row["id"]])
            return row
    return None


def _listing(entry: Entry) -> Listing:
    # Times are kept to the second.
    at = moment(stamp(entry.published_at)) if entry.published_at else None
    return Listing(guid=entry.guid, url=entry.url, title=entry.title, published_at=at)


def _listed(row: Any) -> Listing:
    return Listing(
        guid=row["guid"],
        url=row["url"],
        title=row["title"],
        published_at=moment(row["published_at"]),
    )


def insert_entry(db: Any, feed: int, entry: Entry, digest: str, now: datetime) -> None:
    """A row for an entry never seen before."""
    columns = entry_columns(entry, digest, now) | {"feed": feed}
    names, marks = ", ".join(columns), ", ".join(f":{name}" for name in columns)
    db.execute(f"INSERT INTO entries ({names}) VALUES ({marks})", columns)  # noqa: S608  ours


def entry_columns(entry: Entry, digest: str, now: datetime) -> dict[str, Any]:
    """The columns of an entry first seen at `now`, but for its feed."""
    # Without a link and without content there is nothing to read: kept, and said so.
    readable = entry.url or entry.body
    source_url, links, wire = _extras(entry)
    return {
        "title": entry.title,
        "state": EntryState.NEW if readable else EntryState.SKIPPED,
        "reason": None if readable else "no link and no content",
        "published_at": stamp(entry.published_at) if entry.published_at else None,
        "updated_at": stamp(entry.updated_at) if entry.updated_at else None,
        "seen_at": stamp(now),
        "language": entry.language,
        "authors": json.dumps(entry.authors, ensure_ascii=False),
        "credit": entry.credit,
        "url": entry.url,
        "guid": entry.guid,
        "digest": digest,
        "summary": entry.summary,
        "body": entry.body,
        "day_only": int(entry.day_only),
        "source_url": source_url,
        "links": links,
        "wire": wire,
    }


def _extras(entry: Entry) -> list[Any]:
    """Values of source_url, links and wire."""
    wire = to_json(entry.wire) if entry.wire else None
    return [entry.source_url, json.dumps(entry.links, ensure_ascii=False), wire]


def change_entry(db: Any, entry_id: int, entry: Entry, digest: str) -> None:
    """Take over what a source changed; the entry waits to be read again.

    The first date it gave stands: many feeds move it with every edit. A later one is noted.
    """
    published = stamp(entry.published_at) if entry.published_at else None
    db.execute(
        "UPDATE entries SET title = ?, digest = ?,"
        " redated_at = CASE WHEN ? > published_at THEN ? ELSE redated_at END,"
        " day_only = CASE WHEN published_at IS NULL THEN ? ELSE day_only END,"
        " published_at = coalesce(published_at, ?),"
        " updated_at = ?, url = coalesce(?, url), summary = ?, body = ?, authors = ?, credit = ?,"
        " source_url = ?, links = ?, wire = ?,"
        " attempts = 0, failures = 0, retry_at = NULL,"
        " state = CASE WHEN coalesce(?, ?) IS NULL OR state = 'pruned' THEN state ELSE 'new' END"
        " WHERE id = ?",
        [
            entry.title,
            digest,
            published,
            published,
            int(entry.day_only),
            published,
            stamp(entry.updated_at) if entry.updated_at else None,
            entry.url,
            entry.summary,
            entry.body,
            json.dumps(entry.authors, ensure_ascii=False),
            entry.credit,
            *_extras(entry),
            entry.url,
            entry.body,
            entry_id,
        ],
    )
