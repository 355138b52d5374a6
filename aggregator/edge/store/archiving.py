"""Entries that come from an archive file instead of a feed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from aggregator.core.times import stamp
from aggregator.edge.store.door import Store
from aggregator.edge.store.listing import change_entry, digest_entry, insert_entry
from aggregator.edge.store.waiting import Waiting
from aggregator.model import Entry


def archive_feed(store: Store, name: str, *, now: datetime) -> int:
    """The feed row an archive's entries stand under; switched off, so nothing polls it."""
    with store.write() as db:
        db.execute(
            "INSERT INTO feeds (name, kind, url, enabled, due_at, every)"
            " VALUES (?, 'archive', ?, 0, ?, 0) ON CONFLICT (url) DO NOTHING",
            [name, f"archive:{name}", stamp(now)],
        )
        row = db.execute("SELECT id FROM feeds WHERE url = ?", [f"archive:{name}"]).fetchone()
        return int(row[0])


def archive_entry(store: Store, feed: int, entry: Entry, *, outlet: str, now: datetime) -> Waiting:
    """The entry of one archived article, new or known."""
    digest = digest_entry(entry)
    with store.write() as db:
        row = db.execute(
            "SELECT id, digest, article, seen_at FROM entries WHERE feed = ? AND guid = ?",
            [feed, entry.guid],
        ).fetchone()
        if row is None:
            insert_entry(db, feed, entry, digest, now)
            row = db.execute(
                "SELECT id, digest, article FROM entries WHERE feed = ? AND guid = ?",
                [feed, entry.guid],
            ).fetchone()
        elif row["digest"] != digest:
            change_entry(db, row["id"], entry, digest)
    return Waiting(
        id=row["id"], feed=feed, outlet=outlet, entry=entry, attempts=0, seen_at=now,
        article=row["article"],
    )  # fmt: skip


def known_entries(store: Store, feed: int, guids: Sequence[str]) -> set[str]:
    """Those of the guids that were taken from an archive before."""
    rows = store.query(
        "SELECT guid FROM entries WHERE feed = ? AND guid IN (SELECT value FROM json_each(?))",
        [feed, json.dumps(list(guids))],
    )
    return {row["guid"] for row in rows}


def later_reading(store: Store, url_key: str, at: datetime) -> int | None:
    """The article of an address when its page was read after that time, or found unchanged."""
    rows = store.query(
        "SELECT articles.id FROM articles LEFT JOIN visits ON visits.article = articles.id"
        " AND visits.state = 'there' WHERE url_key = :key"
        " AND max(read_at, coalesce(visits.visited_at, read_at)) > :at",
        {"key": url_key, "at": stamp(at)},
    )
    return int(rows[0]["id"]) if rows else None
