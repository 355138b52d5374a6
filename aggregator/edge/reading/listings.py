"""Reads the lists of all outlets and all agencies with their numbers; writes nothing."""

from __future__ import annotations

from typing import Any

from aggregator.core.listings import (
    AGENCY_SORTS,
    OUTLET_SORTS,
    AgencyLine,
    Listing,
    ListQuery,
    OutletLine,
)
from aggregator.core.times import moment
from aggregator.edge.reading.asking import rows
from aggregator.edge.reading.carrying import CARRYING
from aggregator.model import Relation, Trust


def read_outlets(db: Any, query: ListQuery) -> Listing[OutletLine]:
    """A page of the outlets that an article was read of."""
    found, total = _page(db, _OUTLETS, OUTLET_SORTS, query)
    lines = tuple(
        OutletLine(
            id=row["id"],
            name=row["name"],
            domain=row["domain"],
            family=row["family"],
            agency=row["agency"],
            articles=row["articles"],
            shared=row["shared"],
            first=row["first"],
            carried=row["carried"],
            credited=row["credited"],
            uncredited=row["uncredited"],
            last_at=moment(row["last"]),
        )
        for row in found
    )
    return Listing(lines=lines, total=total, asked=query)


def read_agencies(db: Any, query: ListQuery) -> Listing[AgencyLine]:
    """A page of the agencies that a story or an article is the copy of."""
    found, total = _page(db, _AGENCIES, AGENCY_SORTS, query)
    lines = tuple(
        AgencyLine(
            key=row["key"],
            name=row["name"],
            stories=row["stories"],
            widest=row["widest"],
            articles=row["articles"],
            uncredited=row["uncredited"],
            last_at=moment(row["last"]),
        )
        for row in found
    )
    return Listing(lines=lines, total=total, asked=query)


def _page(
    db: Any, source: str, sorts: tuple[str, ...], query: ListQuery
) -> tuple[list[dict[str, Any]], int]:
    """Rows in order, and how many answer in all; a sort that is none is the first."""
    sort = query.sort if query.sort in sorts else sorts[0]
    down = (sort == "name") == query.turned
    words = query.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found = rows(
        db,
        f"SELECT *, count(*) OVER () AS total FROM ({source})"  # noqa: S608  names of ours
        " WHERE name LIKE :words ESCAPE '\\' OR label LIKE :words ESCAPE '\\'"
        f" ORDER BY {sort} {'DESC' if down else 'ASC'}, name, label LIMIT :limit OFFSET :offset",
        {"words": f"%{words}%", "limit": query.limit, "offset": query.offset},
    )
    if found or not query.offset:
        return found, found[0]["total"] if found else 0
    from dataclasses import replace

    # Past the end: the rows say nothing of their number.
    return [], _page(db, source, sorts, replace(query, limit=1, offset=0))[1]


# Both are counted from indices that hold these columns: of 200,000 articles in 35 ms each. What is
# asked of a row stands in CASE, which reads no further once it is false; `max` beside other sums
# would copy every time; and one DISTINCT in order of its index needs no table of its own.
_OUTLETS = f"""
WITH sums AS (
  SELECT outlet, count(*) AS articles, coalesce(sum(shared), 0) AS shared,
    count(CASE WHEN shared AND relation = '{Relation.FIRST.value}'
      AND time_trust <> '{Trust.LOW.value}' THEN 1 END) AS first,
    coalesce(sum(carried), 0) AS carried, count(CASE wire WHEN 'credited' THEN 1 END) AS credited
  FROM articles GROUP BY outlet
), omitted AS (
  SELECT outlet, count(*) AS uncredited FROM articles WHERE wire = 'uncredited' GROUP BY outlet
)
SELECT outlets.id, outlets.name, outlets.domain, outlets.domain AS label, outlets.family,
  outlets.agency, sums.*, coalesce(uncredited, 0) AS uncredited,
  credited + coalesce(uncredited, 0) AS wire,
  (SELECT max(published_at) FROM articles WHERE articles.outlet = outlets.id) AS last
FROM sums JOIN outlets ON outlets.id = sums.outlet LEFT JOIN omitted USING (outlet)
"""  # noqa: S608  names of ours
_AGENCIES = f"""
WITH silent AS MATERIALIZED (SELECT id FROM articles WHERE wire = 'uncredited'),
own AS (
  SELECT agency, count(*) AS articles, sum(silent) AS uncredited FROM (
    SELECT DISTINCT agency, article, article IN (SELECT id FROM silent) AS silent FROM credits
    WHERE role = 'own'
  ) GROUP BY agency
), told AS (
  SELECT agency, count(DISTINCT article) AS articles FROM credits WHERE {CARRYING} GROUP BY agency
), omitted AS (
  SELECT agency, count(DISTINCT article) AS articles FROM credits
  WHERE {CARRYING} AND +article IN (SELECT id FROM silent) GROUP BY agency
), carried AS (
  SELECT told.agency, told.articles - coalesce(own.articles, 0) AS articles,
    coalesce(omitted.articles, 0) - coalesce(own.uncredited, 0) AS uncredited
  FROM told LEFT JOIN omitted USING (agency) LEFT JOIN own USING (agency)
), led AS (
  SELECT agency, count(*) AS stories, max(outlets) AS widest, max(last_at) AS last FROM clusters
  WHERE agency IS NOT NULL AND articles > 0 GROUP BY agency
)
SELECT agencies.id AS key, agencies.id AS label, agencies.name, led.last,
  coalesce(led.stories, 0) AS stories, coalesce(led.widest, 0) AS widest,
  coalesce(carried.articles, 0) AS articles, coalesce(carried.uncredited, 0) AS uncredited
FROM agencies
LEFT JOIN led ON led.agency = agencies.id
LEFT JOIN carried ON carried.agency = agencies.id
WHERE led.stories > 0 OR carried.articles > 0
"""  # noqa: S608
