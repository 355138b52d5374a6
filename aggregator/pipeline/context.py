"""What every stage works with, opened once and closed once; holds no rule."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from aggregator.config import Config
from aggregator.core import agencies
from aggregator.core.revisiting import Timetable
from aggregator.core.rules import Rules
from aggregator.core.thresholds import Thresholds
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


def utc_now() -> datetime:
    """The clock of the running program; everything below gets its time as a value."""
    return datetime.now(UTC)


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

    def close(self) -> None:
        """Stop the workers and close the connections; safe to call twice."""
        for name in ("sandbox", "web"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()
        self.store.close()
