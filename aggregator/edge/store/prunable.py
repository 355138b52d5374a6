"""Finds what is old enough to be let go, and what speaks against it; writes nothing.

A story goes as a whole: its copies are explained by one another. Its age counts from when its
newest copy was first seen here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit stands in the order of going: stories by age, then articles outside stories."""

    loose: bool = False
    at: str = ""  # stamp of when its newest copy was first seen
    id: int = 0  # of the story, or of the article


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What goes together: the articles of a story, or one that stands in none."""

    story: int | None
    articles: tuple[int, ...]
    decided: bool  # a person's decision in force is about it

    @property
    def ids(self) -> str:
        """The articles as a JSON array, for statements."""
        return json.dumps(self.articles)


def places(db: Any, *, before: str, whole: bool, beyond: Place, limit: int) -> list[Place]:
    """Where units older than the stamp `before` stand, after `beyond`: stories, then the others.

    `whole` asks for articles, not for their texts alone.
    """
    values = {"before": before, "whole": whole, "at": beyond.at, "id": beyond.id, "limit": limit}
    if not beyond.loose:
        rows = db.execute(_STORIES, values).fetchall()
        if rows:
            return [Place(loose=False, at=row["at"], id=row["id"]) for row in rows]
        values |= {"at": "", "id": 0}
    rows = db.execute(_LOOSE, values).fetchall()
    return [Place(loose=True, at=row["at"], id=row["id"]) for row in rows]


def unit_at(db: Any, place: Place, *, before: str, whole: bool) -> Unit | None:
    """The unit at a place, or None while something still needs it."""
    if place.loose:
        articles: tuple[int, ...] = (place.id,)
    else:
        rows = db.execute("SELECT id FROM articles WHERE cluster = ? ORDER BY id", [place.id])
        articles = tuple(row[0] for row in rows.fetchall())
    values = {"ids": json.dumps(articles), "before": before, "whole": whole}
    if not articles or db.execute(_NEEDED, values).fetchone()[0]:
        return None
    decided = db.execute(_DECIDED, values).fetchone()[0]
    story = None if place.loose else place.id
    return Unit(story=story, articles=articles, decided=bool(decided))


_STORIES = """
SELECT id, seen_at AS at FROM clusters
WHERE seen_at < :before AND (seen_at, id) > (:at, :id) AND merged_into IS NULL AND articles > 0
  AND (:whole OR EXISTS (SELECT 1 FROM articles WHERE cluster = clusters.id AND pruned_at IS NULL))
ORDER BY seen_at, id LIMIT :limit
"""
_LOOSE = """
SELECT id, first_seen_at AS at FROM articles
WHERE first_seen_at < :before AND (first_seen_at, id) > (:at, :id) AND cluster IS NULL
  AND (:whole OR pruned_at IS NULL)
ORDER BY first_seen_at, id LIMIT :limit
"""


# It waits to be compared or read again; or a text of a younger story is like one of it, and is
# told with its help; or it holds the highest id, which would be given to the next article.
_NEEDED = """
WITH mine AS MATERIALIZED (SELECT value AS id FROM json_each(:ids)), near AS (
  SELECT b AS id FROM pairs WHERE a IN mine
  UNION SELECT a FROM pairs WHERE b IN mine
  UNION SELECT article FROM fingerprints WHERE holder IN mine
  UNION SELECT holder FROM fingerprints WHERE article IN mine AND holder IS NOT NULL
  UNION SELECT article FROM parents WHERE source IN mine
  UNION SELECT source FROM parents WHERE article IN mine
  UNION SELECT article FROM credits WHERE source_article IN mine
)
SELECT EXISTS (SELECT 1 FROM fingerprints WHERE clustered = 0 AND article IN mine)
  OR EXISTS (SELECT 1 FROM entries WHERE article IN mine AND state = 'new')
  OR EXISTS (SELECT 1 FROM near JOIN articles ON articles.id = near.id
    LEFT JOIN clusters ON clusters.id = articles.cluster
    WHERE near.id NOT IN mine AND (:whole OR articles.pruned_at IS NULL)
      AND coalesce(clusters.seen_at, articles.first_seen_at) >= :before)
  OR (:whole AND (SELECT max(id) FROM articles) IN mine)
"""
_DECIDED = """
SELECT EXISTS (SELECT 1 FROM corrected_articles JOIN corrections ON corrections.id = correction
  WHERE undone_at IS NULL
    AND corrected_articles.article IN (SELECT value FROM json_each(:ids)))
"""


def weigh(db: Any, unit: Unit) -> int:
    """Bytes of text that a unit holds: pages as they are, all their versions, what feeds said."""
    row = db.execute(_BYTES, {"ids": unit.ids}).fetchone()
    return int(row[0])


_BYTES = """
WITH mine AS MATERIALIZED (SELECT value AS id FROM json_each(:ids))
SELECT coalesce((SELECT sum(length(CAST(text AS BLOB))) FROM articles WHERE id IN mine), 0)
  + coalesce((SELECT sum(length(CAST(text AS BLOB))) FROM revisions WHERE article IN mine), 0)
  + coalesce((SELECT sum(length(CAST(summary AS BLOB)) + coalesce(length(CAST(body AS BLOB)), 0))
    FROM entries WHERE article IN mine), 0)
"""
