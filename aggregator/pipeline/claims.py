"""Claims feeds some at a time before they are polled, and lets go of those that never were."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import timedelta

from aggregator.edge.store import collecting
from aggregator.model import Feed
from aggregator.pipeline.context import Context
from aggregator.pipeline.unsettled import Unsettled

# A commit costs more than a 304: claims of feeds that will be polled in a moment share one.
AHEAD = 50
HOLD = timedelta(seconds=300)  # a claim that was never answered is due again after so long


class Claims:
    """The claims of one round over feeds that are due."""

    def __init__(self, context: Context, due: Sequence[Feed]) -> None:
        self._context = context
        self._ahead = deque(due)
        self._held: dict[int, Feed] = {}
        self._done: set[int] = set()
        self.unsettled: Unsettled[Feed] = Unsettled(context.store, collecting.release_feed)

    def take(self, feeds: list[Feed]) -> list[Feed]:
        """The same feeds, claimed."""
        missing = {feed.id: feed for feed in feeds if feed.id not in self._held}
        if missing:
            while self._ahead and len(missing) < AHEAD:
                feed = self._ahead.popleft()
                if feed.id not in self._held and feed.id not in self._done:
                    missing.setdefault(feed.id, feed)
            until = self._context.clock() + HOLD
            collecting.claim_feeds(self._context.store, list(missing.values()), until=until)
            self._held |= missing
            for feed in missing.values():
                self.unsettled.add(feed.id, feed)
        return feeds

    def expect(self, feeds: Sequence[Feed]) -> None:
        """Take in feeds that fell due since the round began."""
        self._ahead.extend(feeds)
        self._done -= {feed.id for feed in feeds}

    def settle(self, feed: Feed) -> None:
        """Note that a feed was polled; what became of it says what its claim is worth."""
        self._held.pop(feed.id, None)
        self._done.add(feed.id)

    def release(self) -> None:
        """Undo the claims of feeds that were not polled after all."""
        if self._held:
            with self._context.store.write():
                for feed in self._held.values():
                    collecting.release_feed(self._context.store, feed)
            for feed in self._held.values():
                self.unsettled.drop(feed.id)
            self._held.clear()
