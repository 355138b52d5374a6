"""The values of a story's provenance: its members as they are judged, and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from aggregator.model import Credit, Relation

if TYPE_CHECKING:
    from aggregator.core.text import Shingles

# An agency's text: on its own page, with a credit, or proved by another page's credit alone.
Wire = Literal["own", "credited", "uncredited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A copy of another story in which words of a member were found."""

    article: int
    outlet: str
    shingles: Shingles
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One article of a cluster as provenance sees it."""

    article: int
    key: str  # url key: breaks ties in a way that does not depend on arrival
    outlet: str
    publisher: str  # owner group, else the outlet
    published_at: datetime
    title: str
    digest: str
    tokens: tuple[str, ...]
    shingles: Shingles
    credits: tuple[Credit, ...] = ()
    sources: tuple[Source, ...] = ()  # copies of other stories, at most a few of each
    pinned: int = 0  # the newest decision of a person that it leads; 0 when nobody decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The share of a member's words that stand in a copy of another story and not in its own."""

    source: int  # article
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one member did with the lead copy."""

    article: int
    relation: Relation
    copied: float | None  # share of this copy found in the lead; None for the lead itself
    kept: float | None  # share of the lead that survived here
    carried: bool = False  # it carries the lead copy of another outlet
    wire: Wire | None = None  # None where no credit proves an agency's text
    agency: str | None = None  # the first of those that its own credits name as the source
    inferred: tuple[Credit, ...] = ()  # what other copies prove where the page does not say it
    parents: tuple[Part, ...] = ()  # largest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A cluster told: its lead copy, its agency, and what each member did, in order."""

    lead: int
    agency: str | None
    shares: tuple[Share, ...]  # in order of publication
    outlets: int
    independent: int
    copied: int  # outlets that carry somebody else's copy
    strip: tuple[Relation, ...]  # what each outlet did, in order of publication
    contested: tuple[str, ...] = ()  # agencies whose credits contradict, the leading one first


def order(members: list[Member] | tuple[Member, ...]) -> list[Member]:
    """Members in order of publication; equal times by url key."""
    return sorted(members, key=lambda member: (member.published_at, member.key))
