"""Verbs for the config file: init, add, check."""

from __future__ import annotations

import json
from pathlib import Path

import click

from aggregator.cli import screen
from aggregator.cli.options import Options

PROBLEMS = 3


@click.command()
@click.option(
    "--from-opml", "opml", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take the feeds of a reader's OPML export.",
)  # fmt: skip
@click.pass_obj
def init(options: Options, opml: Path | None) -> None:
    """Write a commented config file; never overwrites one."""
    from aggregator import init_config
    from aggregator.core import opml as opml_document

    feeds = opml_document.read_opml(opml.read_bytes()) if opml else ()
    init_config.write_config(options.config_path, feeds)
    told = f" with {len(feeds)} feeds" if opml else ""
    screen.note(f"Saved: {options.config_path}{told}")
    screen.note(f"Next:  aggregator -c {options.config_path} check")


@click.command()
@click.argument("url")
@click.option("--name", help="Name of the feed; by default its own title.")
@click.pass_obj
def add(options: Options, url: str, name: str | None) -> None:
    """Find the feed at a URL, a feed's or a page's, and add it to the config file."""
    from aggregator import init_config
    from aggregator.pipeline import discovering

    config = options.load()
    found = discovering.find_feed(config, url)
    init_config.add_feed(options.config_path, name or found.title, found.url)
    screen.note(f"{options.config_path}: added {name or found.title} ({found.url})")
    screen.note(f"{found.entries} entries now, the newest: {found.newest}")


@click.command()
@click.option("--offline", is_flag=True, help="Check the config file alone.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def check(options: Options, offline: bool, as_json: bool) -> None:
    """Check the config file, then ask each feed once, politely. Exit code 3 on problems."""
    from aggregator.pipeline import discovering

    config = options.load()
    if offline:
        screen.note(f"{options.config_path}: no fault, {len(config.feeds)} feeds")
        return
    with screen.progress() as progress:
        answers = discovering.try_feeds(config, watch=progress.watch, expect=progress.expect)
    if as_json:
        click.echo(json.dumps([answer.to_dict() for answer in answers], indent=2))
    else:
        click.echo(discovering.table(answers))
    if any(answer.problem for answer in answers):
        raise SystemExit(PROBLEMS)
