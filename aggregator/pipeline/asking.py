"""Asks one feed for what is new, on whatever thread; claims nothing and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from aggregator.config_sources import WireSettings
from aggregator.edge import sources
from aggregator.edge.store import wires
from aggregator.model import Feed, Poll
from aggregator.pipeline.context import Context


def asking(context: Context) -> Callable[[Feed], Poll]:
    """The function that polls one feed, on any thread."""
    config = context.config
    settings = {config.address(feed): feed for feed in config.feeds}
    web, sandbox = context.web, context.sandbox  # opened here, once, before the threads ask

    def work(feed: Feed) -> Poll:
        reach = sources.Reach(
            web=web,
            sandbox=sandbox,
            now=context.clock(),
            max_bytes=config.fetch.max_feed_bytes,
            stop=context.stop,
        )
        setting = settings.get(feed.url)
        if isinstance(setting, WireSettings):
            known = wires.known_files(context.store, feed.id)
            reach = replace(reach, files=known, tidy=setting.after == "move")
        return _in_language(sources.poll(feed, reach), setting.language if setting else None)

    return work


def _in_language(poll: Poll, language: str | None) -> Poll:
    """The poll with the language that config gives the feed, for entries that name none."""
    if language is None:
        return poll
    entries = (replace(entry, language=entry.language or language) for entry in poll.entries)
    return replace(poll, entries=tuple(entries))
