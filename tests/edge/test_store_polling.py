"""Quiet polls kept together leave what they would have left one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.core.cadence import Pace
from aggregator.edge.store import Store, collecting, leasing, polling
from aggregator.model import Entry, Feed, Poll
from tests.edge.test_store_corpus import ME, NOW, answered, claimed, watched

NAMES = ("fresh", "quiet", "failed", "claimed", "moving", "moved", "settled", "warned", "lost")
LISTED = tuple(Entry(guid=n, url=f"http://x.example/{n}", title=n) for n in ("a", "b"))
Keep = Callable[[Store, list[polling.Quiet], datetime], None]


def one_by_one(store: Store, polls: list[polling.Quiet], now: datetime) -> None:
    for quiet in polls:
        plan = quiet.plan
        collecting.keep_poll(
            store, quiet.feed, quiet.poll, now=now, plan=lambda added, p=plan: p, by=ME
        )


def together(store: Store, polls: list[polling.Quiet], now: datetime) -> None:
    polling.keep_quiet(store, polls, now=now, by=ME)


def prepared(store: Store) -> list[Feed]:
    """Feeds of every history."""
    feeds = watched(store, *(f"http://{name}.example/feed" for name in NAMES))
    by_name = dict(zip(NAMES, feeds, strict=True))

    def plan(added: int) -> polling.Plan:
        return polling.Plan(due_at=NOW)

    for name in NAMES[1:]:
        collecting.keep_poll(store, by_name[name], answered(*LISTED), now=NOW, plan=plan)
    collecting.keep_failure(
        store, by_name["failed"], error="no", status=500, now=NOW, due_at=NOW, trouble=0.5
    )
    claimed(store, by_name["claimed"], until=NOW + timedelta(hours=1))
    to = "http://new.example/feed"
    for name, times in (("moving", 1), ("moved", 2), ("settled", 2)):
        poll = replace(answered(), moved_to=to if name != "moved" else "http://other.example/f")
        for _ in range(times):
            collecting.keep_poll(store, by_name[name], poll, now=NOW, plan=plan)
    return collecting.due_feeds(store, now=NOW + timedelta(days=1))


def quiet_polls(feeds: list[Feed]) -> list[polling.Quiet]:
    def poll(feed: Feed) -> Poll:
        changed = "warned" in feed.url
        return Poll(
            status=200 if changed else 304,
            unchanged=not changed,
            cursor={"etag": feed.url, "digest": "x"},
            known=frozenset({"1"}) if changed else frozenset(),
            dropped=3 if changed else 0,
            warning="SAXParseException" if changed else None,
            moved_to="http://other.example/f" if "moved" in feed.url else None,
            bytes=100,
            ms=7,
        )

    plan = polling.Plan(due_at=NOW + timedelta(hours=2), pace=Pace(factor=2.0, duplicates=0.9))
    return [polling.Quiet(feed=feed, poll=poll(feed), plan=plan) for feed in feeds]


def after(folder: Path, keep: Keep, rounds: int) -> dict[str, list[dict[str, Any]]]:
    with Store(folder / f"{keep.__name__}-{rounds}.db") as store:
        prepared(store)
        for number in range(rounds):
            later = NOW + timedelta(days=2)
            feeds = collecting.due_feeds(store, now=later)
            until = later + timedelta(minutes=5)
            leasing.claim_feeds(store, feeds, by=ME, now=later, until=until)
            with store.write() as db:  # one ran out amid the poll, and another program has it
                db.execute("UPDATE feeds SET leased_by = 'run 2' WHERE url LIKE '%lost%'")
            keep(store, quiet_polls(feeds), NOW + timedelta(minutes=number + 1))
        return {
            table: [dict(row) for row in store.query(f"SELECT * FROM {table} ORDER BY id")]
            for table in ("feeds", "polls", "moves", "entries")
        }


@pytest.mark.parametrize("rounds", [1, 3])
def test_together_is_as_one_by_one(tmp_path: Path, rounds: int) -> None:
    apart = after(tmp_path, one_by_one, rounds)
    # The order of new rows of one moment is the order of the feeds, either way.
    assert after(tmp_path, together, rounds) == apart
    assert any(feed["moved_to"] for feed in apart["feeds"])
    assert any(row["repeats"] for row in apart["polls"])


def test_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*values: Any, **named: Any) -> None:
        raise OSError("the power went")

    with Store(tmp_path / "news.db") as store:
        feeds = prepared(store)
        before = [tuple(row) for row in store.query("SELECT * FROM feeds ORDER BY id")]
        monkeypatch.setattr(polling, "answer_line", crash)
        with pytest.raises(OSError, match="the power went"):
            polling.keep_quiet(store, quiet_polls(feeds), now=NOW)
        assert [tuple(row) for row in store.query("SELECT * FROM feeds ORDER BY id")] == before


def test_none_is_no_commit_of_anything(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        polling.keep_quiet(store, [], now=NOW)
        assert store.query("SELECT * FROM polls") == []
