"""What is told of a story follows its proof: credits, other stories, dates, owners come and go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.core.provenance import CARRIED
from aggregator.core.whose import contradiction_words, parent_words, uncredited
from aggregator.edge import reading
from aggregator.edge.schema.originality import ORIGINALITY
from aggregator.edge.store import Store, keeping, owners, passes, timing, waiting
from aggregator.model import Article, Copy, Feed, Role, Stated, Story, TimeSource
from tests.core import wires
from tests.edge.test_store_corpus import (
    NOW,
    RULES,
    START,
    Desk,
    credited,
    entry_for,
    listed,
    paper,
    prose,
    watched,
)

ONE, TWO = wires.DAM, wires.invent("port", 400)
PART = wires.cut(TWO, 0.4)
BLEND = (*wires.cut(ONE, 0.6), *PART)
INFERRED = (
    "SELECT articles.url_key || ' ' || credits.agency FROM credits"
    " JOIN articles ON articles.id = article WHERE role = 'inferred' ORDER BY 1"
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Store(tmp_path / "news.db") as store:
        yield Desk(store)


def _story(desk: Desk, url: str) -> Story:
    (row,) = desk.store.query("SELECT cluster FROM articles WHERE url = ?", [url])
    story = reading.read_story(desk.store.connection, row[0])
    assert story is not None
    return story


def _copy(desk: Desk, url: str) -> Copy:
    return next(copy for copy in _story(desk, url).copies if copy.url == url)


# -- whose words a page carries


def test_a_credit_that_leaves_a_page_takes_what_it_proved_with_it(desk: Desk) -> None:
    proof = paper("http://one.example/a", ONE, credits=credited("afp"))
    desk.keep(proof)
    desk.keep(paper("http://two.example/a", ONE, at=5))
    desk.cluster()
    assert desk.column(INFERRED) == ["two.example/a afp"]
    assert desk.keep(replace(proof, credits=())) == "revised"  # not a word of the text changed
    desk.cluster()
    assert desk.column(INFERRED) == []
    assert uncredited(_copy(desk, "http://two.example/a"), _story(desk, proof.url)) is False
    desk.keep(proof)
    desk.cluster()
    assert desk.column(INFERRED) == ["two.example/a afp"]


def _blend(desk: Desk) -> str:
    """Two stories of two copies each, and a page of both; gives the page's address."""
    for number in (1, 2):
        desk.keep(paper(f"http://one{number}.example/a", ONE[: 10 - number], at=number))
        desk.keep(paper(f"http://two{number}.example/a", TWO[: 10 - number], at=number))
    desk.keep(paper("http://blend.example/a", BLEND, at=60))
    desk.cluster()
    return "http://blend.example/a"


def test_a_page_of_two_stories_shows_the_other_one(desk: Desk) -> None:
    url = _blend(desk)
    assert len(desk.partition()) == 2
    page, other = _copy(desk, url), _story(desk, "http://two1.example/a")
    (parent,) = page.parents
    assert (parent.story, parent.title) == (other.id, other.title)
    assert parent.share == pytest.approx(0.4, abs=0.05)
    assert page.relation == "merged"
    (words,) = parent_words(page)
    assert words.startswith(f"{parent.share:.0%}".replace("%", " %"))
    assert words.endswith(f"story {other.id}")
    assert all(copy.parents == () for copy in other.copies)


def test_an_original_alone_is_no_part_of_the_page_that_took_it(desk: Desk) -> None:
    desk.keep(paper("http://one1.example/a", ONE))
    desk.keep(paper("http://one2.example/a", ONE[:9], at=1))
    desk.keep(paper("http://two1.example/a", TWO, at=2))
    desk.keep(paper("http://blend.example/a", BLEND, at=60))
    desk.cluster()
    assert _copy(desk, "http://two1.example/a").parents == ()
    assert _copy(desk, "http://two1.example/a").relation == "only here"
    (parent,) = _copy(desk, "http://blend.example/a").parents
    assert parent.outlet == "two1.example"


