"""The pure functions a researcher uses on a data frame: compare two texts, partition many."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import combinations
from typing import TypeVar

from aggregator.core import cluster, fingerprint, match, text
from aggregator.core.match import Thresholds
from aggregator.model import Match

Key = TypeVar("Key", bound=Hashable)


def compare(a: str, b: str, rule: Thresholds | None = None) -> Match:
    """The exact comparison of two texts of different outlets; `a` is key 0, `b` key 1.

    >>> compare("one two three", "one two three").verdict.value
    'no'
    """
    first, second = (
        match.make_body(key=key, tokens=text.tokens(body)) for key, body in enumerate((a, b))
    )
    return match.compare(first, second, rule)


def partition(texts: Mapping[Key, str], rule: Thresholds | None = None) -> list[list[Key]]:
    """Clusters of copies among texts of different outlets, singles included.

    The same texts give the same clusters whatever their order; keys must sort. Pairs are
    proposed by LSH and decided on the text, as the daemon does it.
    """
    keys = sorted(texts, key=repr)
    bodies = {
        key: match.make_body(key=place, tokens=text.tokens(texts[key]))
        for place, key in enumerate(keys)
    }
    shelves: dict[tuple[int, int], list[Key]] = {}
    for key, body in bodies.items():
        if len(body.shingles):
            for band, value in enumerate(fingerprint.band_keys(fingerprint.sign(body.shingles))):
                shelves.setdefault((band, value), []).append(key)
    proposed = {pair for shelf in shelves.values() for pair in combinations(shelf, 2)}
    verified = [
        (a, b) for a, b in proposed if match.compare(bodies[a], bodies[b], rule).verdict.merges
    ]

    def contained(a: Key, b: Key) -> float:
        shared = match.count_shared(bodies[a].shingles, bodies[b].shingles)
        return shared / max(len(bodies[a].shingles), 1)

    return cluster.partition(keys, verified, contained, lambda key: len(bodies[key].shingles))
