"""Verbs for archives: recluster."""

from __future__ import annotations

import json
from pathlib import Path

import click

from aggregator.cli import logs, screen
from aggregator.cli.options import Options


@click.command()
@click.option(
    "--engine", type=click.Choice(("memory", "duckdb", "spark")), default="memory",
    show_default=True, help="memory: to some 500,000 articles; duckdb: out of core; spark: beyond.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what partition it would be; write nothing.")
@click.option(
    "--workers", type=click.IntRange(min=1), default=2, show_default=True,
    help="Processes that read and compare texts.",
)  # fmt: skip
@click.option(
    "--memory", type=click.IntRange(min=256), metavar="MB",
    help="Bound on what duckdb and spark keep in tables; the rest goes to disk.",
)  # fmt: skip
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where tables and texts are put while it runs: about 15 kB an article.",
)  # fmt: skip
@click.option("--master", default="", help="Spark's master URL; by default this machine.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@click.pass_obj
def recluster(
    options: Options,
    engine: str,
    dry_run: bool,
    workers: int,
    memory: int | None,
    folder: Path | None,
    master: str,
    as_json: bool,
) -> None:
    """Compare and group a whole archive anew, all of it at once.

    Gives the stories that the daemon would have made, whatever the engine. Stories that persist
    keep their ids, and what did not change is not written.
    """
    from contextlib import nullcontext

    from aggregator.edge import lock
    from aggregator.edge.clock import utc_now
    from aggregator.edge.store import Store
    from aggregator.pipeline import reclustering
    from aggregator.pipeline.context import rules_of

    config = options.load_or_default()
    database = options.database_path(config)
    logs.start_logging(verbose=options.verbose, form=config.log.format)
    held = nullcontext() if dry_run else lock.hold(database)
    with held, screen.progress() as progress, Store(database, create=False) as store:
        done = reclustering.recluster(
            store,
            rules=rules_of(config),
            now=utc_now(),
            engine=engine,
            dry_run=dry_run,
            workers=workers,
            memory=memory << 20 if memory else None,
            folder=folder,
            master=master,
            tell=lambda stage, n, total: progress.count_to(stage)(min(n, total), total),
        )
    click.echo(json.dumps(done.to_dict(), indent=2) if as_json else done.to_text())
