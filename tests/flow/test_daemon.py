"""The background program: works a day off, one per database, and ends when it is asked to."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import Config
from aggregator.daemon import Daemon
from aggregator.demo.web import DemoWeb
from aggregator.edge import lock
from aggregator.errors import StoreError
from aggregator.pipeline import Aggregator
from tests.edge.conftest import Request, Server
from tests.flow.conftest import (
    Day,
    check_file,
    command,
    demo_settings,
    environment,
    partition,
    rows,
    run,
    wait_until,
    write_config,
)

QUICK = {"read_every": 1, "cluster_every": 1, "every": 60, "min": 1, "max": 3600}

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `aggregator run` in the test's folder; ends what is still running."""
    programs = []

    def launch(*words: str) -> subprocess.Popen[str]:
        program = subprocess.Popen(
            command(*words, "run"), cwd=tmp_path, env=environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        programs.append(program)
        return program

    yield launch
    for program in programs:
        if program.poll() is None:
            program.kill()
        program.communicate()


def count(database: Path, sql: str) -> int:
    """A count in a database that may not be there yet."""
    from sqlite_utils.utils import sqlite3

    if not database.exists():
        return 0
    try:
        return int(rows(database, f"SELECT count(*) AS n FROM {sql}")[0]["n"])
    except sqlite3.OperationalError:
        return 0


def stop(program: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[float, str]:
    """Ask it to end; gives the seconds that took and what it logged."""
    begun = time.monotonic()
    program.send_signal(number)
    out, errors = program.communicate(timeout=30)
    assert out == "", "stdout is for data"
    return time.monotonic() - begun, errors


def test_it_works_the_day_off_and_ends_when_asked(
    demo_day: Day, demo_web: DemoWeb, tmp_path: Path, start: Start
) -> None:
    demo_web.edition = 2
    write_config(tmp_path, demo_settings(demo_web.proxy, schedule=QUICK))
    database = tmp_path / "news.db"
    program = start()

    def done() -> bool:
        return (
            count(database, "articles") >= len(rows(demo_day.database, "SELECT id FROM articles"))
            and not count(database, "entries WHERE state = 'new'")
            and not count(database, "fingerprints WHERE clustered = 0")
        )

    wait_until(done, seconds=40)
    assert lock.holder(database) == program.pid

    # A second one is refused at once, by the process that is at work.
    begun = time.monotonic()
    second = run("run", cwd=tmp_path)
    assert time.monotonic() - begun < 5
    assert second.returncode == 4
    assert f"process {program.pid} " in second.stderr
    assert "Traceback" not in second.stderr
    assert run("run", "--once", cwd=tmp_path).returncode == 4

    # Readers are welcome all the while.
    status = json.loads(run("status", "--json", cwd=tmp_path).stdout)
    assert status["running"] == program.pid
    assert status["heartbeat"] is not None

    seconds, log = stop(program)
    assert program.returncode == 0
    assert seconds < 10
    assert "stopping on SIGTERM" in log and "stopped" in log
    assert "Traceback" not in log
    assert lock.holder(database) is None
    check_file(database)
    assert partition(database) == partition(demo_day.database)


def test_a_lock_file_left_behind_stops_no_start(
    demo_web: DemoWeb, tmp_path: Path, start: Start
) -> None:
    write_config(tmp_path, demo_settings(demo_web.proxy, feeds=[], schedule=QUICK))
    database = tmp_path / "news.db"
    first = start()
    wait_until(lambda: lock.holder(database) == first.pid)
    first.kill()
    first.wait()
    assert Path(f"{database}.lock").read_text() == str(first.pid)
    second = start()
    wait_until(lambda: lock.holder(database) == second.pid)
    wait_until(lambda: count(database, "meta WHERE name = 'heartbeat'"))
    seconds, log = stop(second, signal.SIGINT)
    assert second.returncode == 0
    assert seconds < 10
    assert "no feeds yet" in log


@pytest.fixture
def site() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def slow_settings(site: Server, **more: Any) -> dict[str, Any]:
    """One feed with one page on a loopback site."""
    feed = f"""<rss version="2.0"><channel><title>Slow</title><link>{site.url("/")}</link>
    <item><guid>1</guid><title>Slow page</title><link>{site.url("/page")}</link></item>
    </channel></rss>"""
    site.on("/feed")(lambda request: request.answer(feed.encode()))
    return {
        "database": "news.db",
        "fetch": {"allow_private": ["127.0.0.1"], "host_pause": 0, "timeout": 60},
        "schedule": QUICK,
        "feeds": [{"name": "Slow", "url": site.url("/feed")}],
    } | more


def test_it_ends_in_time_amid_a_slow_page(site: Server, tmp_path: Path, start: Start) -> None:
    """D14: a page that drips for a minute holds up no one who says stop; its try is not counted."""

    @site.on("/page")
    def page(request: Request) -> None:
        request.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>")
        request.drip(b" " * 600, 0.1)

    write_config(tmp_path, slow_settings(site))
    program = start()
    wait_until(lambda: "/page" in site.paths())
    seconds, log = stop(program)
    assert program.returncode == 0, log
    assert seconds < 10
    assert "Traceback" not in log
    (entry,) = rows(tmp_path / "news.db", "SELECT state, attempts FROM entries")
    assert entry == {"state": "new", "attempts": 0}


def test_it_ends_in_time_amid_a_page_that_hangs_its_worker(
    site: Server, tmp_path: Path, start: Start
) -> None:
    """D14: the worker is in the middle of a page that takes it minutes."""
    spans = b"<p>" + b"<span>a</span>" * 60_000
    page = b"<html><body><h1>Slow</h1>" + spans + b"</p></body></html>"
    site.on("/page")(lambda request: request.answer(page, Content_Type="text/html"))
    write_config(tmp_path, slow_settings(site, read={"deadline": 60, "workers": 1}))
    program = start()
    wait_until(lambda: "/page" in site.paths())
    time.sleep(1)
    seconds, log = stop(program)
    assert program.returncode == 0, log
    assert seconds < 10
    assert "Traceback" not in log
    check_file(tmp_path / "news.db")


def test_a_refused_second_one_changes_nothing(
    demo_web: DemoWeb, tmp_path: Path, start: Start
) -> None:
    """Its config may be another one: it must not switch off the feeds of the one at work."""
    write_config(tmp_path, demo_settings(demo_web.proxy, schedule=QUICK | {"read_every": 3600}))
    database = tmp_path / "news.db"
    program = start()
    wait_until(lambda: count(database, "feeds WHERE polled_at IS NOT NULL") >= 20)
    other = tmp_path / "other"
    other.mkdir()
    write_config(other, {"database": str(database)})
    assert run("run", cwd=other).returncode == 4
    try:
        assert count(database, "feeds WHERE enabled = 0") == 0
    finally:
        stop(program)


# -- inside one program


class Story(Exception):
    """What goes wrong in a stage."""


@pytest.fixture
def news(tmp_path: Path) -> Iterator[Aggregator]:
    config = Config.model_validate({"schedule": QUICK})
    with Aggregator(config, database=tmp_path / "news.db") as made:
        yield made


def running(news: Aggregator) -> threading.Thread:
    thread = threading.Thread(target=Daemon(news).run)
    thread.start()
    return thread


class Heard(logging.Handler):
    """Keeps what is logged, as lines."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.mark.parametrize(
    ("error", "told"),
    [(Story("a bug"), "fault in the program"), (StoreError("news.db", "is full"), "is full")],
)
def test_a_stage_that_fails_goes_on_at_the_next_tick(
    news: Aggregator, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    """D13: neither an error of ours nor a bug ends the daemon or another stage."""
    calls: list[str] = []

    def fail() -> Any:
        calls.append("read")
        raise error

    def work() -> Any:
        calls.append("cluster")
        return {}

    monkeypatch.setattr(news, "read", fail)
    monkeypatch.setattr(news, "cluster", work)
    heard = Heard()
    logger = logging.getLogger("aggregator")
    logger.addHandler(heard)
    try:
        thread = running(news)
        wait_until(lambda: calls.count("read") >= 2 and calls.count("cluster") >= 2, seconds=10)
        news.context.stop.set()
        thread.join(10)
    finally:
        logger.removeHandler(heard)
    assert not thread.is_alive()
    assert sum(line.startswith("read") and told in line for line in heard.lines) >= 2


def test_a_stage_that_hangs_holds_up_no_other_and_never_runs_twice(
    news: Aggregator, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = threading.Event()
    calls: list[str] = []

    def hang() -> Any:
        calls.append("read")
        hanging.wait(20)
        return {}

    def work() -> Any:
        calls.append("cluster")
        return {}

    monkeypatch.setattr(news, "read", hang)
    monkeypatch.setattr(news, "cluster", work)
    thread = running(news)
    wait_until(lambda: calls.count("cluster") >= 3, seconds=10)
    assert calls.count("read") == 1
    hanging.set()
    news.context.stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_importing_the_daemon_is_cheap() -> None:
    code = "import sys, aggregator.daemon; print('apscheduler' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
