"""How long commands take from start to end, as whole processes: help, and a report of an archive.

The archive is the invented one of `pages`. Wall time is what a person waits, CPU what a quiet
machine would take; the first start, with cold caches, counts in neither.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import measuring

ARTICLES = 100_000
MOST_MS = {"--help": 300.0, "report --since all": 1000.0, "report": 1000.0}


def add_options(parser: argparse.ArgumentParser) -> None:
    """How much, how often, and where the invented archive is kept between runs."""
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cache", type=Path, default=measuring.cache())


def run(options: argparse.Namespace) -> dict[str, Any]:
    """A row a command, each run once a round."""
    from stock import stocked

    program = [sys.executable, "-m", "aggregator"]
    database = stocked(options.cache, options.articles)
    lines = {"python -c pass": [sys.executable, "-c", "pass"]}
    for name in MOST_MS:
        place = [] if name == "--help" else ["-d", str(database)]
        lines[name] = [*program, *place, *name.split()]
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in lines}
    for _ in range(options.rounds + 1):
        for name, command in lines.items():
            times[name].append(_time(command))
    rows = []
    for name, found in times.items():
        wall = statistics.median(each[0] for each in found[1:])
        row: dict[str, Any] = {
            "command": name, "ms": wall, "ms CPU": statistics.median(each[1] for each in found[1:]),
            "first": found[0][0],
        }  # fmt: skip
        if name in MOST_MS:
            row["promise"], row["kept"] = f"< {MOST_MS[name]:.0f} ms", wall < MOST_MS[name]
        rows.append(row)
    told = f"{options.articles:,} articles, {database.stat().st_size / 1e6:,.0f} MB"
    return {"told": f"{told}; load {os.getloadavg()[0]:.1f}", "rows": rows}


def _time(command: list[str]) -> tuple[float, float]:
    """Milliseconds that a command took by the clock, and of CPU."""
    # Compiled modules are kept beside their sources, as in any installation.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=env)
    wall, after = time.perf_counter() - began, os.times()
    spent = after.children_user + after.children_system
    return wall * 1e3, (spent - before.children_user - before.children_system) * 1e3
