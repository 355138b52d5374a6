"""Entries of an index of keys as sorted numbers; must not know what a key stands for.

A word is 41 bits of a mixed key above 23 bits of the row that holds it: 8 bytes an entry, found by
binary search, merged by a sort that sees two runs. Each shelf takes a quarter of the keys by two
more of their bits (of two, four and eight shelves four took least, by a tenth). So 43 bits of a key
count: among the 64 bands and as many samples of 12,288 texts a question meets a foreign key with a
chance of 1 in 43,000 (128 keys x 12,288 x 128 / 2**43), and comparing the texts refuses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Rows = NDArray[np.int64]

ROW_BITS = 23
MOST_ROWS = 1 << ROW_BITS
SHELF_BITS = 2
SHELVES = 1 << SHELF_BITS
_RADIX_BITS = 16  # numpy sorts numbers of so many bits by radix, longer ones never


def mix(keys: Words, salt: int | Words) -> Words:
    """Keys of one kind spread evenly, and apart from those of another: splitmix64's finaliser."""
    import numpy as np

    mixed = keys + np.asarray(salt, dtype=np.uint64)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def split(keys: Words, rows: Any) -> list[Words]:
    """Mixed keys with their rows as the sorted words of each shelf."""
    import numpy as np

    # By radix after the first bits, then by timsort, which finds little left to do: half the
    # time of numpy's quicksort, whose AVX-512 kernel is slow on Zen 4, and no worse elsewhere.
    places = (keys >> np.uint64(64 - _RADIX_BITS)).astype(np.uint16)
    words = keys << np.uint64(SHELF_BITS)
    words >>= np.uint64(ROW_BITS)
    words <<= np.uint64(ROW_BITS)
    words |= rows.astype(np.uint64)
    order = np.argsort(places, kind="stable")
    ends = np.searchsorted(places[order], np.arange(1, SHELVES) << (_RADIX_BITS - SHELF_BITS))
    parts = np.split(words[order], ends)
    for part in parts:
        part.sort(kind="stable")
    return parts


def mixed_of(words: Words, shelf: int) -> Words:
    """What is left of the mixed keys in the words of a shelf: their upper 43 bits."""
    import numpy as np

    upper = (words >> np.uint64(ROW_BITS)) << np.uint64(ROW_BITS - SHELF_BITS)
    return upper | np.uint64(shelf << (64 - SHELF_BITS))


def keys_of(words: Words) -> Words:
    """The key's part of words."""
    import numpy as np

    return words >> np.uint64(ROW_BITS)


def rows_of(words: Words) -> Rows:
    """The rows of words."""
    import numpy as np

    return (words & np.uint64(MOST_ROWS - 1)).astype(np.int64)


def merge(a: Words, b: Words) -> Words:
    """Two sorted runs as one."""
    import numpy as np

    if not len(a):
        return b
    merged = np.concatenate((a, b))
    merged.sort(kind="stable")  # timsort: two runs are merged, at a third of a whole sort's cost
    return merged


def none() -> Words:
    """No entries."""
    import numpy as np

    return np.empty(0, dtype=np.uint64)


def firsts(values: Any) -> Rows:
    """Where each run of equal values begins; written out, because `diff` takes three times that."""
    import numpy as np

    begins = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=begins[1:])
    return begins.nonzero()[0]
