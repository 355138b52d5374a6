"""What the plug-in serves to programs: valid Atom with pages, and JSON as the schema says."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import feedparser
import pytest
from jsonschema import Draft202012Validator

pytest.importorskip("datasette.app", reason="Datasette is in the extra [browse]")

from aggregator.core.shapes import published_schema
from aggregator.edge import reading
from aggregator.edge.outputs import render
from aggregator.model import StoryQuery
from tests import stories
from tests.edge.test_datasette_plugin import get, registered
from tests.rfc4287 import faults

__all__ = ["registered"]  # a fixture that runs by itself
MANY = 120


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A day with hostile titles, and more stories than one page holds."""
    path = tmp_path_factory.mktemp("feed") / "news.db"
    many = [stories.only_here(1000 + n, f"Outlet {n}") for n in range(MANY)]
    stories.database(path, *stories.day().stories, stories.hostile_but_storable(), *many)
    with closing(sqlite3.connect(path)) as db, db:
        # The last one changed last, whatever its width.
        db.execute(
            "UPDATE clusters SET updated_at = '2026-11-21T10:' || printf('%02d', id % 60)"
            " || ':00Z' WHERE id >= 1000"
        )
        db.execute("UPDATE clusters SET updated_at = '2026-11-22T00:00:00Z' WHERE id = 1119")
    yield path


def parse(answer: Any) -> Any:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert faults(answer.text) == []
    found = feedparser.parse(io.BytesIO(answer.content))
    assert not found.bozo
    return found


def links(feed: Any) -> dict[str, str]:
    return {link.rel: link.href for link in feed.feed.links}


def test_the_feed_begins_with_what_changed_last(news: Path) -> None:
    (answer,) = get(news, "/-/stories.atom")
    feed = parse(answer)
    assert feed.entries[0].link == "http://localhost/-/stories/1119"
    times = [entry.updated for entry in feed.entries]
    assert times == sorted(times, reverse=True)
    assert feed.feed.updated == times[0] == "2026-11-22T00:00:00Z"


def test_its_pages_lead_from_one_to_the_next_and_hold_each_story_once(news: Path) -> None:
    path, seen, ids = "/-/stories.atom?q=seagrass", [], set()
    while path:
        (answer,) = get(news, path)
        feed = parse(answer)
        found = links(feed)
        assert found["self"] == f"http://localhost{path}"
        assert found["first"] == "http://localhost/-/stories.atom?q=seagrass"
        assert ("previous" in found) == bool(seen)
        ids.add(feed.feed.id)
        seen += [entry.id for entry in feed.entries]
        path = found.get("next", "").removeprefix("http://localhost")
    assert len(seen) == len(set(seen)) == MANY + 1
    assert len(ids) == 1


def test_a_filtered_feed_says_so_and_keeps_the_ids_of_entries(news: Path) -> None:
    every, cpa = map(parse, get(news, "/-/stories.atom?page=3", "/-/stories.atom?agency=cpa"))
    assert cpa.feed.title == "Stories and their copies: copy of CPA"
    assert cpa.feed.id != every.feed.id
    (one,) = get(news, "/-/stories/1.atom")
    entry = parse(one).entries[0]
    assert links(parse(one))["self"] == "http://localhost/-/stories/1.atom"
    assert entry.id in {each.id for each in cpa.entries}


def test_a_file_has_the_same_ids_as_the_server(news: Path) -> None:
    with closing(sqlite3.connect(news)) as db:
        query = StoryQuery(limit=500, latest=True)
        report = reading.read_report(db, query, now=stories.NOW)
    assert report.installation
    file = feedparser.parse(io.BytesIO(render(report, "atom").encode()))
    served = parse(get(news, "/-/stories.atom")[0])
    assert {entry.id for entry in served.entries} < {entry.id for entry in file.entries}
    assert served.feed.id == file.feed.id
    other = replace(report, installation="another")
    assert served.feed.id not in render(other, "atom")


def test_a_reader_who_has_it_is_told_so(news: Path) -> None:
    (first,) = get(news, "/-/stories.atom")
    tag = first.headers["etag"]
    (again,) = get(news, "/-/stories.atom", headers={"if-none-match": f'"x", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    (other,) = get(news, "/-/stories.atom?agency=cpa", headers={"if-none-match": tag})
    assert other.status_code == 200


def test_json_is_what_the_schema_says(news: Path) -> None:
    paths = (
        "/-/stories.schema.json", "/-/stories.json", "/-/stories.json?q=ferry&since=all",
        "/-/stories/1.json", "/-/stories/23.json", "/-/outlet/1.json", "/-/agency/cpa.json",
        "/-/stories/999999.json",
    )  # fmt: skip
    schema, *documents = get(news, *paths)
    assert schema.headers["content-type"] == "application/schema+json"
    assert schema.json() == published_schema()
    for path, answer in zip(paths[1:], documents, strict=True):
        document = answer.json()
        strict = published_schema(closed=True)
        faulty = [fault.message for fault in Draft202012Validator(strict).iter_errors(document)]
        assert faulty == [], path
