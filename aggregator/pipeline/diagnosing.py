"""Looks at what the program stands on, for `doctor`; changes nothing and asks no stranger."""

from __future__ import annotations

import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from aggregator.config import Config
from aggregator.core import minhash
from aggregator.core.robots import product_token
from aggregator.core.times import moment
from aggregator.edge import health, lock
from aggregator.edge.schema.sqlite import sqlite3
from aggregator.edge.store import door, opening, space, walfile
from aggregator.edge.web.lines import trusted
from aggregator.errors import AggregatorError

GOOD, WARN, BAD = "ok", "warning", "problem"
# What results depend on, and what guards us; a report of a fault is worth little without them.
PACKAGES = (
    "news-aggregator-dedup", "feedparser", "trafilatura", "lxml", "datasketch", "numpy",
    "urllib3", "sqlite-utils", "pysqlite3", "pebble", "protego", "apscheduler", "datasette",
)  # fmt: skip
MIN_PYTHON = (3, 11)
FREE_LEAST = 200 << 20  # bytes; below, a busy day may fill the disk
FREE_SHARE = 1.0  # of the database: what a backup or VACUUM needs
AHEAD_MOST = 120  # seconds that stored times may lie in the future, and the disk's clock differ


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    subject: str
    level: str  # ok, warning, problem
    told: str

    def to_dict(self) -> dict[str, str]:
        """One object of `doctor --json`."""
        return asdict(self)


def diagnose(config: Config, database: Path, *, now: datetime) -> list[Finding]:
    """Look at versions, config, certificates, disk, clock and database; never raises ours."""
    found: list[Finding] = []
    for look in (_python, _packages, _signatures, _sqlite, _certificates):
        found += look()
    found += _config(config)
    found += _disk(database)
    found += _clock(database, now)
    found += _database(database, now)
    return found


def table(findings: list[Finding]) -> str:
    """The findings as aligned lines, nothing in them that can steer a terminal."""
    lines = [f"{each.level:<8} {each.subject:<12} {each.told}" for each in findings]
    bad = sum(each.level == BAD for each in findings)
    warned = sum(each.level == WARN for each in findings)
    lines.append(f"{len(findings)} things looked at, {bad} problems, {warned} warnings")
    return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in lines)


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    good = tuple(map(int, platform.python_version_tuple()[:2])) >= MIN_PYTHON
    yield Finding("Python", GOOD if good else BAD, f"{version} on {platform.system()}")


def _packages() -> Iterator[Finding]:
    versions = []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{name} not installed")
    yield Finding("packages", GOOD, ", ".join(versions))


