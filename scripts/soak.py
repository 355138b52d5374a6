"""A compressed soak (D16): days of polls and pages on a fake clock, and what they leave behind.

Prints memory, file descriptors, threads, WAL and seconds as the days go by, and the slope of memory
in MB per 1,000 polls over the second half; `--plot FILE` draws them as SVG. The first half fills
what is kept on purpose: keys of the newest 12,000 texts, bodies last compared, SQLite's cache. So
20,000 polls tell of 10,000 polls and 20,000 pages.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from aggregator import Aggregator, Config  # noqa: E402
from scripts.soak_web import FEEDS, NEW, ROUND, START  # noqa: E402

SLOPE_ALLOWED = 1.0  # MB per 1,000 polls
FLAT = {"descriptors": 8, "threads": 4, "wal_mb": 64}  # how far these may grow after warm-up


@dataclass(frozen=True)
class Sample:
    """One look at the program after so many polls."""

    polls: int
    pages: int
    main_mb: float
    workers_mb: float
    descriptors: int
    threads: int
    wal_mb: float
    database_mb: float
    seconds: float  # of the rounds since the last look


def memory_mb(pid: int | str) -> float:
    """Resident memory of a process now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def children() -> list[str]:
    """Ids of all processes below this one."""
    found: list[str] = []
    waiting = ["self"]
    while waiting:
        pid = waiting.pop()
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                below = path.read_text().split()
            except OSError:
                continue
            found += below
            waiting += below
    return found


def look(path: Path, *, polls: int, seconds: float, beside: int) -> Sample:
    """Measure; the web's own process does not count."""
    workers = 0.0
    for pid in children():
        if int(pid) != beside:
            try:
                workers += memory_mb(pid)
            except OSError:
                continue
    wal = path.with_name(path.name + "-wal")
    return Sample(
        polls=polls, pages=polls * NEW, main_mb=memory_mb("self"), workers_mb=workers,
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
        threads=len(list(Path("/proc/self/task").iterdir())),
        wal_mb=wal.stat().st_size / 1e6 if wal.exists() else 0.0,
        database_mb=path.stat().st_size / 1e6, seconds=seconds,
    )  # fmt: skip


def slope(samples: list[Sample]) -> float:
    """Least squares over the second half: MB of the main process per 1,000 polls."""
    late = samples[len(samples) // 2 :]
    xs, ys = [s.polls / 1000 for s in late], [s.main_mb for s in late]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((each - x) ** 2 for each in xs)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / spread if spread else 0.0


@contextmanager
def web() -> Iterator[tuple[int, int]]:
    """The invented web in its own process: its port and its process id."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "scripts" / "soak_web.py")], stdout=subprocess.PIPE, text=True
    )
    try:
        told = process.stdout.readline() if process.stdout else ""
        yield int(told), process.pid
    finally:
        process.kill()
        process.wait()


def soak(rounds: int, folder: Path, *, revisit: bool, every: int) -> list[Sample]:
    """Run so many rounds of all feeds and look now and then."""
    samples: list[Sample] = []
    with web() as (port, pid):
        feeds = [
            {"name": f"Outlet {n}", "url": f"http://outlet{n}.example/feed"} for n in range(FEEDS)
        ]
        config = {
            "fetch": {"proxy": f"http://127.0.0.1:{port}", "host_pause": 0, "robots": "ignore"},
            "schedule": {"every": "15m", "min": "15m", "max": "15m"},
            "revisit": {"enabled": revisit}, "feeds": feeds,
        }  # fmt: skip
        now = [START]
        path = folder / "soak.db"
        settings = Config.parse(json.dumps(config).encode(), str(folder / "config.yaml"))
        with Aggregator(settings, database=path, clock=lambda: now[0]) as news:
            began = time.monotonic()
            for number in range(1, rounds + 1):
                now[0] += ROUND + timedelta(seconds=30)
                news.run_once()
                if number % every == 0:
                    ended = time.monotonic()
                    polls = number * FEEDS
                    samples.append(look(path, polls=polls, seconds=ended - began, beside=pid))
                    began = ended
                    print(line(samples[-1]), flush=True)
            kept = news.context.store.query("SELECT count(*) FROM articles")[0][0]
            print(f"{kept:,} articles kept of {rounds * FEEDS * NEW:,} pages listed")
    return samples


def line(sample: Sample) -> str:
    return (
        f"{sample.polls:7,} polls  main {sample.main_mb:6.1f} MB  workers {sample.workers_mb:6.1f}"
        f"  fds {sample.descriptors:3}  threads {sample.threads:3}  wal {sample.wal_mb:5.1f}"
        f"  db {sample.database_mb:7.1f}  {sample.seconds:6.1f} s"
    )


def plot(samples: list[Sample], path: Path) -> None:
    """Four small charts under one another, each on its own scale from zero."""
    wide, tall, left = 640, 90, 190
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + wide + 20} {4 * tall + 40}"'
        ' font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    rows = [("main_mb", "main process, MB"), ("workers_mb", "workers, MB"),
            ("descriptors", "file descriptors"), ("wal_mb", "WAL, MB")]  # fmt: skip
    most = max(sample.polls for sample in samples)
    for at, (name, words) in enumerate(rows):
        values = [float(getattr(sample, name)) for sample in samples]
        top, base = max([*values, 1.0]) * 1.1, 20 + (at + 1) * tall - 15
        points = " ".join(
            f"{left + wide * sample.polls / most:.1f},{base - (tall - 30) * value / top:.1f}"
            for sample, value in zip(samples, values, strict=True)
        )
        parts.append(
            f'<text x="10" y="{base - 20}">{words}</text>'
            f'<text x="10" y="{base - 4}" fill="#555">at the end {values[-1]:.0f}</text>'
            f'<line x1="{left}" x2="{left + wide}" y1="{base}" y2="{base}" stroke="#bbb"/>'
            f'<polyline fill="none" stroke="#0072b2" stroke-width="2" points="{points}"/>'
        )
    parts.append(f'<text x="{left}" y="{4 * tall + 30}">0 to {most:,} polls</text></svg>\n')
    path.write_text("".join(parts), encoding="utf-8")


def main() -> int:
    """Run, print, plot; 1 when something grew that must not."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--polls", type=int, default=20_000)
    parser.add_argument(
        "--revisit", action="store_true", help="read pages again as the daemon does"
    )
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", type=Path, help="write the samples here")
    options = parser.parse_args()
    rounds = max(2, options.polls // FEEDS)
    with tempfile.TemporaryDirectory() as name:
        samples = soak(rounds, Path(name), revisit=options.revisit, every=max(1, rounds // 40))
    grown = slope(samples)
    late = samples[len(samples) // 2 :]
    failed = grown > SLOPE_ALLOWED
    print(f"main process: {grown:+.2f} MB per 1,000 polls over the second half")
    for what, allowed in FLAT.items():
        values = [getattr(sample, what) for sample in late]
        print(f"{what}: {min(values):g} to {max(values):g} over the second half")
        failed = failed or max(values) - min(values) > allowed
    if options.plot:
        plot(samples, options.plot)
    if options.json:
        options.json.write_text(json.dumps([asdict(sample) for sample in samples], indent=1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
