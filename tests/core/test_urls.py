"""Addresses: what is refused, what is dropped, and that cleaning twice is cleaning once."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core.urls import absolute_url, clean_url, is_same_site, outlet_of, url_key

HOSTS = st.sampled_from(
    [
        "paper.example", "WWW.Paper.example", "m.paper.co.uk", "amp.www.paper.example:443",
        "10.0.0.7", "localhost:8000", "[2001:db8::1]:80", "münze.example", "blog.paper.example.",
        "http",
    ]
)  # fmt: skip
PATHS = st.text(alphabet="ab/.%2eE5amp;?&=#é ~_-jsessionidutm_html:@", max_size=40)
URLS = st.builds(
    lambda scheme, host, path: f"{scheme}://{host}/{path}",
    st.sampled_from(["http", "https"]),
    HOSTS,
    PATHS,
)


@pytest.mark.parametrize(
    "raw",
    [
        "", "   ", "javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
        "ftp://paper.example/a", "mailto:a@paper.example", "java\nscript:alert(1)",
        "http://paper.example\\@inner.example/", "http://user@paper.example/",
        "http://user:secret@paper.example/", "http://@paper.example/", "http:///x@paper.example/",
        "http://", "https://:80/", "/only/a/path", "http://pa per.example/",
        "http://paper.example/a\x00b", "http://paper.example/a\tb", "http://paper.example/\x85",
        "http://paper.example/\ud800", "http://paper.example:99999/", "http://[::1/",
        "http://paper.example/" + "a" * 2048, "http://paper.example/" + "é" * 1000,
    ],
)  # fmt: skip
def test_refuses(raw: str) -> None:
    assert absolute_url(raw) is None
    assert clean_url(raw) is None


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (" https://paper.example/a#top ", "https://paper.example/a"),
        ("HTTP://PAPER.example:80/a/../b", "http://paper.example/b"),
        ("http://münze.example/ä", "http://xn--mnze-0ra.example/%C3%A4"),
        ("http://paper.example/?id=5", "http://paper.example/?id=5"),
        ("http://paper.example/?p=123&utm_source=x", "http://paper.example/?p=123"),
        ("http://paper.example/a?utm_source=x&utm_medium=y", "http://paper.example/a"),
        ("http://paper.example/a?b=2&a=1&fbclid=z", "http://paper.example/a?b=2&a=1"),
        ("http://paper.example/a?at_medium=RSS&xtor=RSS-1", "http://paper.example/a"),
        ("http://paper.example/a?maca=en-rss-1&cmp=rss", "http://paper.example/a"),
        ("http://paper.example/a?a=1&amp;amp;b=2", "http://paper.example/a?a=1&b=2"),
        # Parameters that number pages stay, whatever they look like.
        ("http://paper.example/news?20261120", "http://paper.example/news?20261120"),
        ("http://paper.example/?gallery=5&cid=3", "http://paper.example/?gallery=5&cid=3"),
        ("http://paper.example/?item_uid=8&keyword=x", "http://paper.example/?item_uid=8&keyword=x"),
        ("http://paper.example/?mc_cid=8&mc_eid=x&_ga=2.1", "http://paper.example/"),
        ("http://paper.example/a?rss", "http://paper.example/a"),
        ("http://paper.example/??", "http://paper.example/??"),
        # What stands in a path stays as it was written.
        ("http://paper.example/a;b=1/(c)/d@e", "http://paper.example/a;b=1/(c)/d@e"),
        ("http://paper.example/x/http://b.example/y", "http://paper.example/x/http://b.example/y"),
        # Addresses in disguise come out in the open, for the fetch guard to judge.
        ("http://0x7f000001/", "http://127.0.0.1/"),
        (
            "https://www.google.com/url?rct=j&url=https://paper.example/a%3Fid%3D1&ct=ga",
            "https://paper.example/a?id=1",
        ),
        ("https://l.facebook.com/l.php?u=http%3A%2F%2Fp.example%2Fa&h=x", "http://p.example/a"),
        ("https://www.google.com/url?url=javascript:alert(1)",
         "https://www.google.com/url?url=javascript:alert(1)"),
        ("https://p-example.cdn.ampproject.org/c/s/p.example/a?id=1", "https://p.example/a?id=1"),
    ],
)  # fmt: skip
def test_p16_cleans(raw: str, clean: str) -> None:
    assert clean_url(raw) == clean


def test_a_feed_address_keeps_its_query() -> None:
    url = "https://paper.example/feed?source=rss&utm_source=x"
    assert absolute_url(url) == url


def test_p16_relative_addresses_need_a_base() -> None:
    base = "https://paper.example/news/feed.xml"
    assert clean_url("../a?id=1", base) == "https://paper.example/a?id=1"
    assert clean_url("//other.example/a", base) == "https://other.example/a"
    assert clean_url("javascript:alert(1)", base) is None
    assert clean_url("http:\\\\other.example", base) is None
    assert clean_url("a", "not a base") is None


@pytest.mark.parametrize(
    "same",
    [
        "https://paper.example/a/b", "http://paper.example/a/b/", "https://www.paper.example/a/b",
        "https://m.paper.example/a/b", "https://amp.paper.example/a/b/amp/",
        "https://paper.example:443/a//b", "http://paper.example:80/a/b?utm_source=x#y",
        "https://paper.example/a/b?amp=1", "https://paper.example/a/b?outputType=amp",
        "https://paper.example/a/b.amp", "https://paper.example/%61/b;jsessionid=99",
        "https://paper-example.cdn.ampproject.org/v/s/www.paper.example/a/b", "paper.example/a/b",
        "https://paper.example./a/b",
    ],
)  # fmt: skip
def test_p16_one_page_has_one_key(same: str) -> None:
    assert url_key(same) == "paper.example/a/b"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("https://paper.example/?id=5", "https://paper.example/?id=6"),
        ("https://paper.example/a", "https://paper.example/A"),
        ("https://paper.example/camp", "https://paper.example/c"),
        ("https://paper.example/a%2Fb", "https://paper.example/a/b"),
        ("https://paper.example/news?1", "https://paper.example/news?2"),
        ("https://paper.example:8080/a", "https://paper.example/a"),
    ],
)
def test_two_pages_have_two_keys(a: str, b: str) -> None:
    assert url_key(a) != url_key(b)


def test_key_sorts_the_query_and_survives_nonsense() -> None:
    assert url_key("http://paper.example/a?b=2&a=1") == "paper.example/a?a=1&b=2"
    assert url_key(" no url at all ") == "no url at all"


@pytest.mark.parametrize(
    ("url", "outlet"),
    [
        ("https://www.paper.co.uk/a", "paper.co.uk"),
        ("https://news.paper.example/", "paper.example"),
        ("https://a.b.c.newtld/", "c.newtld"),
        ("http://alice.blogspot.com/x", "alice.blogspot.com"),
        ("http://10.0.0.7:80/x", "10.0.0.7"),
        ("http://[2001:db8::1]/x", "[2001:db8::1]"),
        ("http://localhost:8000/", "localhost"),
        ("www.paper.co.uk", "paper.co.uk"),
        ("paper.co.uk/a?id=1", "paper.co.uk"),
        ("http://co.uk/", "co.uk"),
        ("javascript:alert(1)", ""),
    ],
)
def test_outlet_is_the_registered_domain(url: str, outlet: str) -> None:
    assert outlet_of(url) == outlet


def test_same_site() -> None:
    assert is_same_site("https://www.paper.co.uk/a", "http://feeds.paper.co.uk/b")
    assert not is_same_site("https://paper.co.uk/", "https://other.co.uk/")
    assert not is_same_site("nonsense url", "nonsense url")


def test_outlets_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert outlet_of("https://never-seen-before.paper.com.br/") == "paper.com.br"


@given(URLS | st.text(max_size=60))
@settings(max_examples=600, deadline=None)
def test_cleaning_twice_is_cleaning_once(raw: str) -> None:
    clean = clean_url(raw)
    if clean is not None:
        assert clean_url(clean) == clean
        assert clean.startswith(("http://", "https://"))
        assert "#" not in clean
    key = url_key(raw)
    assert url_key(key) == key


@given(URLS)
@settings(max_examples=300, deadline=None)
def test_p16_scheme_does_not_matter(url: str) -> None:
    rest = url.split("://", 1)[1]
    if clean_url(url):
        assert url_key("http://" + rest) == url_key("https://" + rest)
        assert outlet_of("http://" + rest) == outlet_of(url_key(url))
