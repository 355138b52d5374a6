"""Fetches what the fold asks about a component of articles and gives its groups; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregator.core import cluster, corrections, match, overlap
from aggregator.core.corrections import Bonds, Camps
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
    camps = Camps(bonds)
    # Digests and url keys sort the texts in an order that has nothing to do with their arrival.
    sides = corrections.divide(behind, names, bonds, camps)
    of_key = {side[0]: side for side in sides}
    of_key |= {article: [article] for article in sorted(alone, key=names.__getitem__)}
    texts = {side[0]: bodies.get(db, side[0]) for side in sides}
    groups = cluster.partition(
        list(of_key),
        _edges(db, behind, sides),
        containment=lambda a, b: match.kinship(texts[a], texts[b], bodies.rules.thresholds),
        size=lambda key: len(texts[key].shingles),
        top_share=lambda a, b: overlap.top_share(texts[a], texts[b]),
        camps=camps,
    )
    return [sorted(a for key in group for a in of_key[key]) for group in groups]


def _edges(
    db: Any, behind: Mapping[str, list[int]], sides: list[list[int]]
) -> set[tuple[int, int]]:
    """Verified pairs of texts, between the first articles of all their sides."""
    digest_of = {article: digest for digest, articles in behind.items() for article in articles}
    firsts: dict[str, list[int]] = {}
    for side in sides:
        firsts.setdefault(digest_of[side[0]], []).append(side[0])
    pairs = {
        (digest_of[article], digest_of[other])
        for article in digest_of
        for other in comparing.linked(db, article)
        if other in digest_of
    }
    return {(a, b) for one, other in pairs if one != other
            for a in firsts[one] for b in firsts[other]}  # fmt: skip
