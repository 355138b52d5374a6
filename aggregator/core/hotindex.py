"""Proposes the texts that share keys with a text, from memory; reads no database.

The rules are those of the store's tables: a band key that more than `KEY_LIMIT` texts hold
proposes nothing, of a sample that more than `SAMPLE_LIMIT` hold the first few are looked at, and
samples in common count from as many on as the shorter text asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from aggregator.core import entries, fingerprint
from aggregator.core.shelf import Shared, Shelf

if TYPE_CHECKING:
    from aggregator.core.entries import Rows, Words

    Split = tuple[list[Words], list[Words]]  # of bands and of samples, for each shelf

_SAMPLE_SALT = 0x5BF03635F0C8A2D1
_BAND_SALT = 0x9E3779B97F4A7C15  # times the band's number, from 1 on


class Keys:
    """The keys of many texts at once, mixed and ready for the shelves."""

    def __init__(self, signatures: Sequence[bytes], samples: Sequence[bytes]) -> None:
        """Signatures and samples as they are stored: little-endian, of 32 and of 64 bits."""
        import numpy as np

        self.count = len(signatures)
        values = np.frombuffer(b"".join(signatures), dtype="<u4")
        values = values.reshape(self.count, fingerprint.PERMUTATIONS)
        rows = values[:, : fingerprint.BANDS * fingerprint.ROWS].astype(np.uint64)
        keys = (rows[:, 0::2] << np.uint64(32)) | rows[:, 1::2]
        salts = np.arange(1, fingerprint.BANDS + 1, dtype=np.uint64) * np.uint64(_BAND_SALT)
        self.bands = entries.mix(keys, salts).reshape(-1)
        self.samples = entries.mix(np.frombuffer(b"".join(samples), dtype="<u8"), _SAMPLE_SALT)
        self.lengths = np.fromiter(map(len, samples), np.int64, self.count) // 8

    def split(self, rows: Rows) -> Split:
        """The words of bands and of samples for each shelf, when the texts have these rows."""
        import numpy as np

        return (
            entries.split(self.bands, np.repeat(rows, fingerprint.BANDS)),
            entries.split(self.samples, np.repeat(rows, self.lengths)),
        )


class HotIndex:
    """Texts by article, their keys on shelves; a text that is made again gets another row."""

    def __init__(self) -> None:
        """An index of no text."""
        import numpy as np

        self.rows = 0  # given out; those of texts that went are not used again
        self.gone = 0
        self._articles = np.zeros(1024, dtype=np.int64)  # by row
        self._sizes = np.zeros(1024, dtype=np.int64)  # in shingles
        self._alive = np.zeros(1024, dtype=bool)
        self._row_of = np.full(1024, -1, dtype=np.int32)  # by article
        self._bands = [Shelf() for _ in range(entries.SHELVES)]
        self._samples = [Shelf() for _ in range(entries.SHELVES)]

    def __len__(self) -> int:
        return self.rows - self.gone

    def has_room(self, texts: int) -> bool:
        """Whether so many more can be taken, or taken again."""
        return self.rows + texts <= entries.MOST_ROWS

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays take."""
        tables = (self._articles, self._sizes, self._alive, self._row_of)
        shelves = sum(one.nbytes for one in (*self._bands, *self._samples))
        return shelves + sum(table.nbytes for table in tables)

    def remove(self, articles: Sequence[int]) -> None:
        """Forget these texts; their entries go at the next large merges."""
        rows = self._rows_of(articles)
        rows = rows[rows >= 0]
        self._alive[rows] = False
        self._row_of[self._articles[rows]] = -1
        self.gone += len(rows)

    def load(self, batches: Iterable[tuple[Sequence[int], Sequence[int], Keys]]) -> None:
        """Fill an empty index with (articles, shingles, keys); far faster than `add`."""
        import numpy as np

        parts: list[list[list[Words]]] = [[[] for _ in range(entries.SHELVES)] for _ in range(2)]
        for articles, sizes, keys in batches:
            for part, words in zip(parts, keys.split(self._place(articles, sizes)), strict=True):
                for at, some in enumerate(words):
                    part[at].append(some.copy())  # a view would keep those of all shelves
        for shelves, part in zip((self._bands, self._samples), parts, strict=True):
            for at, one in enumerate(shelves):
                if part[at]:
                    one.load(np.concatenate(part[at]))
                    part[at].clear()  # at once: else all would be held twice

    def add(self, articles: Sequence[int], sizes: Sequence[int], keys: Keys) -> None:
        """Take texts with their lengths in shingles; none of them may be here."""
        self._keep(_sorted(keys.split(self._place(articles, sizes))))

    def add_asking(
        self, articles: Sequence[int], sizes: Sequence[int], keys: Keys
    ) -> dict[int, list[int]]:
        """The same, and their candidates, each other included: of two new texts both ways."""
        rows = self._place(articles, sizes)
        words = _sorted(keys.split(rows))
        found = self._candidates(articles, rows, words, new=True)
        self._keep(words)
        return found

    def ask(self, articles: Sequence[int], keys: Keys) -> dict[int, list[int]]:
        """The candidates of texts that are here, in order of id; `keys` are theirs."""
        rows = self._rows_of(articles)
        return self._candidates(articles, rows, _sorted(keys.split(rows)), new=False)

    def _keep(self, words: Split) -> None:
        for shelves, split in zip((self._bands, self._samples), words, strict=True):
            for one, some in zip(shelves, split, strict=True):
                if len(some):
                    one.add(some, self._held)

    def _candidates(
        self, articles: Sequence[int], rows: Rows, words: Split, *, new: bool
    ) -> dict[int, list[int]]:
        import numpy as np

        bits, mask = np.int64(entries.ROW_BITS), entries.MOST_ROWS - 1
        banded = self._shared(self._bands, words[0], fingerprint.KEY_LIMIT, 0, new=new)
        sampled, counts = np.unique(
            self._shared(
                self._samples, words[1], fingerprint.SAMPLE_LIMIT, fingerprint.SAMPLE_FIRST, new=new
            ),
            return_counts=True,
        )
        least = fingerprint.samples_needed_of(
            self._sizes[sampled >> bits], self._sizes[sampled & mask]
        )
        pairs = np.union1d(banded, sampled[counts >= least])
        askers, others = pairs >> bits, self._articles[pairs & mask]
        starts = np.searchsorted(askers, rows).tolist()
        ends = np.searchsorted(askers, rows, side="right").tolist()
        return {
            article: sorted(others[start:end].tolist()) if end > start else []
            for article, start, end in zip(articles, starts, ends, strict=True)
        }

    def _place(self, articles: Sequence[int], sizes: Sequence[int]) -> Rows:
        """New rows for these texts."""
        import numpy as np

        end = self.rows + len(articles)
        if not self.has_room(len(articles)):
            raise OverflowError("more texts than an index has rows for")
        if end > len(self._articles):
            room = max(end, len(self._articles) * 5 // 4)
            for name in ("_articles", "_sizes", "_alive"):
                table = getattr(self, name)
                grown = np.zeros(room, dtype=table.dtype)
                grown[: len(table)] = table
                setattr(self, name, grown)
        highest = max(articles, default=0)
        if highest >= len(self._row_of):
            wider = np.full(max(highest + 1, len(self._row_of) * 5 // 4), -1, dtype=np.int32)
            wider[: len(self._row_of)] = self._row_of
            self._row_of = wider
        rows = np.arange(self.rows, end)
        self._articles[rows] = articles
        self._sizes[rows] = sizes
        self._alive[rows] = True
        self._row_of[np.asarray(articles, dtype=np.int64)] = rows
        self.rows = end
        return rows

    def _rows_of(self, articles: Sequence[int]) -> Rows:
        """The row of each article; -1 of one that is not here."""
        import numpy as np

        asked = np.asarray(articles, dtype=np.int64)
        known = (asked >= 0) & (asked < len(self._row_of))
        return np.where(known, self._row_of[np.where(known, asked, 0)], -1).astype(np.int64)

    def _held(self, words: Words) -> Words:
        """Entries whose texts are still here, once enough have gone to be worth a look."""
        if self.gone * 16 < self.rows:
            return words
        return words[self._alive[entries.rows_of(words)]]

    def _shared(
        self, shelves: list[Shelf], words: list[Words], limit: int, first: int, *, new: bool
    ) -> Rows:
        """Who asks (upper bits) and who shares a key, once for each; of crowds the `first`."""
        import numpy as np

        askers, others = [entries.rows_of(entries.none())], [entries.rows_of(entries.none())]
        for one, some in zip(shelves, words, strict=True):
            if not len(some):
                continue
            shared = one.shared(some, new=new)
            asking = entries.rows_of(shared.words)
            few = np.flatnonzero(shared.held <= limit)
            for run, starts, ends in shared.runs:
                counts = ends[few] - starts[few]
                places = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
                others.append(entries.rows_of(run[np.repeat(starts[few], counts) + places]))
                askers.append(np.repeat(asking[few], counts))
            for crowd in _same_keys(shared, np.flatnonzero(shared.held > limit)):
                held = [run[start[crowd[0]] : end[crowd[0]]] for run, start, end in shared.runs]
                near = self._first(entries.rows_of(np.concatenate(held)), limit, first)
                others.append(np.tile(near, len(crowd)))
                askers.append(np.repeat(asking[crowd], len(near)))
        asked, found = np.concatenate(askers), np.concatenate(others)
        kept = self._alive[found] & (asked != found)
        codes: Rows = asked[kept] << np.int64(entries.ROW_BITS) | found[kept]
        return codes

    def _first(self, rows: Rows, limit: int, first: int) -> Rows:
        """All texts that hold a key, or the first by id where more than `limit` do."""
        import numpy as np

        rows = rows[self._alive[rows]]
        if len(rows) <= limit:
            return rows
        return rows[np.argsort(self._articles[rows])[:first]]


def _sorted(words: Split) -> Split:
    for split in words:
        for some in split:
            some.sort()
    return words


def _same_keys(shared: Shared, places: Rows) -> list[Rows]:
    """Those places apart by their keys; they are in order of keys."""
    import numpy as np

    if not len(places):
        return []
    return np.split(places, entries.firsts(entries.keys_of(shared.words[places]))[1:])
