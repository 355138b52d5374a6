"""NewsML-G2 as entries: text out of NITF and XHTML, versions, status, credits, hostile XML."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.newsml import nitf_body
from aggregator.core.wire import WireItems, read_wire
from aggregator.errors import ParseError
from aggregator.model import Entry, PubStatus, Wire

DATA = Path(__file__).parent.parent / "data" / "wires"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAR = 'xmlns="http://iptc.org/std/nar/2006-10-01/"'


def read(document: str | bytes) -> WireItems:
    data = document.encode() if isinstance(document, str) else document
    return read_wire(data, subject="item.xml", now=NOW)


def news(meta: str = "", about: str = "", content: str = "", **attributes: str) -> str:
    values = {"guid": "urn:x:1", "version": "1"} | attributes
    written = " ".join(f'{name}="{value}"' for name, value in values.items())
    return (
        f"<newsItem {NAR} {written}><itemMeta>{meta}</itemMeta><contentMeta>{about}</contentMeta>"
        f"<contentSet>{content or inline('<p>Text.</p>')}</contentSet></newsItem>"
    )


def inline(body: str) -> str:
    return f'<inlineXML contenttype="application/xhtml+xml"><body>{body}</body></inlineXML>'


def only(document: str) -> Entry:
    (entry,) = read(document).entries
    return entry


def wire(document: str) -> Wire:
    found = only(document).wire
    assert found is not None
    return found


def test_an_item() -> None:
    (entry,) = read((DATA / "newsml.xml").read_bytes()).entries
    assert entry == Entry(
        guid="urn:newsml:cpa.example:20261120:STORM",
        url=None,
        title="Storm closes the port",
        body="<p>The port is closed.</p>\n<p>Ships wait &amp; sail later.</p>\n<p>Ships 12</p>",
        authors=("Mia Jensen",),
        credit="CPA/Kyodo",
        published_at=datetime(2026, 11, 20, 8, tzinfo=UTC),
        updated_at=datetime(2026, 11, 20, 16, 25, 32, tzinfo=UTC),
        language="en",
        wire=Wire(
            version=5,
            urgency=2,
            located="New York",
            usage_terms="No archive",
            note="Corrects the toll",
            credits=(
                ("provider", "CPA"),
                ("copyright holder", "Continental Press Agency"),
                ("information source", "Kyodo"),
                ("credit line", "CPA/Kyodo"),
            ),
        ),
    )


def test_a_message_of_several_items() -> None:
    found = read((DATA / "message.xml").read_bytes())
    (entry,) = found.entries
    assert (entry.guid, entry.title) == ("urn:cpa:m1", "A title of the item")
    assert (entry.authors, entry.language) == (("By Ola Nord",), "no")
    assert entry.body == "<p>Loose words</p>\n<p>and more</p>\n<p>One</p>\n<p>Two</p>"
    assert found.reason == "", "a picture beside a story is no fault"


@pytest.mark.parametrize(
    ("meta", "status"),
    [
        ("", "usable"),
        ('<pubStatus qcode="stat:canceled"/>', "canceled"),
        ('<pubStatus uri="http://cv.iptc.org/newscodes/pubstatusg2/withheld"/>', "withheld"),
        ("<embargoed/>", "withheld"),
        ('<embargoed/><pubStatus qcode="stat:canceled"/>', "canceled"),
    ],
)
def test_status(meta: str, status: str) -> None:
    assert wire(news(meta)).status == status


def test_an_embargo() -> None:
    found = wire(news("<embargoed>2026-11-20T14:00:00+01:00</embargoed>"))
    assert found.embargoed_until == datetime(2026, 11, 20, 13, tzinfo=UTC)
    assert found.status is PubStatus.USABLE


def test_text_without_markup() -> None:
    content = '<inlineData contenttype="text/plain">One.\n\nTwo &lt;b&gt;.</inlineData>'
    assert only(news(content=content)).body == "<p>One.</p>\n<p>Two &lt;b&gt;.</p>"
    assert only(news(content=content + inline("<p>Marked.</p>"))).body == "<p>Marked.</p>"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (news('<itemClass qcode="ninat:video"/>'), "no story: video"),
        (news(content='<remoteContent href="x.xml"/>'), "it lies in another file"),
        (news(content=inline("<script>x</script>")), "no text in it"),
        (f'<packageItem {NAR} guid="1"/>', "a package of other items"),
        (f'<planningItem {NAR} guid="1"/>', "a plan of coverage"),
        (f"<newsMessage {NAR}><itemSet/></newsMessage>", "no item in it"),
    ],
)
def test_what_holds_no_story_says_what_it_is(document: str, reason: str) -> None:
    found = read(document)
    assert found.entries == () and reason in found.reason


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (BOMB + news(about="<headline>&b;</headline>"), "declares a document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd">' + news(), "declares a document type"),
        (news(about="<headline>&x;</headline>"), "broken XML"),
        (news()[:-20], "broken XML"),
        ("<NewsML/>", "is NewsML 1"),
        ("<nitf/>", "no NewsML-G2"),
        ('<rss version="2.0"/>', "no NewsML-G2"),
        ("<html><br></html>", "broken XML"),
        (news(guid=""), "without an identifier"),
        ("<a>" * 300 + "</a>" * 300, "broken XML"),
    ],
)
def test_refuses_the_whole_file(document: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        read(document)


def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    include = (
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret}" parse="text"/>'
    )
    assert "SECRET" not in (only(news(content=inline(f"<p>a{include}</p>"))).body or "")


def test_nitf_inside_other_formats() -> None:
    body = "<body.head><p>no</p></body.head><body.content><p>a</p>b</body.content>"
    assert nitf_body(f"<nitf><body>{body}</body></nitf>") == "<p>a</p>\n<p>b</p>"
    assert nitf_body("<nitf><p>cut") == ""


def test_utf16_with_its_declaration() -> None:
    document = '<?xml version="1.0" encoding="UTF-16"?>' + news(about="<headline>Größe</headline>")
    (entry,) = read(document.encode("utf-16")).entries
    assert entry.title == "Größe"


@given(st.text(max_size=200), st.text(max_size=60))
def test_anything_is_items_or_an_error(content: str, meta: str) -> None:
    try:
        found = read(news(meta, content=content).encode("utf-8", "replace"))
    except ParseError:
        return
    assert found.entries or found.reason
