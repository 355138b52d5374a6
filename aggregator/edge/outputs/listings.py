"""The pages that list all outlets and all agencies; draws what was counted and counts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aggregator.core.listings import AgencyLine, Listing, OutletLine
from aggregator.core.profiles import share
from aggregator.edge.outputs.pages import Pages, Site, fill

OUTLET_HEADS = (
    ("name", "Outlet"), ("articles", "Articles"), ("shared", "Shared"), ("first", "First"),
    ("carried", "Others’ copy"), ("wire", "Agency text"), ("uncredited", "No credit"),
    ("last", "Last"),
)  # fmt: skip
AGENCY_HEADS = (
    ("name", "Agency"), ("stories", "Stories"), ("widest", "Widest"), ("articles", "Copies"),
    ("uncredited", "No credit"), ("last", "Last"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of a column: its words, and the address of the list in its order."""

    name: str
    words: str
    address: str
    order: str = ""  # ascending or descending, where the list is in its order


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around the table: its heads, the search, and the pages before and after."""

    heads: Sequence[Head]
    action: str  # where the search goes
    words: str  # that were searched for
    keep: tuple[tuple[str, str], ...]  # fields that a search keeps
    pages: Pages


def outlets_page(
    listing: Listing[OutletLine], made_at: datetime, site: Site, around: Around
) -> str:
    """The list of outlets."""
    return _page("outlets.html", "Outlets", listing, made_at, site, around)


def agencies_page(
    listing: Listing[AgencyLine], made_at: datetime, site: Site, around: Around
) -> str:
    """The list of agencies."""
    return _page("agencies.html", "Agencies", listing, made_at, site, around)


def _page(
    template: str, heading: str, listing: Listing[Any], made_at: datetime, site: Site,
    around: Around,
) -> str:  # fmt: skip
    values: Mapping[str, Any] = {"listing": listing, "around": around, "share": share}
    return fill(template, site, made_at, heading=heading, **values)
