"""When to poll again: within bounds, later after failures, never all at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.cadence import next_poll, parse_retry_after
from aggregator.model import Hints

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE, DAY = 60, 86_400


def wait(**change: Any) -> float:
    """Seconds until the next poll, jitter included."""
    usual: dict[str, Any] = {
        "every": 15 * MINUTE, "hints": Hints(), "changed": True, "new_entries": 3, "failures": 0,
        "seed": "feed 1", "minimum": 5 * MINUTE, "maximum": DAY,
    }  # fmt: skip
    return (next_poll(now=NOW, **{**usual, **change}) - NOW).total_seconds()


def about(seconds: float) -> Any:
    return pytest.approx(seconds * 1.05, rel=0.05)


def test_a_success_comes_back_after_the_interval() -> None:
    assert wait() == about(15 * MINUTE)
    assert wait(changed=False, new_entries=0) == about(22.5 * MINUTE)
    assert wait(new_entries=0) == about(22.5 * MINUTE)
    assert wait(new_entries=40) == about(7.5 * MINUTE)


def test_hints_stretch_at_most_fourfold() -> None:
    assert wait(hints=Hints(ttl=30 * MINUTE)) == about(30 * MINUTE)
    assert wait(hints=Hints(max_age=40 * MINUTE, ttl=MINUTE)) == about(40 * MINUTE)
    assert wait(hints=Hints(ttl=DAY)) == about(60 * MINUTE)
    assert wait(hints=Hints(ttl=1)) == about(15 * MINUTE)


def test_retry_after_is_waited_for_even_past_the_maximum() -> None:
    assert wait(hints=Hints(retry_after=3 * 3600), maximum=3600) == about(3 * 3600)
    assert wait(hints=Hints(retry_after=3 * 3600), failures=1) == about(3 * 3600)
    assert wait(hints=Hints(retry_after=10**9)) == about(DAY)
    assert wait(hints=Hints(retry_after=1)) == about(15 * MINUTE)


def test_failures_double_up_to_a_day_and_a_success_resets() -> None:
    waits = [wait(failures=n) for n in range(1, 40)]
    assert waits == sorted(waits)
    assert waits[0] == about(30 * MINUTE)
    assert waits[2] == about(2 * 3600)
    assert waits[-1] == about(DAY)
    assert wait(failures=10**9) == about(DAY)
    assert wait() == about(15 * MINUTE)


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
    changed=st.booleans(), new_entries=st.integers(0, 10**6), failures=st.integers(0, 10**6),
    seed=st.text(max_size=5), minimum=st.integers(1, 3600), maximum=st.integers(3600, DAY),
)  # fmt: skip
def test_never_sooner_than_the_minimum_nor_later_than_a_day(**options: Any) -> None:
    seconds = wait(**options)
    assert seconds >= options["minimum"]
    assert seconds <= DAY * 1.1
    if not options["failures"] and not options["hints"].retry_after:
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
def test_retry_after(value: str | None, date: str | None, seconds: int | None) -> None:
    assert parse_retry_after(value, date_header=date, now=NOW) == seconds


@given(st.text(max_size=40), st.none() | st.text(max_size=40))
def test_any_header_gives_sane_seconds_or_none(value: str, date: str | None) -> None:
    seconds = parse_retry_after(value, date_header=date, now=NOW)
    assert seconds is None or 0 <= seconds <= DAY


def test_the_poll_lies_ahead_in_utc() -> None:
    poll = next_poll(
        now=NOW, every=60, hints=Hints(), changed=True, new_entries=1, failures=0, seed="",
        minimum=60, maximum=60,
    )  # fmt: skip
    assert poll.utcoffset() == timedelta(0)
    assert poll > NOW
