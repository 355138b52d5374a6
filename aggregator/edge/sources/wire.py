"""Polls a folder that an agency drops files into; deletes nothing and stores nothing.

A file is taken once: what was read of it is remembered with its name, size, time and hash, by the
commit that keeps its entries. Until then it stays where it is. A file that cannot be read stays,
is reported once, and is looked at again only when it changes.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aggregator.core.plain import one_line
from aggregator.core.times import stamp
from aggregator.core.wire import WireItems, read_wire
from aggregator.edge.sources.registry import Reach, source
from aggregator.errors import FetchError, SourceError, Unreachable
from aggregator.model import Entry, Feed, Poll, PubStatus, WireFile

MAX_LISTED = 200_000  # files looked at in one folder; past that it wants tidying
MAX_POLL_BYTES = 64_000_000  # read in one poll
# A file that cannot be read and is younger may be half written: it is looked at again.
SETTLING = timedelta(seconds=10)
DONE = "done"
SUFFIXES = (".json", ".ninjs", ".xml", ".newsml", ".g2", ".nml")
_UNFINISHED = (".", "_", "~")  # first characters of names that are not finished or not meant


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    size: int
    changed_ns: int


@dataclass(slots=True)
class _Pass:
    """What one poll of a folder has found so far."""

    entries: list[Entry] = field(default_factory=list)
    files: list[WireFile] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    bytes: int = 0
    left: int = 0


@source("wire")
def poll_wire(feed: Feed, reach: Reach) -> Poll:
    """New and changed files of a folder, oldest first, as many as one poll may read.

    Raises Unreachable when the folder cannot be listed.
    """
    folder = folder_of(feed.url)
    listed, cut = _listing(folder)
    todo = [found for found in listed if _is_due(found, reach)]
    todo.sort(key=lambda found: (found.changed_ns, found.name))
    done = _Pass(left=max(len(todo) - reach.max_files, 0))
    for number, found in enumerate(todo[: reach.max_files]):
        if done.bytes >= MAX_POLL_BYTES or (reach.stop is not None and reach.stop.is_set()):
            done.left += len(todo[: reach.max_files]) - number
            break
        _look(folder, found, reach, done)
    if reach.tidy:
        done.faults += _tidy(folder, listed, reach)
    if cut:
        done.faults.append(f"more than {MAX_LISTED:,} files; the rest is not looked at")
    names = {found.name for found in listed}
    standing = sum(
        known.result == "unreadable" and name in names and not _is_again(name, done)
        for name, known in reach.files.items()
    )
    if standing:
        done.faults.append(f"files known to be unreadable: {standing}, see the table `files`")
    taken = any(file.result == "taken" for file in done.files)
    return Poll(
        status=0,
        unchanged=not done.entries,
        entries=tuple(done.entries),
        cursor=feed.cursor,
        bytes=done.bytes,
        warning=_told(done.faults),
        files=tuple(done.files),
        gone=() if cut else tuple(sorted(reach.files.keys() - names)),
        # Files are moved by the poll after the one that was committed, which then need not wait.
        more=bool(done.files) and (done.left > 0 or (reach.tidy and taken)),
    )


def _is_again(name: str, done: _Pass) -> bool:
    return any(file.name == name for file in done.files)


def folder_of(url: str) -> Path:
    """The folder that a `file:` address names."""
    return Path(unquote(urlsplit(url).path))


def _listing(folder: Path) -> tuple[list[_Found], bool]:
    """Files that look finished and meant, and whether there were too many to list."""
    try:
        with os.scandir(folder) as entries:
            rows = list(islice(_regular(entries), MAX_LISTED + 1))
    except OSError as error:
        raise Unreachable(str(folder), f"cannot be listed: {error.strerror or error}") from None
    return rows[:MAX_LISTED], len(rows) > MAX_LISTED


def _regular(entries: Iterator[os.DirEntry[str]]) -> Iterator[_Found]:
    for entry in entries:
        name = entry.name
        if name.startswith(_UNFINISHED) or not name.lower().endswith(SUFFIXES):
            continue
        try:
            seen = entry.stat(follow_symlinks=False)
        except OSError:
            continue  # gone between listing and looking
        if stat.S_ISREG(seen.st_mode):  # no links out of the folder, no pipes
            yield _Found(name, seen.st_size, seen.st_mtime_ns)


def _is_due(found: _Found, reach: Reach) -> bool:
    known = reach.files.get(found.name)
    if known is None or (known.size, known.changed_ns) != (found.size, found.changed_ns):
        return True
    return known.result == "held" and known.until is not None and known.until <= reach.now


def _look(folder: Path, found: _Found, reach: Reach, done: _Pass) -> None:
    """Read one file and note what became of it."""
    known = reach.files.get(found.name)

    def note(result: str, reason: str = "", **more: object) -> None:
        values = {"digest": "", "until": None} | more
        done.files.append(
            WireFile(
                name=found.name, size=found.size, changed_ns=found.changed_ns, result=result,
                reason=reason, **values,  # type: ignore[arg-type]
            )
        )  # fmt: skip
        if result == "unreadable":
            done.faults.append(f"{found.name}: {reason}")

    if found.size > reach.max_bytes:
        note("unreadable", f"larger than {reach.max_bytes} bytes")
        return
    try:
        data = _read(folder / found.name, found)
    except OSError as error:
        note("unreadable", f"cannot be read: {error.strerror or error}")
        return
    if data is None:
        return  # changed while it was read: the next poll sees it settled
    done.bytes += len(data)
    digest = hashlib.blake2b(data, digest_size=16).hexdigest()
    if known is not None and known.digest == digest and known.result == "taken":
        note("taken", known.reason, digest=digest)  # touched, not changed
        return
    try:
        items: WireItems = reach.sandbox.call(read_wire, data, subject=found.name, now=reach.now)
    except SourceError as error:
        if reach.stop is not None and reach.stop.is_set():
            raise FetchError(str(folder), "stopped") from None
        age = reach.now.timestamp() - found.changed_ns / 1e9
        if not 0 <= age < SETTLING.total_seconds():
            note("unreadable", one_line(error.message, 300), digest=digest)
        return
    until = _held_until(items, reach)
    if until is not None:
        note("held", f"embargoed until {stamp(until)}", digest=digest, until=until)
        return
    note("taken", items.reason, digest=digest)
    done.entries += items.entries


def _held_until(items: WireItems, reach: Reach) -> datetime | None:
    """The last embargo of a file that is not over; a canceled item has none to wait for."""
    ends = [
        entry.wire.embargoed_until
        for entry in items.entries
        if entry.wire
        and entry.wire.status is PubStatus.USABLE
        and entry.wire.embargoed_until
        and entry.wire.embargoed_until > reach.now
    ]
    return max(ends, default=None)


def _read(path: Path, found: _Found) -> bytes | None:
    """The bytes of the very file that was listed, or None when it changed meanwhile."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            return None
        data = file.read(found.size + 1)
        after = os.fstat(handle)
    same = (before.st_size, before.st_mtime_ns) == (found.size, found.changed_ns)
    still = (after.st_size, after.st_mtime_ns) == (found.size, found.changed_ns)
    return data if same and still and len(data) == found.size else None


def _tidy(folder: Path, listed: list[_Found], reach: Reach) -> list[str]:
    """Move files whose entries are committed into `done`; gives what went wrong."""
    for found in listed:
        known = reach.files.get(found.name)
        state = (found.size, found.changed_ns)
        if known is None or known.result != "taken" or (known.size, known.changed_ns) != state:
            continue
        try:
            (folder / DONE).mkdir(exist_ok=True)
            target = folder / DONE / found.name
            if target.exists() or target.is_symlink():
                path = Path(found.name)
                target = target.with_name(f"{path.stem}.{known.digest[:12]}{path.suffix}")
            (folder / found.name).rename(target)
        except OSError as error:
            return [f"{found.name}: cannot be moved to {DONE}: {error.strerror or error}"]
    return []


def _told(faults: list[str]) -> str | None:
    """The faults of a poll on one line, the first few by name."""
    if not faults:
        return None
    more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
    return one_line("; ".join(faults[:3]) + more, 500)
