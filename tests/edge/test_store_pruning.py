"""Pruning: what goes with age, what stays of it, and that nothing pruned comes back as new."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from aggregator.core.times import stamp
from aggregator.edge import reading
from aggregator.edge.reading import past
from aggregator.edge.store import Store, correcting, folding, keeping, linking, waiting
from aggregator.edge.store.sweeping import Pruned, Spans, Sweep, give_back, sweep
from aggregator.errors import UsageError
from aggregator.model import Role
from tests.edge.test_store_corpus import (
    FOOTER,
    NOW,
    RULES,
    Desk,
    answered,
    credited,
    entry_for,
    listed,
    paper,
    prose,
)
from tests.edge.test_store_corpus import site as site_of

DAY = 86_400.0
LATER = NOW + timedelta(days=40)
SHIP, DAM, OLD = prose("ship"), prose("dam"), prose("old")


def prune(desk: Desk, now: Any = LATER, *, force: bool = False, **days: float) -> Pruned:
    spans = Spans(**{name: value * DAY for name, value in days.items()})
    done = Pruned()
    round_ = Sweep(spans, now=now, force=force)
    for told in sweep(desk.store, round_, is_stopped=lambda: False):
        done = told
    assert desk.store.query("PRAGMA foreign_key_check") == []
    desk.run("INSERT INTO articles_fts(articles_fts) VALUES ('integrity-check')")
    return done


def look(desk: Desk, now: Any = LATER, **days: float) -> Pruned:
    spans = Spans(**{name: value * DAY for name, value in days.items()})
    round_ = Sweep(spans, now=now, dry_run=True)
    with desk.store.snapshot() as db:
        while round_.step(db):
            pass
    return round_.done


def count(desk: Desk, table: str) -> int:
    return int(desk.one(f"SELECT count(*) FROM {table}"))


@pytest.fixture
def day(desk: Desk) -> Desk:
    """A shared story with an uncredited copy, a story of one outlet, a wall; all 40 days old."""
    desk.keep(paper("http://wire.example/ship", SHIP, credits=credited("afp", Role.OWN)))
    desk.keep(paper("http://one.example/ship", SHIP, at=10), body="<p>" + "a " * 500 + "</p>")
    desk.keep(paper("http://two.example/ship", SHIP[:8], at=20, credits=credited("afp")))
    desk.keep(paper("http://two.example/dam", DAM, at=30))
    desk.keep(paper("http://two.example/wall", "Log in to read on.", verdict="wall"))
    desk.cluster()
    return desk


def newer(desk: Desk) -> None:
    """An article of today, so that the highest id is not old."""
    desk.now = LATER
    desk.keep(paper("http://new.example/a", prose("today"), at=40 * 1440))
    desk.cluster()


# -- texts


def test_texts_go_and_what_was_found_out_stays(day: Desk) -> None:
    newer(day)
    told = day.told()
    story = day.story_of("http://one.example/ship")
    before = [dict(row) for row in day.store.query("SELECT * FROM clusters ORDER BY id")]
    done = prune(day, texts=30)
    assert (done.texts, done.articles, done.stories, done.decided) == (5, 0, 0, 0)
    assert day.column("SELECT text FROM articles WHERE id < 6") == [""] * 5
    assert day.one("SELECT text FROM articles WHERE id = 6") != ""
    assert {key: row[:-1] for key, row in day.told().items()} == {
        key: row[:-1] for key, row in told.items()
    }, "relation, shares, credits, lead, agency stand as they were"
    assert [dict(row) for row in day.store.query("SELECT * FROM clusters ORDER BY id")] == before
    assert set(day.column("SELECT text FROM revisions WHERE article < 6")) == {""}
    assert day.column("SELECT body FROM entries WHERE body IS NOT NULL") == []
    for table in ("fingerprints", "bands", "samples", "sentences"):
        assert day.column(f"SELECT DISTINCT article FROM {table}") == [6], table
    lead = day.one("SELECT lead FROM clusters WHERE id = ?", story)
    pairs = day.store.query("SELECT a, b FROM pairs")
    assert pairs and all(lead in tuple(pair) for pair in pairs), "the evidence stays"
    assert prune(day, texts=30).texts == 0, "once is enough"


def test_a_pruned_story_is_still_read(day: Desk) -> None:
    newer(day)
    story = day.story_of("http://one.example/ship")
    prune(day, texts=30)
    with day.store.snapshot() as db:
        found = reading.read_story(db, story)
    assert found is not None
    assert (found.outlets, len(found.copies), found.agency) == (3, 3, "afp")
    assert {copy.text for copy in found.copies} == {""}
    assert found.pairs


def test_headlines_are_still_found_and_words_of_pruned_texts_are_not(day: Desk) -> None:
    newer(day)

    def hits(word: str) -> int:
        sql = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?"
        return int(day.one(sql, f'"{word}"'))

    day.run("UPDATE articles SET title = 'Zeppelin over the dam' WHERE id = 4")
    deep = DAM[9].split()[-1].strip(".")
    assert hits(deep) == 1
    prune(day, texts=30)
    assert (hits(deep), hits("zeppelin")) == (0, 1)


def test_other_rules_leave_a_pruned_story_as_it_is(day: Desk) -> None:
    newer(day)
    prune(day, texts=30)
    told = day.told()
    stricter = type(RULES)(template_pages=RULES.template_pages + 1)
    folding.prepare(day.store, rules=stricter)
    day.rules, day.bodies = stricter, type(day.bodies)(stricter)
    day.cluster()
    assert {key: row[:-1] for key, row in day.told().items() if "new" not in key} == {
        key: row[:-1] for key, row in told.items() if "new" not in key
    }
    assert count(day, "pairs") == 2


def test_the_same_text_after_that_is_a_new_story(day: Desk) -> None:
    newer(day)
    old = day.story_of("http://one.example/ship")
    prune(day, texts=30)
    day.keep(paper("http://late.example/ship", SHIP, at=40 * 1440))
    day.cluster()
    assert day.story_of("http://late.example/ship") not in (None, old)
    assert len([s for s in day.partition() if len(s) == 3]) == 1


def test_a_page_read_again_brings_no_text_back(day: Desk) -> None:
    newer(day)
    prune(day, texts=30)
    page = paper("http://two.example/dam", prose("changed"), at=30)
    assert day.keep(page, updated_at=LATER) == "linked"
    assert day.one("SELECT text FROM articles WHERE id = 4") == ""
    assert count(day, "revisions WHERE article = 4") == 1
    assert day.one("SELECT count(*) FROM visits WHERE due_at IS NOT NULL") == 0


def test_what_an_outlet_repeats_stays_known(desk: Desk) -> None:
    """Pages that proved a template are gone; the next page with it is still cleaned of it."""
    for number in range(4):
        text = [*prose(f"page {number}"), *FOOTER]
        desk.keep(paper(f"http://vale.example/{number}", text, at=number))
    desk.cluster()
    known = count(desk, "templates")
    assert known >= len(FOOTER)
    desk.now = LATER
    page = paper("http://vale.example/later", [*prose("page later"), *FOOTER], at=40 * 1440)
    desk.keep(page)
    desk.cluster()
    prune(desk, texts=30)
    desk.keep(paper("http://vale.example/last", [*prose("page last"), *FOOTER], at=40 * 1440))
    desk.cluster()
    assert count(desk, "templates WHERE settled = 1") == known == count(desk, "templates")
    dropped = desk.one("SELECT dropped FROM fingerprints ORDER BY article DESC")
    assert all(line in dropped for line in FOOTER)


# -- articles


def test_articles_go_and_leave_a_record_of_shared_stories(day: Desk) -> None:
    newer(day)
    story = day.story_of("http://one.example/ship")
    done = prune(day, articles=30)
    assert (done.articles, done.stories, done.records) == (5, 2, 1)
    assert day.column("SELECT url_key FROM articles") == ["new.example/a"]
    assert count(day, "tombstones") == 5
    (record,) = map(dict, day.store.query(
        "SELECT past_stories.*, l.domain AS lead, f.domain AS first FROM past_stories"
        " JOIN outlets AS l ON l.id = lead_outlet JOIN outlets AS f ON f.id = first_outlet"
    ))  # fmt: skip
    assert record["id"] == story
    assert (record["agency"], record["outlets"], record["articles"]) == ("afp", 3, 3)
    assert (record["lead"], record["first"]) == ("wire.example", "wire.example")
    assert record["lead_url"] == "http://wire.example/ship"
    assert record["uncredited"] == 1
    for table in ("credits", "revisions", "pairs", "parents", "visits"):
        assert day.column(f"SELECT article FROM {table} WHERE article < 6"
                          if table != "pairs" else "SELECT a FROM pairs") == [], table  # fmt: skip
    with day.store.snapshot() as db:
        assert reading.read_story(db, story or 0) is None


def test_ids_of_what_is_gone_are_given_to_nobody(day: Desk) -> None:
    stories = set(day.column("SELECT id FROM clusters"))
    done = prune(day, articles=30)
    assert done.articles == 4, "the highest id stays until there is a higher one"
    newer(day)
    assert day.column("SELECT id FROM articles ORDER BY id") == [5, 6]
    assert day.story_of("http://new.example/a") not in stories


@pytest.mark.parametrize("first", [{"articles": 30}, {"texts": 20, "articles": 30}])
def test_nothing_pruned_comes_back_as_new(day: Desk, first: dict[str, float]) -> None:
    """The same feed again, a changed item, another feed with its address, an archive."""
    newer(day)
    prune(day, **first)
    articles = [
        paper(url, SHIP)
        for url in ("http://wire.example/ship", "http://one.example/ship", "http://two.example/dam")
    ]
    assert listed(day.store, day.feed, *map(entry_for, articles), now=LATER) == 0
    changed = [entry_for(article, title="Another headline") for article in articles]
    assert listed(day.store, day.feed, *changed, now=LATER) == 0
    assert waiting.count_waiting(day.store, now=LATER) == 0
    other = entry_for(articles[0], guid="tag:other")
    assert listed(day.store, day.feed, other, now=LATER) == 1, "its guid is new"
    (item,) = waiting.waiting(day.store, now=LATER, limit=9)
    assert linking.find_article(day.store, "wire.example/ship") is None
    assert linking.bury_entry(day.store, item, "wire.example/ship")
    assert waiting.count_waiting(day.store, now=LATER) == 0
    # A redirector's address says nothing before its page is read.
    moved = entry_for(articles[1], guid="tag:moved", url="http://go.example/x")
    listed(day.store, day.feed, moved, now=LATER)
    (item,) = waiting.waiting(day.store, now=LATER, limit=9)
    assert keeping.keep_article(day.store, item, articles[1], rules=RULES, now=LATER) == "pruned"
    assert day.column("SELECT url_key FROM articles") == ["new.example/a"]


def test_an_outlet_and_the_views_live_on(day: Desk) -> None:
    newer(day)
    prune(day, articles=30)
    for view in ("stories", "republications", "uncredited_copies", "outlet_originality",
                 "who_repeats_whom", "feed_health", "backlog"):  # fmt: skip
        day.store.query(f"SELECT * FROM {view}")
    assert day.one("SELECT count(*) FROM stories") == 1
    assert "wire.example" in day.column("SELECT domain FROM outlets")


# -- what stays


def test_a_story_that_goes_on_keeps_all_its_copies(day: Desk) -> None:
    day.now = LATER
    day.keep(paper("http://late.example/ship", SHIP, at=40 * 1440))
    day.cluster()
    assert day.one("SELECT articles FROM clusters ORDER BY articles DESC") == 4
    done = prune(day, texts=30, articles=35)
    assert done.texts + done.articles == 2, "the dam and the wall"
    assert count(day, "articles WHERE text <> ''") == 4


def test_a_young_story_keeps_the_older_one_it_leans_on(desk: Desk) -> None:
    """A round-up holds parts of an older story; its parents and proofs are not taken from it."""
    desk.keep(paper("http://wire.example/ship", SHIP, credits=credited("afp", Role.OWN)))
    desk.keep(paper("http://one.example/ship", SHIP, at=10))
    desk.cluster()
    desk.now = NOW + timedelta(days=2)
    both = paper("http://sum.example/both", [*SHIP[:9], *DAM, *OLD], at=2 * 1440)
    desk.keep(both)
    desk.cluster()
    assert desk.column("SELECT a FROM pairs WHERE verdict = 'shares passages'")
    assert desk.story_of("http://sum.example/both") != desk.story_of("http://one.example/ship")
    at = NOW + timedelta(days=31)
    assert not prune(desk, at, texts=30, articles=30.5)
    assert prune(desk, NOW + timedelta(days=33), texts=30).texts == 3


def test_what_waits_to_be_read_again_or_compared_stays(day: Desk) -> None:
    newer(day)
    day.run("UPDATE entries SET state = 'new' WHERE article = 4")
    day.run("UPDATE fingerprints SET clustered = 0 WHERE article = 1")
    assert prune(day, articles=30).articles == 1
    assert count(day, "articles") == 5


def test_a_decision_of_a_person_keeps_its_story(day: Desk) -> None:
    newer(day)
    one, dam = day.story_of("http://one.example/ship"), day.story_of("http://two.example/dam")
    correcting.pin(day.store, 2, now=NOW)
    assert look(day, texts=20, articles=30).decided == 1
    done = prune(day, texts=20, articles=30)
    assert (done.articles, done.decided) == (2, 1)
    assert day.one("SELECT count(*) FROM articles WHERE cluster = ? AND text <> ''", one) == 3
    assert day.one("SELECT articles FROM clusters WHERE id = ?", dam) == 0
    forced = prune(day, texts=20, articles=30, force=True)
    assert (forced.articles, forced.records) == (3, 1)
    assert count(day, "corrections") == count(day, "corrected_articles") == 0


def test_a_decision_taken_back_keeps_nothing(day: Desk) -> None:
    newer(day)
    correcting.pin(day.store, 2, now=NOW)
    correcting.undo(day.store, 1, now=NOW)
    assert prune(day, articles=30).articles == 5


@pytest.mark.parametrize("do", ["merge", "split", "pin", "part", "undo"])
def test_a_pruned_story_is_not_decided_on(day: Desk, do: str) -> None:
    newer(day)
    one, dam = day.story_of("http://one.example/ship"), day.story_of("http://two.example/dam")
    asked: dict[str, Iterable[Any]] = {
        "merge": ([one, dam],), "split": (one, [2]), "pin": (2,), "part": (1, 2), "undo": (1,),
    }  # fmt: skip
    if do == "undo":
        correcting.part(day.store, 1, 4, now=NOW)
        day.run("UPDATE articles SET pruned_at = '2026-12-01' WHERE id = 4")
    else:
        prune(day, texts=30)
    before = day.told()
    with pytest.raises(UsageError, match="its text was pruned"):
        getattr(correcting, do)(day.store, *asked[do], now=NOW)
    assert day.told() == before


# -- the logs, entries without articles, the dry run


def test_logs_go_but_for_the_last_row_of_each_feed(day: Desk) -> None:
    feed = day.feed
    for days in (0, 1, 20, 30):
        entry = entry_for(paper(f"http://one.example/log{days}", OLD))
        listed(day.store, feed, entry, now=NOW + timedelta(days=days))
        sql = "INSERT INTO runs (started_at, ended_at, tally) VALUES (?, ?, '{}')"
        day.run(sql, *[stamp(NOW + timedelta(days=days))] * 2)
    before = count(day, "polls")
    assert look(day, logs=25).polls == before - 2
    done = prune(day, logs=25)
    assert (done.polls, done.runs) == (before - 2, 2)
    assert prune(day, logs=1).runs == 1
    assert (count(day, "polls"), count(day, "runs")) == (1, 1)
    assert day.one("SELECT status FROM feed_health") == 200


def test_an_entry_that_led_to_no_article_is_emptied_and_stays(day: Desk) -> None:
    newer(day)
    dead = entry_for(paper("http://one.example/dead", OLD), summary="a summary", body="<p>x</p>")
    listed(day.store, day.feed, dead, now=NOW)
    day.run("UPDATE entries SET state = 'failed' WHERE guid = ?", dead.guid)
    assert look(day, texts=30).entries == prune(day, texts=30).entries == 1
    row = day.store.query("SELECT * FROM entries WHERE guid = ?", [dead.guid])[0]
    assert (row["summary"], row["body"], row["state"]) == ("", None, "failed")
    assert listed(day.store, day.feed, dead, now=LATER) == 0


@pytest.mark.parametrize(
    "days", [{"texts": 30}, {"articles": 30}, {"texts": 20, "articles": 30}, {"logs": 10}]
)
def test_a_dry_run_says_what_goes_and_changes_nothing(day: Desk, days: dict[str, float]) -> None:
    newer(day)
    changes = day.store.connection.total_changes
    said = look(day, **days)
    assert day.store.connection.total_changes == changes
    done = prune(day, **days)
    assert said.to_dict() == done.to_dict()
    assert bool(done) == any(done.to_dict().values())
    if "logs" not in days:
        assert done.bytes > 10_000


def test_nothing_young_goes(day: Desk) -> None:
    assert not prune(day, NOW + timedelta(days=10), texts=30, articles=30, logs=30)


def test_a_round_is_many_small_commits(desk: Desk) -> None:
    """A writer beside it waits for one of them, not for the round."""
    for number in range(60):
        desk.keep(paper(site_of(number), prose(f"s{number}"), at=number))
    desk.cluster()
    newer(desk)
    commits = []
    desk.store.connection.set_trace_callback(lambda sql: commits.append(sql == "COMMIT"))
    prune(desk, texts=30)
    desk.store.connection.set_trace_callback(None)
    assert sum(commits) >= 3
    stopped = Sweep(Spans(texts=DAY), now=LATER)
    assert list(sweep(desk.store, stopped, is_stopped=lambda: True)) == []


def test_freed_space_goes_back_to_the_disk(desk: Desk) -> None:
    for number in range(40):
        desk.keep(paper(site_of(number), prose(f"s{number}"), at=number))
    desk.cluster()
    newer(desk)
    desk.store.query("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = desk.one("PRAGMA page_count")
    prune(desk, articles=30)
    free = desk.one("PRAGMA freelist_count")
    assert free > pages / 3
    kept = give_back(desk.store, leave=0.25)
    assert 0 < kept < free * 4096
    given = kept + give_back(desk.store)
    assert desk.one("PRAGMA freelist_count") == 0
    assert given >= free * 4096
    assert desk.store.query("PRAGMA quick_check")[0][0] == "ok"


def test_a_memory_database_is_pruned_too() -> None:
    with Store(":memory:") as store:
        desk = Desk(store)
        desk.keep(paper("http://one.example/ship", SHIP))
        listed(store, desk.feed, *answered().entries)
        desk.cluster()
        newer(desk)
        assert prune(desk, texts=30).texts == 1


def test_a_reader_is_told_what_became_of_a_story(day: Desk) -> None:
    newer(day)
    story = day.story_of("http://one.example/ship") or 0
    with day.store.snapshot() as db:
        assert past.tell_past(db, story) is None
    prune(day, articles=30)
    with day.store.snapshot() as db:
        told = str(past.tell_past(db, story))
        assert past.tell_past(db, 999) is None
    assert told.startswith("was pruned on 2026-12-30: “")
    assert "copy of Agence France-Presse, 3 outlets, first wire.example on 2026-11-20" in told
