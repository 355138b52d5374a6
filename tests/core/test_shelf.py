"""A shelf finds what a plain list would, through all its runs, bits and guesses."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core import entries, shelf
from aggregator.core.entries import ROW_BITS
from aggregator.core.shelf import Shelf

KEYS = st.integers(0, 6) | st.integers(0, (1 << 41) - 1)
BATCHES = st.lists(st.lists(KEYS, max_size=40), min_size=1, max_size=8)


def _words(keys: list[int], first: int) -> entries.Words:
    found = [key << ROW_BITS | first + at for at, key in enumerate(keys)]
    return np.array(sorted(found), dtype=np.uint64)


def _answers(found: shelf.Shared) -> dict[int, tuple[int, ...]]:
    """By word, the rows that hold its key."""
    return {
        word: tuple(
            sorted(
                row
                for run, starts, ends in found.runs
                for row in entries.rows_of(run[starts[at] : ends[at]]).tolist()
            )
        )
        for at, word in enumerate(found.words.tolist())
    }


@settings(deadline=None, max_examples=150)
@given(BATCHES, st.booleans())
def test_a_shelf_finds_what_a_list_would(batches: list[list[int]], loaded: bool) -> None:
    with pytest.MonkeyPatch.context() as small:
        for name, value in {"NEWEST": 9, "EVEN": 20, "SEEN_BITS": 2}.items():
            small.setattr(shelf, name, value)
        one, held, row = Shelf(), dict[int, list[int]](), 0
        for number, keys in enumerate(batches):
            words = _words(keys, row)
            for at, key in enumerate(keys, row):
                held.setdefault(key, []).append(at)
            row += len(keys)
            expected = {
                word: tuple(held[word >> ROW_BITS])
                for word in words.tolist()
                if len(held[word >> ROW_BITS]) > 1
            }
            if loaded and number == 0:
                one.load(words)
            else:
                found = one.shared(words, new=True)
                assert _answers(found) == expected
                assert found.held.tolist() == [len(rows) for rows in expected.values()]
                one.add(words, lambda some: some)
            assert _answers(one.shared(words, new=False)) == expected


@pytest.mark.parametrize("crowd", [0, 30_000])
def test_a_long_run_is_searched_from_a_guess(crowd: int) -> None:
    random = np.random.default_rng(crowd)
    run = random.integers(0, 1 << 64, shelf.EVEN + 5, dtype=np.uint64)
    run[:crowd] = run[0]
    run.sort()
    asked = np.concatenate(
        (
            run[::97],
            random.integers(0, 1 << 64, 999, dtype=np.uint64),
            np.array([0, 2**64 - 1], "u8"),
        )
    )
    assert np.array_equal(shelf._lower(run, asked), run.searchsorted(asked))


def test_keys_are_spread_over_shelves_and_kept_apart_by_kind() -> None:
    keys = np.arange(8000, dtype=np.uint64) * np.uint64(8)
    mixed = [entries.mix(keys, salt) for salt in (1, 2)]
    assert len(np.intersect1d(*mixed)) == 0
    split = entries.split(mixed[0], np.arange(8000))
    assert len(split) == entries.SHELVES
    assert min(map(len, split)) > 800
    assert all((words[1:] > words[:-1]).all() for words in split)
    rows = Counter(row for words in split for row in entries.rows_of(words).tolist())
    assert rows == Counter(range(8000))
