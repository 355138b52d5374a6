"""What comes in: feeds, polls, entries, articles and the credits on them; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aggregator.model.kinds import PubStatus, Role, TimeSource, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A time of publication as a feed, a page or a text states it."""

    at: datetime  # aware UTC; the start of the day when only the day is stated
    source: TimeSource
    day_only: bool = False
    zoned: bool = True  # False: no zone was written, and UTC assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A source to poll and where we are with it; `cursor` is opaque to all but its kind."""

    id: int
    name: str
    kind: str
    url: str
    outlet: str  # registered domain, or the name given in config
    every: int  # seconds between polls when the source says nothing
    cursor: Mapping[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None
    failures: int = 0
    trouble: float = 0.0  # the failures weighed by kind
    pace: float = 1.0  # learned factor on `every`
    duplicates: float | None = None  # share of listed entries known before, smoothed
    answered_at: datetime | None = None  # last poll that succeeded
    moved_to: str | None = None  # where it is asked since `url` redirects there for good

    @property
    def address(self) -> str:
        """Where it is asked."""
        return self.moved_to or self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What an agency's own item says beside its text, in its own words."""

    version: int = 0  # 0 where the item names none
    status: PubStatus = PubStatus.USABLE
    embargoed_until: datetime | None = None  # aware UTC
    urgency: int | None = None  # 1 flash to 9, as the agency counts
    located: str = ""  # where it was written
    usage_terms: str = ""
    note: str = ""  # to editors: what a correction corrects
    credits: tuple[tuple[str, str], ...] = ()  # field of the item, such as "provider", and words


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item as the source listed it, cleaned of markup in titles and otherwise untouched."""

    guid: str  # never empty: the source's own id, else its link, else a digest of its content
    url: str | None  # absolute http(s) link, or None
    title: str
    summary: str = ""  # plain text
    body: str | None = None  # full content as HTML, when the source carries it
    authors: tuple[str, ...] = ()
    credit: str | None = None  # <source>, dc:creator of an organisation, creditline
    published_at: datetime | None = None  # aware UTC
    day_only: bool = False  # `published_at` was written without a time of day, or as midnight
    updated_at: datetime | None = None
    language: str | None = None
    links: tuple[str, ...] = ()  # every http(s) address the source gives for it, `url` among them
    source_url: str | None = None  # where the source says it took it from: <source url>
    wire: Wire | None = None  # for items of a wire folder, whose text is all in `body`


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFile:
    """One file of a wire folder, as it was when it was last looked at."""

    name: str
    size: int  # bytes
    changed_ns: int  # its modification time, nanoseconds
    digest: str  # of its bytes; empty when they were not read
    result: str  # taken, unreadable, held
    reason: str = ""  # why it is unreadable or held, or what it was when it held no story
    until: datetime | None = None  # when an embargo ends: look at it again


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a source says about when to come back; all in seconds."""

    ttl: int | None = None
    retry_after: int | None = None
    max_age: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document read whole: entries newest first as listed, never half of them."""

    title: str
    link: str | None
    language: str | None
    entries: tuple[Entry, ...]
    hints: Hints = field(default_factory=Hints)
    dropped: int = 0  # entries past the cap
    warning: str | None = None  # what was wrong with a document that could still be read
    guids: tuple[str, ...] = ()  # a mark of each item's guid as written, empty where there is none
    memory: Mapping[str, Any] = field(default_factory=dict)  # lets the next parse spare items
    known: frozenset[str] = frozenset()  # marks of the guids of the items spared this time


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The answer of one source to one poll; *unchanged* is a poll with no entries."""

    status: int  # HTTP status, 0 where there is none
    unchanged: bool
    entries: tuple[Entry, ...] = ()
    cursor: Mapping[str, Any] = field(default_factory=dict)
    hints: Hints = field(default_factory=Hints)
    title: str = ""
    bytes: int = 0
    ms: int = 0
    dropped: int = 0
    warning: str | None = None
    files: tuple[WireFile, ...] = ()  # of a wire folder: those looked at, to be remembered
    gone: tuple[str, ...] = ()  # and those that were known and are no longer there
    moved_to: str | None = None  # where permanent redirects led, if nothing else did
    known: frozenset[str] = frozenset()  # marks of the guids listed again without any change
    more: bool = False  # there is work left that need not wait: poll again at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """One piece of evidence about whose copy it is."""

    agency: str  # key in agencies.toml, such as "afp"
    role: Role
    # author field, feed field, wire field, structured data, canonical, dateline, byline, sign-off,
    # domain or text
    zone: str
    excerpt: str  # the words that say so, at most 200 characters
    offset: int | None = None  # character offset in the article's text, where the zone is text
    rule: str = ""  # name and version of the rule that found it
    source_article: int | None = None  # for inferred credits: the article that proves it


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One page read into text, with what it is and where it came from."""

    url_key: str  # identity: the cleaned URL without scheme
    url: str  # as requested
    final_url: str  # after redirects
    canonical_url: str | None  # what the page declares, kept apart and never trusted
    outlet: str  # registered domain of the final URL
    title: str
    text: str  # paragraphs separated by one newline; H1 and byline are not in it
    language: str | None  # ISO 639-1
    authors: tuple[str, ...]
    published_at: datetime | None  # best known, within the sanity window
    time_source: TimeSource
    words: int
    verdict: Verdict
    reason: str = ""  # why the verdict is not "good"
    extractor: str = ""
    section: str | None = None
    reserved: str = ""  # what its owner declares: tdm-reservation, noai, noindex
    credits: tuple[Credit, ...] = ()
    stated: tuple[Stated, ...] = ()  # every time of publication that was found
    modified_at: datetime | None = None  # when the page says it was last changed
    etag: str | None = None  # validators as the server sent them, for asking again
    last_modified: str | None = None
