"""Reads the state of one database and of the daemon that works on it; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from aggregator.core.alertstate import state_to_dict, state_words, trouble_words
from aggregator.core.contract import FailedPollDict, JobDict, StatusDict
from aggregator.core.times import moment, stamp
from aggregator.edge.health.collectors import Collector, read_collectors
from aggregator.edge.health.feeds import HEAD, FeedState, align, plain, read_feed_states
from aggregator.edge.health.measuring import disk, waiting
from aggregator.model import AlertState

ROWS = 40  # feeds shown on a terminal unless all are asked for
ERRORS = 10  # the last of them that are shown
TROUBLES = 3  # messages of one alert that are shown
STALE = timedelta(seconds=120)  # the daemon beats every 30 s

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
_JOB = (
    "name", "every", "running", "started_at", "ended_at", "seconds", "passes", "failures", "error",
    "alarm", "alarm_at",
)  # fmt: skip
_JOBS = f"SELECT {', '.join(_JOB)} FROM jobs ORDER BY name"  # noqa: S608  columns are ours
# A feed's failures are counted on one row: the last of them counts.
_ERRORS = (
    "SELECT max(polls.polled_at, coalesce(polls.last_at, '')) AS at, feeds.name, polls.error"
    " FROM polls JOIN feeds ON feeds.id = polls.feed WHERE polls.result = 'failed' AND polls.id IN"
    " (SELECT max(id) FROM polls GROUP BY feed) ORDER BY at DESC, feeds.id LIMIT ?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The state of one database at one moment."""

    database: str
    sqlite: str
    running: int | None  # process id of the daemon
    heartbeat: datetime | None
    counts: dict[str, int]
    feeds: tuple[FeedState, ...]  # those in trouble first
    last_run: datetime | None
    asked_at: datetime
    version: str | None = None  # of the daemon that beat last
    started_at: datetime | None = None  # that daemon
    jobs: tuple[JobDict, ...] = ()  # rows of `jobs`; of the past when no daemon runs
    collectors: tuple[Collector, ...] = ()  # who holds leases of feeds
    alarms: tuple[str, ...] = ()
    waiting: dict[str, int] = field(default_factory=dict)  # items due, by stage
    disk: dict[str, int] = field(default_factory=dict)  # bytes: database, log, free
    errors: tuple[FailedPollDict, ...] = ()  # last failures of feeds: at, feed, error
    alerts: tuple[AlertState, ...] = ()

    @property
    def failing(self) -> tuple[FeedState, ...]:
        """Feeds that do not answer, or are gone."""
        return tuple(feed for feed in self.feeds if feed.state in ("failing", "dead", "gone"))

    @property
    def is_well(self) -> bool:
        """Whether a daemon is at work that beats, and raises no alarm."""
        age = self.heartbeat_age
        beats = age is not None and age <= STALE.total_seconds()
        return self.running is not None and beats and not self.alarms

    @property
    def heartbeat_age(self) -> float | None:
        """Seconds since the daemon's last sign of life; None when there was none."""
        return (self.asked_at - self.heartbeat).total_seconds() if self.heartbeat else None

    def to_dict(self) -> StatusDict:
        """The contract of `status --json`."""
        return {
            "database": self.database,
            "sqlite": self.sqlite,
            "running": self.running,
            "version": self.version,
            "started_at": stamp(self.started_at),
            "heartbeat": stamp(self.heartbeat),
            "heartbeat_age": self.heartbeat_age,
            "last_run": stamp(self.last_run),
            "alarms": list(self.alarms),
            "jobs": list(self.jobs),
            "collectors": [each.to_dict() for each in self.collectors],
            "counts": self.counts,
            "waiting": self.waiting,
            "disk": self.disk,
            "errors": list(self.errors),
            "alerts": [state_to_dict(each) for each in self.alerts],
            "failing_feeds": [
                {"feed": feed.name, "failures": feed.failures, "error": feed.error}
                for feed in self.failing
            ],
            "feeds": [feed.to_dict() for feed in self.feeds],
        }

    def to_text(self, *, rows: int = ROWS) -> str:
        """A few lines on the whole and one a feed, at most `rows` of them."""
        daemon = f"running, process {self.running}" if self.running else "not running"
        last = stamp(self.last_run) if self.last_run else "never"
        sizes = {name: f"{size >> 20} MB" for name, size in self.disk.items()}
        told = f"{sizes['database']}, log {sizes['log']}, {sizes['free']} free" if sizes else "?"
        lines = [
            f"database   {self.database} (SQLite {self.sqlite})",
            f"daemon     {daemon}; last pass {last}",
            *(f"collector  {each.words()}" for each in self.collectors),
            *(f"alarm      {alarm}" for alarm in self.alarms),
            f"disk       {told}",
            "due        " + ", ".join(f"{stage} {n}" for stage, n in self.waiting.items()),
            *(f"{name:<10} {count}" for name, count in self.counts.items()),
            *(f"alert      {each.name}: {state_words(each)}" for each in self.alerts),
            *(
                f"           {trouble_words(each)}"
                for state in self.alerts
                for each in state.troubled[:TROUBLES]
            ),
        ]
        lines = [plain(line) for line in lines]
        if self.feeds:
            lines += ["", *align([HEAD, *(feed.cells() for feed in self.feeds[:rows])])]
        if len(self.feeds) > rows:
            lines.append(f"... and {len(self.feeds) - rows} more; try: aggregator status --all")
        return "\n".join(lines)


