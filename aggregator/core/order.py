"""Decides when an article was published and how far that can be relied on; knows no clock.

Feeds and pages state dates, our own polls bound them. A date that contradicts what was seen loses
to first sight, with a remark: whoever dates a copy back does not come first by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.core.wording import day_of, moment
from aggregator.model import Stated, TimeSource, Trust

# Judgements, not measurements: no set of feeds with known times of publication is at hand.
CLOCKS = timedelta(minutes=15)  # two clocks, a publishing queue; dates this near agree
LAG = timedelta(hours=2)  # a feed built by a slow queue lists an item so long after its date
DAY = timedelta(hours=24)
ZONES = timedelta(hours=14)  # the furthest zone from UTC
NEAR_DAY = timedelta(hours=48)  # a bare day is narrowed by a first sight so soon after it began


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What our polls of a feed say about an entry: `without` is the last that did not list it."""

    since: datetime  # first poll of the feed that was answered
    without: datetime | None  # None when it stood in the first answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """When an article counts as published."""

    at: datetime
    source: TimeSource
    trust: Trust
    remark: str = ""  # what speaks against a stated date; empty when nothing does
    stated_at: datetime | None = None  # the earliest stated time that was not believed
    day_only: bool = False


def settle(
    stated: Iterable[Stated], *, first_seen: datetime | None, watched: Watched | None = None
) -> Settled | None:
    """The best known time of publication, from all that states one and from what was seen.

    `first_seen` is None for archives, whose articles were never seen to appear. None when nothing
    at all is known. A bare day counts as its end, or as first sight where that came within two
    days: the beginning of the day would come before every outlet that gives the minute.
    """
    given = list(stated)
    lined = next((each for each in given if each.source is TimeSource.DATELINE), None)
    if lined and first_seen and lined.at > first_seen + ZONES:
        lined = None  # a day that was still to come is no dateline's
    dates = [each for each in given if each.source is not TimeSource.DATELINE]
    faults = {each: _fault(each, lined, first_seen, watched) for each in dates}
    usable = [each for each in dates if not faults[each]]
    remarks = list(dict.fromkeys(fault for fault in faults.values() if fault))
    refused = min((each.at for each in dates if faults[each]), default=None)
    exact = [each for each in usable if not each.day_only]
    if exact:
        chosen, trust, remark = _choose(exact, first_seen, watched)
        return Settled(
            at=chosen.at, source=chosen.source, trust=trust, stated_at=refused,
            remark="; ".join([*remarks, remark] if remark else remarks),
        )  # fmt: skip
    days = [*usable, *([lined] if lined else [])]
    if not days or _is_narrowed(days[0], first_seen):
        if first_seen is None:
            return None
        if days and not remarks:
            remarks = [f"its {days[0].source} gives the day alone, {day_of(days[0].at)}"]
        return Settled(
            at=first_seen, source=TimeSource.SEEN, trust=_trust_sight(first_seen, watched),
            remark="; ".join(remarks), stated_at=refused,
        )  # fmt: skip
    return Settled(
        at=_end(days[0]), source=days[0].source, trust=Trust.LOW, stated_at=refused, day_only=True,
        remark="; ".join([*remarks, "only the day is known"]),
    )  # fmt: skip


def remark_on(remark: str, *, redated_at: datetime | None, published_at: datetime) -> str:
    """A remark with what the source did to its date since: a later one was given, and ignored."""
    if redated_at is None or redated_at - published_at < CLOCKS:
        return remark
    bumped = f"its feed moved the date to {moment(redated_at)} later on; the first one stands"
    return f"{remark}; {bumped}" if remark else bumped


def _end(each: Stated) -> datetime:
    """The latest time that a statement allows."""
    return each.at + DAY - timedelta(seconds=1) if each.day_only else each.at


def _fault(
    each: Stated, lined: Stated | None, first_seen: datetime | None, watched: Watched | None
) -> str:
    """Why a stated date cannot be true, in words, or the empty string."""
    when = day_of(each.at) if each.day_only else moment(each.at)
    if first_seen and each.at > first_seen + (ZONES if each.day_only else CLOCKS):
        return f"its {each.source} gives {when}, after it was first seen"
    absent = watched.without if watched else None
    if watched and absent and watched.since <= each.at and _end(each) + LAG < absent:
        return (
            f"its {each.source} gives {when}, but its feed, watched since before then,"
            f" did not list it at {moment(absent)}"
        )
    # The dateline's day may be tomorrow's in UTC.
    if lined and _end(each) < lined.at - DAY:
        return f"its {each.source} gives {when}, before the day of its own dateline"
    return ""


def _choose(
    exact: Sequence[Stated], first_seen: datetime | None, watched: Watched | None
) -> tuple[Stated, Trust, str]:
    """The time to believe among dates with a time of day that nothing contradicts."""
    by_source = {each.source: each for each in reversed(exact)}
    feed, page = by_source.get(TimeSource.FEED), by_source.get(TimeSource.PAGE)
    if feed is None or page is None:
        one = exact[0]
        if not one.zoned and not _is_bounded(one, first_seen, watched):
            return one, Trust.LOW, f"its {one.source} names no zone"
        return one, Trust.HIGH if _is_bounded(one, first_seen, watched) else Trust.MEDIUM, ""
    if abs(feed.at - page.at) <= CLOCKS:
        return feed, Trust.HIGH, ""
    if page.at < feed.at and page.zoned:
        remark = (
            f"its feed gives {moment(feed.at)}, a later date than its page: taken for an update"
        )
        return page, Trust.HIGH if _is_bounded(page, first_seen, watched) else Trust.MEDIUM, remark
    # A page whose date is later was edited; one without a zone may be hours off.
    return feed, Trust.HIGH if _is_bounded(feed, first_seen, watched) else Trust.MEDIUM, ""


def _is_bounded(each: Stated, first_seen: datetime | None, watched: Watched | None) -> bool:
    """Whether it lies between the last poll without the entry and the first with it."""
    if watched is None or watched.without is None or first_seen is None:
        return False
    return watched.without - CLOCKS <= each.at <= first_seen + CLOCKS


def _trust_sight(first_seen: datetime, watched: Watched | None) -> Trust:
    """First sight is as good as the polls are close."""
    close = watched and watched.without and first_seen - watched.without <= timedelta(hours=1)
    return Trust.MEDIUM if close else Trust.LOW


def _is_narrowed(day: Stated, first_seen: datetime | None) -> bool:
    return first_seen is not None and -ZONES <= first_seen - day.at <= NEAR_DAY
