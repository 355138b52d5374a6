"""Feed documents of every dialect, and what strangers do to them."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core.feeds import parse_feed
from aggregator.errors import ParseError
from aggregator.model import Entry, ParsedFeed

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DATA = Path(__file__).parent.parent / "data" / "feeds"
URL = "https://feeds.gazette.example/rss/news.xml"


def read(data: bytes | str, content_type: str | None = None, **options: int) -> ParsedFeed:
    raw = data.encode() if isinstance(data, str) else data
    return parse_feed(raw, url=URL, content_type=content_type, now=NOW, **options)


def rss(items: str, head: str = "") -> str:
    return f'<rss version="2.0"><channel><title>T</title>{head}{items}</channel></rss>'


def item(**parts: str) -> str:
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items())
    return f"<item>{inside}</item>"


def only(items: str) -> Entry:
    (entry,) = read(rss(items)).entries
    return entry


def test_rss20() -> None:
    feed = read((DATA / "rss20.xml").read_bytes(), "application/rss+xml; charset=utf-8")
    assert (feed.title, feed.language) == ("Harbour Gazette & Mail", "en")
    assert feed.link == "https://www.gazette.example/"
    assert (feed.hints.ttl, feed.dropped, feed.warning) == (1800, 0, None)
    ferry, tram, permanent, numbered, trap = feed.entries
    assert ferry == Entry(
        guid="gazette-17",
        url="https://www.gazette.example/news/ferry?id=17",
        title="Ferry Lindholm runs aground & all are rescued",
        summary="A ferry ran aground. Nobody was hurt.",
        body="<p>A ferry with 212 aboard ran aground.</p>",
        authors=("Ida Berg", "CPA"),
        credit="Continental Press Agency",
        published_at=datetime(2026, 11, 20, 4, 52, tzinfo=UTC),
        language="en",
        links=("https://www.gazette.example/news/ferry?id=17",),
        source_url="https://cpa.example/feed",
    )
    assert tram.url == "https://feeds.gazette.example/news/tram"
    assert tram.published_at == datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert permanent.url == permanent.guid == "https://www.gazette.example/?p=19"
    assert permanent.published_at == datetime(2026, 11, 20, 11, 20, tzinfo=UTC)
    assert (numbered.guid, numbered.url, numbered.published_at) == ("42", None, None)
    assert (trap.url, trap.published_at) == (None, None)
    assert trap.guid.startswith("sha256:")


def test_rdf() -> None:
    feed = read((DATA / "rdf.xml").read_bytes())
    assert (feed.title, feed.language, feed.hints.ttl) == ("港新聞", "ja", 900)
    (entry,) = feed.entries
    assert entry.title == "フェリーが座礁、全員救助"
    assert entry.url == "https://shimbun.example/a1.html"
    assert entry.published_at == datetime(2026, 11, 20, 5, 10, tzinfo=UTC)


def test_atom() -> None:
    feed = read((DATA / "atom10.xml").read_bytes())
    assert (feed.title, feed.language) == ("Le Journal & le Port", "fr")
    first, second = feed.entries
    assert first.guid == "tag:journal.example,2026:1"
    assert first.url == "https://journal.example/fil/ferry-1"
    assert first.title == "Un ferry s’échoue"
    assert (first.authors, first.credit) == (("Avec CPA",), "Agence Continentale de Presse")
    assert first.body == "<p>Un ferry s'est échoué.</p>"
    assert first.published_at == datetime(2026, 11, 20, 5, 12, tzinfo=UTC)
    assert first.updated_at == datetime(2026, 11, 20, 7, tzinfo=UTC)
    assert second.url == "https://journal.example/fil/2"
    assert second.published_at is None
    assert second.updated_at == datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_json_feed() -> None:
    feed = read((DATA / "jsonfeed11.json").read_bytes(), "application/feed+json")
    assert (feed.title, feed.language) == ("Tagblatt am Hafen", "de")
    first, second = feed.entries
    assert (first.guid, first.url) == ("7", "https://feeds.gazette.example/artikel/7")
    assert (first.title, first.summary) == ("Fähre auf Grund", "Alle gerettet")
    assert first.authors == ("Anna Huber", "APA")
    assert first.published_at == datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
    assert (second.guid, second.url) == ("https://tagblatt.example/8", None)
    assert second.summary == "Kurz & gut: 5 < 6"
    assert second.body == "Kurz &amp; gut: 5 &lt; 6"


def test_results_cross_process_borders() -> None:
    feed = read((DATA / "atom10.xml").read_bytes())
    assert pickle.loads(pickle.dumps(feed)) == feed
    with pytest.raises(ParseError) as caught:
        read("")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\0\0\0\0", "empty"),
        (b"<html><body>News</body></html>", "web page"),
        (b"<!DOCTYPE html>\n<!-- x --><HTML lang=en><p>News", "web page"),
        ("<?xml version='1.0'?><html><body/></html>".encode("utf-16"), "web page"),
        (b'<?xml version="1.0"?><urlset><url/></urlset>', "a sitemap"),
        (b"<sitemapindex/>", "index of sitemaps"),
        (b'<opml version="2.0"><body/></opml>', "OPML"),
        (b"{}", "no JSON Feed"),
        (b"[]", "no JSON Feed"),
        (b'{"items": []}', "names no version"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "no list of items"),
        (b'{"version": ', "broken JSON"),
        (b"[" * 100_000, "broken JSON"),
        (b"just words", "no RSS"),
        (b"<other><thing/></other>", "no RSS"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no RSS"),
        (b"\x1f\x8b\x08\0rubbish", "no RSS"),
        (b"/etc/passwd", "no RSS"),
        (b"http://127.0.0.1/feed", "no RSS"),
    ],
)
def test_refuses_what_is_no_feed(data: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=rf"not a feed: .*{reason}"):
        read(data)


def test_an_empty_feed_is_a_feed() -> None:
    assert read(rss("")).entries == ()
    assert read('{"version": "https://jsonfeed.org/version/1", "items": []}').entries == ()


def test_a_feed_inside_a_page_is_read() -> None:
    assert len(read(f"<html><body>{rss(item(title='A', guid='1'))}</body></html>").entries) == 1


def test_p07_one_bad_byte_spoils_one_title() -> None:
    items = "".join(item(title=f"Größe {n} für Köln", guid=str(n)) for n in range(20))
    raw = ('<?xml version="1.0" encoding="utf-8"?>' + rss(items)).encode()
    feed = read(raw.replace("Größe 7".encode(), b"Gr\xf6\xdfe 7", 1))
    titles = [entry.title for entry in feed.entries]
    assert titles[0] == "Größe 0 für Köln"
    assert sum("\ufffd" in title for title in titles) == 1
    assert feed.warning == "2 bytes are no UTF-8; replaced"


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-8859-1", "Größe für Köln, déjà vu"),
        ("windows-1251", "Паром сел на мель, все спасены"),
        ("shift_jis", "フェリーが座礁、全員救助"),
        ("gb2312", "渡轮搁浅，全员获救"),
        ("euc-kr", "여객선 좌초, 전원 구조"),
        ("iso-2022-jp", "フェリーが座礁"),
        ("utf-16", "Größe für Köln"),
        ("utf-16-le", "Größe für Köln"),
        ("utf-32", "Größe für Köln"),
    ],
)
def test_p07_declared_charsets(charset: str, text: str) -> None:
    declared = f'<?xml version="1.0" encoding="{charset}"?>' + rss(item(title=text))
    assert read(declared.encode(charset)).entries[0].title == text
    bare = rss(item(title=text)).encode(charset)
    assert read(bare, f"text/xml; charset={charset}").entries[0].title == text


@pytest.mark.parametrize("wrong", ["iso-8859-1", "windows-1252", "us-ascii", "nonsense"])
def test_p07_a_wrong_charset_does_no_harm(wrong: str) -> None:
    raw = rss(item(title="Größe für Köln")).encode()
    assert read(raw, f"text/xml; charset={wrong}").entries[0].title == "Größe für Köln"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("AT&amp;amp;T &amp;#8217;s", "AT&T ’s"),
        ("&amp;amp;#8217;", "’"),
        ("&lt;b onclick=&quot;x()&quot;&gt;Bold&lt;/b&gt;ly", "Boldly"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;News", "News"),
        ("&lt;svg/onload=alert(1)&gt;News", "News"),
        ("5 &lt; 6 and 7 &gt; 3", "5 < 6 and 7 > 3"),
        ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;two&lt;br&gt;three", "One two three"),
        ("evil\u202egnp.exe\u2066\u200b\ufeff", "evilgnp.exe"),
        ("می\u200cخواهم \u05d0\u200f", "می\u200cخواهم \u05d0\u200f"),
        ("line\none\u2028two\ttabs  and   spaces", "line one two tabs and spaces"),
        ("bell&#7;\x07 del\x7f c1\x9b31m", "bell del c1›31m"),
        ("&#xD800;&#0;&#55296;&#x110000;&#65534;x&#x41;", "xA"),
        ("👩‍🚀 lands", "👩‍🚀 lands"),
    ],
)
def test_titles_become_plain_text(written: str, title: str) -> None:
    assert only(item(title=written, guid="1")).title == title


def test_p11_nothing_unprintable_gets_out_of_json() -> None:
    text = "a\ud800b\u0000c\u202ed\u0007e"
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": text,
        "items": [{"id": text, "title": text, "content_html": text, "authors": [{"name": text}]}],
    }
    feed = read(json.dumps(document))
    (entry,) = feed.entries
    parts = (feed.title, entry.guid, entry.title, entry.summary, entry.body, entry.authors[0])
    assert parts == ("abcde",) * 6


def test_p11_everything_is_bounded() -> None:
    word = "wörter "
    items = item(title=word * 9_000, description=word * 9_000, guid="g" * 5_000, author=word * 999)
    items += f"<item><title>B</title><content:encoded>{'x' * 1_100_000}</content:encoded></item>"
    head = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    feed = read(f"{head}<channel><title>{word * 9_000}</title>{items}</channel></rss>")
    first, second = feed.entries
    assert 900 < len(first.title) <= 1_000
    assert 900 < len(feed.title) <= 1_000
    assert 9_900 < len(first.summary) <= 10_000
    assert len(first.guid) < 100
    assert len(first.authors[0]) <= 200
    assert second.body is not None
    assert len(second.body) == 1_000_000
    assert len(second.summary) == 10_000


def test_entries_past_the_cap_are_counted() -> None:
    items = "".join(item(title=str(n), guid=str(n)) for n in range(30))
    feed = read(rss(items), max_entries=12)
    assert [entry.guid for entry in feed.entries] == [str(n) for n in range(12)]
    assert feed.dropped == 18


def test_p13_one_guid_on_every_item_loses_none() -> None:
    items = [item(title=f"Story {n}", link=f"/{n}", guid="news") for n in range(10)]
    guids = {entry.guid for entry in read(rss("".join(items))).entries}
    assert len(guids) == 10
    assert guids == {entry.guid for entry in read(rss("".join(reversed(items)))).entries}


def test_p13_one_guid_and_one_link_are_told_apart_by_title() -> None:
    items = [item(title=f"Story {n}", link="/live", guid="live") for n in range(5)]
    entries = read(rss("".join(items))).entries
    assert len({entry.guid for entry in entries}) == 5


def test_a_repeated_item_is_kept_once() -> None:
    once = item(title="Story", link="/1", guid="1")
    assert [entry.guid for entry in read(rss(once * 3)).entries] == ["1"]


def test_p13_guid_falls_back_to_link_then_to_content() -> None:
    assert only(item(title="A", link="https://a.example/1?utm_source=x")).guid == (
        "https://a.example/1"
    )
    bare = item(title="A", description="B")
    assert only(bare).guid == only(bare).guid != only(item(title="A", description="C")).guid


def test_an_item_without_anything_is_nothing() -> None:
    assert read(rss(item() * 3 + item(title="A"))).entries == (only(item(title="A")),)


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "file:///etc/passwd",
        "vbscript:x", "http://u:p@a.example/", "https://a.example\\@b.example/",
    ],
)  # fmt: skip
def test_s06_dangerous_links_are_none(link: str) -> None:
    assert only(item(title="A", link=link, guid="1")).url is None


def test_p16_a_guid_that_is_no_permalink_gives_no_address() -> None:
    entry = only('<item><title>A</title><guid isPermaLink="false">http://a.example/1</guid></item>')
    assert (entry.guid, entry.url) == ("http://a.example/1", None)


def test_p16_feedburner_gives_the_original_address() -> None:
    head = '<rss version="2.0" xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">'
    inside = "<f:origLink>https://a.example/1</f:origLink>"
    feed = read(
        f"{head}<channel><item><title>A</title><link>https://proxy.example/x</link>{inside}"
        "</item></channel></rss>"
    )
    assert feed.entries[0].url == "https://a.example/1"


@pytest.mark.parametrize(
    ("head", "ttl"),
    [
        ("<ttl>60</ttl>", 3600),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>99999999999999</ttl>", 604800),
        ("<ttl>²</ttl>", None),
        ("", None),
    ],
)
def test_ttl(head: str, ttl: int | None) -> None:
    assert read(rss("", head)).hints.ttl == ttl


def test_broken_xml_is_read_and_warned_about() -> None:
    feed = read(f"{rss(item(title='A & B', link='/1'))[:-20]}")
    assert feed.entries[0].title == "A & B"
    assert feed.warning
    assert "\n" not in feed.warning


def test_entity_bombs_stay_small_and_files_closed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("do not read me")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    doctype = f'<!DOCTYPE rss [<!ENTITY l0 "lol">{laughs}<!ENTITY x SYSTEM "file://{secret}">]>'
    feed = read(doctype + rss(item(title="&l8;", description="&x;", guid="1")))
    assert all(len(entry.title) <= 1_000 for entry in feed.entries)
    assert "do not read me" not in repr(feed)


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_bytes_give_a_feed_or_a_parse_error(data: bytes) -> None:
    for raw in (data, b'<rss version="2.0"><channel><item><title>' + data):
        try:
            feed = read(raw)
        except ParseError as error:
            assert "not a feed" in str(error)
        else:
            json.dumps([entry.title for entry in feed.entries]).encode("ascii")
            repr(feed).encode("utf-8")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        "id", "url", "title", "summary", "content_html", "content_text", "authors", "author",
        "date_published", "language", "external_url",
    ]
)  # fmt: skip


@given(st.lists(st.dictionaries(FIELDS, JSON, max_size=6), max_size=3))
@settings(max_examples=150, deadline=None)
def test_any_json_items_are_survived(items: list[dict[str, object]]) -> None:
    document = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    feed = read(json.dumps(document))
    assert len(feed.entries) <= len(items)
    repr(feed).encode("utf-8")
