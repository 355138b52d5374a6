"""Reads a fetched page into an article with a verdict; must not fetch, keep or compare.

Runs inside a worker process that may be killed: libraries here can hang on hostile pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from aggregator.core.agencies import Agencies, load_agencies
from aggregator.core.beside import lines_below
from aggregator.core.blocks import parse_html, plain
from aggregator.core.body import read_body
from aggregator.core.charset import decode
from aggregator.core.credit import find_credits
from aggregator.core.datelineday import stated_day
from aggregator.core.dates import Reading, parse_date, read_date, within_window
from aggregator.core.language import language_of
from aggregator.core.masthead import authors_of, story_of, title_of
from aggregator.core.order import settle
from aggregator.core.pagemeta import PageMeta, read_meta
from aggregator.core.plain import one_line
from aggregator.core.sheet import Sheet
from aggregator.core.text import count_words
from aggregator.core.urls import clean_url, is_same_site, outlet_of, url_key
from aggregator.core.walls import Look, judge
from aggregator.model import Article, Entry, Stated, TimeSource, Verdict

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# trafilatura, htmldate and courlan keep caches that grow with every page.
RESET_EVERY = 250
_FETCHES = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as fetched; `content_type` is the HTTP header, the caller has capped `body`."""

    url: str
    final_url: str
    body: bytes
    content_type: str | None


def extract(
    page: Page,
    *,
    entry: Entry | None,
    now: datetime,
    min_words: int = 50,
    first_seen: datetime | None = None,
    agencies: Agencies | None = None,
) -> Article:
    """The article on a page, judged. `entry` is what the feed said of it, if anything.

    Raises ParseError when the bytes are no HTML. Whatever is wrong inside HTML ends in the
    verdict, with its reason.
    """
    _reset_caches()
    agencies = agencies or load_agencies()
    markup = decode(page.body, page.content_type, subject=page.url)
    tree = parse_html(markup)
    sheet = Sheet(tree) if tree is not None else None
    meta = read_meta(sheet, page.final_url) if sheet is not None else PageMeta()
    title = title_of(meta, entry)
    listed = plain(entry.body) if entry is not None and entry.body and not entry.wire else ""
    about = f"{title}\n{meta.description}"
    found = read_body(sheet, meta.body, feed_body=listed, about=about) if sheet else None
    text, bylines = story_of(found.text if found else "", meta, title, now)
    extractor = found.extractor if found else "none"
    below = lines_below(sheet, text) if sheet is not None else ()
    meta = replace(meta, bylines=(*meta.bylines, *bylines), below=below)
    look = Look(
        # What the feed promised is what a wall fails to speak of.
        title=(entry.title if entry is not None else "") or title,
        page_title=meta.page_title,
        text=text,
        words=count_words(text),
        links=found.links if found else 0.0,
        kinds=meta.kinds,
        paid=meta.paid,
        path=urlsplit(page.final_url).path,
        requested_path=urlsplit(page.url).path,
    )
    verdict, reason = judge(look, min_words=min_words)
    told = _Told(text, look.words, extractor, verdict, reason)
    if verdict is not Verdict.GOOD and entry is not None:
        told = _stand_in(told, entry, *_from_entry(entry, meta, title, now), min_words)
    outlet = outlet_of(page.final_url)
    stated = _stated(meta, entry, tree, told.text, first_seen or now, now)
    settled = settle(stated, first_seen=first_seen)
    return Article(
        url_key=_key(page, meta),
        url=page.url,
        final_url=page.final_url,
        canonical_url=_canonical(meta, page.final_url),
        outlet=outlet,
        title=title,
        text=told.text,
        language=language_of(told.text, meta.language or meta.locale or _listed_language(entry)),
        authors=authors_of(meta, entry),
        published_at=settled.at if settled else None,
        time_source=settled.source if settled else TimeSource.SEEN,
        words=told.words,
        verdict=told.verdict,
        reason=told.reason,
        extractor=told.extractor,
        section=one_line(meta.section, 80) or None,
        stated=stated,
        modified_at=next(
            (each for raw in meta.modified if (each := parse_date(raw, now=now))), None
        ),
        credits=find_credits(
            html_meta=meta, entry=entry, text=told.text, title=title, outlet=outlet,
            agencies=agencies,
        ),
    )  # fmt: skip


