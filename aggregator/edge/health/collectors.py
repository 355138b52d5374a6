"""Reads which programs hold leases of feeds now, and until when; ends no lease."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aggregator.core.contract import CollectorDict
from aggregator.core.times import moment, stamp

# A feed that config dropped amid a poll is given to nobody any more, so a lease of it that nobody
# settles would be told of for ever. What is read is the few rows of the index `feeds_leased`.
_HELD = (
    "SELECT leased_by, count(*), max(due_at) FROM feeds"
    " WHERE leased_by IS NOT NULL AND enabled = 1 GROUP BY leased_by ORDER BY leased_by"
)
_PROCESS = re.compile(r" (\d+)-")  # in a name such as `collect 4711-9f86d081`


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """A program that polls, as its leases show it; it has no heartbeat."""

    name: str  # as the leases have it
    feeds: int
    until: datetime | None  # when the last of its leases ends
    overdue: bool  # it ended: who holds it died, sleeps, or is stopped

    @property
    def process(self) -> int | None:
        """The process that its name tells of; None for a name of another form."""
        found = _PROCESS.search(self.name)
        return int(found[1]) if found else None

    def to_dict(self) -> CollectorDict:
        """One object of `status --json`."""
        return {
            "name": self.name,
            "process": self.process,
            "feeds": self.feeds,
            "until": stamp(self.until),
            "overdue": self.overdue,
        }

    def words(self) -> str:
        """The same on one line."""
        held = f"{self.feeds} feed{'' if self.feeds == 1 else 's'}"
        until = f"overdue since {stamp(self.until)}" if self.overdue else f"to {stamp(self.until)}"
        return f"{self.name}: {held} leased, {until}"


def read_collectors(db: Any, *, now: datetime) -> tuple[Collector, ...]:
    """Who holds leases, by name."""
    found = ((name, feeds, moment(until)) for name, feeds, until in db.execute(_HELD).fetchall())
    return tuple(
        # As for who looks for feeds to poll: one that is due in this second is free.
        Collector(name=name, feeds=feeds, until=until, overdue=until is None or until <= now)
        for name, feeds, until in found
    )
