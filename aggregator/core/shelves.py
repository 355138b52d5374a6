"""All shelves of one kind of key, and who shares a key by them; must not know what a text is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.core import entries
from aggregator.core.shelf import Shared, Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.core.entries import Rows, Words

    Sharing = tuple[list[Rows], list[Rows]]  # rows that ask, and the row that shares a key with it


class Shelves:
    """Entries of one kind of key, a part of them on each shelf."""

    def __init__(self) -> None:
        """Shelves without entries."""
        self._shelves = [Shelf() for _ in range(entries.SHELVES)]

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays take."""
        return sum(one.nbytes for one in self._shelves)

    def load(self, parts: list[list[Words]]) -> None:
        """Take the first entries, batches of them for each shelf; these are emptied."""
        import numpy as np

        for one, part in zip(self._shelves, parts, strict=True):
            if part:
                one.load(np.concatenate(part))
                part.clear()  # at once: else all would be held twice

    def add(self, words: list[Words], clean: Callable[[Words], Words]) -> None:
        """Take sorted entries for each shelf; `clean` as `Shelf.add` has it."""
        for one, some in zip(self._shelves, words, strict=True):
            if len(some):
                one.add(some, clean)

    def give_up(self, row: int, held: Callable[[Rows], Rows]) -> Iterator[Words]:
        """Forget the entries of rows before this one: their mixed keys, shelf by shelf.

        Only of rows that are `held`, a mask.
        """
        for at, one in enumerate(self._shelves):
            given = one.give_up(row)
            yield entries.mixed_of(given[held(entries.rows_of(given))], at)

    def shared(
        self, words: list[Words], limit: int, first: Callable[[Rows], Rows], *, new: bool
    ) -> Sharing:
        """Who asks and who shares a key, once for each key, oneself included.

        Of a key that more than `limit` entries have, `first` says which rows answer. `new` says
        that none of the words is here yet, else all of them are.
        """
        import numpy as np

        askers: list[Rows] = []
        others: list[Rows] = []
        for one, some in zip(self._shelves, words, strict=True):
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
                near = first(entries.rows_of(np.concatenate(held)))
                others.append(np.tile(near, len(crowd)))
                askers.append(np.repeat(asking[crowd], len(near)))
        return askers, others


def _same_keys(shared: Shared, places: Rows) -> list[Rows]:
    """Those places apart by their keys; they are in order of keys."""
    import numpy as np

    if not len(places):
        return []
    return np.split(places, entries.firsts(entries.keys_of(shared.words[places]))[1:])
