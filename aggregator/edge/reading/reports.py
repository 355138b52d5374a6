"""Reads the stories a query asks for, with the tallies and feed health of a report."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aggregator.core.times import moment, stamp
from aggregator.edge.reading.asking import find_stories, rows
from aggregator.edge.reading.lines import read_lines
from aggregator.edge.reading.stories import read_stories
from aggregator.model import FeedHealth, Report, StoryQuery

_NEVER = "~"  # sorts after every time
_TALLY = """
SELECT count(*), count(DISTINCT outlet), coalesce(sum(carried), 0) FROM articles
WHERE first_seen_at >= ? AND first_seen_at < ? AND cluster IS NOT NULL
"""
_SUMS = "SELECT count(*), coalesce(sum(carried), 0) FROM articles WHERE cluster IS NOT NULL"
# One step of an index an outlet: counting distinct ones looks at every article.
_OUTLETS = """
SELECT count(*) FROM outlets WHERE
  (SELECT 1 FROM articles WHERE articles.outlet = outlets.id AND cluster IS NOT NULL LIMIT 1)
"""


def read_report(
    db: Any, query: StoryQuery, *, now: datetime, whole: bool = False, listed: bool = False
) -> Report:
    """The stories a query asks for, widest first, with tallies of the same window.

    `whole` stories carry their texts, versions and comparisons, as `read_story` gives them. Where
    a list is all that is wanted, `listed` reads lines in place of stories.
    """
    found, total = find_stories(db, query)
    since = stamp(query.since) if query.since else ""
    until = stamp(query.until) if query.until else _NEVER
    articles, outlets, copies = _tally(db, since, until)
    backlog = db.execute("SELECT count(*) FROM entries WHERE state = 'new'").fetchone()[0]
    return Report(
        made_at=now,
        since=query.since,
        stories=() if listed else read_stories(db, found, whole=whole),
        lines=read_lines(db, found) if listed else (),
        total_stories=total,
        articles=articles,
        outlets=outlets,
        copies=copies,
        feeds=read_feeds(db, counted=not listed),
        backlog=backlog,
        min_outlets=query.min_outlets,
        asked=query,
        installation=read_installation(db),
    )


def _tally(db: Any, since: str, until: str) -> tuple[int, int, int]:
    """Articles, outlets and copies of a window; of 200,000 articles in 10 ms where that is all."""
    if since or until != _NEVER:
        found = db.execute(_TALLY, [since, until]).fetchone()
        return found[0], found[1], found[2]
    sums = db.execute(_SUMS).fetchone()
    return sums[0], db.execute(_OUTLETS).fetchone()[0], sums[1]


def read_installation(db: Any) -> str:
    """The name of this database, made with it; empty for one that has none."""
    found = db.execute("SELECT value FROM meta WHERE name = 'installation'").fetchone()
    return str(found[0]) if found else ""


_FEEDS = """
SELECT feed, feed_health.name, feed_health.outlet, feed_health.url, feeds.kind,
  feed_health.enabled, status, feed_health.failures, feed_health.error, feed_health.polled_at,
  feed_health.changed_at, feed_health.due_at, {counts}
FROM feed_health JOIN feeds ON feeds.id = feed
ORDER BY feed_health.enabled DESC, feed_health.failures DESC, feed_health.name
"""


def read_feeds(db: Any, *, counted: bool = True) -> tuple[FeedHealth, ...]:
    """How every feed is doing, the failing ones first; what they listed only when `counted`."""
    # SQLite leaves out what is not asked of the view: 400 feeds that listed 220,000 entries take
    # 1 ms, and 17 with the two counts.
    counts = "entries, articles" if counted else "NULL AS entries, NULL AS articles"
    found = rows(db, _FEEDS.format(counts=counts))
    return tuple(
        FeedHealth(
            id=row["feed"],
            name=row["name"],
            outlet=row["outlet"] or "",
            url=row["url"],
            kind=row["kind"],
            enabled=bool(row["enabled"]),
            status=row["status"],
            failures=row["failures"],
            error=row["error"],
            polled_at=moment(row["polled_at"]),
            changed_at=moment(row["changed_at"]),
            due_at=moment(row["due_at"]),
            entries=row["entries"],
            articles=row["articles"],
        )
        for row in found
    )
