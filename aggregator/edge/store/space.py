"""Keeps room aside for a full disk, and says why nothing is written; opens no database.

The reserve is a file beside the database. When a commit finds no room it is let go, so that what is
left can be tidied (`prune`) and the program can go on reading. What is left of the file then holds
the reason, where other programs find it: a database that cannot be written cannot say so itself.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aggregator.core.times import moment, stamp
from aggregator.errors import Full

RESERVE = 8 << 20  # bytes: the log that `prune` fills, at most 6.3 MB measured, and room
_SHARE = 16  # of a small disk: a sixteenth
RETRY_SECONDS = 15.0  # between two tries to write again
_NOTE_MOST = 4096  # a reserve that is so short is a note

log = logging.getLogger("aggregator")


@dataclass(frozen=True, slots=True)
class Pause:
    """Why nothing is written, and since when (aware UTC)."""

    since: datetime
    reason: str


class Space:
    """The room of one database: its reserve, and the pause when there is none.

    A Store uses it only when it is `watched`; then a full disk pauses the writer.
    """

    def __init__(self, database: str | Path) -> None:
        self._file = _file(database)
        self._database = str(database)
        self._tried = 0.0
        self.watched = False
        self.pause: Pause | None = None

    def watch(self) -> None:
        """Set the reserve aside; begin with a pause when a full disk leaves no room for it."""
        self.watched = True
        if not self._set_aside() and self._free() < self._size():
            self.shut("no room for the reserve")

    def shut(self, reason: str) -> None:
        """Write no more for now: let the reserve go and leave the reason in its place."""
        known = self.pause
        self.pause = Pause(known.since if known else _now(), reason)
        self._tried = time.monotonic()
        self.let_go(self.pause)
        if known is None:
            told = "%s: %s; nothing is written until there is room"
            log.error(told, self._database, reason, extra={"event": "paused"})

    def let_go(self, pause: Pause) -> None:
        """Give the reserve back to the disk."""
        note = json.dumps({"since": stamp(pause.since), "reason": pause.reason[:500]})
        with suppress(OSError), self._file.open("w", encoding="utf-8") as file:
            file.write(note)

    def may_try(self) -> bool:
        """Whether it is time to write again: a while has passed, and the reserve fits besides."""
        if time.monotonic() - self._tried < RETRY_SECONDS:
            return False
        self._tried = time.monotonic()
        return self._free() >= 2 * self._size()

    def open(self) -> Pause | None:
        """Writing went well: the pause is over, the reserve stands again; gives the pause."""
        over, self.pause = self.pause, None
        if over is not None:
            self._set_aside()
            told = "%s: there is room again; writing goes on after a pause since %s"
            log.warning(told, self._database, stamp(over.since), extra={"event": "resumed"})
        return over

    def refusal(self) -> Full:
        """The error of a writer who is turned away."""
        reason = self.pause.reason if self.pause else ""
        since = stamp(self.pause.since) if self.pause else ""
        return Full(
            self._database, f"nothing is written since {since}: {reason}",
            hint="aggregator prune, or freeing space; it goes on by itself",
        )  # fmt: skip

    def make_room(self) -> None:
        """Before tidying: let the reserve go where there is less room than it holds."""
        if self._file.is_file() and self._free() < self._size() and self.read() is None:
            self.let_go(Pause(_now(), "the disk is full; it is being tidied"))

    def settle(self) -> None:
        """Set a reserve that was let go aside again where there is room for it twice."""
        if self.pause is None and self.read() is not None and self._free() >= 2 * self._size():
            self._set_aside()

    def read(self) -> Pause | None:
        """The note in place of the reserve, whoever left it."""
        return read_pause(self._database)

    def _size(self) -> int:
        try:
            return min(RESERVE, shutil.disk_usage(self._file.parent).total // _SHARE)
        except OSError:
            return RESERVE

    def _free(self) -> int:
        try:
            return shutil.disk_usage(self._file.parent).free
        except OSError:
            return 0

    def _set_aside(self) -> bool:
        size = self._size()
        try:
            if self._file.is_file() and self._file.stat().st_size == size:
                return True
            with self._file.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)  # zeros alone may take no room
        except OSError as error:
            log.warning("%s: cannot be set aside: %s", self._file, error.strerror)
            with suppress(OSError):
                self._file.unlink()  # half a reserve would be in the way of its own note
            return False
        return True


def read_pause(database: str | Path) -> Pause | None:
    """Why a program does not write a database, as it left word beside it; None when it does."""
    file = _file(database)
    try:
        if not 0 < file.stat().st_size < _NOTE_MOST:
            return None
        note = json.loads(file.read_text(encoding="utf-8"))
        since = moment(note["since"])
        return Pause(since, str(note["reason"])) if since else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _file(database: str | Path) -> Path:
    return Path(f"{database}.reserve")
