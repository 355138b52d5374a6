"""Several programs on one database: each feed is leased to one, each host to one at a time."""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core.urls import host_of
from aggregator.edge.store import Store, collecting, leasing, polling
from aggregator.model import Entry, Feed
from tests.edge.test_store_collecting import config, entry, watch
from tests.edge.test_store_corpus import NOW, answered, watched

HOLD = timedelta(minutes=5)
A, B = "collect 1-a", "collect 2-b"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Two programs' connections to one file."""
    with Store(tmp_path / "news.db") as one, Store(tmp_path / "news.db") as other:
        yield one, other


def claim(store: Store, feeds: list[Feed], by: str, now: datetime = NOW) -> list[Feed]:
    return leasing.claim_feeds(store, feeds, by=by, now=now, until=now + HOLD)


def plan(added: int) -> polling.Plan:
    return polling.Plan(due_at=NOW + timedelta(hours=1))


def row(store: Store, feed: Feed) -> dict[str, Any]:
    return dict(store.query("SELECT * FROM feeds WHERE id = ?", [feed.id])[0])


def on_hosts(count: int) -> list[str]:
    return [f"http://host{n}.example/feed" for n in range(count)]


# -- claims


def test_what_another_claimed_since_the_list_was_read_is_not_ours(two: tuple[Store, Store]) -> None:
    one, other = two
    watched(one, *on_hosts(10))
    mine = collecting.due_feeds(one, now=NOW)
    theirs = collecting.due_feeds(other, now=NOW)
    assert mine == theirs and len(mine) == 10
    assert claim(one, mine[:4], A) == mine[:4]
    assert claim(other, theirs[2:8], B) == theirs[4:8]
    assert claim(one, mine[3:], A) == mine[8:]
    assert collecting.due_feeds(one, now=NOW) == []
    assert {row(one, feed)["failures"] for feed in mine} == {1}, "each was claimed once"
    assert [row(one, feed)["leased_by"] for feed in mine] == 4 * [A] + 4 * [B] + 2 * [A]


def test_what_another_polled_since_the_list_was_read_is_not_ours(two: tuple[Store, Store]) -> None:
    """Not even of a list of everything, where being due does not count."""
    one, other = two
    watched(one, *on_hosts(1))
    (listed,) = collecting.due_feeds(one, now=NOW, all_healthy=True)
    claim(other, [listed], B)
    collecting.keep_poll(other, listed, answered(), now=NOW, plan=plan, by=B)
    assert claim(one, [listed], A) == []
    (again,) = collecting.due_feeds(one, now=NOW, all_healthy=True)
    assert claim(one, [again], A) == [again]


