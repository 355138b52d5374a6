"""Broken documents by the thousand through the feed and page readers (P17 of the exam).

A result other than an answer or an error of ours is a crash; a call of more than 5 s of CPU is a
time-out: in the product its worker is killed then.
"""

from __future__ import annotations

import argparse
import random
import time
import warnings
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SLOW = 5.0  # seconds


def add_options(parser: argparse.ArgumentParser) -> None:
    """How long, and from what."""
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for documents that take too long")
    parser.add_argument("--folder", type=Path, help="more feeds to break, beside the fixtures")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Counts of what happened."""
    from aggregator.core import extract, newitems
    from aggregator.errors import AggregatorError
    from aggregator.model import Entry
    from tests.edge.mutants import mutate

    warnings.simplefilter("ignore")
    feeds = Path(__file__).parents[2] / "tests" / "data" / "feeds"
    folders = [feeds, *([options.folder] if options.folder else [])]
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    corpus = [data for path in paths if len(data := path.read_bytes()) < 300_000 and data]
    chance = random.Random(options.seed)  # noqa: S311
    seen: Counter[str] = Counter()
    longest, faults, ends = 0.0, [], time.monotonic() + options.seconds
    url, entry = "http://paper.example/a", Entry(guid="1", url="http://paper.example/a", title="x")
    while time.monotonic() < ends:
        data, began = mutate(chance, corpus), time.thread_time()
        try:
            if seen.total() % 4:
                newitems.parse_changed(data, url=url, content_type=None, now=NOW, memory={})
            else:
                page = extract.Page(url=url, final_url=url, body=data, content_type="text/html")
                extract.extract(page, entry=entry, now=NOW, min_words=50, first_seen=NOW)
            seen["read"] += 1
        except AggregatorError:
            seen["refused"] += 1
        except Exception as error:
            seen["crashes"] += 1
            faults.append(f"{type(error).__name__}: {error}"[:200])
        took = time.thread_time() - began
        longest = max(longest, took)
        if took > SLOW and options.keep:
            (options.keep / f"slow-{seen.total()}").write_bytes(data)
        seen["time-outs"] += took > SLOW
    rows: list[dict[str, Any]] = [{"what": n, "count": seen[n]} for n in ("read", "refused")]
    rows += [
        {"what": name, "count": seen[name], "kept": not seen[name]}
        for name in ("crashes", "time-outs")
    ]
    told = f"{options.seconds:g} s, seed {options.seed}, longest call {longest:.2f} s"
    return {"told": "; ".join([told, *sorted(set(faults))[:5]]), "rows": rows}
