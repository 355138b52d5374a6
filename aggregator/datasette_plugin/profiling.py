"""Our pages about one outlet or one agency, and the same as JSON; counts nothing itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aggregator.core.profiles import agency_to_dict, outlet_to_dict
from aggregator.datasette_plugin.answering import (
    answering,
    make_site,
    read_in,
    redirect,
    respond,
    respond_json,
)
from aggregator.datasette_plugin.asked import Asked, Refusal, address, beside, read_address
from aggregator.edge import reading
from aggregator.edge.outputs import pages, profiles
from aggregator.model import Story

_SPANS = (("all time", ""), ("30 days", "30d"), ("7 days", "7d"))


@answering
async def outlet_page(datasette: Any, request: Any) -> Any:
    """`/-/outlet/ID`: one outlet; its registered domain in place of the id leads to it."""
    asked = await read_address(datasette, request)
    wanted = request.url_vars["outlet"]
    found = await _read_outlet(datasette, asked, wanted)
    suffix = ".json" if "form" in request.url_vars else ""
    path = f"/-/outlet/{found.id}"
    span = tuple(each for each in asked.filters if each[0] == "since")
    if wanted != str(found.id):
        return redirect(beside(datasette, path + suffix, asked, *span))
    now = datetime.now(UTC)
    if suffix:
        return respond_json(outlet_to_dict(found, now))
    place = _place(datasette, asked, path, found.stories)
    return await _page(profiles.outlet_page, found, now, place, datasette, asked, path)


@answering
async def agency_page(datasette: Any, request: Any) -> Any:
    """`/-/agency/KEY`: one agency by its key, such as afp."""
    asked = await read_address(datasette, request)
    key = request.url_vars["agency"]
    found = await read_in(
        datasette, asked, lambda db: reading.read_agency(db, key, since=asked.since)
    )
    if found is None:
        raise Refusal(404, f"There is no agency “{key}” in this database")
    now = datetime.now(UTC)
    if "form" in request.url_vars:
        return respond_json(agency_to_dict(found, now))
    path = f"/-/agency/{key}"
    place = _place(datasette, asked, path, found.stories)
    return await _page(profiles.agency_page, found, now, place, datasette, asked, path)


_OUTLET = r"^/-/outlet/(?P<outlet>[0-9a-z](?:[0-9a-z.-]{0,251}[0-9a-z])?)"
_AGENCY = r"^/-/agency/(?P<agency>[0-9a-z](?:[0-9a-z_-]{0,62}[0-9a-z])?)"
_FORM = r"\.(?P<form>json)$"
# The forms first: a domain may end in what looks like one.
ROUTES: list[tuple[str, Callable[..., Awaitable[Any]]]] = [
    (_OUTLET + _FORM, outlet_page),
    (_OUTLET + "$", outlet_page),
    (_AGENCY + _FORM, agency_page),
    (_AGENCY + "$", agency_page),
]


async def _read_outlet(datasette: Any, asked: Asked, wanted: str) -> Any:
    # Longer numbers than SQLite can hold are ids of nothing.
    name = int(wanted) if wanted.isdigit() and len(wanted) <= 18 else wanted
    found = await read_in(
        datasette, asked, lambda db: reading.read_outlet(db, name, since=asked.since)
    )
    if found is None:
        raise Refusal(404, f"There is no outlet “{wanted}” in this database")
    return found


def _place(datasette: Any, asked: Asked, path: str, stories: tuple[Story, ...]) -> pages.Place:
    span = tuple(each for each in asked.filters if each[0] == "since")
    forms = (("JSON", beside(datasette, path + ".json", asked, *span)),)
    return pages.Place(
        site=replace(make_site(datasette, asked, forms=forms), search="", keep=asked.place),
        story_url={story.id: address(datasette, f"/{story.id}", asked) for story in stories},
    )


async def _page(
    render: Callable[..., str], found: Any, now: datetime, place: pages.Place, datasette: Any,
    asked: Asked, path: str,
) -> Any:  # fmt: skip
    chosen = asked.given.get("since", "")
    spans = tuple(
        (label, "" if value == chosen else
         beside(datasette, path, asked, *((("since", value),) if value else ())))
        for label, value in _SPANS
    )  # fmt: skip
    filtered = ("outlet", found.domain) if hasattr(found, "domain") else ("agency", found.key)
    every = beside(datasette, "/-/stories", asked, filtered)
    body = await asyncio.to_thread(render, found, now, place, spans=spans, every=every)
    return respond(body, "text/html; charset=utf-8")
