"""Reads what a page says about itself in its head, JSON-LD and byline; must not judge it.

Extractors drop the evidence: trafilatura 2.3.1 loses organisation authors and one-word authors
such as "AFP", and follows a foreign rel=canonical. So the raw page is read here first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.core.beside import beside_headline, captions_of, lines_above, source_lines
from aggregator.core.embedded import embedded_sources
from aggregator.core.jsonld import (
    body_of,
    json_nodes,
    kinds_of,
    node_sources,
    own_node,
    people,
    squeeze,
    text_of,
)
from aggregator.core.sheet import Sheet

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_FIELD = 300  # characters
MAX_AUTHORS = 20

# In order of trust.
_META_AUTHOR = (
    "author", "article:author", "dc.creator", "dcterms.creator", "dc.creator.name",
    "parsely-author", "sailthru.author", "byl", "og:article:author", "cxenseparse:author",
    "bylines", "news_authors",
)  # fmt: skip
_LIKE_AUTHOR = re.compile(
    r"^(?!.*(?:twitter|image|img|photo|url|link|mail|id$|type|count|web.?author|avatar)).*"
    r"(?:author|creator|byline)s?(?:[._-]?names?)?$"
)
_META_SOURCE = (
    "dc.source", "source", "syndication-source", "original-source", "article:provider",
    "news:provider", "dc.publisher.original", "copyright-holder", "agency", "article:source",
    "news_source", "contentsource", "content-source", "dcterms.source", "provider",
    "article:agency", "cxenseparse:source", "dcterms.rightsholder", "rights-holder",
)  # fmt: skip
_META_DATE = (
    "article:published_time", "og:published_time", "og:article:published_time", "date",
    "pubdate", "publishdate", "publish-date", "publication_date", "dc.date", "dc.date.issued",
    "dcterms.created", "dcterms.date", "parsely-pub-date", "sailthru.date", "datepublished",
    "cxenseparse:recs:publishtime", "originalpublicationdate", "article.published",
    "displaydate",
)  # fmt: skip
_META_MODIFIED = (
    "article:modified_time", "og:updated_time", "og:modified_time", "datemodified", "lastmod",
    "last-modified", "dcterms.modified", "dc.date.modified", "revised",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMeta:
    """A page's own statements, untouched but for white space; empty where it says nothing.

    `authors` come from JSON-LD and meta tags, `bylines` from visible elements beside the
    headline, `above` are short lines there that no markup calls a byline, `below` those right
    after the story, `captions` texts of pictures. `sources` are (zone, text) pairs of structured
    source fields, `published` are raw dates in order of trust, `modified` the same for changes,
    `kinds` the lower-case JSON-LD types and the og:type.
    """

    headline: str = ""
    og_title: str = ""
    h1: str = ""
    page_title: str = ""
    site_name: str = ""
    description: str = ""
    canonical: str = ""
    og_url: str = ""
    authors: tuple[str, ...] = ()
    bylines: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    published: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    language: str = ""
    locale: str = ""
    section: str = ""
    body: str = ""
    kinds: frozenset[str] = frozenset()
    paid: bool = False
    noindex: bool = False


def read_meta(sheet: Sheet, url: str = "") -> PageMeta:
    """What a page says about itself; `url` picks its own node among several."""
    tree = sheet.tree
    names, properties = _meta_tags(tree)
    nodes = list(json_nodes(tree))
    node = own_node(nodes, url)
    bylines, h1, times = beside_headline(sheet, _first(properties, "og:title"))
    sources = [("structured data", text) for text in node_sources(node)]
    sources += [("structured data", text) for text in embedded_sources(tree, url)]
    sources += [("source line", text) for text in source_lines(sheet)]
    sources += [("meta tag", text) for name in _META_SOURCE for text in names.get(name, ())]
    authors = list(people(node.get("author"), nodes)) + list(people(node.get("creator"), nodes))
    for name in _author_names(names, properties):
        authors += names.get(name, ()) or properties.get(name, ())
    published = [text_of(node.get("datePublished"))]
    for name in _META_DATE:
        published += names.get(name, ()) or properties.get(name, ())
    published += _itemprop_dates(sheet) + times
    modified = [text_of(node.get("dateModified"))]
    for name in _META_MODIFIED:
        modified += names.get(name, ()) or properties.get(name, ())
    kinds = {kind.lower() for each in nodes for kind in kinds_of(each)}
    kinds |= {value.lower() for value in properties.get("og:type", ())}
    return PageMeta(
        headline=text_of(node.get("headline") or (node.get("name") if node else "")),
        og_title=_first(properties, "og:title") or _first(names, "twitter:title"),
        h1=h1,
        page_title=squeeze(tree.findtext(".//title") or ""),
        site_name=_first(properties, "og:site_name") or text_of(node.get("publisher")),
        description=_first(names, "description") or _first(properties, "og:description"),
        canonical=_link(tree, "canonical"),
        og_url=_first(properties, "og:url"),
        authors=_distinct(authors)[:MAX_AUTHORS],
        bylines=_distinct(bylines)[:MAX_AUTHORS],
        above=_distinct(lines_above(sheet, h1)),
        captions=captions_of(sheet),
        sources=tuple(dict.fromkeys((zone, text) for zone, text in sources if text)),
        published=_distinct(published),
        modified=_distinct(modified),
        language=_language(tree, names),
        locale=_first(properties, "og:locale") or text_of(node.get("inLanguage")),
        section=text_of(node.get("articleSection")) or _first(properties, "article:section"),
        body=body_of(node),
        kinds=frozenset(kinds),
        paid=str(node.get("isAccessibleForFree", "")).lower() == "false",
        noindex="noindex" in _first(names, "robots").lower(),
    )


def _author_names(*tables: dict[str, list[str]]) -> list[str]:
    """The known author tags, then those that are one by their name: "articleAuthor"."""
    others = (name for table in tables for name in table if _LIKE_AUTHOR.search(name))
    return list(dict.fromkeys([*_META_AUTHOR, *others]))


def _distinct(values: list[str]) -> tuple[str, ...]:
    cleaned = (squeeze(value)[:MAX_FIELD] for value in values)
    kept = (value for value in cleaned if value and not value.startswith(("http:", "https:")))
    return tuple(dict.fromkeys(kept))


def _first(table: dict[str, list[str]], name: str) -> str:
    return squeeze(next(iter(table.get(name, ())), ""))


def _meta_tags(tree: HtmlElement) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    names: dict[str, list[str]] = {}
    properties: dict[str, list[str]] = {}
    for tag in tree.iter("meta"):
        content = tag.get("content")
        if not content:
            continue
        for attribute, table in (("name", names), ("itemprop", names), ("property", properties)):
            if key := tag.get(attribute):
                table.setdefault(key.strip().lower(), []).append(content[:2000])
        if (tag.get("http-equiv") or "").lower() == "content-language":
            names.setdefault("content-language", []).append(content[:40])
    # Many sites put Open Graph under `name`, and plain names under `property`.
    for key, values in names.items():
        if key.startswith(("og:", "article:")):
            properties.setdefault(key, values)
    return names, properties


def _language(tree: HtmlElement, names: dict[str, list[str]]) -> str:
    root = tree.getroottree().getroot()
    xml = "{http://www.w3.org/XML/1998/namespace}lang"
    declared = root.get("lang") or root.get(xml) or root.get("xml:lang")
    return squeeze(declared or _first(names, "content-language"))


def _link(tree: HtmlElement, relation: str) -> str:
    for tag in tree.iter("link"):
        if relation in (tag.get("rel") or "").lower().split() and tag.get("href"):
            return squeeze(tag.get("href"))[:2000]
    return ""


def _itemprop_dates(sheet: Sheet) -> list[str]:
    named = {each for each, name in sheet.properties if name == "datePublished"}
    dated = (each for each in sheet.elements if each in named or each.get("pubdate") is not None)
    raw = (each.get("datetime", each.get("content")) for each in dated)
    return [each for each in raw if each is not None][:3]
