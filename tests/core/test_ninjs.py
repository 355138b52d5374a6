"""ninjs of all three generations as entries: text, versions, status, credits, and what is none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.agencies import load_agencies
from aggregator.core.credit import find_credits
from aggregator.core.wire import WireItems, from_json, is_older, read_wire, to_json
from aggregator.errors import ParseError
from aggregator.model import Entry, PubStatus, Role, Wire

DATA = Path(__file__).parent.parent / "data" / "wires"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def read(document: object) -> WireItems:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_wire(data, subject="item.json", now=NOW)


def item(**given: Any) -> dict[str, Any]:
    return {"uri": "urn:x:1", "headline": "A title", "body_html": "<p>Text.</p>"} | given


def only(**given: Any) -> Entry:
    (entry,) = read(item(**given)).entries
    return entry


def wire(**given: Any) -> Wire:
    found = only(**given).wire
    assert found is not None
    return found


def test_ninjs_1() -> None:
    (entry,) = read((DATA / "ninjs1.json").read_bytes()).entries
    assert entry == Entry(
        guid="urn:newsml:cpa.example:20261120:cpa-000017",
        url=None,
        title="Ferry Lindholm runs aground, all rescued",
        body="<p>A ferry with 212 aboard ran aground.</p>"
        "<p>Nobody was hurt &amp; all are ashore.</p>",
        authors=("By Ida Berg, CPA",),
        published_at=datetime(2026, 11, 20, 4, 52, tzinfo=UTC),
        updated_at=datetime(2026, 11, 20, 5, 20, tzinfo=UTC),
        language="en",
        wire=Wire(
            version=2,
            urgency=3,
            located="GENEVA",
            usage_terms="Not for resale",
            note="Adds number of passengers",
            credits=(
                ("copyright holder", "Continental Press Agency"),
                ("information source", "Harbour Gazette"),
            ),
        ),
    )


def test_ninjs_2() -> None:
    (entry,) = read((DATA / "ninjs2.json").read_bytes()).entries
    assert (entry.title, entry.summary) == ("Fähre auf Grund gelaufen", "Alle gerettet")
    assert entry.body == "<p>Eine Fähre mit 212 Menschen.</p>\n<p>Alle gerettet.</p>"
    assert (entry.authors, entry.language) == (("Von Anna Huber, CPA",), "de")
    assert entry.published_at == datetime(2026, 11, 20, 5, tzinfo=UTC), "the version's own time"
    assert entry.wire and entry.wire.credits == (("information source", "APA"),)


def test_ninjs_3_and_a_list_of_items() -> None:
    found = read((DATA / "ninjs3.json").read_bytes())
    (entry,) = found.entries
    assert (entry.guid, entry.title) == ("https://wire.example/items/19", "Le tram attendra")
    assert entry.url is None, "its text is here: no page is asked for"
    assert entry.body == "<p>Pas de vote.</p>\n<p>A &lt; B &amp; C.</p>"
    assert entry.wire == Wire(
        version=4,
        usage_terms="Abonnés",
        credits=(
            ("copyright holder", "Agence Continentale"),
            ("information source", "Le Journal"),
        ),
    )


@pytest.mark.parametrize(
    ("raw", "status"),
    [("usable", "usable"), ("", "usable"), ("canceled", "canceled"), ("Cancelled", "canceled"),
     ("withheld", "withheld"), ("stat:canceled", "canceled"), ("embargoed", "withheld"),
     ("http://cv.iptc.org/newscodes/pubstatusg2/usable", "usable")],
)  # fmt: skip
def test_only_what_is_usable_is_for_use(raw: str, status: str) -> None:
    assert wire(pubstatus=raw).status == status


def test_a_canceled_item_needs_no_text() -> None:
    entry = only(pubstatus="canceled", body_html="")
    assert (entry.body, entry.wire and entry.wire.status) == (None, PubStatus.CANCELED)


@pytest.mark.parametrize(
    ("raw", "until"),
    [("2026-11-20T13:00:00Z", 13), ("2026-11-20T15:30:00+02:30", 13), ("", None),
     ("2026-11-20T13:00:00", 13)],
)  # fmt: skip
def test_an_embargo_ends(raw: str, until: int | None) -> None:
    ends = wire(embargoed=raw).embargoed_until
    assert ends == (datetime(2026, 11, 20, until, tzinfo=UTC) if until else None)


def test_an_embargo_that_cannot_be_read_is_not_passed_over() -> None:
    with pytest.raises(ParseError, match="embargo that is no time: 'Friday'"):
        read(item(embargoed="Friday"))


@pytest.mark.parametrize(
    ("guid", "version", "wanted"),
    [
        ("urn:newsml:cpa:20261120:7:3", "3", ("urn:newsml:cpa:20261120:7", 3)),
        ("urn:newsml:cpa:20261120:7:12U", "", ("urn:newsml:cpa:20261120:7", 12)),
        ("urn:newsml:cpa:20261120:7", "2", ("urn:newsml:cpa:20261120:7", 2)),
        ("tag:cpa,2026:7", 5, ("tag:cpa,2026:7", 5)),
        ("tag:cpa,2026:7", "second", ("tag:cpa,2026:7", 0)),
        ("g" * 2000, "1", ("sha256:", 1)),
    ],
)
def test_versions_of_one_item_share_its_name(
    guid: str, version: object, wanted: tuple[str, int]
) -> None:
    entry = only(uri=guid, version=version)
    assert entry.guid.startswith(wanted[0]) and len(entry.guid) < 100
    assert entry.wire and entry.wire.version == wanted[1]


def test_which_version_is_older() -> None:
    def version(number: int, hour: int | None = None) -> Entry:
        at = datetime(2026, 11, 20, hour, tzinfo=UTC) if hour else None
        return Entry(guid="1", url=None, title="", updated_at=at, wire=Wire(version=number))

    assert is_older(version(1, 9), version(2, 8)), "numbers decide"
    assert not is_older(version(10), version(9))
    assert is_older(version(0, 8), version(2, 9)), "without a number the time does"
    assert is_older(version(2, 8), version(2, 9))
    assert not is_older(version(2), version(2, 9))


def test_the_body_with_the_most_markup_is_taken() -> None:
    assert only(body_text="no", body_xhtml="<p>yes</p>", body_html="").body == "<p>yes</p>"
    assert only(body_html="", body_text="a\n\nb <i>").body == "<p>a</p>\n<p>b &lt;i&gt;</p>"
    parts = [
        {"role": "x", "contenttype": "text/plain", "value": "no"},
        {"role": "html", "value": "<p>y</p>"},
    ]
    assert only(body_html="", bodies=parts).body == "<p>y</p>"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"type": "picture"}, "no story: picture"),
        ({"type": "composite", "body_html": ""}, "no story: composite"),
        ({"body_html": " "}, "no text in it"),
        ({"body_html": "", "representationtype": "incomplete"}, "it lies in another file"),
    ],
)
def test_what_holds_no_story_says_what_it_is(given: dict[str, Any], reason: str) -> None:
    found = read(item(**given))
    assert found.entries == () and reason in found.reason


def test_a_package_with_a_text_of_its_own_is_a_story() -> None:
    assert only(type="composite").body == "<p>Text.</p>"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "is empty"),
        (b'{"uri": "urn:x:1", "body_html": "<p>cut', "broken JSON"),
        (b"\xff\xfe\x00\x01", "neither JSON"),
        (b'{"uri": "\xe9"}', "broken JSON"),
        (b"hello", "neither JSON"),
        ({"headline": "x"}, "no `uri`"),
        ([item(), "x"], "an item is no object"),
        ([item(), {"headline": "x"}], "no `uri`"),
        ([item(uri=str(n)) for n in range(2001)], "more than 2000 items"),
        (b"[" * 100_000, "broken JSON"),
    ],
)
def test_refuses_the_whole_file(document: object, reason: str) -> None:
    with pytest.raises(ParseError, match=reason) as caught:
        read(document)
    assert caught.value.subject == "item.json"


def test_odd_types_are_no_fault_of_the_file() -> None:
    entry = only(
        headline=7, byline=["x"], located={"a": 1}, urgency=True, version=None, language=5,
        infosource="x", headlines="x", bodies=7, usageterms=None, copyrightholder=3.5,
    )  # fmt: skip
    assert (entry.title, entry.authors, entry.language) == ("7", (), None)


def test_superdesk_names_and_parties() -> None:
    entry = only(
        uri="", guid="tag:desk:1", source="AFP", creditline="AFP", authors=[{"name": "Ida Berg"}],
        infosource=[{"qcode": "is:reuters"}, {"uri": "https://www.ansa.it/x"}, {"name": ""}],
    )  # fmt: skip
    assert (entry.guid, entry.authors, entry.credit) == ("tag:desk:1", ("Ida Berg",), "AFP")
    assert entry.wire and entry.wire.credits == (
        ("source", "AFP"), ("credit line", "AFP"), ("information source", "reuters"),
        ("information source", "https://www.ansa.it/x"),
    )  # fmt: skip


def test_credits_of_an_item_are_evidence_of_the_zone_of_wires() -> None:
    entry = only(copyrightholder="AFP", byline="By Ida Berg, Reuters",
                 infosource=[{"uri": "https://www.ansa.it/"}])  # fmt: skip
    found = find_credits(
        html_meta=None, entry=entry, text="Text.", title="", outlet="desk.example",
        agencies=load_agencies(),
    )  # fmt: skip
    assert {(c.agency, c.role, c.zone) for c in found} == {
        ("afp", Role.ORIGIN, "wire field"), ("reuters", Role.ORIGIN, "wire field"),
        ("ansa", Role.ORIGIN, "wire field"),
    }  # fmt: skip


def test_hostile_text_is_cleaned() -> None:
    entry = only(headline="A\u202e<b>b</b>\x00" + "x" * 5000, body_html="<p>a\x00b</p>")
    assert entry.title.startswith("Ab") and len(entry.title) <= 1000
    assert entry.body == "<p>ab</p>"


def test_what_the_database_keeps_comes_back() -> None:
    kept = wire(
        pubstatus="withheld", embargoed="2026-11-20T13:00:00Z", urgency=1, located="ZÜRICH",
        copyrightholder="CPA", version=3,
    )  # fmt: skip
    assert from_json(to_json(kept)) == kept
    assert from_json(None) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["version", "type", "headlines", "bodies", "body_html", "infosources", "by", "embargoed",
     "pubStatus", "firstCreated", "associations", "provider", "urgency", "language"]
)  # fmt: skip


@given(st.dictionaries(KEYS, JSON))
def test_anything_is_items_or_an_error(given: dict[str, Any]) -> None:
    try:
        found = read({"uri": "urn:x:1"} | given)
    except ParseError:
        return
    assert found.entries or found.reason
