"""Sitemaps over the web: indexes within bounds, one site, compressed files, failing parts."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from aggregator.edge.sandbox import Sandbox
from aggregator.edge.sources import Reach, poll
from aggregator.edge.web import Web
from aggregator.errors import ParseError, Refused, TooLarge, Unreachable
from aggregator.model import Feed, Poll
from tests.edge.conftest import Request, Server

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Here:
    """Runs calls in this process: workers have tests of their own."""

    def call(self, function: Any, *values: Any, **named: Any) -> Any:
        return function(*values, **named)


@dataclass
class Site:
    """Sitemaps on loopback with validators, and the feed as the database would hand it on."""

    server: Server
    web: Web
    feed: Feed
    pages: dict[str, bytes] = field(default_factory=dict)

    def put(self, path: str, body: str | bytes, *, tag: str | None = None) -> None:
        data = body.encode() if isinstance(body, str) else body

        @self.server.on(path)
        def answer(request: Request) -> None:
            mark = f'"{tag or hash(data)}"'
            if request.headers.get("if-none-match") == mark:
                request.answer(status="304 Not Modified", ETag=mark)
            else:
                request.answer(data, ETag=mark)

    def fail(self, path: str, status: str = "500 Oops") -> None:
        self.server.on(path)(lambda request: request.answer(b"", status))

    def index(self, *paths: str) -> str:
        """An index of children; "a.xml 2026-11-20" gives one a lastmod."""
        parts = []
        for each in paths:
            path, _, day = each.partition(" ")
            url = path if "://" in path else self.server.url(path)
            stamp = f"<lastmod>{day}</lastmod>" if day else ""
            parts.append(f"<sitemap><loc>{url}</loc>{stamp}</sitemap>")
        return f"<sitemapindex>{''.join(parts)}</sitemapindex>"

    def poll(self, *, now: datetime = NOW, **limits: Any) -> Poll:
        reach = Reach(
            web=self.web, sandbox=cast(Sandbox, Here()), now=now, **({"max_bytes": 50_000} | limits)
        )
        found = poll(self.feed, reach)
        self.feed = replace(self.feed, cursor=json.loads(json.dumps(dict(found.cursor))))
        return found

    def asked(self) -> list[str]:
        paths = self.server.paths()
        self.server.log.clear()
        return paths


def urlset(*names: str, at: str = "2026-11-20T10:00:00Z") -> str:
    urls = (f"<url><loc>https://a.example/{n}</loc><lastmod>{at}</lastmod></url>" for n in names)
    return f"<urlset>{''.join(urls)}</urlset>"


def names(found: Poll) -> list[str]:
    return sorted((entry.url or "").rpartition("/")[2] for entry in found.entries)


@pytest.fixture
def site() -> Iterator[Site]:
    server = Server()
    with Web(user_agent="t/1", timeout=2, host_pause=0, allow_private=("127.0.0.1",)) as web:
        url = server.url("/map.xml")
        feed = Feed(id=1, name="A", kind="sitemap", url=url, outlet="a.example", every=900)
        yield Site(server, web, feed)
    server.close()


def test_an_index_is_followed_and_an_unchanged_one_to_where_it_led(site: Site) -> None:
    site.put("/map.xml", site.index("/a.xml", "/b.xml 2026-11-20"), tag="same")
    site.put("/a.xml", urlset("a1"))
    site.put("/b.xml", urlset("b1"))
    first = site.poll()
    assert names(first) == ["a1", "b1"] and not first.unchanged
    assert site.asked() == ["/map.xml", "/b.xml", "/a.xml"], "dated ones first"
    second = site.poll()
    assert (second.unchanged, second.entries, second.status) == (True, (), 304)
    assert sorted(site.asked()) == ["/a.xml", "/b.xml", "/map.xml"]
    site.put("/a.xml", urlset("a1", "a2", at="2026-11-20T11:00:00Z"))
    third = site.poll()
    assert names(third) == ["a1", "a2"], "the index never changes, its children do"


def test_the_cursor_moves_with_what_was_listed(site: Site) -> None:
    site.put("/map.xml", urlset("new"))
    site.poll()
    assert site.feed.cursor["newest"] == "2026-11-20T10:00:00Z"
    site.put("/map.xml", urlset("late", at="2026-11-19T11:00:00Z"))
    assert names(site.poll()) == ["late"], "listed with a delay of less than a day"
    site.put("/map.xml", urlset("older", at="2026-11-19T09:00:00Z"))
    assert names(site.poll()) == []


def test_a_date_in_the_future_does_not_end_all_news(site: Site) -> None:
    site.put("/map.xml", urlset("a", at="2026-11-21T06:00:00Z"))
    site.poll()
    assert site.feed.cursor["newest"] == "2026-11-20T12:00:00Z"


def test_old_children_are_not_asked_and_news_comes_first(site: Site) -> None:
    site.put(
        "/map.xml",
        site.index(
            "/posts-1.xml 2019-01-01", "/pages.xml", "/tags.xml", "/news.xml",
            "/posts-9.xml 2026-11-20",
        ),
    )  # fmt: skip
    for name in ("pages", "tags", "news", "posts-9"):
        site.put(f"/{name}.xml", urlset(name))
    site.poll()
    assert site.asked() == ["/map.xml", "/posts-9.xml", "/news.xml", "/pages.xml", "/tags.xml"]


def test_undated_children_are_taken_from_both_ends(site: Site) -> None:
    site.put("/map.xml", site.index(*(f"/{n}.xml" for n in range(9))))
    for n in range(9):
        site.put(f"/{n}.xml", urlset(str(n)))
    site.poll(max_documents=5)
    assert site.asked() == ["/map.xml", "/0.xml", "/8.xml", "/1.xml", "/7.xml"]


def test_other_sites_are_never_asked(site: Site) -> None:
    other = Server()
    try:
        site.put("/map.xml", site.index("/a.xml", other.url("/b.xml").replace("127.0.0.1", "[::1]"),
                                        "https://evil.example/c.xml"))  # fmt: skip
        site.put("/a.xml", urlset("a"))
        found = site.poll()
        assert names(found) == ["a"]
        assert "2 sitemaps on other sites not followed" in (found.warning or "")
        assert other.connections == 0
    finally:
        other.close()


def test_an_index_of_indexes_ends(site: Site) -> None:
    site.put("/map.xml", site.index("/one.xml"))
    site.put("/one.xml", site.index("/two.xml", "/map.xml", "/one.xml", "/leaf.xml"))
    site.put("/two.xml", site.index("/three.xml"))
    site.put("/leaf.xml", urlset("leaf"))
    site.put("/three.xml", urlset("three"))
    assert names(site.poll()) == ["leaf"]
    assert sorted(site.asked()) == ["/leaf.xml", "/map.xml", "/one.xml", "/two.xml"]


def test_a_child_that_fails_is_named_and_read_next_time(site: Site) -> None:
    site.put("/map.xml", site.index("/a.xml", "/b.xml"))
    site.put("/a.xml", urlset("a"))
    site.fail("/b.xml")
    first = site.poll()
    assert names(first) == ["a"]
    assert "/b.xml" in (first.warning or "") and "500" in (first.warning or "")
    site.put("/b.xml", urlset("b"))
    later = site.poll(now=NOW + timedelta(hours=3))
    assert names(later) == ["b"]


def test_when_all_children_fail_the_poll_failed(site: Site) -> None:
    site.put("/map.xml", site.index("/a.xml", "/b.xml"))
    site.fail("/a.xml")
    site.put("/b.xml", "<html>oops</html>")
    with pytest.raises(Refused, match=r"a\.xml.*500"):
        site.poll()


def test_a_compressed_file(site: Site) -> None:
    site.put("/map.xml", gzip.compress(urlset("a").encode()))
    assert names(site.poll()) == ["a"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (gzip.compress(b"<urlset>" + b" " * 60_000), TooLarge),
        (gzip.compress(urlset("a").encode())[:-12], Unreachable),
        (b"\x1f\x8bnot gzip at all", Unreachable),
        (gzip.compress(gzip.compress(urlset("a").encode())), ParseError),
    ],
)
def test_a_bomb_or_a_damaged_file_is_an_error(
    site: Site, body: bytes, error: type[Exception]
) -> None:
    site.put("/map.xml", body)
    with pytest.raises(error, match=r"map\.xml"):
        site.poll()


def test_the_cap_holds_for_all_documents_together(site: Site) -> None:
    site.put("/map.xml", site.index("/a.xml", "/b.xml"))
    site.put("/a.xml", urlset(*(f"a{n}" for n in range(4))))
    site.put("/b.xml", urlset(*(f"b{n}" for n in range(4))))
    found = site.poll(max_entries=5)
    assert (len(found.entries), found.dropped) == (5, 3)


def test_the_cursor_keeps_only_documents_that_are_named(site: Site) -> None:
    for step in range(3):
        site.put("/map.xml", site.index(f"/{step}.xml"))
        site.put(f"/{step}.xml", urlset(str(step)))
        site.poll()
    assert list(site.feed.cursor["children"]) == [site.server.url("/2.xml")]
