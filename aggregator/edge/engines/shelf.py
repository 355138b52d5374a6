"""Joins keys and finds components with numpy, in memory; the shelf of the `memory` engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from aggregator.core import components, fingerprint, template
from aggregator.core.pages import band_columns

CHUNK = 1 << 18  # pairs handed on at once


class Shelf(Protocol):
    """What an engine needs of its tables: the joins that text alone does not answer."""

    def add_sentences(self, rows: Any) -> None:
        """Rows of outlet, key and place."""

    def repeated(self, least: int) -> tuple[Any, Iterator[tuple[int, int, list[int]]]]:
        """Sentences that are template for certain, as rows of outlet and key; and the doubtful."""

    def add_keys(self, places: Any, signatures: Any, samples: Any, owners: Any) -> None:
        """Signatures of holders, and sampled shingles, each with the place of its text."""

    def candidates(self, sizes: Any) -> Iterator[Any]:
        """Pairs of places to be compared, the lower one first, in order; `sizes` in shingles."""

    def components(self, edges: Any) -> Iterator[list[int]]:
        """Connected components of two places and more."""

    def close(self) -> None:
        """Let everything go."""


def needed(most: int) -> Any:
    """Samples two texts need in common, by the shingles of the shorter one."""
    import numpy as np

    return np.array([fingerprint.samples_needed(n, n) for n in range(most + 1)], dtype=np.int64)


class MemoryShelf:
    """All keys in arrays: some 1.5 kB a text while bands and samples are paired one by one."""

    def __init__(self) -> None:
        self._sentences: list[Any] = []
        self._places: list[Any] = []
        self._signatures: list[Any] = []
        self._samples: list[tuple[Any, Any]] = []

    def add_sentences(self, rows: Any) -> None:
        """Rows of outlet, key and place."""
        self._sentences.append(rows)

    def repeated(self, least: int) -> tuple[Any, Iterator[tuple[int, int, list[int]]]]:
        """Sentences by how many pages of their outlet hold them."""
        import numpy as np

        rows = np.concatenate([np.empty((0, 3), np.int64), *self._sentences])
        self._sentences = []
        rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
        starts, counts = _runs(rows[:, 0], rows[:, 1])
        certain = rows[starts[counts > template.CERTAIN_PAGES], :2]
        chosen = np.flatnonzero((counts >= least) & (counts <= template.CERTAIN_PAGES))
        doubtful = (
            (int(rows[at, 0]), int(rows[at, 1]), rows[at : at + n, 2].tolist())
            for at, n in zip(starts[chosen].tolist(), counts[chosen].tolist(), strict=True)
        )
        return certain, doubtful

    def add_keys(self, places: Any, signatures: Any, samples: Any, owners: Any) -> None:
        """Signatures and sampled shingles of some holders."""
        self._places.append(places.astype(np_int32()))
        self._signatures.append(signatures)
        self._samples.append((samples, owners.astype(np_int32())))

    def candidates(self, sizes: Any) -> Iterator[Any]:
        """Pairs that share a band key or enough samples, as one sorted array in chunks."""
        import numpy as np

        if not self._places:
            return
        count = len(sizes)
        places = np.concatenate(self._places)
        bands = band_columns(np.concatenate(self._signatures))
        found = [np.empty(0, np.int64)]
        for column in bands.T:
            order = np.argsort(column, kind="stable")
            starts, counts = _runs(column[order])
            kept = (counts > 1) & (counts <= fingerprint.KEY_LIMIT)
            a, b = _pairs(places[order], starts[kept], counts[kept])
            found.append(np.unique(a.astype(np.int64) * count + b))
        self._signatures = []
        found.append(self._sampled(sizes, count))
        codes = np.unique(np.concatenate(found))
        for at in range(0, len(codes), CHUNK):
            part = codes[at : at + CHUNK]
            yield np.column_stack([part // count, part % count])

    def _sampled(self, sizes: Any, count: int) -> Any:
        """Codes of pairs with as many samples in common as their lengths ask for."""
        import numpy as np

        keys = np.concatenate([keys for keys, _ in self._samples])
        owners = np.concatenate([owners for _, owners in self._samples])
        self._samples = []
        order = np.lexsort((owners, keys))
        keys, owners = keys[order], owners[order]
        starts, counts = _runs(keys)
        few = (counts > 1) & (counts <= fingerprint.SAMPLE_LIMIT)
        codes = [
            a.astype(np.int64) * count + b
            for a, b in (
                _pairs(owners, starts[few], counts[few]),
                # Of a crowded key the first texts are partners of all.
                _crowded(owners, starts, counts),
            )
        ]
        pairs, shared = np.unique(np.concatenate(codes), return_counts=True)
        enough = needed(int(sizes.max()))
        short = np.minimum(sizes[pairs // count], sizes[pairs % count])
        return pairs[shared >= enough[short]]

    def components(self, edges: Any) -> Iterator[list[int]]:
        """Connected components by union and find."""
        import numpy as np

        nodes: Iterable[int] = np.unique(edges).tolist()
        yield from components.components(nodes, edges.tolist())

    def close(self) -> None:
        """Nothing is held open."""


def np_int32() -> Any:
    """Places fit 32 bits: two thousand million texts are not kept in memory."""
    import numpy as np

    return np.int32


def _runs(*columns: Any) -> tuple[Any, Any]:
    """Starts and lengths of runs of equal rows in columns sorted together."""
    import numpy as np

    if not len(columns[0]):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    new = np.ones(len(columns[0]), dtype=bool)
    new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    starts = np.flatnonzero(new)
    return starts, np.diff(np.append(starts, len(columns[0])))


def _pairs(owners: Any, starts: Any, counts: Any) -> tuple[Any, Any]:
    """Every two owners of a run, the lower first; runs of one length are taken together."""
    import numpy as np

    firsts, seconds = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for size in np.unique(counts).tolist():
        members = owners[starts[counts == size][:, None] + np.arange(size)]
        left, right = np.triu_indices(size, 1)
        firsts.append(members[:, left].ravel())
        seconds.append(members[:, right].ravel())
    a, b = np.concatenate(firsts), np.concatenate(seconds)
    return np.minimum(a, b), np.maximum(a, b)


def _crowded(owners: Any, starts: Any, counts: Any) -> tuple[Any, Any]:
    import numpy as np

    firsts, seconds = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for at in np.flatnonzero(counts > fingerprint.SAMPLE_LIMIT).tolist():
        members = owners[starts[at] : starts[at] + counts[at]]
        for number in range(fingerprint.SAMPLE_FIRST):
            rest = members[number + 1 :]
            firsts.append(np.full(len(rest), members[number]))
            seconds.append(rest)
    return np.concatenate(firsts), np.concatenate(seconds)
