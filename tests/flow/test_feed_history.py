"""`feeds NAME`: the polls of one feed; `status --healthy`, for monitors that run a command."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main
from aggregator.config import Config
from aggregator.edge import lock
from aggregator.edge.store import collecting, passes
from aggregator.model import Poll
from aggregator.pipeline import Aggregator
from tests.flow.conftest import write_config

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FEED = "http://gazette.example/f"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A feed that brought nothing new three times, and then failed twice."""
    config = {"feeds": [{"name": "Gazette", "url": FEED}, {"name": "Other", "url": FEED + "2"}]}
    write_config(tmp_path, {"database": "news.db", **config})
    monkeypatch.chdir(tmp_path)
    with Aggregator(Config.load("config.yaml"), clock=lambda: NOW) as news:
        store = news.context.store
        feed = collecting.due_feeds(store, now=NOW)[0]
        for minute in range(3):
            at = NOW + timedelta(minutes=minute)
            collecting.keep_poll(
                store, feed,
                Poll(
                    status=304 if minute else 200, unchanged=minute > 0,
                    bytes=0 if minute else 900, ms=7,
                ),
                now=at, plan=lambda added: collecting.Plan(due_at=NOW),
            )  # fmt: skip
        for minute in (3, 4):
            collecting.keep_failure(
                store, feed, error="no \x1b[2J answer", status=None, due_at=NOW,
                now=NOW + timedelta(minutes=minute),
            )  # fmt: skip
    return tmp_path


def ask(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.mark.parametrize("name", ["Gazette", FEED])
def test_the_polls_of_a_feed_newest_first(folder: Path, name: str) -> None:
    rows = json.loads(ask("feeds", name, "--json").stdout)
    assert [(row["result"], row["repeats"], row["last_status"]) for row in rows] == [
        ("failed", 1, None), ("unchanged", 2, 304),
    ]  # fmt: skip
    assert rows[0]["last_at"] == "2026-11-20T12:04:00Z"
    assert len(json.loads(ask("feeds", name, "--json", "--limit", "1").stdout)) == 1
    text = ask("feeds", name).stdout
    assert "2x until 2026-11-20T12:02:00Z" in text and "900" in text
    assert "\x1b" not in text
    assert json.loads(ask("feeds", "Other", "--json").stdout) == []


def test_a_feed_that_is_not_there(folder: Path) -> None:
    asked = ask("feeds", "Gazete")
    assert asked.exit_code == 2
    assert "no feed of this name" in asked.stderr


def test_the_list_is_as_before(folder: Path) -> None:
    assert "2 sources" in ask("feeds").stdout


def test_the_last_errors_are_in_the_status(folder: Path) -> None:
    told = json.loads(ask("status", "--json").stdout)
    assert [(each["feed"], each["at"]) for each in told["errors"]] == [
        ("Gazette", "2026-11-20T12:04:00Z")
    ]
    assert told["waiting"] == {"collect": 2, "read": 0, "revisit": 0, "cluster": 0}
    assert set(told["disk"]) == {"database", "log", "free"}
    assert (told["running"], told["alarms"], told["heartbeat_age"]) == (None, [], None)


def test_healthy_is_a_daemon_that_beats_and_raises_no_alarm(folder: Path) -> None:
    asked = ask("status", "--healthy")
    assert (asked.exit_code, asked.stdout) == (1, "no daemon is at work\n")

    def beat(age: int, alarm: str | None = None) -> Result:
        job = dict.fromkeys(("started_at", "ended_at", "seconds", "error", "alarm_at"), None)
        numbers = {"every": 60, "running": 0, "passes": 1, "failures": 0}
        now = datetime.now(UTC) - timedelta(seconds=age)
        with Aggregator(Config.load("config.yaml"), clock=lambda: now) as news:
            passes.beat(
                news.context.store, now=now, about={"pid": str(os.getpid())},
                jobs=[{"name": "read", "alarm": alarm, **job, **numbers}],
            )  # fmt: skip
        with lock.hold("news.db"):
            return ask("status", "--healthy")

    asked = beat(5)
    assert (asked.exit_code, asked.stdout) == (0, "ok\n")
    asked = beat(5, "hangs")
    assert (asked.exit_code, asked.stdout.split(" (since")[0]) == (1, "read hangs")
    assert beat(0).exit_code == 0
    stale = datetime.now(UTC) - timedelta(seconds=300)
    with Aggregator(Config.load("config.yaml")) as news, news.context.store.write() as db:
        db.execute(
            "UPDATE meta SET value = ? WHERE name = 'heartbeat'", [f"{stale:%Y-%m-%dT%H:%M:%SZ}"]
        )
    with lock.hold("news.db"):
        asked = ask("status", "--healthy")
    assert asked.exit_code == 1
    assert "its last beat was" in asked.stdout
