"""The one write door: all or nothing, one writer at a time, and errors a user can act on."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from aggregator.edge import schema
from aggregator.edge.store import Store, door, driver, reading, sqlite_warning
from aggregator.errors import Locked, Missing, StoreError

COUNT = "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'n'"
VALUE = "SELECT value FROM meta WHERE name = 'n'"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "news.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as made:
        with made.write() as db:
            db.execute("INSERT INTO meta (name, value) VALUES ('n', '0')")
        yield made


def number(store: Store) -> int:
    return int(store.query("SELECT value FROM meta WHERE name = 'n'")[0][0])


# -- one transaction


def test_write_says_begin_immediate(store: Store) -> None:
    said: list[str] = []
    store.connection.set_trace_callback(said.append)
    with store.write() as db:
        db.execute(COUNT)
    store.connection.set_trace_callback(None)
    assert said[0] == "BEGIN IMMEDIATE"
    assert said[-1] == "COMMIT"
    assert said.count("COMMIT") == 1


def test_an_error_takes_everything_back(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as db:
        db.execute(COUNT)
        db.execute("INSERT INTO agencies VALUES ('x', 'X')")
        raise ZeroDivisionError
    assert number(store) == 0
    assert store.query("SELECT * FROM agencies") == []
    with store.write() as db:  # and the door still opens
        db.execute(COUNT)
    assert number(store) == 1


def test_an_interrupt_takes_everything_back(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), store.write() as db:
        db.execute(COUNT)
        raise KeyboardInterrupt
    assert number(store) == 0
    assert not store.connection.in_transaction


def test_a_step_inside_a_larger_commit_is_part_of_it(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write():
        with store.write() as db:
            db.execute(COUNT)
        assert store.connection.in_transaction, "the inner step must not commit"
        raise ZeroDivisionError
    assert number(store) == 0


def test_foreign_keys_are_enforced(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError), store.write() as db:
        db.execute("INSERT INTO revisions (article, seen_at, title, digest, text)"
                   " VALUES (77, '', '', '', '')")  # fmt: skip


def test_threads_take_turns(store: Store) -> None:
    def work() -> None:
        for _ in range(50):
            with store.write() as db:
                value = db.execute("SELECT value FROM meta WHERE name = 'n'").fetchone()[0]
                db.execute("UPDATE meta SET value = ? WHERE name = 'n'", [str(int(value) + 1)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert number(store) == 200


# -- two programs

COUNTING = """
import sys
from aggregator.edge.store import Store
with Store(sys.argv[1]) as store:
    for _ in range(150):
        with store.write() as db:
            value = int(db.execute("SELECT value FROM meta WHERE name = 'n'").fetchone()[0])
            db.execute("UPDATE meta SET value = ? WHERE name = 'n'", [str(value + 1)])
