"""The frozen values that flow from feed to report; they hold data and decide nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class EntryState(StrEnum):
    """Where an entry stands on its way to an article."""

    NEW = "new"  # listed by a feed, page not read yet
    KEPT = "kept"  # its article is stored
    SKIPPED = "skipped"  # the page is no article; the reason says what it is
    FAILED = "failed"  # given up after the last try; the reason says why


class Verdict(StrEnum):
    """What a page turned out to be."""

    GOOD = "good"  # an article with enough text to compare
    THIN = "thin"  # an article too short to compare
    WALL = "wall"  # a consent, log-in, payment or robot wall
    NOT_ARTICLE = "not an article"  # an index page, a link list, a soft 404, an empty page


class Role(StrEnum):
    """What a credit proves about who wrote the copy."""

    OWN = "own"  # the outlet is the agency
    ORIGIN = "origin"  # the copy is the agency's
    PARTIAL = "partial"  # the outlet wrote it with agency material
    INFERRED = "inferred"  # an uncredited copy of a credited text
    MENTION = "mention"  # the agency is quoted; proves nothing


class MatchVerdict(StrEnum):
    """What an exact comparison of two texts found."""

    SAME = "same"  # word for word, but for trifles
    COPY = "copy"  # one text, edited
    TRIMMED = "trimmed"  # one is a shortened form of the other
    SHARES = "shares passages"  # recorded, never merged
    NO = "no"

    @property
    def merges(self) -> bool:
        """Whether the pair may stand in one cluster."""
        return self in (MatchVerdict.SAME, MatchVerdict.COPY, MatchVerdict.TRIMMED)


class Relation(StrEnum):
    """What an outlet did with the story, as the reader sees it."""

    FIRST = "first"
    WORD_FOR_WORD = "word for word"
    SHORTENED = "shortened"
    LIGHTLY_EDITED = "lightly edited"
    ADDED_REPORTING = "added reporting"
    REWRITTEN = "rewritten"
    MERGED = "merged"
    ONLY_HERE = "only here"


class TimeSource(StrEnum):
    """Where a publication time comes from, best trusted first."""

    FEED = "feed date"
    PAGE = "page date"
    SEEN = "first seen"


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
    updated_at: datetime | None = None
    language: str | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """One piece of evidence about whose copy it is."""

    agency: str  # key in agencies.toml, such as "afp"
    role: Role
    zone: str  # author field, feed field, structured data, dateline, byline, sign-off, domain, text
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
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """A text's MinHash, derived from the text alone and therefore deletable."""

    recipe: str  # everything that must be equal before two signatures may be compared
    digest: str  # hex digest of the normalised text; equal digests are equal texts
    shingles: int
    signature: bytes  # little-endian uint32 per permutation
    bands: tuple[int, ...]  # one signed 64-bit key per band
    samples: tuple[int, ...]  # signed 64-bit keys of sampled shingles


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An exact comparison of two texts; `a` and `b` are keys of the caller, a < b."""

    a: int
    b: int
    jaccard: float
    a_in_b: float  # share of a's shingles found in b
    b_in_a: float
    shared: int  # shingles in common
    verdict: MatchVerdict
    reason: str

    @property
    def containment(self) -> float:
        """Share of the smaller text found in the larger: the overlap coefficient."""
        return max(self.a_in_b, self.b_in_a)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One text that an address has shown, with the time it was first seen."""

    seen_at: datetime
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One article inside a story, with what its outlet did to the lead copy."""

    article: int
    outlet: str  # the name shown
    domain: str
    title: str
    url: str
    published_at: datetime
    time_source: TimeSource
    first_seen_at: datetime
    words: int
    language: str | None
    relation: Relation
    copied: float | None  # share of this copy found in the lead copy; None for the lead itself
    kept: float | None  # share of the lead copy that survived here
    is_lead: bool
    new_headline: bool
    credits: tuple[Credit, ...] = ()
    agency: str | None = None  # the agency leading its credits, if any proves origin
    agency_role: Role | None = None
    authors: tuple[str, ...] = ()
    text: str = ""  # empty in lists, filled on the page of one story
    revisions: tuple[Revision, ...] = ()  # oldest first; filled on the page of one story


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One cluster as the reader sees it; copies in order of publication, the first one first."""

    id: int
    title: str
    lead: Copy
    copies: tuple[Copy, ...]
    agency: str | None  # key of the agency whose copy it is
    agency_name: str | None
    agency_evidence: tuple[str, ...]  # short sentences, strongest first
    outlets: int  # distinct outlets
    independent: int  # distinct publishers less those that only carry another's copy
    copied: int  # outlets that carry somebody else's copy
    pairs: tuple[Match, ...] = ()  # filled on the page of one story; a and b are article ids
    thresholds: str = ""  # the rule in words, for "how this was decided"

    @property
    def first(self) -> Copy:
        """The copy published first among the outlets watched."""
        return self.copies[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """How one feed is doing."""

    id: int
    name: str
    outlet: str
    url: str
    kind: str
    enabled: bool
    status: int | None
    failures: int
    error: str | None
    polled_at: datetime | None
    changed_at: datetime | None
    due_at: datetime | None
    entries: int
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything an output shows; `aggregator.core.report` writes it as the JSON contract."""

    made_at: datetime
    since: datetime | None
    stories: tuple[Story, ...]
    total_stories: int  # matching stories, of which `stories` may be the first page
    articles: int  # in the window
    outlets: int
    copies: int  # articles that are somebody else's copy
    feeds: tuple[FeedHealth, ...] = ()
    backlog: int = 0  # entries waiting to be read
    min_outlets: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one item at one stage; logs, tallies and exit codes come from these."""

    stage: str  # collect, read, cluster
    item: str
    result: str  # new, unchanged, kept, linked, revised, skipped, failed, clustered
    reason: str = ""
    ms: int = 0
    count: int = 0  # entries listed, pairs verified


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryQuery:
    """Which stories a reader asks for; `None` and empty mean any."""

    since: datetime | None = None  # stories with a copy first seen here at or after this time
    min_outlets: int = 1
    text: str = ""  # words that a member's title or text must hold
    outlet: str | None = None  # registered domain
    agency: str | None = None
    language: str | None = None
    limit: int = 50
    offset: int = 0
