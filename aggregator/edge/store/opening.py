"""Looks at a database file before it is worked on, and makes it ready; changes no row of data."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from aggregator.edge import schema
from aggregator.edge.store import faults
from aggregator.errors import Damaged, Missing, NewerSchema, StoreError

# Below this two connections that write and checkpoint at once can corrupt a WAL database
# (sqlite.org/wal.html#walresetbug).
SAFE_SQLITE = (3, 51, 3)
# quick_check reads the whole file: 2.3 ms a MB from memory, 21 ms a MB from the disk here. Larger
# files are checked at start only when the last program did not end cleanly.
ALWAYS_CHECKED = 256 << 20  # bytes
CHECK_SECONDS = 30.0  # what is not looked at by then is left to `doctor` and `backup`
TOGETHER_SECONDS = 10.0  # programs that start on one new file are in each other's way for less
LOG_KEPT = 16 << 20  # bytes that the write-ahead log is cut down to when it starts anew
_FAULTS = 3


def sqlite_warning() -> str | None:
    """What to tell the user about the SQLite in use, or None when it is safe."""
    found = tuple(int(part) for part in sqlite3.sqlite_version.split("."))
    if found >= SAFE_SQLITE:
        return None
    return (
        f"SQLite {sqlite3.sqlite_version} can corrupt a database that two programs write;"
        " install pysqlite3 0.6.1 or newer, or let only one program write at a time"
    )


def traces(path: str | Path) -> tuple[Path, ...]:
    """Files that lie only beside a database that was worked on: its reserve, its log."""
    beside = (Path(f"{path}.reserve"), Path(f"{path}-wal"))
    return tuple(file for file in beside if file.is_file() and file.stat().st_size)


def check_place(path: str) -> None:
    """Refuse to make a new database where one was lost; Missing says what to do."""
    if Path(path).exists():
        return
    if left := traces(path):
        names = " and ".join(file.name for file in left)
        raise Missing(
            path, f"is gone, but {names} is still here: a database was in use",
            hint=f"aggregator restore BACKUP, or delete {names} to begin anew",
        )  # fmt: skip


def place_of(path: str) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None when there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116  asked before every commit: 1.5 us, not 6
    except OSError:
        return None
    return found.st_dev, found.st_ino


def check_identity(connection: Any, path: str) -> None:
    """Refuse databases of other programs (StoreError) and of later versions (NewerSchema)."""
    known = {migration.name for migration in schema.migrations._migrations}
    identity = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and identity != schema.APPLICATION_ID:
        raise StoreError(path, "is a database of another program", hint="another -d path")
    if not tables:
        return
    rows = connection.execute(
        "SELECT name FROM _sqlite_migrations WHERE migration_set = ?", [schema.migrations.name]
    )
    if unknown := {row[0] for row in rows} - known:
        raise NewerSchema(
            path,
            f"was made by a later version (step {max(unknown)})",
            hint="pip install -U news-aggregator-dedup",
        )


def is_to_be_checked(path: str) -> bool:
    """Whether a file is checked when a program starts to work on it; ask before opening it.

    The log is taken away when the last program ends cleanly. One that lies there was left behind
    by a program that was killed, by a power cut, or by a reader that still runs.
    """
    try:
        size = Path(path).stat().st_size
    except OSError:
        return False
    log = Path(f"{path}-wal")
    return size <= ALWAYS_CHECKED or (log.is_file() and log.stat().st_size > 0)


def check_sound(connection: Any, path: str, *, seconds: float | None = CHECK_SECONDS) -> bool:
    """Have SQLite check the file; Damaged says what it found. False when time ran out first."""
    until = time.monotonic() + seconds if seconds is not None else None
    if until is not None:
        connection.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)
    try:
        rows = connection.execute(f"PRAGMA quick_check({_FAULTS})").fetchall()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
            return False
        raise
    finally:
        connection.set_progress_handler(None, 0)
    if found := [row[0] for row in rows if row[0] != "ok"]:
        told = "; ".join(" ".join(str(line).split()) for line in found)
        raise Damaged(path, f"fails its own check: {told[:300]}", hint=faults.RESTORE)
    return True


def is_pending(connection: Any) -> bool:
    """Whether migrations are to be applied, as in a new file."""
    return bool(schema.migrations.pending(Database(connection)))


def _use_log(connection: Any) -> None:
    """Have the file keep a write-ahead log; for this SQLite does not wait by itself."""
    until = time.monotonic() + TOGETHER_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")
            if not busy or time.monotonic() > until:
                raise
            time.sleep(0.02)


def prepare(connection: Any) -> None:
    """Settings of the connection, and of a new file."""
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        # Space that `prune` frees goes back to the disk step by step, without room for a second
        # copy of the file. It can be set only before the first table.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _use_log(connection)
    connection.execute(f"PRAGMA journal_size_limit = {LOG_KEPT}")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")


def migrate(connection: Any) -> None:
    """Apply the migrations that are due, in the caller's transaction.

    Of programs that start together one makes them, and the others wait for it.
    """
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    schema.migrations.apply(Database(connection))
