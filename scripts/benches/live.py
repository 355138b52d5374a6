"""The live line: what a page costs from its bytes to an article that is kept and clustered.

Both lines get the same pages and the same feed document in the same run, round by round in turn,
each round in a new database. Ours is the product's own code in one process: the feed, reading
(text, credits, dates, language), commit B with the fingerprint in it, commit C. The plain line
is what one writes with the same libraries: feedparser, trafilatura's `bare_extraction` with
metadata, Python 5-word shingles, datasketch's `update_batch` and `MinHashLSH(0.7)`, and one
sqlite-utils upsert a row into a table with full-text search.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import measuring
from lines import ours, plain
from lines.samples import Sample, altered, read_samples

MOST_MS, LEAST_GAIN = 11.8, 1.8  # CPU an article: 85 a second and core; two workers to one core
STAGES = ("feed", "extract", "fingerprint", "keep", "cluster")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which pages, how many, how often; and the long run for memory."""
    parser.add_argument("--folder", type=Path, help="pages, gzipped or not; else the demo's own")
    parser.add_argument("--pages", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="processes for the wall rate; 0: no")
    parser.add_argument("--memory", type=int, metavar="N", help="only read N pages, print memory")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """The rows of each stage of both lines, then the rate with workers."""
    samples = read_samples(options.folder, options.pages)
    if options.memory:
        return _grow(samples, options.memory)
    found: dict[str, list[ours.Spent]] = {"ours": [], "plain": []}
    kept: Counter[str] = Counter()
    for _ in range(options.rounds + 1):  # the first warms what is loaded and compiled
        for name, line in (("ours", ours.walk), ("plain", plain.walk)):
            with tempfile.TemporaryDirectory() as folder:
                found[name].append(line(samples, Path(folder), kept))
    medians = {
        name: {
            stage: statistics.median(each[stage] for each in rounds[1:]) / len(samples) * 1e3
            for stage in STAGES
        }
        for name, rounds in found.items()
    }
    mine, theirs = medians["ours"], medians["plain"]
    rows: list[dict[str, Any]] = [
        {"what": stage, "ms CPU": mine[stage], "plain line": theirs[stage],
         "plain / ours": theirs[stage] / max(mine[stage], 1e-9)} for stage in STAGES
    ]  # fmt: skip
    whole, other = sum(mine.values()), sum(theirs.values())
    rows.append({
        "what": "an article, all in", "ms CPU": whole, "plain line": other,
        "plain / ours": other / whole, "a second and core": 1e3 / whole,
        "promise": f"<= {MOST_MS} ms", "kept": whole <= MOST_MS,
    })  # fmt: skip
    if options.workers:
        rows.append(_rate(samples, options.workers, 1e3 / whole))
    size = sum(len(each.body) for each in samples) / len(samples) / 1e3
    told = f"{len(samples)} pages of {size:,.0f} kB, {options.rounds} rounds in turn"
    return {"told": f"{told}; kept {kept['ours']} and {kept['plain']}", "rows": rows}


def _rate(samples: list[Sample], workers: int, one_core: float) -> dict[str, Any]:
    """Articles a second by the clock, pages read in so many workers while this process keeps."""
    from aggregator.core.extract import extract
    from aggregator.edge.sandbox import Sandbox
    from aggregator.errors import SourceError

    with (
        tempfile.TemporaryDirectory() as folder,
        ours.opened(Path(folder) / "rate.db") as news,
        Sandbox(workers=workers, deadline=30, warm=("aggregator.core.extract",)) as sandbox,
        ThreadPoolExecutor(workers) as threads,
    ):

        def read(item: Any) -> Any:
            try:
                return sandbox.call(
                    extract, pages[item.entry.guid], entry=item.entry, now=ours.NOW,
                    first_seen=item.seen_at,
                )  # fmt: skip
            except SourceError:
                return None

        pages = {each.url: ours.page_of(each) for each in samples}
        items = ours.take(news, samples)
        list(threads.map(read, items[: 4 * workers]))  # workers start and import
        began = time.monotonic()
        for item, article in zip(items, threads.map(read, items), strict=True):
            if article is not None:
                ours.keep(news, item, article)
        news.cluster()
        rate = len(items) / (time.monotonic() - began)
    return {
        "what": f"with {workers} workers, by the clock", "a second": rate,
        "to one core": rate / one_core, "promise": f">= {LEAST_GAIN}",
        "kept": rate / one_core >= LEAST_GAIN,
    }  # fmt: skip


def _grow(samples: list[Sample], count: int) -> dict[str, Any]:
    """What this one process holds while it reads, keeps and clusters page after page."""
    from aggregator.core.extract import extract

    rows: list[dict[str, Any]] = []
    batch, marks = 200, max(1, count // 10)
    with tempfile.TemporaryDirectory() as folder, ours.opened(Path(folder) / "long.db") as news:
        done = 0
        while done < count:
            some = [
                altered(samples[number % len(samples)], number // len(samples))
                for number in range(done, min(done + batch, count))
            ]
            pages = {each.url: ours.page_of(each) for each in some}
            for item in ours.take(news, some):
                article = ours.read_or_none(extract, pages[item.entry.guid], item)
                if article is not None:
                    ours.keep(news, item, article)
            news.cluster()
            if done // marks != (done + len(some)) // marks or not rows:
                held = news._proposer.nbytes / 1e6
                resident = measuring.resident() / 1e6
                rows.append({
                    "pages read": done + len(some), "MB resident": resident,
                    "MB of index": held, "MB besides": resident - held,
                })  # fmt: skip
                print(f"{done + len(some):7} pages: {resident:.0f} MB", flush=True)
            done += len(some)
    first, last = (rows[at]["MB besides"] for at in (min(1, len(rows) - 1), -1))
    rows[-1] |= {"promise": "<= 1.2 of the start", "kept": last <= 1.2 * first}
    return {"told": f"one process, {count:,} pages, all of them different", "rows": rows}
