"""The verb for alerts: list, try out, send again; prints, never computes."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from aggregator.cli import screen
from aggregator.cli.options import Options
from aggregator.errors import UsageError

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.pipeline.context import Context


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what each would tell now, and send nothing.")
@click.option("--test", "sample", metavar="NAME", help="Send one sample of this alert; no record.")
@click.option(
    "--resend", "message", type=click.IntRange(1), metavar="MESSAGE",
    help="Let a message that is unsure or failed be sent once more.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def alerts(
    options: Options, dry_run: bool, sample: str | None, message: int | None, as_json: bool
) -> None:
    """List the alerts of the config: what they tell, to whom, what was sent and what was not.

    The daemon and `run --once` send them. A message is sent once: where nobody knows whether it
    arrived it is marked unsure, and --resend sends it again, with the same Message-ID.
    """
    if sum((dry_run, sample is not None, message is not None)) > 1:
        raise UsageError("alerts", "--dry-run, --test and --resend go one at a time")
    config = options.load()
    if message is not None:
        _resend(options, config, message)
    elif sample is not None:
        _send_sample(options, config, sample)
    elif dry_run:
        _dry_run(options, config, as_json=as_json)
    else:
        _list(options, config, as_json=as_json)


def _list(options: Options, config: Config, *, as_json: bool) -> None:
    from aggregator.edge.store import reading as open_snapshot
    from aggregator.pipeline import telling

    database = options.database_path(config)
    with ExitStack() as stack:
        db = stack.enter_context(open_snapshot(database)) if database.exists() else None
        found = telling.listed(db, config)
    if as_json:
        told = [each.to_dict() for each in found]
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(each.to_text() for each in found) or "no alerts in the config")


def _dry_run(options: Options, config: Config, *, as_json: bool) -> None:
    from aggregator.edge.clock import utc_now
    from aggregator.edge.store import reading as open_snapshot
    from aggregator.pipeline import telling

    with open_snapshot(options.database_path(config)) as db:
        found = [telling.would_tell(db, each, now=utc_now()) for each in config.alerts]
    if as_json:
        told = [each.to_dict() for each in found]
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(each.to_text() for each in found) or "no alerts in the config")
    screen.note("Dry run: nothing was sent and nothing written.")


def _send_sample(options: Options, config: Config, name: str) -> None:
    from aggregator.pipeline import telling

    with ExitStack() as stack:
        where = telling.send_sample(_context(options, config, stack), name)
    screen.note(f"Sent a sample of {name} to {where}")


def _resend(options: Options, config: Config, message: int) -> None:
    from aggregator.edge.store import alerting

    with ExitStack() as stack:
        context = _context(options, config, stack)
        alerting.send_again(context.store, message, now=context.clock())
    screen.note(f"message {message} waits again; the daemon or `run --once` sends it")


def _context(options: Options, config: Config, stack: ExitStack) -> Context:
    """What sending needs, without the workers of a daemon that may be at work."""
    from aggregator.edge.store import Store, reading
    from aggregator.pipeline.context import Context

    database = options.database_path(config)
    with reading(database):
        pass  # a missing or foreign file is our error, in our words
    context = Context(config=config, store=Store(database))
    stack.callback(context.close)
    return context
