"""Rows of feeds and of the log of polls after an answer; those of quiet polls together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aggregator.core.cadence import Pace
from aggregator.core.times import stamp
from aggregator.edge.store.door import Store
from aggregator.edge.store.leasing import is_held
from aggregator.edge.store.moving import note_redirect
from aggregator.model import Feed, Poll

_ANSWERED = (
    "UPDATE feeds SET cursor = :cursor, due_at = :due, leased_by = NULL, polled_at = :now,"
    " answered_at = :now, failures = 0, trouble = 0, error = :warning, pace = :pace,"
    " duplicates = :duplicates, dropped = iif(:unchanged, dropped, :dropped),"
    " changed_at = iif(:added, :now, changed_at), moving_to = iif(:moved, moving_to, NULL),"
    " sightings = iif(:moved, sightings, 0)"
    " WHERE id = :id AND leased_by IS :lease"
)
_REPEATED = "UPDATE polls SET repeats = repeats + 1, last_at = ?, last_status = ? WHERE id = ?"
_LAST = (
    "SELECT polls.feed, polls.id, polls.result FROM json_each(?) AS asked JOIN polls"
    " ON polls.id = (SELECT max(id) FROM polls WHERE feed = asked.value)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When to poll a feed again, and what its answer taught about it."""

    due_at: datetime
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A poll that was answered and brought nothing, with when to come back."""

    feed: Feed
    poll: Poll
    plan: Plan


def keep_quiet(
    store: Store, polls: Sequence[Quiet], *, now: datetime, by: str | None = None
) -> None:
    """Commit A for polls that brought no entries and no files: where their feeds stand.

    A few statements for all of them, because a few for each cost half of what a 304 does. A feed
    that is leased to another than `by` by now is left to that one.
    """
    at = stamp(now)
    with store.write() as db:
        moved = [(q.feed, to) for q in polls if (to := _moved_to(q.feed, q.poll))]
        moved = [(feed, to) for feed, to in moved if is_held(db, feed, by)]
        db.executemany(_ANSWERED, [_answered(q.feed, q.poll, q.plan, at, 0, by) for q in polls])
        for feed, to in moved:
            note_redirect(db, feed, to, now=now)
        rows = db.execute(_LAST, [json.dumps([quiet.feed.id for quiet in polls])])
        last = {row["feed"]: row["id"] for row in rows if row["result"] != "failed"}
        again = [quiet for quiet in polls if quiet.feed.id in last]
        db.executemany(_REPEATED, [(at, q.poll.status or None, last[q.feed.id]) for q in again])
        for quiet in polls:
            if quiet.feed.id not in last:
                _insert(db, quiet.feed.id, answer_line(quiet.poll, added=0), now)


def answer_feed(
    db: Any, feed: Feed, poll: Poll, plan: Plan, *, now: datetime, added: int, by: str | None
) -> None:
    """Where a feed stands after an answer, if it is ours; inside the caller's transaction."""
    done = db.execute(_ANSWERED, _answered(feed, poll, plan, stamp(now), added, by))
    if done.rowcount and (to := _moved_to(feed, poll)):
        note_redirect(db, feed, to, now=now)


def _moved_to(feed: Feed, poll: Poll) -> str | None:
    return None if poll.moved_to == feed.address else poll.moved_to


def _answered(
    feed: Feed, poll: Poll, plan: Plan, at: str, added: int, by: str | None
) -> dict[str, Any]:
    return {
        "cursor": json.dumps(dict(poll.cursor)), "due": stamp(plan.due_at), "now": at,
        "warning": poll.warning, "pace": plan.pace.factor, "duplicates": plan.pace.duplicates,
        "unchanged": poll.unchanged, "dropped": poll.dropped, "added": added > 0, "id": feed.id,
        "lease": by, "moved": _moved_to(feed, poll) is not None,
    }  # fmt: skip


def answer_line(poll: Poll, *, added: int) -> dict[str, Any]:
    """What the log says of an answered poll."""
    return {
        "result": "new" if added else "unchanged", "status": poll.status or None,
        "listed": len(poll.entries) + len(poll.known), "added": added, "dropped": poll.dropped,
        "bytes": poll.bytes, "ms": poll.ms, "error": poll.warning,
    }  # fmt: skip


def log_poll(db: Any, feed: int, log: dict[str, Any], *, now: datetime, quiet: bool) -> None:
    """A row for a poll that said something; a quiet one is counted on the feed's last row.

    Ten thousand quiet polls are one row, so the log grows with the news and not with time.
    """
    last = db.execute(
        "SELECT id, result, error FROM polls WHERE feed = ? ORDER BY id DESC LIMIT 1", [feed]
    ).fetchone()
    same_failure = last and log["result"] == last["result"] == "failed"
    same_failure = same_failure and log["error"] == last["error"]
    if last and (same_failure or (quiet and last["result"] != "failed")):
        db.execute(_REPEATED, [stamp(now), log.get("status"), last["id"]])
        return
    _insert(db, feed, log, now)


def _insert(db: Any, feed: int, log: dict[str, Any], now: datetime) -> None:
    columns = ", ".join(log)
    marks = ", ".join("?" * len(log))
    db.execute(
        f"INSERT INTO polls (feed, polled_at, {columns}) VALUES (?, ?, {marks})",  # noqa: S608
        [feed, stamp(now), *log.values()],
    )
