"""What the tests of the whole line share: one undisturbed demo day, config files, programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.utils import sqlite3

from aggregator.core.urls import url_key
from aggregator.demo.show import demo_config
from aggregator.demo.web import DemoWeb
from aggregator.edge.sandbox import Sandbox
from aggregator.pipeline import Aggregator, Tally

EVENING = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)  # after the last page of the invented day


class Lent:
    """Workers that outlive the program they are lent to: starting them takes half a second."""

    def __init__(self, workers: Sandbox) -> None:
        self.call = workers.call

    def close(self) -> None:
        """They go to the next test."""


@dataclass(frozen=True)
class Pass:
    """One pass over the day: what it did, and the requests it made."""

    tally: Tally
    requests: tuple[tuple[str, int], ...]
    digest: Mapping[str, str]


@dataclass(frozen=True)
class Day:
    """The demo day as it ended, undisturbed: morning, afternoon, and the afternoon again."""

    database: Path
    passes: tuple[Pass, Pass, Pass]


def rows(database: Path, sql: str, *values: Any) -> list[dict[str, Any]]:
    """Rows of a SELECT on a database that somebody else may be writing."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(sql, values)]


def digest(database: Path) -> dict[str, str]:
    """Each table as one text: equal texts are equal rows."""
    names = [
        row["name"] for row in rows(database, "SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    return {
        name: "\n".join(sorted(map(repr, map(tuple, _tuples(database, name))))) for name in names
    }


def _tuples(database: Path, table: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rows(database, f"SELECT * FROM {table}")]


def partition(database: Path) -> set[frozenset[str]]:
    """The stories as sets of url keys."""
    groups: dict[int, set[str]] = {}
    for row in rows(database, "SELECT url_key, cluster FROM articles WHERE cluster IS NOT NULL"):
        groups.setdefault(row["cluster"], set()).add(row["url_key"])
    return set(map(frozenset, groups.values()))


def articles(database: Path) -> dict[str, tuple[str, str, str]]:
    """Title, verdict and text of every article by url key."""
    found = rows(database, "SELECT url_key, title, verdict, text FROM articles")
    return {row["url_key"]: (row["title"], row["verdict"], row["text"]) for row in found}


def by_key(database: Path) -> dict[str, dict[str, Any]]:
    """Every article with its outlet's name, its story's lead, agency and gate, by url key."""
    found = rows(
        database,
        "SELECT articles.*, outlets.name AS outlet_name, lead.url_key AS lead_key,"
        " clusters.agency AS whose, clusters.articles AS together, fingerprints.gate,"
        " (SELECT group_concat(role) FROM credits WHERE credits.article = articles.id) AS roles"
        " FROM articles JOIN outlets ON outlets.id = articles.outlet"
        " LEFT JOIN clusters ON clusters.id = articles.cluster"
        " LEFT JOIN articles AS lead ON lead.id = clusters.lead"
        " LEFT JOIN fingerprints ON fingerprints.article = articles.id",
    )
    return {row["url_key"]: row for row in found}


def entries(database: Path) -> dict[str, dict[str, Any]]:
    """Every entry with a link, by the url key of that link."""
    found = rows(database, "SELECT * FROM entries WHERE url IS NOT NULL")
    return {url_key(row["url"]): row for row in found}


def check_file(database: Path) -> None:
    """The file is sound and every reference in it leads somewhere."""
    assert rows(database, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert rows(database, "PRAGMA foreign_key_check") == []
    orphans = rows(
        database,
        "SELECT article FROM bands WHERE article NOT IN (SELECT article FROM fingerprints)"
        " UNION SELECT article FROM sentences WHERE article NOT IN (SELECT id FROM articles)",
    )
    assert orphans == []


@pytest.fixture(scope="session")
def demo_day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The whole day through loopback and the real fetch path; tests only read it."""
    database = tmp_path_factory.mktemp("day") / "demo.db"
    done = []
    with DemoWeb() as web:
        for number, edition in enumerate((1, 2, 2)):
            web.edition = edition
            seen = len(web.requests)
            now = EVENING + timedelta(hours=number)
            with Aggregator(
                demo_config(web.proxy), database=database, clock=lambda now=now: now
            ) as news:
                tally = news.run_once()
            done.append(Pass(Counter(tally), tuple(web.requests[seen:]), digest(database)))
    return Day(database, (done[0], done[1], done[2]))


# -- programs


def command(*words: str) -> list[str]:
    """The command as a program of its own."""
    return [sys.executable, "-m", "aggregator", *words]


def environment(**more: str) -> dict[str, str]:
    """The environment of a program that must not be steered by the one of the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AGGREGATOR_", "NO_COLOR"))}
    return kept | {"PYTHONWARNINGS": "error::ResourceWarning"} | more


def run(
    *words: str, cwd: Path, timeout: float = 60, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        command(*words), cwd=cwd, capture_output=True, text=True, timeout=timeout,
        env=environment(**more), stdin=subprocess.DEVNULL,
    )  # fmt: skip


def write_config(folder: Path, settings: Mapping[str, Any]) -> Path:
    """A config file of these settings; JSON is YAML."""
    path = folder / "config.yaml"
    path.write_text(json.dumps(settings, indent=2, ensure_ascii=False), encoding="utf-8")
    return path


def demo_settings(proxy: str, **more: Any) -> dict[str, Any]:
    """The demo's settings as a config file holds them."""
    config = demo_config(proxy).model_dump(mode="json", exclude_defaults=True)
    config["fetch"].pop("user_agent", None)
    return config | more


def wait_until(true: Callable[[], Any], *, seconds: float = 20, step: float = 0.05) -> Any:
    """Wait for something to become true; gives it, or fails the test."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := true():
            return found
        time.sleep(step)
    pytest.fail(f"not true within {seconds} s: {true}")


@pytest.fixture
def demo_web() -> Iterator[DemoWeb]:
    with DemoWeb() as web:
        yield web
