"""Says when to poll a feed again; knows no clock and draws no random numbers."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from aggregator.model import Hints

DAY = 86_400  # seconds
# Media Cloud saw Retry-After of 88 hours; a day is the most that is believed.
MAX_RETRY_AFTER = DAY
# How far ttl and max-age may stretch the interval. WordPress writes "hourly" into every feed,
# whatever the newsroom behind it does, and some feeds ask for a day.
MAX_STRETCH = 4
QUIET = 1.5  # nothing new: a little later
BUSY = 0.5  # this many new entries at once: sooner, before they leave the feed
BUSY_ENTRIES = 15
JITTER = 0.1


def next_poll(
    *,
    now: datetime,
    every: int,
    hints: Hints,
    changed: bool,
    new_entries: int,
    failures: int,
    seed: str,
    minimum: int,
    maximum: int,
) -> datetime:
    """Return the time of the next poll; all spans in seconds.

    After a success the interval is `every`, stretched when nothing was new, halved when much
    was, and stretched by what the server hints, at most fourfold. After `failures` failures in a
    row it doubles with each, up to a day. It stays within `minimum` and `maximum` (failures may
    pass `maximum`, never a day). A Retry-After, up to a day, is always waited for. Jitter adds up
    to a tenth, the same for the same `seed` and interval, so that feeds drift apart.
    """
    if failures > 0:
        # 2 ** 20 * 1 s is past a day; without the bound a long outage would overflow.
        seconds = min(float(every) * 2 ** min(failures, 20), DAY)
        seconds = max(seconds, minimum)
    else:
        seconds = float(every)
        if not changed or new_entries == 0:
            seconds *= QUIET
        elif new_entries >= BUSY_ENTRIES:
            seconds *= BUSY
        hint = max(hints.ttl or 0, hints.max_age or 0)
        seconds = max(seconds, min(hint, MAX_STRETCH * every))
        seconds = min(max(seconds, minimum), maximum)
    if hints.retry_after:
        seconds = max(seconds, min(hints.retry_after, MAX_RETRY_AFTER))
    return now + timedelta(seconds=seconds * (1 + JITTER * _fraction(seed)))


def parse_retry_after(value: str | None, *, date_header: str | None, now: datetime) -> int | None:
    """Return a Retry-After header in seconds from 0 to a day; None for none and for junk.

    A date counts from the server's own `Date` header when there is one, because many clocks are
    wrong; from `now` otherwise.
    """
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]+", text):
        return min(int(text[:12]), MAX_RETRY_AFTER)
    until = _http_date(text)
    if until is None:
        return None
    seconds = (until - (_http_date(date_header) or now)).total_seconds()
    return int(min(max(seconds, 0), MAX_RETRY_AFTER))


def _http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _fraction(seed: str) -> float:
    digest = hashlib.sha256(seed.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
