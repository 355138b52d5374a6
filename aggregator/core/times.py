"""Times as the database writes them: ISO-8601 text in UTC, to the second, ending in Z."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


@overload
def stamp(moment: datetime) -> str: ...
@overload
def stamp(moment: datetime | None) -> str | None: ...
def stamp(moment: datetime | None) -> str | None:
    """`2026-11-20T04:52:00Z` for an aware time; sorts as text in order of time. None for None."""
    if moment is None:
        return None
    if moment.tzinfo is UTC:  # nearly always, and three times as fast
        return moment.isoformat(timespec="seconds")[:19] + "Z"
    # strftime writes the year 1 as "1"; isoformat pads it, so that texts sort.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


@overload
def moment(text: str) -> datetime: ...
@overload
def moment(text: str | None) -> datetime | None: ...
def moment(text: str | None) -> datetime | None:
    """The aware UTC time of a stamp; None for None."""
    return datetime.fromisoformat(text) if text else None
