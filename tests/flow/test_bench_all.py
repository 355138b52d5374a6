"""All benches run in one go, and what they found can be written as PERFORMANCE.md."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BENCHES = Path(__file__).parents[2] / "scripts" / "benches"
LEFT_OUT = ("pages", "polls", "proposing", "fuzz")  # seconds each, and none of another kind


@pytest.fixture
def writing() -> Iterator[Any]:
    sys.path.insert(0, str(BENCHES))
    try:
        import writing

        yield writing
    finally:
        sys.path.remove(str(BENCHES))


def test_tiny_benches_run_and_are_written_down(tmp_path: Path) -> None:
    page = tmp_path / "PERFORMANCE.md"
    skipped = [part for name in LEFT_OUT for part in ("--skip", name)]
    command = [sys.executable, str(BENCHES), "all", "--tiny", "--json", *skipped]
    command += ["--cache", str(tmp_path), "--write", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr  # a missed target is told, and no failure
    found = json.loads(done.stdout)
    assert [bench["name"] for bench in found["benches"]] == [
        "live", "fingerprint", "starting", "sameness",
    ]  # fmt: skip
    assert all(bench["rows"] for bench in found["benches"])
    promised = {row["what"] for row in found["rows"]}
    assert {"an article, all in", "text, numpy", "--help", "report"} <= promised
    text = page.read_text(encoding="utf-8")
    assert text.index("## What misses its target") < text.index("## The live line")
    assert str(tmp_path) not in text and str(BENCHES) not in text
    assert f"trafilatura {found['versions']['trafilatura']}" in text


def test_what_misses_its_target_stands_first_and_once_in_its_table(writing: Any) -> None:
    rows = [
        {"what": "slow|odd", "us CPU each": 31.25, "promise": "<= 25 us", "kept": False},
        {"what": "fast", "us CPU each": 9.5, "more": 2},
    ]
    missed = {"bench": "B", "what": "slow|odd", "figure": "31", "promise": "<= 25 us"}
    found = {
        "rows": [missed | {"kept": False}], "date": "2026-11-20", "processor": "2 CPUs",
        "system": "Linux", "versions": {"Python": "3.11"},
        "benches": [
            {"name": "b", "title": "B", "options": "", "told": "t", "seconds": 2, "rows": rows}
        ],
    }  # fmt: skip
    text = writing.render(found)
    assert "| B | slow\\|odd | 31 | <= 25 us |" in text
    assert "Kept are 0 of 1 targets." in text
    assert "| slow\\|odd | 31.2 |  | <= 25 us | **no** |" in text
    assert "| fast | 9.50 | 2 |  |  |" in text
    assert writing.render(found | {"rows": []}).count("Nothing.") == 1
