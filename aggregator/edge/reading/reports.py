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
    articles, outlets, copies = db.execute(_TALLY, [since, until]).fetchone()
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
        feeds=read_feeds(db),
        backlog=backlog,
        min_outlets=query.min_outlets,
        asked=query,
        installation=read_installation(db),
    )


def read_installation(db: Any) -> str:
    """The name of this database, made with it; empty for one that has none."""
    found = db.execute("SELECT value FROM meta WHERE name = 'installation'").fetchone()
    return str(found[0]) if found else ""


def read_feeds(db: Any) -> tuple[FeedHealth, ...]:
    """How every feed is doing, the failing ones first."""
    found = rows(
        db,
        "SELECT feed_health.*, feeds.kind FROM feed_health JOIN feeds ON feeds.id = feed"
        " ORDER BY feed_health.enabled DESC, feed_health.failures DESC, feed_health.name",
    )
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
