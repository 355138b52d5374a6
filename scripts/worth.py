"""Scores a labelled archive with one step of the likeness rule left out at a time."""

from __future__ import annotations

import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from aggregator.core import blends, cluster, credit, fingerprint, match, text
from aggregator.core.rules import Rules
from aggregator.core.thresholds import Thresholds
from aggregator.edge.store import signing, templates
from aggregator.model import MatchVerdict
from aggregator.pipeline import evaluating
from tests.gold import corpus
from tests.gold.build import build

WHOLE = Thresholds()


@contextmanager
def unchanged() -> Iterator[None]:
    yield


def patched(owner: Any, name: str, new: Any) -> Callable[[], Any]:
    return lambda: mock.patch.object(owner, name, new)


def by_jaccard(a: Any, b: Any, rule: Any = None, whole: Any = match.compare) -> Any:
    found = whole(a, b, rule)
    if found.verdict.merges and found.jaccard < WHOLE.containment:
        return replace(found, verdict=MatchVerdict.SHARES)
    return found


def one_group(contained: Any, sizes: Any, *rest: Any) -> list[list[int]]:
    return [list(range(len(sizes)))]


def paragraphs(body: str, agencies: Any) -> tuple[str, ...]:
    return tuple(body.split("\n"))


def only_compose(body: str) -> str:
    return unicodedata.normalize("NFC", body).casefold()


STEPS: dict[str, tuple[Rules, Callable[[], Any]]] = {
    "the whole rule": (Rules(), unchanged),
    "without template sentences": (Rules(template_pages=10**9), unchanged),
    "without credit lines and promos": (
        Rules(),
        patched(credit, "strip_credit_lines", paragraphs),
    ),
    "Jaccard instead of containment": (Rules(), patched(match, "compare", by_jaccard)),
    "without sampled shingles": (
        Rules(),
        patched(fingerprint, "sample_keys", lambda shingles: ()),
    ),
    "without MinHash bands": (Rules(), patched(fingerprint, "band_keys", lambda signature: ())),
    "without the zone below .55": (Rules(thresholds=Thresholds(contained_firmly=0)), unchanged),
    "without the rule inside one outlet": (Rules(), patched(match, "_refuse_own", lambda *a: None)),
    "without names and numbers": (Rules(thresholds=Thresholds(replaced=2)), unchanged),
    "without words in order": (Rules(thresholds=Thresholds(ordered=2)), unchanged),
    "without one spelling": (Rules(), patched(text, "normalise", only_compose)),
    "without pages of two stories": (Rules(), patched(blends, "find", lambda *a: {})),
    "without the window of time": (Rules(thresholds=Thresholds(window=timedelta(9999))), unchanged),
    "without the bound on chaining": (Rules(), patched(cluster, "fold_with_blends", one_group)),
}


def main() -> None:
    if len(sys.argv) > 3:
        sys.exit("usage: scripts/worth [GOLD.jsonl [IGNORE.tsv]]")
    gold, ignore = (*sys.argv[1:], None, None)[:2]
    with tempfile.TemporaryDirectory() as folder:
        if gold is None:
            gold, ignore = f"{folder}/gold.jsonl", f"{folder}/ignore.tsv"
            corpus.write(build(), Path(gold), Path(ignore))
        print_table(gold, ignore)


def print_table(gold: str, ignore: str | None) -> None:
    print("| step | P | R | F1 | strict F1 | ARI | candidates: recall | an article |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for name, (rules, patch) in STEPS.items():
        templates._apart.cache_clear()
        templates._sketch.cache_clear()
        signing._sign.cache_clear()
        with patch():
            found = evaluating.evaluate_gold(gold, ignore=ignore, rules=rules, min_words=50)
        s = found.scores
        print(
            f"| {name} | {s.precision:.3f} | {s.recall:.3f} | {s.f1:.3f} | {s.strict_f1:.3f}"
            f" | {s.ari:.3f} | {found.candidate_recall:.3f} | {found.candidates_per_article:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
