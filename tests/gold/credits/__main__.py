"""`python -m tests.gold.credits PATH...`: scores case files, lists the credits of page folders."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from aggregator.core.agencies import load_agencies
from tests.gold.credits.cases import read_cases
from tests.gold.credits.listing import list_credits
from tests.gold.credits.scoring import score


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/credits",
        description="Score case files (*.jsonl), or list the credits of pages below a folder.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--errors", action="store_true", help="show every case that differs")
    parser.add_argument(
        "--without",
        action="store_true",
        help="list the pages without a credit, and where they name an agency",
    )
    options = parser.parse_args(arguments)
    agencies = load_agencies()
    for path in options.paths:
        if path.is_dir():
            for block in list_credits(path, agencies, negatives=options.without):
                print(block, flush=True)
        elif path.is_file():
            card = score(read_cases(path), agencies)
            print(f"{path.name}", *card.lines(), sep="\n")
            if options.errors:
                print(*card.faults, sep="\n")
        else:
            print(f"scripts/credits: {path}: no such file or folder", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
