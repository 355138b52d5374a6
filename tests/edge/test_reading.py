"""Stories, feed health and tallies as they are read from a database; nothing is written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.utils import sqlite3

from aggregator.edge import health, reading
from aggregator.edge.store import Store, collecting, folding, leasing, passes
from aggregator.edge.store import reading as open_snapshot
from aggregator.errors import StoreError
from aggregator.model import Relation, Report, Role, StoryQuery
from tests.edge.test_store_corpus import (
    ME,
    NOW,
    RULES,
    Desk,
    claimed,
    credited,
    digest_rows,
    listed,
    paper,
    prose,
    watched,
)

FLOOD = prose("flood", 16)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A story of four outlets, one of two in French, one alone; the last seen a day later."""
    with Store(tmp_path_factory.mktemp("reading") / "news.db") as store:
        desk = Desk(store)
        desk.keep(paper(
            "http://afp.com/flood", FLOOD, title="Flood", at=10, credits=credited("afp", Role.OWN),
            authors=("Ines Kaldor",),
        ))  # fmt: skip
        desk.keep(paper("http://one.example/flood", FLOOD, title=" FLOOD ", at=20))
        desk.keep(paper(
            "http://two.example/flood", FLOOD[:9], title="Water everywhere", at=30,
            credits=credited("afp"),
        ))  # fmt: skip
        desk.keep(paper("http://early.example/flood", FLOOD[4:], title="Flood", at=0))
        desk.keep(paper("http://one.example/musee", prose("musee"), at=40, language="fr"))
        desk.keep(paper("http://two.example/musee", prose("musee"), at=45, language="fr"))
        desk.keep(paper("http://two.example/wall", "Accept?", verdict="wall", reason="a wall"))
        desk.cluster()
        desk.now += timedelta(days=1)
        desk.keep(paper(
            "http://one.example/alone", [*prose("alone"), "The xylophone was never found."],
            title="Alone", at=1500,
        ))  # fmt: skip
        corrected = [*FLOOD[:9], "A correction was made on Saturday."]
        desk.keep(paper("http://two.example/flood", corrected, title="Water", at=30), title="Water")
        desk.cluster()
        yield desk


def ask(desk: Desk, **query: Any) -> Report:
    return reading.read_report(desk.store.connection, StoryQuery(**query), now=desk.now)


def titles(report: Report) -> list[str]:
    return [story.title for story in report.stories]


# -- the list


def test_stories_come_widest_first_with_copies_in_order_of_publication(desk: Desk) -> None:
    report = ask(desk)
    assert [story.outlets for story in report.stories] == [4, 2, 1]
    story = report.stories[0]
    assert [copy.domain for copy in story.copies] == [
        "early.example", "afp.com", "one.example", "two.example",
    ]  # fmt: skip
    assert story.first.domain == "early.example"
    assert story.lead.domain == "afp.com"
    assert (story.title, story.agency, story.agency_name) == (
        "Flood",
        "afp",
        "Agence France-Presse",
    )
    assert story.copied == 3
    assert story.independent == 1
    assert "within 3 days" in story.thresholds


def test_each_copy_says_what_its_outlet_did(desk: Desk) -> None:
    copies = {copy.domain: copy for copy in ask(desk).stories[0].copies}
    assert copies["early.example"].relation is Relation.FIRST
    assert copies["one.example"].relation is Relation.WORD_FOR_WORD
    assert copies["two.example"].relation is Relation.LIGHTLY_EDITED
    assert (copies["afp.com"].copied, copies["afp.com"].is_lead) == (None, True)
    assert copies["afp.com"].agency_role is Role.OWN
    assert copies["one.example"].agency_role is Role.INFERRED
    assert copies["one.example"].credits[0].source_article == copies["afp.com"].article
    assert copies["afp.com"].authors == ("Ines Kaldor",)
    assert copies["afp.com"].published_at == datetime(2026, 11, 20, 4, 10, tzinfo=UTC)


def test_a_headline_is_new_only_when_its_words_are(desk: Desk) -> None:
    new = {copy.domain: copy.new_headline for copy in ask(desk).stories[0].copies}
    assert new == {
        "afp.com": False, "one.example": False, "early.example": False, "two.example": True,
    }  # fmt: skip


