"""Opens the database and guards its one write door; knows no table but the migrations."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from aggregator.edge import schema
from aggregator.errors import Damaged, Locked, Missing, NewerSchema, StoreError

BUSY_SECONDS = 30  # a report or a second process may write for that long before we give up
# Below this two connections that write and checkpoint at once can corrupt a WAL database
# (sqlite.org/wal.html#walresetbug).
SAFE_SQLITE = (3, 51, 3)


def sqlite_warning() -> str | None:
    """What to tell the user about the SQLite in use, or None when it is safe."""
    found = tuple(int(part) for part in sqlite3.sqlite_version.split("."))
    if found >= SAFE_SQLITE:
        return None
    return (
        f"SQLite {sqlite3.sqlite_version} can corrupt a database that two programs write;"
        " install pysqlite3 0.6.1 or newer, or let only one program write at a time"
    )


class Store:
    """One database file: a connection to read and write, and the door for writing.

    Threads may share a Store: writing is serialised here. `path` may be ":memory:" in tests.
    """

    def __init__(self, path: str | Path, *, create: bool = True) -> None:
        """Open, and migrate when `create`; Missing, NewerSchema, Damaged or StoreError."""
        self.path = str(path)
        self._lock = threading.RLock()
        if self.path != ":memory:" and not create and not Path(self.path).is_file():
            raise Missing(self.path, "no such database", hint="aggregator run --once")
        try:
            self.connection: Any = sqlite3.connect(
                self.path,
                timeout=BUSY_SECONDS,
                isolation_level=None,  # transactions are ours alone
                check_same_thread=False,
            )
            self.connection.row_factory = sqlite3.Row
            self._check()
            if create:
                self._prepare()
        except sqlite3.DatabaseError as error:
            raise _translate(self.path, error) from error

    def _check(self) -> None:
        known = {migration.name for migration in schema.migrations._migrations}
        identity = self.connection.execute("PRAGMA application_id").fetchone()[0]
        tables = self.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and identity != schema.APPLICATION_ID:
            raise StoreError(self.path, "is a database of another program", hint="another -d path")
        if not tables:
            return
        rows = self.connection.execute(
            "SELECT name FROM _sqlite_migrations WHERE migration_set = ?",
            [schema.migrations.name],
        )
        if unknown := {row["name"] for row in rows} - known:
            raise NewerSchema(
                self.path,
                f"was made by a later version (step {max(unknown)})",
                hint="pip install -U news-aggregator-dedup",
            )

    def _prepare(self) -> None:
        connection = self.connection
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        database = Database(connection)
        if schema.migrations.pending(database):
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            schema.migrations.apply(database)

    @contextmanager
    def write(self) -> Iterator[Any]:
        """One transaction, begun IMMEDIATE: all of it happens or nothing.

        A deferred transaction that reads and then writes fails at once beside a second writer,
        without waiting for `busy_timeout`. Raises Locked when another process holds on too long.
        """
        with self._lock:
            if self.connection.in_transaction:  # a step inside a larger commit
                yield self.connection
                return
            try:
                self.connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise _translate(self.path, error) from error
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException as error:
                # A full disk has SQLite roll back by itself.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError) and _is_outside(error):
                    raise _translate(self.path, error) from error
                raise

    def query(self, sql: str, values: Any = ()) -> list[Any]:
        """All rows of one SELECT on the writing connection, outside anybody else's transaction."""
        with self._lock:
            rows: list[Any] = self.connection.execute(sql, values).fetchall()
            return rows

    @contextmanager
    def snapshot(self) -> Iterator[Any]:
        """A connection of its own that sees one moment of the database and can write nothing."""
        if self.path == ":memory:":
            with self._lock:
                yield self.connection
            return
        with reading(self.path) as connection:
            yield connection

    def close(self) -> None:
        """Close; planner statistics are refreshed where SQLite finds that worth while."""
        with self._lock:
            # A read-only or full disk must not keep us from closing.
            with suppress(sqlite3.Error):
                self.connection.execute("PRAGMA optimize")
            self.connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@contextmanager
def reading(path: str | Path) -> Iterator[Any]:
    """A read-only snapshot of an existing database; never creates a file. Raises Missing."""
    file = Path(path)
    if not file.is_file():
        raise Missing(str(path), "no such database", hint="aggregator run --once")
    try:
        connection: Any = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS,
            isolation_level=None, check_same_thread=False,
        )  # fmt: skip
    except sqlite3.Error as error:
        raise _translate(str(path), error) from error
    try:
        connection.row_factory = sqlite3.Row
        # A connection that may not write at all would leave -wal and -shm files behind.
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield connection
    except sqlite3.DatabaseError as error:
        raise _translate(str(path), error) from error
    finally:
        connection.close()


def _is_outside(error: Any) -> bool:
    """Whether the disk or another program is the cause; anything else is a fault of ours."""
    return any(word in str(error) for word in ("full", "locked", "busy", "I/O", "readonly"))


def _translate(path: str, error: Any) -> StoreError:
    """The error a user can act on; wraps what the file or a second program caused."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return Locked(path, f"another program is writing ({text})", hint="again in a moment")
    if "full" in text:
        return StoreError(path, text, hint="freeing space; nothing stored is lost")
    if "malformed" in text or "not a database" in text:
        return Damaged(path, text, hint="a backup, or another -d path")
    if "no such table" in text or "no such column" in text:
        return StoreError(path, f"is not an aggregator database ({text})", hint="another -d path")
    return StoreError(path, text)
