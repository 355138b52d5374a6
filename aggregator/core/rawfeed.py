"""Reads RSS, RDF and Atom through feedparser into raw items; cleans nothing, opens nothing."""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass
from typing import Any

from aggregator.core.boundedfeed import bounded_parse
from aggregator.errors import ParseError

_PROLOGUE = re.compile(
    rb"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)", re.S | re.I
)
# An entity made of entities; `&#38;` becomes an ampersand before the value is read again.
_NESTED_ENTITY = re.compile(
    rb"<!ENTITY\s+[^\s\"'>]{1,200}\s+"
    rb"(?:\"[^\"]*&(?:(?!#)|#0*38;|#[xX]0*26;)[^\"]*\"|'[^']*&(?:(?!#)|#0*38;|#[xX]0*26;)[^']*')\s*>"
)
_FIRST_TAG = re.compile(rb"\s*<(?:[\w.\-]+:)?([a-zA-Z]\w*)")
_ENCODING = re.compile(
    rb"^((?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?)\s+encoding\s*=\s*[\"'][^\"']*[\"']"
)
# First bytes of text that spends two or four bytes on a character; four first, they begin alike.
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"), (b"{\0", "utf-16-le"), (b"\0{", "utf-16-be"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RawItem:
    """One item as written: markup, entities and odd addresses included; missing parts are empty."""

    guid: str = ""
    links: tuple[str, ...] = ()  # candidates for its address, best first
    title: str = ""
    summary: str = ""
    body: str = ""  # HTML
    authors: tuple[str, ...] = ()
    credit: str = ""
    source_url: str = ""  # where the item was taken from
    more_links: tuple[str, ...] = ()  # every other address: enclosures, related pages, via
    published: str = ""
    updated: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFeed:
    """A feed document as written."""

    title: str = ""
    link: str = ""
    language: str = ""
    items: tuple[RawItem, ...] = ()
    ttl: str = ""  # minutes, as RSS counts them
    period: str = ""  # sy:updatePeriod
    frequency: str = ""  # sy:updateFrequency
    warning: str = ""
    generator: str = ""  # the program that wrote it


def narrow(data: bytes) -> tuple[bytes, bool]:
    """The document in UTF-8 without its mark, and whether it was written in wide characters."""
    wide = next((name for mark, name in _WIDE if data.startswith(mark)), None)
    if wide:
        data = data.decode(wide, "replace").encode("utf-8", "replace")
        data = _ENCODING.sub(rb"\1", data, count=1)
    return data.removeprefix(codecs.BOM_UTF8), wide is not None


def without_bombs(data: bytes) -> bytes:
    """The document without declarations of entities made of entities.

    expat stops such bombs at 8 MB of text; six levels of ten make 3 MB, which took 77 MB.
    """
    return _NESTED_ENTITY.sub(b"", data) if b"<!ENTITY" in data else data


def root_name(data: bytes) -> str:
    """Return the local name of the first element in lower case; empty when text comes first.

    Comments, declarations and a document type in front are passed over, within 4 kB.
    """
    head = data[:4096]
    # One step at a time: a single pattern with a star around it would try every way to split.
    while match := _PROLOGUE.match(head):
        head = head[match.end() :]
    first = _FIRST_TAG.match(head)
    return first[1].decode("ascii", "replace").lower() if first else ""


def read_xml(data: bytes, *, url: str, charset: str | None, max_items: int) -> RawFeed:
    """Return the items of an RSS, RDF or Atom document, well formed or not.

    `charset` is the one the server named. Items past `max_items` come without content, so that
    they can be counted. Raises ParseError when feedparser finds no feed in `data`.
    """
    # Only the charset is handed on: "text/xml" alone would mean us-ascii by RFC 3023. Without a
    # content-location relative links and guids stay as written; `feeds` resolves the links.
    kind = "application/xml" + (f"; charset={charset}" if charset else "")
    try:
        # A stream, never a string: feedparser opens strings as addresses and file names.
        parsed = bounded_parse()(
            io.BytesIO(data),
            response_headers={"content-type": kind},
            # Bodies go to the page extractor and everything else becomes plain text, so the two
            # passes over embedded HTML would only cost time.
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        # feedparser runs old SGML code over hostile text; whatever breaks in it is the text's.
        raise ParseError(url, f"not a feed: the parser gave up ({type(error).__name__})") from None
    if not parsed.get("version") and not parsed.entries:
        raise ParseError(url, "not a feed: no RSS, RDF, Atom or JSON Feed in it")
    feed = parsed.feed
    atom = str(parsed.get("version", "")).startswith("atom")
    items = [_item(entry, atom=atom) for entry in parsed.entries[:max_items]]
    items += [RawItem()] * (len(parsed.entries) - len(items))
    return RawFeed(
        title=_text(feed, "title"),
        link=_text(feed, "link"),
        language=_text(feed, "language"),
        items=tuple(items),
        ttl=_text(feed, "ttl"),
        period=_text(feed, "sy_updateperiod"),
        frequency=_text(feed, "sy_updatefrequency"),
        warning=_warning(parsed),
        generator=_text(feed, "generator"),
    )


def _item(entry: Any, *, atom: bool) -> RawItem:
    guid, link = _text(entry, "id"), _text(entry, "link")
    links = [_text(entry, "feedburner_origlink")]
    # RSS takes a guid for the link when it has no other; "42" is then no address.
    if link != guid or _is_http(link):
        links.append(link)
    if atom and _is_http(guid):
        links.append(guid)
    updated = _text(entry, "updated")
    published = _text(entry, "published") or _text(entry, "created")
    source = dict.get(entry, "source") or {}
    details = dict.get(entry, "title_detail") or {}
    return RawItem(
        guid=guid,
        links=tuple(candidate for candidate in links if candidate),
        title=_text(entry, "title"),
        summary=_text(entry, "summary"),
        body=max((_text(part, "value") for part in _list(entry, "content")), key=len, default=""),
        authors=tuple(_authors(entry)),
        credit=_text(source, "title") or _text(entry, "publisher"),
        # RSS writes <source url>, Atom a whole <source> with the link of the feed's site.
        source_url=_text(source, "href") or _text(source, "link") or _text(source, "id"),
        more_links=tuple(
            _text(part, "href") for name in ("links", "enclosures") for part in _list(entry, name)
        ),
        # Outside Atom "updated" is dc:date: when the item appeared.
        published=published if atom else published or updated,
        updated=updated,
        language=_text(entry, "language") or _text(details, "language"),
    )


def _authors(entry: Any) -> list[str]:
    found = [_text(author, "name") or _text(author, "email") for author in _list(entry, "authors")]
    return found if any(found) else [_text(entry, "author")]


def _warning(parsed: Any) -> str:
    import feedparser

    error = parsed.get("bozo_exception")
    trivial = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
    if error is None or isinstance(error, trivial):
        return ""
    return f"{type(error).__name__}: {error}"


# feedparser's own lookups swap keys and warn about it ("updated" gives "published"), so the
# plain dictionary underneath is asked.
def _text(holder: Any, key: str) -> str:
    value = dict.get(holder, key)
    return value if isinstance(value, str) else ""


def _list(holder: Any, key: str) -> list[Any]:
    value = dict.get(holder, key)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _is_http(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))
