"""Lets feeds that fall due while a round of polls runs join it; polls none itself."""

from __future__ import annotations

import time
from collections.abc import Sequence

from aggregator.edge.store import collecting
from aggregator.model import Feed
from aggregator.pipeline.context import Context

LOOK_SECONDS = 15.0
# After so long a round takes no more in, and ends: then it is tallied.
ROUND_SECONDS = 900.0


class Meanwhile:
    """Feeds beside those that were due when the round began.

    Fifty feeds of a host that never answers, two at a time and 20 s each, make a round of eight
    minutes. Feeds of other hosts must not wait for its end.
    """

    def __init__(self, context: Context, due: Sequence[Feed]) -> None:
        self._context = context
        self._listed = {feed.id for feed in due}
        now = time.monotonic()
        self._next, self._last = now + LOOK_SECONDS, now + ROUND_SECONDS

    def is_time(self) -> bool:
        """Whether to look now; what is settled by then must be committed."""
        return self._next <= time.monotonic() < self._last

    def fallen_due(self) -> list[Feed]:
        """Feeds that are due and not in the round; they are in it now."""
        self._next = time.monotonic() + LOOK_SECONDS
        due = collecting.due_feeds(self._context.store, now=self._context.clock())
        fresh = [feed for feed in due if feed.id not in self._listed]
        self._listed |= {feed.id for feed in fresh}
        return fresh

    def settle(self, feed: Feed) -> None:
        """Note that a feed was polled: it may fall due again."""
        self._listed.discard(feed.id)
