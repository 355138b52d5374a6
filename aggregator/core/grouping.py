"""Gives the groups of one component of articles, exact copies and corrections among them.

The daemon and the engines that fold a whole archive both ask here. Must not look anything up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from aggregator.core import cluster, corrections, match, overlap
from aggregator.core.corrections import Bonds, Camps
from aggregator.core.overlap import Body
from aggregator.core.thresholds import Thresholds


def sides_of(
    behind: Mapping[str, Sequence[int]], names: Mapping[int, str], bonds: Bonds
) -> tuple[list[list[int]], Camps]:
    """Articles that stand as one text, and the camps they are in.

    `behind`: articles by the digest of their text; `names`: their url keys. Digests and url keys
    sort the texts in an order that has nothing to do with their arrival.
    """
    camps = Camps(bonds)
    return corrections.divide(behind, names, bonds, camps), camps


def partition(
    behind: Mapping[str, Sequence[int]],
    alone: Iterable[int],
    names: Mapping[int, str],
    pairs: Iterable[tuple[str, str]],
    bodies: Mapping[int, Body],
    *,
    bonds: Bonds,
    sides: tuple[list[list[int]], Camps],
    rule: Thresholds,
) -> list[list[int]]:
    """Groups of one component's articles; exact copies are one unless a person parts them.

    `alone` are not compared but held in a story by a person; `pairs` are digests of texts verified
    to be copies; `bodies` are of the first article of each side.
    """
    parts, camps = sides
    of_key = {side[0]: side for side in parts}
    of_key |= {article: [article] for article in sorted(alone, key=names.__getitem__)}
    digest_of = {article: digest for digest, articles in behind.items() for article in articles}
    firsts: dict[str, list[int]] = {}
    for side in parts:
        firsts.setdefault(digest_of[side[0]], []).append(side[0])
    groups = cluster.partition(
        list(of_key),
        {
            (a, b)
            for one, other in pairs
            if one != other
            for a in firsts[one]
            for b in firsts[other]
        },
        containment=lambda a, b: match.kinship(bodies[a], bodies[b], rule),
        size=lambda key: len(bodies[key].shingles),
        top_share=lambda a, b: overlap.top_share(bodies[a], bodies[b]),
        camps=camps,
    )
    return [sorted(a for key in group for a in of_key[key]) for group in groups]


def digest_of(groups: Iterable[Iterable[str]]) -> str:
    """Hex digest of a partition, given by the url keys of its groups, in any order."""
    lines = sorted("\t".join(sorted(group)) for group in groups)
    return hashlib.blake2b("\n".join(lines).encode("utf-8", "replace"), digest_size=16).hexdigest()
