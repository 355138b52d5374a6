"""Finds the feeds that a page names in its head; fetches nothing."""

from __future__ import annotations

from html.parser import HTMLParser

from aggregator.core.urls import clean_url

TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/json",
)
MOST = 20  # links looked at; a page with more is a directory


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
