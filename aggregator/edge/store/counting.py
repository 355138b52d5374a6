"""Has SQLite count what its indices hold, by which it chooses among them; reads no row itself."""

from __future__ import annotations

from typing import Any

# In every table that was never counted or has grown tenfold since; uncounted, SQLite takes poor
# indices for some lists. By itself it looks only at tables that this connection has asked, and at
# 2,000 rows of each: too few, a list takes 40 ms and not 20. So many rows of 200,000 articles take
# .9 s of CPU, once; having nothing to do takes 2 ms.
_COUNT = ("PRAGMA analysis_limit = 400000", "PRAGMA optimize = 0x10002")
# Counted while no article had a story yet, as after an import, the index of stories seems to hold
# one value in every row. SQLite then reads all articles for each story that is told: 145,000 times
# 200,000 rows. So it is told what the index will hold; taken out, it would be counted each time.
_UNFILLED = (
    "UPDATE sqlite_stat1 SET stat = CAST(stat AS INTEGER) || ' 2 1 1' WHERE idx ="
    " 'articles_cluster' AND CAST(stat AS INTEGER) > 100 AND"
    " CAST(substr(stat, instr(stat, ' ') + 1) AS INTEGER) * 2 > CAST(stat AS INTEGER)"
)


def count(connection: Any) -> None:
    """Bring the statistics up to date where much has changed; outside any transaction."""
    for statement in _COUNT:
        connection.execute(statement).fetchall()
    if connection.execute(_UNFILLED).rowcount > 0:
        connection.execute("ANALYZE sqlite_schema")  # which only reads them again
