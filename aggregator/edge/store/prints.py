"""Keeps the rows of fingerprints: which are blank and wait, and what goes when one is forgotten.

Every row here may be deleted and is made again from the articles, by `signing`.
"""

from __future__ import annotations

from typing import Any

from aggregator.core import fingerprint, letters
from aggregator.core.rules import Rules
from aggregator.model import Verdict

SHOWN_UNDER_MANY = "the outlet shows this text under unrelated titles"


def recipe(rules: Rules) -> str:
    """Everything that must be equal before two stored fingerprints may be compared."""
    return (
        f"{fingerprint.RECIPE} letters={letters.tables()} credits={rules.agencies.version}"
        f" pages={rules.template_pages}"
    )


def forget(db: Any, article: int) -> None:
    """Blank an article's fingerprint and take its keys and pairs away; `make` makes them again.

    The blank row is what says that it waits. Articles that stood behind it as the same text are
    forgotten with it, because one of them has to take its place, and so are pages that were no
    story because this one showed the same text.
    """
    _leave(db, article)
    with_it = db.execute(
        "SELECT article FROM fingerprints WHERE holder = :article OR (gate = :wall AND digest ="
        " (SELECT digest FROM fingerprints WHERE article = :article) AND article <> :article)",
        {"article": article, "wall": SHOWN_UNDER_MANY},
    )
    for one in [article, *(row[0] for row in with_it.fetchall())]:
        db.execute("DELETE FROM bands WHERE article = ?", [one])
        db.execute("DELETE FROM samples WHERE article = ?", [one])
        db.execute("DELETE FROM pairs WHERE a = ? OR b = ?", [one, one])
        db.execute(
            "UPDATE fingerprints SET recipe = '', digest = '', holder = NULL, signature = NULL,"
            " samples = NULL, clustered = 0 WHERE article = ?",
            [one],
        )


def _leave(db: Any, article: int) -> None:
    """Take an article out of the group its holder stands for; the holder is compared again."""
    holder = db.execute("SELECT holder FROM fingerprints WHERE article = ?", [article]).fetchone()
    if holder is None or holder[0] is None:
        return
    db.execute(
        "UPDATE fingerprints SET clustered = 0, (first_at, last_at) = ("
        " SELECT min(published_at), max(published_at) FROM articles WHERE id = :holder OR id IN"
        " (SELECT article FROM fingerprints WHERE holder = :holder AND article <> :article))"
        " WHERE article = :holder",
        {"holder": holder[0], "article": article},
    )


def blank(db: Any, *, limit: int) -> list[int]:
    """Articles whose fingerprint was forgotten and has to be made again, in id order."""
    rows = db.execute(
        "SELECT article FROM fingerprints WHERE clustered = 0 AND recipe = '' ORDER BY article"
        " LIMIT ?",
        [limit],
    )
    return [row[0] for row in rows]


def prepare(db: Any, *, rules: Rules) -> int:
    """Blank what another recipe made or somebody deleted; gives how many have to be made again.

    Looks at every article, so it is for start-up, not for every pass.
    """
    db.execute(
        "INSERT INTO fingerprints (article, outlet, shingles, recipe, digest, first_at, last_at)"
        " SELECT id, outlet, 0, '', '', published_at, published_at FROM articles"
        " WHERE verdict = ? AND pruned_at IS NULL"
        " AND id NOT IN (SELECT article FROM fingerprints)",
        [Verdict.GOOD],
    )
    rows = db.execute(
        "SELECT article FROM fingerprints WHERE recipe NOT IN ('', ?)", [recipe(rules)]
    ).fetchall()
    for row in rows:
        forget(db, row[0])
    return int(db.execute("SELECT count(*) FROM fingerprints WHERE recipe = ''").fetchone()[0])
