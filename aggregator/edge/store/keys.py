"""Writes band keys and samples of many texts at once: as they come, or all anew in key order."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from aggregator.core import fingerprint
from aggregator.core.minhash import PERMUTATIONS
from aggregator.core.pages import Kept, band_columns
from aggregator.edge.store import indices
from aggregator.edge.store.door import Store

ROWS = 1 << 20  # in one commit


def replace_keys(db: Any, texts: Sequence[Kept]) -> None:
    """Take away the keys that these articles had, and write those that they have now."""
    import numpy as np

    for table in ("bands", "samples"):
        db.executemany(
            f"DELETE FROM {table} WHERE article = ?",  # noqa: S608  ours
            [(text.article,) for text in texts],
        )
    holders = [text for text in texts if text.signature is not None]
    db.executemany(
        "INSERT INTO bands (band, key, article) VALUES (?, ?, ?)",
        [
            (band, key, text.article)
            for text in holders
            for band, key in enumerate(
                fingerprint.band_keys(np.frombuffer(text.signature or b"", dtype="<u4"))
            )
        ],
    )
    db.executemany(
        "INSERT INTO samples (key, article) VALUES (?, ?)",
        [(key, text.article) for text in holders for key in text.samples],
    )


class Rebuilt:
    """All keys of a database, gathered and then written in the order of their tables.

    Written article by article, every row of 64 million goes to a page of its own; in key order a
    page is written once. The indices that find an article's keys are made after all else.
    """

    def __init__(self) -> None:
        self._articles: list[int] = []
        self._signatures = bytearray()
        self._samples = array("q")  # 8 bytes a key, of which a text has some 75
        self._held = array("q")  # how many of them are of each article

    def add(self, text: Kept) -> None:
        """Gather the keys of one article; articles come in order."""
        if text.signature is None:
            return
        self._articles.append(text.article)
        self._signatures += text.signature
        self._samples.extend(text.samples)
        self._held.append(len(text.samples))

    def write(self, store: Store) -> None:
        """Replace all rows; a crash on the way leaves keys out, and all texts waiting."""
        with store.write() as db:
            for table in ("bands", "samples"):
                indices.set_aside(db, [f"{table}_article"])
                db.execute(f"DELETE FROM {table}")  # noqa: S608  ours
        self._write_bands(store)
        self._write_samples(store)

    def _write_bands(self, store: Store) -> None:
        import numpy as np

        articles = np.array(self._articles, dtype=np.int64)
        rows = np.frombuffer(bytes(self._signatures), dtype="<u4")
        rows = rows.reshape(-1, PERMUTATIONS)
        self._signatures.clear()
        for band in range(fingerprint.BANDS):
            two = rows[:, fingerprint.ROWS * band : fingerprint.ROWS * (band + 1)]
            keys = band_columns(two)[:, 0]
            order = np.lexsort((articles, keys))
            for at in range(0, len(order), ROWS):
                part = order[at : at + ROWS]
                with store.write() as db:
                    db.executemany(
                        f"INSERT INTO bands (band, key, article) VALUES ({band}, ?, ?)",  # noqa: S608
                        zip(keys[part].tolist(), articles[part].tolist(), strict=True),
                    )

    def _write_samples(self, store: Store) -> None:
        import numpy as np

        keys = np.array(self._samples, dtype=np.int64)
        self._samples = array("q")
        owners = np.repeat(np.array(self._articles, dtype=np.int64), self._held)
        order = np.argsort(keys, kind="stable")  # owners are in order already
        for at in range(0, len(order), ROWS):
            part = order[at : at + ROWS]
            with store.write() as db:
                db.executemany(
                    "INSERT INTO samples (key, article) VALUES (?, ?)",
                    zip(keys[part].tolist(), owners[part].tolist(), strict=True),
                )
