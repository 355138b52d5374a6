"""Proposes the texts that share keys with a text, the newest from memory; reads no database.

The keys of the newest texts are on shelves. Those of older ones left a filter behind, and a key
that passes it is looked up where all keys are kept, by what the caller hands in; so the answers are
those of the tables, and a program that runs for years does not grow with them.

The rules are those of the store's tables: a band key that more than `KEY_LIMIT` texts hold
proposes nothing, of a sample that more than `SAMPLE_LIMIT` hold the first few are looked at, and
samples in common count from as many on as the shorter text asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from aggregator.core import entries, fingerprint
from aggregator.core.bloom import Bloom
from aggregator.core.shelves import Shelves

if TYPE_CHECKING:
    from aggregator.core.entries import Rows, Words
    from aggregator.core.keys import Keys, Split, Which
    from aggregator.core.shelves import Sharing

# Given keys of bands (band, key), or samples (None, key): the articles that each proposes by all
# that is stored. A key that only one text holds may be left out.
Stored = tuple[int | None, int]
Lookup = Callable[[Sequence[Stored]], Mapping[Stored, Sequence[int]]]

HOT = 1 << 13  # texts on the shelves at least, half as many more at most: 16 MB
KEYS = 140  # of a text of 600 words: 64 bands, 75 samples
# Bits a key of an older text at least, twice as many at most: of a new text's 140 keys .2 to 1.7
# pass and are looked up for nothing, at some 8 us each.
COLD_BITS = 12
COLD_MOST = 1 << 25  # numbers: 256 MB, which 1,200,000 texts fill; with more, more keys pass


class HotIndex:
    """Texts by article; a text that is made again gets another row."""

    def __init__(self, texts: int = 0) -> None:
        """An index of no text yet, with room for so many and a quarter more."""
        import numpy as np

        self.rows = 0  # given out; those of texts that went are not used again
        self.hot = 0  # the first row whose keys are on the shelves
        self.gone = 0
        self._articles = np.zeros(1024, dtype=np.int64)  # by row
        self._sizes = np.zeros(1024, dtype=np.int64)  # in shingles
        self._alive = np.zeros(1024, dtype=bool)
        self._row_of = np.full(1024, -1, dtype=np.int32)  # by article
        self._bands, self._samples = Shelves(), Shelves()
        room = max(texts * 5 // 4, 4 * HOT)
        self._cold = Bloom(room * KEYS, bits=COLD_BITS, most=COLD_MOST)

    def __len__(self) -> int:
        return self.rows - self.gone

    def has_room(self, texts: int) -> bool:
        """Whether so many more can be taken, or taken again."""
        cold = self._cold
        return self.rows + texts <= entries.MOST_ROWS and (cold.full or cold.keys <= cold.room)

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays take."""
        tables = (self._articles, self._sizes, self._alive, self._row_of)
        kept = (*tables, self._bands, self._samples, self._cold)
        return sum(each.nbytes for each in kept)

    def remove(self, articles: Sequence[int]) -> None:
        """Forget these texts; their entries go at the next large merges."""
        rows = self._rows_of(articles)
        rows = rows[rows >= 0]
        self._alive[rows] = False
        self._row_of[self._articles[rows]] = -1
        self.gone += len(rows)

    def load(
        self, batches: Iterable[tuple[Sequence[int], Sequence[int], Keys]], *, hot: int
    ) -> None:
        """Fill an empty index with (articles, shingles, keys), in order of article; fast.

        Batches before that of the article `hot` leave only their mark in the filter.
        """
        parts: list[list[list[Words]]] = [[[] for _ in range(entries.SHELVES)] for _ in range(2)]
        for articles, sizes, keys in batches:
            rows = self._place(articles, sizes)
            if articles and articles[-1] < hot:
                keys.put_into(self._cold)
                self.hot = self.rows
                continue
            for part, words in zip(parts, keys.split(rows), strict=True):
                for at, some in enumerate(words):
                    part[at].append(some.copy())  # a view would keep those of all shelves
        self._bands.load(parts[0])
        self._samples.load(parts[1])

    def add(self, articles: Sequence[int], sizes: Sequence[int], keys: Keys) -> None:
        """Take texts with their lengths in shingles; none of them may be here."""
        self._keep(keys.split(self._place(articles, sizes)))

    def add_asking(
        self, articles: Sequence[int], sizes: Sequence[int], keys: Keys, lookup: Lookup
    ) -> dict[int, list[int]]:
        """The same, and their candidates, each other included: of two new texts both ways."""
        rows = self._place(articles, sizes)
        words = keys.split(rows)
        found = self._candidates(articles, rows, keys, words, lookup, new=True)
        self._keep(words)
        return found

    def ask(self, articles: Sequence[int], keys: Keys, lookup: Lookup) -> dict[int, list[int]]:
        """The candidates of texts that are here, in order of id; `keys` are theirs."""
        rows = self._rows_of(articles)
        return self._candidates(articles, rows, keys, keys.split(rows), lookup, new=False)

    def _keep(self, words: Split) -> None:
        self._bands.add(words[0], self._held)
        self._samples.add(words[1], self._held)
        if self.rows - self.hot >= HOT + HOT // 2:
            row = self.rows - HOT
            for shelves in (self._bands, self._samples):
                for mixed in shelves.give_up(row, lambda rows: self._alive[rows]):
                    self._cold.put(mixed)
            self.hot = row

    def _candidates(
        self,
        articles: Sequence[int],
        rows: Rows,
        keys: Keys,
        words: Split,
        lookup: Lookup,
        *,
        new: bool,
    ) -> dict[int, list[int]]:
        import numpy as np

        bits, mask = np.int64(entries.ROW_BITS), entries.MOST_ROWS - 1
        which = keys.may_be_in(self._cold)
        bands, samples = _without(words, keys.split(rows, which))
        other = self._looked_up(rows, keys, which, lookup)
        limit, many = fingerprint.KEY_LIMIT, fingerprint.SAMPLE_LIMIT
        banded = self._codes(
            self._bands.shared(bands, limit, lambda held: self._first(held, limit, 0), new=new),
            other[0],
        )
        first = fingerprint.SAMPLE_FIRST
        sampled, counts = np.unique(
            self._codes(
                self._samples.shared(
                    samples, many, lambda held: self._first(held, many, first), new=new
                ),
                other[1],
            ),
            return_counts=True,
        )
        least = fingerprint.samples_needed_of(
            self._sizes[sampled >> bits], self._sizes[sampled & mask]
        )
        pairs = np.union1d(banded, sampled[counts >= least])
        asking, found = pairs >> bits, self._articles[pairs & mask]
        starts = np.searchsorted(asking, rows).tolist()
        ends = np.searchsorted(asking, rows, side="right").tolist()
        return {
            article: sorted(found[start:end].tolist()) if end > start else []
            for article, start, end in zip(articles, starts, ends, strict=True)
        }

    def _place(self, articles: Sequence[int], sizes: Sequence[int]) -> Rows:
        """New rows for these texts."""
        import numpy as np

        end = self.rows + len(articles)
        if end > entries.MOST_ROWS:
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

    def _looked_up(self, rows: Rows, keys: Keys, which: Which, lookup: Lookup) -> list[Sharing]:
        """Who asks and who shares a key, of bands and of samples that older texts may hold."""
        import numpy as np

        found: list[Sharing] = []
        both = keys.stored_bands(which), keys.stored_samples(which)
        held = lookup([key for asked in both for _, key in asked])
        for asked in both:
            places: list[int] = []
            others: list[int] = []
            for at, key in asked:
                articles = held.get(key, ())
                places += [at] * len(articles)
                others += articles
            known = self._rows_of(others)
            askers = rows[np.array(places, dtype=np.int64)]
            found.append(([askers[known >= 0]], [known[known >= 0]]))
        return found

    def _codes(self, *sharing: Sharing) -> Rows:
        """Who asks (upper bits) and who shares a key, those that are gone and oneself left out."""
        import numpy as np

        none = entries.rows_of(entries.none())
        askers, others = (
            [none, *(each for one in part for each in one)] for part in zip(*sharing, strict=True)
        )
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


def _without(words: Split, some: Split) -> Split:
    """All words but some of them; both are sorted."""
    import numpy as np

    bands, samples = (
        [
            np.delete(one, np.searchsorted(one, few)) if len(few) else one
            for one, few in zip(*both, strict=True)
        ]
        for both in zip(words, some, strict=True)
    )
    return bands, samples