def test_a_credit_in_the_other_story_reaches_the_page_and_leaves_it_again(desk: Desk) -> None:
    url = _blend(desk)
    assert desk.column(INFERRED) == []
    for name, agency in (("one1", "afp"), ("two1", "reuters")):
        text = ONE[:9] if name == "one1" else TWO[:9]
        desk.keep(paper(f"http://{name}.example/a", text, credits=credited(agency)))
    desk.cluster()
    assert desk.column(INFERRED) == [
        "blend.example/a afp", "blend.example/a reuters", "one2.example/a afp",
        "two2.example/a reuters",
    ]  # fmt: skip
    assert _copy(desk, url).parents[0].agency == "reuters"
    desk.keep(paper("http://two1.example/a", TWO[:9]))
    desk.cluster()
    assert desk.column(INFERRED) == ["blend.example/a afp", "one2.example/a afp"]


def test_a_text_that_stands_whole_in_a_page_of_two_proves_nothing_by_it(desk: Desk) -> None:
    """The page credits one agency; its second half is no more that agency's for it."""
    desk.keep(paper("http://one1.example/a", ONE, credits=credited("afp")))
    desk.keep(paper("http://one2.example/a", ONE[:8], at=1))
    desk.keep(paper("http://two1.example/a", PART, at=2))
    desk.keep(paper("http://blend.example/a", BLEND, at=60, credits=credited("afp")))
    desk.cluster()
    assert desk.column(INFERRED) == ["one2.example/a afp"]


def test_an_article_set_apart_has_no_parents(desk: Desk) -> None:
    url = _blend(desk)
    desk.keep(paper(url, "Too short to be compared with anything at all.", verdict="thin"))
    desk.keep(paper(url, prose("another")))
    desk.cluster()
    assert desk.column("SELECT article FROM parents") == []


def test_contradicting_credits_are_shown_with_who_gives_which(desk: Desk) -> None:
    desk.keep(paper("http://one.example/a", ONE, credits=credited("afp")))
    desk.keep(paper("http://two.example/a", ONE, at=1, credits=credited("afp")))
    desk.keep(paper("http://odd.example/a", ONE, at=2, credits=credited("reuters")))
    desk.cluster()
    story = _story(desk, "http://one.example/a")
    assert [(claim.agency, claim.outlets) for claim in story.claims] == [
        ("afp", ("one.example", "two.example")), ("reuters", ("odd.example",)),
    ]  # fmt: skip
    assert contradiction_words(story) == (
        "the copies contradict each other: one.example and two.example credit"
        " Agence France-Presse; odd.example credits Reuters"
    )
    assert desk.one("SELECT count(*) FROM republications WHERE credits_contradict") == 2


# -- when it was published


def _polled(store: Store, feed: Feed, *hours: float) -> None:
    for hour in hours:
        listed(store, feed, now=NOW + timedelta(hours=hour))


def _read(store: Store, article: Article, hour: float, **entry: Any) -> Any:
    """List and read an article at an hour from NOW; gives its row."""
    (feed,) = watched(store, "http://copycat.example/feed")
    now = NOW + timedelta(hours=hour)
    listed(store, feed, entry_for(article, **entry), now=now)
    item = waiting.waiting(store, now=now, limit=1)[0]
    keeping.keep_article(store, item, article, rules=RULES, now=now)
    return store.query("SELECT * FROM articles WHERE url = ?", [article.url])[0]


def _dated(url: str, at: Any) -> Article:
    return paper(url, ONE, published_at=at, stated=(Stated(at=at, source=TimeSource.PAGE),))


def test_a_page_dated_back_is_ordered_by_first_sight_with_a_remark(tmp_path: Path) -> None:
    """C11: the copycat's feed was polled all along."""
    with Store(tmp_path / "news.db") as store:
        desk = Desk(store)
        desk.keep(_dated("http://honest.example/a", START + timedelta(hours=6)))
        (feed,) = watched(store, "http://copycat.example/feed")
        _polled(store, feed, -24, -12, 0.25, 0.5)
        row = _read(store, _dated("http://copycat.example/a", START), 0.75)
        assert row["published_at"] == row["first_seen_at"] == "2026-11-20T12:45:00Z"
        assert (row["time_source"], row["stated_at"]) == ("first seen", "2026-11-20T04:00:00Z")
        assert "did not list it at 20 Nov 2026, 12:30 UTC" in row["time_remark"]
        desk.cluster()
        story = _story(desk, "http://honest.example/a")
        assert story.first.domain == "honest.example"
        assert story.lead.domain == "honest.example"