def _signatures() -> Iterator[Finding]:
    """Stored signatures are datasketch's; a release that hashes otherwise would tell nobody."""
    import numpy as np
    from datasketch import MinHash

    shingles = np.arange(1, 400, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    theirs = MinHash(
        num_perm=minhash.PERMUTATIONS, seed=minhash.SEED, scheme="affine32",
        hashfunc=lambda shingle: shingle >> 32,
    )  # fmt: skip
    theirs.update_batch(shingles.tolist())
    if (theirs.hashvalues == minhash.sign(shingles)).all():
        yield Finding("signatures", GOOD, "the installed datasketch makes the same")
    else:
        told = "the installed datasketch makes others: compare stored ones with no tool but this"
        yield Finding("signatures", WARN, told)


def _sqlite() -> Iterator[Finding]:
    warning = door.sqlite_warning()
    yield Finding("SQLite", WARN if warning else GOOD, warning or sqlite3.sqlite_version)


def _certificates() -> Iterator[Finding]:
    known = trusted().cert_store_stats()["x509_ca"]
    told = f"{known} authorities" if known else "read from the system's folder when needed"
    yield Finding("TLS", GOOD, told)


def _config(config: Config) -> Iterator[Finding]:
    feeds = sum(feed.enabled for feed in config.feeds)
    yield Finding("config", GOOD if feeds else WARN, f"{config.path}: {feeds} feeds to poll")
    fetch = config.fetch
    if fetch.contact is None and "@" not in fetch.user_agent and "http" not in fetch.user_agent:
        told = "nobody can reach you: fetch.contact is empty, and some sites refuse such robots"
        yield Finding("User-Agent", WARN, told)
    else:
        yield Finding("User-Agent", GOOD, fetch.user_agent)
    name = product_token(fetch.user_agent)
    if fetch.robots == "obey":
        yield Finding("robots.txt", GOOD, f"obeyed, as {name}")
    else:
        yield Finding("robots.txt", WARN, "ignored: pages are fetched that sites forbid")
    level = GOOD if fetch.reservations == "obey" else WARN
    told = f"{fetch.reservations}: tdm-reservation, noai and tdmrep.json"
    yield Finding("reservations", level, told)


def _disk(database: Path) -> Iterator[Finding]:
    folder = database.absolute().parent
    if not folder.is_dir():
        yield Finding("disk", BAD, f"{folder}: no such folder")
        return
    free = shutil.disk_usage(folder).free
    size = database.stat().st_size if database.is_file() else 0
    told = f"{free >> 20} MB free for a database of {size >> 20} MB"
    if free < FREE_LEAST:
        yield Finding("disk", BAD, f"{told}; {FREE_LEAST >> 20} MB is the least to work with")
    else:
        yield Finding("disk", GOOD if free >= FREE_SHARE * size else WARN, told)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            yield Finding("folder", GOOD, f"{folder} can be written")
    except OSError as error:
        yield Finding("folder", BAD, f"{folder} cannot be written: {error.strerror}")


def _clock(database: Path, now: datetime) -> Iterator[Finding]:
    """The disk may lie on another machine, and the database remembers what time it was."""
    told = now.strftime("%Y-%m-%d %H:%M:%S UTC")
    try:
        with tempfile.NamedTemporaryFile(dir=database.absolute().parent, prefix=".doctor-") as file:
            apart = abs(Path(file.name).stat().st_mtime - now.timestamp())
    except OSError:
        apart = 0.0
    if apart > AHEAD_MOST:
        yield Finding("clock", WARN, f"{told}; the disk's clock is {apart:.0f} s apart")
    else:
        yield Finding("clock", GOOD, told)


def _database(database: Path, now: datetime) -> Iterator[Finding]:
    if not database.is_file():
        try:
            opening.check_place(str(database))
        except AggregatorError as error:
            yield Finding("database", BAD, str(error))
        else:
            yield Finding("database", WARN, f"{database}: none yet; try: aggregator run --once")
        return
    try:
        with door.reading(database) as db:
            yield from _inside(db, database, now)
        store = door.Store(database, create=False)
        store.close()
    except AggregatorError as error:
        yield Finding("database", BAD, str(error))
    yield from _room(database)


def _room(database: Path) -> Iterator[Finding]:
    """The log, which grows beside a reader that never ends; and the reserve for a full disk."""
    size = walfile.size_of(database)
    readers = walfile.readers(database) if size > walfile.LONG else ()
    log = walfile.Log(size, held=bool(readers), readers=readers)
    told = f"{size >> 20} MB not yet in the database"
    yield Finding("log", WARN if log.warning() else GOOD, log.warning() or told)
    if pause := space.read_pause(database):
        told = f"let go on {pause.since:%Y-%m-%d %H:%M}: {pause.reason}; try: aggregator prune"
        yield Finding("reserve", BAD, told)
    elif (reserve := Path(f"{database}.reserve")).is_file():
        size = reserve.stat().st_size
        yield Finding("reserve", GOOD, f"{size / (1 << 20):.1f} MB for the day the disk is full")


def _inside(db: Any, database: Path, now: datetime) -> Iterator[Finding]:
    opening.check_sound(db, str(database), seconds=None)
    articles = db.execute("SELECT count(*) FROM articles").fetchone()[0]
    free = db.execute("PRAGMA freelist_count").fetchone()[0]
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    told = f"{database}: sound, {articles} articles, {free / pages:.0%} of it free pages"
    yield Finding("database", GOOD, told)
    latest = moment(db.execute("SELECT max(polled_at) FROM polls").fetchone()[0])
    if latest is not None and (latest - now).total_seconds() > AHEAD_MOST:
        told = f"the last poll was at {latest:%Y-%m-%d %H:%M}: the clock ran ahead, or went back"
        yield Finding("history", WARN, told)
    yield _daemon(db, database, now)


def _daemon(db: Any, database: Path, now: datetime) -> Finding:
    """Whether it works, and what is wrong with it."""
    pause = space.read_pause(database)
    holder = lock.holder(database)
    told = health.read_status(
        db, str(database), holder=holder, now=now, pause=pause.reason if pause else None
    )
    if told.alarms:
        return Finding("daemon", BAD, "; ".join(told.alarms))
    return Finding("daemon", GOOD, f"process {holder} at work" if holder else "not running")
