"""Counts what is stored and what waits, cheaply enough for every heartbeat; writes nothing."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from aggregator.core.times import moment, stamp

# What is due for each stage. The revisits leave out pages whose feed lists them as changed.
_WAITING = {
    "collect": "SELECT count(*) FROM feeds WHERE enabled = 1 AND due_at <= :now",
    "read": "SELECT count(*) FROM entries WHERE state = 'new'"
    " AND (retry_at IS NULL OR retry_at <= :now)",
    "revisit": "SELECT count(*) FROM visits WHERE due_at IS NOT NULL AND due_at <= :now",
    "cluster": "SELECT count(*) FROM fingerprints WHERE clustered = 0",
}
_ROWS = {
    "entries": "SELECT count(*) FROM entries",
    "articles": "SELECT count(*) FROM articles",
    "stories": "SELECT count(*) FROM clusters WHERE articles > 0",
}
_FEEDS = (
    "SELECT CASE WHEN gone IS NOT NULL THEN 'gone' WHEN enabled = 0 THEN 'off'"
    " WHEN failures > 0 AND error IS NOT NULL THEN 'failing' WHEN answered_at IS NULL"
    " THEN 'not asked yet' ELSE 'ok' END, count(*) FROM feeds WHERE kind <> 'archive' GROUP BY 1"
)
FEED_STATES = ("ok", "failing", "gone", "off", "not asked yet")


def waiting(db: Any, *, now: datetime) -> dict[str, int]:
    """Items due for each stage."""
    values = {"now": stamp(now)}
    return {stage: int(db.execute(sql, values).fetchone()[0]) for stage, sql in _WAITING.items()}


def disk(database: str) -> dict[str, int]:
    """Bytes of the database, of its log, and free on its disk; 0 for what is not there."""
    path = Path(database)
    log = Path(f"{database}-wal")
    try:
        free = shutil.disk_usage(path.absolute().parent).free
    except OSError:
        free = 0
    return {
        "database": path.stat().st_size if path.is_file() else 0,
        "log": log.stat().st_size if log.is_file() else 0,
        "free": free,
    }


def measure(db: Any, database: str, *, now: datetime) -> dict[str, dict[str, float]]:
    """Numbers for the metrics: feeds by state, waiting by stage, rows, bytes, seconds late."""
    sizes = disk(database)
    due = moment(db.execute("SELECT min(due_at) FROM feeds WHERE enabled = 1").fetchone()[0])
    late = (now - due).total_seconds() if due else 0.0
    states = dict.fromkeys(FEED_STATES, 0.0)
    states.update((state, float(count)) for state, count in db.execute(_FEEDS).fetchall())
    return {
        "feeds": states,
        "waiting": {stage: float(count) for stage, count in waiting(db, now=now).items()},
        "rows": {name: float(db.execute(sql).fetchone()[0]) for name, sql in _ROWS.items()},
        "bytes": {"database": float(sizes["database"]), "log": float(sizes["log"])},
        "disk": {"free": float(sizes["free"])},
        "polls": {"late": max(late, 0.0)},
    }
