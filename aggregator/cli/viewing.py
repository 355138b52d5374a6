"""Verbs that show what is there: report, browse, explain, eval; they create no file."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import screen
from aggregator.cli.options import EVER, Moment, Options
from aggregator.errors import UsageError

if TYPE_CHECKING:
    from aggregator.model import Report, Story, StoryQuery

FORMATS = ("terminal", "html", "json", "csv", "atom", "digest")


def _query(options: Options, since: datetime | None, chosen: dict[str, object]) -> StoryQuery:
    from aggregator.edge.clock import utc_now
    from aggregator.model import StoryQuery

    settings = options.load_or_default().report
    chosen = {name: value for name, value in chosen.items() if value not in (None, EVER)}
    # Whoever names the end of a span alone means all that was before it.
    if since is None and "until" not in chosen:
        since = utc_now() - timedelta(seconds=float(settings.since))
    start = None if since == EVER else since
    return StoryQuery(since=start, **({"min_outlets": settings.min_outlets} | chosen))  # type: ignore[arg-type]


def _read(
    options: Options, query: StoryQuery, story: int | None, *, form: str
) -> tuple[Report, Story | None]:
    from aggregator.edge import reading
    from aggregator.edge.clock import utc_now
    from aggregator.edge.reading.past import tell_past
    from aggregator.edge.store import reading as open_snapshot

    database = options.database_path(options.load_or_default())
    with open_snapshot(database) as db:
        # Of many stories the terminal shows lines alone, and beside one story nothing is shown.
        listed = form == "terminal" or story is not None
        report = reading.read_report(
            db, query, now=utc_now(), whole=form == "html" and not listed, listed=listed
        )
        if story is None:
            return report, None
        found = reading.read_story(db, story)
        past = None if found else tell_past(db, story)
    if found is None:
        told = past or "not in this database"
        raise UsageError(f"story {story}", told, hint="aggregator report")
    return report, found


def _address(text: str) -> str:
    from aggregator.core.urls import absolute_url

    if (found := absolute_url(text)) is None:
        raise UsageError("--self-url", f"{text!r} is no address of the web")
    return found


@click.command()
@click.argument("story", type=int, required=False)
@click.option(
    "--since", type=Moment(), help="Stories with a copy seen since: 24h, 7d, 2026-11-20, all."
)
@click.option("--until", type=Moment(end=True), help="Stories with a copy seen before: a day.")
@click.option("--min-outlets", type=click.IntRange(1), help="Stories that ran in so many outlets.")
@click.option(
    "--min-sources", type=click.IntRange(1), help="Stories with so many independent sources."
)
@click.option("--search", "text", help="Words that a copy must hold.")
@click.option("--outlet", help="Registered domain of an outlet.")
@click.option("--agency", help="Key of an agency, such as afp.")
@click.option("--language", help="ISO 639-1 code.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), help="At most so many stories.")
@click.option("--page", type=click.IntRange(1, 100_000), default=1, help="Go on after the first.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="terminal", show_default=True)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)
@click.option(
    "--self-url", default="", metavar="URL",
    help="Where an Atom file will stand on the web, to say so in it.",
)  # fmt: skip
@click.pass_obj
def report(
    options: Options,
    /,
    story: int | None,
    since: datetime | None,
    page: int,
    form: str,
    output: Path | None,
    self_url: str,
    **chosen: object,
) -> None:
    """Show the stories, or one STORY in full: who ran it first, whose copy, what each changed."""
    from aggregator.edge import files, outputs

    if chosen["limit"] is None:
        settings = options.load_or_default().report
        short = form in ("terminal", "html") or page > 1
        chosen["limit"] = settings.limit if short else 100_000
    chosen["latest"] = form == "atom"  # a feed is read from its newest change on
    chosen["offset"] = (page - 1) * int(str(chosen["limit"]))
    found, one = _read(options, _query(options, since, chosen), story, form=form)
    text = outputs.render(
        found,
        form,
        story=one,
        width=screen.width(),
        color=output is None and form == "terminal" and screen.colour(),
        command=options.command,
        links=(("self", _address(self_url)),) if self_url else (),
    )
    if output is None:
        click.echo(text, nl=False)
    else:
        files.replace_text(output, text)
        screen.note(f"Saved: {output}")


@click.command()
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)
def schema(output: Path | None) -> None:
    """Print the JSON Schema of everything that is published as JSON.

    It holds reports, stories, pages of outlets and agencies, what webhooks get, and what other
    commands print with --json.
    """
    from aggregator.core.shapes import published_schema
    from aggregator.edge import files

    text = json.dumps(published_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        files.replace_text(output, text)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.option("--open", "open_browser", is_flag=True, help="Open it in a web browser.")
@click.option("--sql", is_flag=True, help="Allow arbitrary SQL.")
@click.option("--name", "names", multiple=True, help="Another host name to answer to.")
@click.pass_obj
def browse(
    options: Options, host: str, port: int, open_browser: bool, sql: bool, names: tuple[str, ...]
) -> None:
    """Browse the database with Datasette: stories, facets, full-text search, canned queries."""
    from aggregator.datasette_plugin import serving
    from aggregator.edge.store import reading as open_snapshot

    database = options.database_path(options.load_or_default())
    with open_snapshot(database):
        pass  # a missing or foreign file is our error, in our words
    screen.note(f"http://{host}:{port}/-/stories   (Ctrl-C to stop)")
    serving.serve(database, host=host, port=port, open_browser=open_browser, sql=sql, names=names)


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--diff", is_flag=True, help="Show what B changed of A, paragraph by paragraph.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def explain(options: Options, a: str, b: str, diff: bool, as_json: bool) -> None:
    """Say why two articles are, or are not, one story. A and B are article ids or URLs."""
    from aggregator.edge.store import explaining
    from aggregator.edge.store import reading as open_snapshot
    from aggregator.pipeline import beside

    with open_snapshot(options.database_path(options.load_or_default())) as db:
        explained = explaining.explain(db, a, b)
        changes = beside.set_beside(db, a, b) if diff else None
    if as_json:
        told = explained.to_dict()
        if changes:
            told["changes"] = changes.to_dict()
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    click.echo(explained.to_text())
    if changes:
        click.echo(changes.to_text())


@click.command(name="eval")
@click.argument("gold", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--ignore", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Pairs of ids, tab-separated, that count neither way.",
)  # fmt: skip
@click.option("--errors", type=click.IntRange(0), default=0, help="Show the worst N mistakes.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def eval_(options: Options, gold: Path, ignore: Path | None, errors: int, as_json: bool) -> None:
    """Score the rules against labelled articles (JSON Lines, gzipped or not)."""
    from aggregator.config import Config
    from aggregator.pipeline import context, evaluating

    config = options.load() if options.config_path.exists() else Config()
    with screen.progress() as progress:
        found = evaluating.evaluate_gold(
            gold,
            ignore=ignore,
            rules=context.rules_of(config),
            min_words=config.read.min_words,
            watch=progress.count_to("import"),
        )
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=2))
    else:
        click.echo(found.to_text())
    for mistake in found.mistakes[:errors]:
        click.echo(mistake.to_text(), err=as_json)
