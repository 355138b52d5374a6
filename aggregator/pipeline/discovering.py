"""Asks feeds once, for `check` and for finding new ones; stores nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from aggregator.config import Config
from aggregator.core.contract import AskedDict
from aggregator.core.times import stamp
from aggregator.edge import sources
from aggregator.edge.clock import utc_now
from aggregator.edge.sandbox import Sandbox
from aggregator.edge.web import Web
from aggregator.errors import SourceError
from aggregator.model import Feed, Outcome, Poll
from aggregator.pipeline.context import Expect, Watch, feeds_of, make_sandbox, make_web

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
    kind: str = "feed"
    bytes: int = 0  # on the wire
    dropped: int = 0  # entries past the cap
    moved_to: str | None = None  # where it redirects for good: the address config should name
    note: str | None = None  # what was odd about an answer that gave entries

    def to_dict(self) -> AskedDict:
        """One object of `check --json`."""
        return {
            "name": self.name,
            "url": self.url,
            "status": self.status,
            "entries": self.entries,
            "newest": self.newest,
            "newest_at": self.newest_at,
            "title": self.title,
            "ms": self.ms,
            "problem": self.problem,
            "kind": self.kind,
            "bytes": self.bytes,
            "dropped": self.dropped,
            "moved_to": self.moved_to,
            "note": self.note,
        }


def ask(feed: Feed, web: Web, sandbox: Sandbox, max_bytes: int) -> Asked:
    """Poll a source once; whatever goes wrong is in the answer."""
    # A look, not a poll: a few sitemaps of an index and a few files of a folder say enough.
    reach = sources.Reach(
        web=web, sandbox=sandbox, now=utc_now(), max_bytes=max_bytes, max_documents=4, max_files=20
    )
    try:
        poll = sources.poll(feed, reach)
    except SourceError as error:
        status = getattr(error, "status", None)
        return Asked(
            name=feed.name, url=feed.url, status=status, entries=0, newest=None, newest_at=None,
            title="", ms=0, problem=str(error), kind=feed.kind,
        )  # fmt: skip
    return _answered(feed, poll)


def _answered(feed: Feed, poll: Poll) -> Asked:
    dated = [entry for entry in poll.entries if entry.published_at]
    newest = max(dated, key=lambda entry: stamp(entry.published_at or NEVER), default=None)
    first = newest or (poll.entries[0] if poll.entries else None)
    found = bool(poll.entries) or (feed.kind == "wire" and not poll.warning)
    return Asked(
        name=feed.name,
        url=feed.url,
        status=poll.status,
        entries=len(poll.entries),
        newest=first.title if first else None,
        newest_at=stamp(newest.published_at) if newest else None,
        title=poll.title,
        ms=poll.ms,
        # What an agency has not sent yet is no fault; a feed without entries is an odd one.
        problem=None if found else poll.warning or "no entries",
        note=poll.warning if found else None,
        kind=feed.kind,
        bytes=poll.bytes,
        dropped=poll.dropped,
        moved_to=poll.moved_to,
    )


def try_feeds(config: Config, *, watch: Watch, expect: Expect) -> list[Asked]:
    """Ask every feed of a config once, politely; answers in the order of the config."""
    feeds = feeds_of(config)
    expect("collect", len(feeds))
    with make_web(config) as web, make_sandbox(config) as sandbox:

        def look(feed: Feed) -> Asked:
            asked = ask(feed, web, sandbox, config.fetch.max_feed_bytes)
            with lock:
                result = "failed" if asked.problem else "new"
                watch(Outcome(stage="collect", item=feed.name, result=result))
            return asked

        lock = threading.Lock()
        with ThreadPoolExecutor(config.fetch.workers) as pool:
            return list(pool.map(look, feeds))


HEAD = ("", "status", "feed", "entries", "dropped", "kB", "ms", "newest", "")


def table(answers: list[Asked]) -> str:
    """The answers as aligned lines, problems last, nothing in them that can steer a terminal."""
    rows = [HEAD, *map(_cells, sorted(answers, key=lambda a: a.problem is not None))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths[-1] = 0  # what is told runs to the end of the line
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    bad = sum(asked.problem is not None for asked in answers)
    lines.append(f"{len(answers)} feeds, {bad} with a problem")
    return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in lines)


def _cells(asked: Asked) -> tuple[str, ...]:
    moved = f"moved for good to {asked.moved_to}" if asked.moved_to else ""
    told = "; ".join(filter(None, [asked.problem, moved, asked.note]))
    newest = (asked.newest_at or "undated")[:16].replace("T", " ") if asked.entries else "-"
    return (
        "problem" if asked.problem else "ok",
        str(asked.status or "-"),
        asked.name[:32],
        str(asked.entries),
        str(asked.dropped),
        str(-(-asked.bytes // 1000)),
        str(asked.ms),
        newest,
        told,
    )
