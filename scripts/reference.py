"""Writes docs/reference from the code: config, commands, tables, metrics; states no fact itself."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

import click
from sqlite_utils import Database

from aggregator.cli import main as command
from aggregator.datasette_plugin.metadata import metadata
from aggregator.edge.metrics import METRICS, PREFIX
from aggregator.edge.schema import migrations
from aggregator.edge.schema.alerting import ALERTING
from aggregator.edge.schema.derived import DERIVED
from aggregator.edge.schema.originality import ORIGINALITY
from aggregator.edge.schema.tables import TABLES
from aggregator.edge.schema.views import VIEWS
from scripts.config_keys import config

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- Made by scripts/reference from the code: change it there. -->\n"


def config_page() -> str:
    """Every key of config.yaml."""
    return config((ROOT / "config.yaml").read_text(encoding="utf-8"), MADE)


# -- commands


def commands() -> str:
    """Every verb with its options, as the command itself explains them."""
    out = ["# Commands\n", MADE, "```text", help_of(command, "aggregator"), "```"]
    for name, verb in command.commands.items():
        out += [f"\n## aggregator {name}\n", "```text", help_of(verb, f"aggregator {name}"), "```"]
        for inner, child in getattr(verb, "commands", {}).items():
            path = f"aggregator {name} {inner}"
            out += [f"\n### {path}\n", "```text", help_of(child, path), "```"]
    return "\n".join(out)


def help_of(verb: click.Command, path: str) -> str:
    # The root's settings count: click remembers the names of --help from the first to ask.
    settings = command.context_settings["help_option_names"]
    context = click.Context(
        verb, info_name=path, max_content_width=100, terminal_width=100, help_option_names=settings
    )
    return "\n".join(line.rstrip() for line in verb.get_help(context).splitlines())


# -- tables

TABLE = re.compile(
    r"^CREATE TABLE (\w+) \([ ]*(?:-- ([^\n]*))?\n(.*?)^\)", re.DOTALL | re.MULTILINE
)


def tables() -> str:
    """Every table with its columns as the schema explains them, and the views."""
    told = metadata()["databases"]["news"]["tables"]
    out = [
        "# Tables and views\n",
        MADE,
        "All times are ISO 8601 in UTC. Open the file with `aggregator browse`, Datasette or"
        " `sqlite3`; nothing but the program should write to it.\n",
    ]
    for name, note, body in TABLE.findall(TABLES + DERIVED + ALERTING):
        said = told.get(name, {}).get("description", "")
        out += [f"\n## {name}\n", (said or sentence(note)) + "\n", *columns(body)]
    out.append("\n# Views\n")
    made = Database(memory=True)
    migrations().apply(made)
    for name in re.findall(r"^CREATE VIEW (\w+)", VIEWS + ORIGINALITY, re.MULTILINE):
        part = told.get(name, {})
        notes = part.get("columns", {})
        out += [f"\n## {name}\n", part.get("description", "") + "\n", "| column | |", "|---|---|"]
        out += [f"| `{column}` | {notes.get(column, '')} |" for column in made[name].columns_dict]
    return "\n".join(out)


def columns(body: str) -> list[str]:
    out = ["| column | type | |", "|---|---|---|"]
    for line in body.splitlines():
        code, _, note = line.partition("--")
        match = re.match(r"\s+(\w+) ([A-Z]+)\b(.*)", code)
        if match and match[1].islower():
            aim = re.search(r"REFERENCES (\w+)", match[3])
            said = "; ".join(filter(None, [note.strip(), f"row of `{aim[1]}`" if aim else ""]))
            out.append(f"| `{match[1]}` | {match[2].lower()} | {said.replace('|', '/')} |")
        elif note.strip() and len(out) > 2:  # a comment that goes on under its column
            out[-1] = out[-1].removesuffix(" |") + f" {note.strip()} |"
    return out


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""


def metrics() -> str:
    """Every metric that the daemon shows."""
    out = [
        "# Metrics\n",
        MADE,
        "What `/metrics` shows where config has `metrics: {listen: 127.0.0.1:9464}`, besides the"
        " `process_` metrics of the Prometheus client. A histogram has `_bucket`, `_count` and"
        " `_sum`. `packaging/grafana-dashboard.json` shows all of them.\n",
        "| metric | kind | labels | |",
        "|---|---|---|---|",
    ]
    for name, metric in sorted(METRICS.items()):
        labels = ", ".join(f"`{each}`" for each in metric.labels)
        out.append(f"| `{PREFIX}{name}` | {metric.kind} | {labels} | {metric.told} |")
    return "\n".join(out)


PAGES: dict[str, Callable[[], str]] = {
    "config.md": config_page, "commands.md": commands, "tables.md": tables, "metrics.md": metrics,
}  # fmt: skip


def render() -> dict[str, str]:
    """The pages by file name."""
    return {name: page().rstrip() + "\n" for name, page in PAGES.items()}


def main() -> int:
    """Write the pages, or with --check say which are out of date."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    FOLDER.mkdir(parents=True, exist_ok=True)
    late = 0
    for name, text in render().items():
        path = FOLDER / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        late += 1
        if check:
            print(f"docs/reference/{name} is out of date; run scripts/reference", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if check and late else 0


if __name__ == "__main__":
    sys.exit(main())
