"""The daemon as a program of its own: started, looked at, asked to end; a site for it to watch."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.edge.conftest import Server
from tests.flow.conftest import command, environment, rows
from tests.flow.daemons import QUICK

Start = Callable[..., subprocess.Popen[str]]
logs: dict[int, Path] = {}  # of the programs started, by process


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `aggregator run`, or another verb, in the test's folder; ends what still runs."""
    programs = []

    def launch(*words: str, verb: tuple[str, ...] = ("run",)) -> subprocess.Popen[str]:
        with (tmp_path / "log").open("a") as log:
            program = subprocess.Popen(
                command(*words, *verb), cwd=tmp_path, env=environment(), text=True,
                stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        programs.append(program)
        logs[program.pid] = tmp_path / "log"
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
    """Ask it to end; gives the seconds that took and what was logged in its folder."""
    begun = time.monotonic()
    program.send_signal(number)
    program.wait(timeout=30)
    seconds = time.monotonic() - begun
    # The server of its workers may be amid its imports, and holds the pipe until they are done.
    out, _ = program.communicate(timeout=30)
    assert out == "", "stdout is for data"
    return seconds, logs[program.pid].read_text()


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
