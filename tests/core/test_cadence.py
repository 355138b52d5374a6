"""When to poll again: within bounds, later after failures, never all at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.cadence import (
    HARD,
    PASSING,
    SOFT,
    Pace,
    next_pace,
    next_poll,
    parse_retry_after,
    read_hints,
    weigh_failure,
)
from aggregator.errors import (
    NotAllowed,
    ParseError,
    Refused,
    SourceError,
    TooLarge,
    TooSlow,
    Unreachable,
    WorkerDied,
)
from aggregator.model import Hints

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE, DAY = 60, 86_400


def wait(**change: Any) -> float:
    """Seconds until the next poll, jitter included."""
    usual: dict[str, Any] = {
        "every": 15 * MINUTE, "hints": Hints(), "seed": "feed 1", "minimum": 5 * MINUTE,
        "maximum": DAY,
    }  # fmt: skip
    return (next_poll(now=NOW, **{**usual, **change}) - NOW).total_seconds()


def about(seconds: float) -> Any:
    return pytest.approx(seconds * 1.05, rel=0.05)


def learn(pace: Pace, *polls: tuple[int, int], first: bool = False, late: bool = False) -> Pace:
    """The pace after polls that listed and added so many."""
    for listed, added in polls:
        pace = next_pace(pace, listed=listed, added=added, first=first, late=late)
    return pace


def test_a_success_comes_back_after_the_interval_and_its_pace() -> None:
    assert wait() == about(15 * MINUTE)
    assert wait(pace=2.0) == about(30 * MINUTE)
    assert wait(pace=0.5) == about(7.5 * MINUTE)
    assert wait(pace=0.25) == about(5 * MINUTE), "the minimum holds"
    assert wait(pace=4.0, maximum=1800) == about(30 * MINUTE), "the maximum holds"


def test_a_quiet_feed_slows_down_step_by_step_and_news_wakes_it() -> None:
    assert learn(Pace(), (0, 0)).factor == 1.25
    assert learn(Pace(), (20, 0)).factor == 1.25
    assert learn(Pace(), *[(0, 0)] * 50).factor == 4
    assert learn(Pace(factor=4.0), (20, 1)).factor == 1


def test_a_feed_that_turns_over_is_asked_twice_as_often() -> None:
    """Below a third of known entries some may have come and gone between two polls."""
    assert learn(Pace(), (20, 14)).factor == 0.5
    assert learn(Pace(factor=4.0), (20, 20)).factor == 0.5
    assert learn(Pace(), *[(20, 20)] * 9).factor == 0.25
    assert learn(Pace(), (20, 10)).factor == 1, "between a third and two thirds: as it is"
    assert learn(Pace(factor=0.5, duplicates=0.5), (20, 10)).factor == 0.5


def test_a_feed_that_reaches_far_back_returns_to_its_interval() -> None:
    hurried = Pace(factor=0.25, duplicates=0.1)
    assert learn(hurried, (20, 1)).factor == 0.25, "one calm poll is not enough"
    assert learn(hurried, *[(20, 1)] * 20).factor == 1


def test_the_share_of_duplicates_is_smoothed() -> None:
    pace = learn(Pace(), (20, 5))
    assert pace.duplicates == 0.75
    assert learn(pace, (20, 20)).duplicates == pytest.approx(0.7 * 0.75)
    assert learn(pace, (0, 0)).duplicates == 0.75, "a 304 lists nothing"


def test_a_first_and_a_late_poll_teach_nothing() -> None:
    pace = Pace(factor=2.0, duplicates=0.9)
    assert learn(pace, (20, 20), first=True) == pace
    assert learn(pace, (20, 20), late=True) == pace


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000)), max_size=40))
def test_a_pace_stays_between_a_quarter_and_four(polls: list[tuple[int, int]]) -> None:
    pace = learn(Pace(), *polls)
    assert 0.25 <= pace.factor <= 4
    assert pace.duplicates is None or 0 <= pace.duplicates <= 1


def test_hints_stretch_at_most_fourfold() -> None:
    assert wait(hints=Hints(ttl=30 * MINUTE)) == about(30 * MINUTE)
    assert wait(hints=Hints(max_age=40 * MINUTE, ttl=MINUTE)) == about(40 * MINUTE)
    assert wait(hints=Hints(ttl=DAY)) == about(60 * MINUTE)
    assert wait(hints=Hints(ttl=1)) == about(15 * MINUTE)


def test_f10_retry_after_is_waited_for_even_past_the_maximum() -> None:
    assert wait(hints=Hints(retry_after=3 * 3600), maximum=3600) == about(3 * 3600)
    assert wait(hints=Hints(retry_after=3 * 3600), trouble=0.25) == about(3 * 3600)
    assert wait(hints=Hints(retry_after=10**9)) == about(DAY)
    assert wait(hints=Hints(retry_after=1)) == about(15 * MINUTE)


@pytest.mark.parametrize("weight", [PASSING, SOFT, HARD])
def test_f11_failures_back_off_by_kind_up_to_a_day_and_a_success_resets(weight: float) -> None:
    waits = [wait(trouble=weight * n) for n in range(1, 60)]
    assert waits == sorted(waits)
    assert waits[0] == about(15 * MINUTE * 2**weight)
    assert waits[-1] == about(DAY)
    assert wait(trouble=1e9) == about(DAY)
    assert wait() == about(15 * MINUTE)


@pytest.mark.parametrize(
    ("error", "weight"),
    [
        (TooSlow("x", "late"), PASSING),
        (Unreachable("x", "no line"), PASSING),
        *((Refused("x", status), PASSING) for status in (408, 425, 429, 503)),
        *((Refused("x", status), SOFT) for status in (404, 500, 502)),
        (ParseError("x", "a page"), SOFT),
        *((Refused("x", status), HARD) for status in (401, 403, 451)),
        (NotAllowed("x", "inside"), HARD),
        (TooLarge("x", "much"), HARD),
        (WorkerDied("x", "killed"), HARD),
    ],
)
def test_f11_what_a_failure_weighs(error: SourceError, weight: float) -> None:
    assert weigh_failure(error) == weight


def test_jitter_is_the_seeds_own() -> None:
    waits = {wait(seed=f"feed {n}") for n in range(200)}
    assert len(waits) > 150
    assert min(waits) >= 15 * MINUTE
    assert max(waits) < 15 * MINUTE * 1.1
    assert max(waits) - min(waits) > 0.08 * 15 * MINUTE
    assert wait(seed="a") == wait(seed="a")


SPANS = st.none() | st.integers(-10, 10**10)


@given(
    every=st.integers(1, 7 * DAY),
    hints=st.builds(Hints, ttl=SPANS, retry_after=SPANS, max_age=SPANS),
    pace=st.floats(0.25, 4), trouble=st.just(0.0) | st.floats(0, 1e6),
    seed=st.text(max_size=5), minimum=st.integers(1, 3600), maximum=st.integers(3600, DAY),
)  # fmt: skip
def test_never_sooner_than_the_minimum_nor_later_than_a_day(**options: Any) -> None:
    seconds = wait(**options)
    assert seconds >= options["minimum"]
    assert seconds <= DAY * 1.1
    if not options["trouble"] and not options["hints"].retry_after:
        assert seconds <= options["maximum"] * 1.1


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("120", None, 120),
        (" 0 ", None, 0),
        ("1000000000", None, DAY),
        ("9" * 5000, None, DAY),
        ("Sun, 22 Nov 2026 12:10:00 GMT", None, 600),
        # The server's clock is an hour ahead of ours: what counts is the difference.
        ("Sun, 22 Nov 2026 13:10:00 GMT", "Sun, 22 Nov 2026 13:00:00 GMT", 600),
        ("Sun, 22 Nov 2026 12:10:00 GMT", "rubbish", 600),
        ("Sun, 22 Nov 2020 12:00:00 GMT", None, 0),
        ("Sun, 22 Nov 2036 12:00:00 GMT", None, DAY),
        (None, None, None),
        ("", None, None),
        ("-5", None, None),
        ("1.5", None, None),
        ("soon", None, None),
        ("１２０", None, None),
        ("Sun, 99 Nov 2026 12:10:00 GMT", None, None),
    ],
)
def test_f10_retry_after(value: str | None, date: str | None, seconds: int | None) -> None:
    assert parse_retry_after(value, date_header=date, now=NOW) == seconds


@given(st.text(max_size=40), st.none() | st.text(max_size=40))
def test_any_header_gives_sane_seconds_or_none(value: str, date: str | None) -> None:
    seconds = parse_retry_after(value, date_header=date, now=NOW)
    assert seconds is None or 0 <= seconds <= DAY


def test_the_poll_lies_ahead_in_utc() -> None:
    poll = next_poll(now=NOW, every=60, hints=Hints(), seed="", minimum=60, maximum=60)
    assert poll.utcoffset() == timedelta(0)
    assert poll > NOW


DATED = "Sun, 22 Nov 2026 13:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "age"),
    [
        ({}, None),
        ({"cache-control": "public, Max-Age=600"}, 600),
        ({"cache-control": 'max-age="90"'}, 90),
        ({"cache-control": "max-age=99999999999999999"}, DAY),
        ({"cache-control": "max-age=soon"}, None),
        ({"cache-control": "s-maxage=60"}, None),
        ({"expires": "Sun, 22 Nov 2026 12:10:00 GMT"}, 600),
        # The server's clock is an hour ahead.
        ({"expires": "Sun, 22 Nov 2026 13:10:00 GMT", "date": DATED}, 600),
        ({"expires": "Sun, 22 Nov 2026 12:10:00 GMT", "cache-control": "max-age=60"}, 60),
        ({"expires": "Sun, 22 Nov 2026 12:10:00 GMT", "cache-control": "no-cache"}, None),
        ({"expires": "0"}, None),
        ({"expires": "-1"}, None),
        ({"expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, None),
        ({"expires": "Sun, 22 Nov 2099 12:10:00 GMT"}, DAY),
    ],
)
def test_cache_control_counts_before_expires(headers: dict[str, str], age: int | None) -> None:
    assert read_hints(headers, now=NOW) == Hints(max_age=age)


def test_hints_of_an_answer_hold_retry_after() -> None:
    hints = read_hints({"retry-after": "120", "cache-control": "max-age=60"}, now=NOW)
    assert hints == Hints(max_age=60, retry_after=120)
