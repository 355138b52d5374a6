"""Finds the day that a text names as its own: in a dateline, a dpa number, a first-published line.

Gives a day and never a time; must not read the dates of pages and feeds.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from aggregator.core.dates import month_of
from aggregator.model import Stated, TimeSource

_HEAD, _TAIL = 2, 3  # paragraphs in which such lines stand
_WIDE = 110  # characters of a dateline at most
# The end of a dateline: a bracket, a dash, a colon, "/TASS/".
_END = re.compile(r"\.?\s*(?:[(（/\[]|[-–—−]{1,2}\s|:\s|=\s|\.[-–—])")
_DAY_MONTH = re.compile(
    r"\b(?P<day>\d{1,2})(?:\.|er|st|nd|rd|th)?\s+(?:de\s+)?(?P<name>[^\W\d_]{3,12})\b\.?"
    r"(?:,?\s+(?:de\s+)?(?P<year>20\d\d))?"
)
_MONTH_DAY = re.compile(
    r"\b(?P<name>[^\W\d_]{3,12})\.?\s+(?P<day>\d{1,2})\b(?:,?\s+(?P<year>20\d\d))?"
)
_HAN = re.compile(r"^.{0,16}?(?P<month>\d{1,2})月(?P<day>\d{1,2})日[电電讯訊]")
_DPA = re.compile(r"\bdpa[-\w]*:(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)-\d{1,3}-\d{4,}")
_FIRST = re.compile(r"\bfirst published (?:on )?(?P<rest>[^.]{3,12}\.? \d{1,2},? 20\d\d)", re.I)


def stated_day(text: str, *, near: datetime) -> Stated | None:
    """The day a text names as its own; `near` picks the year where none is written.

    `text` holds paragraphs joined by newlines, its credit lines still in it.
    """
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    day = next((found for line in lines[:_HEAD] if (found := _opening(line, near))), None)
    if day is None:
        day = next((found for line in lines[-_TAIL:] if (found := _closing(line, near))), None)
    if day is None:
        return None
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Stated(at=at, source=TimeSource.DATELINE, day_only=True)


def _opening(line: str, near: datetime) -> date | None:
    """The day of a dateline: `PARIS, Jan 6, 2022 (AFP) -`, `Madrid, 6 ene (EFE).-`, `1月6日电`."""
    if found := _HAN.match(line):
        return _nearest(int(found["month"]), int(found["day"]), None, near)
    head = line[:_WIDE]
    if not head[:1].isupper() and head[:1] not in "([（":
        return None
    for pattern in (_MONTH_DAY, _DAY_MONTH):
        for found in pattern.finditer(head):
            before = head[: found.start()]
            month = month_of(found["name"])
            if month and _is_place(before) and _END.match(head, found.end()):
                return _nearest(month, int(found["day"]), found["year"], near)
    return None


def _is_place(before: str) -> bool:
    """Whether the words before a day name a place or an agency; "On Jan 6 (Friday)" does not."""
    words = re.findall(r"[^\W\d_]+", before)
    parted = before.rstrip().endswith((",", ".", "-", "–", "—", "]")) or before.isupper()
    return (
        parted
        and 1 <= len(words) <= 6
        and not any(word[0].islower() and len(word) > 3 for word in words)
    )


def _closing(line: str, near: datetime) -> date | None:
    if found := _DPA.search(line):
        return _nearest(int(found["month"]), int(found["day"]), f"20{found['year']}", near)
    if (found := _FIRST.search(line)) and (inner := _MONTH_DAY.search(found["rest"])):
        month = month_of(inner["name"])
        return _nearest(month, int(inner["day"]), inner["year"], near) if month else None
    return None


def _nearest(month: int, day: int, year: str | None, near: datetime) -> date | None:
    """The day in its year, or in the year that brings it closest; None when there is no such day.

    A dateline of more than a month ago is an old text or a misreading, and says nothing.
    """
    years = [int(year)] if year else [near.year - 1, near.year, near.year + 1]
    days = []
    for each in years:
        try:
            days.append(date(each, month, day))
        except ValueError:
            continue
    best = min(days, key=lambda one: abs(one - near.date()), default=None)
    return best if best and abs(best - near.date()) <= timedelta(days=31) else None
