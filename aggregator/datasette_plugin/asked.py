"""What the address of one of our pages asks for, and the addresses that lead on from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from aggregator.core.window import parse_end, parse_point
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
    since: datetime | None = None
    until: datetime | None = None

    @property
    def given(self) -> dict[str, str]:
        """The filters as they stand in the address."""
        return dict(self.filters)

    @property
    def keep(self) -> tuple[tuple[str, str], ...]:
        """The fields that every further address keeps."""
        return (*self.place, *self.filters)

    @property
    def place(self) -> tuple[tuple[str, str], ...]:
        """The field that says which database is meant, where that needs saying."""
        return (("db", self.database),) if self.several else ()

    def query(self) -> StoryQuery:
        """The same as a value for the reader."""
        given = self.given
        return StoryQuery(
            since=self.since,
            until=self.until,
            min_outlets=int(given.get("min_outlets", "1")),
            min_sources=int(given.get("min_sources", "1")),
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
    for name in ("min_outlets", "min_sources"):
        if (least := _number(request.args.get(name), 1, 100_000)) and least > 1:
            filters.append((name, str(least)))
    for name in ("outlet", "agency", "language", "since", "until"):
        if value := (request.args.get(name) or "")[:_LONGEST_WORDS].strip():
            filters.append((name, value))
    times = dict(filters)
    now = datetime.now(UTC)
    return Asked(
        database=database,
        several=len(names) > 1,
        words=(request.args.get("q") or "")[:_LONGEST_WORDS].strip(),
        page=_number(request.args.get("page"), 1, LAST_PAGE) or 1,
        filters=tuple(filters),
        since=_point(parse_point, "since", times, now),
        until=_point(parse_end, "until", times, now),
    )


def _point(
    parse: Callable[..., datetime | None], name: str, given: dict[str, str], now: datetime
) -> datetime | None:
    """A time of the address; one that cannot be read is refused, for it would show all stories."""
    if name not in given:
        return None
    try:
        return parse(given[name], now=now)
    except ValueError as error:
        raise Refusal(400, f"{name}={given[name]}: {error}") from error


def _number(text: str | None, least: int, most: int) -> int | None:
    """A whole number from an address, brought within bounds; None when it is none."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 9:
        return None
    return min(most, max(least, int(text)))


def address(datasette: Any, path: str, asked: Asked, *more: tuple[str, str]) -> str:
    """The address of `path` under the story list, with the fields that stay and some more."""
    kept = asked.keep if not path or path.startswith(".") else asked.place
    return _address(datasette, "/-/stories" + path, (*kept, *more))


def beside(datasette: Any, path: str, asked: Asked, *more: tuple[str, str]) -> str:
    """The address of a page that is no part of the list, such as `/-/outlet/5`."""
    return _address(datasette, path, (*asked.place, *more))


def _address(datasette: Any, path: str, fields: tuple[tuple[str, str], ...]) -> str:
    start: str = datasette.urls.path(path)
    return f"{start}?{urlencode(fields)}" if fields else start
