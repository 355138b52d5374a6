"""D13: a job that hangs, raises, exits or overruns raises an alarm and holds up no other."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator.cli import main
from aggregator.daemon.vigil import HOPELESS_SECONDS, Vigil
from aggregator.edge import lock
from aggregator.errors import StoreError
from aggregator.model import Outcome
from aggregator.pipeline import Aggregator
from tests.flow.conftest import rows, wait_until
from tests.flow.daemons import Heard, heard, make_news, often, working

__all__ = ["heard", "often"]

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STAGES = ("collect", "read", "revisit", "cluster")


class Hands:
    """A monotonic clock that stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def vigil(hands: Hands) -> Vigil:
    made = Vigil(clock=lambda: NOON, monotonic=hands)
    made.expect("read", every=60)
    return made


def alarm(vigil: Vigil) -> str | None:
    vigil.look()
    (job,) = vigil.jobs()
    return job.alarm


# -- the rule


def test_d13_a_job_that_hangs_raises_an_alarm_after_two_intervals(
    vigil: Vigil, hands: Hands
) -> None:
    vigil.started("read")
    hands.now += 120
    assert alarm(vigil) is None
    hands.now += 1
    assert [job.name for job in vigil.look()] == ["read"]
    assert vigil.look() == [], "once, not at every look"
    (job,) = vigil.jobs()
    assert job.alarm == "hangs, without a sign of life for more than 120 s"
    assert job.alarm_at == NOON
    vigil.ended("read")
    assert [job.alarm for job in vigil.look()] == [None], "and it ends as it is well again"


def test_d13_a_long_pass_with_signs_of_life_is_no_overrun(vigil: Vigil, hands: Hands) -> None:
    vigil.started("read")
    for _ in range(10):
        hands.now += 100
        vigil.alive("read")
        assert alarm(vigil) is None
    hands.now += 121
    assert alarm(vigil)


def test_d13_a_job_that_is_never_started_raises_an_alarm(vigil: Vigil, hands: Hands) -> None:
    """The pool is full, or the scheduler's own thread died."""
    vigil.started("read")
    vigil.ended("read")
    hands.now += 121
    assert alarm(vigil) == "is due and does not start for more than 120 s"


def test_d13_three_failures_in_a_row_raise_an_alarm(vigil: Vigil) -> None:
    for error in ("a", None, "b", "c"):
        vigil.started("read")
        vigil.ended("read", error)
        assert alarm(vigil) is None
    vigil.started("read")
    vigil.ended("read", "d")
    assert alarm(vigil) == "failed 3 times in a row or more: d"


def test_an_item_that_may_rightly_take_longer_is_waited_for(vigil: Vigil, hands: Hands) -> None:
    vigil.expect("read", every=1, slowest=50)
    vigil.started("read")
    hands.now += 49
    assert alarm(vigil) is None
    hands.now += 2
    assert alarm(vigil)


def test_only_a_long_hang_is_hopeless(vigil: Vigil, hands: Hands) -> None:
    vigil.started("read")
    hands.now += HOPELESS_SECONDS - 1
    assert alarm(vigil) and not vigil.is_hopeless()
    hands.now += 2
    assert vigil.is_hopeless()
    vigil.alive("read")
    assert not vigil.is_hopeless()


# -- the daemon


@pytest.fixture
def news(tmp_path: Path) -> Iterator[Aggregator]:
    with make_news(tmp_path) as made:
        yield made


