"""Renders the pages of the invented day as HTML bytes; it must give the same bytes every time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from aggregator.demo.day import AGENCIES, UNWRITTEN, Page, read_feeds, read_labels, read_pages

if TYPE_CHECKING:
    from jinja2 import Environment

CHARSET = "utf-8"
_LISTED = 5  # titles in a box beside an article


def render_page(page: Page) -> bytes:
    """The bytes that the page's address answers with."""
    if page.kind == "missing":
        raise ValueError(f"{page.url} answers 404 and has no page")
    special = {"consent": "consent", "listing": "index", "index": "index", "empty": "shell"}
    name = special.get(page.kind, page.outlet.key)
    siblings = _siblings(page)
    start = next((n for n, other in enumerate(siblings) if other.url == page.url), 0)
    turned = (*siblings[start + 1 :], *siblings[:start])
    text = (
        environment()
        .get_template(f"{name}.html")
        .render(
            page=page,
            outlet=page.outlet,
            say=read_labels()[page.language],
            related=turned[:_LISTED],
            most_read=siblings[:_LISTED],
            listed=siblings,
            teasers=page.outlet.promos,
            credited=frozenset(page.outlet.credit_in),
            json_ld=_json_ld(page),
            feeds=[feed for feed in read_feeds() if feed.outlet.key == page.outlet.key],
        )
    )
    return text.encode(CHARSET)


@cache
def environment() -> Environment:
    """The template environment: everything is escaped, an unknown name is an error."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("aggregator.demo", "data/templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["day_in"] = _day_in
    made.filters["clock"] = lambda moment: f"{moment:%H:%M}"
    made.filters["iso"] = iso
    return made


def iso(moment: datetime) -> str:
    """A UTC time as feeds and meta tags write it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _siblings(page: Page) -> tuple[Page, ...]:
    """What the boxes beside a page can list: the first edition, so that boxes never change."""
    return tuple(
        other
        for other in reversed(read_pages(1))
        if other.outlet.key == page.outlet.key
        and other.language == page.language
        and other.kind not in UNWRITTEN
    )


def _day_in(moment: datetime, language: str) -> str:
    """A date of the invented November as the language writes it."""
    patterns = {
        "en": "{0.day} November {0.year}",
        "de": "{0.day}. November {0.year}",
        "us": "November {0.day}, {0.year}",
        "es": "{0.day} de noviembre de {0.year}",
        "fr": "{0.day} novembre {0.year}",
        "ja": "{0.year}年11月{0.day}日",
    }
    return patterns[language].format(moment)


def _json_ld(page: Page) -> str:
    """Structured data as sites embed it; the agency, where it is named, is an Organization."""
    shows_agency = "jsonld" in page.outlet.credit_in
    author: Mapping[str, Any] = {"@type": "Organization", "name": page.outlet.name}
    if page.author in AGENCIES and shows_agency:
        author = {"@type": "Organization", "name": page.author}
    elif page.author in page.outlet.bios:
        author = {"@type": "Person", "name": page.author}
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": page.headline,
        "datePublished": iso(page.published_at),
        "dateModified": iso(page.updated_at),
        "author": [author],
        "publisher": {"@type": "NewsMediaOrganization", "name": page.outlet.name},
    }
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    # A script element must not be closed by its own data.
    return text.replace("<", "\\u003c")
