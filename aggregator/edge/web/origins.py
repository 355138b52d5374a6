"""Remembers what origins say of themselves in a file; how it is fetched and read is handed in."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from aggregator.errors import FetchError

# Seconds. RFC 9309 allows a day for robots.txt; news sites change their minds faster.
AGE = 3600.0
# A file that cannot be had is asked for again after this many seconds.
AGE_OF_FAULT = 300.0
HOSTS = 4096
# What is kept takes some ten times the size of its rules; 16 MiB of rules keep that bearable.
RULE_BYTES = 16 << 20

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Learnt(Generic[Said]):
    """What an origin said, for how many seconds that holds, and its size in bytes."""

    said: Said
    age: float = AGE
    size: int = 0


class OriginBook(Generic[Said]):
    """One file of many origins, each asked for once an hour, however many threads ask.

    `learn` fetches and reads it. It raises nothing but what says nothing of the origin, such as
    having been stopped.
    """

    def __init__(self, learn: Callable[[str, threading.Event | None], Learnt[Said]]) -> None:
        self._learn = learn
        self._change = threading.Condition()
        self._known: OrderedDict[str, tuple[float, Learnt[Said]]] = OrderedDict()
        self._asking: set[str] = set()
        self._bytes = 0

    def look(self, origin: str, stop: threading.Event | None) -> Said:
        """What an origin says, asked for where that is not known; raises what `learn` raises."""
        with self._change:
            while True:
                known = self._known.get(origin)
                if known is not None and known[0] > time.monotonic():
                    return known[1].said
                if origin not in self._asking:
                    break
                if stop is not None and stop.is_set():
                    raise FetchError(origin, "stopped before its rules were read")
                self._change.wait(0.2)
            self._asking.add(origin)
        try:
            learnt = self._learn(origin, stop)
            with self._change:
                self._keep(origin, learnt)
            return learnt.said
        finally:
            with self._change:
                self._asking.discard(origin)
                self._change.notify_all()

    def _keep(self, origin: str, learnt: Learnt[Said]) -> None:
        old = self._known.pop(origin, None)
        self._known[origin] = (time.monotonic() + learnt.age, learnt)
        self._bytes += learnt.size - (old[1].size if old else 0)
        while len(self._known) > HOSTS or self._bytes > RULE_BYTES:
            self._bytes -= self._known.popitem(last=False)[1][1].size
