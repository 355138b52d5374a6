"""Tells what is left of stories whose articles were pruned; writes nothing."""

from __future__ import annotations

from typing import Any

from aggregator.edge.reading.asking import rows


def tell_past(db: Any, story: int) -> str | None:
    """One line on a story that was pruned; None for one that was not, or left no record."""
    found = rows(
        db,
        "SELECT past_stories.*, lead.name AS led_by, first.name AS began, agencies.name AS whose"
        " FROM past_stories LEFT JOIN outlets AS lead ON lead.id = lead_outlet"
        " LEFT JOIN outlets AS first ON first.id = first_outlet"
        " LEFT JOIN agencies ON agencies.id = past_stories.agency WHERE past_stories.id ="
        " (SELECT coalesce(merged_into, id) FROM clusters WHERE id = ?)",
        [story],
    )
    if not found:
        return None
    row = found[0]
    whose = f"copy of {row['whose']}, " if row["whose"] else ""
    return (
        f"was pruned on {row['pruned_at'][:10]}: “{row['title']}”, {whose}{row['outlets']} outlets,"
        f" first {row['began'] or 'unknown'} on {row['first_at'][:16]}, {row['lead_url']}"
    )
