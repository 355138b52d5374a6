"""Commit A and what stands before commit B: cursors, quiet polls, claims, tries put off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import Config
from aggregator.edge.store import Store, collecting, leasing, passes, waiting
from aggregator.edge.store.collecting import Plan
from aggregator.edge.store.waiting import CRASHES_FORGIVEN, CRASHES_MOST, Waiting
from aggregator.model import Entry, EntryState, Feed, Hints
from aggregator.pipeline.context import feeds_of
from tests.edge.test_store_corpus import ME, NOW, answered, claimed, listed, watched

TRIES = 3


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "news.db") as made:
        yield made


@pytest.fixture
def feed(store: Store) -> Feed:
    return watched(store, "http://one.example/feed")[0]


def entry(name: str, **given: Any) -> Entry:
    values: dict[str, Any] = {"guid": name, "url": f"http://one.example/{name}", "title": name}
    return Entry(**(values | given))


def column(store: Store, sql: str) -> list[Any]:
    return [row[0] for row in store.query(sql)]


def rows(store: Store, table: str) -> list[dict[str, Any]]:
    return [dict(row) for row in store.query(f"SELECT * FROM {table} ORDER BY id")]


def plan(added: int) -> Plan:
    return Plan(due_at=NOW + timedelta(minutes=15))


# -- what config watches


def config(*urls: str, **given: Any) -> Config:
    feeds = tuple({"name": url, "url": url, "outlet": "The One"} for url in urls)
    return Config.model_validate({"feeds": feeds} | given)


def watch(store: Store, made: Config) -> None:
    passes.watch(store, made, feeds_of(made), now=NOW)


def test_a_feed_that_config_drops_is_switched_off_and_keeps_its_entries(store: Store) -> None:
    watch(store, config("http://one.example/a", "http://one.example/b"))
    feeds = collecting.due_feeds(store, now=NOW)
    listed(store, feeds[0], entry("x"))
    watch(store, config("http://one.example/b"))
    assert column(store, "SELECT enabled FROM feeds ORDER BY id") == [0, 1]
    assert column(store, "SELECT title FROM entries") == ["x"]
    watch(store, config("http://one.example/a", "http://one.example/b"))
    assert column(store, "SELECT enabled FROM feeds ORDER BY id") == [1, 1]


def test_names_and_families_of_outlets_come_from_config(store: Store) -> None:
    outlet = {"domain": "one.example", "name": "One", "family": "One Group"}
    watch(store, config("http://news.one.example/a", outlets=(outlet,)))
    (found,) = rows(store, "outlets")
    assert (found["name"], found["domain"], found["family"]) == ("One", "one.example", "One Group")


def test_watching_the_same_feeds_again_writes_nothing(store: Store) -> None:
    made = config("http://one.example/a")
    watch(store, made)
    before = rows(store, "feeds"), rows(store, "outlets")
    passes.watch(store, made, feeds_of(made), now=NOW + timedelta(days=1))
    assert (rows(store, "feeds"), rows(store, "outlets")) == before


# -- commit A


def test_entries_and_cursor_share_a_commit(
    store: Store, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(store, feed, entry("old"))
    keep = collecting.insert_entry

    def fail_at_third(db: Any, feed: int, item: Entry, digest: str, now: datetime) -> None:
        if item.guid == "c":
            raise OSError("the power went")
        keep(db, feed, item, digest, now)

    monkeypatch.setattr(collecting, "insert_entry", fail_at_third)
    poll = answered(entry("a"), entry("b"), entry("c"), cursor={"etag": '"2"'})
    with pytest.raises(OSError, match="the power went"):
        collecting.keep_poll(store, feed, poll, now=NOW, plan=plan)
    assert column(store, "SELECT guid FROM entries") == ["old"]
    assert [json.loads(c) for c in column(store, "SELECT cursor FROM feeds")] == [{"etag": '"1"'}]
    assert len(rows(store, "polls")) == 1

    monkeypatch.setattr(collecting, "insert_entry", keep)
    assert collecting.keep_poll(store, feed, poll, now=NOW, plan=plan) == 3
    assert [json.loads(c) for c in column(store, "SELECT cursor FROM feeds")] == [{"etag": '"2"'}]


def test_a_due_time_that_cannot_be_worked_out_keeps_nothing(store: Store, feed: Feed) -> None:
    def fail(added: int) -> datetime:
        raise OverflowError

    with pytest.raises(OverflowError):
        collecting.keep_poll(store, feed, answered(entry("a")), now=NOW, plan=fail)
    assert column(store, "SELECT guid FROM entries") == []
    assert column(store, "SELECT cursor FROM feeds") == ["{}"]


def test_the_cursor_round_trips(store: Store, feed: Feed) -> None:
    cursor = {"etag": 'W/"ü"', "last_modified": None, "digest": "ab", "full_at": "2026", "n": 7}
    collecting.keep_poll(store, feed, answered(cursor=cursor), now=NOW, plan=plan)
    (again,) = collecting.due_feeds(store, now=NOW, all_healthy=True)
    assert again.cursor == cursor


def test_the_same_poll_twice_adds_nothing(store: Store, feed: Feed) -> None:
    poll = answered(entry("a"), entry("b", published_at=NOW), entry("c", body="<p>c</p>"))
    assert collecting.keep_poll(store, feed, poll, now=NOW, plan=plan) == 3
    before = rows(store, "entries")
    later = NOW + timedelta(hours=1)
    assert collecting.keep_poll(store, feed, poll, now=later, plan=plan) == 0
    assert rows(store, "entries") == before
    assert len(rows(store, "polls")) == 1
    assert rows(store, "feeds")[0]["changed_at"] == "2026-11-20T12:00:00Z"


def test_one_guid_in_two_feeds_is_two_entries(store: Store) -> None:
    first, second = watched(store, "http://one.example/feed", "http://two.example/feed")
    assert listed(store, first, entry("a")) == listed(store, second, entry("a")) == 1


CHANGES: dict[str, dict[str, Any]] = {
    "title": {"title": "Another"},
    "update time": {"updated_at": NOW},
    "publication time": {"published_at": NOW},
    "content": {"body": "<p>Another.</p>"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_entry_is_read_again(store: Store, feed: Feed, change: str) -> None:
    old = entry("a", body="<p>First.</p>")
    listed(store, feed, old)
    with store.write() as db:
        db.execute("UPDATE entries SET state = 'kept', attempts = 3, retry_at = '2030'")
    assert listed(store, feed, replace(old, **CHANGES[change])) == 0
    (row,) = rows(store, "entries")
    assert (row["state"], row["attempts"], row["retry_at"]) == ("new", 0, None)
    assert row["guid"] == "a"
    for name, value in CHANGES[change].items():
        assert row[name] == (value if isinstance(value, str) else "2026-11-20T12:00:00Z")


def test_a_summary_or_author_alone_is_no_reason_to_read_again(store: Store, feed: Feed) -> None:
    listed(store, feed, entry("a", summary="Read 12 times"))
    with store.write() as db:
        db.execute("UPDATE entries SET state = 'kept'")
    listed(store, feed, entry("a", summary="Read 13 times"))
    assert column(store, "SELECT state FROM entries") == ["kept"]


def test_a_first_publication_time_stays(store: Store, feed: Feed) -> None:
    listed(store, feed, entry("a", published_at=NOW))
    listed(store, feed, entry("a", published_at=NOW + timedelta(hours=5), title="Update"))
    assert column(store, "SELECT published_at FROM entries") == ["2026-11-20T12:00:00Z"]


def test_an_entry_without_link_and_content_is_kept_and_says_so(store: Store, feed: Feed) -> None:
    listed(store, feed, entry("a", url=None), entry("b", url=None, body="<p>Whole.</p>"))
    found = [(row["state"], row["reason"]) for row in rows(store, "entries")]
    assert found == [("skipped", "no link and no content"), ("new", None)]


@pytest.mark.parametrize(
    "text", ["nul \0 in it", "\u202eright to left", "é" * 5000, "'; DROP TABLE entries; --"]
)
def test_odd_text_comes_back_as_it_was(store: Store, feed: Feed, text: str) -> None:
    listed(store, feed, entry(text, title=text, authors=(text, "B")))
    (item,) = waiting.waiting(store, now=NOW, limit=9)
    assert (item.entry.guid, item.entry.title, item.entry.authors) == (text, text, (text, "B"))


# -- the log of polls


def test_quiet_polls_add_no_row(store: Store, feed: Feed) -> None:
    listed(store, feed, entry("a"))
    quiet = answered(status=304, unchanged=True)
    for minute in range(50):
        at = NOW + timedelta(minutes=minute)
        collecting.keep_poll(store, feed, quiet, now=at, plan=plan)
    (row,) = rows(store, "polls")
    assert (row["result"], row["status"], row["added"]) == ("new", 200, 1)
    assert (row["repeats"], row["last_status"]) == (50, 304)
    assert row["last_at"] == "2026-11-20T12:49:00Z"
    assert column(store, "SELECT status FROM feed_health") == [304]


def test_a_failure_that_repeats_is_one_row_and_another_is_a_new_one(
    store: Store, feed: Feed
) -> None:
    for error in ("no route", "no route", "no route", "answered 500"):
        collecting.keep_failure(
            store, feed, error=error, status=None, now=NOW, due_at=NOW + timedelta(hours=1)
        )
    assert [(row["error"], row["repeats"]) for row in rows(store, "polls")] == [
        ("no route", 2), ("answered 500", 0),
    ]  # fmt: skip
    collecting.keep_poll(store, feed, answered(status=304), now=NOW, plan=plan)
    assert [row["result"] for row in rows(store, "polls")] == ["failed", "failed", "unchanged"]


def test_a_failure_keeps_cursor_and_entries(store: Store, feed: Feed) -> None:
    listed(store, feed, entry("a"))
    feed = claimed(store, feed)
    collecting.keep_failure(
        store, feed, error="x" * 9000, status=500, now=NOW, due_at=NOW + timedelta(hours=2), by=ME
    )
    (row,) = rows(store, "feeds")
    assert (row["failures"], row["due_at"]) == (1, "2026-11-20T14:00:00Z")
    assert json.loads(row["cursor"]) == {"etag": '"1"'}
    assert len(row["error"]) == 500
    listed(store, feed)
    assert (rows(store, "feeds")[0]["failures"], rows(store, "feeds")[0]["error"]) == (0, None)


def test_a_warning_is_kept_with_the_poll(store: Store, feed: Feed) -> None:
    poll = answered(entry("a"), warning="cut off in the middle", dropped=7, hints=Hints(ttl=60))
    collecting.keep_poll(store, feed, poll, now=NOW, plan=plan)
    (row,) = rows(store, "polls")
    assert (row["error"], row["dropped"]) == ("cut off in the middle", 7)
    assert rows(store, "feeds")[0]["failures"] == 0


# -- which feeds are due


def test_feeds_are_due_at_their_time_longest_waiting_first(store: Store) -> None:
    first, second, third = watched(
        store, "http://one.example/1", "http://one.example/2", "http://one.example/3"
    )
    times = {first.id: 5, second.id: -5, third.id: -9}
    for feed in (first, second, third):
        at = NOW + timedelta(minutes=times[feed.id])
        made = Plan(due_at=at)
        collecting.keep_poll(store, feed, answered(), now=NOW, plan=lambda added, p=made: p)
    assert [f.id for f in collecting.due_feeds(store, now=NOW)] == [third.id, second.id]
    everything = collecting.due_feeds(store, now=NOW, all_healthy=True)
    assert [f.id for f in everything] == [third.id, second.id, first.id]


def test_a_feed_that_failed_waits_even_when_everything_is_asked(store: Store, feed: Feed) -> None:
    feed = claimed(store, feed)
    later = NOW + timedelta(hours=1)
    collecting.keep_failure(store, feed, error="500", status=500, now=NOW, due_at=later, by=ME)
    assert collecting.due_feeds(store, now=NOW, all_healthy=True) == []
    assert len(collecting.due_feeds(store, now=later, all_healthy=True)) == 1


def test_a_claim_that_was_never_answered_is_forgiven_some_times(store: Store, feed: Feed) -> None:
    """The program was killed amid the poll: the next pass asks again, but not for ever."""
    asked = 0
    while found := collecting.due_feeds(store, now=NOW, all_healthy=True):
        claimed(store, found[0], until=NOW + timedelta(minutes=5))
        leasing.forget_leases(store, "run")  # as the next pass does when it begins
        asked += 1
        assert asked < 20
    assert asked == collecting.CRASHES_FORGIVEN
    assert len(collecting.due_feeds(store, now=NOW + timedelta(minutes=5))) == 1


def test_a_poll_called_off_is_as_if_never_claimed(store: Store, feed: Feed) -> None:
    before = rows(store, "feeds")
    feed = claimed(store, feed, until=NOW + timedelta(minutes=5))
    assert rows(store, "feeds") != before
    leasing.release_feed(store, feed, by=ME)
    assert rows(store, "feeds") == before


def test_a_feed_switched_off_is_not_due_and_says_why(store: Store, feed: Feed) -> None:
    collecting.switch_off(store, feed, reason="the server answered 410")
    assert collecting.due_feeds(store, now=NOW + timedelta(days=99), all_healthy=True) == []
    assert column(store, "SELECT error FROM feed_health") == ["the server answered 410"]


def test_a_feed_that_is_gone_stays_off_when_the_program_starts_again(store: Store) -> None:
    made = config("http://one.example/a")
    watch(store, made)
    (feed,) = collecting.due_feeds(store, now=NOW)
    collecting.switch_off(store, feed, reason="the server answered 410")
    watch(store, made)
    assert collecting.due_feeds(store, now=NOW + timedelta(days=1), all_healthy=True) == []


# -- entries on their way


def take(store: Store, now: datetime = NOW) -> list[Waiting]:
    return waiting.waiting(store, now=now, limit=99)


def test_what_waits_comes_back_as_it_was_listed(store: Store, feed: Feed) -> None:
    made = entry(
        "a", summary="Short", body="<p>b</p>", authors=("A", "B"), credit="AFP",
        published_at=NOW - timedelta(hours=1), updated_at=NOW, language="fr",
    )  # fmt: skip
    listed(store, feed, made)
    (item,) = take(store)
    assert item.entry == made
    assert (item.feed, item.outlet, item.attempts, item.article) == (
        feed.id,
        "one.example",
        0,
        None,
    )
    assert item.seen_at == NOW


def test_waiting_is_paged_in_id_order(store: Store, feed: Feed) -> None:
    listed(store, feed, *(entry(f"e{n}") for n in range(7)))
    first = waiting.waiting(store, now=NOW, limit=3)
    second = waiting.waiting(store, now=NOW, limit=9, beyond=first[-1].id)
    assert [i.entry.guid for i in (*first, *second)] == [f"e{n}" for n in range(7)]
    assert waiting.count_waiting(store, now=NOW) == 7


def test_the_attempt_is_counted_before_the_page_is_read(store: Store, feed: Feed) -> None:
    listed(store, feed, entry("a"))
    waiting.claim(store, take(store), now=NOW)
    assert column(store, "SELECT attempts FROM entries") == [1]
    assert column(store, "SELECT state FROM entries") == ["new"]


def test_a_failed_page_is_put_off_longer_each_time_and_then_left_alone(
    store: Store, feed: Feed
) -> None:
    listed(store, feed, entry("a"))
    now, pauses, states = NOW, [], []
    for _ in range(TRIES):
        (item,) = waiting.claim(store, take(store, now), now=now)
        states.append(waiting.put_off(store, item, reason="500", now=now, tries=TRIES, final=False))
        (row,) = rows(store, "entries")
        if row["retry_at"]:
            again = datetime.fromisoformat(row["retry_at"])
            assert take(store, again - timedelta(seconds=1)) == []
            pauses.append(again - now)
            now = again
    assert pauses == [timedelta(minutes=5), timedelta(minutes=30)]
    assert states == [EntryState.NEW, EntryState.NEW, EntryState.FAILED]
    assert (row["state"], row["reason"], row["attempts"]) == ("failed", "500", TRIES)
    assert take(store, now + timedelta(days=99)) == []


def test_a_failure_that_cannot_heal_is_final_at_once(store: Store, feed: Feed) -> None:
    listed(store, feed, entry("a"))
    (item,) = waiting.claim(store, take(store), now=NOW)
    waiting.put_off(store, item, reason="404", now=NOW, tries=TRIES, final=True)
    assert column(store, "SELECT state FROM entries") == ["failed"]


def test_a_page_that_ends_the_program_each_time_is_given_up(store: Store, feed: Feed) -> None:
    """Three ends cost nothing; then it waits longer each time, and the program runs meanwhile."""
    listed(store, feed, entry("deadly"), entry("well"))
    now, pauses = NOW, []
    while items := [item for item in take(store, now) if item.entry.guid == "deadly"]:
        if not waiting.claim(store, items, now=now):
            break
        (deadly, _) = rows(store, "entries")  # and here the program is killed
        again = datetime.fromisoformat(deadly["retry_at"]) if deadly["retry_at"] else now
        pauses.append(again - now)
        assert take(store, now)[-1].entry.guid == "well"
        now = again
        assert len(pauses) < 99
    free, growing = pauses[:CRASHES_FORGIVEN], pauses[CRASHES_FORGIVEN:]
    assert set(free) == {timedelta(0)}
    assert growing[:4] == [timedelta(minutes=5 * 6**n) for n in range(4)]
    assert set(growing[4:]) == {timedelta(days=1)}
    assert len(pauses) == CRASHES_MOST
    deadly, well = rows(store, "entries")
    assert (deadly["state"], well["state"]) == ("failed", "new")
    assert "program ended" in deadly["reason"]


def test_ends_of_the_program_take_no_try_from_a_page(store: Store, feed: Feed) -> None:
    """A page that fails once after kills is tried again as often as any other."""
    listed(store, feed, entry("a"))
    for _ in range(CRASHES_FORGIVEN):
        waiting.claim(store, take(store), now=NOW)  # and here the program is killed
    now = NOW + timedelta(days=1)
    (item,) = waiting.claim(store, take(store, now), now=now)
    state = waiting.put_off(store, item, reason="503", now=now, tries=TRIES, final=False)
    assert state is EntryState.NEW
    assert take(store, now + timedelta(minutes=5))[0].failures == 1


def test_a_page_handed_back_is_as_if_never_claimed(store: Store, feed: Feed) -> None:
    listed(store, feed, entry("a"))
    before = rows(store, "entries")
    (item,) = waiting.claim(store, take(store), now=NOW)
    waiting.hand_back(store, item)
    assert rows(store, "entries") == before
    waiting.hand_back(store, item)  # never below nothing
    assert column(store, "SELECT attempts FROM entries") == [0]


def test_a_page_that_is_no_article_says_what_it_is(store: Store, feed: Feed) -> None:
    listed(store, feed, entry("a"))
    waiting.skip(store, take(store)[0], "a picture of 3 MB")
    assert [(r["state"], r["reason"]) for r in rows(store, "entries")] == [
        ("skipped", "a picture of 3 MB")
    ]
    assert take(store) == []


# -- passes


def test_quiet_passes_are_counted_on_the_last_one(store: Store) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)

    def note(tally: dict[tuple[str, str], int], hour: int) -> None:
        when = at + timedelta(hours=hour)
        passes.note(store, tally, started=when, ended=when + timedelta(minutes=1))

    note({("collect", "new"): 2, ("read", "kept"): 5}, 1)
    for hour in range(2, 9):
        note({("collect", "unchanged"): 2, ("read", "put off"): 1}, hour)
    note({("collect", "failed"): 1}, 9)
    first, second = rows(store, "runs")
    assert json.loads(first["tally"]) == {"collect new": 2, "read kept": 5}
    assert (first["quiet"], first["quiet_at"]) == (7, "2026-11-20T08:01:00Z")
    assert json.loads(second["tally"]) == {"collect failed": 1}


def test_the_heartbeat_is_one_row(store: Store) -> None:
    for minute in range(3):
        passes.beat(store, now=NOW + timedelta(minutes=minute), about={"pid": "4711"})
    found = dict(tuple(row) for row in store.query("SELECT name, value FROM meta"))
    found.pop("installation", None)
    assert found == {"heartbeat": "2026-11-20T12:02:00Z", "pid": "4711"}
