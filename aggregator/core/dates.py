"""Reads the dates that feeds and pages write, as aware UTC within a sane window; knows no clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

# feedparser 6.0.14 reads 1751364000 as the year 1751 and CET as UTC, so the raw text is read here.
OLDEST = timedelta(days=20 * 365.25)
NEWEST = timedelta(days=1)
_MAX_CHARS = 100

# Hours from UTC. "IST" is India's (Israel and Ireland write numbers in feeds); "CST" America's,
# as RFC 822 says.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "ast": -4,
    "adt": -3, "nst": -3.5, "ndt": -2.5, "brt": -3, "art": -3, "cet": 1, "mez": 1, "met": 1,
    "west": 1, "bst": 1, "cest": 2, "mesz": 2, "mest": 2, "eet": 2, "sast": 2, "eest": 3,
    "msk": 3, "eat": 3, "trt": 3, "pkt": 5, "ist": 5.5, "npt": 5.75, "ict": 7, "wib": 7,
    "hkt": 8, "sgt": 8, "pht": 8, "myt": 8, "awst": 8, "wita": 8, "jst": 9, "kst": 9, "wit": 9,
    "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip

# First letters of month names, longest first where one begins another. Polish and Croatian
# "listopad" are different months, so such languages are left out.
_MONTHS = (
    (1, "jan gen ene янв"), (2, "feb fév fev fèv фев"), (3, "mar mär mrt maa мар"),
    (4, "apr avr abr апр"), (5, "may mai mei mag май мая"), (6, "jun juin giu июн"),
    (7, "jul juil lug июл"), (8, "aug aoû aou ago авг agu"), (9, "sep set сен"),
    (10, "oct okt ott out окт"), (11, "nov ноя"), (12, "dec déc dez dic des дек"),
)  # fmt: skip
_MONTH_OF = {start: month for month, starts in _MONTHS for start in starts.split()}

_CLOCK = (
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?"
)
_ZONE = r"(?:\s*\(?(?P<zone>(?:GMT|UTC)?[+\-−]\d{1,2}(?::?\d{2})?|[A-Za-z]{1,5})\)?)?"
_TIME = rf"(?:(?:\s*[Tt,|\-–]\s*|\s+(?:um|at|à|a las|às|alle)?\s*){_CLOCK}{_ZONE}.*)?"
_FORMS = tuple(
    re.compile(form + r"\s*$", re.IGNORECASE | re.DOTALL)
    for form in (
        # 2026-11-20T10:00:00Z, 2026/11/20 10:00, 2026-11
        rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})(?:[-/.](?P<day>\d{{1,2}}))?{_TIME}",
        # Fri, 20 Nov 2026 10:00:00 GMT; Fr., 20. November 2026, 10:00; 20 de nov. de 2026
        r"(?:[^\W\d]+\.?,?\s+|[^\W\d]+,)?(?P<day>\d{1,2})(?:\.|st|nd|rd|th|er)?[\s\-]+(?:de\s+)?"
        rf"(?P<name>[^\W\d]{{3,12}})\.?,?[\s\-]+(?:de\s+)?(?P<year>\d{{4}}|\d{{2}}){_TIME}",
        # November 20, 2026 10:00 am EST
        rf"(?:[^\W\d]+\.?,?\s+)?(?P<name>[^\W\d]{{3,12}})\.?\s+(?P<day>\d{{1,2}}),?\s+"
        rf"(?P<year>\d{{4}}){_TIME}",
        # Fri Nov 20 10:00:00 GMT 2026 (asctime)
        rf"[^\W\d]+\s+(?P<name>[^\W\d]{{3,12}})\s+(?P<day>\d{{1,2}})\s+{_CLOCK}{_ZONE}\s+"
        r"(?P<year>\d{4})",
        # 20.11.2026 10:00; day first, as everywhere but in the United States
        rf"(?P<day>\d{{1,2}})[./](?P<month>\d{{1,2}})[./](?P<year>\d{{4}}){_TIME}",
        # 2026年11月20日 10时30分; 2026년 11월 20일 10:30
        r"(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日일]"
        r"(?:\s*(?P<hour>\d{1,2})[:时時시]\s*(?P<minute>\d{2})?.*)?",
    )
)
_DIGITS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


class Reading(NamedTuple):
    """A date as it was written: the moment in UTC, and how exactly it says it."""

    at: datetime
    day_only: bool  # no time of day, or midnight to the second where it was written
    zoned: bool  # it names its zone; otherwise it was read as UTC


def parse_date(raw: str | None, *, now: datetime) -> datetime | None:
    """Return the moment that `raw` writes, in UTC, or None when it is unreadable or not sane.

    Sane is twenty years back to one day ahead of `now`. Reads RFC 822, ISO 8601 and W3CDTF,
    asctime, Unix seconds and milliseconds, compact digits, day-first numbers, Chinese, Japanese
    and Korean dates, and month names of ten languages. A time without a zone counts as UTC.
    """
    found = read_date(raw, now=now)
    return found.at if found else None


def read_date(raw: str | None, *, now: datetime) -> Reading | None:
    """The same with how exactly it was written.

    Midnight to the second counts as a bare day: publishing systems write it where they know no
    time, and one article in 86,400 appears in that second.
    """
    text = " ".join((raw or "")[:_MAX_CHARS].split())
    if not text:
        return None
    try:
        found = _from_digits(text) if text.isascii() and text.isdigit() else _from_text(text)
    except (ValueError, OverflowError):
        return None
    moment = within_window(found.at, now=now) if found else None
    return found._replace(at=moment) if found and moment else None


def within_window(moment: datetime | None, *, now: datetime) -> datetime | None:
    """Return `moment` in UTC if it lies between twenty years back and one day ahead of `now`."""
    if moment is None:
        return None
    try:
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return None
    return moment if now - OLDEST <= moment <= now + NEWEST else None


def _from_digits(text: str) -> Reading | None:
    if len(text) in (10, 13):
        moment = datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)
        return Reading(moment, False, True)
    form = _DIGITS.get(len(text))
    if form is None:
        return None
    moment = datetime.strptime(text, form).replace(tzinfo=UTC)
    return Reading(moment, _is_midnight(moment), False)


def _is_midnight(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second) == (0, 0, 0)


def _from_text(text: str) -> Reading | None:
    for form in _FORMS:
        if found := form.match(text):
            break
    else:
        return None
    part = found.groupdict()
    month = int(part["month"]) if part.get("month") else month_of(part.get("name") or "")
    if month is None:
        return None
    year = int(part["year"])
    if year < 100:
        year += 2000 if year < 70 else 1900
    hour = int(part.get("hour") or 0)
    if half := part.get("half"):
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    second = min(int(part.get("second") or 0), 59)  # leap seconds
    zone = _zone(part.get("zone"))
    day = datetime(
        year, month, int(part.get("day") or 1), tzinfo=zone or UTC
    )  # raises ValueError for 31 February
    zoned = zone is not None
    if (hour, int(part.get("minute") or 0), second) == (24, 0, 0):
        return Reading(day + timedelta(days=1), False, zoned)
    moment = day.replace(hour=hour, minute=int(part.get("minute") or 0), second=second)
    return Reading(moment, _is_midnight(moment), zoned)


def month_of(name: str) -> int | None:
    """The number of a month by its name or abbreviation in one of ten languages."""
    name = name.lower()
    return next((_MONTH_OF[name[:n]] for n in (4, 3) if name[:n] in _MONTH_OF), None)


def _zone(text: str | None) -> timezone | None:
    """The zone that was written; None when there is none, or it is a word such as "Uhr"."""
    if not text:
        return None
    name = text.lower().replace("−", "-")
    if name in _ZONES:
        return timezone(timedelta(hours=_ZONES[name]))
    found = re.fullmatch(r"(?:gmt|utc)?([+-])(\d{1,2}):?(\d{2})?", name)
    if not found:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-offset if found[1] == "-" else offset)
