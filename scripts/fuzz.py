"""Coverage-guided fuzzing of every reader of strangers' bytes, one process each (atheris).

A crash, a call of more than 10 s and more than 2 GB are kept as files that tests/data/fuzz takes.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

HANG_SECONDS = 10
MEMORY_MB = 2048
# Instrumented ones are where the branches that matter are; lxml and SQLite are compiled.
INSTRUMENTED = ("aggregator", "feedparser", "trafilatura", "htmldate", "listparser", "ruamel")


def child(target: str, corpus: Path, keep: Path, seconds: int) -> None:
    """Run libFuzzer on one target in this process; does not return."""
    import atheris

    warnings.simplefilter("ignore")
    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        from scripts import fuzz_targets

        # Each seed once, so that what is imported inside functions is instrumented too.
        for path in sorted(fuzz_targets.TARGETS[target][1].glob("*")):
            fuzz_targets.try_one(target, path.read_bytes())

    def one(data: bytes) -> None:
        fuzz_targets.try_one(target, data)

    limits = [
        f"-max_total_time={seconds}", f"-timeout={HANG_SECONDS}", f"-rss_limit_mb={MEMORY_MB}",
        f"-max_len={fuzz_targets.MAX_BYTES}", f"-artifact_prefix={keep}/{target}-",
        "-print_final_stats=1",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *limits, str(corpus)], one)
    atheris.Fuzz()


def parent(targets: list[str], seconds: int, keep: Path) -> int:
    """Fuzz each target in turn and print a table; 1 when anything was found."""
    from scripts.fuzz_targets import TARGETS

    keep.mkdir(parents=True, exist_ok=True)
    print(
        f"{'target':9} {'runs':>9} {'per s':>7} {'slowest':>8} {'peak MB':>8} {'corpus':>7}  found"
    )
    bad = 0
    for name in targets:
        corpus = keep / f"corpus-{name}"
        corpus.mkdir(exist_ok=True)
        for path in sorted(TARGETS[name][1].glob("*")):
            (corpus / path.name).write_bytes(path.read_bytes())
        before, began = set(keep.glob(f"{name}-*")), time.monotonic()
        done = subprocess.run(
            [sys.executable, __file__, "--child", name, "--seconds", str(seconds), "--keep", keep],
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        found = sorted(path.name for path in set(keep.glob(f"{name}-*")) - before)
        stats = dict(re.findall(r"stat::(\w+): +(\d+)", done.stderr))
        runs, took = int(stats.get("number_of_executed_units", 0)), time.monotonic() - began
        print(
            f"{name:9} {runs:9,} {runs / took:7.0f} {stats.get('slowest_unit_time_sec', '?'):>7}s"
            f" {stats.get('peak_rss_mb', '?'):>8} {len(list(corpus.iterdir())):7}"
            f"  {', '.join(found) or 'nothing'}",
            flush=True,
        )
        if found or not runs:
            bad = 1
            print("\n".join(done.stderr.splitlines()[-25:]), file=sys.stderr)
    return bad


def main() -> int:
    """Options, then parent or child."""
    from scripts.fuzz_targets import TARGETS

    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("target", nargs="*", help=f"some of: {' '.join(TARGETS)}; default all")
    parser.add_argument("--seconds", type=int, default=90, help="for each target")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"), help="corpus and finds")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := set(options.target) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if options.child:
        child(
            options.child, options.keep / f"corpus-{options.child}", options.keep, options.seconds
        )
    return parent(options.target or list(TARGETS), options.seconds, options.keep)


if __name__ == "__main__":
    sys.exit(main())
