"""Reads bytes of RSS, RDF, Atom and JSON Feed into entries and hints; opens no URL and no file."""

from __future__ import annotations

import codecs
import hashlib
import html
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from aggregator.core.dates import parse_date, read_date
from aggregator.core.jsonfeed import read_jsonfeed
from aggregator.core.plain import one_line, plain_text, without_controls
from aggregator.core.rawfeed import RawFeed, RawItem, narrow, read_xml, root_name, without_bombs
from aggregator.core.sifting import guid_mark
from aggregator.core.urls import clean_url
from aggregator.errors import ParseError
from aggregator.model import Entry, Hints, ParsedFeed

MAX_ENTRIES = 2000  # Media Cloud's cap per feed; the rest is counted
MAX_TITLE = 1_000  # characters, as are the others
MAX_SUMMARY = 10_000
MAX_BODY = 1_000_000
MAX_NAME = 200
MAX_AUTHORS = 20
MAX_LINKS = 20
MAX_GUID = 1_000
MAX_TTL = 7 * 86_400  # seconds
OWN_GENERATOR = "news-aggregator-dedup"  # what the Atom output says it was made by

_SECONDS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000}
_CONTROLS = bytes(set(range(32)) - {0x09, 0x0A, 0x0D, 0x1B})  # ESC shifts ISO-2022 text
_ABOVE_ASCII = bytes(range(128, 256))
_REFERENCE = re.compile(rb"&#([xX][0-9a-fA-F]{1,9}|[0-9]{1,9});?")
_FEED_TAG = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
_ANY_FEED_TAG = re.compile(rb"<(?:[\w.\-]+:)?(?:rss|rdf|feed|channel|item|entry)[\s/>]", re.I)
_XML_CHARSET = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:\-]{1,40})[\"']", re.I)
_HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:\-]{1,40})", re.I)
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{1,8}){0,4}", re.I)
_OTHER_KINDS = {
    "html": "a web page (HTML)", "body": "a web page (HTML)", "head": "a web page (HTML)",
    "urlset": "a sitemap; its kind is `sitemap`",
    "sitemapindex": "an index of sitemaps; its kind is `sitemap`",
    "opml": "an OPML list; import it with `aggregator init --from-opml`",
}  # fmt: skip


def parse_feed(
    data: bytes,
    *,
    url: str,
    content_type: str | None,
    now: datetime,
    max_entries: int = MAX_ENTRIES,
) -> ParsedFeed:
    """Return the entries of a feed document as plain, bounded, absolute values.

    `url` is where the document came from (base of relative links), `content_type` the header as
    sent. `published_at` is what the item calls its publication, `updated_at` its last change; an
    Atom entry may have only the latter. Entries past `max_entries` are counted in `dropped`.

    Raises ParseError ("not a feed: ...") for HTML, empty documents, JSON that is no JSON Feed
    and everything else that is no feed; nothing else. Time grows with the square of the number
    of attributes in one tag, so hostile input belongs in a worker with a deadline.
    """
    data, wide = plain_bytes(data)
    if not data:
        raise ParseError(url, "not a feed: the document is empty")
    if data[:1] in (b"{", b"["):
        feed = read_jsonfeed(data.decode("utf-8", "replace"), url=url)
    else:
        _refuse_other_kinds(data, url)
        charset = "utf-8" if wide else http_charset(content_type)
        feed = _read_xml(data, url=url, charset=charset, limit=max_entries)
    if feed.generator.strip() == OWN_GENERATOR:
        raise ParseError(url, "not a source: this is a report that this program wrote itself")
    items = feed.items[:max_entries]
    spoken = _language(feed.language)
    entries = [_entry(item, url=url, language=spoken, now=now) for item in items]
    return ParsedFeed(
        title=plain_text(feed.title, MAX_TITLE),
        link=clean_url(feed.link, url) if feed.link else None,
        language=spoken,
        entries=_told_apart(entry for entry in entries if entry),
        hints=Hints(ttl=_ttl(feed)),
        dropped=len(feed.items) - len(items),
        warning=one_line(feed.warning, MAX_NAME) or None,
        guids=tuple(guid_mark(entry.guid) if entry else "" for entry in entries),
    )


def plain_bytes(data: bytes) -> tuple[bytes, bool]:
    """The document one byte to an ASCII character, without controls; whether it was wider."""
    data, wide = narrow(data)
    return data.translate(None, _CONTROLS).lstrip(), wide


def http_charset(content_type: str | None) -> str | None:
    """The charset that a Content-Type header names."""
    found = _HTTP_CHARSET.search(content_type or "")
    return found[1] if found else None


def xml_charset(data: bytes) -> str | None:
    """The encoding that an XML declaration names."""
    found = _XML_CHARSET.match(data)
    return found[1].decode("ascii") if found else None


def _refuse_other_kinds(data: bytes, url: str) -> None:
    kind = _OTHER_KINDS.get(root_name(data))
    # Some software wraps a whole feed into a page; escaped source code does not match.
    if kind and not ("HTML" in kind and _FEED_TAG.search(data, 0, 65_536)):
        raise ParseError(url, f"not a feed: this is {kind}")
    # feedparser takes 20 s to find nothing in 10 MB of HTML that lacks its first tag.
    if not _ANY_FEED_TAG.search(data, 0, 262_144):
        raise ParseError(url, "not a feed: no RSS, RDF, Atom or JSON Feed in it")


