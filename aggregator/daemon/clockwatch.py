"""Notices by the monotonic clock that the wall clock was set; sets and stores nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

SLACK = timedelta(seconds=2)  # a clock that is slewed runs .5 s an hour off at most


class ClockWatch:
    """How far the wall clock was set between two looks.

    A machine that slept looks like a step forward: its monotonic clock slept too.
    """

    def __init__(self, *, clock: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._at = clock(), monotonic()

    def step(self) -> timedelta:
        """The step since the last look, negative when it went back; zero when there was none."""
        (wall, steady), self._at = self._at, (self._clock(), self._monotonic())
        step = self._at[0] - wall - timedelta(seconds=self._at[1] - steady)
        return step if abs(step) > SLACK else timedelta(0)
