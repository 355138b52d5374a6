"""Takes indices away while an archive is written, and puts back those that are missing.

Nothing is wrong without them, only slow: a program that was killed between leaves that to the
next run over the archive, which is owed by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from aggregator.edge import schema
from aggregator.edge.store.door import Store

FEW = 1000  # articles or stories: a database with fewer is no archive that is kept up to date
# What lists, facets and tallies are read by, and no import or fold. Row by row their places are
# all over the file, and telling a story moves its articles in most of them a second time.
OF_ARTICLES = (
    "articles_outlet", "articles_uncredited", "articles_relation", "articles_agency",
    "articles_language", "articles_verdict", "articles_published_at", "articles_first_seen_at",
    "entries_article", "entries_feed", "entries_title", "entries_state", "revisions_kind",
    "credits_agency", "credits_role", "credits_zone",
)  # fmt: skip
OF_STORIES = (
    "clusters_first_at", "clusters_last_at", "clusters_seen_at", "clusters_lead", "clusters_first",
    "clusters_agency", "clusters_listed", "clusters_outlets",
)  # fmt: skip


def set_aside(db: Any, names: Iterable[str]) -> None:
    """Take indices away, in the caller's commit."""
    for name in names:
        db.execute(f"DROP INDEX IF EXISTS {name}")


def has_few(db: Any, table: str) -> bool:
    """Whether a table has next to no rows: then nearly all it will have are written now."""
    row = db.execute(f"SELECT 1 FROM {table} LIMIT 1 OFFSET ?", [FEW]).fetchone()  # noqa: S608
    return row is None


def put_back(
    store: Store, tell: Callable[[str, int, int], None] = lambda stage, done, total: None
) -> int:
    """Make the indices of the schema that are not there, each in a commit of its own."""
    known = {row[0] for row in store.query("SELECT name FROM sqlite_master WHERE type = 'index'")}
    missing = [sql for name, sql in schema.indices().items() if name not in known]
    for number, sql in enumerate(missing):
        tell("write indices", number, len(missing))
        with store.write() as db:
            db.execute(sql)
    return len(missing)
