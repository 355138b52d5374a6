"""Reads sitemaps and indexes of sitemaps into entries newer than a time; opens no address."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from aggregator.core import wording
from aggregator.core.dates import Reading, parse_date, read_date
from aggregator.core.plain import one_line, plain_text
from aggregator.core.rawfeed import narrow, root_name
from aggregator.core.urls import clean_url, is_same_site
from aggregator.core.xmlsafe import elements, local_name, refuse_doctype
from aggregator.errors import ParseError
from aggregator.model import Entry

MAX_URLS = 50_000  # the protocol's own limit (sitemaps.org); what follows is counted, not read
MAX_TITLE = 1_000  # characters
NEWS_DAYS = 2  # a news sitemap lists two days (Google's rule); older pages are not news
# Articles are listed with a delay and out of order, so the time to read from lies this much
# before the newest date seen.
OVERLAP = timedelta(days=1)
# Some servers stamp every address with the time of the request. Believed, each poll would have
# every page read again.
STAMPED_SHARE, STAMPED_LEAST, STAMPED_WITHIN = 0.5, 10, timedelta(hours=1)

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
GZIP = b"\x1f\x8b"  # first bytes of a compressed file
ROOTS = ("urlset", "sitemapindex")
_OTHER_KINDS = {
    "rss": "a feed; its kind is `feed`", "feed": "a feed; its kind is `feed`",
    "rdf": "a feed; its kind is `feed`", "html": "a web page (HTML)", "opml": "an OPML list",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A sitemap that an index names."""

    url: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """A sitemap document read whole: of a sitemap the entries, of an index the children."""

    index: bool
    title: str = ""  # name of the publication, where it is a news sitemap
    entries: tuple[Entry, ...] = ()  # newest first
    children: tuple[Child, ...] = ()  # as listed, on the site of the index alone
    newest: datetime | None = None  # of all addresses listed, wanted or not
    dropped: int = 0  # entries past the cap
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class _Listed:
    loc: str
    changed_at: datetime | None
    published: Reading | None
    news: bool
    title: str
    language: str
    publication: str

    @property
    def at(self) -> datetime | None:
        times = [time for time in (self.changed_at, self.published and self.published.at) if time]
        return max(times, default=None)


def read_from(newest: datetime | None, *, now: datetime) -> datetime:
    """The time that entries must reach to be news, after `newest` was the newest seen."""
    first = now - timedelta(days=NEWS_DAYS)
    return newest - OVERLAP if newest is not None else first


def is_sitemap(data: bytes) -> bool:
    """Whether a document begins as a sitemap does; a gzip file is taken for one."""
    return data.startswith(GZIP) or root_name(narrow(data)[0].lstrip()) in ROOTS


def parse_sitemap(
    data: bytes, *, url: str, now: datetime, since: datetime, max_entries: int
) -> Sitemap:
    """Return what a sitemap, or an index of sitemaps, lists.

    `url` is where the document came from. Entries older than `since` are left out, as are
    addresses without any date, unless they stand in a news sitemap. Raises ParseError ("not a
    sitemap: ...") for everything else, and for documents that declare a document type.
    """
    data, _ = narrow(data)
    data = data.lstrip()
    if not data:
        raise ParseError(url, "not a sitemap: the document is empty")
    root = root_name(data)
    if root not in ROOTS:
        told = _OTHER_KINDS.get(root, "no <urlset> and no <sitemapindex> in it")
        raise ParseError(url, f"not a sitemap: {'this is ' if root in _OTHER_KINDS else ''}{told}")
    refuse_doctype(data, url)
    if root == "sitemapindex":
        return _read_index(data, url=url, now=now)
    listed, count, broken = _read_urls(data, url=url, now=now, since=since)
    warnings = [broken] if broken else []
    if _is_stamped(listed, now):
        warnings.append("lastmod is the time of asking for most addresses; not believed")
        listed = [replace(each, changed_at=None) for each in listed]
    dates = [each.at for each in listed if each.at]
    undated = sum(not each.news and each.at is None for each in listed)
    if 2 * undated > count:  # the front page has no date anywhere, and is no loss
        warnings.append(f"{wording.count(undated, 'address', 'addresses')} without a date left out")
    wanted = [each for each in listed if (each.at >= since if each.at else each.news)]
    wanted.sort(key=lambda each: each.at.timestamp() if each.at else 0.0, reverse=True)
    entries: dict[str, Entry] = {}
    left = iter(wanted)
    while len(entries) < max_entries and (each := next(left, None)) is not None:
        if entry := _entry(each, url):
            entries.setdefault(entry.guid, entry)
    past = sum(1 for _ in left)
    return Sitemap(
        index=False,
        title=next((each.publication for each in listed if each.publication), ""),
        entries=tuple(entries.values()),
        newest=max(dates, default=None),
        dropped=past + max(count - MAX_URLS, 0),
        warning="; ".join(warnings) or None,
    )


