"""Our pages that list all outlets and all agencies, and the same as JSON; counts nothing itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aggregator.core.listings import (
    AGENCY_SORTS,
    OUTLET_SORTS,
    Listing,
    ListQuery,
    agencies_to_dict,
    outlets_to_dict,
)
from aggregator.datasette_plugin.answering import (
    answering,
    make_site,
    read_in,
    respond,
    respond_json,
)
from aggregator.datasette_plugin.asked import LAST_PAGE, Asked, beside, read_address
from aggregator.edge import reading
from aggregator.edge.outputs import listings
from aggregator.edge.outputs.pages import Pages

LISTED = 100  # on a page


@answering
async def outlets(datasette: Any, request: Any) -> Any:
    """`/-/outlets`: every outlet with its numbers."""
    asked, query = await _read_question(datasette, request, OUTLET_SORTS)
    found = await read_in(datasette, asked, lambda db: reading.read_outlets(db, query))
    now = datetime.now(UTC)
    if "form" in request.url_vars:
        return respond_json(outlets_to_dict(found, now))
    return await _page(datasette, asked, found, "/-/outlets", listings.OUTLET_HEADS,
                       listings.outlets_page, now)  # fmt: skip


@answering
async def agencies(datasette: Any, request: Any) -> Any:
    """`/-/agencies`: every agency whose copy was found, with its numbers."""
    asked, query = await _read_question(datasette, request, AGENCY_SORTS)
    found = await read_in(datasette, asked, lambda db: reading.read_agencies(db, query))
    now = datetime.now(UTC)
    if "form" in request.url_vars:
        return respond_json(agencies_to_dict(found, now))
    return await _page(datasette, asked, found, "/-/agencies", listings.AGENCY_HEADS,
                       listings.agencies_page, now)  # fmt: skip


_FORM = r"\.(?P<form>json)$"
ROUTES: list[tuple[str, Callable[..., Awaitable[Any]]]] = [
    (r"^/-/outlets$", outlets),
    (r"^/-/outlets" + _FORM, outlets),
    (r"^/-/agencies$", agencies),
    (r"^/-/agencies" + _FORM, agencies),
]


async def _read_question(
    datasette: Any, request: Any, sorts: tuple[str, ...]
) -> tuple[Asked, ListQuery]:
    asked = await read_address(datasette, request)
    sort = request.args.get("sort") or ""
    return asked, ListQuery(
        words=asked.words,
        sort=sort if sort in sorts else sorts[0],
        turned=request.args.get("turned") == "1",
        limit=LISTED,
        offset=(asked.page - 1) * LISTED,
    )


async def _page(
    datasette: Any, asked: Asked, found: Listing[Any], path: str,
    heads: tuple[tuple[str, str], ...], render: Callable[..., str], now: datetime,
) -> Any:  # fmt: skip
    query = found.asked
    search = (("q", query.words),) if query.words else ()

    def address(sort: str, turned: bool, page: int = 1) -> str:
        more = [*search, ("sort", sort)]
        more += [("turned", "1")] if turned else []
        more += [("page", str(page))] if page > 1 else []
        return beside(datasette, path, asked, *more)

    def head(name: str, words: str) -> listings.Head:
        # A second click on a head turns the order round.
        shown = name == query.sort
        rising = (name == "name") != query.turned
        return listings.Head(
            name=name, words=words, address=address(name, shown and not query.turned),
            order=("ascending" if rising else "descending") if shown else "",
        )  # fmt: skip

    more = found.total > asked.page * LISTED and asked.page < LAST_PAGE
    around = listings.Around(
        heads=[head(*each) for each in heads],
        action=beside(datasette, path, asked),
        words=query.words,
        keep=asked.place,
        pages=Pages(
            before=address(query.sort, query.turned, asked.page - 1) if asked.page > 1 else "",
            after=address(query.sort, query.turned, asked.page + 1) if more else "",
        ),
    )
    forms = (("JSON", beside(datasette, path + ".json", asked, *search, ("sort", query.sort))),)
    site = replace(make_site(datasette, asked, forms=forms), search="", keep=asked.place)
    body = await asyncio.to_thread(render, found, now, site, around)
    return respond(body, "text/html; charset=utf-8")
