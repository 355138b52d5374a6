"""Moves stored times when the clock of the machine was set back; knows no clock itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aggregator.core.times import moment, stamp
from aggregator.edge.store.door import Store

SLACK = timedelta(seconds=5)
FORWARD = timedelta(hours=1)  # a step from which on pruning waits a day, for somebody to see it
LONG_OFF = timedelta(days=30)  # nobody ran for so long, or the clock is ahead: it waits as well
PRUNED = "last prune"  # row of `meta`: when the last round of pruning ended

# Times until which something waits. They go with the clock: what was due in ten minutes still is.
_WAITS = (
    ("feeds", "due_at"), ("entries", "retry_at"), ("visits", "due_at"), ("messages", "due_at"),
)  # fmt: skip
# Times of what has happened; none may lie ahead. What sources state of their own items is theirs.
_HAPPENED = (
    ("feeds", "polled_at"), ("feeds", "answered_at"), ("feeds", "changed_at"),
    ("moves", "moved_at"), ("polls", "polled_at"), ("polls", "last_at"),
    ("entries", "seen_at"), ("articles", "first_seen_at"), ("articles", "read_at"),
    ("revisions", "seen_at"), ("visits", "visited_at"), ("visits", "since"),
    ("clusters", "seen_at"), ("clusters", "updated_at"), ("corrections", "made_at"),
    ("corrections", "undone_at"), ("files", "seen_at"), ("runs", "started_at"),
    ("runs", "ended_at"), ("runs", "quiet_at"), ("jobs", "started_at"), ("jobs", "ended_at"),
    ("jobs", "alarm_at"), ("alerts", "made_at"), ("alerts", "looked_at"),
    ("alerts", "gathered_at"), ("messages", "made_at"), ("messages", "claimed_at"),
    ("messages", "sent_at"),
)  # fmt: skip


def catch_up(store: Store, *, now: datetime) -> timedelta:
    """Find by the last times stored that the clock was set back while nobody ran; gives the step.

    The last poll or heartbeat cannot lie ahead. How far it does is the least that the clock went
    back.
    """
    found = [
        row[0]
        for row in store.query(
            "SELECT value FROM meta WHERE name = 'heartbeat'"
            " UNION ALL SELECT max(polled_at) FROM feeds"
        )
    ]
    latest = max((moment(text) for text in found if text), default=now)
    if now - latest > LONG_OFF:
        follow(store, now - latest, now=now)
    if latest - now <= SLACK:
        return timedelta(0)
    follow(store, now - latest, now=now)
    return now - latest


def follow(store: Store, step: timedelta, *, now: datetime) -> None:
    """Bring the stored times in line with a clock that went `step`.

    After a step forward what is due is due once, as after a night in which the machine slept. A
    clock that is wrong by a year must not have a year pruned, so that waits for a day.
    """
    if step >= timedelta(0):
        if step > FORWARD:
            with store.write() as db:
                db.execute(
                    "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", [PRUNED, stamp(now)]
                )
        return
    with store.write() as db:
        for table, column in _WAITS:
            rows = db.execute(
                f"SELECT rowid, {column} FROM {table} WHERE {column} > ?",  # noqa: S608  ours
                [stamp(now)],
            ).fetchall()
            db.executemany(
                f"UPDATE {table} SET {column} = ? WHERE rowid = ?",  # noqa: S608
                [(stamp(max(moment(row[1]) + step, now)), row[0]) for row in rows],
            )
        for table, column in _HAPPENED:
            db.execute(
                f"UPDATE {table} SET {column} = :now WHERE {column} > :now",  # noqa: S608
                {"now": stamp(now)},
            )
        db.execute(
            "UPDATE meta SET value = :now WHERE name IN ('heartbeat', :pruned) AND value > :now",
            {"now": stamp(now), "pruned": PRUNED},
        )
        _republish(db, now)


def _republish(db: Any, now: datetime) -> None:
    """Articles that took their time from a first sight in the future, and what follows from it."""
    # Where only the day is known, its end may rightly lie ahead.
    db.execute(
        "UPDATE articles SET published_at = :now WHERE published_at > :now AND day_only = 0",
        {"now": stamp(now)},
    )
    db.execute(
        "UPDATE clusters SET (first_at, last_at) = (SELECT min(published_at), max(published_at)"
        " FROM articles WHERE cluster = clusters.id) WHERE last_at > ? AND articles > 0",
        [stamp(now)],
    )
    db.execute(
        "UPDATE fingerprints SET clustered = 0, (first_at, last_at) = (SELECT min(published_at),"
        " max(published_at) FROM articles WHERE id = fingerprints.article OR id IN"
        " (SELECT article FROM fingerprints AS same WHERE same.holder = fingerprints.article))"
        " WHERE last_at > ?",
        [stamp(now)],
    )
