"""The shapes of the pages of outlets and agencies, and of refusals."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from aggregator.core.contract.kinds import Count, Share, Time, Version
from aggregator.core.contract.stories import StoryDict


class CarriedDict(TypedDict):
    """Articles with an agency's copy."""

    key: str
    name: str
    articles: Count
    credited: Count
    uncredited: Count
    copied: Share | None


class ExchangeDict(TypedDict):
    """Copies that went from one outlet to another."""

    outlet: int
    name: str
    articles: Count
    stories: Count
    copied: Share | None
    last_at: Time


class OutletDict(TypedDict):
    """What one outlet does with stories."""

    id: int
    name: str
    domain: str
    family: str | None
    agency: Annotated[str | None, "the agency that this outlet is"]
    since: Time | None
    articles: Annotated[Count, "kept, walls and thin pages too"]
    compared: Count
    first_at: Time | None
    last_at: Time | None
    relations: Annotated[dict[str, Count], "articles by what the outlet did"]
    shared_stories: Count
    published_first: Count
    first_rate: Share | None
    agency_copy: list[CarriedDict]
    credited: Count
    uncredited: Count
    repeats: Annotated[list[ExchangeDict], "whose lead copies it carries"]
    repeated_by: list[ExchangeDict]
    stories: list[StoryDict]


class OutletPageDict(TypedDict):
    """`/-/outlet/ID.json`."""

    version: Version
    made_at: Time
    outlet: OutletDict


class SiteDict(TypedDict):
    """An outlet that is the agency."""

    id: int
    name: str


class AgencyDict(TypedDict):
    """How far the copy of one agency goes."""

    key: str
    name: str
    since: Time | None
    stories_total: Count
    widest: Annotated[Count, "outlets of the widest of them"]
    articles: Count
    credited: Count
    uncredited: Count
    outlets: Count
    outlets_crediting: Count
    outlets_silent: Count
    carriers: list[CarriedDict]
    sites: list[SiteDict]
    stories: list[StoryDict]


class AgencyPageDict(TypedDict):
    """`/-/agency/KEY.json`."""

    version: Version
    made_at: Time
    agency: AgencyDict


class RefusalDict(TypedDict):
    """What a JSON address of the web pages answers with a status of 400 and more."""

    ok: Literal[False]
    error: str
