"""Scores of a partition against labels: pairwise, B-cubed and adjusted Rand; must not cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)
Pair = frozenset[Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How well a partition agrees with the labels; pairs are unordered pairs in one cluster."""

    articles: int
    pairs_gold: int
    pairs_found: int
    right: int
    wrong: int  # found, not in gold, not ignored
    missed: int
    ignored: int  # found and ignored: counts neither way, but in the strict score as wrong
    precision: float
    recall: float
    f1: float
    strict_f1: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    ari: float
    clusters_gold: int  # of two or more articles
    clusters_whole: int  # of those, found exactly

    def to_dict(self) -> dict[str, object]:
        """The fields of `eval --json`."""
        found: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        found["bcubed"] = {
            name: found.pop(f"bcubed_{name}") for name in ("precision", "recall", "f1")
        }
        return found


def pairs_of(labels: Mapping[Item, Hashable]) -> set[Pair[Item]]:
    """All unordered pairs of items with equal labels."""
    groups: dict[Hashable, list[Item]] = {}
    for item, label in labels.items():
        groups.setdefault(label, []).append(item)
    return {frozenset(pair) for group in groups.values() for pair in combinations(group, 2)}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def score(
    gold: Mapping[Item, Hashable],
    found: Mapping[Item, Hashable],
    ignore: Iterable[Collection[Item]] = (),
) -> Scores:
    """Scores of `found` against `gold`; both give a label to the same items.

    Pairs in `ignore` count neither way in precision and F1; the strict F1, B-cubed (Bagga and
    Baldwin 1998) and the adjusted Rand index (Hubert and Arabie 1985) count them as gold says.
    """
    items = list(gold)
    gold_pairs, found_pairs = pairs_of(gold), pairs_of({i: found[i] for i in items})
    ignored = {frozenset(pair) for pair in ignore} & found_pairs - gold_pairs
    right = len(gold_pairs & found_pairs)
    wrong = len(found_pairs - gold_pairs - ignored)
    precision, recall = _ratio(right, right + wrong), _ratio(right, len(gold_pairs))
    strict = _ratio(right, len(found_pairs))
    bcubed = _bcubed(items, gold, found)
    gold_groups = _groups(items, gold)
    found_groups = _groups(items, found)
    return Scores(
        articles=len(items),
        pairs_gold=len(gold_pairs),
        pairs_found=len(found_pairs),
        right=right,
        wrong=wrong,
        missed=len(gold_pairs) - right,
        ignored=len(ignored),
        precision=precision,
        recall=recall,
        f1=_harmonic(precision, recall),
        strict_f1=_harmonic(strict, recall),
        bcubed_precision=bcubed[0],
        bcubed_recall=bcubed[1],
        bcubed_f1=_harmonic(*bcubed),
        ari=_adjusted_rand(items, gold, found),
        clusters_gold=len(gold_groups),
        clusters_whole=len(gold_groups & found_groups),
    )


def _groups(items: list[Item], labels: Mapping[Item, Hashable]) -> set[frozenset[Item]]:
    groups: dict[Hashable, set[Item]] = {}
    for item in items:
        groups.setdefault(labels[item], set()).add(item)
    return {frozenset(group) for group in groups.values() if len(group) > 1}


def _bcubed(
    items: list[Item], gold: Mapping[Item, Hashable], found: Mapping[Item, Hashable]
) -> tuple[float, float]:
    both = Counter((gold[item], found[item]) for item in items)
    sizes_gold = Counter(gold[item] for item in items)
    sizes_found = Counter(found[item] for item in items)
    count = len(items)
    precision = sum(n * n / sizes_found[pair[1]] for pair, n in both.items())
    recall = sum(n * n / sizes_gold[pair[0]] for pair, n in both.items())
    return _ratio(precision, count), _ratio(recall, count)


def _adjusted_rand(
    items: list[Item], gold: Mapping[Item, Hashable], found: Mapping[Item, Hashable]
) -> float:
    def pairs(counts: Iterable[int]) -> float:
        return float(sum(n * (n - 1) // 2 for n in counts))

    both = pairs(Counter((gold[item], found[item]) for item in items).values())
    in_gold = pairs(Counter(gold[item] for item in items).values())
    in_found = pairs(Counter(found[item] for item in items).values())
    every = pairs([len(items)])
    expected = in_gold * in_found / every if every else 0.0
    top = (in_gold + in_found) / 2
    return (both - expected) / (top - expected) if top != expected else 1.0
