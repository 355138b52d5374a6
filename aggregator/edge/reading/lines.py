"""Reads stories as a list shows them, from their rows alone and not from their copies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aggregator.core.strip import read_strip
from aggregator.core.times import moment
from aggregator.core.wording import minutes_between
from aggregator.edge.reading.asking import rows
from aggregator.model import FirstCopy, Line, TimeSource

# Fifty wide stories hold thousands of copies: of 200,000 articles their lines take 2 ms, their
# copies 700.
_LINES = """
SELECT clusters.id, clusters.title, clusters.agency, agencies.name AS agency_name,
  clusters.outlets, clusters.copied, clusters.independent, clusters.strip, clusters.first_at,
  clusters.last_at, lead.language, clusters.first, outlets.id AS outlet_id,
  outlets.name AS outlet, early.day_only, early.time_source
FROM clusters
JOIN articles AS lead ON lead.id = clusters.lead
JOIN articles AS early ON early.id = coalesce(clusters.first, clusters.lead)
JOIN outlets ON outlets.id = early.outlet
LEFT JOIN agencies ON agencies.id = clusters.agency
WHERE clusters.id IN (SELECT value FROM json_each(?))
"""


def read_lines(db: Any, stories: Sequence[int]) -> tuple[Line, ...]:
    """The lines of these stories in this order; ids of none, and of merged ones, are left out."""
    found = {row["id"]: _line(row) for row in rows(db, _LINES, [json.dumps(list(stories))])}
    return tuple(found[story] for story in stories if story in found)


def _line(row: dict[str, Any]) -> Line:
    first_at, last_at = moment(row["first_at"]), moment(row["last_at"])
    return Line(
        id=row["id"],
        title=row["title"],
        language=row["language"],
        agency=row["agency"],
        agency_name=row["agency_name"],
        first=FirstCopy(
            article=row["first"],
            outlet=row["outlet"],
            outlet_id=row["outlet_id"],
            published_at=first_at,
            day_only=bool(row["day_only"]),
            time_source=TimeSource(row["time_source"]),
        ),
        outlets=row["outlets"],
        copied=row["copied"],
        independent=row["independent"],
        minutes=max(0.0, minutes_between(first_at, last_at)),
        strip=read_strip(row["strip"]),
    )
