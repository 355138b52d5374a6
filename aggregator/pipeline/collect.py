"""Stage one: polls the feeds that are due and keeps their new entries (commit A)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from aggregator.core import cadence
from aggregator.core.addresses import Fence
from aggregator.edge.store import collecting, leasing, polling
from aggregator.errors import NotAllowed, Refused, SourceError
from aggregator.model import Feed, Hints, Outcome, Poll
from aggregator.pipeline.asking import asking
from aggregator.pipeline.claims import Claims
from aggregator.pipeline.context import Context
from aggregator.pipeline.flight import fly
from aggregator.pipeline.meanwhile import Meanwhile
from aggregator.pipeline.rota import Rota

GONE = 410
# They bring no entries, so nothing hangs on each having a commit of its own, which costs more
# than the poll.
QUIET_TOGETHER = 50


def collect(context: Context, *, everything: bool = False) -> list[Outcome]:
    """Poll every feed that is due, or `everything` that is not backing off; one outcome a feed."""
    context.store.pay()  # leases that a full disk kept from being handed back
    due = collecting.due_feeds(context.store, now=context.clock(), all_healthy=everything)
    context.expect("collect", len(due))
    round_ = Round(context, due, everything=everything)
    threads = context.config.fetch.workers
    with round_.claims.unsettled:
        for feed, future in fly(
            round_.take, asking(context), threads=threads, window=threads, stop=context.stop
        ):
            round_.settle(feed, future)
        round_.claims.release()
        round_.settle_quiet()
    return round_.outcomes


class Round:
    """Hands out the feeds that are due, each to one program, and keeps what they answer."""

    def __init__(self, context: Context, due: list[Feed], *, everything: bool) -> None:
        self.context = context
        self.outcomes: list[Outcome] = []
        self.claims = Claims(context, due)
        self._rota = Rota(due, per_host=context.config.fetch.per_host)
        self._meanwhile = Meanwhile(context, due)
        self._everything = everything
        self._quiet: list[tuple[Feed, Future[Poll]]] = []
        self._brought: Counter[int] = Counter()  # entries, by feed: one may be polled several times

    def take(self, count: int) -> list[Feed]:
        """Up to `count` feeds that are ours to poll now."""
        if not self._everything and self._meanwhile.is_time():
            self.settle_quiet()
            fallen_due = self._meanwhile.fallen_due()
            self.claims.expect(fallen_due)
            for feed in fallen_due:
                self._rota.again(feed)
        taken: list[Feed] = []
        while len(taken) < count and (offered := self._rota.take(count - len(taken))):
            ours = self.claims.take(offered)
            taken += ours
            for feed in offered if len(ours) < len(offered) else ():
                if feed.id not in {mine.id for mine in ours}:  # another program polls it
                    self._rota.give_back(feed)
                    self._meanwhile.settle(feed)
        return taken

    def settle(self, feed: Feed, future: Future[Poll]) -> None:
        """Keep what became of one poll, a quiet one together with others."""
        self._rota.give_back(feed)
        self.claims.settle(feed)
        if _is_quiet(future):
            self._quiet.append((feed, future))
            self._meanwhile.settle(feed)
            if len(self._quiet) >= QUIET_TOGETHER:
                self.settle_quiet()
            return
        outcome = _settle(self.context, feed, future)
        self.claims.unsettled.drop(feed.id)
        poll = None if future.cancelled() or future.exception() else future.result()
        for told in _files(feed, poll):
            self._tell(told)
        if outcome:
            self._brought[feed.id] += outcome.count
        if poll is not None and poll.more:  # it is committed by now, and no server to be spared
            feed = collecting.find_feed(self.context.store, feed.id)
            self.claims.again(feed)
            self._rota.again(feed)
            return
        self._meanwhile.settle(feed)
        brought = self._brought.pop(feed.id, 0)
        if outcome and brought > outcome.count and outcome.result == "unchanged":
            outcome = replace(outcome, result="new", count=brought)
        if outcome:
            self._tell(outcome)

    def settle_quiet(self) -> None:
        """Commit the polls that found nothing new."""
        self.outcomes += _settle_quiet(self.context, self._quiet, self.claims)

    def _tell(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.context.watch(outcome)


def _is_quiet(future: Future[Poll]) -> bool:
    """Whether a poll found nothing to be kept but where the feed stands."""
    if future.cancelled() or future.exception() is not None:
        return False
    poll = future.result()
    return not (poll.entries or poll.files or poll.gone or poll.more)


def _settle_quiet(
    context: Context, polls: list[tuple[Feed, Future[Poll]]], claims: Claims
) -> list[Outcome]:
    """Commit polls that found nothing new, together; empties the list."""
    if not polls:
        return []
    answers = [(feed, _rooted(context, feed, future.result())) for feed, future in polls]
    quiet = [
        polling.Quiet(feed=feed, poll=poll, plan=_plan(context, feed, poll, 0))
        for feed, poll in answers
    ]
    polling.keep_quiet(context.store, quiet, now=context.clock(), by=context.name)
    for feed, _ in polls:
        claims.unsettled.drop(feed.id)
    polls.clear()
    told = [_told(feed, poll, 0) for feed, poll in answers]
    for outcome in told:
        context.watch(outcome)
    return told


def _settle(context: Context, feed: Feed, future: Future[Poll]) -> Outcome | None:
    try:
        poll = future.result(timeout=0)
    except CancelledError:
        leasing.release_feed(context.store, feed, by=context.name)
        return None
    except SourceError as error:
        if context.stop.is_set():
            leasing.release_feed(context.store, feed, by=context.name)
            return None
        return _fail(context, feed, error)
    poll = _rooted(context, feed, poll)
    added = collecting.keep_poll(
        context.store,
        feed,
        poll,
        now=context.clock(),
        plan=lambda added: _plan(context, feed, poll, added),
        by=context.name,
    )
    return _told(feed, poll, added)


def _rooted(context: Context, feed: Feed, poll: Poll) -> Poll:
    """The poll without a move that may not be remembered."""
    if poll.moved_to and not _may_move(context, feed, poll.moved_to):
        return replace(poll, moved_to=None)
    return poll


def _told(feed: Feed, poll: Poll, added: int) -> Outcome:
    return Outcome(
        stage="collect", item=feed.name, result="new" if added else "unchanged", count=added,
        ms=poll.ms, reason=str(poll.status),
    )  # fmt: skip


def _files(feed: Feed, poll: Poll | None) -> list[Outcome]:
    """What became of the files of a wire folder that were looked at."""
    return [
        Outcome(
            stage="wire", item=f"{feed.name}: {file.name}", reason=file.reason,
            result="failed" if file.result == "unreadable" else file.result,
        )
        for file in (poll.files if poll else ())
    ]  # fmt: skip


def _plan(context: Context, feed: Feed, poll: Poll, added: int) -> polling.Plan:
    """When to come back after an answer, and what it taught."""
    now, schedule = context.clock(), context.config.schedule
    if feed.kind == "wire":  # a folder of our own: as often as config says, or at once for more
        return polling.Plan(due_at=now + timedelta(seconds=0 if poll.more else feed.every))
    waited = now - feed.due_at if feed.due_at else timedelta(0)
    pace = cadence.next_pace(
        cadence.Pace(factor=feed.pace, duplicates=feed.duplicates),
        listed=len(poll.entries) + len(poll.known),
        added=added,
        first=feed.answered_at is None,
        late=feed.failures > 0 or waited.total_seconds() > feed.every,
    )
    due = cadence.next_poll(
        now=now, every=feed.every, hints=poll.hints, pace=pace.factor, seed=feed.url,
        minimum=schedule.min, maximum=schedule.max,
    )  # fmt: skip
    return polling.Plan(due_at=due, pace=pace)


def _fail(context: Context, feed: Feed, error: SourceError) -> Outcome:
    refused = error if isinstance(error, Refused) else None
    status = refused.status if refused else None
    if status == GONE and feed.moved_to is None:
        collecting.switch_off(context.store, feed, reason=str(error), by=context.name)
    else:
        now, schedule = context.clock(), context.config.schedule
        trouble = feed.trouble + cadence.weigh_failure(error)
        hints = Hints(retry_after=refused.retry_after if refused else None)
        due = cadence.next_poll(
            now=now, every=feed.every, hints=hints,
            trouble=trouble, seed=feed.url, minimum=schedule.min, maximum=schedule.max,
        )  # fmt: skip
        if feed.kind == "wire":  # a folder that is not mounted today spares no server by waiting
            due = now + timedelta(seconds=feed.every)
        collecting.keep_failure(
            context.store, feed, error=str(error), status=status, now=now, due_at=due,
            trouble=trouble, by=context.name,
        )  # fmt: skip
    return Outcome(stage="collect", item=feed.name, result="failed", reason=str(error))


def _may_move(context: Context, feed: Feed, to: str) -> bool:
    """Whether a permanent redirect may be remembered: it stays on its host, or leads outside.

    What config allows of the inside is for addresses that config names, not for those a stranger
    names.
    """
    host = urlsplit(to).hostname or ""
    if host == urlsplit(feed.address).hostname:
        return True
    try:
        Fence().enter(to)
    except NotAllowed:
        return False
    return host not in context.config.fetch.allow_private