def test_a_feed_that_failed_or_was_cut_bears_no_witness(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        Desk(store)
        (feed,) = watched(store, "http://copycat.example/feed")
        _polled(store, feed, -24)
        store.connection.execute(
            "INSERT INTO polls (feed, polled_at, result, dropped) VALUES"
            " (?, '2026-11-20T11:00:00Z', 'failed', 0), (?, '2026-11-20T11:30:00Z', 'new', 9)",
            [feed.id, feed.id],
        )
        found = timing.watched(store.connection, feed.id, NOW)
        assert found is not None
        assert found.since == found.without == NOW - timedelta(hours=24)
        assert timing.watched(store.connection, feed.id, NOW - timedelta(days=2)) is None


def test_the_first_date_stands_and_a_later_one_is_remarked(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        desk = Desk(store)
        article = _dated("http://copycat.example/a", START)
        _read(store, article, 0)
        moved = START + timedelta(hours=9)
        row = _read(store, article, 1, published_at=moved, title="Moved")
        assert row["published_at"] == "2026-11-20T04:00:00Z"
        assert store.query("SELECT redated_at FROM entries")[0][0] == "2026-11-20T13:00:00Z"
        desk.cluster()
        remark = _copy(desk, article.url).time_remark
        assert remark.startswith("its feed moved the date to 20 Nov 2026, 13:00 UTC")


def test_a_bare_day_travels_from_the_feed_to_the_story(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        desk = Desk(store)
        day = NOW - timedelta(days=9, hours=12)
        stated = (Stated(at=day, source=TimeSource.FEED, day_only=True),)
        article = paper("http://copycat.example/a", ONE, published_at=day, stated=stated)
        _read(store, article, 0, day_only=True)
        assert store.query("SELECT day_only FROM entries")[0][0] == 1
        desk.cluster()
        copy = _copy(desk, article.url)
        assert (copy.day_only, copy.time_trust) == (True, "low")
        assert copy.published_at == day + timedelta(days=1, seconds=-1)


# -- owners


def test_config_overrules_the_bundled_families_and_stories_are_counted_again(desk: Desk) -> None:
    desk.keep(paper("http://www.indystar.com/a", [*ONE, *prose("x", 9)]))
    desk.keep(paper("http://www.freep.com/a", ONE, at=5))
    desk.cluster()
    families = "SELECT DISTINCT family FROM outlets WHERE domain IN ('indystar.com', 'freep.com')"
    (bundled,) = desk.column(families)
    assert "Gannett" in bundled
    copies = _story(desk, "http://www.freep.com/a").copies
    assert {copy.family for copy in copies} == {bundled}
    with desk.store.write() as db:
        assert owners.set_families(db, {"freep.com": "The Others"}) == 1
        assert owners.set_families(db, {"freep.com": "The Others"}) == 0
    assert desk.one("SELECT count(*) FROM fingerprints WHERE clustered = 0") == 1
    desk.cluster()
    assert sorted(desk.column(families)) == sorted(["The Others", bundled])
    with desk.store.write() as db:  # what config no longer says is undone
        assert owners.set_families(db, {}) == 1


def test_watching_a_config_sets_the_families(desk: Desk) -> None:
    from aggregator.config import Config

    config = Config.model_validate(
        {"outlets": ({"domain": "a.example", "name": "A", "family": "One Group"},)}
    )
    passes.watch(desk.store, config, [], now=NOW)
    assert desk.one("SELECT family FROM outlets WHERE domain = 'a.example'") == "One Group"
    passes.watch(desk.store, Config(), [], now=NOW)
    assert desk.one("SELECT family FROM outlets WHERE domain = 'a.example'") is None


def test_the_views_draw_the_line_where_the_rule_does() -> None:
    assert ORIGINALITY.count(f">= {CARRIED}") == 1  # else `carried`, told by that rule


def test_only_the_agencys_own_page_is_not_said_to_repeat_it(desk: Desk) -> None:
    desk.keep(paper("http://afp.com/a", ONE, credits=credited("afp", Role.OWN)))
    desk.keep(paper("http://one.example/a", ONE, at=5))
    desk.cluster()
    assert desk.column("SELECT outlet || ' ' || kind FROM who_repeats_whom") == [
        "one.example agency"
    ]
