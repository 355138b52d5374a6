"""Reads the log of the polls of one feed; writes nothing."""

from __future__ import annotations

from typing import Any, cast

from aggregator.core.contract import PollDict
from aggregator.edge.health.feeds import align

_COLUMNS = (
    "polled_at", "result", "status", "listed", "added", "dropped", "bytes", "ms", "repeats",
    "last_at", "last_status", "error",
)  # fmt: skip
_HEAD = ("polled at", "result", "status", "listed", "new", "bytes", "ms", "then quiet", "error")


def read_history(db: Any, name: str, *, limit: int) -> list[PollDict] | None:
    """The last rows of `polls` of the feed of this name or address, newest first; None: no such.

    A row's `repeats` polls after it said nothing new, the last of them at `last_at`.
    """
    feed = db.execute(
        "SELECT id FROM feeds WHERE name = :name OR url = :name"
        " ORDER BY enabled DESC, url = :name DESC, id LIMIT 1",
        {"name": name},
    ).fetchone()
    if feed is None:
        return None
    rows = db.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM polls WHERE feed = ? ORDER BY id DESC LIMIT ?",  # noqa: S608
        [feed[0], limit],
    ).fetchall()
    return [cast(PollDict, dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def show_history(rows: list[PollDict]) -> str:
    """The rows as aligned lines, nothing in them that can steer a terminal."""
    table: list[tuple[str, ...]] = [_HEAD]
    for row in rows:
        quiet = f"{row['repeats']}x until {row['last_at']}" if row["repeats"] else ""
        numbers = (row[name] for name in ("status", "listed", "added", "bytes", "ms"))
        cells = ("-" if value is None else str(value) for value in numbers)
        table.append((row["polled_at"], row["result"], *cells, quiet, (row["error"] or "")[:100]))
    return "\n".join(align(table))
