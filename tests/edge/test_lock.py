"""One program per database: the lock names its holder and dies with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.edge import lock
from aggregator.errors import AlreadyRunning

HOLDING = """
import sys, time
from aggregator.edge import lock
with lock.hold(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def holding(database: Path) -> subprocess.Popen[str]:
    """Another program that holds the lock."""
    program = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(database)], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "held\n"
    return program


def end(program: subprocess.Popen[str], number: int) -> None:
    program.send_signal(number)
    program.wait(timeout=10)
    assert program.stdout is not None
    program.stdout.close()


def test_a_second_program_is_refused_with_the_process_of_the_first(tmp_path: Path) -> None:
    database = tmp_path / "news.db"
    other = holding(database)
    try:
        told = f"process {other.pid} is working on it"
        with pytest.raises(AlreadyRunning, match=told) as caught, lock.hold(database):
            pytest.fail("two hold the lock")
        assert caught.value.exit_code == 4
        assert lock.holder(database) == other.pid
    finally:
        end(other, signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_lock_dies_with_its_holder(tmp_path: Path, number: int) -> None:
    database = tmp_path / "news.db"
    end(holding(database), number)
    assert Path(f"{database}.lock").read_text() != "", "the file is left behind"
    assert lock.holder(database) is None
    with lock.hold(database):
        assert Path(f"{database}.lock").read_text() == str(os.getpid())


def test_the_lock_is_free_after_the_block(tmp_path: Path) -> None:
    database = tmp_path / "news.db"
    for _ in range(2):
        with (
            lock.hold(database),
            pytest.raises(AlreadyRunning, match=f"process {os.getpid()} "),
            lock.hold(database),
        ):
            pytest.fail("two hold the lock")
        assert lock.holder(database) is None
    with pytest.raises(ZeroDivisionError), lock.hold(database):
        raise ZeroDivisionError
    with lock.hold(database):
        pass


def test_two_databases_have_two_locks(tmp_path: Path) -> None:
    with lock.hold(tmp_path / "a.db"), lock.hold(tmp_path / "b.db"):
        assert lock.holder(tmp_path / "a.db") == os.getpid()


def test_asking_who_holds_it_makes_no_file(tmp_path: Path) -> None:
    assert lock.holder(tmp_path / "news.db") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "not a number", "9" * 4000, "-1"])
def test_a_lock_file_of_nonsense_stops_nobody(tmp_path: Path, content: str) -> None:
    database = tmp_path / "news.db"
    Path(f"{database}.lock").write_text(content)
    assert lock.holder(database) is None
    with lock.hold(database):
        assert Path(f"{database}.lock").read_text() == str(os.getpid())


def test_collectors_are_many_beside_the_one_and_none_where_they_are_kept_out(
    tmp_path: Path,
) -> None:
    database = tmp_path / "news.db"
    with lock.hold(database), lock.share(database), lock.share(database):
        told = "a collector works on it"
        with pytest.raises(AlreadyRunning, match=told) as caught, lock.keep_out(database):
            pytest.fail("it was replaced under a collector")
        assert caught.value.exit_code == 4
    with lock.keep_out(database):
        with pytest.raises(AlreadyRunning, match="being replaced"), lock.share(database):
            pytest.fail("a collector began amid a restore")
        with lock.hold(database):
            pass
    with lock.share(database):
        pass
