"""Keeps the database in shape over the years: prunes by age, keeps the log short; reads no page."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from aggregator.config import Config
from aggregator.core.measures import show_duration
from aggregator.core.times import moment
from aggregator.edge.store import Store, clocks, reading, sweeping, walfile
from aggregator.edge.store.space import Space
from aggregator.edge.store.sweeping import Pruned, Spans, Sweep
from aggregator.errors import UsageError
from aggregator.model import Outcome
from aggregator.pipeline.context import Context

DAILY = timedelta(days=1)
LEFT = 0.1  # of the file may be free pages after the daily round: they are used again
AGAIN_SECONDS = 3600.0  # between two warnings of one kind

log = logging.getLogger("aggregator")


def spans_of(config: Config, **asked: float | None) -> Spans:
    """How long things stay by config, or as `asked` instead; UsageError where that cannot be."""
    given = {name: span for name, span in asked.items() if span is not None}
    keep = {name: getattr(config.keep, name) for name in ("texts", "articles", "logs")}
    spans = Spans(**(given or keep))
    for name, least in (
        ("cluster.window", config.cluster.window), ("revisit.until", config.revisit.until),
    ):  # fmt: skip
        for span in (spans.texts, spans.articles):
            if span is not None and span <= least:
                raise UsageError(
                    show_duration(span), f"must be longer than {name} ({show_duration(least)})"
                )
    return spans


def look(database: Path, spans: Spans, *, now: datetime, force: bool = False) -> Pruned:
    """What a round would let go; changes nothing."""
    round_ = Sweep(spans, now=now, force=force, dry_run=True)
    with reading(database) as db:
        while round_.step(db):
            pass
    return round_.done


def prune(
    database: Path,
    spans: Spans,
    *,
    now: datetime,
    force: bool = False,
    watch: Callable[[Pruned], None] = lambda done: None,
) -> tuple[Pruned, int]:
    """Let go what is old, beside a daemon at work too; gives that and the bytes freed on disk.

    Works on a full disk: the reserve makes room for it.
    """
    with reading(database):
        pass  # a missing or foreign file is told of before room is made for it
    space = Space(database)
    space.make_room()
    try:
        with Store(database) as store:
            round_ = Sweep(spans, now=now, force=force)
            for done in sweeping.sweep(store, round_, is_stopped=lambda: False):
                watch(done)
            sweeping.note_round(store, now=now)
            freed = sweeping.give_back(store)
            walfile.shorten(database, least=0)
    finally:
        space.settle()
    return round_.done, freed


class Upkeep:
    """What a program at work does for its database now and then."""

    def __init__(self) -> None:
        self._warned: float | None = None

    def tick(self, context: Context) -> Counter[tuple[str, str]]:
        """Keep the log short and statistics fresh; once a day prune what config does not keep."""
        store = context.store
        if store.path != ":memory:":
            store.space.settle()
            self._tell(walfile.shorten(store.path))
        store.study()
        keep = context.config.keep
        spans = Spans(texts=keep.texts, articles=keep.articles, logs=keep.logs)
        now = context.clock()
        if spans == Spans() or not _is_due(store, now):
            return Counter()
        return _sweep(context, spans, now)

    def _tell(self, found: walfile.Log) -> None:
        told = found.warning()
        if told is None:
            self._warned = None
        elif self._warned is None or time.monotonic() - self._warned > AGAIN_SECONDS:
            self._warned = time.monotonic()
            log.warning("%s", told, extra={"event": "long log"})


def _sweep(context: Context, spans: Spans, now: datetime) -> Counter[tuple[str, str]]:
    """The daily round; one that is asked to stop goes on at the next start."""
    store, stop = context.store, context.stop
    round_ = Sweep(spans, now=now)

    def is_stopped() -> bool:
        # Asked between two commits, of which there may be thousands: a sign of life.
        context.watch(Outcome(stage="tend", item=store.path, result="commit"))
        return stop.is_set()

    for _ in sweeping.sweep(store, round_, is_stopped=is_stopped):
        pass
    sweeping.give_back(store, leave=LEFT, is_stopped=is_stopped)
    if not stop.is_set():
        sweeping.note_round(store, now=now)
    done = {name: n for name, n in round_.done.to_dict().items() if n and name != "decided"}
    return Counter({("prune", name): n for name, n in done.items()}) if round_.done else Counter()


def _is_due(store: Store, now: datetime) -> bool:
    rows = store.query("SELECT value FROM meta WHERE name = ?", [clocks.PRUNED])
    last = moment(rows[0][0]) if rows else None
    return last is None or not timedelta(0) <= now - last < DAILY