class Stages:
    """Stages of a line that do nothing but count their passes; one of them can be broken."""

    def __init__(self, news: Aggregator, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: dict[str, int] = dict.fromkeys(STAGES, 0)
        self.broken: dict[str, Callable[[], Any]] = {}
        self.at_once = 0
        for name in STAGES:
            monkeypatch.setattr(news, name, lambda name=name: self._work(name))

    def _work(self, name: str) -> Any:
        self.calls[name] += 1
        return self.broken[name]() if name in self.broken else {}


@pytest.fixture
def stages(news: Aggregator, monkeypatch: pytest.MonkeyPatch) -> Stages:
    return Stages(news, monkeypatch)


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("hanging", [("read",), ("collect", "read", "revisit")])
def test_d13_hung_jobs_fill_no_pool(
    news: Aggregator, stages: Stages, heard: Heard, hanging: tuple[str, ...]
) -> None:
    """The others go on, the hung ones are never started twice, everybody is told."""
    free = threading.Event()
    for name in hanging:
        stages.broken[name] = lambda: free.wait(60) and {}
    database = Path(news.context.store.path)
    with lock.hold(database), working(news) as daemon:
        try:
            wait_until(lambda: all(stages.calls[name] for name in hanging))
            before = stages.calls["cluster"]
            wait_until(lambda: stages.calls["cluster"] >= before + 3)
            for name in hanging:
                wait_until(lambda name=name: heard.count(f"ERROR {name} hangs"))
                assert stages.calls[name] == 1
            told = wait_until(lambda: len(rows(database, _ALARMS)) == len(hanging)) and rows(
                database, _ALARMS
            )
            assert {row["name"] for row in told} == set(hanging)
            assert all(row["running"] and row["alarm_at"] for row in told)
            assert len(daemon.showing.troubles()) == len(hanging)
            _look_from_outside(database, hanging)
        finally:
            free.set()
        wait_until(lambda: not rows(database, _ALARMS))
        for name in hanging:
            wait_until(lambda name=name: heard.count(f"INFO {name} is well again"))
    assert heard.count("ERROR cluster") == 0


_ALARMS = "SELECT name, running, alarm_at FROM jobs WHERE alarm IS NOT NULL"


def _look_from_outside(database: Path, hanging: tuple[str, ...]) -> None:
    """What `status` and `doctor` say of it."""
    from click.testing import CliRunner

    asked = CliRunner().invoke(main, ["-d", str(database), "status", "--json"])
    told = json.loads(asked.stdout)
    assert [alarm.split()[0] for alarm in told["alarms"]] == sorted(hanging)
    assert told["heartbeat_age"] < 60
    asked = CliRunner().invoke(main, ["-d", str(database), "status"])
    assert asked.stdout.count("\nalarm ") == len(hanging)
    asked = CliRunner().invoke(main, ["-d", str(database), "doctor"])
    assert asked.exit_code == 3
    assert f"problem  daemon       {sorted(hanging)[0]} hangs" in asked.stdout


def _exit() -> Any:
    raise SystemExit(3)


def _fault() -> Any:
    raise ZeroDivisionError


def _full() -> Any:
    raise StoreError("news.db", "is full")


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("broken", [_exit, _fault, _full])
def test_d13_a_job_that_raises_is_tried_again_and_raises_an_alarm(
    news: Aggregator, stages: Stages, heard: Heard, broken: Callable[[], Any]
) -> None:
    stages.broken["read"] = broken
    with working(news):
        wait_until(lambda: stages.calls["read"] >= 3 and stages.calls["cluster"] >= 3)
        wait_until(lambda: heard.count("ERROR read failed 3 times in a row"))
        del stages.broken["read"]
        wait_until(lambda: heard.count("INFO read is well again"))
    assert heard.count("ERROR cluster") == 0


@pytest.mark.usefixtures("often")
def test_d13_ten_times_its_interval_with_news_all_the_while_is_no_alarm(
    news: Aggregator, stages: Stages, heard: Heard
) -> None:
    """A pass over a long backlog: its items are the signs of life."""
    done = threading.Event()

    def work() -> Any:
        for _ in range(25):
            done.wait(0.2)
            news.context.watch(Outcome(stage="read", item="x", result="kept"))
        done.set()
        return {}

    stages.broken["read"] = work
    with working(news):
        wait_until(done.is_set)
    assert heard.count("hangs") == 0
