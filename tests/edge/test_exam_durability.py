"""The durability exam on one database: cases D05, D06, D08 to D11 and D17 by their names.

D03 and D04 stand in test_store_space.py, D01, D02 and the whole line in tests/flow.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.utils import sqlite3

from aggregator.edge import schema
from aggregator.edge.store import Store, backing, door, opening, reading, space, walfile
from aggregator.errors import (
    AggregatorError,
    Damaged,
    Locked,
    Missing,
    NewerSchema,
    StoreError,
    UsageError,
    Vanished,
)
from tests.edge.test_schema import DUMPS, shape
from tests.edge.test_store_corpus import NOW, Desk, paper, prose, site

COUNT = "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'n'"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "news.db"


@pytest.fixture
def stored(path: Path) -> Path:
    """A database of twelve articles, closed."""
    with Store(path) as store:
        desk = Desk(store)
        for number in range(12):
            desk.keep(paper(site(number), prose(f"text {number}", 30), at=number))
        desk.cluster()
        desk.run("INSERT INTO meta (name, value) VALUES ('n', '0')")
    return path


def number(path: Path) -> int:
    with reading(path) as db:
        return int(db.execute("SELECT value FROM meta WHERE name = 'n'").fetchone()[0])


def program(code: str, *arguments: object, **given: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **given,
    )  # fmt: skip


def line_of(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    return running.stdout.readline().strip()


def finish(running: subprocess.Popen[str]) -> str:
    out, errors = running.communicate(timeout=60)
    assert running.returncode == 0, errors
    return out


# -- D05: a folder that may not be written, a database that goes while it is used


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder cannot be written; skipped where root may write everywhere and mount nothing."""
    if os.geteuid() != 0:
        folder.chmod(0o500)
        yield
        folder.chmod(0o700)
        return
    bind = ["mount", "--bind", str(folder), str(folder)]
    if subprocess.run(bind, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_d05_a_folder_that_may_not_be_written(stored: Path) -> None:
    before = sorted(file.name for file in stored.parent.iterdir())
    with read_only(stored.parent):
        told = r"news\.db: (may not be written|unable to open)"
        with pytest.raises(StoreError, match=told), Store(stored) as store, store.write() as db:
            db.execute(COUNT)
        with pytest.raises(StoreError, match="unable to open"):
            Store(stored.parent / "other.db")
    assert sorted(file.name for file in stored.parent.iterdir()) == before
    assert number(stored) == 0


def test_d05_a_database_deleted_while_it_is_used(stored: Path) -> None:
    with Store(stored) as store:
        with store.write() as db:
            db.execute(COUNT)
        for file in stored.parent.glob("news.db*"):
            file.unlink()
        for _ in range(2):
            told = r"news\.db: was deleted while it was in use; try: .* restore"
            with pytest.raises(Vanished, match=told), store.write():
                pytest.fail("written into a file that nobody will see")
        with pytest.raises(Missing), store.snapshot():
            pytest.fail("read")
    assert list(stored.parent.iterdir()) == [], "no new, empty database"


def test_d05_a_database_replaced_while_it_is_used(stored: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with Store(other) as made, made.write() as db:
        db.execute("INSERT INTO meta (name, value) VALUES ('n', '7')")
    with Store(stored) as store:
        other.replace(stored)
        with pytest.raises(Vanished, match="was replaced while"), store.write():
            pytest.fail("written into a file that nobody will see")
    assert number(stored) == 7
    with Store(stored) as store, store.write() as db:
        db.execute(COUNT)


def test_d05_a_pause_hides_no_lost_database(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "RETRY_SECONDS", 0.0)
    with Store(stored, watched=True) as store:
        store.space.shut("database or disk is full")
        stored.unlink()
        with pytest.raises(Vanished):
            store.space_ok()


@pytest.mark.parametrize("left", [".reserve", "-wal"])
def test_d05_no_new_database_where_one_was_lost(path: Path, left: str) -> None:
    trace = Path(f"{path}{left}")
    trace.write_bytes(b"x" * 5000)
    with pytest.raises(Missing, match=rf"is gone, but news\.db{left} is still here"):
        Store(path)
    assert [file.name for file in path.parent.iterdir()] == [trace.name]
    trace.unlink()
    with Store(path):
        assert path.exists()


# -- D06: damage is found at the start, nothing is overwritten, a backup restores


def zero_header(data: bytearray) -> None:
    data[:100] = bytes(100)


def spoil_page(data: bytearray) -> None:
    page = len(data) // 4096 // 2
    data[page * 4096 : (page + 1) * 4096] = b"\x5a" * 4096


def truncate(data: bytearray) -> None:
    del data[len(data) * 6 // 10 :]


@pytest.mark.parametrize("damage", [zero_header, spoil_page, truncate])
def test_d06_damage_is_found_at_the_start(
    stored: Path, tmp_path: Path, damage: Callable[[bytearray], None]
) -> None:
    copied = backing.back_up(stored, tmp_path / "copy.db", now=NOW)
    data = bytearray(stored.read_bytes())
    damage(data)
    stored.write_bytes(data)
    with pytest.raises(Damaged, match=r"try: aggregator restore BACKUP"):
        Store(stored, check=True)
    assert stored.read_bytes() == bytes(data), "nothing is overwritten"
    with pytest.raises(StoreError):
        backing.back_up(stored, tmp_path / "copy.db", now=NOW)
    assert backing.check_copy(copied.path) == copied.rows, "nor is a good backup by a bad one"
    rows, old = backing.restore(copied.path, stored, now=NOW)
    assert rows == copied.rows
    assert old is not None
    assert old.read_bytes() == bytes(data)
    with Store(stored, check=True) as store:
        assert store.query("SELECT count(*) FROM articles")[0][0] == 12


def test_a_large_file_is_checked_when_its_last_program_was_killed(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "ALWAYS_CHECKED", 1000)
    assert not opening.is_to_be_checked(str(stored))
    killed = program(
        """
        import os, sys
        from aggregator.edge.store import Store
        store = Store(sys.argv[1])
        with store.write() as db:
            db.execute("INSERT INTO agencies VALUES ('x', 'X')")
        os.kill(os.getpid(), 9)
        """,
        stored,
    )
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert opening.is_to_be_checked(str(stored))
    with Store(stored, check=True) as store:
        assert store.query("SELECT count(*) FROM agencies WHERE id = 'x'")[0][0] == 1
    assert not opening.is_to_be_checked(str(stored))


def test_a_check_ends_in_time(stored: Path) -> None:
    with closing(door.connect(str(stored))) as db:
        assert opening.check_sound(db, str(stored))
        assert not opening.check_sound(db, str(stored), seconds=0.0)
        assert opening.check_sound(db, str(stored), seconds=None)


# -- D08, D09: other writers

HOLDER = """
import sys, time
from aggregator.edge.store import door
db = door.connect(sys.argv[1])
db.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
db.execute("ROLLBACK")
"""


def test_d08_a_lock_held_too_long_is_an_error_to_try_again_after(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held for 30 s in the exam; here past a shorter patience, and then within it."""
    monkeypatch.setattr(door, "BUSY_SECONDS", 0.3)
    holder = program(HOLDER, stored)
    assert line_of(holder) == "held"
    with Store(stored, create=False) as store:
        with pytest.raises(Locked, match="another program is writing") as caught, store.write():
            pytest.fail("two write at once")
        assert caught.value.retry
        assert store.space_ok(), "another writer is no full disk"
        store.connection.execute("PRAGMA busy_timeout = 30000")
        threading.Timer(0.5, lambda: holder.communicate("go\n")).start()
        with store.write() as db:
            db.execute(COUNT)
    assert number(stored) == 1


COUNTING = """
import sys
from aggregator.edge.store import Store
with Store(sys.argv[1]) as store:
    for _ in range(int(sys.argv[2])):
        with store.write() as db:
            value = int(db.execute("SELECT value FROM meta WHERE name = 'n'").fetchone()[0])
            db.execute("UPDATE meta SET value = ? WHERE name = 'n'", [str(value + 1)])
"""


def test_d09_four_programs_of_300_updates_lose_none(stored: Path) -> None:
    programs = [program(COUNTING, stored, 300) for _ in range(4)]
    for each in programs:
        finish(each)
    assert number(stored) == 1200


# -- D10: the log beside a reader that never ends

READER = """
import sys
from aggregator.edge.store import reading
with reading(sys.argv[1]) as db:
    print("reading", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def short_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walfile, "SHORT", 200_000)
    monkeypatch.setattr(walfile, "LONG", 500_000)
    monkeypatch.setattr(walfile, "WAIT_SECONDS", 0.05)


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the system tells nothing of locks")
@pytest.mark.usefixtures("short_logs")
def test_d10_a_reader_that_never_ends_is_named(stored: Path) -> None:
    reader = program(READER, stored)
    assert line_of(reader) == "reading"
    with Store(stored) as store:
        for _ in range(40):
            with store.write() as db:
                db.execute("INSERT INTO agencies VALUES (hex(randomblob(8)), hex(zeroblob(9000)))")
        found = walfile.shorten(stored)
        assert found.held
        assert found.size == walfile.size_of(stored) > walfile.LONG
        assert [each.pid for each in found.readers] == [reader.pid]
        told = str(found.warning())
        assert f"process {reader.pid} (" in told
        assert "end that program" in told
        reader.communicate("end\n")
        found = walfile.shorten(stored)
        assert (found.size, found.held, found.readers) == (0, False, ())
        assert found.warning() is None
        assert walfile.readers(stored) == ()


@pytest.mark.usefixtures("short_logs")
def test_a_log_that_is_short_is_left_alone(stored: Path) -> None:
    with Store(stored) as store:
        with store.write() as db:
            db.execute(COUNT)
        size = walfile.size_of(stored)
        assert 0 < size <= walfile.SHORT
        assert walfile.shorten(stored) == walfile.Log(size)
        assert walfile.size_of(stored) == size
    assert walfile.size_of(stored) == 0


@pytest.mark.usefixtures("short_logs")
def test_shortening_waits_for_no_writer(stored: Path) -> None:
    with Store(stored) as store, store.write() as db:
        for _ in range(40):
            db.execute("INSERT INTO agencies VALUES (hex(randomblob(8)), hex(zeroblob(9000)))")
        db.execute("PRAGMA cache_spill")
        begun = time.monotonic()
        walfile.shorten(stored)
        assert time.monotonic() - begun < 20  # not the 30 s that a writer waits


# -- D11: schemas

MIGRATING = """
import os, sys
from aggregator.edge import schema
from aggregator.edge.store import Store, door

connect, left = door.connect, int(sys.argv[2])

def connecting(*given, **named):
    made = connect(*given, **named)
    def heard(sql):
        global left
        left -= sql.startswith(("CREATE", "INSERT", "PRAGMA application_id", "COMMIT"))
        if not left:
            os.kill(os.getpid(), 9)
    made.set_trace_callback(heard)
    return made

if len(sys.argv) > 3:
    def m0002_more(db):
        db.conn.execute("CREATE TABLE more (id INTEGER PRIMARY KEY)")
        db.conn.execute("INSERT INTO more VALUES (1)")
        db.conn.execute("CREATE INDEX more_id ON more(id)")
    schema.STEPS.append(m0002_more)

door.connect = connecting
Store(sys.argv[1])
print("done")
"""


@pytest.mark.parametrize("statement", [1, 2, 3, 40, 90])
def test_d11_a_first_start_killed_amid_its_migration(path: Path, statement: int) -> None:
    killed = program(MIGRATING, path, statement)
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    with Store(path, check=True) as store, Store(":memory:") as fresh:
        assert shape(store.connection) == shape(fresh.connection)


@pytest.mark.parametrize("statement", range(1, 6))
def test_d11_an_older_schema_killed_amid_its_migration(stored: Path, statement: int) -> None:
    """The file is as it was, or migrated: then this version refuses it, by the step's name."""
    killed = program(MIGRATING, stored, statement, "more")
    out, _ = killed.communicate(timeout=60)
    if killed.returncode == 0:
        assert out == "done\n"
    with closing(door.connect(str(stored))) as db:
        names = shape(db)
        assert db.execute("SELECT count(*) FROM articles").fetchone()[0] == 12
        assert db.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        done = db.execute("SELECT 1 FROM _sqlite_migrations WHERE name LIKE 'm0002%'").fetchone()
    assert ("table more" in names, "index more_id" in names) == (bool(done), bool(done))
    if done:
        with pytest.raises(NewerSchema, match="m0002_more"):
            Store(stored)
    else:
        with Store(stored) as store:
            assert store.query("SELECT count(*) FROM articles")[0][0] == 12


@pytest.mark.parametrize("dump", sorted(DUMPS.glob("*.sql")), ids=lambda one: one.stem)
def test_d11_each_older_schema_is_migrated_or_refused_untouched(dump: Path, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(dump.read_text(encoding="utf-8"))
    newer = path.with_name("newer.db")
    shutil.copy(path, newer)
    with closing(sqlite3.connect(newer)) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('aggregator', 'm9999_later', '2030-01-01')"
        )
        db.commit()
    before = newer.read_bytes()
    for opened in (lambda: Store(newer), lambda: Store(newer, check=True, watched=True)):
        with pytest.raises(NewerSchema, match="m9999_later"):
            opened()
    assert newer.read_bytes() == before
    assert {file.name for file in path.parent.iterdir()} == {"news.db", "newer.db"}
    with Store(path) as store:
        assert not opening.is_pending(store.connection)


# -- D17: backups

WRITER = """
import sys
from aggregator.edge.store import Store
with Store(sys.argv[1]) as store:
    done = 0
    print("writing", flush=True)
    while not store.query("SELECT 1 FROM meta WHERE name = 'end'"):
        done += 1
        with store.write() as db:  # two tables that are never apart, numbers without a gap
            db.execute("INSERT INTO agencies VALUES (?, ?)", [f"zz{done:06}", "x" * 3000])
            db.execute("UPDATE meta SET value = ? WHERE name = 'n'", [str(done)])
    print(done)
"""


def test_d17_a_backup_while_writing_is_a_prefix_of_history(stored: Path, tmp_path: Path) -> None:
    writer = program(WRITER, stored)
    assert line_of(writer) == "writing"
    found, steps = [], []
    for at in range(4):
        copied = backing.back_up(
            stored, tmp_path / f"copy{at}.db", now=NOW, tell=lambda *done: steps.append(done)
        )
        with reading(copied.path) as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            rows = db.execute("SELECT count(*), max(id) FROM agencies WHERE id LIKE 'zz%'")
            count, newest = rows.fetchone()
        assert count == number(copied.path)
        assert newest in (None, f"zz{count:06}"), "no gap"
        found.append(count)
    with Store(stored) as store, store.write() as db:
        db.execute("INSERT INTO meta (name, value) VALUES ('end', '1')")
    total = int(finish(writer))
    assert found == sorted(found)
    assert found[-1] <= total
    assert found[-1] > 0
    assert steps[-1][0] == steps[-1][1] > 0
    names = {file.name for file in tmp_path.iterdir() if not file.name.startswith("news.db")}
    assert names == {f"copy{at}.db" for at in range(4)}, "one file each, no log, no draft"


def test_a_backup_replaces_an_older_one_and_nothing_else(stored: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backing.back_up(stored, copy, now=NOW)
    stored.chmod(0o600)
    assert backing.back_up(stored, copy, now=NOW).rows["articles"] == 12
    assert copy.stat().st_mode & 0o777 == 0o600
    other = tmp_path / "notes.txt"
    other.write_text("mine")
    with pytest.raises(UsageError, match="no copy of ours"):
        backing.back_up(stored, other, now=NOW)
    with pytest.raises(UsageError, match="is the database itself"):
        backing.back_up(stored, stored, now=NOW)
    with pytest.raises(UsageError, match="no such folder"):
        backing.back_up(stored, tmp_path / "none" / "copy.db", now=NOW)
    with pytest.raises(Missing):
        backing.back_up(tmp_path / "none.db", copy, now=NOW)
    assert other.read_text() == "mine"


def test_a_folder_keeps_so_many_copies(stored: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "news-old.db").write_text("not named here")
    for day in range(5):
        done = backing.back_up(stored, folder, now=NOW + timedelta(days=day), keep=3)
    assert [path.name for path in done.removed] == ["news-20261121T120000Z.db"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "news-20261122T120000Z.db", "news-20261123T120000Z.db", "news-20261124T120000Z.db",
        "news-old.db",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="--keep needs a folder"):
        backing.back_up(stored, tmp_path / "copy.db", now=NOW, keep=3)


def test_a_copy_that_fails_its_check_takes_nobodys_place(
    stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy.db"
    backing.back_up(stored, copy, now=NOW)
    before = copy.read_bytes()

    def fail(*_: object) -> None:
        raise Damaged("copy", "fails its own check")

    monkeypatch.setattr(backing, "check_copy", fail)
    with pytest.raises(Damaged):
        backing.back_up(stored, copy, now=NOW)
    assert copy.read_bytes() == before
    assert [file.name for file in tmp_path.glob(".*")] == []


def test_restoring_leaves_the_old_log_behind(stored: Path, tmp_path: Path) -> None:
    """A log that lay beside the copy would be taken into it."""
    copied = backing.back_up(stored, tmp_path / "copy.db", now=NOW)
    killed = program(
        """
        import os, sys
        from aggregator.edge.store import Store
        store = Store(sys.argv[1])
        for n in range(50):
            with store.write() as db:
                db.execute("INSERT INTO agencies VALUES (?, 'X')", [f"late{n}"])
        os.kill(os.getpid(), 9)
        """,
        stored,
    )
    killed.communicate(timeout=60)
    assert walfile.size_of(stored) > 0
    _, old = backing.restore(copied.path, stored, now=NOW)
    assert old is not None
    assert walfile.size_of(stored) == 0
    with reading(stored) as db:
        assert db.execute("SELECT count(*) FROM agencies WHERE id LIKE 'late%'").fetchone()[0] == 0
    with reading(old) as db:  # and nothing of what was there is lost
        assert db.execute("SELECT count(*) FROM agencies WHERE id LIKE 'late%'").fetchone()[0] == 50
    with pytest.raises(AggregatorError, match="no such backup"):
        backing.restore(tmp_path / "none.db", stored, now=NOW)
    with pytest.raises(UsageError, match="is the database itself"):
        backing.restore(stored, stored, now=NOW)


def test_restoring_where_the_database_was_lost(stored: Path, tmp_path: Path) -> None:
    copied = backing.back_up(stored, tmp_path / "copy.db", now=NOW)
    Path(f"{stored}.reserve").write_text('{"since": "2026-11-20 12:00:00", "reason": "full"}')
    stored.unlink()
    assert backing.restore(copied.path, stored, now=NOW)[1] is None
    with Store(stored, check=True, watched=True) as store:
        assert store.query("SELECT count(*) FROM articles")[0][0] == 12


def test_a_file_that_is_no_copy_is_not_restored(stored: Path, tmp_path: Path) -> None:
    before = stored.read_bytes()
    bad = tmp_path / "bad.db"
    data = bytearray(before)
    spoil_page(data)
    bad.write_bytes(data)
    with pytest.raises(Damaged):
        backing.restore(bad, stored, now=NOW)
    with closing(sqlite3.connect(tmp_path / "foreign.db")) as db:
        db.execute("CREATE TABLE t (a)")
    with pytest.raises(StoreError, match="of another program"):
        backing.restore(tmp_path / "foreign.db", stored, now=NOW)
    assert stored.read_bytes() == before
    assert schema.APPLICATION_ID


# -- D02 once more: tidying that is killed

PRUNING = """
import os, sys
from datetime import datetime, timedelta
from pathlib import Path
from aggregator.edge.store import door, sweeping
from aggregator.pipeline import tending

connect, left, begins = door.connect, int(sys.argv[2]), sys.argv[3]
sweeping.STEP = 2

def connecting(*given, **named):
    made = connect(*given, **named)
    def heard(sql):
        global left
        left -= sql.startswith(begins)
        if not left:
            os.kill(os.getpid(), 9)
    made.set_trace_callback(heard)
    return made

door.connect = connecting
now = datetime.fromisoformat("2027-01-20T12:00:00+00:00")
spans = sweeping.Spans(**{sys.argv[4]: 30 * 86400.0})
tending.prune(Path(sys.argv[1]), spans, now=now)
"""


@pytest.mark.parametrize("what", ["texts", "articles"])
def test_d02_pruning_killed_at_each_step_ends_as_undisturbed(
    stored: Path, tmp_path: Path, what: str
) -> None:
    whole = backing.back_up(stored, tmp_path / "whole.db", now=NOW).path
    finish(program(PRUNING, whole, 10**9, "-", what))
    steps = {
        "DELETE FROM bands": 1, "UPDATE entries SET": 2, "COMMIT": 3,
        "PRAGMA incremental_vacuum": 1,
    }  # fmt: skip
    for step, number in steps.items():
        killed = program(PRUNING, stored, number, step, what)
        killed.communicate(timeout=60)
        assert killed.returncode == -signal.SIGKILL, step
        with reading(stored) as db:
            assert db.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    finish(program(PRUNING, stored, 10**9, "-", what))
    with reading(stored) as one, reading(whole) as other:
        for table in ("articles", "entries", "tombstones", "past_stories", "clusters", "bands"):
            sql = f"SELECT * FROM {table}"
            rows, same = (list(map(tuple, db.execute(sql))) for db in (one, other))
            assert rows == same, table