def read_status(
    db: Any, database: str, *, holder: int | None, now: datetime, pause: str | None = None
) -> Status:
    """The status of an open database.

    `holder` is the process that has its lock, `pause` why nothing is written to it.
    """
    meta = dict(db.execute("SELECT name, value FROM meta").fetchall())
    run = db.execute("SELECT max(max(ended_at), coalesce(max(quiet_at), '')) FROM runs").fetchone()
    jobs = read_jobs(db)
    heartbeat = moment(meta.get("heartbeat"))
    return Status(
        database=database,
        sqlite=db.execute("SELECT sqlite_version()").fetchone()[0],
        running=holder,
        heartbeat=heartbeat,
        counts={name: db.execute(sql).fetchone()[0] for name, sql in COUNTS.items()},
        feeds=read_feed_states(db, now=now),
        last_run=moment(run[0] or None),
        asked_at=now,
        version=meta.get("daemon version"),
        started_at=moment(meta.get("daemon started")),
        jobs=jobs,
        collectors=read_collectors(db, now=now),
        alarms=tuple(
            _alarms(
                # The lock may be held by a single pass or an import, which do not beat.
                jobs if meta.get("pid") == str(holder) else (),
                heartbeat,
                holder=holder,
                now=now,
                pause=pause,
            )
        ),
        waiting=waiting(db, now=now),
        disk=disk(database),
        errors=tuple(
            {"at": row[0], "feed": row[1], "error": row[2] or ""}
            for row in db.execute(_ERRORS, [ERRORS]).fetchall()
        ),
    )


def read_jobs(db: Any) -> tuple[JobDict, ...]:
    """The jobs of the daemon as they stood at its last beat."""
    found = (dict(zip(_JOB, row, strict=True)) for row in db.execute(_JOBS).fetchall())
    return tuple(cast(JobDict, {**job, "running": bool(job["running"])}) for job in found)


def _alarms(
    jobs: tuple[JobDict, ...],
    heartbeat: datetime | None,
    *,
    holder: int | None,
    now: datetime,
    pause: str | None,
) -> list[str]:
    """What is wrong, a line each. Without `jobs` there is no daemon, or none that ever beat."""
    found = [f"nothing is written: {pause}"] if pause else []
    if not jobs:
        return found
    if heartbeat is not None and now - heartbeat > STALE:
        found.append(f"process {holder} holds the lock, its last beat was {stamp(heartbeat)}")
    return found + [
        f"{job['name']} {job['alarm']} (since {job['alarm_at']})" for job in jobs if job["alarm"]
    ]
