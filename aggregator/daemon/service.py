"""Runs the stages on a timetable until told to stop; calls the pipeline and knows nothing else."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from aggregator.config import Config
from aggregator.daemon.asked import Asked
from aggregator.daemon.clockwatch import ClockWatch
from aggregator.daemon.reloading import take_over
from aggregator.daemon.showing import Showing
from aggregator.daemon.vigil import Job, Vigil
from aggregator.edge import lock
from aggregator.edge.notify import ServiceManager
from aggregator.edge.store import clocks
from aggregator.errors import AggregatorError, Vanished
from aggregator.model import Outcome
from aggregator.pipeline import Aggregator, Tally

if TYPE_CHECKING:
    from aggregator.daemon.timetable import Timetable

COLLECT_SECONDS = 15  # how often the database is asked which feeds are due
ALERT_SECONDS = 30  # and how often for stories that alerts are to tell
HEARTBEAT_SECONDS = 30
TEND_SECONDS = 60  # how often the database is looked after
LOOK_SECONDS = 1.0  # between two looks at the jobs and the clock
STOP_SECONDS = 8  # a stage in flight gets that long; the promise is 10 s
LEAVE_SECONDS = 9  # and so long has everything else that ends after it
GRACE_SECONDS = 5  # a worker past its deadline is gone by then

# Methods of the Aggregator, with the seconds between two passes.
STAGES: dict[str, Callable[[Config], float]] = {
    "collect": lambda config: COLLECT_SECONDS,
    "read": lambda config: config.schedule.read_every,
    "revisit": lambda config: config.schedule.read_every,
    "cluster": lambda config: config.schedule.cluster_every,
    "tend": lambda config: TEND_SECONDS,
    "alert": lambda config: ALERT_SECONDS,
}
OF_STAGE = {"wire": "collect"}  # outcomes that go by another name than their stage

log = logging.getLogger("aggregator")


class Daemon:
    """A background program on one database; `run` blocks until SIGTERM, SIGINT or `stop`.

    Whoever starts it holds the lock of the database, unless it works `beside` the one that has it:
    then heartbeat, metrics and a clock that was set are left to that one. SIGHUP has the config
    read again.
    """

    def __init__(
        self,
        news: Aggregator,
        *,
        stages: Collection[str] = tuple(STAGES),
        beside: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        leave: Callable[[int], None] = os._exit,
    ) -> None:
        self.news = news
        self.stop = news.context.stop
        self._stages, self._beside = stages, beside
        self.vigil = Vigil(clock=news.context.clock, monotonic=monotonic)
        self.manager = ServiceManager()
        self.showing = Showing(news, self.vigil, monotonic=monotonic)
        self._clockwatch = ClockWatch(clock=news.context.clock, monotonic=monotonic)
        self._leave = leave
        self._lost: Vanished | None = None
        self._asked = Asked(self.stop)
        self._step = timedelta(0)  # of the clock, not followed yet
        self._timetable: Timetable
        watch = news.context.watch

        def watched(outcome: Outcome) -> None:
            self.vigil.alive(OF_STAGE.get(outcome.stage, outcome.stage))
            self.showing.count(outcome)
            watch(outcome)

        news.context.watch = watched

    def run(self) -> None:
        """Tick until told to stop, and end cleanly.

        Raises UsageError when it cannot listen, Vanished when its database was taken away.
        """
        from aggregator.daemon.timetable import Timetable

        # Beside the stages: the heartbeat, a reload, a clock that was set.
        self._timetable = Timetable(len(STAGES) + 3, clock=self.news.context.clock)
        for name, every in self._intervals().items():
            self._timetable.add(name, partial(self._pass, name), every)
        if not self._beside:
            self.showing.open()
        is_program = self._asked.listen()
        self._timetable.start()
        log.info("running on %s", self.news.context.store.path, extra={"event": "started"})
        self.manager.ready(f"running on {self.news.context.store.path}")
        period = min(LOOK_SECONDS, (self.manager.watchdog or 3.0) / 3)
        while not self.stop.wait(period):
            self._look()
        self._end(is_program)
        if self._lost is not None:  # whatever it did from here on would be lost
            raise self._lost

    def _intervals(self) -> dict[str, float]:
        """Seconds between two passes of each job by the config in force; the vigil is told too."""
        config = self.news.context.config
        slowest = config.fetch.timeout + config.read.deadline + GRACE_SECONDS
        every = {name: float(STAGES[name](config)) for name in self._stages}
        if not self._beside:
            every["heartbeat"] = HEARTBEAT_SECONDS
        for name, seconds in every.items():
            self.vigil.expect(name, every=seconds, slowest=slowest)
        return every

    def _look(self) -> None:
        """One look at the clock, the jobs and what was asked; waits for nothing and nobody."""
        if step := self._clockwatch.step():
            told = f"the clock was set {'back' if step < timedelta(0) else 'forward'}"
            log.warning("%s by %s", told, abs(step), extra={"event": "clock"})
            self._step += step
            self.showing.count_step()
        if self._step:
            self._timetable.once("clock", self._follow_clock)
        self._timetable.keep()
        if self._asked.reload:
            self._asked.reload = False
            self.manager.reloading()
            self._timetable.once("reload", self._reload_config)
        if changed := self.vigil.look():
            for job in changed:
                _tell(job)
            if not self._beside:
                self._timetable.hurry("heartbeat")
        if self.manager.watchdog and not self.vigil.is_hopeless():
            self.manager.alive()

    def _pass(self, name: str) -> None:
        """One pass of a job; whatever goes wrong in it ends there."""
        if self.stop.is_set():
            return
        self.vigil.started(name)
        error: str | None = "a fault in the program"
        store = self.news.context.store
        try:
            if not store.space_ok():  # said once, when the disk became full; tried again here
                error = store.space.refusal().message
                return
            if name == "heartbeat":
                self.showing.beat()
            else:
                self._stage(name)
            error = None
        except Vanished as fault:
            error = str(fault)
            self._lost = fault
            self.stop.set()
        except AggregatorError as fault:
            error = str(fault)
            log.warning("%s: %s", name, fault, extra={"event": "failed", "job": name})
        except BaseException:  # a stage that calls sys.exit ends itself, not the daemon
            log.exception(
                "%s ended by a fault in the program; it goes on at the next tick", name,
                extra={"event": "fault", "job": name},
            )  # fmt: skip
        finally:
            self.showing.time(name, self.vigil.ended(name, error), error)

    def _stage(self, name: str) -> None:
        started = self.news.context.clock()
        tally: Tally = getattr(self.news, name)()
        if tally and not all(result == "unchanged" for _, result in tally):
            self.showing.note(tally, started=started)
            counts = {result: n for (_, result), n in sorted(tally.items())}
            log.info(
                "%s: %s", name, ", ".join(f"{n} {result}" for result, n in counts.items()),
                extra={"event": "pass", "job": name, "counts": counts},
            )  # fmt: skip

    def _follow_clock(self) -> None:
        step, self._step = self._step, timedelta(0)
        store, now = self.news.context.store, self.news.context.clock()
        try:
            if not self._beside:
                clocks.follow(store, step, now=now)
            elif lock.holder(store.path) is None:  # each would move what waits by the whole step
                clocks.catch_up(store, now=now)
        except AggregatorError as error:
            self._step += step  # the next look tries again
            log.warning("the stored times do not follow the clock yet: %s", error)

    def _reload_config(self) -> None:
        try:
            if take_over(self.news):
                for name, seconds in self._intervals().items():
                    self._timetable.change(name, seconds)
                if "collect" in self._stages:
                    self._timetable.hurry("collect")
        finally:
            self.manager.ready()

    def _end(self, is_program: bool) -> None:
        """Let stages finish what they are committing; what still hangs is left to its worker."""
        if self._asked.signal:
            log.info("stopping on %s", self._asked.signal, extra={"event": "stopping"})
        self.manager.stopping()
        if is_program:
            # Closing and leaving wait for threads, and those may hang in a name server or a C
            # function. Nothing half-written can be committed.
            threading.Thread(target=self._leave_late, daemon=True).start()
        self._timetable.close()
        self.showing.close()
        until = time.monotonic() + STOP_SECONDS
        while self.vigil.running():
            if time.monotonic() > until:
                log.warning("a stage did not end within %d s; leaving", STOP_SECONDS)
                self._leave(0)
                return
            time.sleep(0.05)
        log.info("stopped", extra={"event": "stopped"})

    def _leave_late(self) -> None:
        time.sleep(LEAVE_SECONDS)
        self._leave(0)


def _tell(job: Job) -> None:
    about = {"job": job.name}
    if job.alarm:
        log.error("%s %s", job.name, job.alarm, extra={"event": "alarm", **about})
    else:
        log.info("%s is well again", job.name, extra={"event": "alarm over", **about})
