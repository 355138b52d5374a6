"""Where SQLite and sqlite-utils come from; opens nothing.

sqlite-utils imports pandas where it is installed, to know its column types, which nobody here
writes. That took a second of every command beside the engines for archives, which bring pandas.
"""

from __future__ import annotations

import sys

_unseen = "pandas" not in sys.modules
if _unseen:
    sys.modules["pandas"] = None  # type: ignore[assignment]  # an import of it fails meanwhile
try:
    from sqlite_utils import Database, Migrations
    from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]
finally:
    if _unseen:
        del sys.modules["pandas"]

__all__ = ["Database", "Migrations", "sqlite3"]
