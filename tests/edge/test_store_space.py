"""A full disk is a pause: nothing is lost, readers go on, and it goes on by itself."""

from __future__ import annotations

import json
import logging
import os
import resource
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.edge.store import Store, reading, space
from aggregator.edge.store.space import Space, read_pause
from aggregator.edge.store.sweeping import Spans
from aggregator.errors import Full
from aggregator.pipeline import tending
from tests.edge.test_store_corpus import NOW, Desk, paper, prose, site

FILL = "INSERT INTO agencies VALUES (hex(randomblob(8)), hex(zeroblob(100000)))"
COUNT = "SELECT count(*) FROM agencies"


class Disk:
    """What the disk says of itself, as a test wants it."""

    def __init__(self) -> None:
        self.free = 1 << 30
        self.total = 1 << 40

    def __call__(self, path: object) -> Any:
        return shutil._ntuple_diskusage(self.total, self.total - self.free, self.free)  # type: ignore[attr-defined]


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk()
    monkeypatch.setattr(space.shutil, "disk_usage", made)
    monkeypatch.setattr(space, "RETRY_SECONDS", 0.0)
    return made


@pytest.fixture
def store(tmp_path: Path, disk: Disk) -> Iterator[Store]:
    with Store(tmp_path / "news.db", watched=True) as made:
        yield made


def reserve(store: Store) -> Path:
    return Path(f"{store.path}.reserve")


@contextmanager
def full(store: Store, disk: Disk) -> Iterator[None]:
    """The database may not grow, and the disk has no room."""
    pages = store.query("PRAGMA page_count")[0][0]
    store.query(f"PRAGMA max_page_count = {pages + 5}")
    disk.free = 0
    yield
    store.query("PRAGMA max_page_count = 1000000")
    disk.free = 1 << 30


def test_the_reserve_takes_room(store: Store) -> None:
    found = reserve(store).stat()
    assert found.st_size == space.RESERVE
    assert found.st_blocks * 512 >= space.RESERVE
    assert read_pause(store.path) is None


def test_a_small_disk_gives_a_small_reserve(tmp_path: Path, disk: Disk) -> None:
    disk.total = 6 << 20
    with Store(tmp_path / "news.db", watched=True) as store:
        assert reserve(store).stat().st_size == (6 << 20) // 16


