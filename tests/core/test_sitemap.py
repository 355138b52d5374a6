"""Sitemaps: what is an entry, what is old, what is hostile, and which children an index has."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.sitemap import Sitemap, is_sitemap, parse_sitemap, read_from
from aggregator.errors import ParseError

DATA = Path(__file__).parent.parent / "data" / "sitemaps"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = "https://www.gazette.example/maps/news.xml"
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'


def read(document: str | bytes, *, since: datetime | None = None, cap: int = 100) -> Sitemap:
    data = document.encode() if isinstance(document, str) else document
    return parse_sitemap(
        data, url=URL, now=NOW, since=since or read_from(None, now=NOW), max_entries=cap
    )


def urlset(*urls: str) -> str:
    return f"<urlset {XMLNS} {NEWS}>{''.join(f'<url>{each}</url>' for each in urls)}</urlset>"


def page(path: str, lastmod: str = "2026-11-20T10:00:00Z") -> str:
    return f"<loc>https://www.gazette.example/{path}</loc><lastmod>{lastmod}</lastmod>"


def index(*children: str) -> str:
    inner = "".join(f"<sitemap>{child}</sitemap>" for child in children)
    return f"<sitemapindex {XMLNS}>{inner}</sitemapindex>"


def paths(found: Sitemap) -> list[str]:
    return [(entry.url or "").partition(".example/")[2] for entry in found.entries]


def test_a_news_sitemap() -> None:
    found = read((DATA / "news.xml").read_bytes())
    assert (found.title, found.index, found.warning) == ("Harbour Gazette", False, None)
    tram, ferry, undated = found.entries
    assert tram.guid == tram.url == "https://www.gazette.example/news/tram"
    assert tram.title == "Council delays the tram & the bus"
    assert tram.published_at == datetime(2026, 11, 20, 8, 10, tzinfo=UTC)
    assert tram.updated_at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert (tram.language, ferry.language) == ("en", "en")
    assert (ferry.day_only, tram.day_only) == (True, False)
    assert (undated.title, undated.published_at) == ("Somebody forgot the date", None)
    assert found.newest == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def test_a_plain_sitemap_gives_what_changed_lately() -> None:
    found = read((DATA / "plain.xml").read_bytes())
    assert paths(found) == ["2026/11/20/two?a=1&b=2", "2026/11/19/one"]
    assert [entry.title for entry in found.entries] == ["", ""]
    assert found.entries[0].published_at is None, "lastmod is a change, not a publication"
    assert found.entries[0].updated_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert found.warning is None


def test_only_what_is_newer_than_the_cursor() -> None:
    urls = [page(f"{hour}", f"2026-11-20T{hour:02}:00:00Z") for hour in range(10)]
    since = datetime(2026, 11, 20, 7, tzinfo=UTC)
    assert paths(read(urlset(*urls), since=since)) == ["9", "8", "7"]
    assert read_from(since, now=NOW) == since - timedelta(days=1)
    assert read_from(None, now=NOW) == NOW - timedelta(days=2)


def test_a_day_in_another_zone_is_not_taken_for_old() -> None:
    since = datetime(2026, 11, 20, 0, tzinfo=UTC)
    late = page("a", "2026-11-19T23:30:00-05:00")
    assert paths(read(urlset(late), since=since)) == ["a"]


def test_past_the_cap_is_counted() -> None:
    urls = [page(str(n), f"2026-11-20T10:{n:02}:00Z") for n in range(7)]
    found = read(urlset(*urls, page("0")), cap=3)
    assert (paths(found), found.dropped) == (["6", "5", "4"], 5)


def test_addresses_without_dates_are_said() -> None:
    bare = "<loc>https://www.gazette.example/about</loc>"
    assert read(urlset(bare, page("a"))).warning is None
    found = read(urlset(bare, bare, page("a")))
    assert (paths(found), found.warning) == (["a"], "2 addresses without a date left out")


def test_the_time_of_asking_in_every_lastmod_is_not_believed() -> None:
    now = page("x", "2026-11-20T11:59:58Z").partition("<lastmod>")[2]
    urls = [f"<loc>https://www.gazette.example/{n}</loc><lastmod>{now}" for n in range(12)]
    found = read(urlset(*urls))
    assert found.entries == ()
    assert "not believed" in (found.warning or "")
    assert len(read(urlset(*urls[:9])).entries) == 9, "nine may well be one batch"


@pytest.mark.parametrize("raw", ["?a=1&b=2", "?a=1&amp;b=2", "<![CDATA[?a=1&b=2]]>"])
def test_ampersands_in_addresses(raw: str) -> None:
    loc = f"<loc> https://www.gazette.example/n{raw}</loc><lastmod>2026-11-20</lastmod>"
    if raw.startswith("<"):
        loc = loc.replace("<![CDATA[", "").replace(" https", "<![CDATA[ https")
    assert paths(read(urlset(loc))) == ["n?a=1&b=2"]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_other_encodings(codec: str) -> None:
    head = '<?xml version="1.0" encoding="UTF-16"?>' if "16" in codec else ""
    assert paths(read((head + urlset(page("é"))).encode(codec))) == ["%C3%A9"]


def test_an_index_names_its_children_on_its_own_site() -> None:
    found = read(
        index(
            "<loc>https://www.gazette.example/a.xml</loc><lastmod>2026-11-20</lastmod>",
            "<loc>/b.xml.gz</loc>",
            "<loc>https://maps.gazette.example/c.xml</loc>",
            "<loc>https://evil.example/d.xml</loc>",
            "<loc>http://127.0.0.1/e.xml</loc>",
            f"<loc>{URL}</loc>",
            "<loc>file:///etc/passwd</loc>",
        )
    )
    assert (found.index, found.entries) == (True, ())
    assert [child.url.partition("gazette.example/")[2] for child in found.children] == [
        "a.xml", "b.xml.gz", "c.xml",
    ]  # fmt: skip
    assert found.children[0].changed_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert found.warning == "2 sitemaps on other sites not followed"


BOMB = '<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ('<rss version="2.0"/>', "this is a feed; its kind is `feed`"),
        ('<feed xmlns="http://www.w3.org/2005/Atom"/>', "this is a feed"),
        ("<html><body/></html>", "this is a web page"),
        ("{}", "no <urlset>"),
        ("https://www.gazette.example/a", "no <urlset>"),
        (BOMB + urlset(page("&b;")), "declares a document type"),
        ("<!--x--><?y?>\n<!DOCTYPE urlset SYSTEM 'file:///etc/passwd'>" + urlset(), "declares a"),
    ],
)
def test_refuses(document: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        read(document)


def test_broken_xml_gives_what_can_be_read_and_says_so() -> None:
    found = read(urlset(page("a"), page("b") + "</oops>", page("c")))
    assert set(paths(found)) >= {"a"}
    assert "broken XML" in (found.warning or "")


def test_what_a_sitemap_looks_like() -> None:
    assert is_sitemap(urlset().encode()) and is_sitemap(index().encode())
    assert is_sitemap(b"\x1f\x8b\x08rest") and is_sitemap(urlset().encode("utf-16"))
    assert not is_sitemap(b"<html></html>") and not is_sitemap(b"")


def test_sixty_thousand_addresses_are_bounded_in_time_and_number() -> None:
    urls = (page(str(n), f"2020-01-{n % 28 + 1:02}T10:00:00Z") for n in range(60_000))
    begun = time.process_time()
    found = read(urlset(*urls, page("new")))
    assert time.process_time() - begun < 5
    assert found.dropped == 10_001, "the last stands past the 50,000 of the protocol"


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda t: urlset(t).encode("utf-8", "replace"))
)
def test_anything_is_a_sitemap_or_an_error(data: bytes) -> None:
    try:
        found = read(data)
    except ParseError:
        return
    assert all((entry.url or "").startswith(("http://", "https://")) for entry in found.entries)
