"""Reads and writes OPML lists of feeds; opens no address that is in one."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from xml.sax.saxutils import quoteattr

from aggregator.core.measures import parse_duration, show_duration
from aggregator.core.plain import one_line
from aggregator.core.rawfeed import root_name
from aggregator.core.urls import absolute_url, outlet_of
from aggregator.errors import ParseError

MAX_BYTES = 10_000_000
MAX_FEEDS = 10_000
_MAX_NAME = 200


# Our own attributes of an outline; other programs pass them over.
NAMESPACE = "https://aggregator.invalid/opml"
KINDS = ("feed", "sitemap")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlFeed:
    """One feed of a list: a name for people, an absolute http(s) URL and what else is known."""

    name: str
    url: str
    kind: str = "feed"  # or sitemap
    outlet: str | None = None
    every: int | None = None  # seconds
    language: str | None = None
    enabled: bool = True


def read_opml(data: bytes) -> tuple[OpmlFeed, ...]:
    """Return the feeds of an OPML document in order, each URL once, each with a name.

    Outlines without a usable http(s) URL are left out. Broken XML is read as far as it goes.
    Raises ParseError for what is no OPML, for entity declarations (no list needs one, and they
    can grow without bound), for more than 10 MB or 10,000 feeds, and for a list without feeds.
    """
    import listparser

    if len(data) > MAX_BYTES:
        raise ParseError("OPML", f"larger than {MAX_BYTES // 1_000_000} MB")
    data = _as_ascii(data)
    if re.search(rb"<!ENTITY", data, re.I):
        raise ParseError("OPML", "declares entities, which no list of feeds needs")
    if root_name(data) != "opml":
        raise ParseError("OPML", "not an OPML document: it does not begin with <opml>")
    try:
        # Bytes, never a string: listparser fetches strings that look like addresses.
        outlines = listparser.parse(data).get("feeds") or []
    except Exception as error:
        raise ParseError("OPML", f"cannot be read ({type(error).__name__})") from None
    if len(outlines) > MAX_FEEDS:
        raise ParseError("OPML", f"more than {MAX_FEEDS} feeds")
    feeds: dict[str, OpmlFeed] = {}
    more = _more(data)
    for outline in outlines:
        url = absolute_url(str(outline.get("url") or ""))
        if url:
            name = one_line(str(outline.get("title") or ""), _MAX_NAME) or outlet_of(url)
            feeds.setdefault(url, replace(more.get(url, OpmlFeed(name="", url=url)), name=name))
    if not feeds:
        raise ParseError("OPML", "no feed with an http or https URL in it")
    return tuple(feeds.values())


def write_opml(feeds: Iterable[OpmlFeed], title: str) -> str:
    """Return an OPML 2.0 document that lists `feeds` in the order given."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:news="{NAMESPACE}">',
        f"  <head><title>{_text(title)}</title></head>",
        "  <body>",
    ]
    lines += [
        f'    <outline type="rss" text={_attribute(feed.name)} xmlUrl={_attribute(feed.url)}'
        f"{_own(feed)}/>"
        for feed in feeds
    ]
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _own(feed: OpmlFeed) -> str:
    """The attributes for what OPML has no word for; `language` it has."""
    values = {
        "language": feed.language,
        "news:kind": None if feed.kind == "feed" else feed.kind,
        "news:outlet": feed.outlet,
        "news:every": show_duration(feed.every) if feed.every else None,
        "news:enabled": None if feed.enabled else "false",
    }
    return "".join(f" {name}={_attribute(value)}" for name, value in values.items() if value)


def _more(data: bytes) -> dict[str, OpmlFeed]:
    """What outlines say besides title and URL, by URL; listparser drops it."""
    from lxml import etree

    parser = etree.XMLParser(
        recover=True, resolve_entities=False, load_dtd=False, no_network=True, encoding="ascii"
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return {}
    found: dict[str, OpmlFeed] = {}
    for outline in root.iter("{*}outline") if root is not None else ():
        url = absolute_url(outline.get("xmlUrl") or "")
        if url:
            found.setdefault(url, _described(outline.attrib, url))
    return found


def _described(values: Mapping[str, str], url: str) -> OpmlFeed:
    """What can be used of an outline's attributes; anything else is passed over."""
    own = {name: values.get(f"{{{NAMESPACE}}}{name}", "") for name in ("kind", "outlet", "every")}
    language = values.get("language", "")
    try:
        every = int(parse_duration(own["every"])) if own["every"] else None
    except ValueError:
        every = None
    return OpmlFeed(
        name="",
        url=url,
        kind=own["kind"] if own["kind"] in KINDS else "feed",
        outlet=one_line(own["outlet"], _MAX_NAME) or None,
        every=every,
        language=language if re.fullmatch("[a-z]{2,3}", language) else None,
        enabled=values.get(f"{{{NAMESPACE}}}enabled") != "false",
    )


def _as_ascii(data: bytes) -> bytes:
    """The document in ASCII and character references; listparser 0.20 guesses Latin-1 else."""
    declared = re.match(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:\-]{1,40})", data)
    names = ["utf-8-sig", declared[1].decode("ascii") if declared else "windows-1252"]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        names = ["utf-16"]
    for name in names:
        try:
            return data.decode(name).encode("ascii", "xmlcharrefreplace")
        except (LookupError, ValueError):
            continue
    return data.decode("utf-8", "replace").encode("ascii", "xmlcharrefreplace")


def _text(text: str) -> str:
    return one_line(text, _MAX_NAME).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute(text: str) -> str:
    return quoteattr(one_line(text, 4 * _MAX_NAME))
