"""Verbs for the config file: init, add, feeds, check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import screen
from aggregator.cli.options import Options

if TYPE_CHECKING:
    from aggregator.config import Config

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
@click.option("--all", "everything", is_flag=True, help="Add everything that is found.")
@click.pass_obj
def add(options: Options, url: str, name: str | None, everything: bool) -> None:
    """Find the feeds and the news sitemap at a URL, and add the best to the config file.

    URL is a feed, a sitemap, or any page of a site: the feeds that the page declares are asked, the
    sitemaps that robots.txt names, and the usual places.
    """
    from aggregator import init_config
    from aggregator.core.wording import count
    from aggregator.errors import UsageError
    from aggregator.pipeline import finding

    config = options.load()
    found = finding.find_sources(config, url).all
    added = 0
    for number, asked in enumerate(found):
        listed = count(asked.entries, "entry", "entries")
        told = f"{asked.kind} {asked.url}, {listed}, the newest: {asked.newest}"
        if number and not everything:
            screen.note(f"Also found: {told}")
            continue
        title = (name if not number else None) or asked.title or asked.url
        try:
            init_config.add_feed(options.config_path, title, asked.url, kind=asked.kind)
        except UsageError as error:
            if len(found) == 1 or (not everything and not number):
                raise
            screen.note(str(error))
            continue
        added += 1
        screen.note(f"{options.config_path}: added {title} ({told})")
    if len(found) > 1 and not everything:
        screen.note(f"Next:  {options.command} add --all {url}")
    elif not added:
        raise UsageError(url, "everything found there is in the config already")


@click.command()
@click.argument("name", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="Of NAME, so many lines.")
@click.option("--opml", is_flag=True, help="Print an OPML list, which `init --from-opml` reads.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)
@click.pass_obj
def feeds(
    options: Options, name: str | None, limit: int, opml: bool, as_json: bool, output: Path | None
) -> None:
    """List the feeds, sitemaps and wire folders of the config file; or the polls of one, NAME.

    NAME is a name or an address of the list. Polls that said nothing new are counted on the line
    of the one before.
    """
    from aggregator.core import opml as opml_document
    from aggregator.edge import files
    from aggregator.pipeline import listing

    config = options.load()
    if name is not None:
        text = _history(options, config, name, limit, as_json=as_json)
    elif opml:
        listed, left = listing.opml_feeds(config)
        text = opml_document.write_opml(listed, f"Feeds of {options.config_path}")
        if left:
            screen.note(f"{left} wire folders left out: OPML lists addresses of the web")
    elif as_json:
        text = json.dumps(listing.rows(config), indent=2, ensure_ascii=False) + "\n"
    else:
        text = listing.table(config)
    if output is None:
        click.echo(text, nl=False)
    else:
        files.replace_text(output, text)
        screen.note(f"Saved: {output}")


def _history(options: Options, config: Config, name: str, limit: int, *, as_json: bool) -> str:
    from aggregator.edge import health
    from aggregator.edge.store import reading as open_snapshot
    from aggregator.errors import UsageError

    with open_snapshot(options.database_path(config)) as db:
        rows = health.read_history(db, name, limit=limit)
    if rows is None:
        raise UsageError(name, "no feed of this name or address", hint="aggregator feeds")
    if as_json:
        return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
    return health.show_history(rows) + "\n"


@click.command()
@click.option("--offline", is_flag=True, help="Check the config file alone.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def check(options: Options, offline: bool, as_json: bool) -> None:
    """Check the config file, then ask each feed once, politely. Exit code 3 on problems."""
    from aggregator.pipeline import discovering

    config = options.load()
    if config.fetch.contact is None and "@" not in config.fetch.user_agent:
        screen.note("fetch.contact is empty: nobody whom you ask for pages can reach you")
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


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def doctor(options: Options, as_json: bool) -> None:
    """Look at versions, config, disk, clock and database. Exit code 3 on problems.

    Asks no site and changes nothing; its output belongs in a report of a fault.
    """
    from aggregator.edge.clock import utc_now
    from aggregator.pipeline import diagnosing

    config = options.load_or_default()
    found = diagnosing.diagnose(config, options.database_path(config), now=utc_now())
    if as_json:
        click.echo(json.dumps([each.to_dict() for each in found], indent=2))
    else:
        click.echo(diagnosing.table(found))
    if any(each.level == diagnosing.BAD for each in found):
        raise SystemExit(PROBLEMS)
