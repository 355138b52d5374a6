"""Finds the feeds and news sitemaps of a site, for `add`; stores nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aggregator.config import Config
from aggregator.core import discover, sitemap
from aggregator.core.robots import ROBOTS_CAP
from aggregator.edge.sandbox import Sandbox
from aggregator.edge.web import Web
from aggregator.errors import ParseError, SourceError, TooSlow, Unreachable
from aggregator.model import Feed
from aggregator.pipeline.context import make_sandbox, make_web
from aggregator.pipeline.discovering import Asked, ask

MOST_ASKED = 8  # of each kind: requests to one host stand a second apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a site offers, best first; each was asked and answered with entries."""

    feeds: tuple[Asked, ...] = ()
    sitemaps: tuple[Asked, ...] = ()

    @property
    def all(self) -> tuple[Asked, ...]:
        """Feeds, then sitemaps."""
        return self.feeds + self.sitemaps


def find_sources(config: Config, url: str) -> Sources:
    """What stands at an address: that feed or sitemap alone, or all that its site names.

    Of a page: the feeds it declares, else those in the usual places; and the first news sitemap
    among those that robots.txt names and those in the usual places. An address without a scheme
    is asked by https, and by http where that cannot be reached. Raises the error of the address
    itself, or ParseError when nothing is found.
    """
    with make_web(config) as web, make_sandbox(config) as sandbox:
        search = _Search(web, sandbox, config.fetch.max_feed_bytes)
        if "://" in url:
            return search.run(url)
        try:
            return search.run(f"https://{url}")
        except (TooSlow, Unreachable) as error:
            try:
                return search.run(f"http://{url}")
            except (TooSlow, Unreachable):
                raise error from None


class _Search:
    def __init__(self, web: Web, sandbox: Sandbox, limit: int) -> None:
        self.web, self.sandbox, self.limit = web, sandbox, limit

    def run(self, url: str) -> Sources:
        asked = self.ask(url, "feed")
        if _works(asked):
            return Sources(feeds=(asked,))
        answer = self.web.get(url, max_bytes=self.limit)
        base = answer.final_url
        if sitemap.is_sitemap(answer.body):
            asked = self.ask(url, "sitemap")
            if not _works(asked):
                raise ParseError(url, asked.problem or "a sitemap without news")
            return Sources(sitemaps=(asked,))
        named = self.sandbox.call(discover.feed_links, answer.body, base)
        feeds = self.working(named, "feed")
        feeds = feeds or self.working(
            discover.usual_places(base, discover.USUAL_FEEDS), "feed", first=True
        )
        sitemaps = self.sitemaps(base)
        if not feeds and not sitemaps:
            raise ParseError(
                url,
                f"no feed and no news sitemap here; the page names {len(named) or 'none'}",
                hint="the address of the feed itself",
            )
        return Sources(feeds=feeds, sitemaps=sitemaps)

    def ask(self, url: str, kind: str) -> Asked:
        feed = Feed(id=0, name=url, kind=kind, url=url, outlet="", every=0)
        return ask(feed, self.web, self.sandbox, self.limit)

    def working(self, urls: Iterable[str], kind: str, *, first: bool = False) -> tuple[Asked, ...]:
        """Those that answer with entries; with `first` no further one is asked after one does."""
        found: list[Asked] = []
        for url in tuple(urls)[:MOST_ASKED]:
            asked = self.ask(url, kind)
            if _works(asked):
                found.append(asked)
                if first:
                    break
        return tuple(found)

    def sitemaps(self, base: str) -> tuple[Asked, ...]:
        """The first sitemap with headlines, which makes it one of news; else the first of pages."""
        (address,) = discover.usual_places(base, ("/robots.txt",))
        try:
            robots = self.web.get(address, max_bytes=ROBOTS_CAP).body
        except SourceError:
            robots = b""
        named = discover.sitemap_links(robots, base)
        usual = discover.usual_places(base, discover.USUAL_SITEMAPS)
        plain: Asked | None = None
        for url in list(dict.fromkeys([*named, *usual]))[:MOST_ASKED]:
            asked = self.ask(url, "sitemap")
            if _works(asked) and asked.newest:
                return (asked,)
            plain = plain or (asked if _works(asked) else None)
        return (plain,) if plain else ()


def _works(asked: Asked) -> bool:
    """Whether entries came, whatever else was odd."""
    return asked.entries > 0
