"""Asks feeds once, for `check` and `add`; stores nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aggregator.config import Config
from aggregator.core import discover
from aggregator.core.times import stamp
from aggregator.edge import sources
from aggregator.edge.sandbox import Sandbox
from aggregator.edge.web import Web
from aggregator.errors import ParseError, SourceError
from aggregator.model import Feed, Outcome, Poll
from aggregator.pipeline.context import Expect, Watch, feeds_of, make_sandbox, make_web, utc_now

NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one feed answered."""

    name: str
    url: str
    status: int | None
    entries: int
    newest: str | None  # title
    newest_at: str | None
    title: str
    ms: int
    problem: str | None

    def to_dict(self) -> dict[str, Any]:
        """One object of `check --json`."""
        return {name: getattr(self, name) for name in self.__slots__}


def _ask(feed: Feed, web: Web, sandbox: Sandbox, max_bytes: int) -> Asked:
    reach = sources.Reach(web=web, sandbox=sandbox, now=utc_now(), max_bytes=max_bytes)
    try:
        poll = sources.poll(feed, reach)
    except SourceError as error:
        status = getattr(error, "status", None)
        return Asked(
            name=feed.name, url=feed.url, status=status, entries=0, newest=None, newest_at=None,
            title="", ms=0, problem=str(error),
        )  # fmt: skip
    return _answered(feed, poll)


def _answered(feed: Feed, poll: Poll) -> Asked:
    dated = [entry for entry in poll.entries if entry.published_at]
    newest = max(dated, key=lambda entry: stamp(entry.published_at or NEVER), default=None)
    first = newest or (poll.entries[0] if poll.entries else None)
    return Asked(
        name=feed.name,
        url=feed.url,
        status=poll.status,
        entries=len(poll.entries),
        newest=first.title if first else None,
        newest_at=newest.published_at.isoformat() if newest and newest.published_at else None,
        title=poll.title,
        ms=poll.ms,
        problem=poll.warning or (None if poll.entries else "no entries"),
    )


def try_feeds(config: Config, *, watch: Watch, expect: Expect) -> list[Asked]:
    """Ask every feed of a config once, politely; answers in the order of the config."""
    feeds = feeds_of(config)
    expect("collect", len(feeds))
    with make_web(config) as web, make_sandbox(config) as sandbox:

        def ask(feed: Feed) -> Asked:
            asked = _ask(feed, web, sandbox, config.fetch.max_feed_bytes)
            with lock:
                result = "failed" if asked.problem else "new"
                watch(Outcome(stage="collect", item=feed.name, result=result))
            return asked

        lock = threading.Lock()
        with ThreadPoolExecutor(config.fetch.workers) as pool:
            return list(pool.map(ask, feeds))


def find_feed(config: Config, url: str) -> Asked:
    """The feed at an address: the address itself, or the first one its page declares that works.

    Raises the error of the address itself, or ParseError when no feed is found.
    """
    with make_web(config) as web, make_sandbox(config) as sandbox:
        limit = config.fetch.max_feed_bytes
        first = _ask(_feed(url), web, sandbox, limit)
        if first.problem is None:
            return first
        answer = web.get(url, max_bytes=limit)
        links = sandbox.call(discover.feed_links, answer.body, answer.final_url)
        for link in links:
            asked = _ask(_feed(link), web, sandbox, limit)
            if asked.problem is None:
                return asked
    raise ParseError(
        url,
        f"no feed here, and the page names {len(links) or 'none'}",
        hint="the address of the feed itself",
    )


def _feed(url: str) -> Feed:
    return Feed(id=0, name=url, kind="feed", url=url, outlet="", every=0)


def table(answers: list[Asked]) -> str:
    """The answers as aligned lines, problems last, nothing in them that can steer a terminal."""
    lines = []
    for asked in sorted(answers, key=lambda a: a.problem is not None):
        told = asked.problem or f"{asked.entries} entries, newest {asked.newest_at or 'undated'}"
        mark = "problem" if asked.problem else "ok"
        line = f"{mark:<8} {asked.status or '-':<4} {asked.name[:32]:<32} {told}"
        lines.append("".join(c if c.isprintable() else " " for c in line))
    bad = sum(asked.problem is not None for asked in answers)
    return "\n".join([*lines, f"{len(answers)} feeds, {bad} with a problem"])
