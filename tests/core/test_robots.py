"""robots.txt: who is meant, what is forbidden, and files written to hurt."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.robots import ALLOW_ALL, ROBOTS_CAP, parse_robots, product_token

AGENT = "news-thing/1.2 (+https://example.org/googlebot)"


def allows(text: str | bytes, path: str = "/page") -> bool:
    body = text if isinstance(text, bytes) else text.encode()
    return parse_robots(body, user_agent=AGENT).allows(f"https://example.com{path}")


@pytest.mark.parametrize(
    ("agent", "token"),
    [
        (AGENT, "news-thing"),
        ("News-Thing", "news-thing"),
        ("Mozilla/5.0 (compatible; Newsbot/2.1; +http://example.org/)", "newsbot"),
        ("thing 1.0", "thing"),
        ("", ""),
    ],
)
def test_the_name_robots_knows_us_by(agent: str, token: str) -> None:
    assert product_token(agent) == token


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        ("\ufeffUser-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /", False),
        ("USER-AGENT:*\nDISALLOW:/", False),
        ("User-agent: *\r\nDisallow: /page # why", False),
        ("User-agent: *\rDisallow: /page", False),
        ("User-agent: *\nDisallow: /p*e$", False),
        ("User-agent: *\nDisallow: /other", True),
        ("User-agent: *\nDisallow: /\nAllow: /page", True),
        ("User-agent: *\nAllow: /\nDisallow: /page", False),
        ("User-agent: googlebot\nDisallow: /", True),
        ("User-agent: news-thing\nDisallow: /", False),
        ("User-agent: News-Thing/9.9\nDisallow: /", False),
        ("User-agent: news\nDisallow: /", True),
        ("User-agent: *\nDisallow: /\nUser-agent: news-thing\nAllow: /", True),
        ("User-agent: *\nDisallow: /\nUser-agent: news-thing\nDisallow:", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: news-thing", True),
        ("User-agent: news-thing\nAllow: /\nUser-agent: *\nDisallow: /", True),
        ("User-agent: a\nUser-agent: news-thing\nUser-agent: b\nDisallow: /", False),
        ("User-agent: a\nDisallow: /\nUser-agent: b\nAllow: /", True),
        ("User-agent: a\nCrawl-delay: 5\nUser-agent: *\nDisallow: /page", False),
        ("User-agent: news-thing\nDisallow: /x\nUser-agent: news-thing\nDisallow: /page", False),
        ("User-agent: *\nSitemap: https://example.com/s.xml\nDisallow: /page", False),
        ("Disallow: /", True),
        ("<html><body>Not found</body></html>", True),
    ],
)
def test_what_is_allowed(text: str, allowed: bool) -> None:
    assert allows(text) is allowed


def test_robots_itself_is_always_allowed() -> None:
    assert allows("User-agent: *\nDisallow: /", "/robots.txt")


def test_nothing_for_us_allows_all() -> None:
    assert parse_robots(b"User-agent: other\nDisallow: /", user_agent=AGENT) is ALLOW_ALL


def test_f17_only_the_first_500_KiB_count_and_no_half_rule() -> None:
    rules = b"User-agent: *\nDisallow: /no\n"
    filling = b"#" * (ROBOTS_CAP - len(rules) - len("\nDisallow: /p")) + b"\n"
    assert not allows(rules + filling + b"Disallow: /page", "/no")
    assert allows(rules + filling + b"Disallow: /page and more", "/page")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            b"".join(b"User-agent: a%d\n" % n for n in range(20_000)) + b"Disallow: /x\n" * 10_000,
            id="many agents",
        ),
        pytest.param(
            b"User-agent: *\n" * 20_000 + b"Disallow: /x\n" * 15_000, id="agents in a row"
        ),
        pytest.param(
            b"User-agent: *\nDisallow: /" + b"*a" * 240_000 + b"b", id="one rule of wildcards"
        ),
        pytest.param(
            b"User-agent: *\n" + b"Disallow: /*a*b*c*d$\n" * 22_000, id="rules of wildcards"
        ),
        pytest.param(b"User-agent" + b" " * 500_000, id="spaces"),
        pytest.param(b"a " * 250_000, id="words"),
        pytest.param(b"\n" * 500_000, id="empty lines"),
        pytest.param(b"\xff" * 500_000, id="not UTF-8"),
        pytest.param(b"User-agent: *\nAllow: /" + b"$" * 400_000, id="dollars"),
    ],
)
def test_f17_files_written_to_hurt_are_read_quickly(body: bytes) -> None:
    begun = time.monotonic()
    parse_robots(body, user_agent=AGENT).allows("https://example.com/" + "a" * 8000)
    assert time.monotonic() - begun < 2


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    parse_robots(b"User-agent: *\nDisallow: " + body, user_agent=AGENT).allows(
        "https://example.com/a"
    )
    parse_robots(body, user_agent=AGENT)
