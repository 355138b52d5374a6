"""Spans of time and sizes as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.measures import parse_duration, parse_size, show_duration, show_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15m", 900), ("1h", 3600), ("30s", 30), ("2d", 172800), ("1w", 604800), ("500ms", 0.5),
        ("1.5 h", 5400), (" 15M ", 900), (20, 20), (0.5, 0.5), ("20", 20), (0, 0),
    ],
)  # fmt: skip
def test_duration(text: str | float, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("10MB", 10_000_000), ("1gb", 10**9), ("16MiB", 2**24), ("5 kB", 5000), (1234, 1234),
        ("1.5MB", 1_500_000), ("7B", 7),
    ],
)  # fmt: skip
def test_size(text: str | int, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "m", "-5m", "5 parsecs", "1h30m", "1e3", "٥m", True, -1, "1" * 20]
)
def test_refuses(text: str | float) -> None:
    with pytest.raises(ValueError, match=r"unit|write a"):
        parse_duration(text)
    with pytest.raises(ValueError, match=r"unit|write a"):
        parse_size(text)


@given(st.integers(0, 10**9))
def test_what_is_shown_reads_back(number: int) -> None:
    assert parse_duration(show_duration(number)) == number
    assert parse_size(show_size(number)) == number
