"""The Atom feed: valid, one entry a story, ids of this database alone, read back whole."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import feedparser
import pytest

from aggregator.core.answers import updated_at
from aggregator.core.times import stamp
from aggregator.edge.outputs import render
from aggregator.model import Relation, Report, StoryQuery
from tests import stories
from tests.rfc4287 import faults

HOME = "http://news.example/-/stories"
REPORTS: dict[str, Callable[[], Report]] = {
    "empty": stories.empty,
    "one story": lambda: stories.report(stories.only_here()),
    "day": stories.day,
    "hostile": lambda: stories.report(stories.hostile(), *stories.day().stories),
    "2,000 copies": lambda: stories.report(stories.huge(2000)),
}


@pytest.fixture(scope="module", params=REPORTS)
def report(request: pytest.FixtureRequest) -> Report:
    return REPORTS[request.param]()


def parse(text: str) -> Any:
    found = feedparser.parse(io.BytesIO(text.encode()))
    assert not found.bozo, found.get("bozo_exception")
    return found


@pytest.mark.parametrize("base_url", ["", HOME])
def test_the_feed_is_valid(report: Report, base_url: str) -> None:
    links = (("self", HOME + ".atom?page=2"), ("next", HOME + ".atom?page=3"))
    assert faults(render(report, "atom")) == []
    assert faults(render(report, "atom", base_url=base_url, links=links)) == []
    for story in report.stories[:2]:
        assert faults(render(report, "atom", story=story, base_url=base_url)) == []


BROKEN = {
    "no id": (r"<id>[^<]*</id>\n<title", "<title"),
    "two titles": (r"(<title[^>]*>[^<]*</title>)", r"\1\1"),
    "a date without a zone": (r"(<updated>[^<]*)Z", r"\1"),
    "no such day": (r"<updated>2026-11-..T", "<updated>2026-13-40T"),
    "an id that is none": (r"<id>urn:uuid:", "<id>not an iri "),
    "an address with a space": (r'href="https://', 'href="https:// '),
    "an unknown relation": (r'rel="related"', 'rel="copies"'),
    "no author": (r"<author><name>[^<]*</name></author>", ""),
    "an unnamed author": (r"<author><name>[^<]*</name>", "<author><name></name>"),
    "a child that has no place": (r"<summary>", "<description>x</description><summary>"),
    "a category without a term": (r'<category term="[^"]*"', "<category"),
    "HTML that is not escaped": (r'<content type="html">', '<content type="html"><b/>'),
    "not well-formed": (r"</entry>", "</entri>"),
    "an entry twice": (r"(?s)(<entry>.*?</entry>)", r"\1\1"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_feed_would_be_seen(name: str) -> None:
    text = render(stories.day(), "atom")
    pattern, new = BROKEN[name]
    broken = re.sub(pattern, new, text)
    assert broken != text
    assert faults(text) == []
    assert faults(broken) != []


def test_feedparser_reads_it_back_whole() -> None:
    report = stories.day()
    links = (("self", HOME + ".atom"), ("first", HOME + ".atom"))
    found = parse(render(report, "atom", base_url=HOME, links=links))
    assert found.version == "atom10"
    assert found.feed.title == "Stories and their copies"
    assert found.feed.generator == "news-aggregator-dedup"
    assert {(link.rel, link.href) for link in found.feed.links} == {
        ("alternate", HOME), ("self", HOME + ".atom"), ("first", HOME + ".atom"),
    }  # fmt: skip
    by_id = {int(entry.link.rpartition("/")[2]): entry for entry in found.entries}
    assert set(by_id) == {story.id for story in report.stories}
    for story in report.stories:
        entry = by_id[story.id]
        assert entry.title == story.title
        assert entry.title_detail.language == story.lead.language
        assert entry.author == story.first.outlet
        assert entry.published == stamp(story.first.published_at)
        assert entry.updated == stamp(updated_at(story))
        assert entry.summary.startswith(f"{story.first.outlet} first")
        related = [(link.href, link.title) for link in entry.links if link.rel == "related"]
        assert [url for url, _ in related] == [copy.url for copy in story.copies]
        assert all(title.startswith(copy.outlet)
                   for (_, title), copy in zip(related, story.copies, strict=True))  # fmt: skip
        for copy in story.copies:  # listed in the content, with their links
            assert f'href="{copy.url}"' in entry.content[0].value
            assert f">{copy.outlet}</a>: {copy.relation.value}" in entry.content[0].value
        assert [tag.term for tag in entry.get("tags", [])] == [story.agency] * bool(story.agency)


def test_what_changed_last_comes_first_and_the_feed_is_as_new_as_that() -> None:
    day = stories.day()
    told = [
        replace(story, changed_at=stories.NOW - timedelta(minutes=n * 7 % 5))
        for n, story in enumerate(day.stories)
    ]
    found = parse(render(replace(day, stories=tuple(told)), "atom"))
    times = [entry.updated for entry in found.entries]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) > 1
    assert found.feed.updated == times[0]


def test_an_entry_keeps_its_id_and_moves_when_its_story_grows() -> None:
    ferry = stories.ferry()

    def entry(story: Any) -> Any:
        return parse(render(stories.report(story), "atom")).entries[0]

    before = entry(ferry)
    late = stories.copy(9, "Late Post", Relation.SHORTENED, after=900)
    after = entry(replace(ferry, copies=(*ferry.copies, late), outlets=9))
    assert after.id == before.id
    assert after.updated_parsed > before.updated_parsed
    # Told by the database it moves with every change, also with one that has no time of its own.
    told = entry(replace(ferry, changed_at=stories.NOW))
    assert told.updated == stamp(stories.NOW)


def test_ids_are_those_of_one_installation() -> None:
    def ids(name: str, **more: Any) -> list[str]:
        report = replace(stories.day(), installation=name)
        found = parse(render(report, "atom", **more))
        return [found.feed.id, *(entry.id for entry in found.entries)]

    here, there = ids("a-1"), ids("b-2")
    assert here == ids("a-1", base_url=HOME)
    assert len(set(here)) == len(here) == len(stories.day().stories) + 1
    assert not set(here) & set(there)
    assert all(each.startswith("urn:uuid:") for each in here)


def test_another_question_is_another_feed_of_the_same_entries() -> None:
    def feed(**asked: Any) -> Any:
        return parse(render(replace(stories.day(), asked=StoryQuery(**asked)), "atom"))

    every, cpa = feed(), feed(agency="cpa", min_outlets=2)
    assert every.feed.id != cpa.feed.id
    assert cpa.feed.title == "Stories and their copies: copy of CPA, 2 outlets or more"
    assert [entry.id for entry in every.entries] == [entry.id for entry in cpa.entries]
    # The span of time and the page move on; the feed is the same.
    later = feed(agency="cpa", min_outlets=2, since=stories.NOW, limit=7, offset=14)
    assert later.feed.id == cpa.feed.id


def test_many_copies_are_counted_past_a_bound() -> None:
    (entry,) = parse(render(stories.report(stories.huge(200)), "atom")).entries
    assert len([link for link in entry.links if link.rel == "related"]) == 60
    assert "and 140 more copies" in entry.content[0].value


def test_addresses_that_no_iri_may_hold_are_encoded() -> None:
    story = stories.only_here()
    odd = replace(story.lead, url='https://a.example/x?q={"<a>|b`^\\}')
    text = render(stories.report(replace(story, lead=odd, copies=(odd,))), "atom")
    assert faults(text) == []
    assert "https://a.example/x?q=%7B%22%3Ca%3E%7Cb%60%5E%5C%7D" in text
