"""A site's file of reservations: its rules, and which of them is about a page."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.reservation import read_reservation
from aggregator.core.tdmrep import TdmRule, parse_tdmrep, rule_for

SITE = "https://paper.example"


def rules(*rows: Any) -> tuple[TdmRule, ...]:
    return parse_tdmrep(json.dumps(list(rows)).encode())


def row(location: str, reserved: Any = 1, **more: Any) -> dict[str, Any]:
    return {"location": location, "tdm-reservation": reserved, **more}


def says(url: str, *rows: Any) -> bool | None:
    found = rule_for(rules(*rows), SITE + url)
    return found.reserved if found else None


@pytest.mark.parametrize(
    ("location", "url", "match"),
    [
        ("/", "/", True),
        ("/", "/news/1?page=2", True),
        ("/news/", "/news/1", True),
        ("/news/", "/news", False),
        ("/news", "/newsletter", True),
        ("/News/", "/news/1", False),
        ("/a.html$", "/a.html", True),
        ("/a.html$", "/a.html?x=1", False),
        ("/*.html$", "/x/a.html", True),
        ("/*.html$", "/x/a.htm", False),
        ("/*.html", "/x/a.html?x=1", True),
        ("/images/*.jpg", "/images/2026/a.jpg", True),
        ("/*/a/*/b", "/x/a/b", False),
        ("/*/a/*/b", "/x/a/y/b/c", True),
        ("/ab*b$", "/ab", False),
        ("/*ab$", "/ab/ab", True),
        ("*", "/x", True),
        ("news/", "/news/1", True),
        ("/?id=", "/?id=7", True),
        ("/caf%C3%A9", "/caf%c3%a9/1", True),
        ("/caf\u00e9", "/caf%C3%A9/1", True),
        ("/%6Eews/%7Ea", "/news/~a", True),
        ("/path/foo-%24", "/path/foo-$", False),
        ("/path/foo-%24", "/path/foo-%24", True),
        ("/a%2Fb", "/a/b", False),
        ("/", "", True),
    ],
)
def test_f17_a_pattern_matches_the_beginning_of_a_path(
    location: str, url: str, match: bool
) -> None:
    assert says(url, row(location)) is (True if match else None)


def test_f17_the_first_rule_that_matches_counts() -> None:
    listed = (row("/free/", 0), row("/*.pdf", 1), row("/", 0), row("/free/x", 1))
    assert [says(url, *listed) for url in ("/free/x", "/a.pdf", "/b")] == [False, True, False]
    assert says("/b", row("/a", 1)) is None


def test_f17_the_terms_are_an_address_or_nothing() -> None:
    terms = "https://paper.example/terms.json"
    found = rules(row("/a", **{"tdm-policy": terms}), row("/b", **{"tdm-policy": "javascript:x"}))
    assert [rule.policy for rule in found] == [terms, None]


@pytest.mark.parametrize(
    "odd",
    [
        {}, "x", 7, None, [], {"location": "/"}, {"tdm-reservation": 1}, row("/", 2),
        row("/", None), row("/", [1]), {"location": 7, "tdm-reservation": 1}, row("/" + "a" * 3000),
    ],
)  # fmt: skip
def test_f17_what_is_no_rule_is_passed_over(odd: Any) -> None:
    assert says("/x", odd, row("/x", 0)) is False


@pytest.mark.parametrize("reserved", [1, "1", True, " 1 "])
def test_f17_a_reservation_may_be_written_in_several_ways(reserved: Any) -> None:
    assert says("/x", row("/", reserved)) is True


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[", b"{}", b"7", b'"x"', b"null", b"[" * 200_000, b'[{"a":' * 50_000,
     b"1" * 100_000, b"\xff\xfe[]"],
)  # fmt: skip
def test_f17_what_is_no_such_file_says_nothing(body: bytes) -> None:
    assert parse_tdmrep(body) == ()


def test_f17_a_single_rule_may_stand_without_its_array() -> None:
    assert parse_tdmrep(b'\xef\xbb\xbf{"location": "/", "tdm-reservation": 1}') == (
        TdmRule("/", True),
    )


@given(st.binary(max_size=200), st.text(max_size=40))
def test_f17_any_bytes_are_read(body: bytes, path: str) -> None:
    parse_tdmrep(body)
    rule_for(rules(row(path)), f"{SITE}/{path}")


@pytest.mark.parametrize("location", ["/*a" * 600, "*" * 2000, "/" + "a*" * 900 + "$"])
def test_f17_patterns_written_to_hurt_are_matched_quickly(location: str) -> None:
    many = rules(*[row(location, 1)] * 1000)
    began = time.thread_time()
    rule_for(many, SITE + "/" + "a" * 2000 + "b")
    assert time.thread_time() - began < 2


# -- what counts where a site says it twice


@pytest.mark.parametrize(
    ("by_file", "header", "meta", "reserved"),
    [
        (None, None, None, False),
        (True, None, None, True),
        (False, None, None, False),
        (True, "0", None, False),
        (False, "1", None, True),
        (True, "0", "1", True),
        (True, "1", "0", False),
        (True, None, "0", False),
        (None, "1", "x", True),
        (True, "yes", None, True),
    ],
)
def test_f17_the_page_counts_before_the_header_and_that_before_the_file(
    by_file: bool | None, header: str | None, meta: str | None, reserved: bool
) -> None:
    headers = {"tdm-reservation": header} if header else {}
    body = f'<meta name="tdm-reservation" content="{meta}">'.encode() if meta else b""
    found = read_reservation(headers, body, by_file=by_file)
    assert found == (("tdm-reservation",) if reserved else ())


def test_f17_of_two_meta_elements_the_one_that_reserves_counts() -> None:
    body = b"".join(b"<meta name=tdm-reservation content=%d>" % value for value in (0, 1, 0))
    assert read_reservation({}, body) == ("tdm-reservation",)


def test_f17_noai_stands_whatever_is_said_of_mining() -> None:
    headers = {"tdm-reservation": "0", "x-robots-tag": "noai"}
    assert read_reservation(headers, b"", by_file=True) == ("noai",)
