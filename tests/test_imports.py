"""What is slow to load is loaded by the verbs that need it, and by nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core import wires

PACKAGE_ROOT = Path(__file__).parent.parent
# trafilatura takes 0.9 s to load, datasketch 1.5 s through scipy; the others are not free either.
READING = {"trafilatura", "htmldate", "justext", "lxml", "feedparser", "py3langid", "listparser"}
COMPARING = {"datasketch", "scipy", "numpy", "numba"}
WORKING = {"apscheduler", "pebble", "urllib3", "multiprocessing", "concurrent.futures.process"}
SHOWING = {"datasette", "jinja2", "rich"}
STORING = {"sqlite_utils", "pysqlite3", "sqlite3", "pydantic", "ruamel.yaml"}
SCALING = {"duckdb", "pyspark", "pyarrow", "prometheus_client", "playwright"}
# What a verb that only shows has no use for.
UNUSED = READING | COMPARING | SCALING | {"datasette", "apscheduler", "sqlite_utils"}

_LOADED = """
import sys
{before}
try:
    {code}
except SystemExit as ended:
    assert not ended.code, ended.code
import json
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def _run(code: str, folder: Path, *, before: str = "") -> tuple[str, set[str]]:
    """What the code prints, and the modules in memory at its end, in a fresh interpreter."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PYTHONPATH": str(PACKAGE_ROOT), "NO_COLOR": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", _LOADED.format(code=code, before=before)],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout, set(json.loads(ended.stderr.splitlines()[-1]))


def _command(*arguments: str) -> str:
    return (
        f"sys.argv = ['aggregator', *{list(arguments)!r}]; "
        "from aggregator.cli import main; main(prog_name='aggregator')"
    )


def _loaded(modules: set[str], names: set[str]) -> set[str]:
    return {name for name in names if any(m == name or m.startswith(name + ".") for m in modules)}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small database of one story in two outlets and a story of its own."""
    folder = tmp_path_factory.mktemp("imports")
    rows = [("north", wires.DAM), ("south", wires.cut(wires.DAM, 0.5)), ("west", wires.STRIKE)]
    with (folder / "day.jsonl").open("w", encoding="utf-8") as lines:
        for source, story in rows:
            row = {
                "id": source,
                "source": f"{source}.example",
                "title": f"As {source} saw it",
                "text": wires.join(story),
                "published": "2026-11-18T09:00:00Z",
            }
            lines.write(json.dumps(row) + "\n")
    _run(_command("-d", "day.db", "import", "day.jsonl"), folder)
    return folder / "day.db"


def test_the_package_loads_nothing(tmp_path: Path) -> None:
    _, modules = _run("import aggregator", tmp_path)
    ours = {name for name in modules if name.startswith("aggregator")}
    assert ours == {"aggregator"}
    heavy = READING | COMPARING | WORKING | SHOWING | STORING | SCALING | {"click"}
    assert _loaded(modules, heavy) == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["report", "--help"]])
def test_help_loads_no_more_than_the_command(tmp_path: Path, arguments: list[str]) -> None:
    printed, modules = _run(_command(*arguments), tmp_path)
    assert "aggregator" in printed
    heavy = READING | COMPARING | WORKING | SHOWING | STORING | SCALING
    assert _loaded(modules, heavy) == set()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["terminal", "json", "csv", "atom", "html"])
def test_a_report_reads_and_compares_nothing(database: Path, form: str) -> None:
    arguments = ["-d", str(database), "report", "--since", "all", "--format", form]
    printed, modules = _run(_command(*arguments), database.parent)
    assert "As north saw it" in printed
    assert _loaded(modules, UNUSED) == set()
    assert _loaded(modules, {"pysqlite3", "sqlite3"})  # the check can see


def test_one_story_in_full_reads_and_compares_nothing(database: Path) -> None:
    found, _ = _run(
        _command("-d", str(database), "report", "--since", "all", "--json"), database.parent
    )
    story = json.loads(found)["stories"][0]["id"]
    printed, modules = _run(
        _command("-d", str(database), "report", str(story), "--since", "all"), database.parent
    )
    assert "north" in printed
    assert _loaded(modules, UNUSED) == set()


def test_the_state_is_told_without_the_line(database: Path) -> None:
    _, modules = _run(_command("-d", str(database), "status", "--json"), database.parent)
    assert _loaded(modules, UNUSED) == set()


def test_the_pure_functions_load_no_database_and_no_web(tmp_path: Path) -> None:
    code = "from aggregator import compare, fingerprint, partition; compare('a b', 'c d')"
    _, modules = _run(code, tmp_path)
    assert _loaded(modules, READING | WORKING | SHOWING | STORING | SCALING) <= {
        # scipy and numpy may load these by themselves
        "multiprocessing", "concurrent.futures.process",
    }  # fmt: skip
    assert _loaded(modules, {"datasketch", "scipy", "numba"}) == set()


def test_what_is_loaded_would_be_seen(tmp_path: Path) -> None:
    _, modules = _run("import feedparser", tmp_path, before="import numpy")
    assert _loaded(modules, READING | COMPARING) >= {"feedparser", "numpy"}
