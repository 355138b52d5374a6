"""Chooses thresholds on one part of a labelled archive and scores them on the part held out.

Whoever looks at a set while writing rules may have fitted them to it. If thresholds chosen
without an outlet, or without half of the days, do no better there than the shipped ones, the
shipped ones are not fitted to that part.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import combinations, product

from aggregator.core import cluster, match, overlap, urls
from aggregator.core.rules import Rules
from aggregator.core.thresholds import Thresholds
from scripts import archive
from scripts.archive import Archive, Pair

DEFAULTS = Rules().thresholds
GRID: dict[str, tuple[float, ...]] = {
    "containment": (0.35, 0.4, 0.45),
    "contained_firmly": (0.5, 0.55, 0.6),
    "jaccard_loose": (0.15, 0.2, 0.25),
    "jaccard_same_outlet": (0.5, 0.6, 0.7),
    "replaced": (0.25, 0.3, 0.35),
}
Choice = tuple[float, ...]  # a value of each


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs right, wrong, missed and ignored, among those that one part holds."""

    right: int
    wrong: int
    missed: int
    ignored: int

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        return _f1(self.right, self.wrong, self.missed)

    @property
    def strict(self) -> float:
        """F1 with pairs of one event counted as wrong."""
        return _f1(self.right, self.wrong + self.ignored, self.missed)

    def __str__(self) -> str:
        return f"{self.precision:.3f} | {self.recall:.3f} | {self.f1:.3f} | {self.strict:.3f}"


def _f1(right: int, wrong: int, missed: int) -> float:
    return 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 1.0


class Folder:
    """Partitions of an archive under any thresholds, by the rule itself; numbers are kept."""

    def __init__(self, found: Archive) -> None:
        self.found = found
        self.pairs = [tuple(sorted(pair)) for pair in sorted(found.proposed, key=sorted)]
        self.kept: dict[tuple[str, str], float] = {}

    def pairs_found(self, thresholds: Thresholds) -> frozenset[Pair]:
        """All pairs of articles that stand in one cluster."""
        bodies = self.found.bodies
        verified = [
            (a, b)
            for a, b in self.pairs
            if match.compare(bodies[a], bodies[b], thresholds).verdict.merges
        ]
        keys = sorted(set(self.found.holders.values()), key=self.found.digests.__getitem__)
        groups = cluster.partition(
            keys,
            verified,
            containment=self._kinship,
            size=lambda key: len(bodies[key].shingles),
            top_share=lambda a, b: overlap.top_share(bodies[a], bodies[b]),
        )
        behind: dict[str, list[str]] = {}
        for name, holder in self.found.holders.items():
            behind.setdefault(holder, []).append(name)
        return frozenset(
            frozenset(pair)
            for group in groups
            for pair in combinations([name for key in group for name in behind[key]], 2)
        )

    def forget_what_never_counts(self) -> None:
        """Leave out the pairs that no thresholds of the grid call copies: nearly all."""
        loose = replace(DEFAULTS, **{name: min(values) for name, values in GRID.items()})
        bodies = self.found.bodies
        self.pairs = [
            (a, b)
            for a, b in self.pairs
            if match.compare(bodies[a], bodies[b], loose).shared >= loose.shared
        ]

    def _kinship(self, a: str, b: str) -> float:
        if (a, b) not in self.kept:
            one, other = self.found.bodies[a], self.found.bodies[b]
            self.kept[a, b] = match.kinship(one, other)
        return self.kept[a, b]


def score(found: Archive, pairs: frozenset[Pair], part: frozenset[Pair]) -> Score:
    """The score of a partition on the pairs of one part."""
    here, gold = pairs & part, found.gold & part
    ignored = here & found.ignored - gold
    return Score(len(here & gold), len(here - gold - ignored), len(gold - here), len(ignored))


def splits(found: Archive, every: frozenset[Pair]) -> Iterator[tuple[str, frozenset[Pair]]]:
    """Parts to be held out: the pairs of each outlet that has any, and of each half of the days."""
    outlets = {row.id: _outlet(row.source) for row in found.rows}
    for outlet in sorted(set(outlets.values())):
        part = frozenset(p for p in every if any(outlets[one] == outlet for one in p))
        if part:
            yield outlet, part
    middle = found.rows[len(found.rows) // 2].published
    late = {row.id for row in found.rows if row.published and middle and row.published >= middle}
    for name, want in (("earlier half", 0), ("later half", 2)):
        yield name, frozenset(p for p in every if len(p & late) == want)


def _outlet(source: str) -> str:
    return urls.outlet_of(f"http://{source}/") if "." in source else source


def choose(found: Archive, pairs: dict[Choice, frozenset[Pair]], part: frozenset[Pair]) -> Choice:
    """The best of the grid on a part: by F1, then strict F1, then the fewest changes."""
    shipped = tuple(getattr(DEFAULTS, name) for name in GRID)

    def rank(choice: Choice) -> tuple[float, float, int, Choice]:
        result = score(found, pairs[choice], part)
        changes = sum(a != b for a, b in zip(choice, shipped, strict=True))
        return -result.f1, -result.strict, changes, choice

    return min(pairs, key=rank)


def describe(choice: Choice) -> str:
    """What differs from the shipped thresholds."""
    changed = [
        f"{name} {value:g}"
        for name, value in zip(GRID, choice, strict=True)
        if value != getattr(DEFAULTS, name)
    ]
    return ", ".join(changed) or "the shipped ones"


def table(found: Archive) -> Iterator[str]:
    """The lines of the Markdown table."""
    folder = Folder(found)
    folder.forget_what_never_counts()
    pairs = {
        choice: folder.pairs_found(replace(DEFAULTS, **dict(zip(GRID, choice, strict=True))))
        for choice in product(*GRID.values())
    }
    shipped = pairs[tuple(getattr(DEFAULTS, name) for name in GRID)]
    every = found.gold.union(found.ignored, *pairs.values())
    yield (
        "| held out | copies | chosen on the rest | P | R | F1 | strict"
        " | shipped: P | R | F1 | strict |"
    )
    yield "|" + "---|" * 11
    sums: dict[str, list[Score]] = {}
    for name, part in splits(found, every):
        best = choose(found, pairs, every - part)
        chosen, plain = (score(found, answer, part) for answer in (pairs[best], shipped))
        copies = len(found.gold & part)
        kind = "halves" if name.endswith("half") else "outlets"
        before = sums.get(kind, [Score(0, 0, 0, 0)] * 2)
        sums[kind] = [before[0] + chosen, before[1] + plain]
        yield f"| {name} | {copies} | {describe(best)} | {chosen} | {plain} |"
    for kind, (chosen, plain) in sums.items():
        copies = chosen.right + chosen.missed
        yield f"| all {kind}, summed | {copies} | | {chosen} | {plain} |"
    best = choose(found, pairs, every)
    both = score(found, pairs[best], every), score(found, shipped, every)
    copies = len(found.gold)
    yield f"| nothing: chosen on all | {copies} | {describe(best)} | {both[0]} | {both[1]} |"
    yield f"\n{len(pairs)} combinations of {', '.join(GRID)}; {len(folder.pairs)} pairs compared."


def main() -> None:
    """The command: a Markdown table, one row a part held out."""
    parser = argparse.ArgumentParser(prog="scripts/heldout", description=__doc__)
    parser.add_argument("gold")
    parser.add_argument("ignore", nargs="?")
    options = parser.parse_args()
    for line in table(archive.read(options.gold, options.ignore)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
