"""The columns that say when an article was published, from its dates and our polls of its feed.

`core.order` judges; this fetches what it needs and writes nothing itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aggregator.core.order import Settled, Watched, settle
from aggregator.core.times import moment, stamp
from aggregator.edge.store.waiting import Waiting
from aggregator.model import Article, Trust


def watched(db: Any, feed: int, seen_at: datetime) -> Watched | None:
    """What the answered polls of a feed before `seen_at` say; None when there was none.

    A poll whose document was cut at the cap may have listed the entry past it, so it does not
    count as one without the entry. Polls that said nothing new are counted on the row before.
    """
    answered = "FROM polls WHERE feed = :feed AND result <> 'failed' AND polled_at < :seen"
    values = {"feed": feed, "seen": stamp(seen_at)}
    first = db.execute(f"SELECT polled_at {answered} ORDER BY id LIMIT 1", values).fetchone()
    if first is None:
        return None
    last = db.execute(
        "SELECT CASE WHEN last_at < :seen THEN last_at ELSE polled_at END"
        f" {answered} AND dropped = 0 ORDER BY id DESC LIMIT 1",
        values,
    ).fetchone()
    return Watched(since=moment(first[0]), without=moment(last[0]) if last else None)


def time_columns(db: Any, article: Article, item: Waiting) -> dict[str, Any]:
    """The columns of `articles` for a page read the first time."""
    polled = watched(db, item.feed, item.seen_at) if article.stated else None
    return columns_of(article, seen_at=item.seen_at, polled=polled)


def columns_of(article: Article, *, seen_at: datetime, polled: Watched | None) -> dict[str, Any]:
    """The same for a page whose entry was seen at a time, in a feed that was polled so."""
    found = None
    if article.stated:
        # An archive has no polls, and when it was imported says nothing of when it was published.
        seen = seen_at if polled or article.extractor != "archive" else None
        found = settle(article.stated, first_seen=seen, watched=polled)
    if found is None:
        found = Settled(
            at=article.published_at or seen_at,
            source=article.time_source,
            trust=Trust.MEDIUM if article.published_at else Trust.LOW,
        )
    return {
        "published_at": stamp(found.at),
        "time_source": found.source,
        "time_trust": found.trust,
        "time_remark": found.remark,
        "stated_at": stamp(found.stated_at) if found.stated_at else None,
        "day_only": int(found.day_only),
    }
