"""Reads the corrections of a database for the fold and for new corrections; writes nothing."""

from __future__ import annotations

from typing import Any

from aggregator.core import corrected, corrections
from aggregator.core.corrections import Bonds
from aggregator.model import Correction, CorrectionKind


def in_force(db: Any) -> tuple[Correction, ...]:
    """The corrections that nobody took back, by id."""
    return corrected.gather(
        db.execute(
            "SELECT id, kind, note, made_at, undone_at, corrected_articles.article, part"
            " FROM corrections JOIN corrected_articles ON correction = id WHERE undone_at IS NULL"
        )
    )


def read_bonds(db: Any) -> Bonds:
    """What the corrections in force ask of the fold."""
    return corrections.bind(in_force(db))


def pinned(db: Any, cluster_id: int) -> dict[int, int]:
    """The articles of a story that a person chose to lead it, each with its newest correction."""
    rows = db.execute(
        "SELECT articles.id, max(corrections.id) FROM articles"
        " JOIN corrections ON corrections.article = articles.id"
        " WHERE cluster = ? AND kind = ? AND undone_at IS NULL GROUP BY articles.id",
        [cluster_id, CorrectionKind.PIN],
    )
    return {row[0]: row[1] for row in rows}
