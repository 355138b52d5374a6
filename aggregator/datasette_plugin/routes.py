"""Our pages inside Datasette: the story list, one story, and both as JSON, CSV and Atom."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aggregator.datasette_plugin import profiling, table
from aggregator.datasette_plugin.answering import (
    answering,
    make_site,
    read_in,
    redirect,
    respond,
)
from aggregator.datasette_plugin.asked import LAST_PAGE, PAGE, Asked, Refusal, address, read_address
from aggregator.datasette_plugin.filtering import make_filters
from aggregator.edge import reading
from aggregator.edge.outputs import OUTPUTS, pages, render
from aggregator.model import Report, Story

_FORMS = ("json", "csv", "atom")


@answering
async def story_list(datasette: Any, request: Any) -> Any:
    """`/-/stories`: the list as a page."""
    asked = await read_address(datasette, request)
    report = await _read_report(datasette, asked)
    choices = await read_in(datasette, asked, reading.read_choices)
    place = _place(datasette, asked, report.stories)
    body = await asyncio.to_thread(
        pages.list_page, report, place, pages=_pages(datasette, asked, report), sections=False,
        filters=make_filters(datasette, asked, choices),
    )  # fmt: skip
    return respond(body, "text/html; charset=utf-8")


@answering
async def story_list_as(datasette: Any, request: Any) -> Any:
    """`/-/stories.json`, `.csv` and `.atom`: the same page of the list for programs."""
    asked = await read_address(datasette, request)
    report = await _read_report(datasette, asked)
    return await _rendered(datasette, request, report, None)


@answering
async def story_page(datasette: Any, request: Any) -> Any:
    """`/-/stories/ID`: one story; an id that was merged leads to where its copies went."""
    asked = await read_address(datasette, request)
    story = await _read_story(datasette, request, asked)
    if story.id != int(request.url_vars["story"]):
        return redirect(address(datasette, f"/{story.id}", asked))
    place = _place(datasette, asked, (story,))
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
    )  # fmt: skip
    return await _rendered(datasette, request, report, story)


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
    (r"^/-/stories" + _FORM, story_list_as),
    (f"^{_ID}$", story_page),
    (f"^{_ID}{_FORM}", story_as),
    *profiling.ROUTES,
]


async def _read_report(datasette: Any, asked: Asked) -> Report:
    now = datetime.now(UTC)
    report: Report = await read_in(
        datasette, asked, lambda db: reading.read_report(db, asked.query(), now=now)
    )
    return report


async def _read_story(datasette: Any, request: Any, asked: Asked) -> Story:
    number = int(request.url_vars["story"])
    story: Story | None = await read_in(datasette, asked, lambda db: reading.read_story(db, number))
    if story is None:
        raise Refusal(404, f"There is no story {number:,}")
    return story


def _place(datasette: Any, asked: Asked, stories: tuple[Story, ...]) -> pages.Place:
    search = (("q", asked.words),) if asked.words else ()
    forms = tuple(
        (label, address(datasette, f".{form}", asked, *search))
        for label, form in (("Atom", "atom"), ("JSON", "json"))
    )
    site = make_site(datasette, asked, forms=forms)
    return pages.Place(
        site=replace(site, atom=forms[0][1], search=asked.words, keep=asked.keep),
        story_url={story.id: address(datasette, f"/{story.id}", asked) for story in stories},
        story_links={
            story.id: (
                *((form, address(datasette, f"/{story.id}.{form}", asked)) for form in _FORMS),
                ("articles", _articles(datasette, asked, story)),
            )
            for story in stories
        },
    )


def _articles(datasette: Any, asked: Asked, story: Story) -> str:
    table_url: str = datasette.urls.table(asked.database, "articles")
    return f"{table_url}?cluster={story.id}&_sort=published_at"


def _pages(datasette: Any, asked: Asked, report: Report) -> pages.Pages:
    search = (("q", asked.words),) if asked.words else ()

    def page(number: int) -> str:
        return address(datasette, "", asked, *search, ("page", str(number)))

    more = report.total_stories > asked.page * PAGE and asked.page < LAST_PAGE
    return pages.Pages(
        before=page(asked.page - 1) if asked.page > 1 else "",
        after=page(asked.page + 1) if more else "",
    )


async def _rendered(datasette: Any, request: Any, report: Report, story: Story | None) -> Any:
    form = request.url_vars["form"]
    base_url = datasette.absolute_url(request, datasette.urls.path("/-/stories"))
    body = await asyncio.to_thread(render, report, form, story=story, base_url=base_url)
    return respond(body, OUTPUTS[form].media_type)
