"""A shelf of an index of keys: sorted runs that are merged as they grow; knows no text."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aggregator.core.bloom import Bloom
from aggregator.core.entries import MOST_ROWS, ROW_BITS, firsts, keys_of, merge, none, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.core.entries import Rows, Words

    Range = tuple[Words, Rows, Rows]  # a run, and from where to where in it for each key asked

# Most entries of the newest run, and of the middle one as a share of the oldest. A merge costs
# 2 ns an entry and a search 50 to 300 ns, by how much of the run is in the processor's caches.
NEWEST = 1 << 16
MIDDLE_SHARE = 8
EVEN = 1 << 17  # entries: longer runs are searched from a guess
SEEN_BITS = 8  # an entry at least, twice as many at most: 1 to 4 % of new keys are searched for


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Words whose keys others hold too, how many entries each has, and where in which run."""

    words: Words
    held: Rows
    runs: list[Range]


@dataclass(slots=True)
class Shelf:
    """A part of all entries in three sorted runs: the oldest holds most of them."""

    oldest: Words = field(default_factory=none)
    middle: Words = field(default_factory=none)
    newest: Words = field(default_factory=none)
    seen: Bloom = field(default_factory=lambda: Bloom(128, bits=SEEN_BITS))

    @property
    def nbytes(self) -> int:
        """Bytes that the entries and their bits take."""
        return sum(part.nbytes for part in (self.oldest, self.middle, self.newest, self.seen))

    @property
    def entries(self) -> int:
        """How many entries it has."""
        return len(self.oldest) + len(self.middle) + len(self.newest)

    def load(self, words: Words) -> None:
        """Take the first entries, many at once, in any order."""
        words.sort()
        self.oldest = words
        self._mark(words)

    def add(self, words: Words, clean: Callable[[Words], Words]) -> None:
        """Take sorted entries; `clean` leaves out what nobody holds any more, at large merges."""
        self.newest = merge(self.newest, words)
        if len(self.newest) > NEWEST:
            self.middle, self.newest = merge(self.middle, self.newest), none()
            if len(self.middle) > max(4 * NEWEST, len(self.oldest) // MIDDLE_SHARE):
                self.oldest = merge(clean(self.oldest), clean(self.middle))
                self.middle = none()
        self._mark(words)

    def give_up(self, row: int) -> Words:
        """Forget the entries of rows before this one; these are given."""
        import numpy as np

        given = []
        for name in ("oldest", "middle", "newest"):
            run = getattr(self, name)
            old = rows_of(run) < row
            given.append(run[old])
            setattr(self, name, run[~old])
        return np.concatenate(given)

    def _mark(self, words: Words) -> None:
        """Note sorted entries as seen; all anew when more were noted than there are bits for."""
        if self.seen.keys + len(words) <= self.seen.room:
            self.seen.put(words)
            return
        # Half as many more before it is done again: also of those that went bits are still on.
        self.seen = Bloom(self.entries * 3 // 2, bits=SEEN_BITS)
        for run in (self.oldest, self.middle, self.newest):
            self.seen.put(run)

    def shared(self, words: Words, *, new: bool) -> Shared:
        """Of sorted words those whose keys have other entries, here or among them.

        `new` says that none of the words is here yet, else all of them are.
        """
        import numpy as np

        keys = keys_of(words)
        maybe = self.seen.may_hold(words).nonzero()[0]
        runs = [
            (run, *_find(run, keys[maybe]))
            for run in (self.oldest, self.middle, self.newest)
            if len(run) and len(maybe)
        ]
        held = sum((end - start for _, start, end in runs), np.zeros(len(maybe), np.int64))
        if not new:
            more = (held > 1).nonzero()[0]
            return Shared(words=words[maybe[more]], held=held[more], runs=_only(runs, more))
        first = firsts(keys)
        counts = np.empty_like(first)
        np.subtract(first[1:], first[:-1], out=counts[:-1])
        counts[-1:] = len(keys) - first[-1:]
        own = np.repeat(counts, counts)
        total = own.copy()
        total[maybe] += held
        chosen = (total > 1).nonzero()[0]
        among = np.searchsorted(maybe, chosen)
        known = np.append(maybe, -1)[among] == chosen
        starts = np.repeat(first, counts)[chosen]
        return Shared(
            words=words[chosen],
            held=total[chosen],
            runs=[
                *_only(runs, np.where(known, among, -1)),
                (words, starts, starts + own[chosen]),
            ],
        )


def _only(runs: list[Range], chosen: Rows) -> list[Range]:
    """The ranges of those chosen; an empty one where the number is -1."""
    import numpy as np

    return [
        (run, np.append(start, 0)[chosen], np.append(end, 0)[chosen]) for run, start, end in runs
    ]


def _find(run: Words, keys: Words) -> tuple[Rows, Rows]:
    """From where to where each key stands in a run; both are sorted."""
    import numpy as np

    low = keys << np.uint64(ROW_BITS)
    starts = _lower(run, low)
    held = (keys_of(run.take(starts, mode="clip")) == keys) & (starts < len(run))
    ends = starts + held
    again = (held & (ends < len(run))).nonzero()[0]
    again = again[keys_of(run[ends[again]]) == keys[again]]
    if len(again):
        ends[again] = run.searchsorted(low[again] | np.uint64(MOST_ROWS - 1), "right")
    return starts, ends


def _lower(run: Words, low: Words) -> Rows:
    """Where each of some numbers would stand in a sorted run.

    In a long run a binary search waits for memory at every step. Keys are spread evenly, so a
    place is known but for some roots of the length, and from there all are searched side by side.
    """
    import numpy as np

    if len(run) < EVEN:
        return run.searchsorted(low)
    place = ((low >> np.uint64(32)) * np.uint64(len(run)) >> np.uint64(32)).astype(np.int64)
    reach = 2 * math.isqrt(len(run))  # four standard deviations
    left, right = np.maximum(place - reach, 0), np.minimum(place + reach, len(run) - 1)
    outside = (run[left] >= low) | (run[right] < low)
    for _ in range((2 * reach).bit_length()):
        middle = (left + right) >> 1
        less = run[middle] < low
        left = np.where(less, middle + 1, left)
        right = np.where(less, right, middle)
    if outside.any():  # crowds push their neighbours away
        right[outside] = run.searchsorted(low[outside])
    return right
