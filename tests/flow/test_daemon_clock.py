"""D12: the clock of the machine is set by an hour, by a year, or changes its zone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.core.times import moment, stamp
from aggregator.daemon.clockwatch import ClockWatch
from aggregator.edge.store import passes
from aggregator.pipeline import Aggregator
from tests.edge.conftest import Server
from tests.flow.conftest import rows, wait_until
from tests.flow.daemons import Clock, Heard, clock, heard, make_news, often, working

__all__ = ["clock", "heard", "often"]

HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
STEPS = {"back": -HOUR, "forward": HOUR, "a year forward": YEAR}
# Columns of what has happened: none may lie ahead of the clock.
PAST = (
    ("feeds", "polled_at"), ("polls", "polled_at"), ("entries", "seen_at"),
    ("articles", "first_seen_at"), ("articles", "published_at"), ("clusters", "last_at"),
    ("fingerprints", "last_at"), ("runs", "ended_at"), ("visits", "visited_at"),
)  # fmt: skip
WORDS = "The harbour board of Aldhaven voted late on Friday to raise the toll for foreign trawlers"


@pytest.fixture
def site() -> Iterator[Server]:
    """A feed of one item without a date, whose page is there."""
    made = Server()
    item = f"<item><guid>1</guid><title>Toll</title><link>{made.url('/page')}</link></item>"
    feed = f'<rss version="2.0"><channel><title>F</title>{item}</channel></rss>'
    text = " ".join(f"<p>{WORDS}, paragraph {n} of the minutes says.</p>" for n in range(12))
    page = f"<html><head><title>Toll</title></head><body><article>{text}</article></body></html>"
    made.on("/feed")(lambda request: request.answer(feed.encode()))
    made.on("/page")(lambda request: request.answer(page.encode(), Content_Type="text/html"))
    yield made
    made.close()


def watching(folder: Path, site: Server, now: Callable[[], datetime]) -> Aggregator:
    return make_news(
        folder, now,
        fetch={"allow_private": ["127.0.0.1"], "host_pause": 0}, read={"workers": 1},
        schedule={"read_every": 1, "cluster_every": 1, "every": 1, "min": 1, "max": 1},
        feeds=[{"name": "F", "url": site.url("/feed")}],
    )  # fmt: skip


def ahead(database: Path, now: datetime) -> dict[str, str]:
    """Times of what has happened that lie ahead of now."""
    found = {}
    for table, column in PAST:
        (row,) = rows(database, f"SELECT max({column}) AS latest FROM {table}")
        if row["latest"] and row["latest"] > stamp(now + timedelta(seconds=2)):
            found[f"{table}.{column}"] = row["latest"]
    return found


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_d12_feeds_are_polled_on_when_the_clock_is_set(
    tmp_path: Path, site: Server, clock: Clock, heard: Heard, step: timedelta
) -> None:
    """Within two intervals, and no flood of what seems to be due."""
    database = tmp_path / "news.db"

    def polls() -> int:
        return site.paths().count("/feed")

    with watching(tmp_path, site, clock) as news, working(news):
        wait_until(lambda: polls() >= 2 and rows(database, "SELECT id FROM articles"))
        wait_until(lambda: rows(database, "SELECT id FROM articles WHERE cluster IS NOT NULL"))
        pages = site.paths().count("/page")
        clock.ahead += step
        before, begun = polls(), time.monotonic()
        wait_until(lambda: polls() >= before + 3, seconds=30)
        # The feed is due each second; one poll may have been under way.
        assert polls() - before <= 2 + (time.monotonic() - begun)
        # A page due an hour ago is read again at once; one due a year ago never.
        assert site.paths().count("/page") <= pages + (step == HOUR)
        wait_until(lambda: heard.count("WARNING the clock was set"))
        wait_until(lambda: not ahead(database, clock()))
        assert len(rows(database, "SELECT id FROM articles")) == 1
        assert len(rows(database, "SELECT id FROM entries")) == 1
    assert heard.count("ERROR") == 0


@pytest.mark.usefixtures("often")
def test_d12_a_change_of_the_local_zone_is_no_step(
    tmp_path: Path, clock: Clock, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Summer time: everything counts in UTC."""
    calls: list[str] = []
    with make_news(tmp_path, clock) as news:
        monkeypatch.setattr(news, "read", lambda: calls.append("read") or {})
        with working(news):
            wait_until(lambda: calls)
            for zone in ("Europe/Berlin", "Pacific/Kiritimati"):
                monkeypatch.setenv("TZ", zone)
                time.tzset()
                before = len(calls)
                wait_until(lambda before=before: len(calls) >= before + 2)
    monkeypatch.undo()
    time.tzset()
    assert heard.count("clock") == 0


