"""Reads the article objects that newsroom systems leave in a page's scripts; reads no markup.

Arc pages carry their story as ANS, Superdesk pages as ninjs. Both name the agency that wrote a
copy in a field of its own, which is the clearest signal a page can give.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.core.jsonld import MAX_FIELD, MAX_SCRIPT, text_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_VALUES = 4000  # JSON values looked at in one script

_ASSIGNED = re.compile(r"\.globalContent\s*=\s*(?=\{)")
_TELLING = re.compile(r'"(?:distributor|source_type|info_?sources?|creditline)"', re.IGNORECASE)
_WIRES = frozenset(["wires", "wire"])


def embedded_sources(tree: HtmlElement, url: str) -> Iterator[str]:
    """The agencies that the page's own article object names; those of other stories do not count.

    `url` tells the page's story from its neighbours in the same script.
    """
    seen: set[str] = set()
    for script in tree.iter("script"):
        text = (script.text or "")[:MAX_SCRIPT]
        if not _TELLING.search(text):
            continue
        for name in _of_script(script, text, url):
            if name and name not in seen:
                seen.add(name)
                yield name[:MAX_FIELD]


def _of_script(script: HtmlElement, text: str, url: str) -> Iterator[str]:
    assigned = _ASSIGNED.search(text)
    start = assigned.end() if assigned else 0
    kind = (script.get("type") or "").lower()
    if not assigned and "json" not in kind and script.get("id") != "__NEXT_DATA__":
        return
    try:
        content, _ = json.JSONDecoder(strict=False).raw_decode(text[start:].lstrip())
    except (ValueError, RecursionError):
        return
    if assigned and isinstance(content, dict):
        yield from _ans(content)
        yield from _ninjs(content)
        return
    for item in _objects(content):
        if _is_own(item, url):
            yield from _ans(item)
            yield from _ninjs(item)


def _objects(content: object) -> Iterator[dict[str, Any]]:
    queue = [content]
    for _ in range(MAX_VALUES):
        if not queue:
            return
        value = queue.pop(0)
        if isinstance(value, dict):
            yield value
            queue += [each for each in value.values() if isinstance(each, (dict, list))]
        elif isinstance(value, list):
            queue += [each for each in value[:200] if isinstance(each, (dict, list))]


def _is_own(item: dict[str, Any], url: str) -> bool:
    path = urlsplit(url).path.strip("/")
    named = [
        item.get(key) for key in ("canonical_url", "website_url", "url", "uri", "canonicalUrl")
    ]
    paths = (urlsplit(each).path.strip("/") for each in named if isinstance(each, str))
    return bool(path) and any(each and each == path for each in paths)


def _ans(item: dict[str, Any]) -> Iterator[str]:
    """The distributor when it is a wire, and the wire that the story's authors write for."""
    for key, kind in (("distributor", "category"), ("source", "source_type")):
        value = item.get(key)
        if isinstance(value, dict) and str(value.get(kind)).lower() in _WIRES:
            yield text_of(value.get("name"))
    credits = item.get("credits")
    authors = credits.get("by") if isinstance(credits, dict) else None
    for author in authors[:10] if isinstance(authors, list) else ():
        if isinstance(author, dict) and isinstance(author.get("org"), str) and author["org"]:
            yield ", ".join(filter(None, (text_of(author.get("name")), text_of(author["org"]))))


def _ninjs(item: dict[str, Any]) -> Iterator[str]:
    """Fields of the IPTC's ninjs, versions 1 to 3, where the item says that it is one."""
    if not any(key in item for key in ("versioncreated", "versionCreated", "$standard")):
        return
    for key in ("infosource", "infosources", "infoSources"):
        values = item.get(key)
        for value in values if isinstance(values, list) else [values]:
            yield text_of(value)
    for key in ("creditline", "creditLine", "copyrightholder", "copyrightHolder"):
        yield text_of(item.get(key))
