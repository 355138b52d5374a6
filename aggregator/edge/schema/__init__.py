"""Numbered migrations of the database file; the DDL itself stands in the other modules.

Nothing here reads or writes a row, but for the name that a new file gets. Change a released
migration never: add the next one.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aggregator.edge.schema.alerting import ALERTING
from aggregator.edge.schema.derived import DERIVED
from aggregator.edge.schema.originality import ORIGINALITY
from aggregator.edge.schema.tables import TABLES
from aggregator.edge.schema.views import SEARCH, VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database, Migrations

_INDEX = re.compile(r"^CREATE INDEX (\w+)", re.MULTILINE)
APPLICATION_ID = 0x4E455753  # "NEWS" in ASCII
SCHEMA_VERSION = 1

NAME = "aggregator"  # of our set in the table of migrations


def m0001_initial(db: Database) -> None:
    """Every table, index and view of the first release."""
    connection: Any = db.conn
    for script in (TABLES, DERIVED, ALERTING, SEARCH, VIEWS, ORIGINALITY):
        for statement in _statements(script):
            connection.execute(statement)
    # Made once: what other programs know our stories by must be of this database alone.
    connection.execute("INSERT INTO meta VALUES ('installation', ?)", [str(uuid4())])


STEPS = [m0001_initial]  # in their order


@cache
def migrations() -> Migrations:
    """The steps as sqlite-utils applies them; loads sqlite-utils."""
    from sqlite_utils import Migrations

    made = Migrations(NAME)
    for step in STEPS:
        made()(step)
    return made


def applied(connection: Any) -> set[str]:
    """Names of our steps that a file has gone through; empty for a new file."""
    has_table = "SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"
    if connection.execute(has_table).fetchone() is None:
        return set()
    names = "SELECT name FROM _sqlite_migrations WHERE migration_set = ?"
    return {row[0] for row in connection.execute(names, [NAME])}


def pending(connection: Any) -> list[str]:
    """Names of the steps that a file has yet to go through, in order."""
    done = applied(connection)
    return [step.__name__ for step in STEPS if step.__name__ not in done]


def unknown(names: Iterable[str]) -> set[str]:
    """Those of the names that no step of this version has."""
    return set(names) - {step.__name__ for step in STEPS}


def indices() -> dict[str, str]:
    """The statement that makes each index, by its name."""
    scripts = (TABLES, DERIVED, ALERTING, SEARCH, VIEWS, ORIGINALITY)
    found = (each for script in scripts for each in _statements(script))
    made = ((_INDEX.search(each), each) for each in found)
    return {match[1]: each for match, each in made if match}


def _statements(script: str) -> list[str]:
    """Single statements of a script: `executescript` would commit the migration half-way."""
    from sqlite3 import complete_statement

    found, rest = [], ""
    for line in script.splitlines(keepends=True):
        rest += line
        if (
            rest.strip()
            and line.rstrip().split("--")[0].rstrip().endswith(";")
            and (complete_statement(rest))
        ):
            found.append(rest.strip())
            rest = ""
    return found
