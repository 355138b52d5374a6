"""A Bloom filter never denies what was put in, and lets few others pass, as many as it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core.bloom import Bloom
from aggregator.core.entries import ROW_BITS

KEYS = st.integers(0, 9) | st.integers(0, (1 << 41) - 1)


@settings(deadline=None)
@given(st.lists(st.lists(KEYS, max_size=60), max_size=6), st.integers(0, (1 << ROW_BITS) - 1))
def test_what_was_put_in_is_never_denied(batches: list[list[int]], row: int) -> None:
    bloom, known = Bloom(1, bits=1), []
    for batch in batches:
        # The lower bits are a row in the words of a shelf: they must not count.
        bloom.put(np.array([key << ROW_BITS | row for key in batch], dtype=np.uint64))
        known += batch
        assert bloom.may_hold(np.array([key << ROW_BITS for key in known], dtype=np.uint64)).all()
    assert bloom.keys == len(known)


def test_an_empty_filter_holds_nothing() -> None:
    keys = np.arange(1000, dtype=np.uint64) << np.uint64(40)
    assert not Bloom(1000, bits=8).may_hold(keys).any()


@pytest.mark.parametrize(("bits", "passing"), [(8, 0.036), (12, 0.013), (24, 0.002)])
def test_few_foreign_keys_pass(bits: int, passing: float) -> None:
    random = np.random.default_rng(bits)
    bloom = Bloom(1 << 18, bits=bits)
    assert bloom.room >= 1 << 18
    bloom.put(random.integers(0, 1 << 64, bloom.room, dtype=np.uint64))
    found = bloom.may_hold(random.integers(0, 1 << 64, 1 << 17, dtype=np.uint64))
    assert 0 < found.mean() < passing


def test_it_grows_to_its_bound_and_no_further() -> None:
    small, large = Bloom(100, bits=8, most=64), Bloom(10_000, bits=8, most=64)
    assert not small.full
    assert large.full
    assert large.nbytes == 8 * 64
