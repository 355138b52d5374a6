"""Reads how each feed is doing, and what its polls have brought; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aggregator.core.contract import FeedStateDict
from aggregator.core.times import moment, stamp

# A feed without an answer for so long is called dead. It is still asked once a day, and one answer
# revives it: Media Cloud saw feeds come back after weeks.
DEAD = timedelta(days=30)

HEAD = ("state", "feed", "last success", "last new", "next due", "known", "dropped", "failures")
_ORDER = ("dead", "gone", "failing", "ok", "not asked yet", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """How one feed is doing; times are aware UTC."""

    name: str
    url: str
    state: str  # ok, failing, dead, gone, off, not asked yet
    status: int | None  # HTTP status of the last answer
    answered_at: datetime | None  # last success
    changed_at: datetime | None  # last new entry
    due_at: datetime | None
    seconds_between: int  # interval in config times the pace learned
    duplicate_share: float | None  # of listed entries known before, smoothed over polls
    dropped: int  # entries past the cap when it was last read
    entries: int
    failures: int  # in a row
    error: str | None
    moved_to: str | None

    def to_dict(self) -> FeedStateDict:
        """One object of `status --json`."""
        return {
            "name": self.name,
            "url": self.url,
            "state": self.state,
            "status": self.status,
            "answered_at": stamp(self.answered_at),
            "changed_at": stamp(self.changed_at),
            "due_at": stamp(self.due_at),
            "seconds_between": self.seconds_between,
            "duplicate_share": self.duplicate_share,
            "dropped": self.dropped,
            "entries": self.entries,
            "failures": self.failures,
            "error": self.error,
            "moved_to": self.moved_to,
        }

    def cells(self) -> tuple[str, ...]:
        """One line of the table."""
        share = "-" if self.duplicate_share is None else f"{self.duplicate_share:.0%}"
        told = f"{self.failures}: {self.error}" if self.failures else self.error or ""
        times = (self.answered_at, self.changed_at, self.due_at)
        shown = (at.strftime("%Y-%m-%d %H:%M") if at else "never" for at in times)
        return (self.state, self.name[:28], *shown, share, str(self.dropped), told[:100])


def read_feed_states(db: Any, *, now: datetime) -> tuple[FeedState, ...]:
    """How every feed that is polled, or was, is doing; those in trouble first."""
    columns = (
        "name", "url", "enabled", "gone", "status", "answered_at", "changed_at", "due_at",
        "seconds_between", "duplicate_share", "dropped", "entries", "failures", "error",
        "moved_to", "first_seen_at",
    )  # fmt: skip
    found = []
    for values in db.execute(
        "SELECT feed_health.name, feed_health.url, feed_health.enabled, feeds.gone,"
        " feed_health.status, feed_health.answered_at, feed_health.changed_at,"
        " feed_health.due_at, feed_health.seconds_between, feed_health.duplicate_share,"
        " feed_health.dropped, feed_health.entries, feed_health.failures, feed_health.error,"
        " feed_health.moved_to,"
        " (SELECT min(polled_at) FROM polls WHERE polls.feed = feed_health.feed)"
        " FROM feed_health JOIN feeds ON feeds.id = feed_health.feed WHERE feeds.kind <> 'archive'"
    ).fetchall():
        row = dict(zip(columns, values, strict=True))
        found.append(
            FeedState(
                name=row["name"],
                url=row["url"],
                state=_state(row, now),
                status=row["status"],
                answered_at=moment(row["answered_at"]),
                changed_at=moment(row["changed_at"]),
                due_at=moment(row["due_at"]) if row["enabled"] else None,
                seconds_between=int(row["seconds_between"]),
                duplicate_share=row["duplicate_share"],
                dropped=row["dropped"],
                entries=row["entries"],
                failures=row["failures"],
                error=row["error"],
                moved_to=row["moved_to"],
            )
        )
    return tuple(sorted(found, key=lambda f: (_ORDER.index(f.state), -f.failures, f.name)))


def _state(row: dict[str, Any], now: datetime) -> str:
    if row["gone"]:
        return "gone"
    if not row["enabled"]:
        return "off"
    if row["failures"] and row["error"]:
        since = moment(row["answered_at"] or row["first_seen_at"])
        return "dead" if since is not None and now - since > DEAD else "failing"
    return "ok" if row["answered_at"] else "not asked yet"


def align(table: list[tuple[str, ...]]) -> list[str]:
    """Rows of cells as lines of columns, nothing in them that can steer a terminal."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    widths[-1] = 0
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )
    return [plain(line) for line in lines]


def plain(line: str) -> str:
    """The line with a space for each character that a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in line)