"""


def test_two_programs_that_read_and_then_write_lose_nothing(store: Store, path: Path) -> None:
    programs = [
        subprocess.Popen([sys.executable, "-c", COUNTING, str(path)], stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for program in programs:
        assert program.communicate(timeout=60)[1] == b""
        assert program.returncode == 0
    assert number(store) == 300


def test_a_writer_that_does_not_finish_gives_locked(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "BUSY_SECONDS", 0.2)
    with Store(path) as other, store.write():
        begun = time.monotonic()
        told = r"news\.db: another program is writing"
        with pytest.raises(Locked, match=told) as caught, other.write():
            pytest.fail("two write at once")
        assert 0.15 < time.monotonic() - begun < 3
    assert caught.value.retry
    with Store(path) as other, other.write() as db:  # free again
        db.execute(COUNT)
    assert number(store) == 1


def test_a_writer_waits_for_one_that_finishes(path: Path, store: Store) -> None:
    held = threading.Event()

    def hold() -> None:
        with store.write() as db:
            held.set()
            time.sleep(0.3)
            db.execute(COUNT)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    with Store(path) as other, other.write() as db:
        db.execute(COUNT)
    thread.join()
    assert number(store) == 2


def test_a_reader_is_not_held_up_and_sees_one_moment(path: Path, store: Store) -> None:
    with store.write() as db:
        db.execute(COUNT)
        with reading(path) as other:
            begun = time.monotonic()
            assert other.execute(VALUE).fetchone()[0] == "0"
            assert time.monotonic() - begun < 1
    with store.snapshot() as snapshot:
        assert snapshot.execute(VALUE).fetchone()[0] == "1"
        with store.write() as db:
            db.execute(COUNT)
        assert snapshot.execute(VALUE).fetchone()[0] == "1"
    assert number(store) == 2


def test_a_snapshot_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError), store.snapshot() as db:
        db.execute(COUNT)
    assert number(store) == 0


# -- what is missing, full or broken


def test_a_missing_database_is_said_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(Missing, match=r"none\.db: no such database; try: "), reading(path):
        pass
    with pytest.raises(Missing):
        Store(path, create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        Store(tmp_path / "no" / "folder" / "news.db")


def test_reading_leaves_nothing_beside_the_database(path: Path, store: Store) -> None:
    store.close()
    before = path.read_bytes()
    with reading(path) as db:
        db.execute("SELECT count(*) FROM articles").fetchone()
    assert path.read_bytes() == before
    assert {each.name for each in path.parent.iterdir()} - {"news.db-shm", "news.db-wal"} == {
        "news.db"
    }


def fill(store: Store) -> None:
    with store.write() as db:
        db.execute(COUNT)
        for number in range(400):
            db.execute("INSERT INTO agencies VALUES (?, ?)", [f"a{number}", "x" * 2000])


def test_a_full_disk_takes_everything_back(store: Store) -> None:
    pages = store.query("PRAGMA page_count")[0][0]
    store.query(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises((StoreError, sqlite3.OperationalError)):
        fill(store)
    assert number(store) == 0
    store.query("PRAGMA max_page_count = 100000")
    fill(store)  # room again: the same program goes on
    assert number(store) == 1
    assert store.query("PRAGMA integrity_check")[0][0] == "ok"


def test_a_full_disk_is_an_error_of_ours(store: Store) -> None:
    store.query(f"PRAGMA max_page_count = {store.query('PRAGMA page_count')[0][0] + 5}")
    with pytest.raises(StoreError, match="full"):
        fill(store)


def test_a_damaged_page_is_an_error_of_ours(path: Path, store: Store) -> None:
    fill(store)
    store.close()
    whole = bytearray(path.read_bytes())
    whole[4096 * 3 : -4096] = b"\x5a" * (len(whole) - 4096 * 4)
    path.write_bytes(whole)
    with pytest.raises(StoreError, match="malformed"), reading(path) as db:
        for table in ("agencies", "meta", "articles", "entries", "feeds"):
            db.execute(f"SELECT * FROM {table}").fetchall()


def test_the_sqlite_in_use_is_judged_by_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door.sqlite3, "sqlite_version", "3.51.3")
    assert sqlite_warning() is None
    monkeypatch.setattr(door.sqlite3, "sqlite_version", "3.51.2")
    assert "pysqlite3" in str(sqlite_warning())
    monkeypatch.setattr(door.sqlite3, "sqlite_version", "3.7.17")
    assert sqlite_warning()


def learned(path: Path) -> set[str]:
    """The tables that SQLite has statistics of."""
    with closing(sqlite3.connect(path)) as db:
        known = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchone()
        return {row[0] for row in db.execute("SELECT tbl FROM sqlite_stat1")} if known else set()


def add_outlets(store: Store, count: int) -> None:
    with store.write() as db:
        first = db.execute("SELECT count(*) FROM outlets").fetchone()[0]
        db.executemany(
            "INSERT INTO outlets (name, domain) VALUES (?, ?)",
            [(f"n{n}", f"n{n}.example") for n in range(first, first + count)],
        )


def test_statistics_follow_what_has_grown(path: Path, store: Store) -> None:
    def outlets() -> int:
        stat = store.query("SELECT stat FROM sqlite_stat1 WHERE idx = 'outlets_family'")
        return int(stat[0][0].split()[0])

    add_outlets(store, 20)
    store.study()
    assert "outlets" in learned(path), "also of a table that this connection never asked"
    assert outlets() == 20
    add_outlets(store, 30)
    store.study()
    assert outlets() == 20, "not for twice as many"
    add_outlets(store, 400)
    store.study()
    assert outlets() == 450


def test_whoever_wrote_leaves_statistics_and_whoever_looked_none(path: Path, store: Store) -> None:
    add_outlets(store, 20)
    with Store(path, create=False) as looking:
        assert looking.query("SELECT count(*) FROM outlets WHERE family = 'x'")
    assert learned(path) == set()
    with Store(path) as writing:
        add_outlets(writing, 1)
    assert "outlets" in learned(path)


def test_statistics_wait_while_nothing_is_written(path: Path, store: Store) -> None:
    add_outlets(store, 20)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        store.connection.execute("PRAGMA busy_timeout = 50")
        store.study()  # somebody else writes: no error, and nothing is lost
        other.execute("ROLLBACK")
    assert learned(path) == set()


def test_settings_of_the_file(path: Path, store: Store) -> None:
    assert store.query("PRAGMA journal_mode")[0][0] == "wal"
    assert store.query("PRAGMA foreign_keys")[0][0] == 1
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_the_driver_is_the_one_that_sqlite_utils_takes() -> None:
    assert driver.sqlite3 is sqlite3


def test_the_steps_are_those_that_sqlite_utils_knows() -> None:
    with Store(":memory:") as store:
        made = schema.migrations().applied(Database(store.connection))
        assert [step.name for step in made] == [step.__name__ for step in schema.STEPS]
        assert schema.pending(store.connection) == []


def test_what_is_owed_can_be_done_at_once(store: Store) -> None:
    """Before somebody reads rows that it changes; in a commit of its own, or not at all."""
    done: list[bool] = []
    store.pay()
    store.owe(lambda: done.append(store.connection.in_transaction))
    assert done == []
    store.pay()
    store.pay()
    assert done == [True]