def test_a_feed_that_config_dropped_since_is_not_ours(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        watch(store, config("http://one.example/a", "http://two.example/b"))
        listed = collecting.due_feeds(store, now=NOW)
        watch(store, config("http://two.example/b"))
        assert claim(store, listed, A) == listed[1:]


def test_everything_leaves_out_what_is_leased(two: tuple[Store, Store]) -> None:
    one, other = two
    first, second = watched(one, *on_hosts(2))
    claim(other, [first], B)
    assert collecting.due_feeds(one, now=NOW, all_healthy=True) == [second]
    late = NOW + HOLD
    assert [feed.id for feed in collecting.due_feeds(one, now=late)] == [second.id, first.id]


def test_programs_at_once_share_the_feeds(tmp_path: Path) -> None:
    """Real threads, a connection each, all of them with the whole list."""
    names = [f"collect {n}" for n in range(4)]
    got: dict[str, list[int]] = {}
    start = threading.Barrier(len(names))
    with Store(tmp_path / "news.db") as store:
        watched(store, *on_hosts(120))

    def work(name: str) -> None:
        with Store(tmp_path / "news.db") as store:
            feeds = collecting.due_feeds(store, now=NOW)
            start.wait()
            parts = [feeds[n : n + 10] for n in range(0, len(feeds), 10)]
            got[name] = [feed.id for part in parts for feed in claim(store, part, name)]

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = Counter(id_ for ids in got.values() for id_ in ids)
    assert len(taken) == 120 and set(taken.values()) == {1}


# -- hosts


def test_a_host_is_asked_by_one_program_at_a_time(two: tuple[Store, Store]) -> None:
    one, other = two
    a, b, c, elsewhere = watched(
        one, *(f"http://crowd.example/{n}" for n in "abc"), "http://other.example/d"
    )
    assert claim(one, [a], A) == [a]
    assert claim(other, [b, c, elsewhere], B) == [elsewhere]
    assert claim(one, [b], A) == [b], "its own host is its own"
    collecting.keep_poll(one, a, answered(), now=NOW, plan=plan, by=A)
    assert claim(other, [c], B) == []
    collecting.keep_poll(one, b, answered(), now=NOW, plan=plan, by=A)
    assert claim(other, [c], B) == [c]


def test_a_host_is_the_one_that_is_asked(two: tuple[Store, Store]) -> None:
    """A feed that moved for good is asked at its new host, and there it counts."""
    one, other = two
    moved, there = watched(one, "http://old.example/f", "http://new.example/f")
    with one.write() as db:
        db.execute("UPDATE feeds SET moved_to = ? WHERE id = ?", ["http://new.example/g", moved.id])
    moved = collecting.find_feed(one, moved.id)
    assert claim(one, [moved], A) == [moved]
    assert claim(other, [there], B) == []


def test_a_host_is_free_when_the_lease_ran_out(two: tuple[Store, Store]) -> None:
    one, other = two
    a, b = watched(one, "http://crowd.example/a", "http://crowd.example/b")
    claim(one, [a], A)
    assert claim(other, [b], B, NOW + HOLD - timedelta(seconds=1)) == []
    assert claim(other, [b], B, NOW + HOLD) == [b]


# -- leases that ran out

Settle = Callable[[Store, Feed, str], object]


def _fail(store: Store, feed: Feed, by: str) -> object:
    return collecting.keep_failure(
        store, feed, error="no", status=500, now=NOW, due_at=NOW, trouble=2.0, by=by
    )


def _quiet(store: Store, feed: Feed, by: str) -> object:
    poll = answered(status=304, unchanged=True, moved_to="http://new.example/f")
    quiet = polling.Quiet(feed=feed, poll=poll, plan=plan(0))
    return polling.keep_quiet(store, [quiet], now=NOW, by=by)


SETTLES: dict[str, Settle] = {
    "answered": lambda store, feed, by: collecting.keep_poll(
        store, feed, answered(entry("late"), cursor={"etag": "old"}), now=NOW, plan=plan, by=by
    ),
    "redirected": lambda store, feed, by: collecting.keep_poll(
        store, feed, answered(moved_to="http://new.example/f"), now=NOW, plan=plan, by=by
    ),
    "quiet": _quiet,
    "failed": _fail,
    "gone": lambda store, feed, by: collecting.switch_off(store, feed, reason="410", by=by),
    "called off": lambda store, feed, by: leasing.release_feed(store, feed, by=by),
}


@pytest.mark.parametrize("after", ["while it polls", "when it is done"])
@pytest.mark.parametrize("name", SETTLES)
def test_who_lost_a_lease_disturbs_nobody(two: tuple[Store, Store], name: str, after: str) -> None:
    one, other = two
    watched(one, *on_hosts(1))
    (feed,) = claim(one, collecting.due_feeds(one, now=NOW), A)
    late = NOW + HOLD
    (taken,) = claim(other, collecting.due_feeds(other, now=late), B, late)
    assert taken.failures == 1, "the lease that ran out is a crash for all that is known"
    if after == "when it is done":
        poll = answered(entry("new"), cursor={"etag": "new"})
        collecting.keep_poll(other, taken, poll, now=late, plan=plan, by=B)
    before = row(other, taken)
    SETTLES[name](one, feed, A)
    assert row(other, taken) == before
    found = {r["guid"] for r in one.query("SELECT guid FROM entries")}
    assert found >= ({"late"} if name == "answered" else set()), "what it brought is kept"
    assert leasing.renew_leases(one, [feed.id], by=A, until=late + HOLD) == set()
    assert row(other, taken) == before


@pytest.mark.parametrize("name", SETTLES)
def test_a_lease_that_ran_out_and_nobody_took_is_still_its_holders(
    two: tuple[Store, Store], name: str
) -> None:
    one, _ = two
    watched(one, *on_hosts(1))
    (feed,) = claim(one, collecting.due_feeds(one, now=NOW), A)
    SETTLES[name](one, feed, A)
    assert row(one, feed)["leased_by"] is None
    assert row(one, feed)["due_at"] != "2026-11-20T12:05:00Z" or name == "gone"


def test_a_renewed_lease_does_not_run_out(two: tuple[Store, Store]) -> None:
    one, other = two
    first, second = watched(one, *on_hosts(2))
    claim(one, [first], A)
    claim(other, [second], B)
    half = NOW + HOLD / 2
    ids = [first.id, second.id, 99]
    assert leasing.renew_leases(one, ids, by=A, until=half + HOLD) == {first.id}
    assert [feed.id for feed in collecting.due_feeds(other, now=NOW + HOLD)] == [second.id]
    assert row(one, first)["failures"] == 1, "renewing is no claim"


def test_leases_of_the_one_that_died_end_when_the_next_begins(two: tuple[Store, Store]) -> None:
    one, other = two
    first, second = watched(one, *on_hosts(2))
    claim(one, [first], "run 7-dead")
    claim(other, [second], B)
    leasing.forget_leases(one, "run")
    assert [row(one, feed)["leased_by"] for feed in (first, second)] == [None, B]
    assert [feed.id for feed in collecting.due_feeds(one, now=NOW, all_healthy=True)] == [first.id]
    assert row(one, first)["failures"] == 1, "the crash stays counted"


def test_a_program_that_starts_leaves_leases_alone(two: tuple[Store, Store]) -> None:
    """However short the intervals of config are."""
    one, other = two
    made = config("http://one.example/a", schedule={"every": 1, "min": 1, "max": 1})
    watch(one, made)
    (feed,) = claim(one, collecting.due_feeds(one, now=NOW), A)
    before = row(one, feed)
    watch(other, made)
    assert row(other, feed) == before


# -- any order of events

FEEDS = [f"http://host{n % 3}.example/{n}" for n in range(5)]
NAMES = (A, B, "run 3-c")
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["list", "claim", "renew"]), st.sampled_from(NAMES)),
        st.tuples(
            st.sampled_from(["answer", "fail", "release"]),
            st.sampled_from(NAMES),
            st.integers(0, len(FEEDS) - 1),
        ),
        st.tuples(st.just("wait"), st.integers(1, 400)),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_no_order_of_events_leases_a_feed_twice(events: list[tuple[Any, ...]]) -> None:
    """Programs list, claim, poll, lose their leases and go on as if they had them."""
    now = NOW
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory())
        stores = {n: opened.enter_context(Store(Path(folder) / "news.db")) for n in NAMES}
        feeds = watched(stores[A], *FEEDS)
        lists: dict[str, list[Feed]] = {name: [] for name in NAMES}
        polling_: dict[tuple[str, int], Feed] = {}  # by a program's own belief
        told: set[str] = set()
        for what, *given_ in events:
            if what == "wait":
                now += timedelta(seconds=given_[0])
                continue
            name = given_[0]
            store = stores[name]
            before = {feed.id: row(store, feed) for feed in feeds}
            held = {id_ for id_, r in before.items() if r["leased_by"] == name}
            alive = {
                id_: r["leased_by"] for id_, r in before.items()
                if r["leased_by"] and datetime.fromisoformat(r["due_at"]) > now
            }  # fmt: skip
            if what == "list":
                lists[name] = collecting.due_feeds(store, now=now, all_healthy=name == NAMES[2])
            elif what == "claim":
                wanted = [feed for feed in lists[name] if (name, feed.id) not in polling_]
                for feed in claim(store, wanted, name, now):
                    assert alive.get(feed.id, name) == name
                    polling_[name, feed.id] = feed
            elif what == "renew":
                ids = [id_ for who, id_ in polling_ if who == name]
                kept = leasing.renew_leases(store, ids, by=name, until=now + HOLD)
                assert kept == held & set(ids)
            elif feed := polling_.pop((name, feeds[given_[1]].id), None):
                at = polling.Plan(due_at=now + timedelta(minutes=10))
                if what == "answer":
                    guid = f"{name} {len(told)}"
                    told.add(guid)
                    poll = answered(Entry(guid=guid, url=f"{feed.url}/{len(told)}", title=guid))
                    collecting.keep_poll(
                        store, feed, poll, now=now, by=name, plan=lambda added, at=at: at
                    )
                elif what == "fail":
                    _fail(store, feed, name)
                else:
                    leasing.release_feed(store, feed, by=name)
                changed = {f.id for f in feeds if row(store, f) != before[f.id]}
                assert changed == ({feed.id} & held), "whose lease it is, and no other feed"
            hosts: dict[str, set[str]] = {}
            for feed in feeds:
                r = row(store, feed)
                if r["leased_by"] and datetime.fromisoformat(r["due_at"]) > now:
                    hosts.setdefault(host_of(feed.url), set()).add(r["leased_by"])
            assert all(len(who) == 1 for who in hosts.values()), "a host is one program's"
        kept_guids = {r["guid"] for r in stores[A].query("SELECT guid FROM entries")}
        assert kept_guids == told, "nothing that was brought is lost"
