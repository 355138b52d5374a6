"""Clusters a whole archive at once with an engine, and writes the answer back where asked."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, get_args

from aggregator.core import grouping
from aggregator.core.rules import Rules
from aggregator.edge.engines import pagefile, texts
from aggregator.edge.engines.contract import Answer, Engine, Job
from aggregator.edge.store import Store, archive, indices, reclustered, resettling, sentencing
from aggregator.edge.store.bonds import read_bonds
from aggregator.errors import UsageError
from aggregator.pipeline.context import Context

Name = Literal["memory", "duckdb", "spark"]
ENGINES: tuple[str, ...] = get_args(Name)
MEGABYTE = 1 << 20
MEMORY_MOST = 500_000  # articles whose keys are joined in memory unless asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclustering:
    """What a run came to."""

    engine: str
    articles: int  # that may be compared
    stories: int
    digest: str  # of the partition: equal digests are equal partitions
    changed: int | None  # stories written; None for a dry run
    seconds: dict[str, float]  # by stage
    peak: int  # bytes: this process, and the largest of its workers

    def to_dict(self) -> dict[str, object]:
        """The contract of `recluster --json`."""
        return {
            "engine": self.engine,
            "articles": self.articles,
            "stories": self.stories,
            "digest": self.digest,
            "changed": self.changed,
            "seconds": {stage: round(spent, 2) for stage, spent in self.seconds.items()},
            "peak_mb": round(self.peak / MEGABYTE),
        }

    def to_text(self) -> str:
        """The same as lines for a terminal."""
        stages = ", ".join(f"{stage} {spent:.1f} s" for stage, spent in self.seconds.items())
        written = "nothing written" if self.changed is None else f"{self.changed} stories changed"
        return "\n".join(
            [
                f"partition  {self.digest}",
                f"stories    {self.stories:,} of {self.articles:,} articles; {written}",
                f"time       {sum(self.seconds.values()):.1f} s: {stages}",
                f"memory     {self.peak / MEGABYTE:,.0f} MB at most",
            ]
        )


@dataclass
class Stopwatch:
    """Time by stage, told the progress of each."""

    tell: Callable[[str, int, int], None] = lambda stage, done, total: None
    seconds: dict[str, float] = field(default_factory=dict)
    _stage: str = ""
    _since: float = field(default_factory=time.perf_counter)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """A stage goes on; another one ends the one before."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now
        if stage:
            self.tell(stage, done, total)

    def stop(self) -> None:
        """The last stage ends."""
        self("", 0, 0)


def find_engine(name: str) -> Engine:
    """An engine by its name; UsageError for one that is not there."""
    if name == "memory":
        from aggregator.edge.engines.line import memory

        return memory
    if name == "duckdb":
        from aggregator.edge.engines.duck import duckdb

        return duckdb
    if name == "spark":
        from aggregator.edge.engines.spark import spark

        return spark
    raise UsageError(f"engine {name}", "is none", hint=", ".join(ENGINES))


def recluster(
    store: Store,
    *,
    rules: Rules,
    now: datetime,
    engine: str = "memory",
    dry_run: bool = False,
    workers: int = 2,
    memory: int | None = None,
    folder: Path | None = None,
    master: str = "",
    tell: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Reclustering:
    """Cluster all articles of a database anew; with `dry_run` nothing is written.

    The answer does not depend on the engine. What is written back keeps the ids of stories that
    persist and leaves alone what did not change. `folder` is where tables too large for memory
    are put, the system's own place by default; `memory` bounds what is kept in tables, in bytes.
    """
    watch = Stopwatch(tell)
    run = find_engine(engine)
    with tempfile.TemporaryDirectory(prefix="recluster-", dir=folder) as name:
        place = Path(name)
        with store.snapshot() as db:
            count = archive.count_pages(db)
            watch("read", 0, count)
            pagefile.write_pages(place, archive.read_pages(db))
            bonds, keys = read_bonds(db), archive.read_keys(db)
        job = Job(
            folder=place, count=count, rules=rules, bonds=bonds, workers=workers, memory=memory,
            master=master, progress=watch,
        )  # fmt: skip
        answer = run(job)
        watch("digest", 0, 0)
        digest = grouping.digest_of([keys[one] for one in group] for group in answer.groups())
        stories = sum(1 for _ in answer.groups())
        changed = None
        if not dry_run:
            changed = write_back(store, answer, rules=rules, now=now, job=job)
        watch.stop()
        texts.forget()
    return Reclustering(
        engine=engine, articles=count, stories=stories, digest=digest, changed=changed,
        seconds=watch.seconds, peak=peak_memory(),
    )  # fmt: skip


def catch_up(context: Context) -> Counter[tuple[str, str]]:
    """Cluster an archive that was imported in bulk, with the engine its size asks for."""
    with context.store.snapshot() as db:
        count = archive.count_pages(db)
    engine = "duckdb" if count > MEMORY_MOST and find_spec("duckdb") else "memory"
    done = recluster(
        context.store,
        rules=context.rules,
        now=context.clock(),
        engine=engine,
        workers=context.config.read.workers,
    )
    return Counter({("cluster", "clustered"): done.articles})


def write_back(store: Store, answer: Answer, *, rules: Rules, now: datetime, job: Job) -> int:
    """Store an engine's answer; gives how many stories were written."""
    watch = job.progress
    with store.roomy():
        changed = _write(store, answer, rules=rules, now=now, job=job)
        indices.put_back(store, watch)
    reclustered.note_done(store, rules)
    return changed


def _write(store: Store, answer: Answer, *, rules: Rules, now: datetime, job: Job) -> int:
    watch = job.progress
    watch("write sentences", 0, job.count)
    sentencing.keep_missing(store, answer.sentences)
    watch("write prints", 0, job.count)
    reclustered.keep_templates(store, answer.templates())
    touched = reclustered.keep_prints(store, answer.prints(), rules=rules)
    groups = list(answer.groups())
    watch("write pairs", 0, 0)
    touched |= reclustered.keep_pairs(store, answer.pairs(), groups, job.bonds)
    watch("write stories", 0, len(groups))
    with store.write() as db:
        if indices.has_few(db, "clusters"):
            indices.set_aside(db, indices.OF_STORIES)
    return resettling.keep_stories(
        store, groups, touched, answer.texts(), rules=rules, now=now, tell=watch
    )


def digest_stored(store: Store) -> str:
    """The digest of the partition that stands in a database."""
    with store.snapshot() as db:
        keys = archive.read_keys(db)
        stories: Iterable[list[int]] = archive.read_stories(db)
    return grouping.digest_of([keys[one] for one in story] for story in stories)


def peak_memory() -> int:
    """Bytes that this process, or its largest worker, had at most; the larger of the two."""
    unit = 1 if sys.platform == "darwin" else 1024
    used = (resource.getrusage(who).ru_maxrss for who in
            (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip
    return max(used) * unit
