"""Lists are read from narrow rows and say what the stories, the profiles and the views say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from aggregator.core.listings import AGENCY_SORTS, OUTLET_SORTS, ListQuery
from aggregator.core.strip import line_of
from aggregator.edge import reading
from aggregator.edge.store import Store
from aggregator.model import Role, StoryQuery
from tests.edge.test_store_corpus import NOW, Desk, credited, paper, prose

FLOOD, QUAKE = prose("flood", 16), prose("quake", 16)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An agency's story at four outlets, one without credit; a story of two; two alone."""
    with Store(tmp_path_factory.mktemp("lists") / "news.db") as store:
        desk = Desk(store)
        desk.keep(paper("http://afp.com/flood", FLOOD, at=10, credits=credited("afp", Role.OWN)))
        desk.keep(paper("http://one.example/flood", FLOOD, at=20, credits=credited("afp")))
        desk.keep(paper("http://two.example/flood", FLOOD[:12], at=30))
        desk.keep(paper("http://three.example/flood", FLOOD, at=35, credits=credited("afp")))
        desk.keep(paper("http://one.example/quake", QUAKE, at=40))
        desk.keep(paper("http://two.example/quake", QUAKE, at=45))
        desk.keep(paper("http://sure.example/alone", prose("alone"), at=50))
        desk.keep(paper("http://two.example/wall", "Accept?", verdict="wall", reason="a wall"))
        desk.keep(paper("http://one.example/own", prose("own"), at=55, credits=credited("afp")))
        desk.cluster()
        desk.run("UPDATE outlets SET name = '100%_sure' WHERE domain = 'sure.example'")
        yield desk


@pytest.fixture(scope="module")
def db(desk: Desk) -> Any:
    return desk.store.connection


@pytest.mark.parametrize(
    "query",
    [
        {}, {"min_outlets": 2}, {"text": "flood"}, {"outlet": "one.example"}, {"agency": "afp"},
        {"limit": 1, "offset": 1}, {"text": "quake", "offset": 50}, {"latest": True},
    ],
    ids=str,
)  # fmt: skip
def test_a_list_is_that_of_the_stories(db: Any, query: dict[str, Any]) -> None:
    whole = reading.read_report(db, StoryQuery(**query), now=NOW)
    listed = reading.read_report(db, StoryQuery(**query), now=NOW, listed=True)
    assert listed.stories == () and whole.lines == ()
    assert listed.lines == tuple(line_of(story) for story in whole.stories)
    assert listed.total_stories == whole.total_stories
    assert (listed.articles, listed.copies) == (whole.articles, whole.copies)


def test_what_is_stored_of_a_story_is_what_its_copies_say(db: Any) -> None:
    carried = 0
    for line in reading.read_report(db, StoryQuery(), now=NOW, listed=True).lines:
        story = reading.read_story(db, line.id)
        assert story is not None
        carriers = {
            copy.domain
            for copy in story.copies
            if max(copy.copied or 0, copy.kept or 0) >= 0.5 and copy.domain != story.lead.domain
        }
        assert line.copied == story.copied == len(carriers)
        assert line.first.article == story.first.article
        carried += len(carriers)
    assert carried == 4
    assert reading.read_report(db, StoryQuery(), now=NOW).copies == carried


def test_outlets_add_up(db: Any) -> None:
    found = reading.read_outlets(db, ListQuery())
    lines = {line.domain: line for line in found.lines}
    assert found.total == len(lines) == 5
    for line in found.lines:
        profile = reading.read_outlet(db, line.id)
        assert profile is not None
        assert (line.articles, line.first) == (profile.articles, profile.first)
        assert (line.credited, line.uncredited) == (profile.credited, profile.uncredited)
        assert line.last_at == profile.last_at
    two = lines["two.example"]
    assert (two.articles, two.shared, two.carried, two.wire, two.uncredited) == (3, 2, 2, 1, 1)
    views = db.execute("SELECT domain, wire, uncredited, copies FROM outlet_originality")
    for row in views:
        line = lines[row["domain"]]
        assert (line.wire, line.uncredited, line.carried) == tuple(row)[1:]


def test_agencies_add_up(db: Any) -> None:
    (line,) = reading.read_agencies(db, ListQuery()).lines
    profile = reading.read_agency(db, line.key)
    assert profile is not None
    assert (line.stories, line.widest) == (profile.total, profile.widest) == (2, 4)
    assert (line.articles, line.uncredited) == (profile.articles, profile.uncredited) == (4, 1)


@pytest.mark.parametrize("sort", OUTLET_SORTS)
def test_outlets_come_in_the_order_asked_for_and_the_other_way_round(db: Any, sort: str) -> None:
    def values(*, turned: bool) -> list[Any]:
        lines = reading.read_outlets(db, ListQuery(sort=sort, turned=turned)).lines
        field = {"last": "last_at"}.get(sort, sort)
        return [getattr(line, field) for line in lines]

    assert values(turned=False) == sorted(values(turned=False), reverse=sort != "name")
    assert values(turned=True) == values(turned=False)[::-1]
    assert len(Counter(values(turned=False))) > 1


@pytest.mark.parametrize("sort", [*AGENCY_SORTS, "'; DROP TABLE agencies; --", ""])
def test_a_sort_that_is_none_is_the_first(db: Any, sort: str) -> None:
    assert reading.read_agencies(db, ListQuery(sort=sort)).total == 1


@pytest.mark.parametrize(
    ("words", "domains"),
    [
        ("ONE", {"one.example"}), ("%", {"sure.example"}), ("_", {"sure.example"}),
        ("\\", set()), ("o", {"one.example", "two.example", "afp.com"}), ("'", set()),
    ],
)  # fmt: skip
def test_words_are_searched_for_as_they_stand(db: Any, words: str, domains: set[str]) -> None:
    found = reading.read_outlets(db, ListQuery(words=words))
    assert {line.domain for line in found.lines} == domains
    assert found.total == len(domains)


def test_pages_of_a_list(db: Any) -> None:
    whole = reading.read_outlets(db, ListQuery()).lines
    parts = [reading.read_outlets(db, ListQuery(limit=2, offset=at)) for at in (0, 2, 4, 6)]
    assert tuple(line for part in parts for line in part.lines) == whole
    assert {part.total for part in parts} == {5}