def _read_xml(data: bytes, *, url: str, charset: str | None, limit: int) -> RawFeed:
    data = _REFERENCE.sub(_if_xml_allows, data)
    data = without_bombs(data)
    rescued, bad = _as_utf8(data, charset)
    if rescued is None:
        return read_xml(data, url=url, charset=charset, max_items=limit)
    feed = read_xml(rescued, url=url, charset="utf-8", max_items=limit)
    return replace(feed, warning=f"{bad} bytes are no UTF-8; replaced") if bad else feed


def _if_xml_allows(reference: re.Match[bytes]) -> bytes:
    """Drop references to characters that XML forbids: one to a surrogate stops feedparser."""
    digits = reference[1].decode("ascii")
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    allowed = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    return reference[0] if allowed or 0x10000 <= code <= 0x10FFFF else b""


def _as_utf8(data: bytes, charset: str | None) -> tuple[bytes | None, int]:
    """Return `data` as valid UTF-8 with the count of replaced bytes, or None if it is not UTF-8.

    feedparser reads a UTF-8 feed with one bad byte as windows-1252 and garbles every title, and
    believes a server that names the wrong charset. Text in another charset hardly ever forms
    valid multi-byte sequences, so nine good ones to a bad one settle it. Ratios over all bytes
    would not: German in Latin-1 is 99 % ASCII.
    """
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = len(text) - len(data.translate(None, _ABOVE_ASCII)) - bad
    names = [charset or "", xml_charset(data) or ""]
    if good < 1 or good < 9 * bad or any(_reads_as_cjk(data, name) for name in names):
        return None, 0
    return text.encode("utf-8"), bad


def _reads_as_cjk(data: bytes, charset: str) -> bool:
    try:
        name = codecs.lookup(charset).name if charset else ""
        if not name.startswith(("gb", "big5", "euc", "shift", "cp9", "hz", "iso2022", "johab")):
            return False
        data.decode(name)
    except (LookupError, ValueError):
        return False
    return True


def _entry(item: RawItem, *, url: str, language: str | None, now: datetime) -> Entry | None:
    title = plain_text(item.title, MAX_TITLE)
    summary = plain_text(item.summary, MAX_SUMMARY)
    body = without_controls(item.body)[:MAX_BODY].strip()
    links = [link for raw in item.links if (link := clean_url(html.unescape(raw), url))]
    address = links[0] if links else None
    more = (clean_url(html.unescape(raw), url) for raw in item.more_links[:MAX_LINKS])
    source = clean_url(item.source_url, url) if item.source_url else None
    guid = one_line(item.guid, MAX_GUID + 1) or address or ""
    if not (guid or title or summary or body):
        return None
    if not guid:
        guid = _digest(title, summary or body, item.published)
    elif len(guid) > MAX_GUID:
        guid = _digest(item.guid)
    published = read_date(item.published, now=now)
    names = dict.fromkeys(plain_text(author, MAX_NAME) for author in item.authors[:MAX_AUTHORS])
    return Entry(
        guid=guid,
        url=address,
        title=title,
        summary=summary,
        body=body or None,
        authors=tuple(name for name in names if name),
        credit=plain_text(item.credit, MAX_NAME) or None,
        published_at=published.at if published else None,
        day_only=published is not None and published.day_only,
        updated_at=parse_date(item.updated, now=now),
        language=_language(item.language) or language,
        links=tuple(dict.fromkeys([*links, *filter(None, more)]))[:MAX_LINKS],
        source_url=source,
    )


def _told_apart(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Give entries that share a guid one each, so that none is lost.

    Some feeds write one guid on every item (miniflux issue 4197). All that share it get their
    link added, not only the later ones: what an entry is called must not hang on its place in
    the list. Where the links are the same too, the title tells them apart; an item that is
    repeated in full is kept once.
    """
    kept = list(entries)
    marks: tuple[Callable[[Entry], str], ...] = (lambda e: e.url or "", lambda e: _digest(e.title))
    for mark in marks:
        ways: dict[str, set[str]] = {}
        for entry in kept:
            ways.setdefault(entry.guid, set()).add(mark(entry))
        kept = [
            replace(entry, guid=f"{entry.guid} {mark(entry)}".strip())
            if len(ways[entry.guid]) > 1
            else entry
            for entry in kept
        ]
    unique: dict[str, Entry] = {}
    for entry in kept:
        unique.setdefault(entry.guid, entry)
    return tuple(unique.values())


def _digest(*parts: str) -> str:
    joined = "\n".join(parts).encode("utf-8", "replace")
    return "sha256:" + hashlib.sha256(joined).hexdigest()[:32]


def _language(raw: str) -> str | None:
    """The primary subtag, as ISO 639-1 where the feed wrote that: `en` of `en-US`."""
    found = _LANGUAGE.fullmatch(raw.strip())
    return found[1].lower() if found else None


def _ttl(feed: RawFeed) -> int | None:
    """Seconds until the feed says it may have changed, from RSS ttl or the syndication module."""
    minutes = feed.ttl.strip()
    if minutes.isascii() and minutes.isdigit() and int(minutes[:9]) > 0:
        return min(int(minutes[:9]) * 60, MAX_TTL)
    period = _SECONDS.get(feed.period.strip().lower())
    times = feed.frequency.strip()
    frequency = int(times[:4]) if times.isascii() and times.isdigit() else 1
    return min(period // max(frequency, 1), MAX_TTL) if period else None