def test_lists_carry_no_texts_and_one_story_carries_them_all(desk: Desk) -> None:
    listed_story = ask(desk).stories[0]
    assert {copy.text for copy in listed_story.copies} == {""}
    assert listed_story.pairs == ()
    whole = reading.read_story(desk.store.connection, listed_story.id)
    assert whole is not None
    by_domain = {copy.domain: copy for copy in whole.copies}
    assert by_domain["afp.com"].text == "\n".join(FLOOD)
    assert [r.title for r in by_domain["two.example"].revisions] == ["Water everywhere", "Water"]
    assert [r.seen_at for r in by_domain["two.example"].revisions] == [NOW, NOW + timedelta(days=1)]
    assert len(whole.pairs) >= 3
    articles = {copy.article for copy in whole.copies}
    assert {p.a for p in whole.pairs} | {p.b for p in whole.pairs} <= articles


def test_evidence_is_strongest_first(desk: Desk) -> None:
    evidence = ask(desk).stories[0].agency_evidence
    assert evidence[0].startswith("afp.com")
    assert all("(afp)" in line for line in evidence)


def test_totals_are_those_of_the_window(desk: Desk) -> None:
    report = ask(desk)
    assert (report.total_stories, report.articles, report.outlets) == (3, 7, 4)
    assert report.copies == 4  # three of the flood, one of the museum
    late = ask(desk, since=NOW + timedelta(hours=1))
    assert (late.articles, late.total_stories) == (1, 1)
    assert titles(late) == ["Alone"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"min_outlets": 2}, [4, 2]),
        ({"min_outlets": 4}, [4]),
        ({"min_outlets": 5}, []),
        ({"agency": "afp"}, [4]),
        ({"agency": "nobody"}, []),
        ({"outlet": "one.example"}, [4, 2, 1]),
        ({"outlet": "early.example"}, [4]),
        ({"outlet": "no.example"}, []),
        ({"language": "fr"}, [2]),
        ({"text": "xylophone"}, [1]),
        ({"text": "XYLOPHONE never"}, [1]),
        ({"text": "xylophone absent"}, []),
        ({"since": NOW}, [4, 2, 1]),
        ({"outlet": "one.example", "language": "fr", "min_outlets": 2}, [2]),
        ({"limit": 1}, [4]),
        ({"limit": 2, "offset": 1}, [2, 1]),
        ({"offset": 9}, []),
    ],
)
def test_filters(desk: Desk, query: dict[str, Any], found: list[int]) -> None:
    assert [story.outlets for story in ask(desk, **query).stories] == found


def test_a_page_of_stories_says_how_many_there_are(desk: Desk) -> None:
    assert ask(desk, limit=1).total_stories == 3


@pytest.mark.parametrize(
    "text",
    [
        '"', '""', "' OR 1=1 --", '" OR NEAR(', "a AND", "NOT", "*", "title:", "text:x", "(", ")",
        "^x", "a + b", "{x y}", "\0", "%", "😀", "  ", " ".join(["word"] * 10_000), "x" * 100_000,
        "flood -water", "NEAR/3",
    ],
)  # fmt: skip
def test_any_search_is_words_and_quick(desk: Desk, text: str) -> None:
    """S12: nothing a reader types is syntax."""
    begun = time.monotonic()
    ask(desk, text=text)
    assert time.monotonic() - begun < 1


def test_search_terms_keep_quotes_as_text() -> None:
    assert reading.search_terms('say "no" OR') == '"say" """no""" "OR"'


# -- one story


def test_a_story_that_is_not_there_is_none(desk: Desk) -> None:
    assert reading.read_story(desk.store.connection, 4711) is None
    assert reading.read_story(desk.store.connection, 2**62) is None


def test_a_merged_id_answers_with_the_story_it_went_to(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        desk = Desk(store)
        desk.keep(paper("http://one.example/a", FLOOD))
        desk.cluster()
        desk.run("INSERT INTO clusters (id, title, updated_at, merged_into) VALUES (9, '', '', 1)")
        story = reading.read_story(store.connection, 9)
        assert story is not None and story.id == 1
        assert 9 not in [each.id for each in ask(desk).stories]


def test_the_number_of_questions_does_not_grow_with_the_stories(tmp_path: Path) -> None:
    counts = []
    for stories in (2, 40):
        with Store(tmp_path / f"{stories}.db") as store:
            desk = Desk(store)
            for number in range(stories):
                desk.keep(paper(f"http://one.example/{number}", prose(str(number))))
            desk.cluster()
            said: list[str] = []
            store.connection.set_trace_callback(said.append)
            assert len(ask(desk).stories) == stories
            store.connection.set_trace_callback(None)
            counts.append(sum(not line.startswith("--") for line in said))
    assert counts[0] == counts[1]


def test_reading_works_on_a_plain_connection_and_writes_nothing(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.store.path)) as db:
        before = digest_rows(db)
        report = reading.read_report(db, StoryQuery(), now=NOW)
        assert len(report.stories) == 3
        assert reading.read_story(db, report.stories[0].id) is not None
        assert not db.in_transaction
        assert digest_rows(db) == before