def test_d12_a_step_of_a_year_costs_the_scheduler_nothing(clock: Clock) -> None:
    """APScheduler's own trigger lists 31 million missed runs first."""
    from aggregator.daemon.timetable import Timetable

    calls: list[float] = []
    table = Timetable(2, clock=clock)
    table.add("tick", lambda: calls.append(time.monotonic()), 1)
    table.start()
    try:
        wait_until(lambda: calls)
        clock.ahead += YEAR
        before = time.process_time()
        wait_until(lambda: len(calls) >= 3, seconds=10)
        assert time.process_time() - before < 2
        assert len(calls) <= 4
    finally:
        table.close()


def test_the_watch_tells_a_step_from_time_that_passes() -> None:
    wall, steady = datetime(2026, 11, 20, tzinfo=UTC), 0.0
    watch = ClockWatch(clock=lambda: wall, monotonic=lambda: steady)
    for passed, step in ((30.0, 0), (1.0, -3600), (1.0, 0), (500.0, 31_536_000), (1.0, 1)):
        wall += timedelta(seconds=passed + step)
        steady += passed
        expected = timedelta(seconds=step) if abs(step) > 2 else timedelta(0)
        assert watch.step() == expected


# -- while nobody ran


def fill(folder: Path, site: Server, now: datetime) -> Path:
    """A database of one pass at a time."""
    with watching(folder, site, lambda: now) as news:
        news.run_once()
        news.context.store.connection.execute(
            "INSERT INTO meta VALUES ('heartbeat', ?)", [stamp(now)]
        )
    return folder / "news.db"


def due(database: Path) -> dict[str, datetime]:
    found: dict[str, Any] = {}
    for table in ("feeds", "visits"):
        (row,) = rows(database, f"SELECT due_at FROM {table}")
        found[table] = moment(row["due_at"])
    return found


def test_d12_a_clock_set_back_while_nobody_ran_is_found_at_the_start(
    tmp_path: Path, site: Server
) -> None:
    right = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    database = fill(tmp_path, site, right + YEAR)
    before = due(database)
    assert ahead(database, right)
    with watching(tmp_path, site, lambda: right):
        pass
    assert ahead(database, right) == {}
    after = due(database)
    assert {name: after[name] - (before[name] - YEAR) for name in after} == {
        "feeds": timedelta(0), "visits": timedelta(0),
    }, "what was due in ten minutes still is"  # fmt: skip
    (story,) = rows(database, "SELECT first_at, last_at, seen_at FROM clusters")
    assert set(story.values()) == {stamp(right)}


def test_d12_a_feed_that_is_due_past_its_longest_interval_is_due(
    tmp_path: Path, site: Server
) -> None:
    """Whatever put it there."""
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    database = fill(tmp_path, site, now)
    with watching(tmp_path, site, lambda: now) as news, news.context.store.write() as db:
        db.execute("UPDATE feeds SET due_at = ?", [stamp(now + timedelta(days=1.2))])
    with watching(tmp_path, site, lambda: now):
        assert due(database)["feeds"] == now


def test_d12_a_year_forward_prunes_nothing_that_day(tmp_path: Path, site: Server) -> None:
    """What is old by a clock that is wrong for an hour must not be let go."""
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    database = fill(tmp_path, site, now)
    later = now + YEAR
    keep = {"keep": {"texts": 40 * 86_400}}
    whole = "SELECT id FROM articles WHERE pruned_at IS NULL"
    with make_news(tmp_path, lambda: later, **keep) as news:
        news.tend()
        passes.beat(news.context.store, now=later, about={})
        assert len(rows(database, whole)) == 1
    later += timedelta(days=1, hours=1)
    with make_news(tmp_path, lambda: later, **keep) as news:
        news.tend()
        assert rows(database, whole) == []
