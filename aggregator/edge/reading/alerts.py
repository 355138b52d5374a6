"""Reads which stories alerts are to tell, and how their messages are doing; writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from aggregator.core.times import moment, stamp
from aggregator.edge.reading.asking import conditions, rows
from aggregator.edge.reading.stories import assemble
from aggregator.model import Alert, AlertState, Message, MessageState, Story

_CHUNK = 200  # stories put together at once: an import can change a hundred thousand
_TROUBLED = 20  # messages shown of one alert

# What an alert told of a story counts for the story that it went into as well.
_TOLD = """
(SELECT max(told.outlets) FROM told WHERE told.alert = :alert AND told.cluster IN
 (SELECT clusters.id UNION ALL SELECT old.id FROM clusters AS old
  WHERE old.merged_into = clusters.id))
"""
# Before a file has statistics SQLite would take every row that is not merged.
_CHANGED = "clusters INDEXED BY clusters_updated_at"
_MESSAGE = """
SELECT messages.id, alerts.name AS alert, messages.state, message_key, messages.made_at, tries,
  due_at, sent_at, error,
  (SELECT count(DISTINCT cluster) FROM told WHERE told.message = messages.id) AS stories
FROM messages JOIN alerts ON alerts.id = messages.alert
"""


def read_new(
    db: Any, alert: Alert, number: int, *, changed: datetime, published: datetime
) -> Iterator[tuple[Story, ...]]:
    """Stories that answer an alert and were not told by it, in bunches, by their last change.

    They changed at `changed` or later and have a copy published at `published` or later. `number`
    is the alert's row.
    """
    where, values = conditions(alert.query)
    where += (
        " AND updated_at >= :changed AND last_at >= :published AND (updated_at, id) > (:at, :last)"
    )
    values |= {
        "changed": stamp(changed), "published": stamp(published), "alert": number,
        "again": alert.again, "at": "", "last": 0, "chunk": _CHUNK,
    }  # fmt: skip
    while True:
        found = rows(
            db,
            f"SELECT * FROM (SELECT clusters.*, {_TOLD} AS known FROM {_CHANGED} WHERE {where})"  # noqa: S608
            " WHERE known IS NULL OR (:again AND outlets >= 2 * known)"
            " ORDER BY updated_at, id LIMIT :chunk",
            values,
        )
        if not found:
            return
        yield assemble(db, found, whole=False)
        values |= {"at": found[-1]["updated_at"], "last": found[-1]["id"]}


def read_sample(db: Any, alert: Alert) -> tuple[Story, ...]:
    """The story changed last that answers an alert, else the one changed last; empty for none."""
    where, values = conditions(alert.query)
    for asked in (where, "merged_into IS NULL AND articles > 0"):
        found = rows(
            db,
            f"SELECT * FROM {_CHANGED} WHERE {asked} ORDER BY updated_at DESC, id LIMIT 1",  # noqa: S608
            values if asked is where else {},
        )
        if found:
            return assemble(db, found, whole=False)
    return ()


def read_alert_row(db: Any, name: str) -> dict[str, Any] | None:
    """The row of an alert that has begun."""
    found = rows(db, "SELECT * FROM alerts WHERE name = ?", [name])
    return found[0] if found else None


def read_told(db: Any, ids: Sequence[int], *, most: int) -> tuple[int, tuple[Story, ...]]:
    """How many of these stories there are still, and the widest of them; merged ones once."""
    where = (
        "articles > 0 AND id IN (SELECT coalesce(merged_into, id) FROM clusters"
        " WHERE id IN (SELECT value FROM json_each(?)))"
    )
    wanted = [json.dumps(list(ids))]
    total = db.execute(f"SELECT count(*) FROM clusters WHERE {where}", wanted).fetchone()[0]  # noqa: S608
    found = rows(
        db,
        f"SELECT * FROM clusters WHERE {where} ORDER BY outlets DESC, last_at DESC, id LIMIT ?",  # noqa: S608
        [*wanted, most],
    )
    return total, assemble(db, found, whole=False)


def read_message_stories(db: Any, message: int, *, most: int) -> tuple[int, tuple[Story, ...]]:
    """How many stories a message tells of, and the widest of them, as they are now."""
    ids = [
        row["cluster"] for row in rows(db, "SELECT cluster FROM told WHERE message = ?", [message])
    ]
    return read_told(db, ids, most=most)


def read_due(db: Any, names: Sequence[str], *, now: datetime) -> tuple[Message, ...]:
    """Messages of these alerts that are to be sent now, the oldest first."""
    found = rows(
        db,
        f"{_MESSAGE} WHERE messages.state = 'waiting' AND due_at <= ?"  # noqa: S608  ours
        " AND alerts.name IN (SELECT value FROM json_each(?)) ORDER BY messages.id",
        [stamp(now), json.dumps(list(names))],
    )
    return tuple(map(_message, found))


def read_alert_states(db: Any) -> tuple[AlertState, ...]:
    """How every alert is doing that has begun, by name; those that config dropped too."""
    states = []
    for row in rows(db, "SELECT id, name, made_at FROM alerts ORDER BY name"):
        counted = dict(
            db.execute(
                "SELECT state, count(*) FROM messages WHERE alert = ? GROUP BY state", [row["id"]]
            ).fetchall()
        )
        troubled = rows(
            db,
            f"{_MESSAGE} WHERE messages.alert = ? AND (messages.state IN ('unsure', 'failed')"
            " OR (messages.state = 'waiting' AND tries > 0)) ORDER BY messages.id DESC LIMIT ?",
            [row["id"], _TROUBLED],
        )
        last, gathered = db.execute(
            "SELECT (SELECT max(sent_at) FROM messages WHERE alert = :id),"
            " (SELECT count(DISTINCT cluster) FROM told WHERE alert = :id AND message IS NULL)",
            {"id": row["id"]},
        ).fetchone()
        states.append(
            AlertState(
                name=row["name"], since=moment(row["made_at"]),
                sent=counted.get(MessageState.SENT, 0),
                waiting=counted.get(MessageState.WAITING, 0)
                + counted.get(MessageState.SENDING, 0),
                gathered=gathered, last_sent_at=moment(last),
                troubled=tuple(map(_message, troubled)),
            )
        )  # fmt: skip
    return tuple(states)


def _message(row: dict[str, Any]) -> Message:
    return Message(
        id=row["id"], alert=row["alert"], state=MessageState(row["state"]),
        key=row["message_key"], made_at=moment(row["made_at"]), stories=row["stories"],
        tries=row["tries"], due_at=moment(row["due_at"]), sent_at=moment(row["sent_at"]),
        error=row["error"],
    )  # fmt: skip
