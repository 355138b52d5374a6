"""Fetches what the fold asks about a component of articles and gives its groups; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregator.core import grouping
from aggregator.core.corrections import Bonds
from aggregator.edge.store import comparing
from aggregator.edge.store.comparing import Bodies


def component(db: Any, start: int, seen: set[int], bonds: Bonds) -> list[int]:
    """Articles joined to one by verified pairs or by a person, itself included."""
    seen.add(start)
    found, front = [start], [start]
    while front:
        article = front.pop()
        camp = bonds.partners(article)
        # The first of a camp leads to all of it: a person may have joined thousands.
        held = camp if camp[:1] == (article,) else camp[:1]
        for other in (*comparing.linked(db, article), *held):
            if other not in seen:
                seen.add(other)
                found.append(other)
                front.append(other)
    return found


def partition(db: Any, bodies: Bodies, component: list[int], bonds: Bonds) -> list[list[int]]:
    """Groups of one component's articles; exact copies are one unless a person parts them."""
    behind: dict[str, list[int]] = {}  # digest -> articles with exactly that text
    names: dict[int, str] = {}
    alone: list[int] = []  # not compared, but a person holds them in a story
    for article in component:
        row = db.execute(
            "SELECT digest, gate, recipe, url_key FROM fingerprints"
            " JOIN articles ON articles.id = article WHERE article = ?",
            [article],
        ).fetchone()
        if row is None:
            continue
        names[article] = row["url_key"]
        if row["gate"] is None and row["recipe"]:
            behind.setdefault(row["digest"], []).append(article)
        elif bonds.is_held(article):
            alone.append(article)
    sides = grouping.sides_of(behind, names, bonds)
    return grouping.partition(
        behind,
        alone,
        names,
        _pairs(db, behind),
        {side[0]: bodies.get(db, side[0]) for side in sides[0]},
        bonds=bonds,
        sides=sides,
        rule=bodies.rules.thresholds,
    )


def _pairs(db: Any, behind: Mapping[str, list[int]]) -> set[tuple[str, str]]:
    """Verified pairs of texts, by their digests."""
    digest_of = {article: digest for digest, articles in behind.items() for article in articles}
    return {
        (digest_of[article], digest_of[other])
        for article in digest_of
        for other in comparing.linked(db, article)
        if other in digest_of
    }