def test_a_store_that_is_not_watched_has_none(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        assert not reserve(store).exists()
        store.query(f"PRAGMA max_page_count = {store.query('PRAGMA page_count')[0][0]}")
        for _ in range(2):
            with pytest.raises(Full, match="database or disk is full"), store.write() as db:
                db.execute(FILL)
        assert not reserve(store).exists()
        assert store.space_ok()


def test_a_full_disk_lets_the_reserve_go_and_leaves_word(
    store: Store, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    with full(store, disk):
        with pytest.raises(Full, match="database or disk is full"), store.write() as db:
            db.execute(FILL)
        assert reserve(store).stat().st_size < 4096
        pause = read_pause(store.path)
        assert pause is not None
        assert pause == store.space.pause
        assert pause.reason == "database or disk is full"
        for _ in range(3):  # turned away at once: nothing is tried
            with pytest.raises(Full, match="nothing is written since 2"), store.write() as db:
                pytest.fail("written")
        assert not store.space_ok()
        with reading(store.path) as db:  # readers go on
            assert db.execute(COUNT).fetchone()[0] == 0
        assert store.query(COUNT)[0][0] == 0
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1, "said once"


def test_it_goes_on_by_itself_when_there_is_room(
    store: Store, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    with full(store, disk), suppress(Full), store.write() as db:
        db.execute(FILL)
    with store.write() as db:  # the first who asks finds out
        db.execute(FILL)
    assert store.space.pause is None
    assert reserve(store).stat().st_size == space.RESERVE
    assert read_pause(store.path) is None
    assert "writing goes on after a pause since" in caplog.records[-1].getMessage()
    told = store.query("SELECT value FROM meta WHERE name = 'last pause'")[0][0]
    assert told.endswith(": database or disk is full")


def test_room_for_the_reserve_alone_is_no_room(store: Store, disk: Disk) -> None:
    """Else it would be let go and taken back at each tick, and a few items be lost each time."""
    with full(store, disk), suppress(Full), store.write() as db:
        db.execute(FILL)
    disk.free = int(1.5 * space.RESERVE)
    assert not store.space_ok()
    disk.free = 2 * space.RESERVE
    assert store.space_ok()


def test_it_is_not_tried_too_often(
    store: Store, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "RETRY_SECONDS", 3600.0)
    with full(store, disk), suppress(Full), store.write() as db:
        db.execute(FILL)
    assert not store.space_ok()
    monkeypatch.setattr(space, "RETRY_SECONDS", 0.0)
    assert store.space_ok()


def test_a_try_that_fails_leaves_the_pause_as_it_began(store: Store, disk: Disk) -> None:
    with full(store, disk):
        with suppress(Full), store.write() as db:
            db.execute(FILL)
        began = store.space.pause
        assert began is not None
        store.query(f"PRAGMA max_page_count = {store.query('PRAGMA page_count')[0][0]}")
        disk.free = 1 << 30  # so the disk says, and the file may still not grow
        store.owe(lambda: store.connection.execute(FILL))
        assert not store.space_ok()
        assert store.space.pause is not None
        assert store.space.pause.since == began.since
        assert len(store._owed) == 1


def test_what_is_owed_is_paid_with_the_next_commit(store: Store, disk: Disk) -> None:
    paid: list[str] = []

    def pay() -> None:
        with store.write() as db:  # a step inside the commit that pays
            db.execute("INSERT INTO agencies VALUES ('owed', 'x')")
        paid.append("once")

    with full(store, disk), suppress(Full), store.write() as db:
        db.execute(FILL)
    store.owe(pay)
    with store.write() as db:
        assert db.execute(COUNT).fetchone()[0] == 1
    with store.write():
        pass
    assert paid == ["once"]


def test_a_start_on_a_full_disk_begins_with_a_pause(tmp_path: Path, disk: Disk) -> None:
    with Store(tmp_path / "news.db"):
        pass
    disk.free = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(space.os, "posix_fallocate", _no_room)
        with Store(tmp_path / "news.db", watched=True) as store:
            assert store.space.pause is not None
            with pytest.raises(Full), store.write():
                pytest.fail("written")
    disk.free = 1 << 30
    with Store(tmp_path / "news.db", watched=True) as store:
        assert store.space.pause is None
        assert read_pause(store.path) is None


def _no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_folder_where_no_reserve_can_be_made_is_worked_in_without(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space.os, "posix_fallocate", _no_room)  # a limit on file sizes, say
    with Store(tmp_path / "news.db", watched=True) as store:
        with store.write() as db:
            db.execute(FILL)
        assert not reserve(store).exists()


def test_tidying_makes_room_and_takes_it_back(store: Store, disk: Disk) -> None:
    tidy = Space(store.path)
    tidy.make_room()
    assert reserve(store).stat().st_size == space.RESERVE, "there is room enough"
    disk.free = 1000
    tidy.make_room()
    assert reserve(store).stat().st_size < 4096
    tidy.settle()
    assert reserve(store).stat().st_size < 4096
    disk.free = 1 << 30
    tidy.settle()
    assert reserve(store).stat().st_size == space.RESERVE


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"since": 5}', "\0" * 100, "no note"])
def test_a_note_that_is_none_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "news.db.reserve").write_text(text, encoding="utf-8")
    assert read_pause(tmp_path / "news.db") is None


# -- the real thing: a limit on file sizes anywhere, a small disk where one may be mounted

WRITER = textwrap.dedent(
    """
    import json, sys, time
    from pathlib import Path
    from aggregator.edge.store import Store, space
    from aggregator.errors import Full
    space.RETRY_SECONDS = 0.1
    done = refused = 0
    with Store(sys.argv[1], watched=True) as store:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with store.write() as db:
                    db.execute("INSERT INTO agencies VALUES (?, ?)", [f"a{done}", "x" * 20000])
                done += 1
            except Full as error:
                refused += 1
                if refused == 1:
                    print(json.dumps({"done": done, "told": str(error)}), flush=True)
                time.sleep(0.05)
            else:
                if refused and store.space.pause is None:
                    break
        print(json.dumps({"done": done, "refused": refused}), flush=True)
    """
)


def start_writer(database: Path, **given: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(database)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **given,
    )  # fmt: skip


def end_writer(program: subprocess.Popen[str]) -> dict[str, Any]:
    out, errors = program.communicate(timeout=60)
    assert program.returncode == 0, errors
    return dict(json.loads(out.splitlines()[-1]))


def check(database: Path, done: int) -> None:
    with reading(database) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert db.execute(COUNT).fetchone()[0] == done, "each acknowledged row, and no other"


def test_a_limit_on_file_sizes_is_a_pause(tmp_path: Path) -> None:
    """D04: RLIMIT_FSIZE of 2 MB, lifted from outside while the program waits."""
    database = tmp_path / "news.db"
    with Store(database):
        pass
    low, high = 2 << 20, resource.getrlimit(resource.RLIMIT_FSIZE)[1]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (low, high))

    program = start_writer(database, preexec_fn=limit)
    assert program.stdout is not None
    first = json.loads(program.stdout.readline())
    assert "disk I/O error" in first["told"] or "full" in first["told"]
    with reading(database) as db:
        assert db.execute(COUNT).fetchone()[0] == first["done"] > 5
    pause = read_pause(database)
    assert pause is not None
    resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (high, high))
    last = end_writer(program)
    assert last["done"] > first["done"]
    check(database, last["done"])


