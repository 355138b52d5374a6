"""Talks to the person at the terminal: progress and notes on stderr; computes nothing."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aggregator.model import Outcome

WORDS = {
    "collect": "polling feeds",
    "read": "reading pages",
    "revisit": "reading again",
    "cluster": "comparing texts",
    "import": "importing",
    "archive": "reading archive",
    "backup": "copying",
    "alert": "sending alerts",
}


def colour() -> bool:
    """Whether stdout takes colour: a terminal, and nobody said no (no-color.org)."""
    from aggregator.edge.outputs.terminal import wants_color

    return wants_color(sys.stdout)


def leave_out_colour() -> None:
    """No colours from here on, in progress bars as well."""
    os.environ["NO_COLOR"] = "1"


def width() -> int:
    """Columns of the terminal; 100 when stdout is a file, so that a saved report reads well."""
    import shutil

    return shutil.get_terminal_size((100, 40)).columns if sys.stdout.isatty() else 100


def note(text: str) -> None:
    """One line of talk."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """Bars for stages, whose length is known as they start; silent when stderr is no terminal."""

    def __init__(self, bars: Any) -> None:
        self._bars = bars
        self._tasks: dict[str, Any] = {}

    def expect(self, stage: str, count: int) -> None:
        """Show a bar for a stage of that many items."""
        if self._bars is None or not count:
            return
        if stage in self._tasks:
            self._bars.update(self._tasks[stage], total=count, completed=0)
        else:
            self._tasks[stage] = self._bars.add_task(WORDS.get(stage, stage), total=count)

    def count_to(self, stage: str) -> Callable[[int, int], None]:
        """A bar set by how much is done of how much."""

        def tell(done: int, total: int) -> None:
            if self._bars is not None:
                if stage not in self._tasks:
                    self.expect(stage, total)
                self._bars.update(self._tasks[stage], completed=done)

        return tell

    def watch(self, outcome: Outcome) -> None:
        """Count an outcome; tell of a failure at once where there are no bars."""
        if self._bars is not None and outcome.stage in self._tasks:
            self._bars.advance(self._tasks[outcome.stage])
        logging.getLogger("aggregator").debug(
            "%s %s %s %s", outcome.stage, outcome.result, outcome.item, outcome.reason
        )


@contextmanager
def progress() -> Iterator[Progress]:
    """Progress on stderr while the block runs."""
    if not sys.stderr.isatty():
        yield Progress(None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("  {task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        yield Progress(bars)
