"""Stage two: reads the pages of waiting entries into articles (commit B)."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from typing import NamedTuple

from aggregator.core import extract, urls
from aggregator.edge.store import linking, revising, waiting
from aggregator.edge.store.waiting import Waiting
from aggregator.errors import FetchError, NotAllowed, ParseError, Refused, SourceError
from aggregator.model import Article, EntryState, Outcome, Verdict
from aggregator.pipeline import earlier
from aggregator.pipeline.context import Context
from aggregator.pipeline.flight import fly, take_turns
from aggregator.pipeline.reserved import heed
from aggregator.pipeline.unsettled import Unsettled

BATCH = 400  # rows looked at for the next page; enough to take turns between hosts
ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"


def read(context: Context) -> list[Outcome]:
    """Read every entry that may be read now; one outcome an entry."""
    count = waiting.count_waiting(context.store, now=context.clock())
    if not count:
        return []
    context.expect("read", count)
    queue = Queue(context)
    outcomes = []
    threads = context.config.fetch.workers
    with queue.unsettled:
        for item, future in fly(
            queue.take, queue.fetch, threads=threads, window=threads + 4, stop=context.stop
        ):
            outcome = queue.settle(item, future)
            queue.unsettled.drop(item.id)
            if outcome:
                outcomes.append(outcome)
                context.watch(outcome)
            for linked in queue.linked:
                outcomes.append(linked)
                context.watch(linked)
            queue.linked.clear()
    for linked in queue.linked:
        outcomes.append(linked)
        context.watch(linked)
    return outcomes


class Pages(NamedTuple):
    """What was read for an entry: its article, and versions of it to be kept before that."""

    article: Article
    earlier: list[earlier.Version]


class Queue:
    """Hands out waiting entries host by host in turn, each address once at a time."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.web, self.sandbox = context.web, context.sandbox  # opened once, before the threads
        self.linked: list[Outcome] = []
        self._ready: list[Waiting] = []
        self._seen = 0
        self._again: list[Waiting] = []  # their address is being read for another entry
        self._flying: set[str] = set()
        self.unsettled: Unsettled[Waiting] = Unsettled(context.store, waiting.hand_back)

    def take(self, count: int) -> list[Waiting]:
        """Claim up to `count` entries to be read; links those whose article is kept already."""
        chosen: list[Waiting] = []
        while len(chosen) < count:
            if not self._ready and not self._refill():
                break
            item = self._ready.pop(0)
            key = self._key(item)
            if key in self._flying:
                self._again.append(item)
                continue
            if item.article is None and key:
                kept = linking.find_article(self.context.store, key)
                if kept is not None:
                    linking.link_entry(self.context.store, item, kept)
                    self.linked.append(_outcome(item, "linked", "listed by another feed"))
                    continue
                if linking.bury_entry(self.context.store, item, key):
                    self.linked.append(_outcome(item, "pruned", "kept once and let go"))
                    continue
            self._flying.add(key)
            chosen.append(item)
        if not chosen:
            return []
        fit = waiting.claim(self.context.store, chosen, now=self.context.clock())
        for item in fit:
            self.unsettled.add(item.id, item)
        for item in chosen:
            if item not in fit:
                self._flying.discard(self._key(item))
        return fit

    def _refill(self) -> bool:
        store, now = self.context.store, self.context.clock()
        rows = waiting.waiting(store, now=now, limit=BATCH, beyond=self._seen)
        if rows:
            self._seen = rows[-1].id
        elif self._again and not self._flying:
            rows, self._again = self._again, []
        self._ready = take_turns(rows, _host)
        return bool(rows)

    def _key(self, item: Waiting) -> str:
        return urls.url_key(item.entry.url) if item.entry.url else f"entry {item.id}"

    def fetch(self, item: Waiting) -> Pages:
        """Get and read one page, on a thread; the reading itself happens in a worker process."""
        context, config = self.context, self.context.config
        entry, validators, answer = item.entry, Validators(), None
        if entry.url:
            try:
                answer = self.web.get(
                    entry.url,
                    max_bytes=config.fetch.max_page_bytes,
                    accept=ACCEPT,
                    robots=True,
                    stop=context.stop,
                )
                page = extract.Page(
                    url=entry.url,
                    final_url=answer.final_url,
                    body=answer.body,
                    content_type=answer.headers.get("content-type"),
                )
                validators = validators_of(answer.headers)
            except FetchError as error:
                if error.retry or not entry.body:
                    raise
                page = earlier.blank(entry.url)
        else:
            page = earlier.blank(f"http://{item.outlet}/")
        policy = config.fetch.reservations
        reserved = heed(policy, answer, self.web, context.stop) if answer else ""
        article = earlier.read_entry(context, self.sandbox, item, page)
        return Pages(
            article=validators.onto(replace(article, reserved=reserved)),
            earlier=earlier.read_earlier(context, self.sandbox, item),
        )

    def settle(self, item: Waiting, future: Future[Pages]) -> Outcome | None:
        """Commit what became of one entry."""
        context = self.context
        self._flying.discard(self._key(item))
        try:
            article, before = future.result(timeout=0)
        except CancelledError:
            waiting.hand_back(context.store, item)
            return None
        except ParseError as error:
            waiting.skip(context.store, item, str(error))
            return _outcome(item, "skipped", str(error))
        except SourceError as error:
            if context.stop.is_set():
                waiting.hand_back(context.store, item)
                return None
            return self._put_off(item, error)
        result = earlier.keep_versions(context, item, article, before)
        if article.verdict not in (Verdict.GOOD, Verdict.THIN):
            return _outcome(item, "skipped", f"{article.verdict}: {article.reason}")
        return _outcome(item, result, article.reason)

    def _put_off(self, item: Waiting, error: SourceError) -> Outcome:
        robots_later = isinstance(error, NotAllowed) and error.retry
        gone = isinstance(error, Refused) and error.status in (404, 410)
        state = waiting.put_off(
            self.context.store,
            item,
            reason=str(error),
            now=self.context.clock(),
            tries=self.context.config.read.max_tries,
            final=gone or not (error.retry or robots_later),
        )
        if gone and item.article is not None:
            revising.note_loss(
                self.context.store, item.article, str(error), now=self.context.clock()
            )
        result = "failed" if state is EntryState.FAILED else "put off"
        return _outcome(item, result, str(error))


class Validators(NamedTuple):
    """What a server gave to ask by whether a page has changed."""

    etag: str | None = None
    last_modified: str | None = None

    def onto(self, article: Article) -> Article:
        """The article with them, to be kept beside it."""
        return replace(article, etag=self.etag, last_modified=self.last_modified)


def validators_of(headers: Mapping[str, str]) -> Validators:
    """The validators among the headers of an answer; too long ones are none."""
    found = (headers.get(name, "") for name in ("etag", "last-modified"))
    return Validators(*(value if 0 < len(value) <= 1000 else None for value in found))


def _outcome(item: Waiting, result: str, reason: str) -> Outcome:
    return Outcome(
        stage="read", item=item.entry.url or item.entry.title, result=result, reason=reason
    )


def _host(item: Waiting) -> str:
    return item.entry.url.split("/")[2] if item.entry.url else item.outlet
