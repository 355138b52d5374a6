"""Registry of source kinds and what a source may use; polls nothing itself.

A new kind is one function under `@source("name")` in a module that this room imports, a config
model and a folder of test data. The contract: the same input twice gives no new entries, the
cursor survives JSON, unreadable input is an error and never half a poll, nothing is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aggregator.edge.sandbox import Sandbox
from aggregator.edge.web import Web
from aggregator.model import Feed, Poll, WireFile

MAX_FILES = 500  # of a wire folder in one poll; what is left is the next poll's


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a source may use: the guarded web, the workers, the time and the limits.

    `max_bytes` caps a document, and a file of a wire folder. `files` is what is known of the
    files of a wire folder, by name; `tidy` has those whose entries are committed moved away.
    """

    web: Web
    sandbox: Sandbox
    now: datetime
    max_bytes: int
    max_entries: int = 2000
    max_documents: int = 20  # sitemaps of an index in one poll
    max_files: int = MAX_FILES
    stop: Any = None  # threading.Event: give up waiting when it is set
    files: Mapping[str, WireFile] = field(default_factory=dict)
    tidy: bool = False


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
