"""What is found by comparing texts and readings of one page; decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.model.kinds import Aspect, MatchVerdict, PageState, RevisionKind, WireKind


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
class Change:
    """One thing that changed between two readings of a page."""

    aspect: Aspect
    words: str  # one line for a reader, such as "toll 12 -> 15"
    before: str = ""  # the words that went, at most 200 characters
    after: str = ""  # the words that came


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One text that an address has shown, with the time it was first seen."""

    seen_at: datetime
    title: str
    text: str
    id: int = 0  # row in the database
    kind: RevisionKind = RevisionKind.FIRST
    changes: tuple[Change, ...] = ()  # against the text before it, the weightiest first
    summary: str = ""  # the changes on one line
    modified_at: datetime | None = None  # when the page says it was changed


@dataclass(frozen=True, slots=True, kw_only=True)
class WireMark:
    """The words by which an agency marks a version of its own, and what they mean."""

    kind: WireKind
    number: int | None  # the second lead is 2
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHistory:
    """One article with all that its page showed, whether or not it stands in a story."""

    article: int
    outlet: str  # the name shown
    title: str
    url: str
    story: int | None
    revisions: tuple[Revision, ...]  # oldest first
    page: PageState = PageState.THERE
    page_note: str = ""
    page_at: datetime | None = None
