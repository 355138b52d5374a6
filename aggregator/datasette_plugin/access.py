"""Which databases are ours, and who may read them; both lines of Datasette are asked here only."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from weakref import WeakKeyDictionary

from aggregator.edge.schema import APPLICATION_ID

# Tables and views that our pages read: whoever may not see one of them may not see the page.
TABLES = (
    "agencies", "articles", "clusters", "corrected_articles", "corrections", "credits", "entries",
    "feed_health", "feeds", "outlets", "pairs", "parents", "polls", "revisions", "visits",
)  # fmt: skip
_MARKS = ("articles", "clusters")  # a database that holds these is ours
_RECHECK_SECONDS = 30  # a database that was not ours may have been filled since

_known: WeakKeyDictionary[Any, dict[str, tuple[bool, float]]] = WeakKeyDictionary()


_CACHE_KIB = 32 * 1024
_MAPPED_BYTES = 2_147_418_112  # the most that SQLite maps; address space, not memory


def keep_near(db: Any) -> None:
    """Read a database of ours through the system's cache, without a copy of every page.

    The rows of articles are wide, and a facet over a search looks at thousands of them: 20,000
    rows of 2 GB take 31 ms so, and 98 with the 2 MB that SQLite keeps by itself. Does nothing to
    another program's database.
    """
    if db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
        db.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}").fetchall()
        db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")


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
    if hasattr(datasette, "allowed"):  # 1.0: a table asks its database and instance itself
        from datasette.resources import TableResource

        told = (
            datasette.allowed(
                action="view-table", resource=TableResource(database=name, table=table), actor=actor
            )
            for table in TABLES
        )
        return all(await asyncio.gather(*told))
    # 0.65 asks the database for the spelling of each table's name, in a thread: fifteen one after
    # another made up a third of a small page. What nothing is said of, the database decides.
    said = await asyncio.gather(
        *(
            datasette.permission_allowed(actor, "view-table", resource=(name, table), default=None)
            for table in TABLES
        )
    )
    if None in said and not await _may_view_database(datasette, actor, name):
        return False
    return all(each is None or each for each in said)


async def _may_view_database(datasette: Any, actor: Any, name: str) -> bool:
    from datasette import Forbidden

    try:
        await datasette.ensure_permissions(actor, [("view-database", name), "view-instance"])
    except Forbidden:
        return False
    return True
