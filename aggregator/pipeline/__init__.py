"""The straight line: collect, read, cluster, report; owns the threads and holds no rule."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

from aggregator.config import Config
from aggregator.edge import reading
from aggregator.edge.store import Store, folding, passes
from aggregator.edge.store.comparing import Bodies
from aggregator.model import Outcome, Report, Story, StoryQuery
from aggregator.pipeline import archives
from aggregator.pipeline.collect import collect
from aggregator.pipeline.context import Clock, Context, Expect, Watch, feeds_of, utc_now
from aggregator.pipeline.read import read
from aggregator.pipeline.revisit import revisit

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
    ) -> None:
        """Open the database of the config, or another; StoreError when that cannot be."""
        store = Store(database or config.database_path)
        self.context = Context(
            config=config, store=store, clock=clock, watch=watch, expect=expect,
            stop=stop or threading.Event(),
        )  # fmt: skip
        self._bodies: Bodies | None = None
        folding.prepare(store, rules=self.context.rules)
        passes.watch(store, config, feeds_of(config), now=clock())

    def collect(self, *, everything: bool = False) -> Tally:
        """Poll the feeds that are due, or `everything` that is not backing off."""
        return _tally(collect(self.context, everything=everything))

    def read(self) -> Tally:
        """Read the pages of waiting entries into articles."""
        return _tally(read(self.context))

    def revisit(self) -> Tally:
        """Read pages of known articles again, those whose time has come."""
        return _tally(revisit(self.context))

    def cluster(self) -> Tally:
        """Compare what has not been compared and fold it into stories."""
        context = self.context
        if self._bodies is None:
            self._bodies = Bodies(context.rules)
        context.expect("cluster", folding.count_unclustered(context.store))
        tally: Tally = Counter()
        while not context.stop.is_set():
            outcomes = folding.cluster_batch(context.store, self._bodies, now=context.clock())
            if not outcomes:
                break
            for outcome in outcomes:
                tally[outcome.stage, outcome.result] += 1
                context.watch(outcome)
        return tally

    def run_once(self) -> Tally:
        """One pass over everything: collect, read, revisit, cluster; noted in `runs`."""
        started = self.context.clock()
        tally = self.collect(everything=True)
        tally += self.read()
        tally += self.revisit()
        tally += self.cluster()
        passes.note(self.context.store, tally, started=started, ended=self.context.clock())
        return tally

    def import_file(self, path: str | Path) -> Counter[str]:
        """Keep the articles of a JSON Lines file or the pages of a WARC file; gives a tally."""
        context = self.context
        counts: Counter[str] = Counter()
        for outcome in archives.import_archive(context, Path(path)):
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
