"""Takes the pages of web archives (WARC) through the same reading and commits as the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path

from aggregator.core import extract
from aggregator.edge import warcfile
from aggregator.edge.sandbox import Sandbox
from aggregator.edge.store import archiving, keeping, predating, waiting
from aggregator.edge.warcfile import Batch, Captured
from aggregator.errors import ParseError, SourceError
from aggregator.model import Article, Entry, Outcome
from aggregator.pipeline.context import Context
from aggregator.pipeline.flight import fly

# A stretch may hold films of gigabytes that are passed over: a minute for it, not a page's 5 s.
STRETCH_SECONDS = 120.0
STEP = 1_000_000  # bytes of the file in one step of a progress bar


def import_warc(context: Context, path: Path) -> Iterator[Outcome]:
    """Keep the pages of a WARC file as articles, first seen when they were captured.

    What stood in the database before is passed over without reading, so a second import adds
    nothing and one that was cut short goes on. Raises ParseError where the file is broken; what
    came before is kept.
    """
    config = context.config
    feed = archiving.archive_feed(context.store, path.name, now=context.clock())
    context.expect("archive", path.stat().st_size // STEP)
    place = 0
    with Sandbox(workers=1, deadline=STRETCH_SECONDS, memory=config.read.memory) as reader:
        while not context.stop.is_set():
            batch = _read(reader, path, place, context)
            yield from _keep(context, feed, batch)
            for _ in range(place // STEP, batch.next // STEP):
                context.watch(Outcome(stage="archive", item=path.name, result="read"))
            place = batch.next
            if batch.end:
                return


def _read(reader: Sandbox, path: Path, place: int, context: Context) -> Batch:
    limit = context.config.fetch.max_page_bytes
    try:
        return reader.call(
            warcfile.read_batch, str(path), place, now=context.clock(), max_bytes=limit
        )
    except ParseError:
        raise
    except SourceError as error:
        raise ParseError(str(path), f"from byte {place} on: {error.message}") from error


def _keep(context: Context, feed: int, batch: Batch) -> Iterator[Outcome]:
    """Read the pages of one stretch, several at a time, and commit each."""
    known = archiving.known_entries(context.store, feed, [page.id for page in batch.pages])
    fresh = []
    for page in batch.pages:
        if page.id in known:
            yield _outcome(page, "linked", "imported before")
        else:
            fresh.append(page)
    left = iter(fresh)

    def take(count: int) -> list[Captured]:
        return [page for _, page in zip(range(count), left, strict=False)]

    threads = context.config.read.workers
    work = partial(_extract, context, context.sandbox)
    for page, future in fly(take, work, threads=threads, window=threads + 1, stop=context.stop):
        outcome = _settle(context, feed, page, future)
        if outcome:
            yield outcome


def _extract(context: Context, sandbox: Sandbox, page: Captured) -> Article:
    if page.problem:
        raise ParseError(page.url, page.problem)
    return sandbox.call(
        extract.extract,
        extract.Page(
            url=page.url, final_url=page.url, body=page.body, content_type=page.content_type
        ),
        entry=_entry(page),
        now=page.at,  # what a page says of its date is judged by the day it was captured
        min_words=context.config.read.min_words,
        first_seen=page.at,
        agencies=context.rules.agencies if context.rules.extra_agencies else None,
    )


def _entry(page: Captured) -> Entry:
    return Entry(guid=page.id, url=page.url, title="", links=(page.url,))


def _settle(context: Context, feed: int, page: Captured, future: Future[Article]) -> Outcome | None:
    store, entry = context.store, _entry(page)
    if future.cancelled():
        return None
    error = future.exception()
    if error is not None:
        if not isinstance(error, SourceError):
            raise error
        if context.stop.is_set():
            return None  # the next import reads it
        with store.write():
            item = archiving.archive_entry(store, feed, entry, outlet="", now=page.at)
            waiting.skip(store, item, str(error))
        return _outcome(page, "skipped", str(error))
    article = future.result()
    with store.write():
        item = archiving.archive_entry(
            store, feed, replace(entry, title=article.title), outlet=article.outlet, now=page.at
        )
        later = archiving.later_reading(store, article.url_key, page.at)
        if later is not None:  # the newer text stands; what the archive adds came before it
            result = predating.keep_older(
                store, item, later, article, rules=context.rules, at=page.at, now=context.clock()
            )
            return _outcome(page, result, "a later reading is kept")
        result = keeping.keep_article(store, item, article, rules=context.rules, now=page.at)
    return _outcome(page, result, article.reason)


def _outcome(page: Captured, result: str, reason: str) -> Outcome:
    return Outcome(stage="import", item=page.url, result=result, reason=reason)
