"""Polls sitemaps and indexes of sitemaps, within bounds and on one site; stores nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any

from aggregator.core import sitemap
from aggregator.core.sitemap import Child, Sitemap
from aggregator.core.times import moment, stamp
from aggregator.edge.sources.asking import Asked, ask
from aggregator.edge.sources.registry import Reach, source
from aggregator.edge.web import inflate
from aggregator.errors import SourceError
from aggregator.model import Entry, Feed, Poll

ACCEPT = "application/xml, text/xml;q=0.9, application/gzip;q=0.8, */*;q=0.1"
DEPTH = 2  # an index may name indexes, and those no further ones


@source("sitemap")
def poll_sitemap(feed: Feed, reach: Reach) -> Poll:
    """News sitemaps, plain ones and indexes: the entries newer than the cursor.

    Of an index at most `max_documents` sitemaps are read in one poll, those of its own
    registered domain, newest first. One that fails is named in the warning and read again next
    time, because its part of the cursor stays where it was.
    """
    walk = _Walk(feed.cursor.get("children") or {}, reach)
    asked, cursor = walk.visit(feed.address, feed.cursor, depth=0)
    if walk.cursors:
        cursor["children"] = walk.cursors
    entries = {entry.guid: entry for entry in walk.entries}
    kept = tuple(entries.values())[: reach.max_entries]
    return Poll(
        status=asked.answer.status,
        unchanged=walk.unchanged,
        entries=kept,
        cursor=cursor,
        hints=asked.hints,
        title=walk.title,
        bytes=walk.bytes,
        ms=walk.ms,
        dropped=walk.dropped + len(entries) - len(kept),
        warning="; ".join(dict.fromkeys(walk.warnings))[:500] or None,
        moved_to=asked.answer.final_url if asked.answer.permanent else None,
    )


class _Walk:
    """One poll over the documents of a site."""

    def __init__(self, known: Mapping[str, Any], reach: Reach) -> None:
        self.known = known  # cursors of the documents that an index named last time
        self.reach = reach
        self.left = reach.max_documents
        self.seen: set[str] = set()
        self.cursors: dict[str, dict[str, Any]] = {}
        self.entries: list[Entry] = []
        self.warnings: list[str] = []
        self.unchanged = True
        self.title = ""
        self.bytes = self.ms = self.dropped = 0

    def visit(
        self, url: str, cursor: Mapping[str, Any], *, depth: int
    ) -> tuple[Asked, dict[str, Any]]:
        """Read a document and those it names; gives its own cursor. Raises SourceError.

        An index that did not change is followed again to where it led, because many sites never
        touch theirs.
        """
        self.seen.add(url)
        asked, found = self.read(url, cursor)
        following = {k: v for k, v in asked.cursor.items() if k not in ("children", "lists")}
        following["newest"] = self.newest_of(cursor, found)
        lists = list(cursor.get("lists") or [])
        if found is not None:
            lists = self.choose(found.children) if depth < DEPTH else []
        if lists:
            following["lists"] = lists
            self.follow(lists, depth=depth + 1)
        return asked, following

    def follow(self, urls: Sequence[str], *, depth: int) -> None:
        """Visit the documents of an index; raises the first error when every one failed."""
        failed: list[SourceError] = []
        for url in urls:
            known = self.known.get(url) or {}
            if url in self.seen:
                continue
            if self.left <= 0:
                self.cursors |= {url: dict(known)} if known else {}
                continue
            try:
                self.cursors[url] = self.visit(url, known, depth=depth)[1]
            except SourceError as error:
                failed.append(error)
                self.warnings.append(str(error))
                if known:
                    self.cursors[url] = dict(known)
        if failed and len(failed) == len(urls):
            raise failed[0]

    def read(self, url: str, cursor: Mapping[str, Any]) -> tuple[Asked, Sitemap | None]:
        """One document, and what is in it unless it is unchanged; raises SourceError."""
        reach = self.reach
        self.left -= 1
        asked = ask(url, cursor, reach, accept=ACCEPT)
        self.bytes += asked.answer.wire_bytes
        self.ms += asked.answer.ms
        if asked.unchanged:
            return asked, None
        body = asked.answer.body
        if body.startswith(sitemap.GZIP):  # a file that is compressed, not a compressed answer
            body = inflate(body, cap=reach.max_bytes, subject=url)
        found: Sitemap = reach.sandbox.call(
            sitemap.parse_sitemap,
            body,
            url=asked.answer.final_url,
            now=reach.now,
            since=self.since(cursor),
            max_entries=reach.max_entries,
        )
        self.unchanged = False
        self.entries += found.entries
        self.dropped += found.dropped
        self.title = self.title or found.title
        if found.warning:
            self.warnings.append(found.warning)
        return asked, found

    def since(self, cursor: Mapping[str, Any]) -> datetime:
        """The time from which on entries of a document are news."""
        return sitemap.read_from(moment(cursor.get("newest")), now=self.reach.now)

    def newest_of(self, cursor: Mapping[str, Any], found: Sitemap | None) -> str | None:
        """The newest date seen in a document, never past now: a wrong year would end all news."""
        times = [moment(cursor.get("newest"))]
        if found and found.newest:
            times.append(min(found.newest, self.reach.now))
        newest = max((time for time in times if time), default=None)
        return stamp(newest) if newest else None

    def choose(self, children: Sequence[Child]) -> list[str]:
        """The sitemaps of an index to read now: changed ones, newest first, then undated ones.

        Of undated ones those called news come first, then from both ends of the list: some sites
        add new months in front and some behind.
        """
        dated = [
            child for child in children
            if child.changed_at and child.changed_at >= self.since(self.known.get(child.url) or {})
        ]  # fmt: skip
        dated.sort(key=lambda child: child.changed_at or self.reach.now, reverse=True)
        undated = [child.url for child in children if child.changed_at is None]
        news = [url for url in undated if "news" in url.rpartition("/")[2].lower()]
        rest = [url for url in undated if url not in news]
        half = (len(rest) + 1) // 2
        ends = chain.from_iterable(zip_longest(rest[:half], reversed(rest[half:])))
        ordered = [*(child.url for child in dated), *news, *(url for url in ends if url)]
        return ordered[: max(self.left, 0)]