def _read_index(data: bytes, *, url: str, now: datetime) -> Sitemap:
    children: dict[str, Child] = {}
    elsewhere = count = 0
    for element in elements(data, "sitemap", url):
        count += 1
        if isinstance(element, str) or count > MAX_URLS:
            continue
        address = clean_url(_text(element, "loc"), url)
        if address is None or address == url:
            continue
        if not is_same_site(address, url):
            elsewhere += 1
            continue
        changed = parse_date(_text(element, "lastmod"), now=now)
        children.setdefault(address, Child(url=address, changed_at=changed))
    warning = f"{elsewhere} sitemaps on other sites not followed" if elsewhere else None
    return Sitemap(index=True, children=tuple(children.values()), warning=warning)


def _read_urls(
    data: bytes, *, url: str, now: datetime, since: datetime
) -> tuple[list[_Listed], int, str]:
    """The addresses that are not old, how many there are in all, and what was broken."""
    listed: list[_Listed] = []
    count, broken = 0, ""
    # Most addresses of a large site are old, and dates are dear: 40 microseconds each. The day
    # as written tells, with two days for whatever zone it is in.
    too_old = (since - timedelta(days=2)).strftime("%Y-%m-%d")
    for element in elements(data, "url", url):
        if isinstance(element, str):
            broken = element
            continue
        count += 1
        parts = {local_name(child): child for child in element}
        changed = _own_text(parts.get("lastmod"))
        old = "news" not in parts and _DAY.match(changed) and changed[:10] < too_old
        if not old and count <= MAX_URLS:
            listed.append(_listed(parts, changed, now))
    return listed, count, broken


def _listed(parts: dict[str, Any], changed: str, now: datetime) -> _Listed:
    news = parts.get("news")
    published = language = title = publication = ""
    if news is not None:
        published, title = _text(news, "publication_date"), _text(news, "title")
        about = news.find("{*}publication")
        if about is not None:
            publication = one_line(_text(about, "name"), 200)
            language = _text(about, "language").lower()[:2]
    return _Listed(
        loc=_own_text(parts.get("loc")),
        changed_at=parse_date(changed, now=now),
        published=read_date(published, now=now),
        news=news is not None,
        title=title,
        language=language if language.isascii() and language.isalpha() else "",
        publication=publication,
    )


def _entry(listed: _Listed, base: str) -> Entry | None:
    address = clean_url(listed.loc, base)
    if address is None:
        return None
    return Entry(
        guid=address,
        url=address,
        title=plain_text(listed.title, MAX_TITLE),
        published_at=listed.published.at if listed.published else None,
        day_only=listed.published is not None and listed.published.day_only,
        updated_at=listed.changed_at,
        language=listed.language or None,
        links=(address,),
    )


def _is_stamped(listed: list[_Listed], now: datetime) -> bool:
    """Whether lastmod tells when the document was made, and nothing of the pages."""
    times = Counter(each.changed_at for each in listed if each.changed_at)
    if not times:
        return False
    time, count = times.most_common(1)[0]
    alike = count >= STAMPED_LEAST and count > STAMPED_SHARE * len(listed)
    return alike and abs(now - time) < STAMPED_WITHIN


def _text(element: Any, name: str) -> str:
    return _own_text(element.find(f"{{*}}{name}"))


def _own_text(element: Any) -> str:
    if element is None:
        return ""
    text = "".join(element.itertext()) if len(element) else element.text or ""
    return text.strip()[:10_000]
