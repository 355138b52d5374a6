"""What coverage-guided fuzzing came upon: each document is read or refused, and nothing else."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from scripts.fuzz_targets import TARGETS, try_one

FOUND = Path(__file__).parents[1] / "data" / "fuzz"


@pytest.mark.parametrize("name", sorted(TARGETS))
@pytest.mark.filterwarnings("ignore")
def test_found_documents_are_read_or_refused(name: str) -> None:
    lines = (FOUND / f"{name}.b64").read_text(encoding="ascii").splitlines()
    assert len(lines) >= 20
    for line in lines:
        try_one(name, base64.b64decode(line))


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_seeds_are_valid(name: str) -> None:
    """A seed that is refused would lead the fuzzer nowhere."""
    seeds = [path for path in TARGETS[name][1].iterdir() if path.is_file()]
    assert seeds
    for path in seeds:
        TARGETS[name][0](path.read_bytes())
