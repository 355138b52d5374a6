"""Claims of feeds as leases, so that several programs poll one database and each feed once.

A claim counts a failure before the poll, puts the next poll off and names its holder, all in one
statement. Who settles a poll settles it only while the feed is still leased to it: a lease that
ran out may be another's by then. Polls nothing, and judges no answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from aggregator.core.times import stamp
from aggregator.core.urls import host_of
from aggregator.edge.store.door import Store
from aggregator.model import Feed

# Of the feeds asked for those whose row is as it was listed. What another program claimed,
# polled or put off since then is not ours, nor is what config dropped.
_CLAIM = (
    "UPDATE feeds SET failures = failures + 1, due_at = :until, leased_by = :by"
    " FROM json_each(:listed) AS listed WHERE feeds.id = CAST(listed.key AS INTEGER)"
    " AND feeds.due_at || ' ' || feeds.failures = listed.value AND feeds.enabled = 1"
    " RETURNING feeds.id"
)
_RENEW = (
    "UPDATE feeds SET due_at = :until WHERE leased_by = :by"
    " AND id IN (SELECT value FROM json_each(:ids)) RETURNING id"
)
_OTHERS = (
    "SELECT url, moved_to FROM feeds WHERE leased_by IS NOT NULL AND leased_by <> ? AND due_at > ?"
)


def claim_feeds(
    store: Store, feeds: Sequence[Feed], *, by: str, now: datetime, until: datetime
) -> list[Feed]:
    """Lease feeds to a program before it polls them; gives those that are its own now.

    The failure is counted first, so a document that kills us is put off by itself. A host that
    another program has a feed of is left to that one: two would not know of each other's pauses.
    """
    with store.write() as db:
        busy = {
            host_of(row["moved_to"] or row["url"]) for row in db.execute(_OTHERS, [by, stamp(now)])
        }
        listed = {feed.id: _state(feed) for feed in feeds if host_of(feed.address) not in busy}
        values = {"until": stamp(until), "by": by, "listed": json.dumps(listed)}
        ours = {row[0] for row in db.execute(_CLAIM, values).fetchall()}
    return [feed for feed in feeds if feed.id in ours]


def _state(feed: Feed) -> str:
    return f"{stamp(feed.due_at) or ''} {feed.failures}"


def renew_leases(store: Store, ids: Iterable[int], *, by: str, until: datetime) -> set[int]:
    """Hold leases for longer; gives the feeds that are still leased to that program."""
    with store.write() as db:
        values = {"until": stamp(until), "by": by, "ids": json.dumps(list(ids))}
        return {row[0] for row in db.execute(_RENEW, values).fetchall()}


def release_feed(store: Store, feed: Feed, *, by: str) -> None:
    """Undo a program's claim whose poll was called off, as when it is asked to stop."""
    with store.write() as db:
        db.execute(
            "UPDATE feeds SET failures = ?, due_at = ?, leased_by = NULL"
            " WHERE id = ? AND leased_by = ?",
            [feed.failures, stamp(feed.due_at) or "", feed.id, by],
        )


def is_held(db: Any, feed: Feed, by: str | None) -> bool:
    """Whether a feed is leased to that program; inside the caller's transaction."""
    row = db.execute("SELECT leased_by FROM feeds WHERE id = ?", [feed.id]).fetchone()
    return row is not None and row[0] == by


def forget_leases(store: Store, kind: str) -> None:
    """End the leases of programs of a kind of which there is one alone: they died amid polls.

    Their claims stay counted, and due when they were to run out.
    """
    begins = f"{kind} "
    if store.query("SELECT 1 FROM feeds WHERE substr(leased_by, 1, ?) = ?", [len(begins), begins]):
        with store.write() as db:
            db.execute(
                "UPDATE feeds SET leased_by = NULL WHERE substr(leased_by, 1, ?) = ?",
                [len(begins), begins],
            )
