"""The SQLite module that everything here uses; the same one that sqlite-utils takes, chosen alike.

Read verbs need no sqlite-utils, whose import loads pandas and pyarrow where they are installed:
.45 s. A test holds the two choices to one another.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["sqlite3"]

sqlite3: Any
try:
    sqlite3 = importlib.import_module("pysqlite3")
except ImportError:  # no wheel for this system; `sqlite_warning` says what that means
    sqlite3 = importlib.import_module("sqlite3")
