"""Turns what SQLite says of a file into errors a user can act on; touches no database."""

from __future__ import annotations

from typing import Any

from aggregator.errors import Damaged, Full, Locked, StoreError

_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")
# A disk quota and a limit on file sizes show as I/O errors.
_FULL = ("SQLITE_FULL", "SQLITE_IOERR")
_READ_ONLY = ("SQLITE_READONLY", "SQLITE_PERM")
_SHUT = ("SQLITE_CANTOPEN", "SQLITE_AUTH")
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")

RESTORE = "aggregator restore BACKUP, or another -d path"


def is_outside(error: Any) -> bool:
    """Whether the disk or another program is the cause; anything else is a fault of ours."""
    return _is(error, *_BUSY, *_FULL, *_READ_ONLY, *_SHUT, *_DAMAGED)


def translate(path: str, error: Any) -> StoreError:
    """The error a user can act on, by SQLite's own code, which stays in the message."""
    text = str(error)
    if _is(error, *_BUSY):
        return Locked(path, f"another program is writing ({text})", hint="again in a moment")
    if _is(error, *_FULL):
        return Full(path, text, hint="freeing space; nothing stored is lost")
    if _is(error, *_READ_ONLY):
        return StoreError(path, f"may not be written ({text})", hint="its folder's permissions")
    if _is(error, *_DAMAGED):
        return Damaged(path, text, hint=RESTORE)
    if "no such table" in text or "no such column" in text:
        return StoreError(path, f"is not an aggregator database ({text})", hint="another -d path")
    return StoreError(path, text)


def _is(error: Any, *names: str) -> bool:
    # Extended codes, such as SQLITE_IOERR_WRITE, begin with the name of the plain one.
    return str(getattr(error, "sqlite_errorname", None) or "").startswith(names)
