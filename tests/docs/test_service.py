"""The systemd unit: systemd reads it, it is hardened, and its command is one that we have."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator.cli import main
from aggregator.daemon import service

UNIT = Path(__file__).parents[2] / "packaging" / "aggregator.service"
MOST_EXPOSED = 20  # tenths; 10.0 is a service without any protection


@pytest.fixture(scope="module")
def unit() -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(UNIT.read_text(encoding="utf-8"))
    return read


def test_its_command_is_ours(unit: configparser.ConfigParser) -> None:
    program, *words = unit["Service"]["ExecStart"].split()
    assert Path(program).name == "aggregator"
    assert "run" in words
    asked = CliRunner().invoke(main, [*words, "--help"])
    assert asked.exit_code == 0, asked.output
    assert "Run in the background" in asked.output


def test_its_times_leave_room_for_ours(unit: configparser.ConfigParser) -> None:
    told = unit["Service"]
    assert told["Type"] == "notify"
    assert told["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert int(told["TimeoutStopSec"].removesuffix("s")) > 2 * service.LEAVE_SECONDS - 1
    assert told["WatchdogSec"] == "2min"
    assert {"2", "4"} == set(told["RestartPreventExitStatus"].split())


def test_it_does_not_forbid_what_workers_need(unit: configparser.ConfigParser) -> None:
    assert "MemoryDenyWriteExecute" not in unit["Service"]
    assert "@resources" not in unit["Service"]["SystemCallFilter"]
    families = unit["Service"]["RestrictAddressFamilies"].split()
    assert {"AF_INET", "AF_INET6", "AF_UNIX"} <= set(families)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_reads_it_and_finds_it_hardened(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(re.sub("^ExecStart=[^ ]+", "ExecStart=/bin/true", UNIT.read_text(), flags=re.M))
    ran = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    ran = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(copy)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-300:]
