"""Killed without warning at random moments, the line ends where an undisturbed run ends."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aggregator.demo.web import DemoWeb
from tests.flow.conftest import (
    Day,
    articles,
    check_file,
    environment,
    partition,
    rows,
    wait_until,
)

LINE = """
import sys
from datetime import datetime, timedelta
from aggregator.demo.show import demo_config
from aggregator.pipeline import Aggregator
proxy, database, start = sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3])
with Aggregator(demo_config(proxy), database=database, clock=lambda: start) as news:
    news.run_once()
"""
ROUNDS = 2
KILLS = 4  # in a round


def start(web: DemoWeb, database: Path, minute: int) -> subprocess.Popen[bytes]:
    """The demo line as a program in a process group of its own; its clock stands at `minute`."""
    at = f"2026-11-20T{18 + minute // 60:02}:{minute % 60:02}:00+00:00"
    return subprocess.Popen(
        [sys.executable, "-c", LINE, web.proxy, str(database), at],
        env=environment(), start_new_session=True, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(web: DemoWeb, database: Path, minute: int) -> None:
    program = start(web, database, minute)
    _, errors = program.communicate(timeout=60)
    assert program.returncode == 0, errors.decode()


def is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_killed_line_ends_where_an_undisturbed_one_ends(
    demo_day: Day, tmp_path: Path, round_: int
) -> None:
    """D01: SIGKILL at random moments of both editions; nothing is lost, doubled or half done."""
    chance = random.Random(1000 + round_)
    database = tmp_path / "news.db"
    kills, minute, groups = 0, 0, []
    with DemoWeb() as web:
        for edition in (1, 2):
            web.edition = edition
            for _ in range(KILLS // 2):
                minute += 1
                asked = len(web.requests)
                program = start(web, database, minute)
                # Wait until it works, then strike at a moment within its few busy seconds.
                with contextlib.suppress(pytest.fail.Exception):
                    wait_until(lambda n=asked: len(web.requests) > n, seconds=10, step=0.01)
                time.sleep(chance.uniform(0, 1.1 if edition == 1 else 0.5))
                if program.poll() is None:
                    os.kill(program.pid, signal.SIGKILL)
                    kills += 1
                program.wait()
                assert program.stderr is not None
                program.stderr.close()
                groups.append(program.pid)
                check_file(database)
            minute += 10  # a claim that was never answered is put off for five minutes
            finish(web, database, minute)
    assert kills >= KILLS // 2, "the blows came too late"
    check_file(database)
    assert articles(database) == articles(demo_day.database)
    assert partition(database) == partition(demo_day.database)
    for table in ("articles", "revisions", "entries", "fingerprints", "bands", "credits"):
        count = f"SELECT count(*) AS n FROM {table}"
        assert rows(database, count) == rows(demo_day.database, count), table
    assert rows(database, "SELECT * FROM entries WHERE state = 'new'") == []
    assert rows(database, "SELECT * FROM fingerprints WHERE clustered = 0") == []
    wait_until(lambda: all(map(is_gone, groups)), seconds=10)  # no worker outlives its program


def test_a_line_killed_before_it_began_leaves_a_file_that_can_be_used(
    demo_day: Day, tmp_path: Path
) -> None:
    """The very first moments, when tables are made, struck several times."""
    chance = random.Random(7)
    database = tmp_path / "news.db"
    with DemoWeb(edition=2) as web:
        for _ in range(2):
            program = start(web, database, 0)
            with contextlib.suppress(pytest.fail.Exception):
                wait_until(database.exists, seconds=10, step=0.001)
            time.sleep(chance.uniform(0, 0.03))
            os.kill(program.pid, signal.SIGKILL)
            program.wait()
            assert program.stderr is not None
            program.stderr.close()
        finish(web, database, 20)
    check_file(database)
    assert partition(database) == partition(demo_day.database)
