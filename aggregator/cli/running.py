"""Verbs that bring news in: demo, run, collect, import."""

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

log_format_option = click.option(
    "--log-format", type=click.Choice(logs.FORMATS), help="How to log; by default as config says."
)
RETRY_SECONDS = 15.0  # between two tries to open a database that cannot be written yet


def _open(
    config: Config,
    database: Path,
    progress: screen.Progress,
    *,
    watched: bool = False,
    beside: bool = False,
) -> Aggregator:
    from aggregator.edge.store import sqlite_warning
    from aggregator.pipeline import Aggregator

    if warning := sqlite_warning():
        screen.note(f"Warning: {warning}")
    return Aggregator(
        config, database=database, watch=progress.watch, expect=progress.expect, watched=watched,
        beside=beside,
    )  # fmt: skip


def _open_for_good(config: Config, database: Path, *, beside: bool = False) -> Aggregator:
    """Open for a daemon: where the disk is full, or another program writes, wait until it goes.

    Ending would have a service manager start it again and again.
    """
    while True:
        try:
            return _open(config, database, screen.Progress(None), watched=True, beside=beside)
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
@click.option("--no-collect", is_flag=True, help="Leave polling to `aggregator collect`.")
@log_format_option
@click.pass_obj
def run(options: Options, once: bool, no_collect: bool, log_format: str | None) -> None:
    """Run in the background: poll, read and compare until stopped.

    SIGTERM ends it within ten seconds. SIGHUP has it read the config file again; one with faults is
    refused, and the one of before goes on.
    """
    from aggregator.edge import lock

    config, database = _begin(options, log_format)
    if once:
        with (
            lock.hold(database),
            screen.progress() as progress,
            _open(config, database, progress, watched=True) as news,
        ):
            news.stop_on_signals()
            tally = news.run_once(polling=not no_collect)
        _end(database, news, tally)
        return
    # The lock first: opening brings the feeds in line with this config, which may not be the
    # config of a daemon at work.
    with lock.hold(database):
        from aggregator.daemon import STAGES, Daemon  # after the lock: a second is refused at once

        stages = [name for name in STAGES if not (no_collect and name == "collect")]
        with _open_for_good(config, database) as news:
            Daemon(news, stages=stages).run()


@click.command()
@click.option("--once", is_flag=True, help="Poll what is due now, then end; for cron.")
@log_format_option
@click.pass_obj
def collect(options: Options, once: bool, log_format: str | None) -> None:
    """Poll feeds that are due until stopped, beside `run` and other collectors.

    Each feed is polled by one of them, and each host asked by one at a time: so several share the
    work. What one that died had claimed is due again after five minutes. Reading and comparing are
    left to `run`, which may be told --no-collect. Signals are those of `run`.
    """
    from aggregator.edge import lock
    from aggregator.edge.store import passes

    config, database = _begin(options, log_format)
    with lock.share(database):
        if once:
            with (
                screen.progress() as progress,
                _open(config, database, progress, watched=True, beside=True) as news,
            ):
                news.stop_on_signals()
                started, store = news.context.clock(), news.context.store
                tally = news.collect()
                passes.note(store, tally, started=started, ended=news.context.clock())
            _end(database, news, tally)
            return
        from aggregator.daemon import Daemon

        with _open_for_good(config, database, beside=True) as news:
            Daemon(news, stages=["collect"], beside=True).run()


def _begin(options: Options, log_format: str | None) -> tuple[Config, Path]:
    """Config and database of a verb that polls, its log begun."""
    config = options.load()
    logs.start_logging(verbose=options.verbose, form=log_format or config.log.format)
    if not config.feeds:
        screen.note(f"{options.config_path}: no feeds yet; try: aggregator add URL")
    return config, options.database_path(config)


def _end(database: Path, news: Aggregator, tally: Tally) -> None:
    """Say what a single pass did, and whether it was stopped."""
    screen.note(f"{database}: {_say(tally)}")
    if news.context.stop.is_set():
        raise KeyboardInterrupt


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
