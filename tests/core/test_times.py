"""Stamps: UTC to the second, sorting as text in the order of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core.times import moment, stamp

ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# A day's room at both ends is for the zones.
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
TIMES = st.builds(
    lambda zone, seconds: (FIRST + timedelta(seconds=seconds)).astimezone(zone),
    ZONES,
    st.floats(0, (LAST - FIRST).total_seconds()),
)


def test_a_stamp_is_utc_and_ends_in_z() -> None:
    here = datetime(2026, 11, 20, 5, 52, 7, 999_999, tzinfo=timezone(timedelta(hours=1)))
    assert stamp(here) == "2026-11-20T04:52:07Z"
    assert moment("2026-11-20T04:52:07Z") == datetime(2026, 11, 20, 4, 52, 7, tzinfo=UTC)


@settings(deadline=None)
@given(TIMES)
def test_a_stamp_comes_back_to_the_second(at: datetime) -> None:
    back = moment(stamp(at))
    assert back == at.astimezone(UTC).replace(microsecond=0)
    assert back.utcoffset() == timedelta(0)
    assert stamp(back) == stamp(at)


@settings(deadline=None)
@given(TIMES, TIMES)
def test_stamps_sort_as_times(one: datetime, other: datetime) -> None:
    if stamp(one) != stamp(other):
        assert (stamp(one) < stamp(other)) == (one < other)


@pytest.mark.parametrize("year", [1, 33, 999, 1000, 9999])
def test_every_year_has_four_digits(year: int) -> None:
    assert stamp(datetime(year, 1, 2, tzinfo=UTC)) == f"{year:04}-01-02T00:00:00Z"


def test_no_stamp_is_no_time() -> None:
    assert moment(None) is None
