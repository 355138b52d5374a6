"""What config says of feeds and outlets, and the log of passes; small writes of the daily round."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from aggregator.core import cadence
from aggregator.core.times import stamp
from aggregator.edge.store.collecting import name_outlet, watch_feeds
from aggregator.edge.store.door import Store
from aggregator.edge.store.owners import set_families
from aggregator.model import Feed

QUIET = ("unchanged", "put off")  # results that add nothing to what is known


def watch(store: Store, config: Any, feeds: Sequence[Feed], *, now: datetime) -> None:
    """Bring feeds and outlets in line with config, in one commit."""
    with store.write() as db:
        watch_feeds(store, feeds, now=now)
        # No interval leads further: the clock was wrong once, or config allowed more.
        longest = max([cadence.longest(config.schedule.max), *(feed.every for feed in feeds)])
        db.execute(
            "UPDATE feeds SET due_at = ? WHERE due_at > ?",
            [stamp(now), stamp(now + timedelta(seconds=longest))],
        )
        for feed in config.feeds:
            if feed.outlet:
                name_outlet(store, feed.domain, name=feed.outlet)
        for outlet in config.outlets:
            name_outlet(store, outlet.domain, name=outlet.name, agency=outlet.agency)
        set_families(db, {each.domain: each.family for each in config.outlets if each.family})


def note(
    store: Store, tally: Mapping[tuple[str, str], int], *, started: datetime, ended: datetime
) -> None:
    """A row for a pass that did something; a quiet one is counted on the last row."""
    news = {f"{stage} {result}": n for (stage, result), n in sorted(tally.items())}
    with store.write() as db:
        quiet = all(result in QUIET for _, result in tally)
        last = db.execute("SELECT max(id) FROM runs").fetchone()[0]
        if quiet and last is not None:
            db.execute(
                "UPDATE runs SET quiet = quiet + 1, quiet_at = ? WHERE id = ?",
                [stamp(ended), last],
            )
        else:
            db.execute(
                "INSERT INTO runs (started_at, ended_at, tally) VALUES (?, ?, ?)",
                [stamp(started), stamp(ended), json.dumps(news)],
            )


def beat(
    store: Store,
    *,
    now: datetime,
    about: Mapping[str, str],
    jobs: Sequence[Mapping[str, object]] = (),
) -> None:
    """The daemon's sign of life, for `status`: what it says `about` itself, and its jobs' rows."""
    with store.write() as db:
        db.executemany(
            "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)",
            [("heartbeat", stamp(now)), *about.items()],
        )
        db.execute(
            "DELETE FROM jobs WHERE name NOT IN (SELECT value FROM json_each(?))",
            [json.dumps([job["name"] for job in jobs])],
        )
        db.executemany(
            "INSERT OR REPLACE INTO jobs (name, every, running, started_at, ended_at, seconds,"
            " passes, failures, error, alarm, alarm_at) VALUES (:name, :every, :running,"
            " :started_at, :ended_at, :seconds, :passes, :failures, :error, :alarm, :alarm_at)",
            [
                {name: stamp(v) if isinstance(v, datetime) else v for name, v in job.items()}
                for job in jobs
            ],
        )
