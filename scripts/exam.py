"""Runs the heavy cases of the clustering exam at full size: what was measured, what is asked."""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.edge.test_store_corpus import prose
from tests.exam import corpora, measures

Row = tuple[str, str, str, bool]  # figure, asked, measured, met


def orders() -> Iterator[Row]:
    """C01."""
    found = measures.count_partitions(100, (1, 7, 0))
    yield "100 orders of arrival, batches of 1, 7 and all: answers", "1", str(found), found == 1


def restarts() -> Iterator[Row]:
    """C03."""
    runs = tuple((seed, n) for seed in ("0", "1", "7", "random", "random") for n in (1, 10))
    with tempfile.TemporaryDirectory() as folder:
        found = len(measures.digests_by_seed(Path(folder), runs))
    yield "5 hash seeds, with and without 10 restarts: digests", "1", str(found), found == 1


def short() -> Iterator[Row]:
    """C05."""
    stub = " ".join(" ".join(prose("the same", 3)).split()[:49])
    found = measures.gated([" ", "Ferry", "Read more"] * 7 + [stub] * 20)
    yield "41 empty and short texts: compared, in stories", "0, 0", str(found), found == (0, 0)


def walls() -> Iterator[Row]:
    """C06."""
    found = measures.wall_off(sites=25, pages=20, heal=100)
    yield "500 walls of 25 sites: in stories", "0", str(found.in_stories), not found.in_stories
    yield "of them without a mark", "0", str(found.unmarked), not found.unmarked
    healed = f"{found.healed} of {found.of}"
    yield "healed when the story came", f"{found.of}", healed, found.healed == found.of


def forms() -> Iterator[Row]:
    """C08."""
    for name, spread in (("25 outlets", True), ("one outlet a kind", False)):
        found = measures.merge_forms(1000, 25, spread=spread)
        kinds = ", ".join(f"{n} {kind}" for kind, n in found.joined.most_common()) or "none"
        measured = f"{found.share:.4%} ({found.merged} pairs; texts in a wrong story: {kinds})"
        yield f"1,000 forms, {name}: pairs merged", "1 % or less", measured, found.share <= 0.01


def drift() -> Iterator[Row]:
    """C09."""
    for one in (False, True):
        least, stories = measures.drift(61, one_outlet=one)
        where = "one outlet" if one else "61 outlets"
        figure = f"61 versions of a live blog, {where}: least share of two members"
        yield figure, ".3 or more", f"{least:.3f} in {stories} stories", least >= 0.3


def bridges() -> Iterator[Row]:
    """C10."""
    tries = [(n, w, s) for n in range(4, 11) for w in (0, 3) for s in range(10)]
    found = sum(measures.bridged(n, whole=w, seed=s) for n, w, s in tries)
    yield f"{len(tries)} attacks of 4 to 10 items: bridged", "0", str(found), not found


def floods() -> Iterator[Row]:
    """C15."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "flood.db"
        seconds, stories, pairs = measures.flood(measures.same_text(20_000), database)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    met = stories == 1 and pairs == 19_999
    yield "20,000 identical documents: stories, pairs", "1, 19999", f"{stories}, {pairs}", met
    yield "their seconds of the processor", "60 or less", f"{seconds:.1f}", seconds <= 60
    yield "their memory", "200 MB or less", f"{grown:.0f} MB", grown <= 200
    for count in (300, 600, 1200):
        seconds, stories, pairs = measures.flood(corpora.near_copies(count))
        measured = f"{stories} ({pairs:,} pairs compared, {seconds:.0f} s)"
        yield f"{count:,} near-copies, no two equal: stories", "1", measured, stories == 1


def recall() -> Iterator[Row]:
    """C16."""
    for jaccard in (0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        found = measures.recall_at(list(corpora.pairs_of_jaccard(jaccard, 1000)))
        yield f"1,000 pairs of Jaccard {jaccard}: proposed", ".95", f"{found:.3f}", found >= 0.95
    for share in (0.1, 0.2, 0.33, 0.5, 0.75):
        found = measures.recall_at(list(corpora.pairs_cut_to(share, 1000)))
        yield f"1,000 texts cut to {share:.0%}: proposed", ".95", f"{found:.3f}", found >= 0.95


CASES: dict[str, Callable[[], Iterator[Row]]] = {
    "C01": orders,
    "C03": restarts,
    "C05": short,
    "C06": walls,
    "C08": forms,
    "C09": drift,
    "C10": bridges,
    "C15": floods,
    "C16": recall,
}


def main() -> int:
    """The command: a Markdown table; 1 when a figure misses what is asked."""
    parser = argparse.ArgumentParser(prog="scripts/exam", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", default=list(CASES))
    options = parser.parse_args()
    print("| case | figure | asked | measured | met | seconds |\n|---|---|---|---|---|---|")
    failed = 0
    for case in options.cases:
        begun = time.perf_counter()
        for figure, asked, measured, met in CASES[case]():
            seconds, begun = time.perf_counter() - begun, time.perf_counter()
            mark = "yes" if met else "**no**"
            print(f"| {case} | {figure} | {asked} | {measured} | {mark} | {seconds:.0f} |",
                  flush=True)  # fmt: skip
            failed += not met
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
