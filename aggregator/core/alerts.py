"""Decides which stories an alert tells, in which messages, and when; sends and stores nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from aggregator.core.measures import parse_duration, show_duration
from aggregator.core.question import question_words
from aggregator.core.whose import uncredited
from aggregator.core.wording import count, one_line
from aggregator.model import Alert, Rhythm, Story

# A batch of stories is stamped with the time at which its commit began. No commit takes an hour,
# so whoever looks back that far misses none; what was told already is not told again.
OVERLAP = timedelta(hours=1)
# A story whose newest copy was published longer ago is history: an archive that is imported is no
# news. As long as the window in which texts are compared.
FRESH = timedelta(days=3)
# So many stories found at once are told one by one; more come together in one message.
SINGLES = 5
SHOWN = 50  # stories told in full in one message; the others are counted
# A claim without an outcome: by then its program has ended, for a try takes a minute at most.
LEASE = timedelta(minutes=10)
PATIENCE = timedelta(hours=24)  # failed tries go on so long
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
_DAY = timedelta(days=1)
_DAILY = re.compile(r"daily at ([0-9]{1,2}):([0-9]{2})")
_AT_ONCE = "as it happens"
LEAST, MOST = 60, 7 * 86_400  # seconds between two digests
RHYTHMS = '"as it happens", a span such as "6h", or "daily at 07:30" (UTC)'

_Item = TypeVar("_Item")


def parse_rhythm(text: str) -> Rhythm:
    """`as it happens`, `6h` or `daily at 07:30`; ValueError with a sentence for anything else."""
    words = " ".join(text.replace("_", " ").lower().split())
    if words == _AT_ONCE:
        return Rhythm()
    if daily := _DAILY.fullmatch(words):
        hour, minute = int(daily[1]), int(daily[2])
        if hour < 24 and minute < 60:
            return Rhythm(minute=hour * 60 + minute)
        raise ValueError(f"{daily[1]}:{daily[2]} is no time of day")
    try:
        seconds = parse_duration(words)
    except ValueError:
        raise ValueError(f"write {RHYTHMS}") from None
    if not LEAST <= seconds <= MOST:
        bounds = f"{show_duration(LEAST)} and {show_duration(MOST)}"
        raise ValueError(f"a span must be between {bounds}")
    return Rhythm(seconds=round(seconds))


def rhythm_words(rhythm: Rhythm) -> str:
    """The same in words, as `parse_rhythm` reads them."""
    if rhythm.minute is not None:
        return f"daily at {rhythm.minute // 60:02d}:{rhythm.minute % 60:02d}"
    return show_duration(rhythm.seconds) if rhythm.seconds else _AT_ONCE


def alert_words(alert: Alert) -> str:
    """What an alert asks for, in the words of a report's filters."""
    told = list(question_words(alert.query, window=False))
    if alert.uncredited:
        told.append("with a copy that credits nobody")
    return ", ".join(told) or "every story"


def wanted(story: Story, alert: Alert) -> bool:
    """Whether a story that answers the alert's question is one it tells of."""
    return not alert.uncredited or any(uncredited(copy, story) for copy in story.copies)


def look_back(*, since: datetime, looked_at: datetime, now: datetime) -> datetime:
    """From which change on stories are looked at, however the clock was set in between."""
    return max(min(since, now), min(looked_at, now) - OVERLAP)


def is_due(rhythm: Rhythm, *, gathered_at: datetime, now: datetime) -> bool:
    """Whether it is time to put together what was found since `gathered_at`."""
    if rhythm.minute is not None:
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        at = today + timedelta(minutes=rhythm.minute)
        last = at if at <= now else at - _DAY
        return gathered_at < last or gathered_at > now
    return not 0 <= (now - gathered_at).total_seconds() < rhythm.seconds


def in_messages(rhythm: Rhythm, found: Sequence[_Item]) -> list[Sequence[_Item]]:
    """The stories found, parted into messages; no message is empty."""
    at_once = rhythm == Rhythm()
    if at_once and len(found) <= SINGLES:
        return [[each] for each in found]
    return [found] if found else []


def next_try(
    tries: int, *, made_at: datetime, now: datetime, retry_after: int | None = None
) -> datetime | None:
    """When a message that was not taken is tried again; None once `PATIENCE` is at its end.

    The pause doubles from a minute to an hour with each of the `tries`; what the other side
    asked for (`retry_after`, seconds) is waited for when that is longer.
    """
    if now - made_at >= PATIENCE:
        return None
    pause = min(_FIRST_PAUSE * (1 << min(max(tries, 1) - 1, 10)), _LONGEST_PAUSE)
    return now + max(pause, timedelta(seconds=retry_after or 0))


def subject(name: str, stories: Sequence[Story], total: int, *, test: bool = False) -> str:
    """What a message is about, on one line of at most 200 characters."""
    lead = "[Test] " if test else ""
    if total == 1 and stories:
        outlets = count(stories[0].outlets, "outlet")
        title = one_line(stories[0].title) or "Untitled"
        room = 200 - len(lead) - len(name) - len(outlets) - 5
        title = title if len(title) <= room else title[: room - 1].rstrip() + "…"
        return f"{lead}{one_line(name)}: {title} ({outlets})"
    return f"{lead}{one_line(name)}: {count(total, 'story', 'stories')}"
