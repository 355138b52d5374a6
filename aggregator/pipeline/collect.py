"""Stage one: polls the feeds that are due and keeps their new entries (commit A)."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from dataclasses import replace
from datetime import datetime, timedelta

from aggregator.core import cadence
from aggregator.edge import sources
from aggregator.edge.store import collecting
from aggregator.errors import Refused, SourceError
from aggregator.model import Feed, Hints, Outcome, Poll
from aggregator.pipeline.context import Context
from aggregator.pipeline.flight import fly

GONE = 410


def collect(context: Context, *, everything: bool = False) -> list[Outcome]:
    """Poll every feed that is due, or `everything` that is not backing off; one outcome a feed."""
    due = collecting.due_feeds(context.store, now=context.clock(), all_healthy=everything)
    context.expect("collect", len(due))
    left = iter(due)

    def take(count: int) -> list[Feed]:
        batch = [feed for _, feed in zip(range(count), left, strict=False)]
        if batch:
            until = context.clock() + timedelta(seconds=300)
            collecting.claim_feeds(context.store, batch, until=until)
        return batch

    languages = {feed.url: feed.language for feed in context.config.feeds}
    web, sandbox = context.web, context.sandbox  # opened here, once, before the threads ask

    def work(feed: Feed) -> Poll:
        reach = sources.Reach(
            web=web,
            sandbox=sandbox,
            now=context.clock(),
            max_bytes=context.config.fetch.max_feed_bytes,
            stop=context.stop,
        )
        return _in_language(sources.poll(feed, reach), languages.get(feed.url))

    threads = context.config.fetch.workers
    outcomes = []
    for feed, future in fly(take, work, threads=threads, window=threads, stop=context.stop):
        outcome = _settle(context, feed, future)
        if outcome:
            outcomes.append(outcome)
            context.watch(outcome)
    return outcomes


def _in_language(poll: Poll, language: str | None) -> Poll:
    """The poll with the language that config gives the feed, for entries that name none."""
    if language is None:
        return poll
    entries = (replace(entry, language=entry.language or language) for entry in poll.entries)
    return replace(poll, entries=tuple(entries))


def _settle(context: Context, feed: Feed, future: Future[Poll]) -> Outcome | None:
    now = context.clock()
    try:
        poll = future.result(timeout=0)
    except CancelledError:
        collecting.release_feed(context.store, feed)
        return None
    except SourceError as error:
        if context.stop.is_set():
            collecting.release_feed(context.store, feed)
            return None
        return _fail(context, feed, error)
    added = collecting.keep_poll(
        context.store,
        feed,
        poll,
        now=now,
        due=lambda added: _next(
            context, feed, poll.hints, changed=not poll.unchanged, added=added, failures=0
        ),
    )
    result = "new" if added else "unchanged"
    return Outcome(
        stage="collect", item=feed.name, result=result, count=added, ms=poll.ms,
        reason=str(poll.status),
    )  # fmt: skip


def _fail(context: Context, feed: Feed, error: SourceError) -> Outcome:
    status = error.status if isinstance(error, Refused) else None
    now = context.clock()
    if status == GONE:
        collecting.switch_off(context.store, feed, reason=str(error))
    else:
        retry = error.retry_after if isinstance(error, Refused) else None
        due = _next(
            context, feed, Hints(retry_after=retry), changed=False, added=0,
            failures=feed.failures + 1,
        )  # fmt: skip
        collecting.keep_failure(
            context.store, feed, error=str(error), status=status, now=now, due_at=due
        )
    return Outcome(stage="collect", item=feed.name, result="failed", reason=str(error))


def _next(
    context: Context, feed: Feed, hints: Hints, *, changed: bool, added: int, failures: int
) -> datetime:
    schedule = context.config.schedule
    return cadence.next_poll(
        now=context.clock(),
        every=feed.every,
        hints=hints,
        changed=changed,
        new_entries=added,
        failures=failures,
        seed=feed.url,
        minimum=schedule.min,
        maximum=schedule.max,
    )
