"""Polls feeds: RSS, RDF, Atom and JSON Feed; stores nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aggregator.core import feeds, newitems, pieces
from aggregator.core.pieces import Pieces
from aggregator.edge.sources.asking import ask, digest_body
from aggregator.edge.sources.registry import Reach, source
from aggregator.model import Feed, ParsedFeed, Poll

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9,"
    " application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
)
# Bytes of a document that is split before it goes to a worker, which then parses its new items
# alone, or nothing. expat without a document type is linear: 1 MB takes hundredths of a second.
SPLIT_HERE = 1_000_000


@source("feed")
def poll_feed(feed: Feed, reach: Reach) -> Poll:
    """RSS, RDF, Atom or JSON Feed by conditional GET; what was seen before is not parsed again."""
    memory = feed.cursor.get("memory") or {}
    found: list[Pieces] = []

    def digest(body: bytes) -> str:
        if len(body) > SPLIT_HERE:
            return digest_body(body)
        # Hashed once, to know all of it and each item.
        found.append(pieces.find_pieces(body, pieces.read_run(memory.get("run"))))
        return found[0].digest

    asked = ask(feed.address, feed.cursor, reach, accept=ACCEPT, digest=digest)
    answer = asked.answer
    unchanged = Poll(
        status=answer.status,
        unchanged=True,
        cursor=asked.cursor,
        hints=asked.hints,
        bytes=answer.wire_bytes,
        ms=answer.ms,
        moved_to=answer.final_url if answer.permanent else None,
    )
    if asked.unchanged:
        return unchanged
    given: dict[str, Any] = {
        "url": answer.final_url,
        "content_type": answer.headers.get("content-type"),
        "now": reach.now,
        "max_entries": reach.max_entries,
        "memory": memory,
    }
    if len(answer.body) > SPLIT_HERE:
        parsed = reach.sandbox.call(newitems.parse_changed, answer.body, **given)
    else:

        def in_worker(document: bytes, **given: Any) -> ParsedFeed:
            return reach.sandbox.call(feeds.parse_feed, document, **given)

        parsed = newitems.parse_changed(answer.body, reader=in_worker, found=found[0], **given)
    return replace(
        unchanged,
        unchanged=False,
        cursor={**asked.cursor, "memory": dict(parsed.memory)},
        known=parsed.known,
        entries=parsed.entries,
        title=parsed.title,
        dropped=parsed.dropped,
        warning=parsed.warning,
        hints=replace(asked.hints, ttl=parsed.hints.ttl or asked.hints.ttl),
    )
