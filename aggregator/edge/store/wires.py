"""Rows of wire folders: versions of items, what was withdrawn, files seen; commits nothing itself.

The functions that write work inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aggregator.core.times import moment, stamp
from aggregator.core.wire import from_json, is_older, to_json
from aggregator.edge.store import overtaken
from aggregator.edge.store.door import Store
from aggregator.edge.store.listing import change_entry, digest_entry, insert_entry
from aggregator.edge.store.waiting import as_waiting
from aggregator.model import Entry, EntryState, PageState, PubStatus, Wire, WireFile


def known_files(store: Store, feed: int) -> dict[str, WireFile]:
    """What is remembered of the files of a folder, by name."""
    rows = store.query("SELECT * FROM files WHERE feed = ?", [feed])
    return {
        row["name"]: WireFile(
            name=row["name"],
            size=row["size"],
            changed_ns=row["changed_ns"],
            digest=row["digest"],
            result=row["result"],
            reason=row["reason"] or "",
            until=moment(row["until"]),
        )
        for row in rows
    }


def keep_files(
    db: Any, feed: int, files: Sequence[WireFile], gone: Sequence[str], *, now: datetime
) -> None:
    """Remember the files that a poll looked at, and forget those that are no longer there."""
    db.executemany("DELETE FROM files WHERE feed = ? AND name = ?", [(feed, n) for n in gone])
    db.executemany(
        "INSERT OR REPLACE INTO files"
        " (feed, name, result, reason, size, changed_ns, digest, until, seen_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                feed, file.name, file.result, file.reason or None, file.size, file.changed_ns,
                file.digest, stamp(file.until) if file.until else None, stamp(now),
            )
            for file in files
        ],
    )  # fmt: skip


def keep_version(db: Any, feed: int, entry: Entry, *, now: datetime) -> int:
    """Take over one version of an agency's item; gives 1 for an item never seen before.

    A newer version is a change of the same entry, and so a revision of its article. One that it
    overtakes unread is set aside and read before it. An older one that comes when a newer one was
    read changes nothing. One that the agency canceled or withheld marks the article and takes no
    text away; a usable version after it takes the mark off again.
    """
    known = db.execute(
        "SELECT entries.*, NULL AS domain FROM entries WHERE feed = ? AND guid = ?",
        [feed, entry.guid],
    ).fetchone()
    digest = digest_entry(entry)
    wire = entry.wire
    usable = wire is None or wire.status is PubStatus.USABLE
    if known is None:
        insert_entry(db, feed, entry, digest, now)
        if not usable:
            row = db.execute("SELECT last_insert_rowid()").fetchone()[0]
            _withdraw(db, row, None, entry, digest, now)
        return 1
    if known["digest"] == digest:
        return 0
    unread = known["state"] == EntryState.NEW and bool(known["body"])
    if _is_late(known, entry):
        if unread and usable and not _is_before_what_was_read(db, known["article"], entry):
            overtaken.set_aside(db, known["id"], entry, digest)
        return 0
    if not usable:
        overtaken.forget(db, known["id"])
        _withdraw(db, known["id"], known["article"], entry, digest, now)
        return 0
    if unread:
        overtaken.set_aside(db, known["id"], as_waiting(known).entry, known["digest"])
    change_entry(db, known["id"], entry, digest)
    if known["article"] is not None:
        _mark(db, known["id"], known["article"], None, now)
    return 0


def mark_withdrawn(db: Any, entry_id: int, *, now: datetime) -> None:
    """Mark the article of an item that was withdrawn while its text was being read."""
    row = db.execute(
        "SELECT article, wire, reason FROM entries WHERE id = ?", [entry_id]
    ).fetchone()
    wire = from_json(row["wire"])
    if wire is not None and wire.status is not PubStatus.USABLE:
        _mark(db, entry_id, row["article"], _reason(wire), now)
        db.execute("UPDATE entries SET state = ? WHERE id = ?", [EntryState.KEPT, entry_id])


def _mark(db: Any, entry_id: int, article: int, reason: str | None, now: datetime) -> None:
    """Say of an article that its agency took it back, and why; None takes that off again.

    What pages lost their text stands in `visits`, so that readers find all of it in one place.
    """
    since = stamp(now) if reason is not None else None
    values = {
        "article": article,
        "entry": entry_id,
        "state": PageState.THERE if reason is None else PageState.WITHDRAWN,
        "note": (reason or "")[:500],
        "since": since,
        "now": stamp(now),
    }
    db.execute(
        "INSERT INTO visits (article, entry, state, note, since, visited_at)"
        " VALUES (:article, :entry, :state, :note, :since, :now) ON CONFLICT (article)"
        " DO UPDATE SET state = :state, note = :note, since = :since",
        values,
    )


def _reason(wire: Wire) -> str:
    return f"{wire.status} by the agency" + (f": {wire.note}" if wire.note else "")


def _is_before_what_was_read(db: Any, article: int | None, entry: Entry) -> bool:
    """Whether an article shows a version at least as new; its versions bear their own times."""
    if article is None:
        return False
    row = db.execute("SELECT max(modified_at) FROM revisions WHERE article = ?", [article])
    newest = moment(row.fetchone()[0])
    return newest is None or entry.updated_at is None or entry.updated_at <= newest


def _is_late(known: Any, entry: Entry) -> bool:
    wire = from_json(known["wire"])
    before = Entry(
        guid=entry.guid, url=None, title="", updated_at=moment(known["updated_at"]), wire=wire
    )
    return is_older(entry, before)


def _withdraw(
    db: Any, entry_id: int, article: int | None, entry: Entry, digest: str, now: datetime
) -> None:
    wire = entry.wire or Wire(status=PubStatus.CANCELED)
    db.execute(
        "UPDATE entries SET wire = ?, digest = ?, updated_at = ?, retry_at = NULL, reason = ?,"
        " state = ? WHERE id = ?",
        [
            to_json(wire),
            digest,
            stamp(entry.updated_at) if entry.updated_at else None,
            _reason(wire)[:500],
            EntryState.SKIPPED if article is None else EntryState.KEPT,
            entry_id,
        ],
    )
    if article is not None:
        _mark(db, entry_id, article, _reason(wire), now)
