"""Stage two again: reads pages of known articles anew, in proportion to their age (commit B)."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from dataclasses import replace
from datetime import timedelta

from aggregator.core import extract
from aggregator.core.revisiting import Timetable, ask_whole
from aggregator.edge.store import revising, visits
from aggregator.edge.store.visits import Visit
from aggregator.errors import NotAllowed, ParseError, Refused, SourceError
from aggregator.model import Article, Outcome
from aggregator.pipeline.context import Context
from aggregator.pipeline.flight import fly, take_turns
from aggregator.pipeline.read import ACCEPT, validators_of
from aggregator.pipeline.reserved import heed
from aggregator.pipeline.unsettled import Unsettled

BATCH = 400  # rows looked at for the next page; enough to take turns between hosts
_GONE = (404, 410)
_FOR_GOOD = 410


def revisit(context: Context) -> list[Outcome]:
    """Read every page that is due once more; one outcome a page. Nothing when config says no."""
    if context.timetable is None:
        return []
    late = context.clock() - timedelta(seconds=context.timetable.until)
    visits.call_off(context.store, before=late)
    count = visits.count_due(context.store, now=context.clock())
    if not count:
        return []
    context.expect("revisit", count)
    round_ = Round(context, context.timetable)
    outcomes = []
    threads = context.config.fetch.workers
    with round_.unsettled:
        for visit, future in fly(
            round_.take, round_.fetch, threads=threads, window=threads + 4, stop=context.stop
        ):
            outcome = round_.settle(visit, future)
            round_.unsettled.drop(visit.article)
            if outcome:
                outcomes.append(outcome)
                context.watch(outcome)
    return outcomes


class Round:
    """Hands out the visits that are due host by host in turn, and keeps what they bring."""

    def __init__(self, context: Context, timetable: Timetable) -> None:
        self.context = context
        self.timetable = timetable
        self.web, self.sandbox = context.web, context.sandbox  # opened once, before the threads
        self._ready: list[Visit] = []
        self._now = context.clock()  # what falls due meanwhile waits for the next pass
        self._beyond = ("", 0)
        self.unsettled: Unsettled[Visit] = Unsettled(context.store, visits.hand_back)

    def take(self, count: int) -> list[Visit]:
        """Claim up to `count` visits."""
        store = self.context.store
        while True:
            if not self._ready:
                rows = visits.due(store, now=self._now, limit=BATCH, beyond=self._beyond)
                if not rows:
                    return []
                self._beyond = rows[-1].place
                self._ready = take_turns(rows, _host)
            chosen, self._ready = self._ready[:count], self._ready[count:]
            if fit := visits.claim(store, chosen, now=self.context.clock()):
                for visit in fit:
                    self.unsettled.add(visit.article, visit)
                return fit

    def fetch(self, visit: Visit) -> Article | None:
        """Get and read one page, on a thread; None when its server says that nothing changed."""
        context, config = self.context, self.context.config
        whole = ask_whole(visit.quiet)
        answer = self.web.get(
            visit.url,
            max_bytes=config.fetch.max_page_bytes,
            accept=ACCEPT,
            etag=None if whole else visit.etag,
            last_modified=None if whole else visit.last_modified,
            robots=True,
            stop=context.stop,
        )
        if answer.status == 304:
            return None
        page = extract.Page(
            url=visit.url,
            final_url=answer.final_url,
            body=answer.body,
            content_type=answer.headers.get("content-type"),
        )
        reserved = heed(config.fetch.reservations, answer, self.web, context.stop)
        article: Article = self.sandbox.call(
            extract.extract,
            page,
            entry=visit.entry,
            now=context.clock(),
            min_words=config.read.min_words,
            first_seen=visit.first_seen,
            agencies=context.rules.agencies if context.rules.extra_agencies else None,
        )
        return validators_of(answer.headers).onto(replace(article, reserved=reserved))

    def settle(self, visit: Visit, future: Future[Article | None]) -> Outcome | None:
        """Commit what became of one visit."""
        context = self.context
        try:
            article = future.result(timeout=0)
        except CancelledError:
            visits.hand_back(context.store, visit)
            return None
        except SourceError as error:
            if context.stop.is_set():
                visits.hand_back(context.store, visit)
                return None
            return self._without_answer(visit, error)
        result, reason = revising.keep_visit(
            context.store,
            visit,
            article,
            rules=context.rules,
            now=context.clock(),
            timetable=self.timetable,
        )
        return _outcome(visit, result, reason)

    def _without_answer(self, visit: Visit, error: SourceError) -> Outcome:
        """A page that is gone is noted; any other failure is tried again, and then left."""
        context, now = self.context, self.context.clock()
        if isinstance(error, Refused) and error.status in _GONE:
            revising.keep_loss(
                context.store,
                visit,
                reason=str(error),
                final=error.status == _FOR_GOOD,
                now=now,
                timetable=self.timetable,
            )
            return _outcome(visit, "gone", str(error))
        later = error.retry or isinstance(error, ParseError)
        forbidden = isinstance(error, NotAllowed)
        following = self.timetable.next(
            born=visit.born, now=now, url_key=visit.url_key, quiet=visit.quiet
        )
        visits.put_off(
            context.store,
            visit,
            reason=str(error),
            now=now,
            tries=context.config.read.max_tries if later else 1,
            following=None if forbidden else following,
            least=(error.retry_after or 0) if isinstance(error, Refused) else 0,
        )
        return _outcome(visit, "put off", str(error))


def _host(visit: Visit) -> str:
    return visit.url.split("/")[2]


def _outcome(visit: Visit, result: str, reason: str) -> Outcome:
    return Outcome(stage="revisit", item=visit.url, result=result, reason=reason)
