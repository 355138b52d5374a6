"""Reads how the database, the daemon and the feeds are doing; writes nothing."""

from __future__ import annotations

from aggregator.edge.health.collectors import Collector, read_collectors
from aggregator.edge.health.feeds import FeedState, read_feed_states
from aggregator.edge.health.history import read_history, show_history
from aggregator.edge.health.measuring import measure
from aggregator.edge.health.status import ROWS, Status, read_status

__all__ = [
    "ROWS",
    "Collector",
    "FeedState",
    "Status",
    "measure",
    "read_collectors",
    "read_feed_states",
    "read_history",
    "read_status",
    "show_history",
]
