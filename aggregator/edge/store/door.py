"""Opens the database and guards its one write door; knows no table but `meta`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from aggregator.core.times import stamp
from aggregator.edge.store import counting, faults, opening
from aggregator.edge.store.driver import sqlite3
from aggregator.edge.store.opening import sqlite_warning
from aggregator.edge.store.space import Space
from aggregator.errors import Full, Missing, StoreError, Vanished

__all__ = ["Store", "connect", "reading", "sqlite_warning"]

BUSY_SECONDS = 30  # a report or a second process may write for that long before we give up
ROOMY = 400_000  # kB of pages
PAUSED = "last pause"  # row of `meta`: when and why nothing was written


class Store:
    """One database file: a connection to read and write, and the door for writing.

    Threads may share a Store: writing is serialised here. `path` may be ":memory:" in tests.
    """

    def __init__(
        self, path: str | Path, *, create: bool = True, check: bool = False, watched: bool = False
    ) -> None:
        """Open, and migrate when `create`; Missing, NewerSchema, Damaged or StoreError.

        `check` has SQLite check the file first, where `opening.is_to_be_checked` says so.
        `watched` keeps room aside (`space`): then a full disk pauses the writer, and `write`
        raises Full at once until there is room again.
        """
        self.path = str(path)
        self.space = Space(self.path)
        self._lock = threading.RLock()
        self._owed: list[Callable[[], object]] = []
        self._place: tuple[int, int] | None = None
        self._wrote = False
        inside = self.path == ":memory:"
        if not inside and not create and not Path(self.path).is_file():
            raise Missing(self.path, "no such database", hint="aggregator run --once")
        if not inside:
            opening.check_place(self.path)
        check = check and not inside and opening.is_to_be_checked(self.path)
        self.connection: Any = connect(self.path)
        try:
            self._make_ready(create=create, check=check)
        except BaseException:
            self.connection.close()
            raise
        if not inside:
            self._place = opening.place_of(self.path)
        if watched:
            self.space.watch()

    def _make_ready(self, *, create: bool, check: bool) -> None:
        try:
            opening.check_identity(self.connection, self.path)
            if check:
                opening.check_sound(self.connection, self.path)
            if create:
                opening.prepare(self.connection)
                if opening.is_pending(self.connection):
                    with self.write() as db:
                        opening.migrate(db)
        except sqlite3.DatabaseError as error:
            raise faults.translate(self.path, error) from error

    @contextmanager
    def write(self, *, resuming: bool = False) -> Iterator[Any]:
        """One transaction, begun IMMEDIATE: all of it happens or nothing.

        A deferred transaction that reads and then writes fails at once beside a second writer,
        without waiting for `busy_timeout`. Raises Locked when another process holds on too long,
        Full when there is no room, Vanished when the file is not the one that was opened.
        `resuming` is for the try that ends a pause.
        """
        with self._lock:
            if self.connection.in_transaction:  # a step inside a larger commit
                yield self.connection
                return
            if not resuming and not self.space_ok():
                raise self.space.refusal()
            self._look_at_file()
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                owed = list(self._owed)
                for work in owed:
                    work()
                yield self.connection
                self.connection.execute("COMMIT")
                self._wrote = True
                del self._owed[: len(owed)]
            except BaseException as error:
                # A full disk has SQLite roll back by itself.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.DatabaseError) and faults.is_outside(error):
                    raise self._refused(error) from error
                raise

    def _look_at_file(self) -> None:
        """SQLite goes on writing into a file that was deleted, and all of that would be lost."""
        found = opening.place_of(self.path) if self._place is not None else None
        if found != self._place:
            gone = "replaced" if found else "deleted"
            raise Vanished(
                self.path, f"was {gone} while it was in use",
                hint="starting again" + ("" if found else ", after aggregator restore BACKUP"),
            )  # fmt: skip

    def _refused(self, error: Any) -> StoreError:
        told = faults.translate(self.path, error)
        if isinstance(told, Full) and self.space.watched:
            self.space.shut(told.message)
        return told

    def owe(self, work: Callable[[], object]) -> None:
        """Have small work done in the next commit, whoever makes it: what a failed one owes."""
        with self._lock:
            self._owed.append(work)

    def pay(self) -> None:
        """Do what is owed now, before anybody looks at rows that it changes; as `write` raises."""
        if self._owed:
            with self.write():
                pass

    def space_ok(self) -> bool:
        """Whether writing goes on. In a pause this tries it again, at most every few seconds.

        Raises Vanished as `write` does.
        """
        if self.space.pause is None:
            return True
        with self._lock:
            return self._resume()

    def _resume(self) -> bool:
        pause = self.space.pause
        if pause is None:  # another thread was faster
            return True
        if not self.space.may_try():
            return False
        try:
            with self.write(resuming=True) as db:
                told = f"{stamp(pause.since)}: {pause.reason}"
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [PAUSED, told])
        except Vanished:
            raise
        except StoreError:
            return False
        self.space.open()
        return True

    @contextmanager
    def roomy(self) -> Iterator[None]:
        """More pages kept in memory while very many rows are written.

        Keys of all kinds go to places all over their tables; with SQLite's own 2 MB nearly each
        of them is read from the file and written out again.
        """
        before = self.query("PRAGMA cache_size")[0][0]
        self.query(f"PRAGMA cache_size = -{ROOMY}")
        try:
            yield
        finally:
            self.query(f"PRAGMA cache_size = {before}")

    def query(self, sql: str, values: Any = ()) -> list[Any]:
        """All rows of one SELECT on the writing connection, outside anybody else's transaction."""
        with self._lock:
            try:
                rows: list[Any] = self.connection.execute(sql, values).fetchall()
            except sqlite3.DatabaseError as error:
                if faults.is_outside(error):
                    raise faults.translate(self.path, error) from error
                raise
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

    def study(self) -> None:
        """Have SQLite refresh the statistics by which it chooses indices, where much has changed.

        For a program that never closes; `close` does the same.
        """
        # A read-only or full disk must not keep us from closing, nor a second writer.
        with self._lock, suppress(sqlite3.Error):
            if self.connection.in_transaction or self.space.pause is not None:
                return
            counting.count(self.connection)

    def close(self) -> None:
        """Close, with fresh statistics where something was written."""
        with self._lock:
            if self._wrote:
                self.study()
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


def connect(path: str, *, uri: bool = False, timeout: float | None = None) -> Any:
    """A connection with rows by name and no transactions of its own; StoreError."""
    try:
        connection: Any = sqlite3.connect(
            path, uri=uri, timeout=BUSY_SECONDS if timeout is None else timeout,
            isolation_level=None, check_same_thread=False,
        )  # fmt: skip
    except sqlite3.Error as error:
        raise faults.translate(path, error) from error
    connection.row_factory = sqlite3.Row
    return connection


@contextmanager
def reading(path: str | Path) -> Iterator[Any]:
    """A read-only snapshot of an existing database; never creates a file. Raises Missing."""
    file = Path(path)
    if not file.is_file():
        raise Missing(str(path), "no such database", hint="aggregator run --once")
    connection = connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)
    try:
        # A connection that may not write at all would leave -wal and -shm files behind.
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield connection
    except sqlite3.DatabaseError as error:
        raise faults.translate(str(path), error) from error
    finally:
        connection.close()
