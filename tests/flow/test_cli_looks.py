"""How the command looks: no colours when asked, and commands that can be typed as they stand."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator.cli import main, screen
from aggregator.cli.options import CALLED_AS
from tests import stories

ROOT = Path(__file__).parents[2]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return stories.database(tmp_path / "news.db", *stories.day().stories)


def test_colours_are_left_out_when_asked(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "")
    assert screen.colour() is True
    done = CliRunner().invoke(main, ["--no-color", "-d", str(database), "report", "1"])
    assert done.exit_code == 0 and "\x1b" not in done.output
    assert os.environ["NO_COLOR"] == "1" and screen.colour() is False
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.setenv("TERM", "dumb")
    assert screen.colour() is False


@pytest.mark.parametrize(
    ("called", "typed"),
    [("", "aggregator"), ("scripts/aggregator", "scripts/aggregator"), ("/a b/agg", "'/a b/agg'")],
)
def test_what_to_do_next_can_be_typed(
    database: Path, monkeypatch: pytest.MonkeyPatch, called: str, typed: str
) -> None:
    monkeypatch.setenv(CALLED_AS, called)
    args = ["-d", str(database), "report", "--since", "all"]
    done = CliRunner().invoke(main, args)
    assert f"{typed} -d {database} report 1\n" in done.output.replace("  one story", "\n")


def test_the_script_says_how_it_was_called() -> None:
    script = (ROOT / "scripts" / "aggregator").read_text()
    assert f'export {CALLED_AS}="$0"' in script
    checked = subprocess.run(["bash", "-n", ROOT / "scripts" / "aggregator"], check=False)
    assert checked.returncode == 0
