"""Runs what README says as it is written, on the demo's loopback web; checks what DESIGN lists."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.demo.web import DemoWeb, demo_feeds

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DESIGN = (ROOT / "DESIGN.md").read_text(encoding="utf-8")
OPML = """<opml version="2.0"><head><title>mine</title></head><body>
<outline type="rss" text="Paper" xmlUrl="http://paper.example/feed"/></body></opml>"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    lines = [line for block in blocks("console") for line in block.splitlines()]
    return [line[2:].split("  #")[0].strip() for line in lines if line.startswith("$ ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder where the demo ran, with a config whose feeds are the demo's."""
    path = tmp_path_factory.mktemp("readme")
    assert aggregator(path, "demo").returncode == 0
    with DemoWeb(edition=2) as web:
        feeds = "".join(f"  - name: {f.name}\n    url: {f.url}\n" for f in demo_feeds())
        (path / "config.yaml").write_text(
            f"fetch:\n  proxy: {web.proxy}\n  host_pause: 0\n  per_host: 8\nfeeds:\n{feeds}",
            encoding="utf-8",
        )
        yield path


def aggregator(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aggregator", *arguments],
        cwd=path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_readme_opens_with_two_commands() -> None:
    first = blocks("console")[0].splitlines()
    assert [line.removeprefix("$ ") for line in first] == [
        "scripts/aggregator demo",
        "scripts/aggregator -d demo.db browse",
    ]


def test_every_command_of_the_readme_is_run_by_a_test() -> None:
    """A command added to README has to be added here."""
    known = {*RUN, *STARTED, *INITS, "scripts/test", "scripts/check"}
    assert set(commands()) == known


INITS = ["scripts/aggregator init", "scripts/aggregator init --from-opml feeds.opml"]
STARTED = ["scripts/aggregator run", "scripts/aggregator -d demo.db browse"]
RUN = [
    "scripts/aggregator demo",
    "scripts/aggregator check",
    "scripts/aggregator run --once",
    "scripts/aggregator report",
    "scripts/aggregator report --format html -o today.html",
    "scripts/aggregator report --json",
    "scripts/aggregator report --format csv -o copies.csv",
    "scripts/aggregator report --format atom -o stories.xml",
    'scripts/aggregator report --search "ferry" --min-outlets 3 --since 7d',
]


@pytest.mark.parametrize("command", RUN)
def test_command_runs_as_written(folder: Path, command: str) -> None:
    arguments = shlex.split(command)[1:]
    done = aggregator(folder, *arguments)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    if "-o" in arguments:
        assert (folder / arguments[arguments.index("-o") + 1]).stat().st_size > 500
    elif arguments[0] == "report":
        assert "erry" in done.stdout


@pytest.mark.parametrize("command", INITS)
def test_init_runs_as_written(tmp_path: Path, command: str) -> None:
    (tmp_path / "feeds.opml").write_text(OPML, encoding="utf-8")
    done = aggregator(tmp_path, *shlex.split(command)[1:])
    assert done.returncode == 0, done.stderr
    assert aggregator(tmp_path, "check", "--offline").returncode == 0


def test_run_goes_on_until_stopped(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "aggregator", "-d", "daemon.db", "run"],
        cwd=folder, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "running on" in line:
                break
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_browse_serves_the_stories(folder: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "aggregator", "-d", "demo.db", "browse", "--port", str(port)],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        for path, wanted in (("/-/stories", "ferry"), ("/demo/who_repeats", "repeats")):
            assert wanted in fetch(f"http://127.0.0.1:{port}{path}").lower()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)


def fetch(url: str) -> str:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                text: str = answer.read().decode()
                return text
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} never answered")


def test_python_of_the_readme_runs(folder: Path) -> None:
    (code,) = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Orlmark" in done.stdout


def test_shown_report_is_what_the_demo_prints(folder: Path) -> None:
    """The figures of the README are those of the demo; ids may differ from run to run."""
    shown = next(block for block in blocks("text") if "stories" in block)
    done = aggregator(folder, "demo")
    without_ids = [re.sub(r"^ *\d+ ", "", line) for line in done.stdout.splitlines()]
    for line in filter(None, shown.splitlines()):
        assert re.sub(r"^ *\d+ ", "", line) in without_ids


@pytest.mark.parametrize("room", sorted(p.name for p in (ROOT / "aggregator").iterdir()))
def test_design_lists_every_room(room: str) -> None:
    if room.startswith("__") or room == "example-config.yaml":
        return
    stem = room.removesuffix(".py")
    assert stem in DESIGN or stem.split("_")[0] + "*" in DESIGN