def test_an_empty_database_gives_an_empty_report(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        report = reading.read_report(store.connection, StoryQuery(), now=NOW)
    assert (report.stories, report.total_stories, report.articles, report.backlog) == ((), 0, 0, 0)


# -- feeds and status


def test_feeds_that_fail_come_first_and_those_switched_off_last(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        good, bad, off = watched(
            store, "http://a.example/f", "http://b.example/f", "http://c.example/f"
        )
        listed(store, good)
        bad = claimed(store, bad)
        collecting.keep_failure(
            store, bad, error="it answered 500", status=500, now=NOW,
            due_at=NOW + timedelta(hours=1), by=ME,
        )  # fmt: skip
        collecting.switch_off(store, off, reason="it answered 410")
        feeds = reading.read_feeds(store.connection)
        assert [feed.url for feed in feeds] == [bad.url, good.url, off.url]
        assert (feeds[0].failures, feeds[0].status, feeds[0].error) == (1, 500, "it answered 500")
        assert feeds[0].due_at == NOW + timedelta(hours=1)
        assert (feeds[2].enabled, feeds[2].error) == (False, "it answered 410")


def test_status_counts_what_is_there(desk: Desk) -> None:
    passes.note(desk.store, {("read", "kept"): 1}, started=NOW, ended=NOW)
    passes.beat(desk.store, now=NOW, about={"pid": "4711"})
    status = health.read_status(desk.store.connection, "news.db", holder=4711, now=NOW)
    assert status.counts == {
        "feeds": 1, "entries": 8, "waiting": 0, "failed": 0, "articles": 8, "unclustered": 0,
        "stories": 3, "shared": 2,
    }  # fmt: skip
    assert (status.running, status.heartbeat, status.last_run) == (4711, NOW, NOW)
    assert "running, process 4711" in status.to_text()
    told = status.to_dict()
    assert told["last_run"] == "2026-11-20T12:00:00Z"


def test_status_tells_who_holds_leases(tmp_path: Path) -> None:
    soon, late = NOW + timedelta(minutes=5), NOW - timedelta(minutes=1)
    with Store(tmp_path / "news.db") as store:
        feeds = watched(store, *(f"http://host{n}.example/f" for n in range(5)))
        before = health.read_status(store.connection, "news.db", holder=None, now=NOW)
        assert before.to_dict()["collectors"] == [] and "collector" not in before.to_text()
        for one, by, until in (
            (feeds[:1], "collect 12-ab", soon - timedelta(minutes=1)),
            (feeds[1:2], "collect 12-ab", soon), (feeds[2:4], "run 7-cd", late),
            (feeds[4:], "collect 9-ef", late),
        ):  # fmt: skip
            leasing.claim_feeds(store, one, by=by, now=late, until=until)
        with store.write() as db:  # dropped from config amid a poll: nobody's to pick up
            db.execute("UPDATE feeds SET enabled = 0 WHERE id = ?", [feeds[4].id])
        status = health.read_status(store.connection, "news.db", holder=None, now=NOW)
    assert status.to_dict()["collectors"] == [
        {"name": "collect 12-ab", "process": 12, "feeds": 2, "until": "2026-11-20T12:05:00Z",
         "overdue": False},
        {"name": "run 7-cd", "process": 7, "feeds": 2, "until": "2026-11-20T11:59:00Z",
         "overdue": True},
    ]  # fmt: skip
    lines = [line for line in status.to_text().splitlines() if line.startswith("collector")]
    assert lines == [
        "collector  collect 12-ab: 2 feeds leased, to 2026-11-20T12:05:00Z",
        "collector  run 7-cd: 2 feeds leased, overdue since 2026-11-20T11:59:00Z",
    ]


def test_status_cannot_be_steered_by_a_feed(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        folding.prepare(store, rules=RULES)
        (feed,) = watched(store, "http://a.example/f")
        with store.write() as db:
            db.execute("UPDATE feeds SET name = ?", ["evil\x1b[2J\nname"])
        feed = claimed(store, feed)
        collecting.keep_failure(
            store, feed, error="\x1b]0;x\x07bad\r\nline", status=None, now=NOW, due_at=NOW, by=ME
        )
        text = health.read_status(store.connection, "news.db", holder=None, now=NOW).to_text()
    assert "\x1b" not in text and "\r" not in text and "\x07" not in text
    assert sum("failing" in line for line in text.splitlines()) == 1


def test_status_of_a_database_that_is_not_ours_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE t (x)")
    with pytest.raises(StoreError, match="not an aggregator database"), open_snapshot(path) as db:
        health.read_status(db, str(path), holder=None, now=NOW)
