"""What a daemon does for its database each minute, beside its work."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlite_utils.utils import sqlite3

from aggregator.config import Config
from aggregator.pipeline import Aggregator, tending
from tests.flow.conftest import write_config


def counted(database: Path) -> dict[str, str]:
    """What SQLite knows of the indices of outlets."""
    with closing(sqlite3.connect(database)) as db:
        rows = db.execute("SELECT idx, stat FROM sqlite_stat1 WHERE tbl = 'outlets'")
        return dict(rows.fetchall())


def test_a_daemon_that_never_closes_has_statistics(tmp_path: Path) -> None:
    config = Config.load(write_config(tmp_path, {"database": str(tmp_path / "n.db"), "feeds": []}))
    with Aggregator(config) as news:
        upkeep = tending.Upkeep()
        with news.context.store.write() as db:
            db.executemany(
                "INSERT INTO outlets (name, domain) VALUES (?, ?)",
                [(f"n{n}", f"n{n}.example") for n in range(50)],
            )
        upkeep.tick(news.context)
        found = counted(tmp_path / "n.db")
        assert found["outlets_family"].startswith("50 ")
        with closing(sqlite3.connect(tmp_path / "n.db")) as watching:
            before = watching.execute("PRAGMA data_version").fetchone()
            upkeep.tick(news.context)
            assert watching.execute("PRAGMA data_version").fetchone() == before, "nothing to do"
