"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from aggregator.errors import UsageError


def replace_text(path: Path, text: str) -> None:
    """Write beside the file and rename over it, so that a reader never sees half of it.

    Raises UsageError when the place cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise UsageError(str(path), f"cannot be written: {error.strerror}") from error
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)
        beside.replace(path)
    except OSError as error:
        raise UsageError(str(path), f"cannot be written: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)
