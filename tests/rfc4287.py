"""What RFC 4287 (Atom) and RFC 5005 (paging) demand of a feed, as a list of what it breaks.

Written from the two documents, because no maintained package on PyPI validates Atom: the one known
validator is a web site, and its last Debian package was for Python 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import ada_url
import lxml.etree
import lxml.html

ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ONE = {"feed": ("id", "title", "updated"), "entry": ("id", "title", "updated")}
AT_MOST_ONE = {
    "feed": ("generator", "icon", "logo", "rights", "subtitle"),
    "entry": ("content", "published", "rights", "source", "summary"),
}
CHILDREN = {
    "feed": {
        "author", "category", "contributor", "generator", "icon", "id", "link", "logo", "rights",
        "subtitle", "title", "updated", "entry",
    },
    "entry": {
        "author", "category", "content", "contributor", "id", "link", "published", "rights",
        "source", "summary", "title", "updated",
    },
}  # fmt: skip
ATTRIBUTES = {
    "link": {"href", "rel", "type", "hreflang", "title", "length"},
    "category": {"term", "scheme", "label"},
    "content": {"type", "src"},
    "title": {"type"}, "summary": {"type"}, "subtitle": {"type"}, "rights": {"type"},
    "generator": {"uri", "version"},
}  # fmt: skip
# Registered with IANA; a bare word that is not may not stand in `rel`.
RELATIONS = {"alternate", "related", "self", "enclosure", "via", "first", "last", "next",
             "previous", "replies", "edit"}  # fmt: skip
# RFC 3339: the T and Z are capitals, a zone must be there.
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# RFC 3987, roughly: characters that no IRI holds.
NOT_IN_IRIS = re.compile(r"[\x00-\x20\x7f-\xa0<>\"\\^`{|}]|%(?![0-9A-Fa-f]{2})")
MEDIA = re.compile(r"[\w.+-]+/[\w.+-]+")
ISO_639 = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def faults(text: str) -> list[str]:
    """Every way in which an Atom document breaks the two RFCs; empty for a valid one."""
    document = text.encode()
    try:
        root = lxml.etree.fromstring(document, lxml.etree.XMLParser(resolve_entities=False))
    except lxml.etree.XMLSyntaxError as error:
        return [f"not well-formed: {error}"]
    if root.tag != ATOM + "feed":
        return [f"the root is {root.tag}"]
    return [*_container(root, "feed"), *_feed(root)]


def _feed(feed: Any) -> Iterator[str]:
    names: dict[tuple[str, str], int] = {}
    for entry in feed.findall(ATOM + "entry"):
        yield from _container(entry, "entry")
        key = (entry.findtext(ATOM + "id"), entry.findtext(ATOM + "updated"))
        names[key] = names.get(key, 0) + 1
        if entry.find(ATOM + "author") is None and feed.find(ATOM + "author") is None:
            yield f"{key[0]}: no author"
        links = entry.findall(ATOM + "link")
        content = entry.find(ATOM + "content")
        if content is None and not [each for each in links if _rel(each) == "alternate"]:
            yield f"{key[0]}: neither content nor an alternate link"
        src = content is not None and content.get("src") is not None
        if src and entry.find(ATOM + "summary") is None:
            yield f"{key[0]}: content elsewhere, and no summary"
    yield from (
        f"{key[0]} stands {n} times with one `updated`" for key, n in names.items() if n > 1
    )


def _container(element: Any, kind: str) -> Iterator[str]:
    """A feed or an entry: which children, and how often."""
    where = element.findtext(ATOM + "id") or kind
    for name in ONE[kind]:
        if len(element.findall(ATOM + name)) != 1:
            yield f"{where}: {len(element.findall(ATOM + name))} times {name}"
    for name in AT_MOST_ONE[kind]:
        if len(element.findall(ATOM + name)) > 1:
            yield f"{where}: more than one {name}"
    seen = set()
    for child in element:
        name = str(child.tag).removeprefix(ATOM)
        if name not in CHILDREN[kind]:
            yield f"{where}: {child.tag} has no place here"
            continue
        extra = set(child.attrib) - ATTRIBUTES.get(name, set()) - {XML_LANG}
        yield from (f"{where}: {name} has no attribute {each}" for each in sorted(extra))
        if (lang := child.get(XML_LANG)) and not ISO_639.fullmatch(lang):
            yield f"{where}: {name} is in no language: {lang!r}"
        check = _CHECKS.get(name)
        yield from (f"{where}: {name}: {fault}" for fault in (check(child) if check else ()))
        if name == "link" and _rel(child) == "alternate":
            key = (child.get("type"), child.get("hreflang"))
            if key in seen:
                yield f"{where}: two alternate links of one type"
            seen.add(key)


def _rel(link: Any) -> str:
    return str(link.get("rel", "alternate"))


def _iri(text: str | None) -> Iterator[str]:
    if not text or NOT_IN_IRIS.search(text):
        yield f"{text!r} is no IRI"
    elif not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text):
        yield f"{text!r} is not absolute"
    elif text.startswith(("http:", "https:")):
        try:
            ada_url.URL(text)
        except ValueError:
            yield f"{text!r} is no address"


def _id(element: Any) -> Iterator[str]:
    yield from _iri(element.text)


def _date(element: Any) -> Iterator[str]:
    text = element.text or ""
    if not DATE.fullmatch(text):
        yield f"{text!r} is no date of RFC 3339"
        return
    try:
        datetime.fromisoformat(text)
    except ValueError:
        yield f"{text!r} is no date"


def _person(element: Any) -> Iterator[str]:
    names = element.findall(ATOM + "name")
    if len(names) != 1 or not (names[0].text or "").strip():
        yield "a person has one name"
    for child in element:
        if child.tag not in (ATOM + "name", ATOM + "uri", ATOM + "email"):
            yield f"{child.tag} has no place in a person"


def _link(element: Any) -> Iterator[str]:
    yield from _iri(element.get("href"))
    rel = _rel(element)
    if rel not in RELATIONS and ":" not in rel:
        yield f"{rel!r} is no registered relation"
    if element.get("type") is not None and not MEDIA.fullmatch(element.get("type")):
        yield f"{element.get('type')!r} is no media type"
    if len(element) or (element.text or "").strip():
        yield "a link is empty"


def _category(element: Any) -> Iterator[str]:
    if not element.get("term"):
        yield "a category has a term"


def _text(element: Any) -> Iterator[str]:
    kind = element.get("type", "text")
    if kind not in ("text", "html", "xhtml"):
        yield f"{kind!r} is no type of text"
    if kind in ("text", "html") and len(element):
        yield f"an element inside {kind}"
    if not (element.text or "").strip() and kind != "xhtml":
        yield "empty"
    if kind == "html":
        lxml.html.fragment_fromstring(element.text or "", create_parent="div")


def _content(element: Any) -> Iterator[str]:
    kind = element.get("type", "text")
    if element.get("src") is not None:
        yield from _iri(element.get("src"))
    elif kind in ("text", "html", "xhtml"):
        yield from _text(element)
    elif not MEDIA.fullmatch(kind):
        yield f"{kind!r} is no type"


_CHECKS = {
    "id": _id, "updated": _date, "published": _date, "author": _person, "contributor": _person,
    "link": _link, "category": _category, "title": _text, "summary": _text, "subtitle": _text,
    "rights": _text, "content": _content, "icon": _id, "logo": _id,
}  # fmt: skip
