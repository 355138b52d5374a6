"""Reads JSON Feed 1.0 and 1.1 into raw items; cleans nothing, which `feeds` does for all kinds."""

from __future__ import annotations

import html
import json
from typing import Any

from aggregator.core.rawfeed import RawFeed, RawItem
from aggregator.errors import ParseError


def read_jsonfeed(text: str, *, url: str) -> RawFeed:
    """Return the items of a JSON Feed document.

    Raises ParseError when `text` is no JSON, or JSON that is no JSON Feed.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(url, f"not a feed: broken JSON ({error})"[:200]) from None
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise ParseError(url, "not a feed: JSON, but no JSON Feed (it has no list of items)")
    version = document.get("version")
    if not (isinstance(version, str) and "jsonfeed.org/version/" in version):
        raise ParseError(url, "not a feed: JSON, but no JSON Feed (it names no version)")
    return RawFeed(
        title=_text(document.get("title")),
        link=_text(document.get("home_page_url")),
        language=_text(document.get("language")),
        items=tuple(_item(item) for item in document["items"] if isinstance(item, dict)),
    )


def _item(item: dict[str, Any]) -> RawItem:
    text = _text(item.get("content_text"))
    body = _text(item.get("content_html")) or html.escape(text)
    return RawItem(
        guid=_text(item.get("id")),
        links=tuple(_text(item.get(name)) for name in ("url", "external_url")),
        title=_text(item.get("title")),
        summary=_text(item.get("summary")) or body,
        body=body,
        authors=_authors(item),
        more_links=tuple(_text(part.get("url")) for part in _list(item.get("attachments"))),
        published=_text(item.get("date_published")),
        updated=_text(item.get("date_modified")),
        language=_text(item.get("language")),
    )


def _authors(item: dict[str, Any]) -> tuple[str, ...]:
    listed = item.get("authors")
    people = listed if isinstance(listed, list) else [item.get("author")]
    return tuple(_text(person.get("name")) for person in people if isinstance(person, dict))


def _list(value: object) -> list[dict[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    """A string, or a number written out; identifiers are numbers in many feeds."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
