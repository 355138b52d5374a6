"""The shapes of copies, stories, reports, and what webhooks and `revisions` tell."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from aggregator.core.contract.evidence import (
    AgencyOfStory,
    AnswersDict,
    ClaimDict,
    CopyCredit,
    CorrectionDict,
    CreditDict,
    PageDict,
    PairDict,
    ParentDict,
    RevisionDict,
    WireVersionDict,
)
from aggregator.core.contract.kinds import Count, Share, Time, Version
from aggregator.model import Relation, TimeSource, Trust


class CopyDict(TypedDict):
    """One article of a story, with what its outlet did to the lead copy."""

    article: int
    outlet: str
    domain: Annotated[str, "registered domain"]
    family: Annotated[str | None, "owner group; its outlets count as one publisher"]
    title: str
    new_headline: bool
    url: str
    published_at: Time
    time_source: Annotated[str, TimeSource]
    time_trust: Annotated[str, Trust]
    time_remark: Annotated[str | None, "what speaks against the date"]
    stated_at: Annotated[Time | None, "the time it gives itself, where that was not believed"]
    day_only: Annotated[bool, "only the day is known; published_at is its end"]
    first_seen_at: Time
    delay_minutes: Annotated[float, "after the first copy"]
    relation: Annotated[str, Relation]
    is_lead: bool
    copied: Annotated[Share | None, "of these words, found in the lead copy; null for the lead"]
    kept: Annotated[Share | None, "of the lead copy, left here; null for the lead"]
    words: Count
    language: Annotated[str | None, "ISO 639"]
    authors: list[str]
    credit: CopyCredit | None
    uncredited: Annotated[bool, "carries an agency's text and does not say so"]
    evidence: list[CreditDict]
    parents: list[ParentDict]
    text: NotRequired[Annotated[str, "in full stories, paragraphs on lines"]]
    revisions: NotRequired[Annotated[list[RevisionDict], "in full stories, oldest first"]]
    page: NotRequired[PageDict]


class StoryDict(TypedDict):
    """A story: one text and its copies, in order of publication."""

    id: Annotated[int, "permanent; a merged story's id leads to where its copies went"]
    title: str
    first_at: Annotated[Time, "earliest publication of its copies"]
    last_at: Annotated[Time, "latest"]
    updated_at: Annotated[Time, "when it last grew or changed here"]
    spread_minutes: Annotated[float, "from the first copy to the last"]
    outlets: Count
    independent: Annotated[Count, "publishers less those that only carry another's copy"]
    copied: Annotated[Count, "outlets that carry somebody else's copy"]
    lead: Annotated[int, "the article that the others are compared with"]
    agency: AgencyOfStory | None
    contradicting_credits: list[ClaimDict]
    answers: AnswersDict
    copies: list[CopyDict]
    thresholds: NotRequired[Annotated[str, "the rule in words"]]
    wire_versions: NotRequired[list[WireVersionDict]]
    corrections: NotRequired[list[CorrectionDict]]
    pairs: NotRequired[Annotated[list[PairDict], "in full stories"]]


class FeedDict(TypedDict):
    """How one feed is doing."""

    id: int
    name: str
    outlet: str
    url: str
    kind: str
    enabled: bool
    status: Annotated[int | None, "HTTP status of the last answer"]
    failures: Annotated[Count, "in a row"]
    error: str | None
    polled_at: Time | None
    changed_at: Time | None
    due_at: Time | None
    entries: Count
    articles: Count


class TotalsDict(TypedDict):
    """Tallies of the window of time, whatever the other filters leave out."""

    stories: Annotated[Count, "that match, of which `shown` stand here"]
    shown: Count
    articles: Count
    outlets: Count
    copies: Annotated[Count, "articles that are somebody else's copy"]
    backlog: Annotated[Count, "entries that wait to be read"]


class QuestionDict(TypedDict):
    """What was asked for; null where nothing was."""

    search: str | None
    outlet: str | None
    agency: str | None
    language: str | None
    min_outlets: int
    min_sources: int
    since: Time | None
    until: Time | None
    limit: int
    offset: int


class ReportDict(TypedDict):
    """`aggregator report --json` and `/-/stories.json`: a list of stories."""

    version: Version
    made_at: Time
    since: Time | None
    min_outlets: int
    summary: str
    totals: TotalsDict
    stories: list[StoryDict]
    feeds: list[FeedDict]
    query: NotRequired[QuestionDict]


class OneStoryDict(TypedDict):
    """`aggregator report STORY --json` and `/-/stories/ID.json`: one story in full."""

    version: Version
    made_at: Time
    story: StoryDict


class AlertDict(TypedDict):
    """What a webhook gets."""

    version: Version
    made_at: Time
    alert: Annotated[str, "its name in config"]
    message: Annotated[str, "the same for every try to send this one"]
    test: Annotated[bool, "sent by `aggregator alerts --test`"]
    total: Annotated[Count, "stories it tells of, of which the first stand here"]
    stories: list[StoryDict]


class HistoryOfPage(TypedDict):
    """What one page showed over time."""

    article: int
    story: int | None
    outlet: str
    title: str
    url: str
    page: PageDict
    revisions: list[RevisionDict]


class HistoryDict(TypedDict):
    """`aggregator revisions --json`."""

    articles: list[HistoryOfPage]
    wire_versions: list[WireVersionDict]
