"""Source kinds: each polls one feed, sitemap or folder into a Poll; stores nothing."""

from __future__ import annotations

from aggregator.edge.sources import feed, sitemap, wire
from aggregator.edge.sources.asking import FULL_FETCH_EVERY
from aggregator.edge.sources.registry import SOURCES, PollSource, Reach, poll, source

KINDS = (feed, sitemap, wire)  # importing them is what registers them

__all__ = ["FULL_FETCH_EVERY", "KINDS", "SOURCES", "PollSource", "Reach", "poll", "source"]
