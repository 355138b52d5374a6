"""Scores the gold suite by the code of the daemon and holds it against the floors.

`python -m tests.gold.scoring` prints the scores beside the floors; `--raise` rewrites
`floors.json`, upwards only.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from aggregator.config import Config
from aggregator.pipeline import context
from aggregator.pipeline.evaluating import Evaluation, Mistake, evaluate_gold
from tests.gold.build import build
from tests.gold.corpus import Article, Corpus, write

FLOORS = Path(__file__).parent / "floors.json"
OVERALL = ("precision", "recall", "f1", "strict_f1", "candidate_recall")
SHOWN = 3  # mistakes of each kind on failure
MARGIN = 0.005  # below the overall scores; classes are small, and rounded down to hundredths


@dataclass(frozen=True, slots=True)
class Card:
    """The scores by name, how many each rests on, and the mistakes."""

    corpus: Corpus
    evaluation: Evaluation
    scores: Mapping[str, float]
    counts: Mapping[str, int]

    def lines(self, floors: Mapping[str, float]) -> list[str]:
        """A table of scores beside floors; what fell is marked."""
        found = [f"{'':34}{'score':>8}{'floor':>8}{'of':>6}"]
        for name, score in self.scores.items():
            floor = floors.get(name)
            count = self.counts.get(name)
            mark = "  BELOW" if floor is not None and score < floor else ""
            shown = f"{floor:8.3f}" if floor is not None else f"{'none':>8}"
            found.append(f"{name:34}{score:8.3f}{shown}{count or '':>6}{mark}")
        return found

    def worst(self) -> list[str]:
        """The worst mistakes of each family and class of edit."""
        articles = {article.id: article for article in self.corpus.articles}
        shown: Counter[str] = Counter()
        found = []
        for mistake in self.evaluation.mistakes:
            name = _kind(mistake, articles)
            shown[name] += 1
            if shown[name] <= SHOWN:
                found.append(f"[{name}] {mistake.to_text()}")
        return [*found, *(f"{count:5} {name}" for name, count in shown.most_common())]


def _kind(mistake: Mistake, articles: Mapping[str, Article]) -> str:
    a, b = (articles[one] for one in mistake.ids)
    if mistake.kind == "missed":
        return "missed " + " and ".join(sorted({a.edit, b.edit}))
    return "merged " + " and ".join(sorted({a.family, b.family}))


def measure(corpus: Corpus) -> Card:
    """Import and cluster the corpus as the daemon would, under the default config."""
    config = Config()
    with tempfile.TemporaryDirectory() as folder:
        gold, ignore = Path(folder) / "gold.jsonl", Path(folder) / "ignore.tsv"
        write(corpus, gold, ignore)
        evaluation = evaluate_gold(
            gold, ignore=ignore, rules=context.rules_of(config), min_words=config.read.min_words
        )
    whole = evaluation.to_dict()
    scores = {name: float(str(whole[name])) for name in OVERALL}
    counts = dict.fromkeys(("recall", "candidate_recall"), evaluation.scores.pairs_gold)
    for kind, table in (
        ("recall", _recall_by_edit(corpus, evaluation)),
        ("apart", _apart_by_family(corpus, evaluation)),
    ):
        for name, (right, total) in sorted(table.items()):
            scores[f"{kind} {name}"] = right / total
            counts[f"{kind} {name}"] = total
    return Card(corpus, evaluation, scores, counts)


def _recall_by_edit(corpus: Corpus, evaluation: Evaluation) -> dict[str, tuple[int, int]]:
    """Of each class of edit: copies found with the wire they are made of, and all.

    Bulletins and the like, which have no one wire, count by pairs.
    """
    missed = {frozenset(m.ids) for m in evaluation.mistakes if m.kind == "missed"}
    clusters: dict[str, list[Article]] = defaultdict(list)
    for article in corpus.articles:
        if article.cluster:
            clusters[article.cluster].append(article)
    found: dict[str, list[bool]] = defaultdict(list)
    for members in clusters.values():
        wires = [article for article in members if article.edit == "wire"]
        pairs = (
            [(wires[0], other) for other in members if other is not wires[0]]
            if wires
            else combinations(members, 2)
        )
        for a, b in pairs:
            found[b.edit].append(frozenset((a.id, b.id)) not in missed)
    return {edit: (sum(answers), len(answers)) for edit, answers in found.items()}


def _apart_by_family(corpus: Corpus, evaluation: Evaluation) -> dict[str, tuple[int, int]]:
    """Of each family: articles that stand with no stranger, and all."""
    joined = {one for m in evaluation.mistakes if m.kind == "merged" for one in m.ids}
    found: dict[str, list[bool]] = defaultdict(list)
    for article in corpus.articles:
        found[article.family].append(article.id not in joined)
    return {family: (sum(answers), len(answers)) for family, answers in found.items()}


def read_floors(path: Path = FLOORS) -> tuple[str, dict[str, float]]:
    """The digest of the corpus the floors were measured on, and the floors by name."""
    if not path.exists():
        return "", {}
    raw = json.loads(path.read_text(encoding="utf-8"))
    return raw["corpus"], raw["floors"]


def floor_of(name: str, score: float) -> float:
    """The floor for a score: slightly under it, never above."""
    if name in OVERALL:
        return max(0.0, math.floor((score - MARGIN) * 1000) / 1000)
    return math.floor(score * 100 + 1e-9) / 100


def raise_floors(card: Card, path: Path = FLOORS) -> list[str]:
    """Rewrite the floors, upwards only; the names that stand in the way, and then nothing is."""
    _, old = read_floors(path)
    lower = [
        f"{name}: {card.scores.get(name, 0.0):.3f} is below its floor of {floor:.3f}"
        for name, floor in old.items()
        if card.scores.get(name, 0.0) < floor
    ]
    if not lower:
        new = {
            name: max(old.get(name, 0.0), floor_of(name, score))
            for name, score in card.scores.items()
        }
        content = json.dumps({"corpus": card.corpus.digest, "floors": new}, indent=1)
        path.write_text(content + "\n", encoding="utf-8")
    return lower


def main(arguments: Sequence[str] | None = None, path: Path = FLOORS) -> int:
    """The command; 1 when a score is below its floor."""
    parser = argparse.ArgumentParser(prog="scripts/gold", description="Scores beside floors.")
    parser.add_argument("--raise", action="store_true", dest="up", help="rewrite the floors")
    parser.add_argument("--errors", action="store_true", help="show the worst mistakes")
    options = parser.parse_args(arguments)
    card = measure(build())
    digest, floors = read_floors(path)
    print("\n".join(card.lines(floors)))
    if options.errors:
        print("\n".join(card.worst()))
    if floors and digest != card.corpus.digest:
        print("the corpus is not the one the floors were measured on", file=sys.stderr)
    if options.up:
        refused = raise_floors(card, path)
        for line in refused:
            print(f"refused to lower a floor: {line}", file=sys.stderr)
        return 1 if refused else 0
    return 1 if any(card.scores.get(name, 0.0) < floor for name, floor in floors.items()) else 0


if __name__ == "__main__":
    sys.exit(main())
