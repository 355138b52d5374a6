"""What owners of pages declare, in headers and in meta elements."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.reservation import read_reservation


@pytest.mark.parametrize(
    ("headers", "body", "found"),
    [
        ({}, b"", ()),
        ({"tdm-reservation": "1"}, b"", ("tdm-reservation",)),
        ({"tdm-reservation": " 1 "}, b"", ("tdm-reservation",)),
        ({"tdm-reservation": "0"}, b"", ()),
        ({}, b'<META NAME="TDM-Reservation" CONTENT="1"/>', ("tdm-reservation",)),
        ({}, b"<meta content=1 name=tdm-reservation>", ("tdm-reservation",)),
        ({}, b'<meta name="tdm-policy" content="1">', ()),
        ({"x-robots-tag": "noindex, NoAI"}, b"", ("noai", "noindex")),
        ({"x-robots-tag": "none"}, b"", ("noindex",)),
        ({"x-robots-tag": "otherbot: noai"}, b"", ()),
        ({}, b'<meta name="robots" content="noai, noimageai">', ("noai",)),
        ({}, b'<meta name="googlebot" content="noai">', ()),
        ({}, b"x" * 200_000 + b'<meta name="robots" content="noai">', ()),
        ({}, b"<p>tdm-reservation: 1, noai</p>", ()),
    ],
)
def test_f17_what_is_declared(headers: dict[str, str], body: bytes, found: tuple[str, ...]) -> None:
    assert read_reservation(headers, body) == found


@given(st.binary(max_size=300))
def test_f17_any_bytes_declare_something_or_nothing(body: bytes) -> None:
    assert set(read_reservation({}, b"<meta " + body)) <= {"tdm-reservation", "noai", "noindex"}


@pytest.mark.parametrize("piece", [b"<meta ", b"<meta name=", b"name='", b"content=x "])
def test_f17_pages_written_to_hurt_are_read_quickly(piece: bytes) -> None:
    begun = time.monotonic()
    read_reservation({}, b"<meta " + piece * 100_000)
    assert time.monotonic() - begun < 0.5
