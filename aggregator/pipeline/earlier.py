"""Reads entries into articles, and versions of them that were overtaken before they were read."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from aggregator.core import extract
from aggregator.edge.sandbox import Sandbox
from aggregator.edge.store import keeping, overtaken
from aggregator.edge.store.waiting import Waiting
from aggregator.errors import ParseError
from aggregator.model import Article
from aggregator.pipeline.context import Context

Version = tuple[Waiting, Article | None]  # None: there was no story in it


def read_entry(context: Context, sandbox: Sandbox, item: Waiting, page: extract.Page) -> Article:
    """Read one page in a worker; what the worker raises is raised here."""
    entry, config = item.entry, context.config
    article: Article = sandbox.call(
        extract.extract,
        page,
        entry=entry,
        now=context.clock(),
        min_words=config.read.min_words,
        first_seen=item.seen_at,
        # The shipped agencies are loaded once in each worker; only others are sent along.
        agencies=context.rules.agencies if context.rules.extra_agencies else None,
    )
    if entry.wire is not None:  # its own date of change, as a page's is the page's
        article = replace(article, modified_at=article.modified_at or entry.updated_at)
    if not entry.url:  # nothing but the source's own id tells such entries apart
        mark = hashlib.blake2b(entry.guid.encode("utf-8", "replace"), digest_size=8)
        article = replace(article, url_key=f"{item.outlet}/#{mark.hexdigest()}")
    return article


def blank(url: str) -> extract.Page:
    """A page that gives nothing, so that the source's own content stands in."""
    return extract.Page(url=url, final_url=url, body=b"<html></html>", content_type="text/html")


def read_earlier(context: Context, sandbox: Sandbox, item: Waiting) -> list[Version]:
    """The versions of an agency's item that come before the one its entry holds, oldest first."""
    if item.entry.wire is None:
        return []
    found: list[Version] = []
    for version in overtaken.earlier_versions(context.store, item):
        page = blank(version.entry.url or f"http://{item.outlet}/")
        try:
            found.append((version, read_entry(context, sandbox, version, page)))
        except ParseError:
            found.append((version, None))  # no story: the newest stands in any case
    return found


def keep_versions(context: Context, item: Waiting, article: Article, earlier: list[Version]) -> str:
    """Commit B for an entry, its earlier versions first; gives what became of the newest."""
    result = ""
    with context.store.write() as db:
        for version, read in [*earlier, (item, article)]:
            if read is not None:
                result = keeping.keep_article(
                    context.store,
                    version,
                    read,
                    rules=context.rules,
                    now=context.clock(),
                    timetable=context.timetable,
                )
        if item.entry.wire is not None:
            overtaken.forget(db, item.id, [item.digest, *(old.digest for old, _ in earlier)])
    return result
