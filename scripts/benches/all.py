"""Every bench in one go, each in a process of its own; writes PERFORMANCE.md from what they give.

Wall times want a quiet machine. What misses its target is told first, and is no failure: the exit
code says only whether the benches ran. `--long` adds those of an hour and more.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import measuring
import writing

FOLDER = Path(__file__).parent
LIBRARIES = (
    "feedparser", "trafilatura", "lxml", "datasketch", "numpy", "numba", "apscheduler",
    "sqlite-utils", "datasette", "requests",
)  # fmt: skip


class Planned(NamedTuple):
    """One bench with the options of its full size and of its tiny one."""

    name: str
    title: str
    full: str
    tiny: str
    long: bool = False
    takes: str = ""  # what real data it can be given: pages, texts or feeds


PLAN = (
    Planned("live", "The live line: page bytes to clustered article", "--pages 150 --rounds 5",
            "--pages 3 --rounds 1 --workers 0", takes="pages"),
    Planned("fingerprint", "Fingerprints: text to signature", "--texts 400 --rounds 9",
            "--texts 4 --rounds 1", takes="texts"),
    Planned("proposing", "Proposing: the texts to compare with", "--many 500000 --rounds 9",
            "--few 1000 --many 1000 --rounds 1"),
    Planned("polls", "Polls: feeds that did not change, and that did", "--rounds 5",
            "--feeds 2 --plain 2 --rounds 1 --items 2"),
    Planned("starting", "Commands, start included", "--rounds 9", "--articles 200 --rounds 1"),
    Planned("pages", "Pages in Datasette", "--rounds 7", "--articles 200 --rounds 1"),
    Planned("sameness", "Parsing what is new against parsing everything", "", "", takes="feeds"),
    Planned("fuzz", "Broken documents", "--seconds 240", "--seconds 0.5"),
    Planned("proposing", "Proposing at a million texts", "--million", "", long=True),
    Planned("live", "The live line for long: memory", "--memory 100000", "", long=True,
            takes="pages"),
)  # fmt: skip
# How a kind of data is handed to its benches, and what stands for its place in what is written.
HANDED = {"pages": ("--folder", "FOLDER"), "texts": ("--file", "FILE"), "feeds": ("", "FOLDER")}


def add_options(parser: argparse.ArgumentParser) -> None:
    """What to leave out, which real data to use, where to write."""
    parser.add_argument("--skip", action="append", default=[], metavar="NAME")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--long", action="store_true", help="also what takes an hour and more")
    parser.add_argument("--tiny", action="store_true", help="to see that all of it runs")
    parser.add_argument("--pages", type=Path, metavar="FOLDER", help="real pages for `live`")
    parser.add_argument("--texts", type=Path, metavar="FILE", help="real texts for `fingerprint`")
    parser.add_argument("--feeds", type=Path, metavar="FOLDER", help="real feeds for `sameness`")
    parser.add_argument("--cache", type=Path, default=measuring.cache())
    parser.add_argument("--write", type=Path, metavar="FILE", help="such as PERFORMANCE.md")
    parser.add_argument("--read", type=Path, metavar="JSON", help="what an earlier run printed")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """The document of all benches, its promises as rows."""
    if options.read:
        found: dict[str, Any] = json.loads(options.read.read_text(encoding="utf-8"))
    else:
        found = _all(options)
    if options.write:
        options.write.write_text(writing.render(found), encoding="utf-8")
    return found


def _all(options: argparse.Namespace) -> dict[str, Any]:
    benches = []
    for planned in _chosen(options):
        arguments, shown = _arguments(planned, options)
        print(planned.name, *shown, file=sys.stderr, flush=True)
        began = time.monotonic()
        told = _within(planned.name, arguments) if options.tiny else _apart(planned, arguments)
        benches.append({
            "name": planned.name, "title": planned.title, "options": " ".join(shown),
            "seconds": round(time.monotonic() - began, 1), **told,
        })  # fmt: skip
    rows = [row for bench in benches for row in _promises(bench)]
    missed = sum(not row["kept"] for row in rows)
    return {
        "told": f"{len(rows)} targets, {missed} missed",
        "rows": rows,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": _versions(),
        "benches": benches,
    }


def _chosen(options: argparse.Namespace) -> Iterator[Planned]:
    for planned in PLAN:
        wanted = not options.only or planned.name in options.only
        if wanted and planned.name not in options.skip and (options.long or not planned.long):
            yield planned


def _arguments(planned: Planned, options: argparse.Namespace) -> tuple[list[str], list[str]]:
    """The arguments of a bench, and the same without the places of this machine."""
    shown = (planned.tiny if options.tiny else planned.full).split()
    arguments = list(shown)
    if planned.name in ("starting", "pages"):
        arguments += ["--cache", str(options.cache)]
    given = getattr(options, planned.takes) if planned.takes else None
    if planned.takes == "feeds" and given is None:
        given = FOLDER.parents[1] / "tests" / "data" / "feeds"
    if given is not None:
        option, stands = HANDED[planned.takes]
        arguments += [*filter(None, [option]), str(given)]
        shown += [*filter(None, [option]), stands]
    return arguments, shown


def _apart(planned: Planned, arguments: list[str]) -> dict[str, Any]:
    """A bench in a process of its own, so that none finds what another left in memory."""
    command = [sys.executable, str(FOLDER), planned.name, "--json", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True)
    start = done.stdout.find("{\n")  # what is printed before is its progress
    if start < 0:
        return {"told": f"did not run: exit code {done.returncode}", "rows": []}
    found: dict[str, Any] = json.loads(done.stdout[start:])
    return {"told": found["told"], "rows": found["rows"]}


def _within(name: str, arguments: list[str]) -> dict[str, Any]:
    module = importlib.import_module(name)
    parser = argparse.ArgumentParser()
    module.add_options(parser)
    found: dict[str, Any] = module.run(parser.parse_args(arguments))
    return found


def _promises(bench: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A row for each that promises something: what it is, its figures, the promise."""
    for row in bench["rows"]:
        if "kept" in row:
            names, figures = writing.parts_of(row)
            yield {
                "bench": bench["title"], "what": ", ".join(names), "figure": ", ".join(figures),
                "promise": row.get("promise", "none"), "kept": row["kept"],
            }  # fmt: skip


def _processor() -> str:
    """The processor by its name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{os.cpu_count()} CPUs of {next(named, platform.processor() or 'unknown name')}"


def _versions() -> dict[str, str]:
    """The libraries that are measured against and with, as installed."""
    from aggregator.edge.store.driver import sqlite3

    found = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except ImportError:
            found[name] = "not installed"
    return found
