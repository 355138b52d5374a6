"""The straight line: collect, read, cluster, report; owns the threads and holds no rule."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

from aggregator.config import Config
from aggregator.edge import reading
from aggregator.edge.clock import utc_now
from aggregator.edge.store import Store, clocks, folding, indices, leasing, passes, reclustered
from aggregator.edge.store.comparing import Bodies
from aggregator.edge.store.proposing import Proposer
from aggregator.model import Outcome, Report, Story, StoryQuery
from aggregator.pipeline import archives, reclustering
from aggregator.pipeline.alerting import alert
from aggregator.pipeline.collect import collect
from aggregator.pipeline.context import (
    COLLECT,
    RUN,
    Clock,
    Context,
    Expect,
    Watch,
    feeds_of,
    name_of,
)
from aggregator.pipeline.read import read
from aggregator.pipeline.revisit import revisit
from aggregator.pipeline.tending import Upkeep

# What a config says that cannot change amid the work.
AT_START = ("database", "cluster", "agencies", "log", "metrics")

LONG_COMMIT = 20.0  # seconds; collecting and the heartbeat wait behind it
LEAST_BATCH = 50

Tally = Counter[tuple[str, str]]  # (stage, result) -> items


class Aggregator:
    """The whole product from Python; a context manager.

    >>> with Aggregator(Config.load("config.yaml")) as news:  # doctest: +SKIP
    ...     news.run_once()
    ...     for story in news.stories(min_outlets=2):
    ...         print(story.lead.title, [copy.outlet for copy in story.copies])
    """

    def __init__(
        self,
        config: Config,
        *,
        database: str | Path | None = None,
        clock: Clock = utc_now,
        watch: Watch = lambda outcome: None,
        expect: Expect = lambda stage, count: None,
        stop: threading.Event | None = None,
        watched: bool = False,
        beside: bool = False,
    ) -> None:
        """Open the database of the config, or another; StoreError when that cannot be.

        A `watched` database has a reserve of disk space beside it, and a full disk is a pause.
        Who works `beside` others only collects: feeds that others lease are theirs, and the rules
        of likeness stay as they are. Of those that do not there must be one.
        """
        store = Store(database or config.database_path, check=True, watched=watched)
        self.context = Context(
            config=config, store=store, clock=clock, watch=watch, expect=expect,
            stop=stop or threading.Event(), name=name_of(COLLECT if beside else RUN),
        )  # fmt: skip
        self._bodies: Bodies | None = None
        self._proposer = Proposer()
        self._batch = folding.BATCH
        self._upkeep = Upkeep()
        try:
            clocks.catch_up(store, now=clock())
            if not beside:
                folding.prepare(store, rules=self.context.rules)
                leasing.forget_leases(store, RUN)
                if not reclustered.is_due(store):  # a run over an archive was cut short
                    indices.put_back(store)
            passes.watch(store, config, feeds_of(config), now=clock())
        except BaseException:
            store.close()
            raise

    def collect(self, *, everything: bool = False) -> Tally:
        """Poll the feeds that are due, or `everything` that is not backing off."""
        with self.context.in_use() as context:
            return _tally(collect(context, everything=everything))

    def read(self) -> Tally:
        """Read the pages of waiting entries into articles."""
        with self.context.in_use() as context:
            return _tally(read(context))

    def revisit(self) -> Tally:
        """Read pages of known articles again, those whose time has come."""
        with self.context.in_use() as context:
            return _tally(revisit(context))

    def cluster(self) -> Tally:
        """Compare what has not been compared and fold it into stories."""
        context = self.context
        if reclustered.is_due(context.store):
            return reclustering.catch_up(context)
        if self._bodies is None:
            self._bodies = Bodies(context.rules)
        context.expect("cluster", folding.count_unclustered(context.store))
        tally: Tally = Counter()
        while not context.stop.is_set():
            begun = time.monotonic()
            outcomes = folding.cluster_batch(
                context.store, self._bodies, now=context.clock(), limit=self._batch,
                proposer=self._proposer,
            )  # fmt: skip
            if not outcomes:
                break
            self._fit_batch(time.monotonic() - begun)
            for outcome in outcomes:
                tally[outcome.stage, outcome.result] += 1
                context.watch(outcome)
        return tally

    def _fit_batch(self, seconds: float) -> None:
        """Keep commits short: until one ends nobody else can write, not even the heartbeat."""
        if seconds > LONG_COMMIT:
            self._batch = max(self._batch // 2, LEAST_BATCH)
        elif seconds < LONG_COMMIT / 4:
            self._batch = min(self._batch * 2, folding.BATCH)

    def alert(self) -> Tally:
        """Send what alerts tell of stories that are new or grew, each message once."""
        with self.context.in_use() as context:
            return _tally(alert(context))

    def tend(self) -> Tally:
        """Look after the database: keep its log short, prune once a day what config lets go."""
        with self.context.in_use() as context:
            return self._upkeep.tick(context)

    def reload(self, config: Config) -> tuple[str, ...]:
        """Take over another config; passes under way end with the one of before.

        Gives the names of changed settings that wait for the next start: another database, other
        rules of likeness (everything is compared again by those), where it logs and listens.
        """
        old = self.context.config
        waiting = tuple(name for name in AT_START if getattr(config, name) != getattr(old, name))
        config = config.model_copy(update={name: getattr(old, name) for name in waiting})
        passes.watch(self.context.store, config, feeds_of(config), now=self.context.clock())
        self.context = self.context.succeed(config)
        return waiting

    def run_once(self, *, polling: bool = True) -> Tally:
        """One pass over everything: collect, read, revisit, cluster, alert; noted in `runs`.

        Without `polling` collecting is left to others.
        """
        started = self.context.clock()
        tally = self.collect(everything=True) if polling else Counter()
        tally += self.read()
        tally += self.revisit()
        tally += self.cluster()
        tally += self.alert()
        passes.note(self.context.store, tally, started=started, ended=self.context.clock())
        return tally

    def import_file(self, path: str | Path, *, workers: int = 0) -> Counter[str]:
        """Keep the articles of a JSON Lines file or the pages of a WARC file; gives a tally.

        With `workers` a JSON Lines file is read in so many processes, and the archive is compared
        as a whole by the next `cluster`.
        """
        context = self.context
        counts: Counter[str] = Counter()
        for outcome in archives.import_archive(context, Path(path), workers=workers):
            counts[outcome.result] += 1
            context.watch(outcome)
        return counts

    def stop_on_signals(self) -> None:
        """End cleanly on SIGTERM and Ctrl-C: what is in flight is handed back."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.context.stop.set())

    def report(
        self,
        *,
        hours: float | None = None,
        min_outlets: int = 1,
        limit: int = 50,
        whole: bool = False,
    ) -> Report:
        """Stories that got a copy in the last `hours`, or all; see `core.report.to_dict`."""
        now = self.context.clock()
        since = now - timedelta(hours=hours) if hours is not None else None
        query = StoryQuery(since=since, min_outlets=min_outlets, limit=limit)
        with self.context.store.snapshot() as db:
            return reading.read_report(db, query, now=now, whole=whole)

    def stories(
        self, *, since: datetime | None = None, min_outlets: int = 1, limit: int = 1000
    ) -> tuple[Story, ...]:
        """Stories with a copy first seen here at or after `since`, widest first."""
        query = StoryQuery(since=since, min_outlets=min_outlets, limit=limit)
        with self.context.store.snapshot() as db:
            return reading.read_report(db, query, now=self.context.clock()).stories

    def story(self, story_id: int) -> Story | None:
        """One story with its texts, versions and comparisons."""
        with self.context.store.snapshot() as db:
            return reading.read_story(db, story_id)

    def close(self) -> None:
        """Stop the workers and close the database."""
        self.context.close()

    def __enter__(self) -> Aggregator:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _tally(outcomes: list[Outcome]) -> Tally:
    return Counter((outcome.stage, outcome.result) for outcome in outcomes)
