"""Kills the line on the demo day and compares where it ends with an undisturbed run."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.exam import came_to, crashing

KILLS = 8  # in one day, unless more are asked for
NUMBERS = (1, 7, 40)  # a step is struck at its first, its 7th and its 40th time


def main() -> None:
    """Run what is asked for; exit code 1 when any day ended elsewhere."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        wanted, spans = crashing.undisturbed(Path(folder) / "undisturbed.db")
        found = []
        for row in _days(Path(folder), asked, wanted, spans):
            found.append(row)
            told = f"{row['struck']:>3} kills  {row['seconds']:>6} s  {row['ended']}"
            print(f"{row['day']:<34} {told}", file=sys.stderr, flush=True)
    kills = sum(int(str(row["struck"])) for row in found)
    wrong = [row for row in found if row["ended"] != "the same"]
    if asked.json:
        print(json.dumps({"kills": kills, "wrong": len(wrong), "days": found}, indent=2))
    else:
        print(f"{len(found)} days, {kills} kills: {len(found) - len(wrong)} ended the same")
    sys.exit(1 if wrong else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=24, help="kills at random moments")
    parser.add_argument("--a-day", type=int, default=KILLS, help="of these, in one day (default 8)")
    parser.add_argument("--steps", help="named steps, by comma; else all of them")
    parser.add_argument("--no-steps", action="store_true", help="random moments alone")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    return parser.parse_args()


def _days(
    folder: Path, asked: argparse.Namespace, wanted: str, spans: tuple[float, float]
) -> Iterator[dict[str, object]]:
    """One row for each day that was disturbed."""
    steps = asked.steps.split(",") if asked.steps else [*crashing.STEPS, "report"]
    if not asked.no_steps:
        for step in steps:
            for number in NUMBERS:
                yield _day(folder, f"step: {step}, time {number}", wanted, step=step, number=number)
    chance, left = random.Random(asked.seed), asked.times  # noqa: S311  moments, no secrets
    while left > 0:
        kills = min(asked.a_day, left + left % 2)
        seed = chance.randrange(10**6)
        about = {"kills": kills, "seed": seed, "spans": spans}
        yield _day(folder, f"random, seed {seed}", wanted, **about)
        left -= kills


def _day(folder: Path, name: str, wanted: str, **how: object) -> dict[str, object]:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(dir=folder) as place:
        database = Path(place) / "news.db"
        try:
            if "step" in how:
                found, struck = crashing.stepped_day(database, **how)  # type: ignore[arg-type]
            else:
                found, struck = crashing.random_day(database, **how)  # type: ignore[arg-type]
            parts = zip(wanted.split(), found.split(), strict=True)
            differs = [mine.partition("=")[0] for mine, theirs in parts if mine != theirs]
            ended = "the same"
            if differs:
                ended = f"elsewhere: {', '.join(differs)}; {came_to.troubles(database)}"
        except AssertionError as error:
            struck, ended = 0, f"elsewhere: {' '.join(str(error).split())[-200:]}"
    seconds = round(time.monotonic() - begun, 1)
    return {"day": name, "struck": struck, "ended": ended, "seconds": seconds}


if __name__ == "__main__":
    main()
