"""What every stage works with, opened once and closed once; holds no rule."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Self

from aggregator.config import Config
from aggregator.core import agencies
from aggregator.core.revisiting import Timetable
from aggregator.core.rules import Rules
from aggregator.core.thresholds import Thresholds
from aggregator.edge.clock import utc_now
from aggregator.edge.sandbox import Sandbox
from aggregator.edge.store import Store
from aggregator.edge.web import Web
from aggregator.model import Feed, Outcome

Clock = Callable[[], datetime]
Watch = Callable[[Outcome], None]  # told of each outcome as it happens: progress, logs
Expect = Callable[[str, int], None]  # told how many items a stage will see, as far as known

# Parsing and extraction are warmed up in the workers, so that a first page is not charged for
# a second of imports against its deadline.
WARM = (
    "aggregator.core.feeds", "aggregator.core.sitemap", "aggregator.core.ninjs",
    "aggregator.core.newsml", "aggregator.core.extract", "trafilatura", "feedparser",
    "aggregator.core.readiness",
)  # fmt: skip

# Kinds of programs that poll. Of the first there is one on a database, so what it leased is free
# again when the next begins; of the others there may be many.
RUN, COLLECT = "run", "collect"


def name_of(kind: str) -> str:
    """A name that no other program had: its kind, its process, and chance."""
    return f"{kind} {os.getpid()}-{secrets.token_hex(4)}"


def rules_of(config: Config) -> Rules:
    """The rules of likeness that a config asks for."""
    c = config.cluster
    extra = tuple(agency.to_dict() for agency in config.agencies)
    return Rules(
        agencies=agencies.load_agencies(extra),
        extra_agencies=extra,
        thresholds=Thresholds(
            containment=c.containment,
            shared=c.min_shared,
            jaccard_same_outlet=c.jaccard_same_outlet,
            min_shingles=c.min_shingles,
            window=timedelta(seconds=c.window),
        ),
        template_pages=c.template_pages,
    )


def make_web(config: Config) -> Web:
    """The guarded fetch with the limits of a config."""
    f = config.fetch
    return Web(
        user_agent=f.user_agent,
        timeout=f.timeout,
        connect_timeout=f.connect_timeout,
        proxy=f.proxy,
        allow_private=f.allow_private,
        per_host=f.per_host,
        host_pause=f.host_pause,
        obey_robots=f.robots == "obey",
    )


def make_sandbox(config: Config) -> Sandbox:
    """The killable workers with the limits of a config."""
    r = config.read
    return Sandbox(workers=r.workers, deadline=r.deadline, memory=r.memory, warm=WARM)


def feeds_of(config: Config) -> list[Feed]:
    """The feeds that a config names and switches on; ids are not known yet."""
    return [
        Feed(
            id=0,
            name=feed.name,
            kind=feed.kind,
            url=config.address(feed),
            outlet=feed.domain,
            every=int(feed.every or config.schedule.every),
        )
        for feed in config.feeds
        if feed.enabled
    ]


@dataclass
class Context:
    """Config, database and, on first use, the web and the workers."""

    config: Config
    store: Store
    clock: Clock = utc_now
    watch: Watch = lambda outcome: None
    expect: Expect = lambda stage, count: None
    stop: threading.Event = field(default_factory=threading.Event)
    name: str = field(default_factory=lambda: name_of(RUN))  # whose its leases are
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _users: int = field(default=0, init=False)
    _retired: bool = field(default=False, init=False)
    _handed_on: list[Web | Sandbox] = field(default_factory=list, init=False, repr=False)

    @cached_property
    def rules(self) -> Rules:
        """The rules of likeness, from config."""
        return rules_of(self.config)

    @cached_property
    def timetable(self) -> Timetable | None:
        """When pages are read again, from config; None when they are not."""
        r = self.config.revisit
        return Timetable(first=r.first, growth=r.growth, until=r.until) if r.enabled else None

    @cached_property
    def web(self) -> Web:
        """The guarded fetch."""
        return make_web(self.config)

    @cached_property
    def sandbox(self) -> Sandbox:
        """The killable workers."""
        return make_sandbox(self.config)

    @contextmanager
    def in_use(self) -> Iterator[Self]:
        """A pass that works with this; what it works with stays open until it ends."""
        with self._lock:
            self._users += 1
        try:
            yield self
        finally:
            with self._lock:
                self._users -= 1
                over = self._retired and not self._users
            if over:
                self._close_tools()

    def succeed(self, config: Config) -> Context:
        """The same with another config, for the passes to come; those under way end with this.

        The web and the workers go along where their settings are the same, and with the web what
        it knows of each host: when it was asked last, and its robots.txt.
        """
        other = replace(self, config=config)
        with self._lock:
            self._retired = True
            for name, same in (
                ("web", config.fetch == self.config.fetch),
                ("sandbox", config.read == self.config.read),
            ):
                if same and name in self.__dict__:
                    other.__dict__[name] = self.__dict__[name]
                    self._handed_on.append(self.__dict__[name])
            idle = not self._users
        if idle:
            self._close_tools()
        return other

    def _close_tools(self) -> None:
        for name in ("sandbox", "web"):
            tool = self.__dict__.pop(name, None)
            if tool is not None and tool not in self._handed_on:
                tool.close()

    def close(self) -> None:
        """Stop the workers and close the connections; safe to call twice."""
        self._close_tools()
        self.store.close()
