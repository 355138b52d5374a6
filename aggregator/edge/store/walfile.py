"""Keeps the write-ahead log short, and finds out who holds it open; writes no row.

A checkpoint takes the log into the database up to the oldest snapshot that somebody still reads.
One reader that never ends holds all of it, and the log grows with every commit.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aggregator.edge.schema.sqlite import sqlite3
from aggregator.edge.store.door import connect

SHORT = 16 << 20  # bytes; a shorter log is left to SQLite, which takes it in every 4 MB
LONG = 64 << 20  # a longer one means that some reader never ends
WAIT_SECONDS = 0.5  # for readers to end; writers wait as long
# Where the log's index is locked by readers: bytes 123 to 127 of the -shm file
# (sqlite.org/walformat.html, "WAL locks").
_FIRST, _LAST = 123, 127


@dataclass(frozen=True, slots=True)
class Reader:
    """A process that reads an old moment of a database."""

    pid: int
    name: str  # of its command; empty where the system does not tell

    def __str__(self) -> str:
        return f"process {self.pid} ({self.name})" if self.name else f"process {self.pid}"


@dataclass(frozen=True, slots=True)
class Log:
    """What the write-ahead log of a database came to."""

    size: int  # bytes of the file
    held: bool = False  # somebody reads a moment that it still holds
    readers: tuple[Reader, ...] = ()  # who that is, where the system tells

    def warning(self) -> str | None:
        """What to tell the user, or None while the log is not too long."""
        if self.size <= LONG:
            return None
        told = f"{self.size >> 20} MB of log are not in the database yet"
        if not self.held:
            return told
        who = " and ".join(map(str, self.readers)) or "some program"
        return f"{told}: {who} has been reading an old moment of it; end that program"


def size_of(database: str | Path) -> int:
    """Bytes of the log of a database; 0 when there is none."""
    with suppress(OSError):
        return Path(f"{database}-wal").stat().st_size
    return 0


def shorten(database: str | Path, *, least: int | None = None) -> Log:
    """Take a log that has grown into the database and cut it off, as far as readers let us.

    One of `least` bytes is left as it is, SHORT if none are given. What was taken out of the
    database makes its file smaller then, and not before.
    """
    size = size_of(database)
    if size <= (SHORT if least is None else least):
        return Log(size)
    try:
        connection = connect(str(database), timeout=WAIT_SECONDS)
        try:
            connection.execute("PRAGMA journal_size_limit = 0")
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.DatabaseError:
        busy = 1  # a full disk, or somebody writes: the next time will do
    found = readers(database) if busy else ()
    return Log(size_of(database), held=bool(busy and found), readers=found)


def readers(database: str | Path) -> tuple[Reader, ...]:
    """Processes that hold a snapshot of a database now, by what Linux tells of locks."""
    try:
        index = os.stat(f"{database}-shm")  # noqa: PTH116
        lines = Path("/proc/locks").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return ()
    place = f"{os.major(index.st_dev):02x}:{os.minor(index.st_dev):02x}:{index.st_ino}"
    found: dict[int, Reader] = {}
    for line in lines:
        words = line.split()
        if len(words) < 8 or words[1] != "POSIX" or words[5] != place:
            continue
        start, end = int(words[6]), _LAST if words[7] == "EOF" else int(words[7])
        if start <= _LAST and end >= _FIRST and words[4].isdigit():
            pid = int(words[4])
            found[pid] = Reader(pid, _name(pid))
    return tuple(found[pid] for pid in sorted(found))


def _name(pid: int) -> str:
    with suppress(OSError):
        text = Path(f"/proc/{pid}/cmdline").read_bytes()[:200].replace(b"\0", b" ")
        told = " ".join(text.decode("utf-8", "replace").split())
        return "".join(c for c in told if c.isprintable())[:80]
    return ""
