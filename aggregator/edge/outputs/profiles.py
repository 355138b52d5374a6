"""The pages of one outlet and one agency; draws what was counted and counts nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aggregator.core import wording
from aggregator.core.palette import STYLES
from aggregator.core.profiles import AgencyProfile, OutletProfile, share
from aggregator.core.strip import line_of
from aggregator.edge.outputs.pages import Place, fill, in_lines
from aggregator.model import Story

# Spans of time to choose from: what they are called, and their address; empty for the one shown.
Spans = Sequence[tuple[str, str]]


def outlet_page(
    profile: OutletProfile, made_at: datetime, place: Place, *, spans: Spans = (), every: str = ""
) -> str:
    """What one outlet does with stories; `every` is the address of the list of all of them."""
    heading = wording.one_line(profile.name) or profile.domain
    return fill(
        "outlet.html", place.site, made_at, heading=heading, profile=profile, spans=spans,
        every=every, share=share, story_url=place.story_url, **_recent(profile.stories),
        did=[(kind, STYLES[kind].label, profile.relations[kind]) for kind in STYLES
             if profile.relations.get(kind)],
    )  # fmt: skip


def agency_page(
    profile: AgencyProfile, made_at: datetime, place: Place, *, spans: Spans = (), every: str = ""
) -> str:
    """How far an agency's copy goes; `every` is the address of the list of all its stories."""
    heading = wording.one_line(profile.name) or profile.key
    return fill(
        "agency.html", place.site, made_at, heading=heading, profile=profile, spans=spans,
        every=every, share=share, story_url=place.story_url, **_recent(profile.stories),
    )  # fmt: skip


def _recent(stories: Sequence[Story]) -> dict[str, Any]:
    lines = tuple(line_of(story) for story in stories)
    return {"lines": lines, "relations": in_lines(lines)}
