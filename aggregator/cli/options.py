"""What every verb gets: config and database, and errors turned into lines and exit codes."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aggregator.errors import AggregatorError, ConfigError

if TYPE_CHECKING:
    from aggregator.config import Config

INTERRUPTED = 130
DEFAULT_CONFIG = Path("config.yaml")
# Set by `scripts/aggregator`: from a checkout the command is not on the PATH, and what we say to
# type next must be what can be typed.
CALLED_AS = "AGGREGATOR_CALLED_AS"


@dataclass
class Options:
    """The options before the verb."""

    config_path: Path
    database: Path | None
    verbose: bool
    _known: Config | None = field(default=None, init=False, repr=False)

    def load(self) -> Config:
        """The config file; a missing one is an error that says how to get one."""
        from aggregator.config import Config

        if not self.config_path.exists():
            raise ConfigError(
                str(self.config_path),
                [f"{self.config_path}: no such file; try: aggregator init"],
            )
        return Config.load(self.config_path)

    def load_or_default(self) -> Config:
        """The config file, or the defaults when a database is named and no config exists."""
        from aggregator.config import Config

        if self._known is None:  # read once: a verb that only reads asks for it several times
            bare = self.database is not None and not self.config_path.exists()
            self._known = Config() if bare else self.load()
        return self._known

    @property
    def command(self) -> str:
        """The command as the reader would type it for the same config and database."""
        parts = [shlex.quote(os.environ.get(CALLED_AS) or "aggregator")]
        if self.config_path != DEFAULT_CONFIG:
            parts.append(f"-c {shlex.quote(str(self.config_path))}")
        if self.database is not None:
            parts.append(f"-d {shlex.quote(str(self.database))}")
        return " ".join(parts)

    def database_path(self, config: Config) -> Path:
        """The database named, else the one of the config."""
        return self.database or config.database_path


class Verbs(click.Group):
    """The command: verbs in the order of use, our errors as one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Verbs in the order they were added, which is the order of use."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; errors of our tree become a line on stderr and their exit code."""
        try:
            return super().invoke(ctx)
        except AggregatorError as error:
            if ctx.params.get("verbose"):
                raise
            prefix = "" if isinstance(error, ConfigError) else "Error: "
            click.echo(f"{prefix}{error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(INTERRUPTED)


# What `all` stands for: the earliest time there is.
EVER = datetime.min.replace(tzinfo=UTC)


class Moment(click.ParamType[datetime]):
    """A time from 24h, 7d (so long ago), 2026-11-20, or `all`; `end` takes a day to its end."""

    name = "time"

    def __init__(self, *, end: bool = False) -> None:
        self.end = end

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The time; click's own error when it is none."""
        from aggregator.core.window import parse_end, parse_point
        from aggregator.edge.clock import utc_now

        if isinstance(value, datetime):
            return value
        try:
            found = (parse_end if self.end else parse_point)(value, now=utc_now())
        except ValueError as error:
            self.fail(f"{value!r}: {error}", param, ctx)
        return found or EVER
