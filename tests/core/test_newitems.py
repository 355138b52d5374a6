"""Parsing only what is new gives what a full parse gives, or is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core import feeds, newitems, pieces, sifting
from aggregator.errors import ParseError
from aggregator.model import ParsedFeed

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DATA = Path(__file__).parents[1] / "data" / "feeds"
XML = sorted(path for path in DATA.iterdir() if path.suffix != ".json")


def parse(data: bytes, memory: Mapping[str, Any] | None = None, **given: Any) -> ParsedFeed:
    values: dict[str, Any] = {"url": "http://one.example/feed", "content_type": None, "now": NOW}
    return newitems.parse_changed(data, memory=memory or {}, **(values | given))


def full(data: bytes, **given: Any) -> ParsedFeed:
    values: dict[str, Any] = {"url": "http://one.example/feed", "content_type": None, "now": NOW}
    return feeds.parse_feed(data, **(values | given))


def item(n: int, guid: str | None = None, more: str = "") -> str:
    return (
        f"<item><title>Title {n} caf\u00e9</title><link>/news/{n}</link>"
        f"<guid isPermaLink='false'>{guid or f'g{n}'}</guid>{more}"
        "<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate></item>"
    )


def rss(items: Sequence[str], head: str = "<title>Paper</title><ttl>30</ttl>") -> bytes:
    return (
        "<?xml version='1.0' encoding='utf-8'?><rss version='2.0' xmlns:dc="
        f"'http://purl.org/dc/elements/1.1/'><channel>{head}{' '.join(items)}</channel></rss>"
    ).encode()


def agrees(part: ParsedFeed, data: bytes) -> None:
    """What was spared and what was parsed are together what a full parse gives."""
    whole = full(data)
    wanted = [e for e in whole.entries if sifting.guid_mark(e.guid) not in part.known]
    assert list(part.entries) == wanted
    assert len(whole.entries) == len(part.entries) + len(part.known)
    assert (part.title, part.hints, part.dropped) == (whole.title, whole.hints, whole.dropped)


def counting(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The documents that reach feedparser from now on."""
    seen: list[bytes] = []
    read = feeds.read_xml

    def spy(data: bytes, **options: Any) -> Any:
        seen.append(data)
        return read(data, **options)

    monkeypatch.setattr(feeds, "read_xml", spy)
    return seen


def test_nothing_new_reaches_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [item(n) for n in range(5)]
    memory = parse(rss(items)).memory
    seen = counting(monkeypatch)
    later = rss(list(reversed(items))[1:], head="<title>Paper</title><ttl>30</ttl><!-- 12:05 -->")
    part = parse(later, memory)
    assert (part.entries, len(part.known), seen) == ((), 4, [])
    assert (part.title, part.hints.ttl) == ("Paper", 1800)


def test_one_new_item_alone_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [item(n) for n in range(5)]
    memory = parse(rss(items)).memory
    later = rss([item(9), *items[:4]])
    seen = counting(monkeypatch)
    part = parse(later, memory)
    assert [entry.guid for entry in part.entries] == ["g9"]
    assert len(seen) == 1 and seen[0].count(b"<item>") == 1
    agrees(part, later)
    assert parse(rss([item(9)]), part.memory).entries == (), "and known the next time"


def test_a_changed_item_is_parsed_again() -> None:
    items = [item(n) for n in range(5)]
    memory = parse(rss(items)).memory
    later = rss([items[0], item(1, more="<description>Corrected.</description>"), *items[2:]])
    part = parse(later, memory)
    assert [entry.summary for entry in part.entries] == ["Corrected."]
    agrees(part, later)


@pytest.mark.parametrize("path", XML, ids=lambda path: path.name)
@settings(deadline=None)
@given(kept=st.lists(st.booleans(), min_size=40, max_size=40))
def test_any_items_known_before_give_the_same_entries(path: Path, kept: list[bool]) -> None:
    data = path.read_bytes()
    plain, _ = feeds.plain_bytes(data)
    found = sifting.split(plain, [])
    assert found is not None and len(found.spans) <= len(kept)
    gone = [span for span, keep in zip(found.spans, kept, strict=False) if not keep]
    memory = parse(sifting.cut(plain, gone)).memory
    part = parse(data, memory)
    agrees(part, data)
    assert len(part.known) == (len(found.spans) - len(gone) if memory else 0)


