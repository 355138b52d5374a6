"""What config says of feeds and outlets, and the log of passes; small writes of the daily round."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

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


def beat(store: Store, *, now: datetime, pid: int) -> None:
    """The daemon's sign of life, for `status`."""
    with store.write() as db:
        db.executemany(
            "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)",
            [("heartbeat", stamp(now)), ("pid", str(pid))],
        )
