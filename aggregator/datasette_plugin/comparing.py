"""Our page of two articles side by side, and the same as JSON; compares nothing itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aggregator.core.facing import Faced, face, faced_to_dict
from aggregator.datasette_plugin.answering import (
    answering,
    make_site,
    read_in,
    respond,
    respond_json,
)
from aggregator.datasette_plugin.asked import Asked, Refusal, address, beside, read_address
from aggregator.edge.outputs import facing
from aggregator.errors import UsageError

_PATH = "/-/compare"
_LONGEST = 2000  # characters of an address


@answering
async def compare_page(datasette: Any, request: Any) -> Any:
    """`/-/compare?a=1&b=2`: any two articles, by number or address; without them, a form."""
    asked = await read_address(datasette, request)
    given = tuple((request.args.get(name) or "")[:_LONGEST].strip() for name in ("a", "b"))
    now = datetime.now(UTC)
    found: Faced | None = None
    if all(given):
        found = await read_in(datasette, asked, lambda db: _read(db, *given))
    elif any(given) or "form" in request.url_vars:
        raise Refusal(400, "Two articles are needed: a and b, by number or address")
    if found is None:
        return await _page(datasette, asked, None, now, {"given": ("", "")}, ())
    if "form" in request.url_vars:
        return respond_json(faced_to_dict(found, now))
    a, b = str(found.a.article), str(found.b.article)
    forms = (("JSON", beside(datasette, _PATH + ".json", asked, ("a", a), ("b", b))),)
    stories = {each.story for each in (found.a, found.b) if each.story is not None}
    shown = {
        "given": (a, b),
        "turned": beside(datasette, _PATH, asked, ("a", b), ("b", a)),
        "story_url": {story: address(datasette, f"/{story}", asked) for story in stories},
    }
    return await _page(datasette, asked, found, now, shown, forms)


ROUTES: list[tuple[str, Callable[..., Awaitable[Any]]]] = [
    (rf"^{_PATH}$", compare_page),
    (rf"^{_PATH}\.(?P<form>json)$", compare_page),
]


def _read(db: Any, a: str, b: str) -> Faced:
    from aggregator.edge.reading.facings import read_facing
    from aggregator.edge.store.explaining import explain

    try:
        explained = explain(db, a, b)
    except UsageError as error:
        raise Refusal(404, str(error)) from error
    one, other = read_facing(db, explained.a.article), read_facing(db, explained.b.article)
    if one is None or other is None:
        raise Refusal(404, "One of the two articles is there no more")
    return face(one, other, explained)


async def _page(
    datasette: Any, asked: Asked, found: Faced | None, now: datetime, shown: dict[str, Any],
    forms: tuple[tuple[str, str], ...],
) -> Any:  # fmt: skip
    site = replace(make_site(datasette, asked, forms=forms), search="", keep=asked.place)
    action = datasette.urls.path(_PATH)
    body = await asyncio.to_thread(facing.facing_page, found, now, site, action=action, **shown)
    return respond(body, "text/html; charset=utf-8")
