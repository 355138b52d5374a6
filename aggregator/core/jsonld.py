"""Reads the JSON-LD of a page, bounded; must not read its visible part."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Bounds against hostile pages; the longest JSON-LD script in 290 news pages had 30 kB.
MAX_SCRIPT = 2_000_000  # characters
MAX_NODES = 400
MAX_NAMES = 20
MAX_FIELD = 300  # characters

_ARTICLE_TYPES = re.compile(r"(Article|BlogPosting|Report|Posting)$")
_SPACE = re.compile(r"\s+")


def json_nodes(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """JSON-LD objects of the page, through lists and @graph, breadth first and bounded."""
    queue: list[object] = []
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or not script.text:
            continue
        text = script.text.strip()[:MAX_SCRIPT]
        text = text.removeprefix("<!--").removesuffix("-->").rstrip(";\n ")
        try:
            queue.append(json.loads(text, strict=False))
        except (ValueError, RecursionError):
            continue
    seen = 0
    while queue and seen < MAX_NODES:
        value = queue.pop(0)
        seen += 1
        if isinstance(value, list):
            queue += value[:MAX_NODES]
        elif isinstance(value, dict):
            yield value
            queue += [value[key] for key in ("@graph", "mainEntity") if key in value]


def kinds_of(node: dict[str, Any]) -> list[str]:
    kind = node.get("@type")
    return [each for each in (kind if isinstance(kind, list) else [kind]) if isinstance(each, str)]


def own_node(nodes: list[dict[str, Any]], url: str) -> dict[str, Any]:
    """The article object of this page: the one naming its URL, else the first with a headline."""
    articles = [node for node in nodes if any(map(_ARTICLE_TYPES.search, kinds_of(node)))]
    path = url.partition("://")[2].partition("?")[0].rstrip("/")
    for node in articles:
        names = (node.get("url"), node.get("@id"), node.get("mainEntityOfPage"))
        texts = [each.get("@id") if isinstance(each, dict) else each for each in names]
        if path and any(isinstance(each, str) and path in each for each in texts):
            return node
    with_headline = [node for node in articles if node.get("headline") or node.get("articleBody")]
    return next(iter(with_headline or articles), {})


def body_of(node: dict[str, Any]) -> str:
    body = node.get("articleBody")
    if isinstance(body, list):
        body = "\n".join(each for each in body if isinstance(each, str))
    return body if isinstance(body, str) else ""


def people(value: object, nodes: list[dict[str, Any]], depth: int = 0) -> Iterator[str]:
    """Names in a JSON-LD author, persons and organisations alike; @id references are followed."""
    if depth > 3:
        return
    if isinstance(value, list):
        for each in value[:MAX_NAMES]:
            yield from people(each, nodes, depth + 1)
    elif isinstance(value, dict):
        if value.get("name"):
            yield from people(value["name"], nodes, depth + 1)
        elif reference := value.get("@id"):
            named = (n for n in nodes if n.get("@id") == reference and n is not value)
            yield from people(next((n.get("name") for n in named), None), nodes, depth + 1)
    elif isinstance(value, str) and not value.startswith(("http:", "https:")):
        yield text_of(value)


def node_sources(node: dict[str, Any]) -> Iterator[str]:
    """Fields of the article object itself; those of its images prove nothing about the text.

    What it is based on is an address, the rest are names: an author's employer among them.
    """
    for key in ("sourceOrganization", "provider", "creditText", "copyrightHolder"):
        for value in _each(node.get(key)):
            yield text_of(value)[:MAX_FIELD]
    for value in _each(node.get("isBasedOn")):
        yield _address_or_name(value)[:MAX_FIELD]
    for author in _each(node.get("author")):
        if isinstance(author, dict):
            for employer in (author.get("worksFor"), author.get("affiliation")):
                if name := text_of(employer):
                    yield f"{text_of(author.get('name'))}, {name}"[:MAX_FIELD]


def _each(value: object) -> list[object]:
    return value[:MAX_NAMES] if isinstance(value, list) else [value]


def _address_or_name(value: object) -> str:
    """Of a work: its address, else who provides it. Its name would be a headline."""
    if isinstance(value, str):
        return value if value.startswith("http") else ""
    if not isinstance(value, dict):
        return ""
    for key in ("url", "@id", "sameAs"):
        found = value.get(key)
        if isinstance(found, str) and found.startswith("http"):
            return found
    maker = value.get("publisher") or value.get("provider") or value.get("sourceOrganization")
    organisation = value if "Organization" in " ".join(kinds_of(value)) else maker
    return text_of(organisation)


def text_of(value: object) -> str:
    """The text of a JSON-LD value that may be a string, an object with a name, or a list."""
    if isinstance(value, str):
        from html import unescape

        return squeeze(unescape(value))
    if isinstance(value, dict):
        return text_of(value.get("name") or value.get("@value"))
    if isinstance(value, list):
        return next((found for found in map(text_of, value) if found), "")
    return ""


def squeeze(text: str) -> str:
    """`text` on one line, with single spaces."""
    return _SPACE.sub(" ", text).strip()
