"""Lists of feeds: read with care, written so that they read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.opml import OpmlFeed, read_opml, write_opml
from aggregator.errors import ParseError

LIST = b"""<?xml version="1.0" encoding="UTF-8"?>
<!-- exported -->
<opml version="2.0"><head><title>Mine</title></head><body>
  <outline text="Ports">
    <outline type="rss" text="Harbour Gazette &amp; Mail" xmlUrl="https://gazette.example/rss?utm_source=x&amp;id=1"/>
    <outline type="rss" title="\xe6\xb8\xaf\xe6\x96\xb0\xe8\x81\x9e" xmlUrl="https://shimbun.example/rdf"/>
  </outline>
  <outline type="rss" text="Again" xmlUrl="https://gazette.example/rss?utm_source=x&amp;id=1"/>
  <outline type="rss" xmlUrl="http://www.nameless.example/feed"/>
  <outline type="rss" text="Trap" xmlUrl="javascript:alert(1)"/>
  <outline type="rss" text="File" xmlUrl="file:///etc/passwd"/>
  <outline text="No address"/>
</body></opml>"""


def test_reads_folders_once_each_and_names_the_nameless() -> None:
    assert read_opml(LIST) == (
        OpmlFeed(
            name="Harbour Gazette & Mail", url="https://gazette.example/rss?utm_source=x&id=1"
        ),
        OpmlFeed(name="港新聞", url="https://shimbun.example/rdf"),
        OpmlFeed(name="nameless.example", url="http://www.nameless.example/feed"),
    )


def test_reads_broken_xml_as_far_as_it_goes() -> None:
    broken = b'<opml><body><outline text="A & B" xmlUrl="https://a.example/?x=1&y=2">'
    assert read_opml(broken) == (OpmlFeed(name="A & B", url="https://a.example/?x=1&y=2"),)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not an OPML"),
        (b"https://a.example/list.opml", "not an OPML"),
        (b"/etc/passwd", "not an OPML"),
        (b"<rss><channel/></rss>", "not an OPML"),
        (b"<html><body><opml/></body></html>", "not an OPML"),
        (b"<opml version='1.0'><body/></opml>", "no feed"),
        (b"<opml><body><outline xmlUrl='javascript:x'/></body></opml>", "no feed"),
        (b"<!DOCTYPE o [<!ENTITY a 'b'>]><opml/>", "entities"),
        (b"<?p?>" * 30_000 + b"<opml/>", "not an OPML"),
        (b"<opml>" + b" " * 10_000_000, "larger than 10 MB"),
        (
            b"<opml><body>"
            + b"".join(b'<outline xmlUrl="http://a.example/%d"/>' % n for n in range(10_001))
            + b"</body></opml>",
            "more than 10000",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refuses(data: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        read_opml(data)


def test_reads_utf16() -> None:
    text = '<opml><body><outline text="Größe" xmlUrl="https://a.example/"/></body></opml>'
    assert read_opml(text.encode("utf-16"))[0].name == "Größe"


NAMES = st.text(min_size=1, max_size=40).filter(
    lambda t: t == " ".join(t.split()) and t.isprintable()
)
PATHS = st.text(alphabet="abc/?&=<>\"'é", max_size=20)


@given(st.lists(st.builds(lambda n, p: (n, f"https://a.example/{p}"), NAMES, PATHS), min_size=1))
def test_what_is_written_reads_back(pairs: list[tuple[str, str]]) -> None:
    from aggregator.core.urls import absolute_url

    feeds = {absolute_url(url) or "": name for name, url in pairs}
    listed = tuple(OpmlFeed(name=name, url=url) for url, name in feeds.items())
    assert read_opml(write_opml(listed, "T <&> \x00").encode()) == listed
