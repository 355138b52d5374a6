"""What alerts found and sent: each step one commit, a claim before every try; sends nothing.

A claim without an outcome may have been sent, so such a message is marked unsure and never sent
again by itself: nobody is told twice. A person may send it again, under the same key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from aggregator.core.times import stamp
from aggregator.edge.store.door import Store
from aggregator.errors import UsageError
from aggregator.model import MessageState

LOOKS_APART = timedelta(minutes=5)


def enlist(store: Store, names: Sequence[str], *, now: datetime) -> dict[str, dict[str, Any]]:
    """The rows of the alerts of these names; one that is new begins now and tells nothing older."""
    known = _rows(store, names)
    if new := [name for name in names if name not in known]:
        with store.write() as db:
            db.executemany(
                "INSERT OR IGNORE INTO alerts (name, made_at, looked_at, gathered_at)"
                " VALUES (:name, :now, :now, :now)",
                [{"name": name, "now": stamp(now)} for name in new],
            )
        known = _rows(store, names)
    return known


def _rows(store: Store, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    rows = store.query("SELECT id, name, made_at, looked_at, gathered_at FROM alerts")
    return {row["name"]: dict(row) for row in rows if row["name"] in names}


def note_found(store: Store, alert: int, found: Mapping[int, int], *, now: datetime) -> None:
    """Stories that an alert is to tell, each with the outlets it runs in."""
    with store.write() as db:
        db.executemany(
            "INSERT OR IGNORE INTO told (alert, cluster, outlets, found_at) VALUES (?, ?, ?, ?)",
            [(alert, story, outlets, stamp(now)) for story, outlets in found.items()],
        )


def note_looked(store: Store, alert: int, *, before: datetime, now: datetime) -> None:
    """Everything that changed before now was looked at; `before` is what the row says.

    Not written at every look: it bounds the work of the next one and nothing else.
    """
    if not timedelta(0) <= now - before < LOOKS_APART:
        with store.write() as db:
            db.execute("UPDATE alerts SET looked_at = ? WHERE id = ?", [stamp(now), alert])


def waiting_stories(store: Store, alert: int) -> list[int]:
    """Stories that were found and stand in no message yet, the widest first."""
    rows = store.query(
        "SELECT cluster FROM told WHERE alert = ? AND message IS NULL"
        " GROUP BY cluster ORDER BY max(outlets) DESC, cluster",
        [alert],
    )
    return [row[0] for row in rows]


def put_together(
    store: Store, alert: int, messages: Sequence[Sequence[int]], *, now: datetime
) -> None:
    """Make messages of these stories, to be sent at once; all of them or none."""
    with store.write() as db:
        for stories in messages:
            made = db.execute(
                "INSERT INTO messages (alert, state, made_at, due_at, message_key)"
                " VALUES (?, ?, ?, ?, ?)",
                [alert, MessageState.WAITING, stamp(now), stamp(now), str(uuid4())],
            ).lastrowid
            db.executemany(
                "UPDATE told SET message = ? WHERE alert = ? AND cluster = ? AND message IS NULL",
                [(made, alert, story) for story in stories],
            )
        db.execute("UPDATE alerts SET gathered_at = ? WHERE id = ?", [stamp(now), alert])


def claim(store: Store, message: int, *, now: datetime) -> bool:
    """Take a waiting message for one try, before anything is sent; False when another did."""
    with store.write() as db:
        taken = db.execute(
            "UPDATE messages SET state = ?, tries = tries + 1, claimed_at = ?, due_at = NULL"
            " WHERE id = ? AND state = ?",
            [MessageState.SENDING, stamp(now), message, MessageState.WAITING],
        )
        return bool(taken.rowcount)


def settle(
    store: Store,
    message: int,
    state: MessageState,
    *,
    now: datetime,
    error: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """What became of a claimed message; `due_at` is the next try of one that waits again."""
    sent_at = stamp(now) if state is MessageState.SENT else None
    with store.write() as db:
        db.execute(
            "UPDATE messages SET state = ?, error = ?, due_at = ?, sent_at = coalesce(?, sent_at)"
            " WHERE id = ? AND state = ?",
            [state, error, stamp(due_at), sent_at, message, MessageState.SENDING],
        )


def doubt(store: Store, *, now: datetime, lease: timedelta) -> int:
    """Mark messages unsure whose try began long ago and has no outcome; gives how many."""
    values = [MessageState.SENDING, stamp(now - lease), stamp(now + lease)]
    waiting = "state = ? AND (claimed_at < ? OR claimed_at > ?)"
    if not store.query(f"SELECT 1 FROM messages WHERE {waiting}", values):  # noqa: S608  ours
        return 0
    with store.write() as db:
        done = db.execute(
            f"UPDATE messages SET state = ?, error = ? WHERE {waiting}",  # noqa: S608
            [MessageState.UNSURE, "the program ended while it was being sent", *values],
        )
        return int(done.rowcount)


def send_again(store: Store, message: int, *, now: datetime) -> None:
    """Let a message that is unsure or failed wait again, as a person asks; UsageError otherwise."""
    again = (MessageState.UNSURE, MessageState.FAILED)
    with store.write() as db:
        row = db.execute("SELECT state FROM messages WHERE id = ?", [message]).fetchone()
        if row is None:
            raise UsageError(f"message {message}", "not in this database", hint="aggregator alerts")
        if row["state"] not in again:
            raise UsageError(f"message {message}", f"is {row['state']}: nothing to send again")
        # Its patience begins anew, or one more failure would be its last.
        db.execute(
            "UPDATE messages SET state = :state, made_at = :now, due_at = :now, tries = 0"
            " WHERE id = :id",
            {"state": MessageState.WAITING, "now": stamp(now), "id": message},
        )


def begin_anew(store: Store, *, now: datetime) -> int:
    """After a backup took the database's place: what it was about to send may have been sent since.

    Such messages are unsure, what was gathered for the next ones becomes an unsure message, and
    alerts tell of changes from now on. Gives how many messages are unsure now.
    """
    error = "a backup was restored, and it may have been sent before"
    if not store.query("SELECT 1 FROM alerts"):
        return 0
    with store.write() as db:
        for row in db.execute("SELECT DISTINCT alert FROM told WHERE message IS NULL").fetchall():
            made = db.execute(
                "INSERT INTO messages (alert, state, made_at, message_key) VALUES (?, ?, ?, ?)",
                [row["alert"], MessageState.WAITING, stamp(now), str(uuid4())],
            ).lastrowid
            db.execute(
                "UPDATE told SET message = ? WHERE alert = ? AND message IS NULL",
                [made, row["alert"]],
            )
        done = db.execute(
            "UPDATE messages SET state = ?, error = ?, due_at = NULL WHERE state IN (?, ?)",
            [MessageState.UNSURE, error, MessageState.WAITING, MessageState.SENDING],
        )
        db.execute("UPDATE alerts SET made_at = :now, looked_at = :now, gathered_at = :now",
                   {"now": stamp(now)})  # fmt: skip
        return int(done.rowcount)
