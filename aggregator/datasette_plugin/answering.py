"""How our pages are answered: their headers, their site, and refusals; reads no story itself."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from urllib.parse import quote

from aggregator.datasette_plugin.asked import Asked, Refusal, beside
from aggregator.edge.outputs import pages
from aggregator.edge.outputs.data import write_json

# What our pages may do is said by `pages.policy`; the rest keeps them out of frames, keeps types
# as declared and tells other sites nothing.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

View = Callable[[Any, Any], Awaitable[Any]]


def answering(view: View) -> View:
    """A view that only reads, as all of ours; its refusals become pages of their status.

    They are JSON where another form than a page was asked for.
    """

    @wraps(view)
    async def answer(datasette: Any, request: Any) -> Any:
        try:
            if request.method not in ("GET", "HEAD"):
                raise Refusal(405, "This page can only be read")
            return await view(datasette, request)
        except Refusal as refusal:
            if "form" in request.url_vars:
                body = write_json({"ok": False, "error": str(refusal)})
                return respond(body, "application/json", status=refusal.status)
            page = pages.message_page(str(refusal), datetime.now(UTC), _bare_site(datasette))
            return respond(page, "text/html; charset=utf-8", status=refusal.status)

    return answer


async def read_in(datasette: Any, asked: Asked, read: Callable[[Any], Any]) -> Any:
    """What a function reads from the database that was asked, in a thread of Datasette's."""
    return await datasette.get_database(asked.database).execute_fn(read)


def make_site(
    datasette: Any, asked: Asked, *, forms: tuple[tuple[str, str], ...] = ()
) -> pages.Site:
    """What surrounds a page about this database."""
    return replace(
        _bare_site(datasette),
        home=beside(datasette, "/-/stories", asked),
        links=(
            ("Outlets", beside(datasette, "/-/outlets", asked)),
            ("Agencies", beside(datasette, "/-/agencies", asked)),
            ("Tables", datasette.urls.database(asked.database)),
            *forms,
        ),
        outlet_url=lambda number: beside(datasette, f"/-/outlet/{number}", asked),
        compare_url=datasette.urls.path("/-/compare"),
        place=asked.place,
        agency_url=lambda key: beside(datasette, f"/-/agency/{quote(key, safe='')}", asked),
    )


def _bare_site(datasette: Any) -> pages.Site:
    return pages.Site(
        name="Stories", policy=pages.policy(forms=True), meta_policy=False,
        home=datasette.urls.path("/-/stories"),
    )  # fmt: skip


def redirect(address: str) -> Any:
    """Leads to another address for good."""
    from datasette import Response

    answer = Response.redirect(address, status=301)
    answer.headers.update(HEADERS)
    return answer


def respond(body: str, media_type: str, *, status: int = 200) -> Any:
    """An answer with the headers that all our pages carry."""
    from datasette import Response

    page = media_type.startswith("text/html")
    policy = pages.policy(forms=True) if page else "default-src 'none'; sandbox"
    headers = {
        **HEADERS,
        "Content-Security-Policy": policy + "; frame-ancestors 'none'",
        "Cache-Control": "private, no-cache",
    }
    return Response(body, status=status, headers=headers, content_type=media_type)


def respond_json(told: Mapping[str, Any]) -> Any:
    """Plain values as JSON, with the same headers."""
    return respond(write_json(told) + "\n", "application/json")


def unchanged_or(answer: Any, request: Any) -> Any:
    """The answer with a validator, or 304 for a reader who has it: feed readers ask often."""
    from datasette import Response

    answer.body = answer.body.encode()  # once: Datasette sends bytes as they are
    tag = f'"{hashlib.blake2b(answer.body, digest_size=12).hexdigest()}"'
    answer.headers["ETag"] = tag
    known = request.headers.get("if-none-match") or ""
    if tag not in [each.strip().removeprefix("W/") for each in known.split(",")]:
        return answer
    return Response("", status=304, headers=answer.headers, content_type=answer.content_type)
