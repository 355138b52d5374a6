"""The command: verbs, options and exit codes; prints, never computes."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator import __version__
from aggregator.cli import (
    alerting,
    correcting,
    running,
    scaling,
    screen,
    setting_up,
    shell,
    state,
    tending,
    tracing,
    viewing,
)
from aggregator.cli.options import Options, Verbs

EPILOG = (
    "Exit codes: 0 done, 1 failed, 2 usage or config, 3 check or doctor found problems,"
    " 4 another process works on the database, 130 interrupted."
)


@click.group(
    cls=Verbs,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "AGGREGATOR"},
)
@click.version_option(__version__, prog_name="aggregator")
@click.option(
    "-c", "--config", "config_path", type=click.Path(path_type=Path, dir_okay=False),
    default="config.yaml", show_default=True, help="Config file.",
)  # fmt: skip
@click.option(
    "-d", "--database", type=click.Path(path_type=Path, dir_okay=False),
    help="Database; by default the one the config names.",
)  # fmt: skip
@click.option(
    "--no-color", is_flag=True, expose_value=False, is_eager=True,
    callback=lambda _, __, chosen: screen.leave_out_colour() if chosen else None,
    help="No colours; NO_COLOR does the same.",
)  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="Log every step; show tracebacks.")
@click.pass_context
def main(ctx: click.Context, config_path: Path, database: Path | None, verbose: bool) -> None:
    """One story and its copies: who ran it first, whose copy it is, what each outlet changed.

    Try `aggregator demo` first: it needs no network and no config.
    """
    ctx.obj = Options(config_path=config_path, database=database, verbose=verbose)


for verb in (
    running.demo,
    setting_up.init,
    setting_up.add,
    setting_up.feeds,
    setting_up.check,
    running.run,
    running.collect,
    running.import_,
    scaling.recluster,
    viewing.report,
    viewing.browse,
    viewing.explain,
    correcting.merge,
    correcting.split,
    correcting.pin,
    correcting.not_a_copy,
    correcting.corrections,
    correcting.undo,
    tracing.revisions,
    alerting.alerts,
    viewing.schema,
    state.status,
    setting_up.doctor,
    tending.backup,
    tending.restore,
    tending.prune,
    shell.completion,
    viewing.eval_,
):
    main.add_command(verb)
