"""Verbs that bring news in: demo, run, import."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import logs, screen
from aggregator.cli.options import Options
from aggregator.errors import StoreError, UsageError

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.pipeline import Aggregator, Tally

RETRY_SECONDS = 15.0  # between two tries to open a database that cannot be written yet


def _open(
    config: Config, database: Path, progress: screen.Progress, *, watched: bool = False
) -> Aggregator:
    from aggregator.edge.store import sqlite_warning
    from aggregator.pipeline import Aggregator

    if warning := sqlite_warning():
        screen.note(f"Warning: {warning}")
    return Aggregator(
        config, database=database, watch=progress.watch, expect=progress.expect, watched=watched
    )


def _open_for_good(config: Config, database: Path) -> Aggregator:
    """Open for a daemon: where the disk is full, or another program writes, wait until it goes.

    Ending would have a service manager start it again and again.
    """
    while True:
        try:
            return _open(config, database, screen.Progress(None), watched=True)
        except StoreError as error:
            if not error.retry:
                raise
            logging.getLogger("aggregator").error("%s; waiting", error)
            time.sleep(RETRY_SECONDS)


def _say(tally: Tally) -> str:
    """One line on a pass: feeds, pages, comparisons."""
    parts = []
    stages = (
        ("collect", "feeds"), ("wire", "files"), ("read", "pages"), ("revisit", "known pages"),
        ("cluster", "texts"), ("alert", "messages"),
    )  # fmt: skip
    for stage, thing in stages:
        counts = {result: n for (at, result), n in sorted(tally.items()) if at == stage}
        if counts:
            told = ", ".join(f"{n} {result}" for result, n in counts.items())
            parts.append(f"{sum(counts.values())} {thing} ({told})")
    return "; ".join(parts) or "nothing to do"


@click.command()
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), default=".",
    help="Folder for demo.db and demo.html.",
)  # fmt: skip
@click.pass_obj
def demo(options: Options, output: Path) -> None:
    """Run the whole line on one invented news day, from this machine alone."""
    from aggregator.demo import show

    logs.start_logging(verbose=options.verbose)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(str(output), f"cannot be a folder: {error.strerror}") from error
    with screen.progress() as progress:
        result = show.run_demo(output, watch=progress.watch, expect=progress.expect)
    for line in result.notes:
        screen.note(line)
    database, page = output / "demo.db", output / "demo.html"
    command = Options(options.config_path, database, options.verbose).command
    text = show.render_terminal(
        result, width=screen.width(), color=screen.colour(), command=command
    )
    click.echo(text, nl=False)
    own = Options(options.config_path, None, options.verbose).command
    screen.note(f"Next: {f'{own} init':<24}  your own feeds")
    screen.note(f"Saved: {database}, {page}")


@click.command()
@click.option("--once", is_flag=True, help="One pass over all feeds, then end; for cron.")
@click.option(
    "--log-format", type=click.Choice(logs.FORMATS), help="How to log; by default as config says."
)
@click.pass_obj
def run(options: Options, once: bool, log_format: str | None) -> None:
    """Run in the background: poll, read and compare until stopped.

    SIGTERM ends it within ten seconds. SIGHUP has it read the config file again; one with faults is
    refused, and the one of before goes on.
    """
    from aggregator.edge import lock

    config = options.load()
    database = options.database_path(config)
    logs.start_logging(verbose=options.verbose, form=log_format or config.log.format)
    if not config.feeds:
        screen.note(f"{options.config_path}: no feeds yet; try: aggregator add URL")
    if once:
        with lock.hold(database), screen.progress() as progress:
            with _open(config, database, progress, watched=True) as news:
                news.stop_on_signals()
                tally = news.run_once()
            stopped = news.context.stop.is_set()
        screen.note(f"{database}: {_say(tally)}")
        if stopped:
            raise KeyboardInterrupt
        return
    # The lock first: opening brings the feeds in line with this config, which may not be the
    # config of a daemon at work.
    with lock.hold(database):
        from aggregator.daemon import Daemon  # after the lock: a second one is refused at once

        with _open_for_good(config, database) as news:
            Daemon(news).run()


@click.command(name="import")
@click.argument(
    "files", nargs=-1, required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)  # fmt: skip
@click.option(
    "--bulk", is_flag=True,
    help="For large archives of JSON Lines: read in worker processes, compare once at the end.",
)  # fmt: skip
@click.pass_obj
def import_(options: Options, files: tuple[Path, ...], bulk: bool) -> None:
    """Take archives through the same line: JSON Lines, web archives (WARC), lists of feeds (OPML).

    Each line of a JSON Lines file, gzipped or not, is an object with id, source, title, text,
    published, url and author. Of a WARC file every HTML page is read, first seen when it was
    captured. The feeds of an OPML list are added to the config file. A line or record that is wrong
    stops the file, and what came before it is kept; importing again adds nothing twice.
    """
    from aggregator.edge import lock
    from aggregator.pipeline import archives

    lists = [file for file in files if archives.kind_of(file) == "feeds"]
    for file in lists:
        _import_feeds(options, file)
    if not (files := tuple(file for file in files if file not in lists)):
        return
    config = options.load_or_default()
    database = options.database_path(config)
    logs.start_logging(verbose=options.verbose, form=config.log.format)
    with (
        lock.hold(database),
        screen.progress() as progress,
        _open(config, database, progress) as news,
    ):
        news.stop_on_signals()
        for file in files:
            counts = news.import_file(file, workers=config.read.workers if bulk else 0)
            told = ", ".join(f"{n} {result}" for result, n in sorted(counts.items()))
            screen.note(f"{file}: {told or 'no article'}")
            if news.context.stop.is_set():
                screen.note(f"{file}: stopped; importing it again goes on from here")
                raise KeyboardInterrupt
        screen.note(f"{database}: {_say(news.cluster())}")


def _import_feeds(options: Options, file: Path) -> None:
    """Add the feeds of an OPML list to the config file."""
    from aggregator import init_config
    from aggregator.core import opml

    options.load()
    listed = opml.read_opml(file.read_bytes())
    added = init_config.add_feeds(options.config_path, listed)
    known = len(listed) - len(added)
    screen.note(f"{file}: {len(added)} feeds added to {options.config_path}, {known} known")
