"""Numbered migrations of the database file; the DDL itself stands in the other modules.

Nothing here reads or writes a row, but for the name that a new file gets. Change a released
migration never: add the next one.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from sqlite_utils import Database, Migrations

from aggregator.edge.schema.alerting import ALERTING
from aggregator.edge.schema.derived import DERIVED
from aggregator.edge.schema.originality import ORIGINALITY
from aggregator.edge.schema.tables import TABLES
from aggregator.edge.schema.views import SEARCH, VIEWS

_INDEX = re.compile(r"^CREATE INDEX (\w+)", re.MULTILINE)
APPLICATION_ID = 0x4E455753  # "NEWS" in ASCII
SCHEMA_VERSION = 1

migrations = Migrations("aggregator")


@migrations()
def m0001_initial(db: Database) -> None:
    """Every table, index and view of the first release."""
    connection: Any = db.conn
    for script in (TABLES, DERIVED, ALERTING, SEARCH, VIEWS, ORIGINALITY):
        for statement in _statements(script):
            connection.execute(statement)
    # Made once: what other programs know our stories by must be of this database alone.
    connection.execute("INSERT INTO meta VALUES ('installation', ?)", [str(uuid4())])


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
