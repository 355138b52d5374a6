"""The background program: works a day off, one per database, and changes nothing it should not."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from aggregator.demo.web import DemoWeb
from aggregator.edge import lock
from tests.flow.conftest import (
    Day,
    check_file,
    demo_settings,
    partition,
    rows,
    run,
    wait_until,
    write_config,
)
from tests.flow.daemons import QUICK
from tests.flow.programs import Start, count, start, stop

__all__ = ["start"]


def test_d07_d14_it_works_the_day_off_alone_and_ends_when_asked(
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

    wait_until(done, seconds=120)
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


def test_d07_a_lock_file_left_behind_stops_no_start(
    demo_web: DemoWeb, tmp_path: Path, start: Start
) -> None:
    """Though the server of its workers may live on for a moment."""
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


def test_importing_the_daemon_is_cheap() -> None:
    code = "import sys, aggregator.daemon; print('apscheduler' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
