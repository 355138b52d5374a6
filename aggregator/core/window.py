"""Reads and words the span of time that a reader asks for; the time now is an argument."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from aggregator.core.measures import parse_duration
from aggregator.core.wording import day_of, moment

EVER = "all"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_HELP = 'write a span such as "24h" or "7d", a day such as "2026-11-20", or "all"'


def parse_point(words: str, *, now: datetime) -> datetime | None:
    """The time meant by `24h` (that long before now), `2026-11-20` (its first moment, UTC) or
    `2026-11-20T10:00Z`; None for `all`.

    Raises ValueError with a sentence for anything else.
    """
    text = words.strip()
    if text.lower() == EVER:
        return None
    if "-" in text:
        return _absolute(text)
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise ValueError(_HELP) from error
    try:
        return now - timedelta(seconds=seconds)
    except OverflowError:
        return None  # longer ago than time goes back


def _absolute(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        aware = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(_HELP) from error
    return aware


def parse_end(words: str, *, now: datetime) -> datetime | None:
    """The same for the end of a span, which it does not hold itself: a day ends with its night.

    Raises ValueError with a sentence for anything else, and for a day after which none is.
    """
    point = parse_point(words, now=now)
    if point is None or not _DAY.match(words.strip()):
        return point
    try:
        return point + timedelta(days=1)
    except OverflowError as error:
        raise ValueError(_HELP) from error


def window_words(since: datetime | None, until: datetime | None) -> str:
    """`first seen from 20 Nov 2026 to 21 Nov 2026, 10:00 UTC`; empty for any time."""
    parts = []
    if since is not None:
        parts.append(f"from {_point(since)}")
    if until is not None:
        last = until - timedelta(days=1) if _whole_day(until) and until.year > 1 else until
        parts.append(f"to {_point(last)}" if _whole_day(until) else f"before {_point(until)}")
    return f"first seen {' '.join(parts)}" if parts else ""


def _whole_day(when: datetime) -> bool:
    return when.astimezone(UTC).time() == datetime.min.time()


def _point(when: datetime) -> str:
    return day_of(when) if _whole_day(when) else moment(when)
