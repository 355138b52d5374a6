"""Verbs that bring news in: demo, run, import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import screen
from aggregator.cli.options import Options
from aggregator.errors import UsageError

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.pipeline import Aggregator, Tally


def _open(config: Config, database: Path, progress: screen.Progress) -> Aggregator:
    from aggregator.edge.store import sqlite_warning
    from aggregator.pipeline import Aggregator

    if warning := sqlite_warning():
        screen.note(f"Warning: {warning}")
    return Aggregator(config, database=database, watch=progress.watch, expect=progress.expect)


def _say(tally: Tally) -> str:
    """One line on a pass: feeds, pages, comparisons."""
    parts = []
    for stage, thing in (("collect", "feeds"), ("read", "pages"), ("cluster", "texts")):
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

    screen.start_logging(verbose=options.verbose)
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
    screen.note(f"Next: {'aggregator init':<24}  your own feeds")
    screen.note(f"Saved: {database}, {page}")


@click.command()
@click.option("--once", is_flag=True, help="One pass over all feeds, then end; for cron.")
@click.pass_obj
def run(options: Options, once: bool) -> None:
    """Run in the background: poll, read and compare until stopped."""
    from aggregator.daemon import Daemon
    from aggregator.edge import lock

    config = options.load()
    database = options.database_path(config)
    screen.start_logging(verbose=options.verbose)
    if not config.feeds:
        screen.note(f"{options.config_path}: no feeds yet; try: aggregator add URL")
    if once:
        with lock.hold(database), screen.progress() as progress:
            with _open(config, database, progress) as news:
                news.stop_on_signals()
                tally = news.run_once()
            stopped = news.context.stop.is_set()
        screen.note(f"{database}: {_say(tally)}")
        if stopped:
            raise KeyboardInterrupt
        return
    # The lock first: opening brings the feeds in line with this config, which may not be the
    # config of a daemon at work.
    with lock.hold(database), _open(config, database, screen.Progress(None)) as news:
        Daemon(news).run()


@click.command(name="import")
@click.argument(
    "files", nargs=-1, required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)  # fmt: skip
@click.pass_obj
def import_(options: Options, files: tuple[Path, ...]) -> None:
    """Take archives of articles (JSON Lines, gzipped or not) through the same line.

    Each line is an object with id, source, title, text, published, url and author. A line that is
    wrong stops the file, and what came before it is kept; importing again adds nothing twice.
    """
    from aggregator.edge import lock
    from aggregator.pipeline import importing

    config = options.load_or_default()
    database = options.database_path(config)
    screen.start_logging(verbose=options.verbose)
    with (
        lock.hold(database),
        screen.progress() as progress,
        _open(config, database, progress) as news,
    ):
        for file in files:
            progress.expect("import", importing.count_lines(file))
            counts = news.import_file(file)
            told = ", ".join(f"{n} {result}" for result, n in sorted(counts.items()))
            screen.note(f"{file}: {told or 'no article'}")
        screen.note(f"{database}: {_say(news.cluster())}")
