"""The verb that shows how things stand: status; it creates no file."""

from __future__ import annotations

import json
from dataclasses import replace

import click

from aggregator.cli import screen
from aggregator.cli.options import Options


@click.command()
@click.option("--all", "everything", is_flag=True, help="Show every feed, however many.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--healthy", is_flag=True, help="Show nothing but alarms; exit code 1 unless well.")
@click.pass_obj
def status(options: Options, everything: bool, as_json: bool, healthy: bool) -> None:
    """Show what is stored, what waits, how the feeds do, and whether the daemon runs.

    It is well when a daemon is at work, beats, and no job of it raises an alarm.
    """
    from aggregator.edge import health, lock
    from aggregator.edge.clock import utc_now
    from aggregator.edge.reading.alerts import read_alert_states
    from aggregator.edge.store import reading as open_snapshot
    from aggregator.edge.store.space import read_pause

    database = options.database_path(options.load_or_default())
    with open_snapshot(database) as db:
        holder = lock.holder(database)
        pause = read_pause(database)
        found = health.read_status(
            db, str(database), holder=holder, now=utc_now(), pause=pause.reason if pause else None
        )
        found = replace(found, alerts=read_alert_states(db))
    if healthy:
        told = list(found.alarms) or ([] if found.is_well else ["no daemon is at work"])
        click.echo("\n".join(told) or "ok")
        if told:
            raise SystemExit(1)
    elif as_json:
        click.echo(json.dumps(found.to_dict(), indent=2))
    else:
        text = found.to_text(rows=len(found.feeds) if everything else health.ROWS)
        for line in text.splitlines():
            alarm = line.startswith("alarm ") and screen.colour()
            click.echo(click.style(line, fg="red", bold=True) if alarm else line)
