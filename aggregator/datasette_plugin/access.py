"""Which databases are ours, and who may read them; both lines of Datasette are asked here only."""

from __future__ import annotations

import time
from typing import Any
from weakref import WeakKeyDictionary

# Tables that a story page reads: whoever may not see one of them may not see the page.
TABLES = (
    "agencies", "articles", "clusters", "credits", "entries", "feeds", "outlets", "pairs",
    "revisions", "visits",
)  # fmt: skip
_MARKS = ("articles", "clusters")  # a database that holds these is ours
_RECHECK_SECONDS = 30  # a database that was not ours may have been filled since

_known: WeakKeyDictionary[Any, dict[str, tuple[bool, float]]] = WeakKeyDictionary()


async def is_ours(datasette: Any, name: str) -> bool:
    """Whether the database holds our tables, with the columns that make them ours."""
    known = _known.setdefault(datasette, {})
    answer, asked = known.get(name, (False, float("-inf")))
    if not answer and time.monotonic() - asked >= _RECHECK_SECONDS:
        answer = await _holds(datasette, name)
        known[name] = (answer, time.monotonic())
    return answer


async def _holds(datasette: Any, name: str) -> bool:
    if name.startswith("_") or name not in datasette.databases:
        return False
    rows = await datasette.databases[name].execute(
        "select count(*) from sqlite_master where type = 'table' and"
        " (name = 'articles' and sql like '%url_key%' or"
        " name = 'clusters' and sql like '%merged_into%')"
    )
    return bool(rows.first()[0] == len(_MARKS))


async def readable_databases(datasette: Any, actor: Any) -> list[str]:
    """Our databases that the actor may read, in the order they were given."""
    return [
        name
        for name in datasette.databases
        if await is_ours(datasette, name) and await _may_read(datasette, actor, name)
    ]


async def any_ours(datasette: Any) -> bool:
    """Whether any database is ours, readable or not."""
    for name in datasette.databases:
        if await is_ours(datasette, name):
            return True
    return False


async def _may_read(datasette: Any, actor: Any, name: str) -> bool:
    for table in TABLES:
        if not await _may_view(datasette, actor, name, table):
            return False
    return True


async def _may_view(datasette: Any, actor: Any, name: str, table: str) -> bool:
    if hasattr(datasette, "allowed"):  # 1.0: a table asks its database and instance itself
        from datasette.resources import TableResource

        resource = TableResource(database=name, table=table)
        return bool(await datasette.allowed(action="view-table", resource=resource, actor=actor))
    from datasette import Forbidden

    try:
        await datasette.ensure_permissions(
            actor,
            [("view-table", (name, table)), ("view-database", name), "view-instance"],
        )
    except Forbidden:
        return False
    return True
