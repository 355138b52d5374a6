"""Reads how the database, the daemon and the feeds are doing; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aggregator.core.times import moment, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The state of one database at one moment."""

    database: str
    sqlite: str
    running: int | None  # process id of the daemon
    heartbeat: datetime | None
    counts: dict[str, int]
    failing: tuple[tuple[str, int, str], ...]  # feed, failures, reason
    last_run: datetime | None

    def to_dict(self) -> dict[str, Any]:
        """The contract of `status --json`."""
        return {
            "database": self.database,
            "sqlite": self.sqlite,
            "running": self.running,
            "heartbeat": stamp(self.heartbeat) if self.heartbeat else None,
            "last_run": stamp(self.last_run) if self.last_run else None,
            "counts": self.counts,
            "failing_feeds": [
                {"feed": name, "failures": failures, "error": error}
                for name, failures, error in self.failing
            ],
        }

    def to_text(self) -> str:
        """A few lines for a terminal."""
        daemon = f"running, process {self.running}" if self.running else "not running"
        last = stamp(self.last_run) if self.last_run else "never"
        lines = [
            f"database   {self.database} (SQLite {self.sqlite})",
            f"daemon     {daemon}; last pass {last}",
            *(f"{name:<10} {count}" for name, count in self.counts.items()),
        ]
        for name, failures, error in self.failing:
            lines.append(f"failing    {name}: {failures} in a row, {error}")
        return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in lines)


COUNTS = {
    "feeds": "SELECT count(*) FROM feeds WHERE enabled = 1",
    "entries": "SELECT count(*) FROM entries",
    "waiting": "SELECT count(*) FROM entries WHERE state = 'new'",
    "failed": "SELECT count(*) FROM entries WHERE state = 'failed'",
    "articles": "SELECT count(*) FROM articles",
    "unclustered": "SELECT count(*) FROM fingerprints WHERE clustered = 0",
    "stories": "SELECT count(*) FROM clusters WHERE articles > 0",
    "shared": "SELECT count(*) FROM clusters WHERE outlets > 1",
}


def read_status(db: Any, database: str, *, holder: int | None) -> Status:
    """The status of an open database; `holder` is the process that has its lock."""
    meta = dict(db.execute("SELECT name, value FROM meta").fetchall())
    run = db.execute("SELECT max(max(ended_at), coalesce(max(quiet_at), '')) FROM runs").fetchone()
    failing = db.execute(
        "SELECT name, failures, coalesce(error, '') FROM feeds"
        " WHERE enabled = 1 AND failures > 0 AND error IS NOT NULL ORDER BY failures DESC, name"
    ).fetchall()
    return Status(
        database=database,
        sqlite=db.execute("SELECT sqlite_version()").fetchone()[0],
        running=holder,
        heartbeat=moment(meta.get("heartbeat")),
        counts={name: db.execute(sql).fetchone()[0] for name, sql in COUNTS.items()},
        failing=tuple((row[0], row[1], row[2]) for row in failing),
        last_run=moment(run[0] or None),
    )
