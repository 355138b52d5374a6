"""Commit A: a feed's new entries together with its cursor, due time and health."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from aggregator.core.times import moment, stamp
from aggregator.edge.store.door import Store
from aggregator.model import Entry, EntryState, Feed, Poll

# A claim that was never answered means that the program ended amid the poll. After this many the
# feed itself is the likelier cause, and it waits for its due time.
CRASHES_FORGIVEN = 4


def name_outlet(store: Store, domain: str, *, name: str | None = None, **facts: str | None) -> int:
    """The id of the outlet of a registered domain; its name, family and agency as given."""
    with store.write() as db:
        db.execute(
            "INSERT INTO outlets (name, domain) VALUES (?, ?) ON CONFLICT (domain) DO NOTHING",
            [name or domain, domain],
        )
        known = {"name": name, "family": facts.get("family"), "agency": facts.get("agency")}
        for column, value in known.items():
            if value:
                db.execute(
                    f"UPDATE outlets SET {column} = :value"  # noqa: S608  columns are ours
                    f" WHERE domain = :domain AND {column} IS NOT :value",
                    {"value": value, "domain": domain},
                )
        row = db.execute("SELECT id FROM outlets WHERE domain = ?", [domain]).fetchone()
        return int(row[0])


def watch_feeds(store: Store, feeds: Sequence[Feed], *, now: datetime) -> None:
    """Make the feeds table watch exactly these; ids given are ignored, addresses count.

    A feed that config no longer names is switched off, not deleted: its entries stay.
    """
    with store.write() as db:
        for feed in feeds:
            outlet = name_outlet(store, feed.outlet)
            db.execute(
                "INSERT INTO feeds (name, outlet, kind, url, due_at, every)"
                " VALUES (:name, :outlet, :kind, :url, :now, :every)"
                " ON CONFLICT (url) DO UPDATE SET name = :name, outlet = :outlet, kind = :kind,"
                " every = :every, enabled = gone IS NULL WHERE (name, outlet, kind, every, enabled)"
                " IS NOT (:name, :outlet, :kind, :every, gone IS NULL)",
                {
                    "name": feed.name, "outlet": outlet, "kind": feed.kind, "url": feed.url,
                    "now": stamp(now), "every": feed.every,
                },
            )  # fmt: skip
        urls = json.dumps([feed.url for feed in feeds])
        db.execute(
            "UPDATE feeds SET enabled = 0"
            " WHERE enabled = 1 AND url NOT IN (SELECT value FROM json_each(?))",
            [urls],
        )


def _feeds(rows: Iterable[Any]) -> list[Feed]:
    return [
        Feed(
            id=row["id"],
            name=row["name"],
            kind=row["kind"],
            url=row["url"],
            outlet=row["domain"] or "",
            every=row["every"],
            cursor=json.loads(row["cursor"]),
            due_at=moment(row["due_at"]),
            failures=row["failures"],
        )
        for row in rows
    ]


def due_feeds(store: Store, *, now: datetime, all_healthy: bool = False) -> list[Feed]:
    """Feeds to poll now, longest due first; with `all_healthy` also those not due yet.

    A feed that failed waits for its due time in any case: a server that asked for a pause gets it.
    """
    rows = store.query(
        "SELECT feeds.*, outlets.domain FROM feeds LEFT JOIN outlets ON outlets.id = feeds.outlet"
        " WHERE enabled = 1 AND (due_at <= :now OR (:healthy AND (failures = 0"
        " OR (feeds.error IS NULL AND failures < :forgiven))))"
        " ORDER BY due_at, feeds.id",
        {"now": stamp(now), "healthy": int(all_healthy), "forgiven": CRASHES_FORGIVEN},
    )
    return _feeds(rows)


def claim_feeds(store: Store, feeds: Sequence[Feed], *, until: datetime) -> None:
    """Count the failure before the poll, so a document that kills us is put off by itself."""
    with store.write() as db:
        db.executemany(
            "UPDATE feeds SET failures = failures + 1, due_at = ? WHERE id = ?",
            [(stamp(until), feed.id) for feed in feeds],
        )


def digest_entry(entry: Entry) -> str:
    """What makes an entry worth reading again: its title, its dates and its own full content."""
    parts = [entry.title, entry.published_at, entry.updated_at, entry.body]
    return hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


def keep_poll(
    store: Store, feed: Feed, poll: Poll, *, now: datetime, due: Callable[[int], datetime]
) -> int:
    """Commit A for a poll that was answered; gives the number of entries never seen before.

    `due` gives the time of the next poll from that number.

    An entry whose title, dates or content changed is read again. Entries and the validators that
    stand for them share the commit.
    """
    with store.write() as db:
        added = 0
        for entry in poll.entries:
            digest = digest_entry(entry)
            known = db.execute(
                "SELECT id, digest, state FROM entries WHERE feed = ? AND guid = ?",
                [feed.id, entry.guid],
            ).fetchone()
            if known is None:
                added += 1
                insert_entry(db, feed.id, entry, digest, now)
            elif known["digest"] != digest:
                change_entry(db, known["id"], entry, digest)
        db.execute(
            "UPDATE feeds SET cursor = ?, due_at = ?, polled_at = ?, failures = 0, error = ?,"
            " changed_at = CASE WHEN ? THEN ? ELSE changed_at END WHERE id = ?",
            [
                json.dumps(dict(poll.cursor)), stamp(due(added)), stamp(now), poll.warning,
                added > 0, stamp(now), feed.id,
            ],
        )  # fmt: skip
        log = {
            "result": "new" if added else "unchanged",
            "status": poll.status or None,
            "listed": len(poll.entries),
            "added": added,
            "dropped": poll.dropped,
            "bytes": poll.bytes,
            "ms": poll.ms,
            "error": poll.warning,
        }
        _log_poll(db, feed.id, now, log, quiet=not added)
        return added


def keep_failure(
    store: Store, feed: Feed, *, error: str, status: int | None, now: datetime, due_at: datetime
) -> None:
    """A poll that failed: the reason and the next try; cursor and entries stay as they are."""
    with store.write() as db:
        db.execute(
            "UPDATE feeds SET error = ?, polled_at = ?, due_at = ? WHERE id = ?",
            [error[:500], stamp(now), stamp(due_at), feed.id],
        )
        log = {"result": "failed", "status": status, "error": error[:500]}
        _log_poll(db, feed.id, now, log, quiet=False)


def switch_off(store: Store, feed: Feed, *, reason: str) -> None:
    """Stop polling a feed that its server says is gone; it stays off while config names it."""
    with store.write() as db:
        db.execute(
            "UPDATE feeds SET enabled = 0, error = :reason, gone = :reason WHERE id = :id",
            {"reason": reason[:500], "id": feed.id},
        )


def insert_entry(db: Any, feed: int, entry: Entry, digest: str, now: datetime) -> None:
    """A row for an entry never seen before."""
    # Without a link and without content there is nothing to read: kept, and said so.
    readable = entry.url or entry.body
    db.execute(
        "INSERT INTO entries (title, feed, state, reason, published_at, updated_at, seen_at,"
        " language, authors, credit, url, guid, digest, summary, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            entry.title,
            feed,
            EntryState.NEW if readable else EntryState.SKIPPED,
            None if readable else "no link and no content",
            stamp(entry.published_at) if entry.published_at else None,
            stamp(entry.updated_at) if entry.updated_at else None,
            stamp(now),
            entry.language,
            json.dumps(entry.authors, ensure_ascii=False),
            entry.credit,
            entry.url,
            entry.guid,
            digest,
            entry.summary,
            entry.body,
        ],
    )


def change_entry(db: Any, entry_id: int, entry: Entry, digest: str) -> None:
    """Take over what a source changed; the entry waits to be read again."""
    db.execute(
        "UPDATE entries SET title = ?, digest = ?, published_at = coalesce(published_at, ?),"
        " updated_at = ?, url = coalesce(?, url), summary = ?, body = ?, authors = ?, credit = ?,"
        " attempts = 0, retry_at = NULL,"
        " state = CASE WHEN coalesce(?, ?) IS NULL THEN state ELSE 'new' END WHERE id = ?",
        [
            entry.title,
            digest,
            stamp(entry.published_at) if entry.published_at else None,
            stamp(entry.updated_at) if entry.updated_at else None,
            entry.url,
            entry.summary,
            entry.body,
            json.dumps(entry.authors, ensure_ascii=False),
            entry.credit,
            entry.url,
            entry.body,
            entry_id,
        ],
    )


def _log_poll(db: Any, feed: int, now: datetime, log: dict[str, Any], *, quiet: bool) -> None:
    """A row for a poll that said something; a quiet one is counted on the feed's last row.

    Ten thousand quiet polls are one row, so the log grows with the news and not with time.
    """
    last = db.execute(
        "SELECT id, result, error FROM polls WHERE feed = ? ORDER BY id DESC LIMIT 1", [feed]
    ).fetchone()
    same_failure = last and log["result"] == last["result"] == "failed"
    same_failure = same_failure and log["error"] == last["error"]
    if last and (same_failure or (quiet and last["result"] != "failed")):
        db.execute(
            "UPDATE polls SET repeats = repeats + 1, last_at = ?, last_status = ? WHERE id = ?",
            [stamp(now), log.get("status"), last["id"]],
        )
        return
    columns = ", ".join(log)
    marks = ", ".join("?" * len(log))
    db.execute(
        f"INSERT INTO polls (feed, polled_at, {columns}) VALUES (?, ?, {marks})",  # noqa: S608
        [feed, stamp(now), *log.values()],
    )


def release_feed(store: Store, feed: Feed) -> None:
    """Undo a claim whose poll was called off, as when the program is asked to stop."""
    with store.write() as db:
        db.execute(
            "UPDATE feeds SET failures = ?, due_at = ? WHERE id = ?",
            [feed.failures, stamp(feed.due_at) if feed.due_at else "", feed.id],
        )
