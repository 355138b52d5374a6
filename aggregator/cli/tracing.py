"""The verb that shows what pages changed: revisions; it creates no file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli import screen
from aggregator.cli.options import Options
from aggregator.errors import UsageError

if TYPE_CHECKING:
    from aggregator.model import Story

_STORY = "story:"


@click.command()
@click.argument("name", metavar="ARTICLE|STORY")
@click.option(
    "--diff", "between", type=click.IntRange(1), nargs=2, metavar="OLD NEW",
    help="Show two versions of one article word by word, by their numbers.",
)  # fmt: skip
@click.option("--all", "whole", is_flag=True, help="Show trivial changes too.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, with every text.")
@click.pass_obj
def revisions(
    options: Options, name: str, between: tuple[int, int] | None, whole: bool, as_json: bool
) -> None:
    """Show what a page changed after it was first read, and what each change is.

    ARTICLE is an id or a URL, as for `explain`; STORY is written story:7 and shows all its pages
    and the agency's own versions. Changes of a headline, numbers, names, quotes and credits are
    named; trivial ones are counted.
    """
    from aggregator.core.wireversions import wire_versions
    from aggregator.edge.outputs import Look, history
    from aggregator.edge.reading import versions
    from aggregator.edge.store import explaining
    from aggregator.edge.store import reading as open_snapshot

    look = Look(width=screen.width(), color=screen.colour(), command=options.command)
    with open_snapshot(options.database_path(options.load_or_default())) as db:
        story = _story(db, name) if name.startswith(_STORY) else None
        if story is not None:
            ids = [copy.article for copy in story.copies]
        else:
            ids = [explaining.find_article(db, name)]
        pages = versions.read_history(db, ids)
    wire = wire_versions(story) if story is not None else ()
    if between is not None:
        if len(pages) != 1:
            raise UsageError(name, "--diff needs one article", hint="its id or URL")
        click.echo(history.render_difference(pages[0], *between, look), nl=False)
    elif as_json:
        told = history.history_to_dict(pages, wire)
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        click.echo(history.render_history(pages, wire, look, whole=whole), nl=False)


def _story(db: Any, name: str) -> Story:
    from aggregator.edge import reading

    number = name.removeprefix(_STORY)
    found = reading.read_story(db, int(number)) if number.isascii() and number.isdigit() else None
    if found is None:
        raise UsageError(name, "not in this database", hint="aggregator report")
    return found
