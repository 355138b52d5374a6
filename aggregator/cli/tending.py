"""Verbs that look after the database: backup, restore, prune."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from aggregator.cli import screen
from aggregator.cli.options import Options
from aggregator.errors import UsageError

MB = 1e6


class Span(click.ParamType[float]):
    """A span of time from 90d or 12w, in seconds."""

    name = "span"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The seconds; click's own error when it is none."""
        from aggregator.core.measures import parse_duration

        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(f"{value!r}: {error}", param, ctx)


@click.command()
@click.argument("target", metavar="DEST", type=click.Path(path_type=Path))
@click.option("--keep", type=click.IntRange(1), help="Of the copies in a folder keep so many.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def backup(options: Options, target: Path, keep: int | None, as_json: bool) -> None:
    """Copy the database to DEST while a daemon writes it, and check the copy.

    DEST is a file, or a folder, where the copy is named after the time. The copy holds one moment
    of the database. It takes its name only when SQLite found it sound and every table has the rows
    it had; an older copy of that name is replaced then.
    """
    from aggregator.edge.clock import utc_now
    from aggregator.edge.store import backing

    database = options.database_path(options.load_or_default())
    with screen.progress() as progress:
        tell = progress.count_to("backup")
        done = backing.back_up(database, target, now=utc_now(), keep=keep, tell=tell)
    if as_json:
        told = {
            "path": str(done.path), "bytes": done.bytes, "rows": done.rows,
            "removed": [str(path) for path in done.removed],
        }  # fmt: skip
        click.echo(json.dumps(told, indent=2))
        return
    screen.note(
        f"Saved: {done.path} ({done.bytes / MB:.1f} MB, {done.rows['articles']} articles, checked)"
    )
    for path in done.removed:
        screen.note(f"Removed: {path}")


@click.command()
@click.argument("copy", type=click.Path(path_type=Path))
@click.pass_obj
def restore(options: Options, copy: Path) -> None:
    """Put COPY, made by `backup`, in the place of the database.

    The copy is checked first, and stays. The database of now is kept beside it under another name.
    Refused while a daemon or a collector works on it. Alerts begin anew, for nobody knows what they
    sent since.
    """
    from aggregator.edge import lock
    from aggregator.edge.clock import utc_now
    from aggregator.edge.store import Store, alerting, backing

    database = options.database_path(options.load_or_default())
    with lock.hold(database), lock.keep_out(database):
        rows, old = backing.restore(copy, database, now=utc_now())
        with Store(database) as store:
            unsure = alerting.begin_anew(store, now=utc_now())
    if unsure:
        screen.note(f"{unsure} messages of alerts may have been sent: aggregator alerts")
    if old is not None:
        screen.note(f"Kept:  {old}")
    screen.note(f"Saved: {database} ({rows['articles']} articles)")


@click.command()
@click.option("--texts", type=Span(), help="Let texts go that are older: 90d.")
@click.option("--articles", type=Span(), help="Let articles go that are older: 365d.")
@click.option("--logs", type=Span(), help="Let log rows go that are older: 30d.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option("--force", is_flag=True, help="Also stories a person decided on, with the decision.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def prune(
    options: Options,
    texts: float | None,
    articles: float | None,
    logs: float | None,
    dry_run: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Let go what is older than `keep:` in the config says, or than the options say instead.

    A story goes as a whole, so long after its newest copy was first seen here, and not while a
    person's decision about it is in force. What is pruned does not come back as new. The space goes
    back to the disk. A daemon may be at work meanwhile; it prunes by itself once a day.
    """
    from aggregator.edge.clock import utc_now
    from aggregator.edge.store.sweeping import Spans
    from aggregator.pipeline import tending

    config = options.load_or_default()
    spans = tending.spans_of(config, texts=texts, articles=articles, logs=logs)
    if spans == Spans():
        raise UsageError(
            str(options.config_path), "keeps everything",
            hint="aggregator prune --texts 90d --dry-run, or keep: in the config",
        )  # fmt: skip
    database = options.database_path(config)
    now, freed = utc_now(), 0
    if dry_run:
        done = tending.look(database, spans, now=now, force=force)
    else:
        done, freed = tending.prune(database, spans, now=now, force=force)
    if as_json:
        click.echo(json.dumps(done.to_dict() | {"freed": freed}, indent=2))
        return
    click.echo(_say(done.to_dict(), dry_run=dry_run))
    if not dry_run:
        click.echo(f"given back to the disk: {freed / MB:.1f} MB")


def _say(done: dict[str, int], *, dry_run: bool) -> str:
    lines = [
        f"{'would go' if dry_run else 'gone'}: {done['bytes'] / MB:.1f} MB of text, of",
        f"  {done['texts']:>8} articles that stay without their text",
        f"  {done['articles']:>8} articles, with {done['stories']} stories"
        f" ({done['records']} of them leave a record)",
        f"  {done['entries']:>8} entries that led to no article",
        f"  {done['polls'] + done['runs']:>8} rows of the logs of polls and passes",
    ]
    if done["decided"]:
        lines.append(f"stay for a person's decision: {done['decided']} stories; --force takes them")
    return "\n".join(lines)
