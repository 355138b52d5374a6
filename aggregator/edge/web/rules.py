"""Remembers what each host's robots.txt allows; the fetch is handed in, the reading is pure."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from aggregator.core.addresses import Target, show
from aggregator.core.robots import ALLOW_ALL, Robots, parse_robots
from aggregator.errors import FetchError, NotAllowed, Refused, Unreachable

# RFC 9309 allows a day; news sites change their minds about crawlers faster.
AGE = 3600.0
# A host whose robots.txt cannot be had is asked again after this many seconds.
AGE_OF_FAULT = 300.0
HOSTS = 4096
# Protego takes some ten times the size of its rules; 16 MiB of rules keep that bearable.
RULE_BYTES = 16 << 20

Fetch = Callable[[str, threading.Event | None], bytes]


@dataclass(frozen=True, slots=True)
class _Known:
    until: float
    robots: Robots | None  # None: it could not be had


class RuleBook:
    """robots.txt of many hosts, each fetched once an hour, however many threads ask."""

    def __init__(self, fetch: Fetch, *, user_agent: str) -> None:
        self._fetch = fetch
        self._agent = user_agent
        self._change = threading.Condition()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: set[str] = set()
        self._bytes = 0

    def require(self, target: Target, stop: threading.Event | None) -> None:
        """Raise `NotAllowed` when robots.txt forbids the target.

        Raises `Unreachable` (try again later) when robots.txt cannot be had: by RFC 9309 that
        forbids everything for the time being.
        """
        robots = self._look(target.origin, stop)
        if robots is None:
            raise Unreachable(
                show(target.url), "robots.txt of this host cannot be had, so its pages must wait"
            )
        if not robots.allows(target.url):
            raise NotAllowed(show(target.url), "robots.txt forbids this address")

    def _look(self, origin: str, stop: threading.Event | None) -> Robots | None:
        with self._change:
            while True:
                known = self._known.get(origin)
                if known is not None and known.until > time.monotonic():
                    return known.robots
                if origin not in self._asking:
                    break
                if stop is not None and stop.is_set():
                    raise FetchError(origin, "stopped before robots.txt was read")
                self._change.wait(0.2)
            self._asking.add(origin)
        try:
            known = self._learn(origin, stop)
            with self._change:
                self._keep(origin, known)
            return known.robots
        finally:
            with self._change:
                self._asking.discard(origin)
                self._change.notify_all()

    def _learn(self, origin: str, stop: threading.Event | None) -> _Known:
        robots: Robots | None = None
        age = AGE
        try:
            body = self._fetch(f"{origin}/robots.txt", stop)
            robots = parse_robots(body, user_agent=self._agent)
        except Refused as error:
            if 400 <= error.status < 500:
                robots = ALLOW_ALL
            else:
                age = AGE_OF_FAULT
        except FetchError:
            if stop is not None and stop.is_set():
                raise  # says nothing about the host
            age = AGE_OF_FAULT
        return _Known(time.monotonic() + age, robots)

    def _keep(self, origin: str, known: _Known) -> None:
        old = self._known.pop(origin, None)
        self._known[origin] = known
        self._bytes += _size(known) - _size(old)
        while len(self._known) > HOSTS or self._bytes > RULE_BYTES:
            self._bytes -= _size(self._known.popitem(last=False)[1])


def _size(known: _Known | None) -> int:
    return known.robots.size if known is not None and known.robots is not None else 0
