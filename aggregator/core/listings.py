"""The values of the lists of all outlets and all agencies, and their JSON; counts nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from aggregator.core.contract import (
    VERSION,
    AgenciesDict,
    AgencyLineDict,
    OutletLineDict,
    OutletsDict,
)
from aggregator.core.profiles import share
from aggregator.core.report import clean_all
from aggregator.core.times import stamp

# What a list can be sorted by, the first by default; names from A to Z, all else the most first.
OUTLET_SORTS = (
    "articles", "name", "shared", "first", "carried", "wire", "uncredited", "last",
)  # fmt: skip
AGENCY_SORTS = ("stories", "name", "widest", "articles", "uncredited", "last")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """Which outlets or agencies a reader asks for, and in what order."""

    words: str = ""  # that the name, domain or key must hold
    sort: str = ""  # one of the sorts above; empty for the first
    turned: bool = False  # the other way round
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletLine:
    """One outlet of the list."""

    id: int
    name: str
    domain: str
    family: str | None
    agency: str | None  # the agency that this outlet is
    articles: int  # kept, walls and thin pages too
    shared: int  # articles of stories that other outlets ran too
    first: int  # stories of those that it published first
    carried: int  # articles that carry another outlet's copy
    credited: int  # articles with an agency's text that say so
    uncredited: int  # and those that do not
    last_at: datetime | None  # latest publication

    @property
    def wire(self) -> int:
        """Articles with an agency's text, its own left out."""
        return self.credited + self.uncredited


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyLine:
    """One agency of the list."""

    key: str
    name: str
    stories: int  # that are its copy
    widest: int  # outlets of the widest of them
    articles: int  # that a credit proves to be its copy, its own site left out
    uncredited: int  # of them, those that name no agency
    last_at: datetime | None  # latest publication in one of its stories


Each = TypeVar("Each", OutletLine, AgencyLine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[Each]):
    """One page of a list."""

    lines: tuple[Each, ...]
    total: int  # that answer to the question
    asked: ListQuery


def outlets_to_dict(listing: Listing[OutletLine], made_at: datetime) -> OutletsDict:
    """The list of outlets as plain values: times as ISO 8601 in UTC, shares 0 to 1."""
    contract: OutletsDict = {
        "version": VERSION,
        "made_at": stamp(made_at),
        "total": listing.total,
        "offset": listing.asked.offset,
        "outlets": [_outlet(each) for each in listing.lines],
    }
    cleaned: OutletsDict = clean_all(contract)
    return cleaned


def agencies_to_dict(listing: Listing[AgencyLine], made_at: datetime) -> AgenciesDict:
    """The list of agencies as plain values, likewise."""
    contract: AgenciesDict = {
        "version": VERSION,
        "made_at": stamp(made_at),
        "total": listing.total,
        "offset": listing.asked.offset,
        "agencies": [_agency(each) for each in listing.lines],
    }
    cleaned: AgenciesDict = clean_all(contract)
    return cleaned


def _outlet(line: OutletLine) -> OutletLineDict:
    return {
        "id": line.id,
        "name": line.name,
        "domain": line.domain,
        "family": line.family,
        "agency": line.agency,
        "articles": line.articles,
        "shared": line.shared,
        "published_first": line.first,
        "carried": line.carried,
        "credited": line.credited,
        "uncredited": line.uncredited,
        "uncredited_rate": _rounded(share(line.uncredited, line.wire)),
        "last_at": stamp(line.last_at),
    }


def _agency(line: AgencyLine) -> AgencyLineDict:
    return {
        "key": line.key,
        "name": line.name,
        "stories": line.stories,
        "widest": line.widest,
        "articles": line.articles,
        "uncredited": line.uncredited,
        "uncredited_rate": _rounded(share(line.uncredited, line.articles)),
        "last_at": stamp(line.last_at),
    }


def _rounded(part: float | None) -> float | None:
    return None if part is None else round(part, 4)
