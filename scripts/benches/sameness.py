"""Whether parsing only what is new gives what a full parse gives, over a folder of feeds.

Each feed is split, some of its items are taken for known at random, and what is parsed then is
held against a full parse, field by field.
"""

from __future__ import annotations

import argparse
import random
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOST = 3_000_000  # bytes of a file
GIVEN: dict[str, Any] = {"url": "http://paper.example/f", "content_type": None, "now": NOW}
SHARES = (0.5, 0.5, 0.9, 1.0)  # of the items known before


def add_options(parser: argparse.ArgumentParser) -> None:
    """Where the feeds lie."""
    parser.add_argument("folder", type=Path, nargs="+")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Counts of feeds and of disagreements."""
    warnings.simplefilter("ignore")
    files = [path for folder in options.folder for path in sorted(folder.rglob("*"))]
    counts = {"feeds": 0, "of 5 items and more": 0, "split": 0, "split, 5 and more": 0}
    checks, wrong = 0, []
    for path in files:
        if not path.is_file() or path.stat().st_size > MOST:
            continue
        found = _try(path.read_bytes())
        if found is None:
            continue
        items, results = found
        counts["feeds"] += 1
        counts["of 5 items and more"] += items >= 5
        counts["split"] += bool(results)
        counts["split, 5 and more"] += bool(results) and items >= 5
        checks += len(results)
        if not all(results):
            wrong.append(path.name)
    rows = [{"what": name, "count": count} for name, count in counts.items()]
    rows.append({"what": "comparisons", "count": checks})
    rows.append({"what": "that differ", "count": len(wrong), "kept": not wrong})
    return {"told": ", ".join(wrong) or "partial parse against full parse", "rows": rows}


def _try(data: bytes) -> tuple[int, list[bool]] | None:
    """The number of items, and for each share whether the two ways agree; None for no feed."""
    from aggregator.core import feeds, newitems, sifting
    from aggregator.errors import ParseError

    try:
        whole = feeds.parse_feed(data, **GIVEN)
    except ParseError:
        return None
    count = len(whole.entries)
    if not newitems.parse_changed(data, memory={}, **GIVEN).memory:
        return count, []
    plain, _ = feeds.plain_bytes(data)
    split = sifting.split(plain, [])
    if split is None:
        return count, []
    chance, results = random.Random(count), []  # noqa: S311
    for share in SHARES:
        missing = [span for span in split.spans if chance.random() >= share]
        try:
            before = newitems.parse_changed(sifting.cut(plain, missing), memory={}, **GIVEN)
        except ParseError:
            continue  # without any item it is no feed
        part = newitems.parse_changed(data, memory=before.memory, **GIVEN)
        old = {sifting.guid_mark(entry.guid): entry for entry in before.entries}
        new = iter(part.entries)
        joined = [
            old[mark] if (mark := sifting.guid_mark(entry.guid)) in part.known else next(new, None)
            for entry in whole.entries
        ]
        results.append(
            joined == list(whole.entries)
            and (part.title, part.hints, part.dropped) == (whole.title, whole.hints, whole.dropped)
        )
    return count, results
