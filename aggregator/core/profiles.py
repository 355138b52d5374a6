"""The values of an outlet's and an agency's page, and their JSON; counts nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aggregator.core.contract import (
    VERSION,
    AgencyPageDict,
    CarriedDict,
    ExchangeDict,
    OutletPageDict,
)
from aggregator.core.report import clean_all, story_to_dict
from aggregator.core.times import stamp
from aggregator.model import Relation, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Articles with an agency's copy: how many say whose it is and how many do not."""

    key: str  # of the agency, or the outlet's row as text
    name: str
    articles: int
    credited: int  # their own page names an agency
    uncredited: int  # another outlet's credit for the same words is the only proof
    copied: float | None = None  # mean share of their words found in the lead copies


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Copies that went from one outlet to another."""

    outlet: int
    name: str
    articles: int
    stories: int
    copied: float | None  # mean share of the words, 0 to 1
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletProfile:
    """What one outlet does with stories, its own and others'."""

    id: int
    name: str
    domain: str
    family: str | None
    agency: str | None  # the agency that this outlet is
    since: datetime | None  # articles published from this time on; None: all of them
    articles: int  # kept, walls and thin pages too
    compared: int  # of them, those that stand in a story
    first_at: datetime | None  # earliest publication of them
    last_at: datetime | None
    relations: Mapping[Relation, int]
    shared: int  # stories of two outlets or more that it is in
    first: int  # of them, those that it published first
    carried: tuple[Carried, ...]  # by agency, the most first
    credited: int  # over all agencies
    uncredited: int
    repeats: tuple[Exchange, ...]  # whose lead copies it carries
    repeated: tuple[Exchange, ...]  # who carries its lead copies
    stories: tuple[Story, ...]  # the latest it is in


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyProfile:
    """How far the copy of one agency goes."""

    key: str
    name: str
    since: datetime | None  # stories that go on after this time; None: all of them
    total: int  # stories that are its copy
    widest: int  # outlets of the widest of them
    articles: int  # that a credit proves to be its copy, its own site left out
    credited: int
    uncredited: int
    outlets: int  # that carry it
    crediting: int  # of them, those that name an agency in one article or more
    silent: int  # and those that name none in one article or more
    carriers: tuple[Carried, ...]  # outlets, the most articles first
    sites: tuple[tuple[int, str], ...]  # outlets that are the agency
    stories: tuple[Story, ...]


def share(part: int, whole: int) -> float | None:
    """The share, None of nothing."""
    return part / whole if whole else None


def outlet_to_dict(profile: OutletProfile, made_at: datetime) -> OutletPageDict:
    """An outlet's page as plain values: times as ISO 8601 in UTC, shares 0 to 1."""
    contract: OutletPageDict = {
        "version": VERSION,
        "made_at": stamp(made_at),
        "outlet": {
            "id": profile.id,
            "name": profile.name,
            "domain": profile.domain,
            "family": profile.family,
            "agency": profile.agency,
            "since": stamp(profile.since),
            "articles": profile.articles,
            "compared": profile.compared,
            "first_at": stamp(profile.first_at),
            "last_at": stamp(profile.last_at),
            "relations": {kind.value: n for kind, n in profile.relations.items()},
            "shared_stories": profile.shared,
            "published_first": profile.first,
            "first_rate": _share(share(profile.first, profile.shared)),
            "agency_copy": [_carried(each) for each in profile.carried],
            "credited": profile.credited,
            "uncredited": profile.uncredited,
            "repeats": [_exchange(each) for each in profile.repeats],
            "repeated_by": [_exchange(each) for each in profile.repeated],
            "stories": [story_to_dict(story) for story in profile.stories],
        },
    }
    cleaned: OutletPageDict = clean_all(contract)
    return cleaned


def agency_to_dict(profile: AgencyProfile, made_at: datetime) -> AgencyPageDict:
    """An agency's page as plain values: times as ISO 8601 in UTC, shares 0 to 1."""
    contract: AgencyPageDict = {
        "version": VERSION,
        "made_at": stamp(made_at),
        "agency": {
            "key": profile.key,
            "name": profile.name,
            "since": stamp(profile.since),
            "stories_total": profile.total,
            "widest": profile.widest,
            "articles": profile.articles,
            "credited": profile.credited,
            "uncredited": profile.uncredited,
            "outlets": profile.outlets,
            "outlets_crediting": profile.crediting,
            "outlets_silent": profile.silent,
            "carriers": [_carried(each) for each in profile.carriers],
            "sites": [{"id": number, "name": name} for number, name in profile.sites],
            "stories": [story_to_dict(story) for story in profile.stories],
        },
    }
    cleaned: AgencyPageDict = clean_all(contract)
    return cleaned


def _carried(each: Carried) -> CarriedDict:
    return {
        "key": each.key, "name": each.name, "articles": each.articles,
        "credited": each.credited, "uncredited": each.uncredited, "copied": _share(each.copied),
    }  # fmt: skip


def _exchange(each: Exchange) -> ExchangeDict:
    return {
        "outlet": each.outlet, "name": each.name, "articles": each.articles,
        "stories": each.stories, "copied": _share(each.copied), "last_at": stamp(each.last_at),
    }  # fmt: skip


def _share(part: float | None) -> float | None:
    return None if part is None else round(part, 4)
