"""Measures how many candidates a text has when ten thousand to a million stand in one window."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from aggregator.core import fingerprint, text
from aggregator.core.rules import Rules
from scripts import archive, corpus
from scripts.shelves import Shelf, band_keys, store_shelves

ASKED = 3000  # texts asked for their candidates at each size, spread evenly
FAMILIES_ASKED = 3000
LEAST = Rules().thresholds.min_shingles
CHECKED = 200  # articles whose tokens are held against those of their written text


@dataclass
class Window:
    """All texts so far: their keys on two shelves, and who is of which family."""

    bands: Shelf
    samples: Shelf
    holders: dict[str, int] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    families: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    articles: int = 0

    def add(self, article: corpus.Article) -> None:
        """Sign an article as the store does what is left of it when furniture is cleaned away."""
        words = [word for sentence in article.own for word in sentence]
        if self.articles < CHECKED:
            written = text.tokens("\n".join(" ".join(s) + "." for s in article.own))
            if written != words:
                raise AssertionError(f"the words of {article.id} are no tokens")
        self.articles += 1
        shingles = text.shingles(words)
        if len(shingles) < LEAST:
            return
        place = self.holders.setdefault(text.digest(words), len(self.kinds))
        if article.cluster:
            self.families[article.cluster].append((place, article.edit))
        if place == len(self.kinds):
            self.kinds.append(article.edit)
            signature = fingerprint.sign(shingles)
            self.bands.add(band_keys(fingerprint.band_keys(signature)), len(shingles))
            self.samples.add(fingerprint.sample_keys(shingles), len(shingles))


def measure(window: Window, seconds: float) -> str:
    """One row: candidates of texts asked at random, and recall of copies by their edit."""
    texts = len(window.kinds)
    window.bands.sort()
    window.samples.sort()
    asked = np.unique(np.linspace(0, texts - 1, min(ASKED, texts)).astype(int)).tolist()
    counts, by_route = [], Counter[str]()
    for place in asked:
        banded, sampled = window.bands.ask(place), window.samples.ask(place)
        counts.append(len(banded | sampled))
        by_route["bands"] += len(banded)
        by_route["samples"] += len(sampled)
    found, total = _recall(window)
    spread = np.percentile(counts, [50, 90, 99])
    worst = min(found, key=lambda edit: found[edit] / total[edit])
    per_article = np.mean([len(window.samples.keys_of[at]) for at in asked]) + fingerprint.BANDS
    return (
        f"| {window.articles:,} | {texts:,} | {np.mean(counts):.1f} | {spread[0]:.0f}"
        f" | {spread[1]:.0f} | {spread[2]:.0f} | {by_route['bands'] / len(asked):.1f}"
        f" | {by_route['samples'] / len(asked):.1f}"
        f" | {sum(found.values()) / sum(total.values()):.4f}"
        f" | {found[worst] / total[worst]:.3f} ({worst}, {total[worst]})"
        f" | {8 * per_article:.0f} | {seconds:.0f} |"
    )


def _recall(window: Window) -> tuple[Counter[str], Counter[str]]:
    """Of each edit: copies proposed with their wire, and all."""
    found, total = Counter[str](), Counter[str]()
    families = [members for members in window.families.values() if len(members) > 1]
    for members in families[:: max(1, len(families) // FAMILIES_ASKED)]:
        wire = next((place for place, edit in members if edit == "wire"), None)
        if wire is None:
            continue
        near = window.bands.ask(wire) | window.samples.ask(wire)
        for place, edit in members:
            if edit != "wire":
                total[edit] += 1
                found[edit] += place == wire or place in near
    return found, total


def check_store(count: int, seed: int) -> str:
    """Hold the shelves against the tables of the real store, text by text."""
    made = {article.id: article for article in corpus.articles(count, seed=seed)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus.jsonl"
        path.write_text("".join(article.to_line() + "\n" for article in made.values()))
        found = archive.read(path, None)
    held = set(found.holders.values())
    names = [row.id for row in found.rows if row.id in held]
    shelves = store_shelves()
    for name in names:
        shingles = found.bodies[name].shingles
        signature = fingerprint.sign(shingles)
        shelves[0].add(band_keys(fingerprint.band_keys(signature)), len(shingles))
        shelves[1].add(fingerprint.sample_keys(shingles), len(shingles))
    for shelf in shelves:
        shelf.sort()
    proposed = {
        frozenset((name, names[other]))
        for place, name in enumerate(names)
        for other in shelves[0].ask(place) | shelves[1].ask(place)
    }
    same = sum(
        found.bodies[name].tokens == tuple(w for s in made[name].own for w in s) for name in held
    )
    pairs = [p for p in found.gold if (texts := found.text_of(p)) is not None and len(texts) == 2]
    recall = sum(found.text_of(pair) in found.proposed for pair in pairs) / len(pairs)
    return (
        f"{count:,} articles through the store: {len(names):,} distinct texts, of which"
        f" {same / len(held):.1%} came out as they were made; {len(found.proposed):,} pairs"
        f" proposed by the store, {len(proposed):,} by the shelves,"
        f" {len(proposed ^ found.proposed):,} by one alone;"
        f" {2 * len(found.proposed) / len(names):.1f} candidates a text;"
        f" {recall:.4f} of all pairs of one family proposed."
    )


def main() -> None:
    """The command: a Markdown table, one row a size."""
    parser = argparse.ArgumentParser(prog="scripts/scale", description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", type=int, help="instead: hold so many against the real store")
    options = parser.parse_args()
    if options.store:
        print(check_store(options.store, options.seed))
        return
    sizes = sorted(options.sizes)
    print(
        "| articles | distinct texts | candidates: mean | median | 90 % | 99 % | by bands"
        " | by samples | recall of copies | worst edit | bytes of keys | seconds |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|", flush=True)
    window, started = Window(*store_shelves()), time.perf_counter()
    for number, article in enumerate(corpus.articles(sizes[-1], seed=options.seed), 1):
        window.add(article)
        if number in sizes:
            print(measure(window, time.perf_counter() - started), flush=True)


if __name__ == "__main__":
    main()
