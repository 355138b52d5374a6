"""Finds the feeds and sitemaps that a site names, and where others stand; fetches nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from aggregator.core.robots import ROBOTS_CAP
from aggregator.core.urls import clean_url, is_same_site

TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/json",
)
MOST = 20  # links looked at; a page with more is a directory


# Where publishing systems put them when they name them nowhere.
USUAL_FEEDS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")
USUAL_SITEMAPS = (
    "/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/news_sitemap.xml",
    "/googlenews.xml", "/sitemap_index.xml", "/sitemap.xml",
)  # fmt: skip
_SITEMAP_LINE = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.I | re.M)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []  # type, href

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        kind = values.get("type", "").split(";")[0].strip().lower()
        alternate = tag == "link" and "alternate" in values.get("rel", "").lower().split()
        if alternate and kind in TYPES and values.get("href"):
            self.found.append((kind, values["href"]))


def feed_links(page: bytes, base: str) -> tuple[str, ...]:
    """Absolute addresses of the feeds a page declares, as many as `MOST`, in order.

    Plain `application/json` links come last: WordPress names its API that way.
    """
    parser = _Links()
    parser.feed(page[:2_000_000].decode("utf-8", "replace"))
    ordered = sorted(parser.found, key=lambda link: link[0] == TYPES[-1])
    cleaned = (clean_url(href, base) for _, href in ordered)
    return tuple(dict.fromkeys(url for url in cleaned if url))[:MOST]


def sitemap_links(robots: bytes, base: str) -> tuple[str, ...]:
    """Absolute addresses of the sitemaps that a robots.txt names, those called news first.

    Only on the site of `base`, as many as `MOST`: one for another site speaks of other pages.
    """
    text = robots[:ROBOTS_CAP].decode("utf-8", "replace")
    cleaned = (clean_url(raw, base) for raw in _SITEMAP_LINE.findall(text))
    here = dict.fromkeys(url for url in cleaned if url and is_same_site(url, base))
    return tuple(sorted(here, key=lambda url: "news" not in url.lower()))[:MOST]


def usual_places(base: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Those paths at the root of the site that `base` stands on."""
    found = (clean_url(path, base) for path in paths)
    return tuple(url for url in found if url)