class _Told(NamedTuple):
    """The text of an article, where it comes from, and what was found of it."""

    text: str
    words: int
    extractor: str
    verdict: Verdict
    reason: str


def _stand_in(told: _Told, entry: Entry, given: str, given_by: str, min_words: int) -> _Told:
    """What the feed gives, where the page gave less; the page's own where it did not."""
    size = count_words(given)
    if size >= min_words and given_by != "feed summary":
        return _Told(given, size, given_by, Verdict.GOOD, "")
    if size <= told.words or told.verdict is Verdict.WALL:
        return told
    reason = f"{told.reason if told.words else 'no text on the page'}; {given_by} used"
    if entry.wire:  # there is no page: the item is all there ever was
        reason = f"{size} words"
    return _Told(given, size, given_by, Verdict.THIN, reason)


def _listed_language(entry: Entry | None) -> str:
    """What the feed, or config for it, says of the language; a page knows better."""
    return (entry.language if entry else None) or ""


def _reset_caches() -> None:
    if next(_FETCHES) % RESET_EVERY == 0:
        from trafilatura.meta import reset_caches

        reset_caches()


def _key(page: Page, meta: PageMeta) -> str:
    """The key of the declared address when it is plausibly this page's own, else the final one's.

    A canonical on another site, on the front page, or without a word in common with the address
    (some sites declare one page for all) would fold different articles into one.
    """
    final = clean_url(page.final_url) or page.final_url
    declared = _canonical(meta, page.final_url)
    if declared and is_same_site(declared, final) and urlsplit(declared).path.strip("/"):
        tokens = set(re.findall(r"[^\W_]{4,}", urlsplit(declared).path.lower()))
        shown = urlsplit(final)
        if tokens & set(re.findall(r"[^\W_]{4,}", f"{shown.path} {shown.query}".lower())):
            return url_key(declared)
    return url_key(final)


def _canonical(meta: PageMeta, base: str) -> str | None:
    for raw in (meta.canonical, meta.og_url):
        if raw and (url := clean_url(raw, base)):
            return url
    return None


def _from_entry(entry: Entry, meta: PageMeta, title: str, now: datetime) -> tuple[str, str]:
    if entry.body:
        text, _ = story_of(plain(entry.body), meta, title, now)
        if text:
            return text, "wire" if entry.wire else "feed content"
    return story_of(plain(entry.summary), meta, title, now)[0], "feed summary"


def _stated(
    meta: PageMeta,
    entry: Entry | None,
    tree: HtmlElement | None,
    text: str,
    near: datetime,
    now: datetime,
) -> tuple[Stated, ...]:
    """Every time of publication that the feed, the page and the text state; `order` judges."""
    found = []
    listed = within_window(entry.published_at, now=now) if entry is not None else None
    if listed is not None and entry is not None:
        found.append(Stated(at=listed, source=TimeSource.FEED, day_only=entry.day_only))
    dated = [each for raw in meta.published if (each := read_date(raw, now=now))]
    if not dated and tree is not None and (raw := _htmldate(tree, now)):
        dated = [each for each in [read_date(raw, now=now)] if each]
    if dated:
        near_first = [each for each in dated if abs(each.at - dated[0].at) <= timedelta(hours=36)]
        page = max(near_first, key=_exactness)
        found.append(
            Stated(at=page.at, source=TimeSource.PAGE, day_only=page.day_only, zoned=page.zoned)
        )
    lined = stated_day(text, near=near)
    return (*found, lined) if lined else tuple(found)


def _exactness(each: Reading) -> tuple[bool, bool]:
    return not each.day_only, each.zoned


def _htmldate(tree: HtmlElement, now: datetime) -> str | None:
    from htmldate import find_date

    try:
        return find_date(
            tree, extensive_search=False, original_date=True, max_date=now.strftime("%Y-%m-%d")
        )
    except Exception:  # reads hostile trees; a failure is a page without a date
        return None
