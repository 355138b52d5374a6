"""Our pages show nothing of a table that the visitor may not see, on either line of Datasette."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("datasette.app", reason="Datasette is in the extra [browse]")

from aggregator.core.listings import ListQuery
from aggregator.datasette_plugin import access, comparing
from aggregator.datasette_plugin.metadata import metadata
from aggregator.edge import reading
from aggregator.model import StoryQuery
from tests import stories
from tests.edge.test_datasette_plugin import ask, make, registered

__all__ = ["registered"]  # the plug-in stands in these tests too
PATHS = ("/-/outlets", "/-/agencies", "/-/compare?a=1&b=4",
         "/-/stories", "/-/stories/1", "/-/stories.json",
         "/-/stories/1.atom", "/-/outlet/2", "/-/outlet/2.json", "/-/agency/cpa",
         "/-/agency/cpa.json")  # fmt: skip
# Say nothing that the table of articles does not: the index of its words, what is computed from
# them, and how the file was made.
OPEN = {"articles_fts", "fingerprints", "sentences", "meta"}


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("access") / "news.db"
    return stories.database(path, *stories.day().stories)


def test_every_table_that_a_page_reads_is_asked_for(news: Path) -> None:
    read = set()

    def watch(action: int, table: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ and table:
            read.add(table)
        return sqlite3.SQLITE_OK

    now = datetime(2026, 11, 21, tzinfo=UTC)
    query = StoryQuery(text="ferry", outlet="metro-24.example", agency="cpa", language="en",
                       since=stories.START, until=now, min_outlets=2, min_sources=1)  # fmt: skip
    with closing(sqlite3.connect(news)) as db:
        db.row_factory = sqlite3.Row  # as Datasette has it
        db.set_authorizer(watch)
        # All that plug-in pages call in that room, so that a new reader is not forgotten.
        room = Path(access.__file__).parent
        told = "".join(path.read_text(encoding="utf-8") for path in room.glob("*.py"))
        called = {name for name in reading.__all__ if f"reading.{name}(" in told}
        calls = {
            "read_report": lambda: [
                reading.read_report(db, each, now=now, **more)
                for each in (query, StoryQuery(), StoryQuery(latest=True))
                for more in ({}, {"listed": True})
            ],
            "read_story": lambda: [reading.read_story(db, number) for number in (1, 7, 21)],
            "read_outlet": lambda: [reading.read_outlet(db, 2), reading.read_outlet(db, "x")],
            "read_agency": lambda: reading.read_agency(db, "cpa"),
            "read_outlets": lambda: reading.read_outlets(db, ListQuery(words="metro")),
            "read_agencies": lambda: reading.read_agencies(db, ListQuery(words="cpa")),
            "read_choices": lambda: reading.read_choices(db),
            "read_installation": lambda: reading.read_installation(db),
        }
        assert called <= set(calls)
        for name in called:
            calls[name]()
        assert comparing._read(db, "1", "4") is not None
    there = {name for name in read if not name.startswith(("sqlite_", "articles_fts_"))}
    assert {"articles", "corrections", "parents"} <= there
    assert there <= {*access.TABLES, *OPEN, "json_each"}, there - set(access.TABLES)


@pytest.mark.parametrize("table", access.TABLES)
def test_whoever_may_not_see_a_table_sees_no_page(news: Path, table: str) -> None:
    told = metadata("news")
    tables = told["databases"]["news"]["tables"]
    tables[table] = {**tables.get(table, {}), "allow": {"id": "root"}}
    for answer in ask(make(news, metadata=told), *PATHS):
        assert answer.status_code == 403
        assert "Ferry" not in answer.text and "Metro" not in answer.text


def test_whoever_may_see_all_sees_the_pages(news: Path) -> None:
    told = metadata("news")
    told["databases"]["news"]["allow"] = {"id": "root"}
    site = make(news, metadata=told)
    assert {each.status_code for each in ask(site, *PATHS)} == {403}
    site = make(news, metadata=told)
    cookies = {"ds_actor": site.sign({"a": {"id": "root"}}, "actor")}
    assert {each.status_code for each in ask(site, *PATHS, cookies=cookies)} == {200}


def test_the_link_to_the_stories_is_for_those_who_may_read_them(news: Path) -> None:
    told = metadata("news")
    told["databases"]["news"]["tables"]["credits"] = {"allow": {"id": "root"}}
    (closed,) = ask(make(news, metadata=told), "/news/articles")
    assert closed.status_code == 200 and 'href="/-/stories">Stories' not in closed.text
    (opened,) = ask(make(news), "/news/articles")
    assert 'href="/-/stories">Stories' in opened.text


def test_an_address_that_nothing_answers_is_not_found(news: Path) -> None:
    deep, other = ask(make(news), "/a/b/c/d/e", "/-/stories/1/2/3/4")
    assert deep.status_code == other.status_code == 404
