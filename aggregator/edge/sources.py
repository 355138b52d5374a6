"""Registry of source kinds: each polls one feed into a Poll; stores nothing.

A new kind is one function under `@source("name")`, a config model and a folder of test data. The
contract: the same input twice gives no new entries, the cursor survives JSON, unreadable input is
an error and never half a poll.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from aggregator.core import cadence, feeds
from aggregator.core.times import moment, stamp
from aggregator.edge.sandbox import Sandbox
from aggregator.edge.web import Answer, Web
from aggregator.model import Feed, Hints, Poll

FULL_FETCH_EVERY = timedelta(hours=24)  # some servers answer 304 for ever
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9,"
    " application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a source may use: the guarded web, the workers, the time and the limits."""

    web: Web
    sandbox: Sandbox
    now: datetime
    max_bytes: int
    max_entries: int = 2000
    stop: Any = None  # threading.Event: give up waiting when it is set


PollSource = Callable[[Feed, Reach], Poll]
SOURCES: dict[str, PollSource] = {}


def source(kind: str) -> Callable[[PollSource], PollSource]:
    """Register a function as the source of that kind."""

    def register(poll: PollSource) -> PollSource:
        SOURCES[kind] = poll
        return poll

    return register


def poll(feed: Feed, reach: Reach) -> Poll:
    """Poll one feed by its kind; raises SourceError, and never gives half a poll."""
    return SOURCES[feed.kind](feed, reach)


@source("feed")
def poll_feed(feed: Feed, reach: Reach) -> Poll:
    """RSS, RDF, Atom or JSON Feed by conditional GET; unchanged bytes are not parsed again."""
    cursor = feed.cursor
    full_at = moment(cursor.get("full_at"))
    trust = full_at is not None and reach.now - full_at < FULL_FETCH_EVERY
    answer = reach.web.get(
        feed.url,
        max_bytes=reach.max_bytes,
        accept=ACCEPT,
        etag=cursor.get("etag") if trust else None,
        last_modified=cursor.get("last_modified") if trust else None,
        stop=reach.stop,
    )
    hints = _hints(answer.headers, reach.now)
    unchanged = Poll(
        status=answer.status,
        unchanged=True,
        cursor=cursor,
        hints=hints,
        bytes=answer.wire_bytes,
        ms=answer.ms,
    )
    if answer.status == 304:
        return unchanged
    following = _cursor(answer, reach.now)
    if following["digest"] == cursor.get("digest"):
        return replace(unchanged, cursor=following)
    parsed = reach.sandbox.call(
        feeds.parse_feed,
        answer.body,
        url=answer.final_url,
        content_type=answer.headers.get("content-type"),
        now=reach.now,
        max_entries=reach.max_entries,
    )
    return replace(
        unchanged,
        unchanged=False,
        cursor=following,
        entries=parsed.entries,
        title=parsed.title,
        dropped=parsed.dropped,
        warning=parsed.warning,
        hints=replace(hints, ttl=parsed.hints.ttl or hints.ttl),
    )


def _cursor(answer: Answer, now: datetime) -> dict[str, Any]:
    """Validators and body hash of a full answer; a server with `Expires: 0` may still send them."""
    return {
        "etag": answer.headers.get("etag"),
        "last_modified": answer.headers.get("last-modified"),
        "digest": hashlib.blake2b(answer.body, digest_size=16).hexdigest(),
        "full_at": stamp(now),
    }


def _hints(headers: Mapping[str, str], now: datetime) -> Hints:
    max_age = None
    for part in headers.get("cache-control", "").split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "max-age" and value.strip('"').isdigit():
            max_age = min(int(value.strip('"')), 86_400)
    retry_after = cadence.parse_retry_after(
        headers.get("retry-after"), date_header=headers.get("date"), now=now
    )
    return Hints(max_age=max_age, retry_after=retry_after)
