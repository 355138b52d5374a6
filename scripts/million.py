"""Makes an archive of known families, imports it in bulk, clusters it, and scores the stories."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from math import comb
from pathlib import Path
from typing import Any

from aggregator.config import Config
from aggregator.core.rules import Rules
from aggregator.edge.engines.crew import Crew
from aggregator.edge.store import Store
from aggregator.model import Outcome
from aggregator.pipeline import Aggregator, reclustering
from scripts import corpus
from scripts.stages import Memory, Stages

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ORDERS = 2000  # articles that a worker writes at once


def write_lines(orders: list[corpus.Order]) -> str:
    """Articles as lines, in a worker."""
    return "".join(order.make().to_line() + "\n" for order in orders)


def make(path: Path, count: int, *, seed: int, days: float, workers: int) -> None:
    """Write the archive; which story follows which is decided here, words are made by workers."""
    with path.open("w", encoding="utf-8") as file, Crew(workers) as crew:
        for text in crew.map(write_lines, _batches(count, seed, days)):
            file.write(text)


def _batches(count: int, seed: int, days: float) -> Iterator[list[corpus.Order]]:
    batch: list[corpus.Order] = []
    for order in corpus.orders(count, seed=seed, days=days):
        batch.append(order)
        if len(batch) == ORDERS:
            yield batch
            batch = []
    yield batch


def score(path: Path, store: Store) -> dict[str, Any]:
    """Pairs of articles in one story against pairs of one family, and recall by edit.

    Every pair of a family counts, also that of two copies cut to a fifth from its two ends.
    """
    story = {
        row[0]: row[1]
        for row in store.query(
            "SELECT guid, cluster FROM entries JOIN articles ON articles.id = entries.article"
        )
    }
    families, stories, both = Counter[str](), Counter[int](), Counter[tuple[str, int]]()
    wires: dict[str, int | None] = {}
    copies, found = Counter[str](), Counter[str]()
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            family, cluster = row["cluster"], story.get(row["id"])
            if cluster is not None:
                stories[cluster] += 1
            if family is None:
                continue
            families[family] += 1
            if cluster is not None:
                both[family, cluster] += 1
            if row["edit"] == "wire":
                wires[family] = cluster
            else:
                copies[row["edit"]] += 1
                found[row["edit"]] += cluster is not None and cluster == wires.get(family)
    right = sum(comb(n, 2) for n in both.values())
    merged = sum(comb(n, 2) for n in stories.values())
    wanted = sum(comb(n, 2) for n in families.values())
    return {
        "families": sum(n > 1 for n in families.values()),
        "pairs": wanted,
        "precision": right / merged if merged else 1.0,
        "recall": right / wanted if wanted else 1.0,
        "with its wire": sum(found.values()) / max(1, sum(copies.values())),
        "by edit": {edit: round(found[edit] / n, 4) for edit, n in sorted(copies.items())},
    }


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The whole of it; gives the table."""
    path, database = folder / f"{options.count}.jsonl", folder / f"{options.count}.db"
    memory = Memory()
    stages = Stages(memory, verbose=options.verbose)
    stages("make")
    if not path.exists():
        part = path.with_suffix(".part")
        make(part, options.count, seed=options.seed, days=options.days, workers=options.workers)
        part.rename(path)
    config = Config()
    result: dict[str, Any] = {"articles": options.count, "engine": options.engine}
    kept = count()

    def watch(outcome: Outcome) -> None:
        if outcome.stage == "import":
            stages("import", next(kept), options.count)

    with Aggregator(
        config, database=database, clock=lambda: NOW,
        watch=watch,
    ) as news:  # fmt: skip
        stages("import")
        workers = 0 if options.daemon else options.workers
        counts = news.import_file(path, workers=workers)
        result["imported"] = dict(counts)
        if options.daemon:
            stages("daemon")
            news.cluster()
            result["daemon's partition"] = reclustering.digest_stored(news.context.store)
    with Store(database) as store:
        for place, engine in enumerate(options.engine.split(",")):
            done = reclustering.recluster(
                store, rules=Rules(), now=NOW, engine=engine, workers=options.workers,
                memory=options.memory << 20 if options.memory else None, folder=folder,
                dry_run=options.daemon or place > 0,
                tell=lambda stage, n, total, name=engine: stages(f"{name}: {stage}", n, total),
            )  # fmt: skip
            stages("score")
            result[f"{engine}: partition"] = done.digest
            result["stories"] = done.stories
        result |= score(path, store)
    stages("")
    result["seconds"] = {stage: round(spent, 1) for stage, spent in stages.wall.items()}
    result["processor"] = {stage: round(spent, 1) for stage, spent in stages.cpu.items()}
    memory.stop()
    result["peak MB"] = max(stages.peak.values())
    result["peak MB by stage"] = stages.peak
    result["database MB"] = database.stat().st_size >> 20
    found = {each for name, each in result.items() if name.endswith("partition")}
    result["one partition"] = len(found) == 1
    return result


def table(result: dict[str, Any]) -> str:
    """The result as Markdown."""
    number, spent = result["articles"], result["processor"]
    peak = result["peak MB by stage"]
    lines = [
        "| stage | seconds | of the processor | ms an article | MB at most |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {stage} | {wall:,.1f} | {spent.get(stage, 'not known')}"
        f" | {spent.get(stage, 0) / number * 1000:.2f} | {peak[stage]:,} |"
        for stage, wall in result["seconds"].items()
        if wall
    ]
    told = ("seconds", "processor", "peak MB by stage")
    left = {name: value for name, value in result.items() if name not in told}
    lines += [f"\n{name}: {value}" for name, value in left.items()]
    return "\n".join(lines)


def main() -> int:
    """The command; 1 when engines disagree."""
    parser = argparse.ArgumentParser(prog="scripts/million", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1_000_000, help="articles")
    parser.add_argument("--engine", default="duckdb", help="one, or several with commas between")
    parser.add_argument("--daemon", action="store_true", help="cluster as the daemon does, first")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", type=int, help="MB that duckdb or spark keep in tables")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=30.0, help="the time they are spread over")
    parser.add_argument("--folder", type=Path, help="keep archive and database here")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="progress within a stage, too")
    options = parser.parse_args()
    if options.folder:
        options.folder.mkdir(parents=True, exist_ok=True)
        result = run(options, options.folder)
    else:
        with tempfile.TemporaryDirectory() as folder:
            result = run(options, Path(folder))
    print(json.dumps(result, indent=2) if options.json else table(result))
    return 0 if result["one partition"] else 1


if __name__ == "__main__":
    sys.exit(main())
