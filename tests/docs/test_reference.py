"""The pages of docs/reference say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.reference import render

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "reference"


PAGES = render()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_page_is_what_the_code_says(name: str) -> None:
    """When this fails: run scripts/reference and read what changed."""
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name]


def test_no_page_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


def test_every_key_and_column_is_explained_or_plain() -> None:
    """A key without a word is one whose name says it: few, and counted."""
    silent = [line for line in PAGES["config.md"].splitlines() if line.endswith("|  |")]
    assert len(silent) <= 8, silent
