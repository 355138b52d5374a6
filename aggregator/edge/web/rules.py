"""Remembers what each host's robots.txt allows; the fetch is handed in, the reading is pure."""

from __future__ import annotations

import threading
from collections.abc import Callable

from aggregator.core.addresses import Target, show
from aggregator.core.robots import ALLOW_ALL, Robots, parse_robots
from aggregator.edge.web.origins import AGE_OF_FAULT, Learnt, OriginBook
from aggregator.errors import FetchError, NotAllowed, Refused, Unreachable

Fetch = Callable[[str, threading.Event | None], bytes]


class RuleBook:
    """robots.txt of many hosts."""

    def __init__(self, fetch: Fetch, *, user_agent: str) -> None:
        self._fetch = fetch
        self._agent = user_agent
        self._book: OriginBook[Robots | None] = OriginBook(self._learn)

    def require(self, target: Target, stop: threading.Event | None) -> None:
        """Raise `NotAllowed` when robots.txt forbids the target.

        Raises `Unreachable` (try again later) when robots.txt cannot be had: by RFC 9309 that
        forbids everything for the time being.
        """
        robots = self._book.look(target.origin, stop)
        if robots is None:
            raise Unreachable(
                show(target.url), "robots.txt of this host cannot be had, so its pages must wait"
            )
        if not robots.allows(target.url):
            raise NotAllowed(show(target.url), "robots.txt forbids this address")

    def _learn(self, origin: str, stop: threading.Event | None) -> Learnt[Robots | None]:
        try:
            body = self._fetch(f"{origin}/robots.txt", stop)
            robots = parse_robots(body, user_agent=self._agent)
        except Refused as error:
            return Learnt(ALLOW_ALL) if 400 <= error.status < 500 else Learnt(None, AGE_OF_FAULT)
        except FetchError:
            if stop is not None and stop.is_set():
                raise  # says nothing about the host
            return Learnt(None, AGE_OF_FAULT)
        return Learnt(robots, size=robots.size)
