"""What the reader is told: copies, stories, reports, and what was asked; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.model.collected import Credit
from aggregator.model.compared import Match, Revision, WireMark
from aggregator.model.kinds import CorrectionKind, PageState, Relation, Role, TimeSource, Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """Another story of whose text a page holds a part."""

    story: int
    title: str
    share: float  # of the page's words
    article: int  # the copy of that story in which they were found
    outlet: str
    agency: str | None = None  # whose copy the other story is
    agency_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One of several agencies that copies of the same text credit, one contradicting another."""

    agency: str
    name: str
    outlets: tuple[str, ...]  # names of those that credit it, the earliest first


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
    family: str | None = None  # owner group; outlets of one family are one publisher
    time_trust: Trust = Trust.MEDIUM
    time_remark: str = ""  # what speaks against a date, in a short sentence; empty when nothing
    stated_at: datetime | None = None  # the time it gives itself, where that was not believed
    day_only: bool = False  # `published_at` is the end of the only day that is known
    parents: tuple[Parent, ...] = ()  # other stories of whose text it holds a part
    page: PageState = PageState.THERE  # at the last visit; filled on the page of one story
    page_note: str = ""  # why, where the page is not there
    page_at: datetime | None = None  # since when
    mark: WireMark | None = None  # the agency's name for this version, if it has one
    outlet_id: int | None = None  # the outlet's row, for links; None where no database gave it


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A person's decision, in force until the person takes it back.

    `parts` are article ids. A merge has one part a story; a split has what was taken out and what
    stayed; a pin has its article; not-a-copy has the one and the other.
    """

    id: int
    kind: CorrectionKind
    parts: tuple[tuple[int, ...], ...]
    made_at: datetime
    note: str = ""
    undone_at: datetime | None = None


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
    claims: tuple[Claim, ...] = ()  # credits that contradict each other, the leading one first
    agency_names: Mapping[str, str] = field(default_factory=dict)  # of all its copies' credits
    corrections: tuple[Correction, ...] = ()  # in force, about articles of this story
    changed_at: datetime | None = None  # when it last grew or changed here; None: not known

    @property
    def first(self) -> Copy:
        """The copy published first among the outlets watched."""
        return self.copies[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCopy:
    """The copy of a story that was published first, as far as a list shows it."""

    article: int
    outlet: str  # the name shown
    outlet_id: int | None
    published_at: datetime
    day_only: bool = False
    time_source: TimeSource = TimeSource.FEED


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A story as a list shows it; the rest of `Story` is not read for that."""

    id: int
    title: str
    language: str | None  # of the lead copy
    agency: str | None
    agency_name: str | None
    first: FirstCopy
    outlets: int
    copied: int  # outlets that carry somebody else's copy
    independent: int
    minutes: float  # from the first copy to the last
    strip: tuple[Relation, ...]  # what each outlet did, in order of publication


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
    entries: int | None  # that it listed; None, as the next, where a list of stories was read
    articles: int | None


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
    asked: StoryQuery | None = None  # what was asked for, to say so
    installation: str = ""  # names the database for ever; empty where none gave it
    lines: tuple[Line, ...] = ()  # in place of `stories`, where a list is all that is wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one item at one stage; logs, tallies and exit codes come from these."""

    stage: str  # collect, read, revisit, cluster
    item: str
    result: str  # new, unchanged, kept, linked, revised, skipped, failed, clustered, gone, walled
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
    until: datetime | None = None  # stories with a copy first seen here before this time
    min_sources: int = 1  # independent sources, as `Story.independent` counts them
    latest: bool = False  # what changed last comes first, instead of the widest
