"""Leases feeds some at a time before they are polled, and lets go of those that never were."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from aggregator.edge.store import leasing
from aggregator.model import Feed
from aggregator.pipeline.context import Context
from aggregator.pipeline.unsettled import Unsettled

# A commit costs more than a 304: claims of feeds that will be polled in a moment share one.
AHEAD = 50
HOLD = timedelta(seconds=300)  # a claim that was never answered is due again after so long
# Fifty feeds of a host that never answers are polled for eight minutes after they were claimed. A
# poll takes one at most, so a lease renewed this often never runs out while its holder works.
RENEW_SECONDS = 100.0


class Claims:
    """The claims of one round over feeds that are due; other programs may claim some of them."""

    def __init__(self, context: Context, due: Sequence[Feed]) -> None:
        self._context = context
        self._ahead = deque(due)
        self._held: dict[int, Feed] = {}
        self._past: set[int] = set()  # polled in this round, or somebody else's
        self._renew_at = time.monotonic() + RENEW_SECONDS
        release = partial(leasing.release_feed, by=context.name)
        self.unsettled: Unsettled[Feed] = Unsettled(context.store, release)

    def take(self, feeds: list[Feed]) -> list[Feed]:
        """Those of the feeds that are ours to poll, claimed."""
        if time.monotonic() >= self._renew_at:
            self._renew()
        if wanted := {feed.id: feed for feed in feeds if self._is_new(feed)}:
            self._claim(wanted)
        return [self._held[feed.id] for feed in feeds if feed.id in self._held]

    def _claim(self, wanted: dict[int, Feed]) -> None:
        while self._ahead and len(wanted) < AHEAD:
            feed = self._ahead.popleft()
            if self._is_new(feed):
                wanted.setdefault(feed.id, feed)
        now = self._context.clock()
        ours = leasing.claim_feeds(
            self._context.store, list(wanted.values()), by=self._context.name, now=now,
            until=now + HOLD,
        )  # fmt: skip
        self._past |= wanted.keys()
        for feed in ours:
            self._past.discard(feed.id)
            self._held[feed.id] = feed
            self.unsettled.add(feed.id, feed)

    def _is_new(self, feed: Feed) -> bool:
        return feed.id not in self._held and feed.id not in self._past

    def _renew(self) -> None:
        """Hold on to what is not committed yet; what is not polled yet and was lost is dropped."""
        self._renew_at = time.monotonic() + RENEW_SECONDS
        until = self._context.clock() + HOLD
        kept = leasing.renew_leases(
            self._context.store, self.unsettled.keys(), by=self._context.name, until=until
        )
        for lost in self._held.keys() - kept:
            del self._held[lost]
            self._past.add(lost)

    def expect(self, feeds: Sequence[Feed]) -> None:
        """Take in feeds that fell due since the round began."""
        self._ahead.extend(feeds)
        self._past -= {feed.id for feed in feeds}

    def again(self, feed: Feed) -> None:
        """Have a feed claimed anew that was polled and has more to give."""
        self._past.discard(feed.id)

    def settle(self, feed: Feed) -> None:
        """Note that a feed was polled; what became of it says what its claim is worth."""
        self._held.pop(feed.id, None)
        self._past.add(feed.id)

    def release(self) -> None:
        """Undo the claims of feeds that were not polled after all."""
        if self._held:
            with self._context.store.write():
                for feed in self._held.values():
                    leasing.release_feed(self._context.store, feed, by=self._context.name)
            for feed in self._held.values():
                self.unsettled.drop(feed.id)
            self._held.clear()
