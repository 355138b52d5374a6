"""The pure functions a researcher uses on a data frame: compare two texts, partition many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import replace
from itertools import combinations
from typing import TypeVar

from aggregator.core import cluster, fingerprint, match, overlap, text
from aggregator.core.thresholds import Thresholds
from aggregator.model import Match

Key = TypeVar("Key", bound=Hashable)


def compare(a: str, b: str, rule: Thresholds | None = None) -> Match:
    """The exact comparison of two texts of different outlets; `a` is key 0, `b` key 1.

    >>> compare("one two three", "one two three").verdict.value
    'no'
    """
    first, second = (_read(key, body) for key, body in enumerate((a, b)))
    return match.compare(first, second, rule)


def partition(texts: Mapping[Key, str], rule: Thresholds | None = None) -> list[list[Key]]:
    """Clusters of copies among texts of different outlets, singles included.

    The same texts give the same clusters whatever their order; keys must sort. Pairs are
    proposed by LSH and decided on the text, as the daemon does it.
    """
    keys = sorted(texts, key=repr)
    same: dict[tuple[str, ...], list[Key]] = {}  # exact copies stand behind the first of them
    for key in keys:
        same.setdefault(tuple(text.tokens(texts[key])), []).append(key)
    bodies: dict[Key, overlap.Body] = {}
    behind: dict[Key, list[Key]] = {}
    least = (rule or Thresholds()).min_shingles
    for copies in same.values():
        body = _read(len(bodies), texts[copies[0]])
        alone = len(body.shingles) < least  # too short to be compared, even with itself
        for group in [[copy] for copy in copies] if alone else [copies]:
            bodies[group[0]], behind[group[0]] = replace(body, key=len(bodies)), group
    verified = [
        (a, b)
        for a, b in _propose(bodies)
        if match.compare(bodies[a], bodies[b], rule).verdict.merges
    ]
    groups = cluster.partition(
        list(bodies),
        verified,
        containment=lambda a, b: match.kinship(bodies[a], bodies[b]),
        size=lambda key: len(bodies[key].shingles),
        top_share=lambda a, b: overlap.top_share(bodies[a], bodies[b]),
    )
    found = [sorted((k for key in group for k in behind[key]), key=repr) for group in groups]
    return sorted(found, key=lambda group: repr(group[0]))


def _read(key: int, body: str) -> overlap.Body:
    return overlap.make_body(key=key, tokens=text.tokens(body), sentences=text.sentences(body))


def _propose(bodies: Mapping[Key, overlap.Body]) -> set[tuple[Key, Key]]:
    """Pairs that share a band key or enough sampled shingles."""
    bands: dict[tuple[int, int], list[Key]] = {}
    samples: dict[int, list[Key]] = {}
    for key, body in bodies.items():
        if not len(body.shingles):
            continue
        for band, value in enumerate(fingerprint.band_keys(fingerprint.sign(body.shingles))):
            bands.setdefault((band, value), []).append(key)
        for value in fingerprint.sample_keys(body.shingles):
            samples.setdefault(value, []).append(key)
    shared = Counter(
        pair
        for shelf in samples.values()
        if len(shelf) <= fingerprint.SAMPLE_LIMIT
        for pair in combinations(shelf, 2)
    )
    proposed = {pair for pair, count in shared.items() if count >= fingerprint.SAMPLES_SHARED}
    return proposed.union(
        pair
        for shelf in bands.values()
        if len(shelf) <= fingerprint.KEY_LIMIT
        for pair in combinations(shelf, 2)
    )
