"""Joins keys and finds components in DuckDB, out of core; the shelf of the `duckdb` engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aggregator.core import fingerprint, template
from aggregator.core.pages import band_columns
from aggregator.edge.engines.contract import Job
from aggregator.edge.engines.line import Line
from aggregator.edge.engines.shelf import CHUNK, needed
from aggregator.errors import UsageError

SPREAD = 16  # parts in which samples are paired: each has its own share of the lower texts


def duckdb(job: Job) -> Line:
    """Cluster with all keys in tables on disk; UsageError when DuckDB is not installed."""
    return Line(job, DuckShelf(job.folder, workers=job.workers, memory=job.memory))


def _connect(path: Path, options: dict[str, Any]) -> Any:
    try:
        import duckdb
    except ImportError as error:
        raise UsageError(
            "engine duckdb", "is not installed", hint="pip install 'news-aggregator-dedup[scale]'"
        ) from error
    return duckdb.connect(str(path), config=options)


class DuckShelf:
    """All keys in one DuckDB file in the job's folder, where it also spills what does not fit."""

    def __init__(self, folder: Path, *, workers: int = 2, memory: int | None = None) -> None:
        options: dict[str, Any] = {
            "threads": max(1, workers),
            "temp_directory": str(folder / "spilled"),
            "preserve_insertion_order": "false",
        }
        if memory is not None:
            options["memory_limit"] = f"{memory // (1 << 20)}MiB"
        self._db = _connect(folder / "keys.duckdb", options)
        self._db.execute("CREATE TABLE sentences (outlet BIGINT, key BIGINT, place INTEGER)")
        self._db.execute("CREATE TABLE bands (band UTINYINT, key BIGINT, place INTEGER)")
        self._db.execute("CREATE TABLE samples (key BIGINT, place INTEGER)")

    def _append(self, table: str, **columns: Any) -> None:
        """Rows as columns of equal length, without a copy through Python objects."""
        import pyarrow

        self._db.register("arriving", pyarrow.table(columns))
        self._db.execute(f"INSERT INTO {table} SELECT * FROM arriving")  # noqa: S608  ours
        self._db.unregister("arriving")

    def add_sentences(self, rows: Any) -> None:
        """Rows of outlet, key and place."""
        self._append("sentences", outlet=rows[:, 0], key=rows[:, 1], place=rows[:, 2])

    def repeated(self, least: int) -> tuple[Any, Iterator[tuple[int, int, list[int]]]]:
        """Sentences by how many pages of their outlet hold them."""
        import numpy as np

        self._db.execute(
            "CREATE TABLE repeated AS SELECT outlet, key, count(*) AS held FROM sentences"
            " GROUP BY ALL HAVING held >= ?",
            [least],
        )
        certain = self._db.execute(
            "SELECT outlet, key FROM repeated WHERE held > ?", [template.CERTAIN_PAGES]
        ).fetchnumpy()
        return np.column_stack([certain["outlet"], certain["key"]]), self._doubtful()

    def _doubtful(self) -> Iterator[tuple[int, int, list[int]]]:
        cursor = self._db.execute(
            "SELECT outlet, key, list_sort(list(place)) FROM sentences JOIN repeated"
            " USING (outlet, key) WHERE held <= ? GROUP BY ALL ORDER BY outlet, key",
            [template.CERTAIN_PAGES],
        )
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
        self._db.execute("DROP TABLE sentences")

    def add_keys(self, places: Any, signatures: Any, samples: Any, owners: Any) -> None:
        """Signatures and sampled shingles of some holders."""
        import numpy as np

        columns = band_columns(signatures)
        self._append(
            "bands",
            band=np.tile(np.arange(fingerprint.BANDS, dtype=np.uint8), len(places)),
            key=columns.ravel(),
            place=np.repeat(places, fingerprint.BANDS),
        )
        self._append("samples", key=samples, place=owners)

    def candidates(self, sizes: Any) -> Iterator[Any]:
        """Pairs that share a band key or enough samples, sorted, in chunks."""
        import numpy as np

        self._db.execute("CREATE TABLE found (a INTEGER, b INTEGER)")
        for band in range(fingerprint.BANDS):
            self._db.execute(
                "INSERT INTO found WITH mine AS (SELECT key, place FROM bands WHERE band = $band),"
                " held AS (SELECT key FROM mine GROUP BY key"
                " HAVING count(*) BETWEEN 2 AND $most),"
                " short AS (SELECT key, place FROM mine SEMI JOIN held USING (key))"
                " SELECT DISTINCT one.place, other.place FROM short AS one JOIN short AS other"
                " ON one.key = other.key AND one.place < other.place",
                {"band": band, "most": fingerprint.KEY_LIMIT},
            )
        self._db.execute("DROP TABLE bands")
        self._sampled(sizes)
        self._db.execute("CREATE TABLE pairs AS SELECT DISTINCT a, b FROM found ORDER BY a, b")
        self._db.execute("DROP TABLE found")
        cursor = self._db.cursor().execute("SELECT a, b FROM pairs ORDER BY a, b")
        while rows := cursor.fetchmany(CHUNK):
            yield np.array(rows, dtype=np.int64).reshape(-1, 2)

    def _sampled(self, sizes: Any) -> None:
        """Pairs with as many samples in common as their lengths ask for."""
        import numpy as np

        places = np.arange(len(sizes))
        self._db.execute("CREATE TABLE sizes (place INTEGER, shingles INTEGER)")
        self._append("sizes", place=places, shingles=sizes)
        enough = needed(int(sizes.max(initial=0)))
        self._db.execute("CREATE TABLE needed (shingles INTEGER, least INTEGER)")
        self._append("needed", shingles=np.arange(len(enough)), least=enough)
        self._db.execute(
            "CREATE TABLE shared AS WITH held AS (SELECT key, count(*) AS held FROM samples"
            " GROUP BY key HAVING held > 1)"
            " SELECT key, place, held, row_number() OVER (PARTITION BY key ORDER BY place) AS nth"
            " FROM samples JOIN held USING (key)"
        )
        self._db.execute("DROP TABLE samples")
        for part in range(SPREAD):
            self._db.execute(
                "INSERT INTO found SELECT a, b FROM ("
                " SELECT one.place AS a, other.place AS b, count(*) AS common"
                " FROM shared AS one JOIN shared AS other"
                " ON one.key = other.key AND one.place < other.place"
                " WHERE one.place % $spread = $part AND (one.held <= $limit OR one.nth <= $first)"
                " GROUP BY ALL HAVING common >= $least)"
                " JOIN sizes AS x ON x.place = a JOIN sizes AS y ON y.place = b"
                " JOIN needed ON needed.shingles = least(x.shingles, y.shingles)"
                " WHERE common >= needed.least",
                {
                    "spread": SPREAD,
                    "part": part,
                    "limit": fingerprint.SAMPLE_LIMIT,
                    "first": fingerprint.SAMPLE_FIRST,
                    "least": fingerprint.SAMPLES_SHARED,
                },
            )
        self._db.execute("DROP TABLE shared")

    def components(self, edges: Any) -> Iterator[list[int]]:
        """Connected components: each place takes the smallest place it can reach."""
        if not len(edges):
            return
        self._db.execute("CREATE TABLE edges (a INTEGER, b INTEGER)")
        self._append("edges", a=edges[:, 0], b=edges[:, 1])
        self._db.execute("INSERT INTO edges SELECT b, a FROM edges")
        cursor = self._db.execute(
            "WITH RECURSIVE reached(place, root) USING KEY (place) AS ("
            " SELECT DISTINCT a, a FROM edges UNION"
            " SELECT edges.b, min(reached.root) FROM reached JOIN edges ON edges.a = reached.place"
            " JOIN recurring.reached AS known ON known.place = edges.b"
            " WHERE reached.root < known.root GROUP BY edges.b)"
            " SELECT list_sort(list(place)) FROM reached GROUP BY root ORDER BY root"
        )
        while rows := cursor.fetchmany(CHUNK):
            yield from (row[0] for row in rows)

    def close(self) -> None:
        """Close the file."""
        self._db.close()
