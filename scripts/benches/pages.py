"""How long pages take to come: Datasette with our plug-in on 200,000 invented articles.

Each address is asked several times over one connection after a first visit to all of them; the
median counts. CPU is what the server spent on a request: what a quiet machine would take.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import measuring

TARGET_MS = 300.0  # of a page
ARTICLES = 200_000
_PATIENCE = 120


def add_options(parser: argparse.ArgumentParser) -> None:
    """How much, how often, and where the invented archive is kept between runs."""
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument("--cache", type=Path, default=measuring.cache())
    parser.add_argument("--database", type=Path, help="ask this one, and not an invented archive")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """The rows of the table: each kind of page with its slowest address."""
    from stock import stocked

    database = options.database or stocked(options.cache, options.articles)
    asked = {name: paths for name, paths in _pages(database).items() if options.only in name}
    rows = []
    if asked:
        with _serving(database) as (port, server):
            rows = _measure(port, server, asked, options.rounds)
    told = f"{_count(database):,} articles, {database.stat().st_size / 1e6:,.0f} MB"
    told += f"; medians of {options.rounds} requests, in ms; load {os.getloadavg()[0]:.1f}"
    return {"told": told, "rows": rows}


def _pages(database: Path) -> dict[str, list[str]]:
    """Kinds of pages with the addresses that are asked of each, the heaviest among them."""
    with _open(database) as db:

        def ids(sql: str) -> list[Any]:
            return [row[0] for row in db.execute(sql)]

        wide = ids("SELECT id FROM clusters ORDER BY outlets DESC LIMIT 3")
        usual = ids("SELECT id FROM clusters WHERE outlets BETWEEN 8 AND 12 LIMIT 2")
        outlets = ids("SELECT outlet FROM articles GROUP BY outlet ORDER BY count(*) DESC LIMIT 1")
        outlets += ids("SELECT id FROM outlets ORDER BY id DESC LIMIT 1")
        (domain,) = ids(f"SELECT domain FROM outlets WHERE id = {outlets[0]}")  # noqa: S608
        agencies = ids("SELECT agency FROM credits GROUP BY agency ORDER BY count(*) DESC LIMIT 2")
        often, rare = _words(db)
    name = database.stem
    table = f"/{name}/articles"
    return {
        "story list": ["/-/stories", "/-/stories?page=40", "/-/stories.json"],
        "story list, filtered": [
            "/-/stories?since=2026-11-01", "/-/stories?language=de&min_outlets=2",
            f"/-/stories?agency={agencies[0]}", f"/-/stories?outlet={domain}",
        ],
        "story page, the widest": [f"/-/stories/{each}" for each in wide],
        "story page, ten outlets": [f"/-/stories/{each}" for each in usual],
        "search": [f"/-/stories?q={each}" for each in (*often, *rare, f"{often[0]}+{rare[0]}")],
        "table with facets": [table, f"/{name}/clusters", f"/{name}/entries", f"/{name}/credits"],
        "table with facets, filtered": [
            f"{table}?outlet={outlets[0]}", f"{table}?relation=shortened",
            f"{table}?_search={rare[0]}", f"{table}?_search={often[0]}",
        ],
        "other tables": [f"/{name}/{each}" for each in ("revisions", "visits", "pairs", "feeds")],
        "views": [
            f"/{name}/{each}" for each in (
                "stories", "republications", "uncredited_copies", "outlet_originality",
                "who_repeats_whom", "revision_history", "vanished_pages", "feed_health",
            )
        ],
        "outlet page": [f"/-/outlet/{each}" for each in outlets],
        "agency page": [f"/-/agency/{each}" for each in agencies],
        "outlets": ["/-/outlets", "/-/outlets?sort=uncredited", "/-/outlets.json"],
        "agencies": ["/-/agencies", "/-/agencies.json"],
    }  # fmt: skip


def _open(database: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True))


def _count(database: Path) -> int:
    with _open(database) as db:
        found: int = db.execute("SELECT count(*) FROM articles").fetchone()[0]
    return found


def _words(db: Any) -> tuple[list[str], list[str]]:
    """Words that stand in about a tenth and a hundredth of the articles, and in few."""
    db.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'articles_fts', 'row')")
    whole = db.execute("SELECT count(*) FROM articles").fetchone()[0]

    def near(share: float) -> str:
        found: str = db.execute(
            "SELECT term FROM temp.terms WHERE length(term) > 3"
            " ORDER BY abs(doc - ?), term LIMIT 1", [whole * share]
        ).fetchone()[0]  # fmt: skip
        return found

    return [near(0.1), near(0.02)], [near(0.002), near(0.0001)]


@contextmanager
def _serving(database: Path) -> Iterator[tuple[int, int]]:
    """Datasette on the database as `aggregator browse` starts it; gives its port and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "aggregator", "-d", str(database), "browse"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log,
                                   start_new_session=True)  # fmt: skip
        try:
            _wait(port, process)
            yield port, process.pid
        finally:
            os.killpg(process.pid, 15)
            process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the server did not start")


def _measure(
    port: int, server: int, asked: dict[str, list[str]], rounds: int
) -> list[dict[str, Any]]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    with closing(line):
        first = {path: _ask(line, path) for paths in asked.values() for path in paths}
        times: dict[str, list[float]] = {path: [] for path in first}
        spent = dict.fromkeys(first, 0.0)
        for _ in range(rounds):
            for path, found in times.items():
                before = measuring.cpu_of(server)
                found.append(_ask(line, path))
                spent[path] += measuring.cpu_of(server) - before
    rows = []
    for name, paths in asked.items():
        for path in paths:
            median = statistics.median(times[path])
            rows.append(
                {"page": name, "address": path, "median": median, "slowest": max(times[path]),
                 "first": first[path], "CPU": spent[path] / rounds * 1000,
                 "promise": f"< {TARGET_MS:.0f} ms", "kept": median < TARGET_MS}
            )  # fmt: skip
    return rows


def _ask(line: http.client.HTTPConnection, path: str) -> float:
    """Milliseconds until the last byte of the answer is there."""
    began = time.perf_counter()
    line.request("GET", path)
    answer = line.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status}")
    return (time.perf_counter() - began) * 1000
