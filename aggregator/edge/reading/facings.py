"""Reads articles that a reader sets side by side, with their texts; writes nothing."""

from __future__ import annotations

from typing import Any

from aggregator.core.facing import Facing
from aggregator.core.times import moment
from aggregator.edge.reading.asking import rows


def read_facing(db: Any, article: int) -> Facing | None:
    """One article with its text; None for an id that is not there."""
    found = rows(
        db,
        "SELECT articles.id, articles.cluster, articles.title, articles.final_url, text,"
        " articles.published_at, articles.language, articles.words, outlets.id AS outlet_id,"
        " outlets.name AS outlet FROM articles JOIN outlets ON outlets.id = articles.outlet"
        " WHERE articles.id = ?",
        [article],
    )
    if not found:
        return None
    row = found[0]
    return Facing(
        article=row["id"],
        story=row["cluster"],
        outlet=row["outlet"],
        outlet_id=row["outlet_id"],
        title=row["title"],
        url=row["final_url"],
        published_at=moment(row["published_at"]),
        language=row["language"],
        words=row["words"],
        text=row["text"],
    )
