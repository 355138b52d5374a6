"""Reads back what Spark wrote, table by table; needs no Spark any more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from aggregator.core.pages import Kept
from aggregator.edge.engines.contract import Job, Texts
from aggregator.model import Match, MatchVerdict


class SparkAnswer:
    """The answer in the Parquet tables of a job's folder."""

    def __init__(self, job: Job) -> None:
        self._folder = job.folder
        self._groups: list[list[int]] | None = None

    def _rows(self, name: str, *columns: str) -> Iterator[dict[str, Any]]:
        """Rows of a table, in the order they were written in: files are numbered in it."""
        from pyarrow import parquet

        for path in sorted((self._folder / f"{name}.parquet").glob("part-*.parquet")):
            with parquet.ParquetFile(path) as file:
                for batch in file.iter_batches(batch_size=2000, columns=list(columns)):
                    yield from batch.to_pylist()

    def templates(self) -> dict[tuple[int, int], str]:
        """Sentences by outlet and key."""
        found: dict[tuple[int, int], str] = {}
        for row in self._rows("prints", "outlet", "shown"):
            for key, sentence in json.loads(row["shown"]):
                found.setdefault((row["outlet"], key), sentence)
        return found

    def sentences(self) -> Iterator[Any]:
        """Rows of outlet, sentence key and article."""
        import numpy as np
        from pyarrow import parquet

        for path in sorted((self._folder / "sentences.parquet").glob("part-*.parquet")):
            with parquet.ParquetFile(path) as file:
                for batch in file.iter_batches(columns=["outlet", "sentence", "article"]):
                    yield np.column_stack([column.to_numpy() for column in batch.columns])

    def prints(self) -> Iterator[Kept]:
        """All prints, by article."""
        columns = ("article", "holder", "size", "gate", "digest", "at", "first", "last", "dropped",
                   "signature", "samples")  # fmt: skip
        for row in self._rows("prints", *columns):
            stands = row["holder"] == row["article"]
            yield Kept(
                article=row["article"],
                holder=None if stands else row["holder"],
                shingles=row["size"],
                gate=row["gate"],
                digest=row["digest"],
                first_at=row["first"] if stands else row["at"],
                last_at=row["last"] if stands else row["at"],
                dropped=row["dropped"],
                signature=row["signature"] if stands else None,
                samples=tuple(row["samples"]) if stands else (),
            )

    def pairs(self) -> Iterator[Match]:
        """Verified pairs of holders, by article."""
        columns = ("a", "b", "verdict", "jaccard", "a_in_b", "b_in_a", "shared", "reason")
        for row in self._rows("pairs", *columns):
            yield Match(**{**row, "verdict": MatchVerdict(row["verdict"])})

    def groups(self) -> list[list[int]]:
        """The stories, singles included, as sorted articles."""
        if self._groups is None:
            found: dict[int, list[int]] = {}
            for row in self._rows("groups", "story", "article"):
                found.setdefault(row["story"], []).append(row["article"])
            self._groups = sorted(sorted(group) for group in found.values())
        return self._groups

    def texts(self) -> Texts | None:
        """None: the database cleans them again as it tells of them."""
        return None
