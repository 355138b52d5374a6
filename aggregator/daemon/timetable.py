"""Starts jobs at their intervals with APScheduler, whatever is done to the wall clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

SLACK = timedelta(seconds=1)


class Every(BaseTrigger):  # type: ignore[misc]
    """So long after the last start.

    APScheduler 3.11.3 lists every run that its own interval trigger missed before it makes one
    of them: after a step of a year, at one second, 40 s and 1.7 GB. This one misses none.
    """

    def __init__(self, seconds: float) -> None:
        self.span = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """At once the first time, then one interval on from now."""
        return now if previous is None else now + self.span


class Timetable:
    """Jobs by name, each on a thread of its own and never twice at a time.

    The pool has a place for every job, so one that hangs takes no other's.
    """

    def __init__(self, places: int, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._scheduler: Any = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(places)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    def add(self, name: str, work: Callable[[], object], seconds: float) -> None:
        """Run a job at once, and then at this interval."""
        self._scheduler.add_job(work, Every(seconds), id=name)

    def change(self, name: str, seconds: float) -> None:
        """Give a job another interval; a changed one starts soon."""
        if self._scheduler.get_job(name).trigger.span != timedelta(seconds=seconds):
            self._scheduler.modify_job(name, trigger=Every(seconds))
            self.hurry(name)

    def hurry(self, name: str) -> None:
        """Start a job as soon as it is not running."""
        self._scheduler.modify_job(name, next_run_time=self._clock())

    def once(self, name: str, work: Callable[[], object]) -> None:
        """Run something once, now; nothing when the same still waits to be started."""
        if not self._scheduler.get_job(name):
            # A name that may start while the one before it runs: a reload amid a reload.
            self._scheduler.add_job(work, id=name, max_instances=2, next_run_time=self._clock())

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def keep(self) -> None:
        """Bring forward what lies further ahead than its interval: the clock was set back.

        APScheduler waits for a time of the wall clock. After a step back of an hour it would run
        nothing for an hour.
        """
        now = self._clock()
        for job in self._scheduler.get_jobs():
            span = getattr(job.trigger, "span", timedelta(0))  # none: a job that runs once
            if job.next_run_time and job.next_run_time > now + span + SLACK:
                self._scheduler.modify_job(job.id, next_run_time=now)

    def close(self) -> None:
        """Start nothing more; what runs is not waited for."""
        self._scheduler.shutdown(wait=False)
