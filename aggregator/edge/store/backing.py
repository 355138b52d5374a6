"""Copies a database whole while others write it, checks the copy, and puts a copy back."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aggregator.edge.schema.sqlite import sqlite3
from aggregator.edge.store import faults, opening
from aggregator.edge.store.door import connect, reading
from aggregator.edge.store.space import read_pause
from aggregator.errors import Damaged, Missing, StoreError, UsageError

PAGES = 2000  # copied between two words of progress: 8 MB
Tell = Callable[[int, int], None]  # pages done, pages in all
_COUNTED = (
    "feeds", "entries", "articles", "revisions", "credits", "clusters", "pairs", "corrections",
    "polls", "runs",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A copy that was made and checked."""

    path: Path
    bytes: int
    rows: dict[str, int]  # by table, as the database had them at the moment of the copy
    removed: tuple[Path, ...] = ()  # older copies that made way


def back_up(
    database: Path, target: Path, *, now: datetime, keep: int | None = None,
    tell: Tell = lambda done, total: None,
) -> Copied:  # fmt: skip
    """Copy one moment of a database to `target`: a folder, where the time names it, or a file.

    The copy is one file without a log, checked page by page and table by table before it takes
    its name. `keep` leaves so many copies in the folder, the newest. Raises UsageError for a
    place that holds something else, Damaged when the copy fails the check: then older copies stay
    untouched.
    """
    if not database.is_file():
        raise Missing(str(database), "no such database", hint="aggregator run --once")
    is_folder = target.is_dir()
    if keep is not None and not is_folder:
        raise UsageError(str(target), "--keep needs a folder of copies", hint=f"mkdir {target}")
    path = target / f"{database.stem}-{now:%Y%m%dT%H%M%SZ}.db" if is_folder else target
    _check_target(path, database)
    with _beside(path) as draft:
        rows = _copy(database, draft, tell)
        check_copy(draft, rows)
        shutil.copymode(database, draft)
        _to_disk(draft)
        draft.replace(path)
        _to_disk(path.parent)
    removed = _rotate(target, database.stem, keep) if keep is not None else ()
    return Copied(path=path, bytes=path.stat().st_size, rows=rows, removed=removed)


def _check_target(path: Path, database: Path) -> None:
    if not path.parent.is_dir():
        raise UsageError(str(path.parent), "no such folder", hint=f"mkdir {path.parent}")
    if not path.exists():
        return
    if path.samefile(database):
        raise UsageError(str(path), "is the database itself", hint="another name")
    try:
        with reading(path) as db:
            opening.check_identity(db, str(path))
    except StoreError as error:
        raise UsageError(str(path), "is there, and no copy of ours", hint="another name") from error


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A name beside a file for what takes its place; nothing is left there when that fails."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield draft
    except OSError as error:
        raise UsageError(str(path), f"cannot be written: {error.strerror}") from error
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                Path(f"{draft}{suffix}").unlink()


def _copy(database: Path, draft: Path, tell: Tell) -> dict[str, int]:
    """Copy the pages of one snapshot; gives the rows of its tables."""
    with reading(database) as source:
        opening.check_identity(source, str(database))
        rows = count_rows(source)
        target = connect(str(draft))
        try:
            # The snapshot is held open, so a writer does not make the copy begin anew.
            source.backup(
                target, pages=PAGES, sleep=0, progress=lambda _, left, all_: tell(all_ - left, all_)
            )
            target.execute("PRAGMA journal_mode = DELETE")  # one file, readable where it lies
        except sqlite3.DatabaseError as error:
            raise faults.translate(str(draft), error) from error
        finally:
            target.close()
    return rows


def count_rows(db: Any) -> dict[str, int]:
    """The number of rows by table."""
    return {
        table: int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608  ours
        for table in _COUNTED
    }


def check_copy(path: Path, rows: dict[str, int] | None = None) -> dict[str, int]:
    """Check a file that is to be relied on, whole, and against `rows` that it should have."""
    try:
        with reading(path) as db:
            opening.check_identity(db, str(path))
            opening.check_sound(db, str(path), seconds=None)
            found = count_rows(db)
    except Damaged as error:
        raise Damaged(str(path), error.message, hint="an older backup") from error
    if rows is not None and found != rows:
        raise Damaged(str(path), f"holds {found}, not {rows}", hint="the same again")
    return found


def restore(copy: Path, database: Path, *, now: datetime) -> tuple[dict[str, int], Path | None]:
    """Put a checked copy in a database's place; gives its rows, and where the old file went.

    Whoever calls holds the lock of the database. The old file stays beside it with its log: a log
    that lay there would be taken into the copy, and ruin it.
    """
    if not copy.is_file():
        raise Missing(str(copy), "no such backup")
    if database.exists() and copy.samefile(database):
        raise UsageError(str(copy), "is the database itself")
    rows = check_copy(copy)
    with _beside(database) as draft:
        shutil.copyfile(copy, draft)
        check_copy(draft, rows)
        _to_disk(draft)
        old = _set_aside(database, now)
        draft.replace(database)
        _to_disk(database.parent)
    if read_pause(database) is not None:  # it spoke of the file that is gone
        Path(f"{database}.reserve").unlink(missing_ok=True)
    return rows, old


def _set_aside(database: Path, now: datetime) -> Path | None:
    """Give a database and its log, which belong together, another name; gives that of the file."""
    old = database.with_name(f"{database.name}.before-{now:%Y%m%dT%H%M%SZ}")
    for suffix in ("-shm", "-wal"):
        file = Path(f"{database}{suffix}")
        if file.exists():
            file.replace(f"{old}{suffix}")
    if not database.exists():
        return None
    try:
        os.link(database, old)  # so that at no moment there is no database
    except OSError:
        database.replace(old)
    return old


def _rotate(folder: Path, stem: str, keep: int) -> tuple[Path, ...]:
    """Delete the oldest copies past the newest `keep`; only files that were named here."""
    named = re.compile(rf"{re.escape(stem)}-\d{{8}}T\d{{6}}Z\.db")
    copies = sorted(file for file in folder.iterdir() if named.fullmatch(file.name))
    surplus = copies[: max(len(copies) - keep, 0)]
    for file in surplus:
        file.unlink()
    return tuple(surplus)


def _to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would outlast a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
