"""Dispatches `scripts/bench NAME`: each name is a module here with `add_options` and `run`."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[1]))  # the package and the tests beside it

import measuring  # noqa: E402

SKIPPED = ("__main__", "measuring", "writing")


def main() -> int:
    """Run the bench named; the exit code of a single one is 1 when a promise is not kept."""
    names = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in SKIPPED)
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    verbs = parser.add_subparsers(dest="name", required=True)
    for name in names:
        module = importlib.import_module(name)
        verb = verbs.add_parser(name, help=(module.__doc__ or "").split("\n")[0])
        verb.add_argument("--json", action="store_true", help="print as JSON")
        module.add_options(verb)
    chosen = parser.parse_args()
    result = importlib.import_module(chosen.name).run(chosen)
    result["machine"] = measuring.machine()
    print(json.dumps(result, indent=2) if chosen.json else measuring.table(result))
    if chosen.name == "all":  # told, and no failure
        return 0
    return 0 if all(row.get("kept", True) for row in result["rows"]) else 1


if __name__ == "__main__":
    sys.exit(main())
