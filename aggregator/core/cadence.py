"""Says when to poll a feed again; knows no clock and draws no random numbers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from aggregator.errors import FetchError, NotAllowed, Refused, SourceError, TooLarge, WorkerDied
from aggregator.model import Hints

DAY = 86_400  # seconds
# Media Cloud saw Retry-After of 88 hours; a day is the most that is believed.
MAX_RETRY_AFTER = DAY
# How far ttl, max-age and a quiet feed may stretch the interval. WordPress writes "hourly" into
# every feed, whatever the newsroom behind it does, and some feeds ask for a day.
MAX_STRETCH = 4
MIN_PACE = 0.25
QUIET = 1.25  # nothing new: so much later, and later still the next time
# Shares of a document that was known already (Media Cloud's controller). Below the first the feed
# turns over faster than it is asked, so entries may have been missed; above the second it reaches
# back so far that nothing can have been.
FEW_KNOWN, MOST_KNOWN = 1 / 3, 2 / 3
SMOOTHING = 0.3  # weight of the last poll in the share of duplicates that is remembered
JITTER = 0.1

# What a failure adds to the exponent of the back-off. A network that is down says little about
# the feed; a server error, a missing page (feeds that answer 404 do come back) or a page in place
# of the feed says more; an answer that will be the same tomorrow says most.
PASSING, SOFT, HARD = 0.25, 0.5, 1.0
_PASSING_STATUS = frozenset({408, 425, 429, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What a feed's answers taught about it."""

    factor: float = 1.0  # the interval in config is multiplied by this, from 1/4 to 4
    duplicates: float | None = None  # share of listed entries known before, smoothed over polls


def next_pace(pace: Pace, *, listed: int, added: int, first: bool, late: bool) -> Pace:
    """Return the pace after an answered poll that listed so many entries, of which so many new.

    A feed with nothing new is asked less often, step by step; one that turned over by more than
    two thirds twice as often; any other goes back to its interval in config. A `first` poll and
    a `late` one (the program was off, or the feed failed) are new all over and teach nothing.
    """
    if first or late:
        return pace
    share = pace.duplicates
    if listed:
        now = 1 - min(added, listed) / listed
        share = now if share is None else (1 - SMOOTHING) * share + SMOOTHING * now
        share = round(share, 3)
    if not added:
        factor = pace.factor * QUIET
    elif 1 - added / max(listed, added) < FEW_KNOWN:
        factor = min(pace.factor, 1.0) / 2
    elif share is not None and share >= MOST_KNOWN and pace.factor < 1:
        factor = min(pace.factor * QUIET, 1.0)
    else:
        factor = min(pace.factor, 1.0)
    return Pace(factor=round(min(max(factor, MIN_PACE), MAX_STRETCH), 3), duplicates=share)


def next_poll(
    *,
    now: datetime,
    every: int,
    hints: Hints,
    pace: float = 1.0,
    trouble: float = 0.0,
    seed: str,
    minimum: int,
    maximum: int,
) -> datetime:
    """Return the time of the next poll; all spans in seconds.

    After a success the interval is `every` times the `pace`, stretched by what the server hints
    to at most four times `every`. After failures that weigh `trouble` together it doubles with
    each whole one, up to a day. It stays within `minimum` and `maximum` (failures may pass
    `maximum`, never a day). A Retry-After, up to a day, is always waited for. Jitter adds up to a
    tenth, the same for the same `seed`, so that feeds drift apart.
    """
    if trouble > 0:
        # 2 ** 20 * 1 s is past a day; without the bound a long outage would overflow.
        seconds = min(float(every) * 2 ** min(trouble, 20.0), DAY)
        seconds = max(seconds, minimum)
    else:
        hint = max(hints.ttl or 0, hints.max_age or 0)
        seconds = max(every * pace, min(hint, MAX_STRETCH * every))
        seconds = min(max(seconds, minimum), maximum)
    if hints.retry_after:
        seconds = max(seconds, min(hints.retry_after, MAX_RETRY_AFTER))
    return now + timedelta(seconds=seconds * (1 + JITTER * fraction(seed)))


def longest(maximum: int) -> float:
    """Return the most seconds that `next_poll` may lead ahead; `maximum` is that of config."""
    return max(maximum, DAY, MAX_RETRY_AFTER) * (1 + JITTER)


def weigh_failure(error: SourceError) -> float:
    """Return what a failed poll adds to a feed's `trouble`: .25 passing, .5 soft, 1 hard."""
    if isinstance(error, Refused):
        if error.status in _PASSING_STATUS:
            return PASSING
        return SOFT if error.status == 404 or error.status >= 500 else HARD
    if isinstance(error, NotAllowed | TooLarge | WorkerDied):
        return HARD
    return PASSING if isinstance(error, FetchError) else SOFT


def read_hints(headers: Mapping[str, str], *, now: datetime) -> Hints:
    """Return what the headers of an answer (names in lower case) say about coming back.

    Cache-Control counts before Expires, which counts from the server's own `Date`; a document
    that must not be stored has no age.
    """
    date = headers.get("date")
    age: int | None = None
    fresh = True
    for part in headers.get("cache-control", "").lower().split(","):
        name, _, value = part.strip().partition("=")
        digits = value.strip(' "')
        if name == "max-age" and digits.isascii() and digits.isdigit():
            age = min(int(digits[:12]), DAY)
        fresh = fresh and name not in ("no-store", "no-cache")
    if age is None and fresh and (until := _http_date(headers.get("expires"))):
        seconds = (until - (_http_date(date) or now)).total_seconds()
        age = int(min(max(seconds, 0), DAY)) or None
    retry_after = parse_retry_after(headers.get("retry-after"), date_header=date, now=now)
    return Hints(max_age=age, retry_after=retry_after)


def parse_retry_after(value: str | None, *, date_header: str | None, now: datetime) -> int | None:
    """Return a Retry-After header in seconds from 0 to a day; None for none and for junk.

    A date counts from the server's own `Date` header when there is one, because many clocks are
    wrong; from `now` otherwise.
    """
    if not value:
        return None
    text = value.strip()
    if re.fullmatch(r"[0-9]+", text):
        return min(int(text[:12]), MAX_RETRY_AFTER)
    until = _http_date(text)
    if until is None:
        return None
    seconds = (until - (_http_date(date_header) or now)).total_seconds()
    return int(min(max(seconds, 0), MAX_RETRY_AFTER))


def _http_date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def fraction(seed: str) -> float:
    """A number from 0 to 1, the same for the same text: spreads what would come at one time."""
    digest = hashlib.sha256(seed.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
