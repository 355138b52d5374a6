"""Writes the sentences of articles that an archive was kept without; judges no sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from aggregator.edge.store import indices
from aggregator.edge.store.door import Store
from aggregator.model import Verdict

ROWS = 1 << 22  # at once, 24 bytes each
COMMIT = 1 << 19  # in one commit
Pieces = Callable[[], Iterable[Any]]


def keep_missing(store: Store, pieces: Pieces) -> int:
    """Note the sentences of articles of which none is noted; gives how many rows.

    `pieces` gives the rows of all articles as often as it is called: arrays of outlet, key and
    article. They are written in the order of their table, outlets after outlets: 25 million rows
    as they come would each go to a page of its own.
    """
    import numpy as np

    with store.snapshot() as db:
        empty = db.execute("SELECT 1 FROM sentences LIMIT 1").fetchone() is None
        rows = db.execute(
            "SELECT id FROM articles WHERE verdict = ? AND pruned_at IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM sentences WHERE article = id) ORDER BY id",
            [Verdict.GOOD],
        )
        missing = np.fromiter((row[0] for row in rows), dtype=np.int64)
    if not len(missing):
        return 0
    if empty:
        with store.write() as db:
            indices.set_aside(db, ["sentences_article"])
    written = 0
    for low, high in _spans(pieces):
        wanted = [
            rows[(rows[:, 0] >= low) & (rows[:, 0] <= high) & np.isin(rows[:, 2], missing)]
            for rows in pieces()
        ]
        found = np.concatenate([np.empty((0, 3), np.int64), *wanted])
        found = found[np.lexsort((found[:, 2], found[:, 1], found[:, 0]))]
        for at in range(0, len(found), COMMIT):
            part = found[at : at + COMMIT]
            with store.write() as db:
                db.executemany(
                    "INSERT INTO sentences (outlet, key, article) VALUES (?, ?, ?)",
                    zip(*(column.tolist() for column in part.T), strict=True),
                )
        written += len(found)
    return written


def _spans(pieces: Pieces) -> Iterator[tuple[int, int]]:
    """Runs of outlets, the lowest and the highest, with as many rows as are taken at once."""
    import numpy as np

    held: dict[int, int] = {}
    for rows in pieces():
        outlets, counts = np.unique(rows[:, 0], return_counts=True)
        for outlet, count in zip(outlets.tolist(), counts.tolist(), strict=True):
            held[outlet] = held.get(outlet, 0) + count
    low, size = None, 0
    for outlet in sorted(held):
        if low is not None and size + held[outlet] > ROWS:
            yield low, outlet - 1
            low, size = None, 0
        low = outlet if low is None else low
        size += held[outlet]
    if low is not None:
        yield low, max(held)
