"""Runs the stages on a timetable until told to stop; calls the pipeline and knows nothing else."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

from aggregator.edge.store import passes
from aggregator.errors import AggregatorError
from aggregator.pipeline import Aggregator, Tally

COLLECT_SECONDS = 15  # how often the database is asked which feeds are due
HEARTBEAT_SECONDS = 30
STOP_SECONDS = 8  # a stage in flight gets that long; the promise is 10 s

log = logging.getLogger("aggregator")


class Daemon:
    """A background program on one database; `run` blocks until SIGTERM, SIGINT or `stop`.

    Whoever starts it holds the lock of the database.
    """

    def __init__(self, news: Aggregator) -> None:
        self.news = news
        self.stop = news.context.stop
        self._running = 0
        self._guard = threading.Lock()

    def run(self) -> None:
        """Tick until told to stop, and end cleanly."""
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        schedule = self.news.context.config.schedule
        # One thread a job and no instance twice: a stage that hangs holds up no other.
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(5)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        jobs: list[tuple[Callable[[], object], str, float]] = [
            (lambda: self._stage("collect", self.news.collect), "collect", COLLECT_SECONDS),
            (lambda: self._stage("read", self.news.read), "read", schedule.read_every),
            (
                lambda: self._stage("revisit", self.news.revisit),
                "revisit",
                schedule.read_every,
            ),
            (
                lambda: self._stage("cluster", self.news.cluster),
                "cluster",
                schedule.cluster_every,
            ),
            (self._beat, "heartbeat", HEARTBEAT_SECONDS),
        ]
        for job, name, seconds in jobs:
            scheduler.add_job(
                job, "interval", seconds=seconds, id=name, next_run_time=datetime.now(UTC)
            )
        self._catch_signals()
        scheduler.start()
        log.info("running on %s", self.news.context.store.path)
        self.stop.wait()
        self._end(scheduler)

    def _catch_signals(self) -> None:
        def ask(number: int, frame: FrameType | None) -> None:
            log.info("stopping on %s", signal.Signals(number).name)
            self.stop.set()

        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ask)
            signal.signal(signal.SIGINT, ask)

    def _stage(self, name: str, work: Callable[[], Tally]) -> None:
        if self.stop.is_set():
            return
        with self._guard:
            self._running += 1
        started = self.news.context.clock()
        try:
            tally = work()
            if tally and not all(result == "unchanged" for _, result in tally):
                passes.note(
                    self.news.context.store, tally, started=started, ended=self.news.context.clock()
                )
                counts = ", ".join(f"{n} {result}" for (_, result), n in sorted(tally.items()))
                log.info("%s: %s", name, counts)
        except AggregatorError as error:
            log.warning("%s: %s", name, error)
        except Exception:
            log.exception("%s ended by a fault in the program; it goes on at the next tick", name)
        finally:
            with self._guard:
                self._running -= 1

    def _beat(self) -> None:
        try:
            passes.beat(self.news.context.store, now=self.news.context.clock(), pid=os.getpid())
        except AggregatorError as error:
            log.warning("heartbeat: %s", error)

    def _end(self, scheduler: object) -> None:
        """Let stages finish what they are committing; what still hangs is left to its worker."""
        scheduler.shutdown(wait=False)  # type: ignore[attr-defined]
        waited = threading.Event()
        for _ in range(STOP_SECONDS * 10):
            with self._guard:
                if not self._running:
                    break
            waited.wait(0.1)
        else:
            log.warning("a stage did not end within %d s; leaving", STOP_SECONDS)
            # Its thread would keep the process alive; nothing half-written can be committed.
            os._exit(0)
        log.info("stopped")
