"""Watches the jobs of the daemon and says which raise an alarm; stops none and logs nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

FAILURES = 3  # failed passes in a row that raise an alarm; one may be a disk that was full for once
# A job that hung for so many times its patience, and so many seconds, needs a new process.
HOPELESS = 5
HOPELESS_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job as it stands; times of the wall clock are aware UTC, spans are seconds."""

    name: str
    every: float  # between two passes
    patience: float  # without a sign of life, before it raises an alarm
    running: bool = False
    started_at: datetime | None = None  # the last pass
    ended_at: datetime | None = None  # the last pass that ended
    seconds: float | None = None  # what that one took
    passes: int = 0  # since the daemon started
    failures: int = 0  # in a row
    error: str | None = None  # why the last pass failed
    alarm: str | None = None  # what is wrong with it now
    alarm_at: datetime | None = None


class Vigil:
    """What is known of each job, from its own signs of life; safe to use from any thread.

    A sign of life is the start or end of a pass, or an item it is done with. So a long pass over
    a thousand pages raises no alarm, and one that hangs at its third page does. Spans are counted
    by the monotonic clock: nobody sets that one.
    """

    def __init__(self, *, clock: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._signs: dict[str, float] = {}
        self._begun: dict[str, float] = {}

    def expect(self, name: str, *, every: float, slowest: float = 0.0) -> None:
        """Watch a job from now on, or change how it is watched.

        `slowest` is what one item may rightly take: two intervals shorter than that are no alarm.
        """
        with self._lock:
            known = self._jobs.get(name)
            patience = max(2 * every, slowest)
            if known is None:
                self._jobs[name] = Job(name=name, every=every, patience=patience)
                self._signs[name] = self._monotonic()
            else:
                self._jobs[name] = replace(known, every=every, patience=patience)

    def started(self, name: str) -> None:
        """A pass of the job begins."""
        with self._lock:
            self._begun[name] = self._signs[name] = self._monotonic()
            self._jobs[name] = replace(self._jobs[name], running=True, started_at=self._clock())

    def alive(self, name: str) -> None:
        """The job is done with an item; a name that is not watched is passed over."""
        if name in self._signs:
            self._signs[name] = self._monotonic()

    def ended(self, name: str, error: str | None = None) -> float:
        """A pass ended, with an error or without; gives the seconds it took."""
        with self._lock:
            now = self._signs[name] = self._monotonic()
            job, seconds = self._jobs[name], now - self._begun[name]
            self._jobs[name] = replace(
                job, running=False, ended_at=self._clock(), seconds=seconds,
                passes=job.passes + 1, failures=job.failures + 1 if error else 0, error=error,
            )  # fmt: skip
            return seconds

    def look(self) -> list[Job]:
        """The jobs whose alarm was raised, or ended, since the last look."""
        changed = []
        with self._lock:
            now = self._monotonic()
            for name, job in self._jobs.items():
                alarm = _alarm(job, now - self._signs[name])
                if alarm != job.alarm:
                    at = self._clock() if alarm else None
                    self._jobs[name] = replace(job, alarm=alarm, alarm_at=at)
                    changed.append(self._jobs[name])
        return changed

    def jobs(self) -> tuple[Job, ...]:
        """All jobs as they stand."""
        with self._lock:
            return tuple(self._jobs.values())

    def is_hopeless(self) -> bool:
        """Whether a job hangs for so long that only a new process helps."""
        with self._lock:
            now = self._monotonic()
            return any(
                now - self._signs[name] > max(HOPELESS * job.patience, HOPELESS_SECONDS)
                for name, job in self._jobs.items()
            )

    def running(self) -> int:
        """How many jobs are amid a pass."""
        with self._lock:
            return sum(job.running for job in self._jobs.values())


def _alarm(job: Job, silent: float) -> str | None:
    if silent > job.patience:
        what = "hangs, without a sign of life" if job.running else "is due and does not start"
        return f"{what} for more than {job.patience:g} s"
    if job.failures >= FAILURES:
        return f"failed {FAILURES} times in a row or more: {job.error}"
    return None
