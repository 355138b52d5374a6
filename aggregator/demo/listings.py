"""Renders the feeds of the invented day in four dialects; the same edition gives the same bytes."""

from __future__ import annotations

import json
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any

from aggregator.demo.day import DayFeed, Page, pages_of_feed
from aggregator.demo.pages import environment, iso

_SUMMARY_CHARACTERS = 220
_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "json": "application/feed+json",
}


def render_feed(feed: DayFeed, edition: int) -> bytes:
    """The bytes of a feed as it stands in an edition."""
    pages = pages_of_feed(feed, edition)
    if feed.dialect == "json":
        return json.dumps(_json_feed(feed, pages), ensure_ascii=False, indent=1).encode()
    text = (
        environment()
        .get_template(f"feed.{feed.dialect}")
        .render(
            feed=feed,
            outlet=feed.outlet,
            items=[_item(feed, page) for page in pages],
            changed=max(page.updated_at for page in pages),
            rfc822=_rfc822,
        )
    )
    return text.encode(feed.encoding, "xmlcharrefreplace")


def feed_type(feed: DayFeed) -> str:
    """The Content-Type of a feed; XML declares its own encoding, so no charset is added."""
    return _TYPES[feed.dialect]


def _item(feed: DayFeed, page: Page) -> dict[str, Any]:
    shows_author = page.author and (not page.agency_author or "feed" in feed.outlet.credit_in)
    return {
        "page": page,
        "link": page.url + _tracking(page, feed),
        "guid": f"tag:{page.outlet.host},2026-11-20:{page.path}",
        "summary": _summary(page),
        "author": page.author if shows_author else "",
        "full": _body(page) if feed.full else "",
    }


def _tracking(page: Page, feed: DayFeed) -> str:
    if not feed.tracking:
        return ""
    return ("&" if "?" in page.path else "?") + feed.tracking


def _summary(page: Page) -> str:
    """The deck, or the opening words of the first paragraph, cut at a word."""
    text = page.deck or next((block.text for block in page.blocks if block.kind == "p"), "")
    if len(text) <= _SUMMARY_CHARACTERS:
        return text
    cut = text[:_SUMMARY_CHARACTERS]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + "…"


def _body(page: Page) -> str:
    marks = {"h2": "h2"}
    return "".join(
        f"<{marks.get(block.kind, 'p')}>{escape(block.text, quote=False)}"
        f"</{marks.get(block.kind, 'p')}>"
        for block in page.blocks
    )


def _json_feed(feed: DayFeed, pages: tuple[Page, ...]) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    for page in pages:
        row = _item(feed, page)
        item = {
            "id": row["guid"],
            "url": row["link"],
            "title": page.headline,
            "summary": row["summary"],
        }
        if page.listed_at:
            item["date_published"] = iso(page.listed_at)
        if row["author"]:
            item["authors"] = [{"name": row["author"]}]
        items.append(item)
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.outlet.name,
        "home_page_url": f"http://{feed.outlet.host}/",
        "feed_url": feed.url,
        "language": feed.language,
        "items": items,
    }


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)
