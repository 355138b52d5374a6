"""Verbs for a person's decisions: merge, split, pin, not-a-copy, corrections, undo."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli import screen
from aggregator.cli.options import Options

if TYPE_CHECKING:
    from aggregator.edge.store import Store
    from aggregator.edge.store.correcting import Decided

NUMBER = click.IntRange(1, 2**63 - 1)
NOTE = click.option("--note", default="", help="Why; kept with the decision and shown with it.")
DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")


@contextmanager
def _open(options: Options) -> Iterator[Store]:
    """The database to be corrected; a daemon may be at work on it."""
    from aggregator.edge.store import Store, reading, sqlite_warning

    database = options.database_path(options.load_or_default())
    with reading(database):
        pass  # a missing or foreign file is our error, in our words
    if warning := sqlite_warning():
        screen.note(f"Warning: {warning}")
    with Store(database) as store:
        yield store


def _find(store: Store, names: tuple[str, ...]) -> list[int]:
    from aggregator.edge.store.explaining import find_article

    return [find_article(store.connection, name) for name in names]


def _decide(
    options: Options,
    decide: Callable[[Any, Store, dict[str, Any]], Decided],
    *,
    dry_run: bool,
    undone: bool = False,
) -> None:
    from aggregator.core import corrected
    from aggregator.edge.clock import utc_now
    from aggregator.edge.store import correcting

    with _open(options) as store:
        done = decide(correcting, store, {"now": utc_now(), "dry_run": dry_run})
    number = done.correction.id
    told = corrected.words(done.correction)
    click.echo(f"correction {number}: {told}" + (", undone" if undone else ""))
    for line in done.changes or ("no story changes",):
        click.echo(line)
    if dry_run:
        screen.note("Dry run: nothing was written.")
    elif not undone:
        screen.note(f"Next: {options.command} undo {number}   to take it back")


@click.command()
@click.argument("stories", nargs=-1, required=True, type=NUMBER, metavar="STORY STORY...")
@NOTE
@DRY_RUN
@click.pass_obj
def merge(options: Options, stories: tuple[int, ...], note: str, dry_run: bool) -> None:
    """Make one story of several, whatever their texts; the oldest id lives on.

    All their articles stand together from now on, until the decision is undone.
    """
    _decide(
        options,
        lambda make, store, given: make.merge(store, stories, note=note, **given),
        dry_run=dry_run,
    )


@click.command()
@click.argument("story", type=NUMBER)
@click.argument("articles", nargs=-1, required=True, metavar="ARTICLE...")
@NOTE
@DRY_RUN
@click.pass_obj
def split(
    options: Options, story: int, articles: tuple[str, ...], note: str, dry_run: bool
) -> None:
    """Take each ARTICLE out of a STORY. Articles are ids or URLs.

    They stand together from now on, and never with any that stayed, however alike their texts.
    The id stays with the larger part.
    """
    _decide(
        options,
        lambda make, store, given: make.split(
            store, story, _find(store, articles), note=note, **given
        ),
        dry_run=dry_run,
    )


@click.command()
@click.argument("article")
@NOTE
@DRY_RUN
@click.pass_obj
def pin(options: Options, article: str, note: str, dry_run: bool) -> None:
    """Make ARTICLE the lead copy of its story: the one the others are compared with.

    ARTICLE is an id or a URL. Where several are pinned the newest decision holds.
    """
    _decide(
        options,
        lambda make, store, given: make.pin(store, *_find(store, (article,)), note=note, **given),
        dry_run=dry_run,
    )


@click.command(name="not-a-copy")
@click.argument("article")
@click.argument("other")
@NOTE
@DRY_RUN
@click.pass_obj
def not_a_copy(options: Options, article: str, other: str, note: str, dry_run: bool) -> None:
    """Say that ARTICLE and OTHER never stand in one story, not even through a third text.

    Both are ids or URLs, and need not stand in one story now.
    """
    _decide(
        options,
        lambda make, store, given: make.part(
            store, *_find(store, (article, other)), note=note, **given
        ),
        dry_run=dry_run,
    )


@click.command()
@click.argument("correction", type=NUMBER)
@DRY_RUN
@click.pass_obj
def undo(options: Options, correction: int, dry_run: bool) -> None:
    """Take a CORRECTION back, by its number; stories get their ids back."""

    _decide(
        options,
        lambda make, store, given: make.undo(store, correction, **given),
        dry_run=dry_run,
        undone=True,
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def corrections(options: Options, as_json: bool) -> None:
    """List every decision that a person made, those taken back too."""
    from aggregator.core import corrected
    from aggregator.edge import reading
    from aggregator.edge.store import reading as open_snapshot

    with open_snapshot(options.database_path(options.load_or_default())) as db:
        found = reading.read_corrections(db)
    if as_json:
        told = [corrected.to_dict(correction) for correction in found]
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        click.echo(corrected.table(found))
