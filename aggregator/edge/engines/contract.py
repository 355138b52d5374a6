"""What an engine is given and what it gives; holds no rule and runs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from aggregator.core.corrections import Bonds
from aggregator.core.overlap import Body
from aggregator.core.pages import Kept
from aggregator.core.rules import Rules
from aggregator.model import Match

Progress = Callable[[str, int, int], None]  # stage, how much is done, of how much


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An archive to be clustered.

    `folder` has the pages as `pagefile` writes them, in order of their ids, and room for whatever
    the engine puts beside them. `memory` is a bound in bytes for what engines keep in
    tables, None for their own default.
    """

    folder: Path
    count: int  # pages
    rules: Rules
    bonds: Bonds = field(default_factory=Bonds)
    workers: int = 2
    memory: int | None = None
    master: str = ""  # where spark runs; this machine by default
    progress: Progress = lambda stage, done, total: None


class Texts(Protocol):
    """Bodies by article, as the telling of stories asks for them."""

    def holds(self, article: int) -> bool:
        """Whether an article is among them."""

    def get(self, db: Any, article: int) -> Body:
        """The body of an article's text with all its runs."""


class Answer(Protocol):
    """What an engine found. The other iterators may be asked once each, in this order."""

    def templates(self) -> dict[tuple[int, int], str]:
        """Sentences by outlet and key."""

    def sentences(self) -> Iterator[Any]:
        """Rows of outlet, sentence key and article in arrays; asked as often as one likes."""

    def prints(self) -> Iterator[Kept]:
        """All prints, by article."""

    def pairs(self) -> Iterator[Match]:
        """Verified pairs of holders, by article."""

    def groups(self) -> Iterable[list[int]]:
        """The stories, singles included, as sorted articles."""

    def texts(self) -> Texts | None:
        """Bodies of what was compared, where they are at hand."""


class Engine(Protocol):
    """A way to cluster an archive."""

    def __call__(self, job: Job) -> Answer:
        """Cluster the job's pages."""
