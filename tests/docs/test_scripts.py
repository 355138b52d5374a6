"""That scripts/test ends as its tests did: with 0 when all passed, and else not."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VENV = 'root="$(cd "$scripts/.." && pwd)"\nprepare() { :; }\n'
LOOKS = """
prepare_browser() { :; }
prepare_next() { :; }
on_next_line() { "$root/.venv-next/bin/python" -m pytest "$@"; }
"""


@pytest.mark.parametrize(
    ("released", "following", "code"), [(0, 0, 0), (1, 0, 1), (0, 1, 1), (2, 1, 1)]
)
def test_the_exit_code_is_that_of_both_runs(
    tmp_path: Path, released: int, following: int, code: int
) -> None:
    """Stand-ins for Python end as told; everything else is the script as it is."""
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    shutil.copy(ROOT / "scripts" / "test", scripts / "test")
    (scripts / "venv.sh").write_text(VENV)
    (scripts / "looks.sh").write_text(LOOKS)
    for venv, rc in ((".venv", released), (".venv-next", following)):
        python = tmp_path / venv / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f"#!/bin/sh\necho ran in {venv}\nexit {rc}\n")
        python.chmod(0o755)
    ended = subprocess.run(
        ["bash", str(scripts / "test")], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == code, ended.stderr
    assert "ran in .venv\n" in ended.stdout
    assert ended.stdout.endswith("On the next line of Datasette:\nran in .venv-next\n")
