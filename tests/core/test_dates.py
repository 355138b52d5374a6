"""Dates as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.dates import NEWEST, OLDEST, parse_date, within_window

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("Fri, 20 Nov 2026 10:00:00 GMT", "2026-11-20T10:00"),
        ("Fri,20 Nov 2026 10:00 +0100", "2026-11-20T09:00"),
        ("20 Nov 26 10:00:00 EST", "2026-11-20T15:00"),
        ("Fri, 20-Nov-2026 10:00:00 GMT", "2026-11-20T10:00"),
        ("Fri, 20 Nov 2026 10:00:00 CET", "2026-11-20T09:00"),
        ("Fri, 20 Nov 2026 10:00:00 JST", "2026-11-20T01:00"),
        ("Fri, 20 Nov 2026 10:00:00 IST", "2026-11-20T04:30"),
        ("Fri, 20 Nov 2026 10:00:00 (PDT)", "2026-11-20T17:00"),
        ("Fri, 20 Nov 2026 10:00:00 GMT+2", "2026-11-20T08:00"),
        ("Fri, 20 Nov 2026 10:00:00 XYZ", "2026-11-20T10:00"),
        ("Fr, 20 Nov 2026 10:00:00 +0100", "2026-11-20T09:00"),
        ("Fri, 20 Nov 2026 24:00:00 GMT", "2026-11-21T00:00"),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00"),
        ("2026-11-20T10:00:00.123+05:30", "2026-11-20T04:30"),
        ("2026-11-20 10:00:00 −03:00", "2026-11-20T13:00"),
        ("2026/11/20 10:00", "2026-11-20T10:00"),
        ("2026-11-20", "2026-11-20T00:00"),
        ("2026-11", "2026-11-01T00:00"),
        ("Fri Nov 20 10:00:00 2026", "2026-11-20T10:00"),
        ("November 20, 2026 10:30 pm EST", "2026-11-21T03:30"),
        ("Nov 20, 2026, 12:05 am", "2026-11-20T00:05"),
        ("20.11.2026, 10:00 Uhr", "2026-11-20T10:00"),
        ("20. November 2026", "2026-11-20T00:00"),
        ("20 de noviembre de 2026 10:00", "2026-11-20T10:00"),
        ("vendredi 20 novembre 2026 à 10h30", "2026-11-20T10:30"),
        ("20 août 2026", "2026-08-20T00:00"),
        ("20 ноября 2026, 10:00 MSK", "2026-11-20T07:00"),
        ("2026年11月20日 10:30", "2026-11-20T10:30"),
        ("2026년 11월 20일", "2026-11-20T00:00"),
        # feedparser 6.0.14 makes 1751 and 1763 of these.
        ("1751364000", "2025-07-01T10:00"),
        ("1763614320", "2025-11-20T04:52"),
        ("1763614320000", "2025-11-20T04:52"),
        ("20261120", "2026-11-20T00:00"),
        ("20261120103000", "2026-11-20T10:30"),
    ],
)
def test_p12_reads(raw: str, iso: str) -> None:
    assert parse_date(raw, now=NOW) == datetime.fromisoformat(iso).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        None, "", "  ", "soon", "-2025-01-01", "99999-01-01", "0000-00-00", "2026-13-01",
        "31 Feb 2026", "Fri, 20 Nov 2026 25:00:00 GMT", "Fri, 20 Nov 2026 10:61:00 GMT",
        "2026-11-20T10:00:00+99:99", "1", "123", "99999999999999999999", "٢٠٢٦١١٢٠", "20 Foo 2026",
        "2000-01-01", "Thu, 01 Jan 1970 00:00:00 GMT", "2036-11-20", "2026-11-24", "9" * 400,
    ],
)  # fmt: skip
def test_p12_unreadable_or_not_sane_is_none(raw: str | None) -> None:
    assert parse_date(raw, now=NOW) is None


def test_p12_window() -> None:
    assert within_window(NOW - OLDEST, now=NOW) == NOW - OLDEST
    assert within_window(NOW + NEWEST, now=NOW) == NOW + NEWEST
    assert within_window(NOW - OLDEST - timedelta(seconds=1), now=NOW) is None
    assert within_window(NOW + NEWEST + timedelta(seconds=1), now=NOW) is None
    assert within_window(None, now=NOW) is None
    assert within_window(datetime.min.replace(tzinfo=timezone(timedelta(hours=9))), now=NOW) is None
    naive = datetime(2026, 11, 20)  # noqa: DTZ001
    assert within_window(naive, now=NOW) == naive.replace(tzinfo=UTC)


@given(st.text(max_size=60))
def test_any_text_gives_a_sane_time_or_none(raw: str) -> None:
    moment = parse_date(raw, now=NOW)
    assert moment is None or NOW - OLDEST <= moment <= NOW + NEWEST


@given(
    st.datetimes(datetime(2008, 1, 1), datetime(2026, 11, 21)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
)
def test_iso_round_trip(moment: datetime, offset: int) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset)))
    assert parse_date(aware.isoformat(), now=NOW) == aware
    rfc822 = aware.strftime("%a, %d %b %Y %H:%M:%S %z")
    assert parse_date(rfc822, now=NOW) == aware
