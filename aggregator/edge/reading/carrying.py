"""Counts articles that carry agency copy, with and without a credit; reads no text.

The rule is that of the views in `schema.originality`: an article carries an agency's copy when a
credit proves it and it is not the agency's own page; it is uncredited when the only proof is
another outlet's credit for the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aggregator.core.profiles import Carried

# One row for each article and agency of `{source}`, which names articles and credits.
SAID = """
SELECT articles.id AS article, articles.outlet, articles.copied, credits.agency,
  articles.wire IS 'uncredited' AS silent
FROM {source}
GROUP BY articles.id, credits.agency HAVING max(credits.role = 'own') = 0
"""
CARRYING = "credits.role IN ('own', 'origin', 'partial', 'inferred')"
SUMS = (
    "count(*) AS articles, sum(NOT silent) AS credited, sum(silent) AS uncredited,"
    " avg(copied) AS copied"
)


def make_carried(found: Sequence[dict[str, Any]]) -> tuple[Carried, ...]:
    """The values of rows of key, name and `SUMS`."""
    return tuple(
        Carried(
            key=str(row["key"]),
            name=row["name"] or str(row["key"]),
            articles=row["articles"],
            credited=row["credited"],
            uncredited=row["uncredited"],
            copied=row["copied"],
        )
        for row in found
    )