@contextmanager
def mounted(place: Path, megabytes: int) -> Iterator[Path]:
    """A small tmpfs; skipped where nothing may be mounted."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "small", 6) as place:
        yield place


def test_a_full_disk_is_tidied(tmp_path: Path) -> None:
    """D03: not a byte is free but the reserve; `prune` works with that and gives more back."""
    with mounted(tmp_path / "disk", 130) as place:
        database = place / "news.db"
        with Store(database, watched=True) as store:
            desk = Desk(store)
            for number in range(60):
                desk.keep(paper(site(number), prose(f"text {number}", 40), at=number))
            desk.cluster()
            taken = place / "taken"
            with taken.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(bytes(4096))
            assert shutil.disk_usage(place).free == 0
            with pytest.raises(Full), store.write() as db:
                for _ in range(100):
                    db.execute(FILL)
            assert store.space.pause is not None
            size = database.stat().st_size
            spans = Spans(texts=30 * 86_400.0)
            done, freed = tending.prune(database, spans, now=NOW + timedelta(days=40))
            assert done.texts == 60
            assert freed > 200_000
            assert database.stat().st_size < size / 1.5
            assert not store.space_ok(), "the reserve does not fit in twice yet"
            assert desk.one("SELECT sum(length(text)) FROM articles") == 0
            taken.unlink()
            store.space._tried = 0.0
            assert store.space_ok()


def test_a_full_disk_is_a_pause(small_disk: Path) -> None:
    """D03: 6 MB, all of it taken; readers go on, and it goes on when another file is deleted."""
    database = small_disk / "news.db"
    with Store(database):
        pass
    other = small_disk / "other"
    other.write_bytes(b"x" * (2 << 20))
    program = start_writer(database)
    assert program.stdout is not None
    first = json.loads(program.stdout.readline())
    assert "full" in first["told"] or "disk I/O error" in first["told"]
    with reading(database) as db:
        assert db.execute(COUNT).fetchone()[0] == first["done"] > 5
    assert read_pause(database) is not None
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(0.5)  # neither a crash nor an end
    other.unlink()
    last = end_writer(program)
    assert last["done"] > first["done"]
    assert Path(f"{database}.reserve").stat().st_size == (6 << 20) // 16
    check(database, last["done"])
