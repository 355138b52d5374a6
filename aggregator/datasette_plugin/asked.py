"""What the address of one of our pages asks for, and the addresses that lead on from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aggregator.datasette_plugin.access import any_ours, readable_databases
from aggregator.model import StoryQuery

PAGE = 50
LAST_PAGE = 2000
_LONGEST_WORDS = 300


class Refusal(Exception):
    """A request that gets a page of ours and a status; Datasette would log it as a fault."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A list as asked for by its address."""

    database: str
    several: bool  # more than one database is ours, so addresses must name it
    words: str
    page: int
    filters: tuple[tuple[str, str], ...]

    @property
    def keep(self) -> tuple[tuple[str, str], ...]:
        """The fields that every further address keeps."""
        name = (("db", self.database),) if self.several else ()
        return (*name, *self.filters)

    def query(self) -> StoryQuery:
        """The same as a value for the reader."""
        given = dict(self.filters)
        return StoryQuery(
            min_outlets=int(given.get("min_outlets", "1")),
            text=self.words,
            outlet=given.get("outlet"),
            agency=given.get("agency"),
            language=given.get("language"),
            limit=PAGE,
            offset=(self.page - 1) * PAGE,
        )


async def read_address(datasette: Any, request: Any) -> Asked:
    """What is asked for, within bounds; refuses what may not be read or is not there."""
    names = await readable_databases(datasette, request.actor)
    wanted = request.args.get("db")
    if wanted in names:
        database = wanted
    elif names and not wanted:
        database = names[0]
    elif not names and await any_ours(datasette):
        raise Refusal(403, "You may not read these stories")
    else:
        raise Refusal(404, "No database here holds stories")
    filters = []
    if least := _number(request.args.get("min_outlets"), 1, 100_000):
        filters.append(("min_outlets", str(least)))
    for name in ("outlet", "agency", "language"):
        if value := (request.args.get(name) or "")[:_LONGEST_WORDS].strip():
            filters.append((name, value))
    return Asked(
        database=database,
        several=len(names) > 1,
        words=(request.args.get("q") or "")[:_LONGEST_WORDS].strip(),
        page=_number(request.args.get("page"), 1, LAST_PAGE) or 1,
        filters=tuple(filters),
    )


def _number(text: str | None, least: int, most: int) -> int | None:
    """A whole number from an address, brought within bounds; None when it is none."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 9:
        return None
    return min(most, max(least, int(text)))


def address(datasette: Any, path: str, asked: Asked, *more: tuple[str, str]) -> str:
    """The address of `path` under the story list, with the fields that stay and some more."""
    kept = asked.keep if not path or path.startswith(".") else asked.keep[: int(asked.several)]
    fields = urlencode([*kept, *more])
    start: str = datasette.urls.path("/-/stories" + path)
    return f"{start}?{fields}" if fields else start
