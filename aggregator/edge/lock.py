"""One running program per database, and collectors beside it; no lock outlives its holder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from aggregator.errors import AlreadyRunning, StoreError


@contextmanager
def hold(database: str | Path) -> Iterator[None]:
    """Hold the lock of a database; AlreadyRunning names the process that has it.

    The kernel lets go of the lock when its holder dies, however it dies: a file left behind
    stops nobody.
    """
    with _open(database, "lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read(32).strip() or "unknown"
            raise AlreadyRunning(
                str(database), f"process {holder} is working on it", hint="aggregator status"
            ) from error
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.seek(0)
            file.truncate()


def share(database: str | Path) -> AbstractContextManager[None]:
    """Be one of the collectors of a database; AlreadyRunning while `keep_out` keeps them out."""
    return _among_collectors(
        database, fcntl.LOCK_SH, AlreadyRunning(str(database), "it is being replaced")
    )


def keep_out(database: str | Path) -> AbstractContextManager[None]:
    """Have no collector beside; AlreadyRunning when there is one."""
    refusal = AlreadyRunning(
        str(database), "a collector works on it", hint="stop each `aggregator collect`"
    )
    return _among_collectors(database, fcntl.LOCK_EX, refusal)


@contextmanager
def _among_collectors(database: str | Path, how: int, refusal: AlreadyRunning) -> Iterator[None]:
    with _open(database, "collectors") as file:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise refusal from error
        yield


def _open(database: str | Path, name: str) -> IO[str]:
    path = Path(f"{database}.{name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+", encoding="ascii")
    except OSError as error:
        raise StoreError(str(database), f"cannot be written: {error.strerror}") from error


def holder(database: str | Path) -> int | None:
    """The process that works on a database now, or None; takes no lock and makes no file."""
    path = Path(f"{database}.lock")
    if not path.exists():
        return None
    with path.open("r", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = file.read(32).strip()
            return int(pid) if pid.isdigit() else 0
    return None
