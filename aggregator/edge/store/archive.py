"""Reads out of a database what engines cluster, and the partition that stands; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aggregator.core.pages import Page
from aggregator.core.times import moment
from aggregator.model import Verdict


def count_pages(db: Any) -> int:
    """How many articles may be compared."""
    row = db.execute(
        "SELECT count(*) FROM articles WHERE verdict = ? AND pruned_at IS NULL", [Verdict.GOOD]
    ).fetchone()
    return int(row[0])


def read_pages(db: Any) -> Iterator[Page]:
    """Articles that may be compared, by id, one by one."""
    rows = db.execute(
        "SELECT id, outlet, url_key, title, listed_title, published_at, text FROM articles"
        " WHERE verdict = ? AND pruned_at IS NULL ORDER BY id",
        [Verdict.GOOD],
    )
    for row in rows:
        yield Page(
            article=row["id"],
            outlet=row["outlet"],
            key=row["url_key"],
            title=row["title"],
            listed=row["listed_title"],
            at=int(moment(row["published_at"]).timestamp()),
            text=row["text"],
        )


def read_keys(db: Any) -> dict[int, str]:
    """The url key of every article."""
    return dict(db.execute("SELECT id, url_key FROM articles").fetchall())


def read_stories(db: Any) -> list[list[int]]:
    """The stories that stand, as articles in order."""
    found: dict[int, list[int]] = {}
    for article, story in db.execute(
        "SELECT id, cluster FROM articles WHERE cluster IS NOT NULL AND pruned_at IS NULL"
        " ORDER BY id"
    ):
        found.setdefault(story, []).append(article)
    return list(found.values())
