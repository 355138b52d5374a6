"""Takes indices away while an archive is written, and puts back those that are missing.

Nothing is wrong without them, only slow: a program that was killed between leaves that to the
next run over the archive.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aggregator.edge import schema


def set_aside(db: Any, names: Iterable[str]) -> None:
    """Take indices away, in the caller's commit."""
    for name in names:
        db.execute(f"DROP INDEX IF EXISTS {name}")


def put_back(db: Any) -> int:
    """Make the indices of the schema that are not there, in the caller's commit."""
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
    known = {row[0] for row in rows}
    missing = [sql for name, sql in schema.indices().items() if name not in known]
    for sql in missing:
        db.execute(sql)
    return len(missing)
