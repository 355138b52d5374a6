"""The invented archive that pages are timed on hangs together as the program's own would."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aggregator.core.listings import ListQuery
from aggregator.core.strip import line_of
from aggregator.edge import reading
from aggregator.edge.store import reading as open_snapshot
from aggregator.model import StoryQuery
from tests.edge.test_store_corpus import NOW

BENCHES = Path(__file__).parents[2] / "scripts" / "benches"
ARTICLES = 400


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    sys.path.insert(0, str(BENCHES))
    try:
        from stock import stocked

        folder = tmp_path_factory.mktemp("stock")
        path = stocked(folder, ARTICLES)
        assert stocked(folder, ARTICLES) == path  # made once
        yield path
    finally:
        sys.path.remove(str(BENCHES))


@pytest.fixture
def db(stock: Path) -> Iterator[Any]:
    with open_snapshot(stock) as connection:
        yield connection


def test_it_has_so_many_articles_and_is_whole(db: Any) -> None:
    assert db.execute("SELECT count(*) FROM articles").fetchone()[0] == ARTICLES
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    word = db.execute("SELECT text FROM articles WHERE id = 7").fetchone()[0].split()[3]
    assert reading.read_report(db, StoryQuery(text=word), now=NOW).total_stories > 0


def test_what_is_stored_of_stories_is_what_their_copies_say(db: Any) -> None:
    whole = reading.read_report(db, StoryQuery(), now=NOW)
    listed = reading.read_report(db, StoryQuery(), now=NOW, listed=True)
    assert listed.lines == tuple(line_of(story) for story in whole.stories)
    assert whole.stories[0].outlets > 5 and listed.copies > 50


def test_its_outlets_and_agencies_add_up(db: Any) -> None:
    outlets = reading.read_outlets(db, ListQuery(limit=1000)).lines
    assert sum(line.articles for line in outlets) == ARTICLES
    agency = reading.read_agencies(db, ListQuery()).lines[0]
    profile = reading.read_agency(db, agency.key)
    assert profile is not None
    assert (agency.articles, agency.uncredited) == (profile.articles, profile.uncredited)
