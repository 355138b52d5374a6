"""Makes the first page of a process as quick as any other, by being imported; holds nothing.

The lists of agencies, walls and languages are read, and their patterns compiled, when a first page
asks for them: 0.7 s that would be charged to that page's deadline, in every worker anew. Imported
before the workers are forked, they are there from the start.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

from aggregator.core import extract, feeds
from aggregator.model import Entry

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS = "The council of the town met on Monday and spoke about the road to the harbour. " * 20
_URL = "http://one.example/a"


def _read_once() -> None:
    page = extract.Page(
        url=_URL,
        final_url=_URL,
        body=f"<html><title>x</title><article><p>{_WORDS}</p></article></html>".encode(),
        content_type="text/html",
    )
    entry = Entry(guid="x", url=_URL, title="x")
    # A fault here is met again, and told, at the first page; in the process that all workers are
    # forked from it would end the program.
    with contextlib.suppress(Exception):
        extract.extract(page, entry=entry, now=_NOW, min_words=50, first_seen=_NOW)
        feeds.parse_feed(b"<rss><item/></rss>", url=_URL, content_type=None, now=_NOW)


_read_once()
