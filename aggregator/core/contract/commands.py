"""The shapes of the JSON of `explain`, `feeds`, `check` and `doctor`."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from aggregator.core.contract.evidence import CorrectionDict
from aggregator.core.contract.kinds import Count, Keywords, Share, Time
from aggregator.model import MatchVerdict


class ExplainedSideDict(TypedDict):
    """One of two articles that were compared."""

    article: int
    outlet: str
    title: str
    url: str
    published_at: Time
    words: Count
    shingles: Annotated[Count, "distinct runs of five words, after cleaning"]
    story: Annotated[int | None, "null when it stands in none"]
    gate: Annotated[str | None, "why it is not compared"]
    dropped: Annotated[Count, "sentences left out because the outlet repeats them"]


class PersonDict(TypedDict):
    """What a person decided about the two, in force."""

    together: list[CorrectionDict]
    apart: list[CorrectionDict]


Run = Annotated[list[str], "its mark (same, cut, added) and its words",
                Keywords((("minItems", 2), ("maxItems", 2)))]  # fmt: skip


class ParagraphDict(TypedDict):
    """One paragraph of A beside its version in B; an empty list where it has no counterpart."""

    kind: Annotated[str, Keywords((("enum", ("same", "changed", "cut", "added", "moved")),))]
    moved: Annotated[str | None, "up or down"]
    left: list[Run]
    right: list[Run]


class ChangesDict(TypedDict):
    """What B changed of A."""

    titles: Annotated[list[str], "of A and of B"]
    summary: Annotated[str, "in a few words"]
    paragraphs: Annotated[list[ParagraphDict], "in the order of B"]


class ExplainDict(TypedDict):
    """`aggregator explain A B --json`: two articles and the numbers that the decision rests on."""

    a: ExplainedSideDict
    b: ExplainedSideDict
    verdict: Annotated[str, MatchVerdict]
    reason: str
    jaccard: Share
    a_in_b: Annotated[Share, "of a's shingles, found in b"]
    b_in_a: Share
    shared_shingles: Count
    estimated_jaccard: Annotated[Share, "from MinHash"]
    shared_bands: Count
    longest_passage: Annotated[str, "in common, normalised; empty when there is none"]
    rule: Annotated[str, "the rule in words"]
    person: PersonDict
    changes: NotRequired[Annotated[ChangesDict, "with --diff"]]


class SourceDict(TypedDict):
    """One object of `aggregator feeds --json`: a source of the config."""

    name: str
    kind: str
    address: str
    domain: Annotated[str, "registered domain of its outlet"]
    outlet: Annotated[str | None, "its name, where config gives it"]
    every: Annotated[int, "seconds between polls"]
    language: str | None
    enabled: bool


class PollDict(TypedDict):
    """One object of `aggregator feeds NAME --json`: a poll, and the quiet ones after it."""

    polled_at: Time
    result: Annotated[str, Keywords((("enum", ("new", "unchanged", "failed")),))]
    status: Annotated[int | None, "HTTP status; null when there was no answer"]
    listed: Annotated[Count, "entries in the document"]
    added: Annotated[Count, "entries never seen before"]
    dropped: Annotated[Count, "entries past the cap"]
    bytes: Count
    ms: Count
    repeats: Annotated[Count, "polls after this one that said nothing new"]
    last_at: Annotated[Time | None, "the last of them"]
    last_status: int | None
    error: str | None


class AskedDict(TypedDict):
    """One object of `aggregator check --json`: what a feed answered."""

    name: str
    url: str
    status: int | None
    entries: Count
    newest: Annotated[str | None, "title of the newest entry"]
    newest_at: Time | None
    title: Annotated[str, "of the feed"]
    ms: Count
    problem: str | None
    kind: str
    bytes: Annotated[Count, "on the wire"]
    dropped: Annotated[Count, "entries past the cap"]
    moved_to: Annotated[str | None, "where it redirects for good: what config should name"]
    note: Annotated[str | None, "what was odd about an answer that gave entries"]


class FindingDict(TypedDict):
    """One object of `aggregator doctor --json`: a thing that was looked at."""

    subject: str
    level: Annotated[str, Keywords((("enum", ("ok", "warning", "problem")),))]
    told: str
