"""An index in memory that proposes as the store's tables do, for measuring at any size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aggregator.core import fingerprint

Keys = NDArray[np.int64]
Places = NDArray[np.int32]
ONE_BAND = np.int64(0x1E3779B97F4A7C15)  # keeps equal values of different bands apart


def band_keys(keys: Sequence[int]) -> Keys:
    """(band, key) pairs as single numbers."""
    found = np.array(keys, dtype=np.int64)
    return found ^ (np.arange(1, len(found) + 1, dtype=np.int64) * ONE_BAND)


@dataclass
class Shelf:
    """Keys of texts; two texts with enough keys in common are candidates of each other.

    Of a key that more than `limit` texts hold only the `first` of them are proposed.
    """

    limit: int
    first: int = 0
    needed: Callable[[int, int], int] = lambda shingles, others: 1
    sizes: list[int] = field(default_factory=list)  # shingles of each text
    keys_of: list[Keys] = field(default_factory=list)
    keys: Keys = field(default_factory=lambda: np.empty(0, np.int64))
    texts: Places = field(default_factory=lambda: np.empty(0, np.int32))

    def add(self, keys: Sequence[int] | Keys, shingles: int) -> None:
        """The keys of the next text and its length in shingles."""
        self.keys_of.append(np.asarray(keys, dtype=np.int64))
        self.sizes.append(shingles)

    def sort(self) -> None:
        """Make all texts so far ready to be asked."""
        flat = np.concatenate([*self.keys_of, np.empty(0, np.int64)])
        order = np.argsort(flat, kind="stable")
        self.keys = flat[order]
        counts = [len(keys) for keys in self.keys_of]
        self.texts = np.repeat(np.arange(len(counts), dtype=np.int32), counts)[order]

    def ask(self, text: int) -> set[int]:
        """The candidates of a text."""
        mine = self.keys_of[text]
        low = np.searchsorted(self.keys, mine, "left")
        held = np.searchsorted(self.keys, mine, "right") - low
        asked = np.where(held <= self.limit, held, self.first)
        shared = [
            self.texts[start : start + count]
            for start, count, all_of_it in zip(
                low.tolist(), asked.tolist(), held.tolist(), strict=True
            )
            if all_of_it > 1
        ]
        if not shared:
            return set()
        found, counts = np.unique(np.concatenate(shared), return_counts=True)
        return {
            other
            for other, count in zip(found.tolist(), counts.tolist(), strict=True)
            if other != text and count >= self.needed(self.sizes[text], self.sizes[other])
        }


def store_shelves() -> tuple[Shelf, Shelf]:
    """Empty shelves for bands and for samples, by the rules of the store."""
    return (
        Shelf(fingerprint.KEY_LIMIT),
        Shelf(fingerprint.SAMPLE_LIMIT, fingerprint.SAMPLE_FIRST, fingerprint.samples_needed),
    )
