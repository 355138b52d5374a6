"""Our pages inside Datasette: the story list, one story, and both as JSON, CSV and Atom."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aggregator.core.shapes import published_schema
from aggregator.datasette_plugin import comparing, listing, profiling, table
from aggregator.datasette_plugin.answering import (
    answering,
    make_site,
    read_in,
    redirect,
    respond,
    unchanged_or,
)
from aggregator.datasette_plugin.asked import LAST_PAGE, PAGE, Asked, Refusal, address, read_address
from aggregator.datasette_plugin.filtering import make_filters
from aggregator.edge import reading
from aggregator.edge.outputs import OUTPUTS, pages, render
from aggregator.model import Report, Story

_FORMS = ("json", "csv", "atom")
Links = tuple[tuple[str, str], ...]


@answering
async def story_list(datasette: Any, request: Any) -> Any:
    """`/-/stories`: the list as a page."""
    asked = await read_address(datasette, request)
    report = await _read_report(datasette, asked, listed=True)
    choices = await read_in(datasette, asked, reading.read_choices)
    place = _place(datasette, asked, [line.id for line in report.lines])
    body = await asyncio.to_thread(
        pages.list_page, report, place, pages=_pages(datasette, asked, report), sections=False,
        filters=make_filters(datasette, asked, choices),
    )  # fmt: skip
    return respond(body, "text/html; charset=utf-8")


@answering
async def story_list_as(datasette: Any, request: Any) -> Any:
    """`/-/stories.json`, `.csv` and `.atom`: the same page of the list for programs."""
    asked = await read_address(datasette, request)
    feed = request.url_vars["form"] == "atom"
    report = await _read_report(datasette, asked, latest=feed)
    links = _feed_links(datasette, request, asked, report) if feed else ()
    return await _rendered(datasette, request, report, None, links)


@answering
async def story_page(datasette: Any, request: Any) -> Any:
    """`/-/stories/ID`: one story; an id that was merged leads to where its copies went."""
    asked = await read_address(datasette, request)
    story = await _read_story(datasette, request, asked)
    if story.id != int(request.url_vars["story"]):
        return redirect(address(datasette, f"/{story.id}", asked))
    place = _place(datasette, asked, [story.id])
    body = await asyncio.to_thread(pages.story_page, story, datetime.now(UTC), place)
    return respond(body, "text/html; charset=utf-8")


@answering
async def story_as(datasette: Any, request: Any) -> Any:
    """`/-/stories/ID.json`, `.csv` and `.atom`: one story in full for programs."""
    asked = await read_address(datasette, request)
    story = await _read_story(datasette, request, asked)
    form = request.url_vars["form"]
    if story.id != int(request.url_vars["story"]):
        return redirect(address(datasette, f"/{story.id}.{form}", asked))
    now = datetime.now(UTC)
    report = Report(
        made_at=now, since=None, stories=(story,), total_stories=1, articles=len(story.copies),
        outlets=story.outlets, copies=story.copied,
        installation=await read_in(datasette, asked, reading.read_installation),
    )  # fmt: skip
    own = datasette.absolute_url(request, address(datasette, f"/{story.id}.{form}", asked))
    return await _rendered(datasette, request, report, story, (("self", own),))


@answering
async def schema(datasette: Any, request: Any) -> Any:
    """`/-/stories.schema.json`: the JSON Schema of all that is served as JSON here."""
    return respond(json.dumps(published_schema(), indent=2) + "\n", "application/schema+json")


@answering
async def style(datasette: Any, request: Any) -> Any:
    """`/-/stories.css`: the style of our cells in Datasette's tables."""
    answer = respond(table.style_sheet(), "text/css; charset=utf-8")
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


_ID = r"/-/stories/(?P<story>[0-9]{1,18})"
_FORM = rf"\.(?P<form>{'|'.join(_FORMS)})$"
ROUTES: list[tuple[str, Callable[..., Awaitable[Any]]]] = [
    (r"^/-/stories/?$", story_list),
    (r"^/-/stories\.css$", style),
    (r"^/-/stories\.schema\.json$", schema),
    (r"^/-/stories" + _FORM, story_list_as),
    (f"^{_ID}$", story_page),
    (f"^{_ID}{_FORM}", story_as),
    *profiling.ROUTES,
    *listing.ROUTES,
    *comparing.ROUTES,
]


async def _read_report(
    datasette: Any, asked: Asked, *, latest: bool = False, listed: bool = False
) -> Report:
    now = datetime.now(UTC)
    query = replace(asked.query(), latest=latest)
    report: Report = await read_in(
        datasette, asked, lambda db: reading.read_report(db, query, now=now, listed=listed)
    )
    return report


async def _read_story(datasette: Any, request: Any, asked: Asked) -> Story:
    number = int(request.url_vars["story"])
    story: Story | None = await read_in(datasette, asked, lambda db: reading.read_story(db, number))
    if story is None:
        raise Refusal(404, f"There is no story {number:,}")
    return story


def _place(datasette: Any, asked: Asked, stories: Sequence[int]) -> pages.Place:
    search = (("q", asked.words),) if asked.words else ()
    forms = tuple(
        (label, address(datasette, f".{form}", asked, *search))
        for label, form in (("Atom", "atom"), ("JSON", "json"))
    )
    site = make_site(datasette, asked, forms=forms)
    return pages.Place(
        site=replace(site, atom=forms[0][1], search=asked.words, keep=asked.keep),
        story_url={story: address(datasette, f"/{story}", asked) for story in stories},
        story_links={
            story: (
                *((form, address(datasette, f"/{story}.{form}", asked)) for form in _FORMS),
                ("articles", _articles(datasette, asked, story)),
            )
            for story in stories
        },
    )


def _articles(datasette: Any, asked: Asked, story: int) -> str:
    table_url: str = datasette.urls.table(asked.database, "articles")
    return f"{table_url}?cluster={story}&_sort=published_at"


def _pages(datasette: Any, asked: Asked, report: Report) -> pages.Pages:
    search = (("q", asked.words),) if asked.words else ()

    def page(number: int) -> str:
        return address(datasette, "", asked, *search, ("page", str(number)))

    return pages.Pages(
        before=page(asked.page - 1) if asked.page > 1 else "",
        after=page(asked.page + 1) if _goes_on(asked, report) else "",
    )


def _goes_on(asked: Asked, report: Report) -> bool:
    return report.total_stories > asked.page * PAGE and asked.page < LAST_PAGE


def _feed_links(datasette: Any, request: Any, asked: Asked, report: Report) -> Links:
    """The feed's own address and those of its pages, as RFC 5005 names them."""
    search = (("q", asked.words),) if asked.words else ()

    def page(number: int) -> str:
        more = (("page", str(number)),) if number > 1 else ()
        path = address(datasette, ".atom", asked, *search, *more)
        return str(datasette.absolute_url(request, path))

    links = [("self", page(asked.page)), ("first", page(1))]
    if asked.page > 1:
        links.append(("previous", page(asked.page - 1)))
    if _goes_on(asked, report):
        links.append(("next", page(asked.page + 1)))
    return tuple(links)


async def _rendered(
    datasette: Any, request: Any, report: Report, story: Story | None, links: Links
) -> Any:
    form = request.url_vars["form"]
    base_url = datasette.absolute_url(request, datasette.urls.path("/-/stories"))
    body = await asyncio.to_thread(
        render, report, form, story=story, base_url=base_url, links=links
    )
    return unchanged_or(respond(body, OUTPUTS[form].media_type), request)
