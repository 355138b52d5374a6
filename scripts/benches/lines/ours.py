"""Our line, step by step by the product's own code in one process, each step timed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lines.samples import Sample, feed_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Spent = Counter[str]  # CPU seconds by stage


@contextmanager
def timing(spent: Spent, stage: str) -> Iterator[None]:
    began = time.thread_time()
    try:
        yield
    finally:
        spent[stage] += time.thread_time() - began


@contextmanager
def opened(database: Path) -> Iterator[Any]:
    from aggregator.config import Config
    from aggregator.pipeline import Aggregator

    config = Config.model_validate({"feeds": ({"name": "all", "url": "http://all.example/feed"},)})
    with Aggregator(config, database=database, clock=lambda: NOW) as news:
        yield news


def take(news: Any, samples: list[Sample]) -> list[Any]:
    """Commit A: the feed document, parsed and kept; gives the entries that wait."""
    from aggregator.core import newitems
    from aggregator.edge.store import collecting, polling, waiting
    from aggregator.model import Poll

    store = news.context.store
    (feed,) = collecting.due_feeds(store, now=NOW, all_healthy=True)
    given: dict[str, Any] = {"url": feed.address, "content_type": None, "now": NOW, "memory": {}}
    parsed = newitems.parse_changed(feed_of(samples), **given)
    poll = Poll(status=200, unchanged=False, entries=parsed.entries, title=parsed.title)
    collecting.keep_poll(store, feed, poll, now=NOW, plan=lambda _: polling.Plan(due_at=NOW))
    return waiting.waiting(store, now=NOW, limit=len(samples))


def page_of(sample: Sample) -> Any:
    from aggregator.core.extract import Page

    return Page(
        url=sample.url, final_url=sample.url, body=sample.body, content_type="text/html"
    )  # the charset is what the page itself says


@contextmanager
def _signing_timed(spent: Spent) -> Iterator[None]:
    """While it lasts, what signing takes inside of commit B is counted apart."""
    from aggregator.edge.store import signing

    sign: Any = signing._sign
    sign.cache_clear()  # it holds the texts of the round before

    def timed(*args: Any) -> Any:
        with timing(spent, "fingerprint"):
            return sign(*args)

    signing._sign = timed  # type: ignore[assignment]
    try:
        yield
    finally:
        signing._sign = sign


def walk(samples: list[Sample], folder: Path, kept: Counter[str]) -> Spent:
    from aggregator.core.extract import extract

    spent: Spent = Counter()
    with opened(folder / "ours.db") as news, _signing_timed(spent):
        with timing(spent, "feed"):
            items = take(news, samples)
        pages = {each.url: page_of(each) for each in samples}
        results: Counter[str] = Counter()
        for item in items:
            with timing(spent, "extract"):
                article = read_or_none(extract, pages[item.entry.guid], item)
            if article is None:
                continue
            with timing(spent, "keep"):
                results[keep(news, item, article)] += 1
        spent["keep"] -= spent["fingerprint"]
        with timing(spent, "cluster"):
            news.cluster()
    kept["ours"] = results["kept"]
    return spent


def read_or_none(extract: Callable[..., Any], page: Any, item: Any) -> Any:
    from aggregator.errors import ParseError

    try:
        return extract(page, entry=item.entry, now=NOW, min_words=50, first_seen=item.seen_at)
    except ParseError:
        return None


def keep(news: Any, item: Any, article: Any) -> str:
    from aggregator.edge.store import keeping

    context = news.context
    return keeping.keep_article(
        context.store, item, article, rules=context.rules, now=NOW, timetable=context.timetable
    )