CHANGES: dict[str, tuple[bytes, bytes]] = {
    "a namespace at the root": (b"<rss version='2.0'", b"<rss version='2.0' xmlns='urn:x'"),
    "an attribute of the root": (b"<channel>", b"<channel xml:lang='de'>"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_another_frame_is_parsed_in_full(name: str) -> None:
    data = rss([item(n) for n in range(5)])
    memory = parse(data).memory
    assert len(parse(data.replace(*CHANGES[name]), memory).known) == 0


NOT_PLAIN: dict[str, bytes] = {
    "not well formed": rss([item(1), "<item><title>A & B</title></item>"]),
    "a document type": b"<!DOCTYPE rss [<!ENTITY x 'y'>]>" + rss([item(1)]).partition(b"?>")[2],
    "an item in an item": rss([item(1, more="<item><title>in</title></item>")]),
    "an entry elsewhere": rss([item(1)], head="<a><b><entry/></b></a>"),
    "an empty item": rss([item(1), "<item/>"]),
    "a base for one item": rss([item(1).replace("<item>", "<item xml:base='http://b.example/'>")]),
    "another charset": rss([item(1)]).replace(b"encoding='utf-8'", b"encoding='gb2312'"),
    "wide characters": rss([item(1)]).decode().encode("utf-16"),
    "an entity nobody defined": rss([item(1, more="<description>&nbsp;</description>")]),
    "JSON": b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"}]}',
    "two of one guid": rss([item(1, "same"), item(2, "same")]),
    "one item twice": rss([item(1), item(1)]),
}


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_what_is_not_plain_is_parsed_in_full_each_time(name: str) -> None:
    data = NOT_PLAIN[name]
    first = parse(data)
    assert first.memory == {}
    assert parse(data, first.memory).entries == first.entries == full(data).entries


def test_a_new_item_under_a_known_guid_is_told_apart_in_full() -> None:
    """The old item is then called otherwise, too, and only a full parse says so."""
    memory = parse(rss([item(1, "same"), item(2)])).memory
    later = rss([item(3, "same"), item(1, "same"), item(2)])
    part = parse(later, memory)
    assert part.known == frozenset()
    assert part.entries == full(later).entries
    assert part.memory == {}


def test_everything_is_parsed_anew_once_a_day() -> None:
    """A date that lay in the future has come true."""
    data = rss([item(n) for n in range(5)])
    memory = parse(data).memory
    assert len(parse(data, memory, now=NOW + timedelta(hours=23)).known) == 5
    later = parse(data, memory, now=NOW + timedelta(hours=24))
    assert len(later.entries) == 5
    assert parse(data, later.memory, now=NOW + timedelta(hours=30)).entries == ()


@pytest.mark.parametrize(
    "change",
    [
        {"items": "no base64!"}, {"items": 7}, {"recipe": 0}, {"at": "yesterday"}, {"at": None},
        {"frame": None}, {"at": "2027-01-01T00:00:00Z"},
    ],
)  # fmt: skip
def test_an_odd_memory_only_costs_a_full_parse(change: dict[str, object]) -> None:
    data = rss([item(n) for n in range(3)])
    memory = dict(parse(data).memory) | change
    assert parse(data, memory).entries == full(data).entries


def test_the_cap_counts_as_before() -> None:
    data = rss([item(n) for n in range(9)])
    memory = parse(data).memory
    part = parse(data, memory, max_entries=4)
    assert (len(part.entries), part.dropped) == (4, 5)


@given(st.binary(max_size=300))
def test_any_bytes_give_what_a_full_parse_gives(data: bytes) -> None:
    results: list[object] = []
    for read in (lambda: parse(data), lambda: full(data)):
        try:
            results.append(replace(read(), memory={}))
        except ParseError as error:
            results.append(str(error))
    assert results[0] == results[1]


def test_a_known_item_inside_a_new_one_is_not_taken_for_itself() -> None:
    """Its bytes are there, but they are text of the new item."""
    inner = "<item><title>In</title><link>/n/1</link><guid>in</guid></item>"
    memory = parse(rss([inner, item(2)])).memory
    for around in (f"<![CDATA[{inner}]]>", f"<!-- {inner} -->", inner):
        later = rss([item(3, more=f"<description>{around}</description>"), item(2)])
        part = parse(later, memory)
        agrees(part, later)
        assert sifting.guid_mark("in") not in part.known


def test_a_document_full_of_known_items_reaches_expat_without_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items = [item(n, more=f"<description>{'long ' * 900}</description>") for n in range(20)]
    memory = parse(rss(items)).memory
    seen: list[int] = []
    split = sifting.split

    def spy(data: bytes, *given: Any, **named: Any) -> sifting.Split | None:
        seen.append(len(data))
        return split(data, *given, **named)

    monkeypatch.setattr(sifting, "split", spy)
    assert len(parse(rss([item(99), *items]), memory).known) == 20
    assert len(seen) == 1 and seen[0] < 1_500


@pytest.mark.parametrize("head", ["<ttl>60</ttl>", "<ttl>30</ttl><language>de</language>"])
def test_what_is_said_of_the_whole_feed_is_read_anew(head: str) -> None:
    items = [item(n) for n in range(5)]
    memory = parse(rss(items)).memory
    later = rss(items, head=f"<title>Paper</title>{head}")
    part = parse(later, memory)
    agrees(part, later)
    assert part.known == frozenset()


def runs(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The documents looked at for one mark in the place of all items, from now on."""
    seen: list[bytes] = []
    put = pieces.without_run

    def spy(data: bytes, found: pieces.Pieces) -> bytes:
        seen.append(data)
        return put(data, found)

    monkeypatch.setattr(pieces, "without_run", spy)
    return seen


HEADS = {
    "<title>Paper</title><ttl>30</ttl><lastBuildDate>now</lastBuildDate>": 5,
    "<title>Paper</title><ttl>30</ttl><!-- <item></item> -->": 5,
    "<title>Paper</title><ttl>30</ttl><items/>": 5,
    "<title>Paper</title><ttl>60</ttl>": 0,
    "<title>Paper</title><ttl>30</ttl><language>de</language>": 0,
    "<title>Paper</title><ttl>30</ttl><item>&oops;</item>": 0,
    "<title>Paper</title><ttl>30</ttl><a><b>": 0,
    "<title>Paper</title><ttl>30</ttl><!--": 0,
    "<title>Paper</title><ttl>30</ttl><![CDATA[": 0,
    "<title>Paper</title><ttl>30</ttl><x y='": 0,
}


@pytest.mark.parametrize("head", HEADS)
def test_the_same_run_of_items_under_another_head(
    monkeypatch: pytest.MonkeyPatch, head: str
) -> None:
    """It is believed where it is well formed there, and gives what a full parse gives."""
    items = [item(n) for n in range(5)]
    memory = parse(rss(items)).memory
    seen = runs(monkeypatch)
    later = rss(items, head=head)
    part = parse(later, memory)
    agrees(part, later)
    assert len(part.known) == HEADS[head]
    assert len(seen) == ("<item>" not in head)
    assert HEADS[head] == 0 or parse(later, part.memory) == part


@pytest.mark.parametrize("between", ["<ttl>30</ttl>", "<!-- x -->", "x", "<item/>"])
def test_what_stands_between_items_is_read_each_time(
    monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    items = [item(1), between, item(2)]
    memory = parse(rss(items)).memory
    seen = runs(monkeypatch)
    later = rss(items, head="<title>Paper</title><ttl>30</ttl><!-- 12:05 -->")
    agrees(parse(later, memory), later)
    assert seen == []


def test_items_behind_the_known_ones_are_found() -> None:
    items = [item(n) for n in range(5)]
    memory = parse(rss(items)).memory
    for more in ([item(6)], ["<other/>", item(6)], ["<other><item/></other>"]):
        later = rss([*items, *more])
        agrees(parse(later, memory), later)


def test_a_run_is_learnt_where_an_older_program_left_none(monkeypatch: pytest.MonkeyPatch) -> None:
    data = rss([item(n) for n in range(5)])
    first = parse(data).memory
    for run in (None, 7, [], [0, "", ""], ["1", "a", "b"], [10**9, "a", "b"]):
        assert parse(data, dict(first) | {"run": run}).memory == first
    seen = runs(monkeypatch)
    assert len(parse(data, first).known) == 5
    assert seen == [data]


def test_control_characters_in_items_leave_no_run() -> None:
    """They are taken out before a document is read, so its bytes are not those of its items."""
    data = rss([item(1), item(2).replace("Title", "Ti\x0btle")])
    memory = parse(data).memory
    assert memory["run"] is None
    agrees(parse(data, memory), data)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from([*(item(n) for n in range(4)), " ", "<x/>", "<!--", "-->"]), max_size=6
    ),
    st.sampled_from(list(HEADS)),
)
def test_any_run_gives_what_a_full_parse_gives(items: list[str], head: str) -> None:
    data, later = rss(items), rss(items, head=head)
    try:
        memory = parse(data).memory
        full(later)
    except ParseError:
        return
    agrees(parse(later, memory), later)
