"""The shapes of what stands behind a story: answers, credits, versions, comparisons."""

from __future__ import annotations

from typing import Annotated, TypedDict

from aggregator.core.contract.kinds import Count, Keywords, Share, Sureness, Time
from aggregator.model import (
    Aspect,
    CorrectionKind,
    MatchVerdict,
    PageState,
    RevisionKind,
    Role,
    WireKind,
)


class AnswerDict(TypedDict):
    """One of the three answers on top of a story."""

    question: str
    answer: Annotated[str, "a name or a number"]
    detail: Annotated[str, "the same with its measure, one short sentence"]
    confidence: Annotated[Sureness | None, "null where the answer is a count"]
    evidence: Annotated[list[str], "strongest first"]


class AnswersDict(TypedDict):
    """The three answers, in the words of every output."""

    first: Annotated[AnswerDict, "who published first among the outlets watched"]
    whose: Annotated[AnswerDict, "whose copy it is"]
    spread: Annotated[AnswerDict, "how far it went"]


class AgencyOfStory(TypedDict):
    """The agency whose copy a story is."""

    key: str
    name: str
    confidence: Sureness
    evidence: Annotated[list[str], "excerpts that say so, strongest first"]


class ClaimDict(TypedDict):
    """One of several agencies that copies of the same words credit."""

    agency: str
    name: str
    outlets: Annotated[list[str], "that credit it, the earliest first"]


class CopyCredit(TypedDict):
    """What a copy's own page says, or other copies prove."""

    agency: str
    role: Annotated[str | None, Role]


class CreditDict(TypedDict):
    """One piece of evidence on whose copy an article is."""

    agency: str
    role: Annotated[str, Role]
    zone: Annotated[str, "where on the page it stands"]
    excerpt: str
    offset: Annotated[int | None, "characters from the start of the text"]
    rule: str
    source_article: Annotated[int | None, "the article that proves an inferred credit"]


class ParentDict(TypedDict):
    """Another story of whose text a page holds a part."""

    story: int
    title: str
    share: Annotated[Share | None, "of the page's words"]
    article: Annotated[int, "the copy of that story in which they were found"]
    outlet: str
    agency: str | None


class ChangeDict(TypedDict):
    """One thing that a version of a page changed."""

    aspect: Annotated[str, Aspect]
    words: str
    before: str
    after: str


class RevisionDict(TypedDict):
    """One version of a page."""

    seen_at: Time
    modified_at: Annotated[Time | None, "when the page itself says it was changed"]
    kind: Annotated[str, RevisionKind]
    rank: Annotated[int | None, "of the weightiest change: 1 headline to 8 spelling"]
    summary: str
    changes: Annotated[list[ChangeDict], "the weightiest first"]
    title: str
    text: str


class PageDict(TypedDict):
    """What an article's page was at the last visit."""

    state: Annotated[str, PageState]
    since: Time | None
    note: str


class WireVersionDict(TypedDict):
    """One version that the agency itself sent."""

    article: int
    outlet: str
    at: Time
    kind: Annotated[str, WireKind, Keywords((("enum", ("first",)),))]
    number: int | None
    words: str
    title: str


class PairDict(TypedDict):
    """Two articles compared word by word; a is the smaller id."""

    a: int
    b: int
    jaccard: Share | None
    a_in_b: Share | None
    b_in_a: Share | None
    shared: Annotated[Count, "runs of words in common"]
    verdict: Annotated[str, MatchVerdict]
    reason: str


class CorrectionDict(TypedDict):
    """A person's decision about stories."""

    id: int
    kind: Annotated[str, CorrectionKind]
    parts: Annotated[list[list[int]], "article ids, a list for each side"]
    note: str
    made_at: Time
    undone_at: Time | None
