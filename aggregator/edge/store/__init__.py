"""The database: the only room with SQL that writes. One door, three commits."""

from aggregator.edge.store.door import Store, reading, sqlite_warning

__all__ = ["Store", "reading", "sqlite_warning"]
