"""Addresses that feeds move to: believed at the third sighting, left again when they fail.

The functions work inside the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aggregator.core.times import stamp
from aggregator.model import Feed

# Permanent redirects in a row before one is believed: a broken server sends every address to its
# front page for an afternoon.
SIGHTINGS = 3


def note_redirect(db: Any, feed: Feed, moved_to: str, *, now: datetime) -> None:
    """Count where an answered poll was sent for good; the third time in a row it is asked there.

    Never to an address that another feed has. An answer that was not sent elsewhere ends the row.
    """
    db.execute(
        "UPDATE feeds SET sightings = iif(moving_to = :to, sightings + 1, 1), moving_to = :to"
        " WHERE id = :id",
        {"to": moved_to, "id": feed.id},
    )
    seen = db.execute("SELECT sightings FROM feeds WHERE id = ?", [feed.id]).fetchone()[0]
    taken = db.execute(
        "SELECT 1 FROM feeds WHERE id <> :id AND :to IN (url, moved_to)",
        {"to": moved_to, "id": feed.id},
    ).fetchone()
    if seen >= SIGHTINGS and taken is None:
        leave_address(db, feed, moved_to, now=now, reason=f"it redirects for good, {seen} times")


def leave_address(db: Any, feed: Feed, to: str | None, *, now: datetime, reason: str) -> None:
    """Ask a feed at another address from now on, None for the one in config; keeps the old one.

    Where the new address is the one in config, nothing is stored beside it.
    """
    db.execute(
        "INSERT INTO moves (feed, moved_at, url, reason) VALUES (?, ?, ?, ?)",
        [feed.id, stamp(now), feed.address, reason],
    )
    db.execute(
        "UPDATE feeds SET moved_to = ?, moving_to = NULL, sightings = 0 WHERE id = ?",
        [None if to == feed.url else to, feed.id],
    )
