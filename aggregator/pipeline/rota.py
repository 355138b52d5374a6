"""Hands out feeds so that no host holds up another; polls nothing and knows no clock."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable

from aggregator.core.urls import host_of
from aggregator.model import Feed


class Rota:
    """Feeds by host, the hosts in turn, at most `per_host` of one host handed out at a time.

    Fifty feeds of one host that stand first in the queue would else fill every thread with
    requests that wait for each other, and the feeds of all other hosts would wait behind them.
    """

    def __init__(self, feeds: Iterable[Feed], *, per_host: int) -> None:
        """Take the feeds in the order in which they are due."""
        self._per_host = per_host
        self._free: OrderedDict[str, deque[Feed]] = OrderedDict()
        self._busy: dict[str, deque[Feed]] = {}  # hosts with all their places taken
        self._out: Counter[str] = Counter()
        for feed in feeds:
            self._free.setdefault(host_of(feed.address), deque()).append(feed)

    def take(self, count: int) -> list[Feed]:
        """Up to `count` feeds to poll now; fewer when the others' hosts are busy."""
        taken: list[Feed] = []
        while len(taken) < count and self._free:
            host, feeds = self._free.popitem(last=False)
            taken.append(feeds.popleft())
            self._out[host] += 1
            if feeds:
                here = self._free if self._out[host] < self._per_host else self._busy
                here[host] = feeds
        return taken

    def again(self, feed: Feed) -> None:
        """Take back a feed that has more to give at once."""
        host = host_of(feed.address)
        (self._busy if host in self._busy else self._free).setdefault(host, deque()).append(feed)

    def give_back(self, feed: Feed) -> None:
        """Note that a feed taken has been polled."""
        host = host_of(feed.address)
        self._out[host] -= 1
        if host in self._busy:
            self._free[host] = self._busy.pop(host)
