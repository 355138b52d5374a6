"""Fingerprints: datasketch's values, nothing lost in bytes, nothing compared across recipes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core import fingerprint as prints
from aggregator.core import minhash, text
from aggregator.core.fingerprint import (
    band_keys,
    estimate,
    fingerprint,
    fingerprint_tokens,
    sample_keys,
    sign,
)
from tests.core import wires

HASHES = st.lists(st.integers(0, 2**64 - 1), max_size=300, unique=True)
BODIES = st.integers(0, 500).map(lambda seed: wires.join(wires.invent(seed, 60 + seed)))


def _reference(shingles: text.Shingles) -> list[int]:
    """The signature as datasketch makes it, item by item, with a hash that only hands on."""
    from datasketch import MinHash

    hand_on: Callable[[int], int] = lambda value: value  # noqa: E731
    sketch = MinHash(
        num_perm=prints.PERMUTATIONS, seed=prints.SEED, hashfunc=hand_on, scheme="affine32"
    )
    for shingle in shingles.tolist():
        sketch.update(shingle >> 32)
    values: list[int] = sketch.hashvalues.tolist()
    return values


def test_the_permutations_are_datasketchs() -> None:
    from datasketch import MinHash

    named = {"num_perm": prints.PERMUTATIONS, "seed": prints.SEED, "scheme": "affine32"}
    assert np.array_equal(np.stack(minhash.permutations()), MinHash(**named).permutations)


@settings(max_examples=60, deadline=None)
@given(HASHES)
def test_the_signature_is_datasketchs_value_for_value(hashes: list[int]) -> None:
    shingles = np.array(sorted(hashes), dtype=np.uint64)
    assert sign(shingles).tolist() == _reference(shingles)


@pytest.mark.parametrize("body", [wires.join(wires.DAM), *(p[0] for p in wires.SCRIPTS.values())])
def test_the_signature_of_a_story_is_datasketchs(body: str) -> None:
    shingles = text.shingles(text.tokens(body))
    made = fingerprint(body)
    assert np.frombuffer(made.signature, dtype="<u4").tolist() == _reference(shingles)
    assert made.shingles == len(shingles)


@pytest.mark.parametrize("count", [1, 255, 257, 5_000, 32_769])
def test_the_signature_of_any_length_is_datasketchs(count: int) -> None:
    # The fast path works in blocks that shrink as the text grows, to one permutation in the end.
    hashes = np.random.default_rng(count).integers(0, 2**64, size=count, dtype=np.uint64)
    shingles = np.unique(hashes)
    assert sign(shingles).tolist() == _reference(shingles)


@settings(deadline=None)
@given(HASHES, HASHES)
def test_samples_are_the_same_shingles_in_any_text(one: list[int], other: list[int]) -> None:
    a, b = (np.array(sorted({*part, *one[::2]}), dtype=np.uint64) for part in (one, other))
    both = np.intersect1d(a, b)
    assert set(sample_keys(a)) & set(sample_keys(b)) == set(sample_keys(both))
    assert {key % 2**64 for key in sample_keys(a)} <= set(a.tolist())
    assert all(-(2**63) <= key < 2**63 for key in sample_keys(a))


def test_about_one_shingle_in_eight_is_a_sample() -> None:
    made = fingerprint_tokens(wires.words("long", 8_000))
    assert made.samples
    assert made.shingles / len(made.samples) == pytest.approx(prints.SAMPLE_EVERY, rel=0.15)


def test_a_signature_leaves_the_next_one_alone() -> None:
    empty = np.empty(0, dtype=np.uint64)
    first = sign(empty).tolist()
    sign(text.shingles(text.tokens(wires.join(wires.DAM))))
    assert sign(empty).tolist() == first == _reference(empty)


@settings(deadline=None)
@given(BODIES)
def test_bytes_and_bands_carry_the_whole_signature(body: str) -> None:
    made = fingerprint(body)
    assert len(made.signature) == 4 * prints.PERMUTATIONS
    values = np.frombuffer(made.signature, dtype="<u4")
    assert made.bands == band_keys(values)
    assert len(made.bands) == prints.BANDS
    rows = [[key % 2**64 >> 32, key % 2**32] for key in made.bands]
    assert [value for row in rows for value in row] == values[: 2 * prints.BANDS].tolist()
    assert all(-(2**63) <= key < 2**63 for key in made.bands)


@settings(deadline=None)
@given(BODIES)
def test_the_text_alone_makes_the_fingerprint(body: str) -> None:
    made = fingerprint(body)
    assert made == fingerprint(body.upper()) == fingerprint_tokens(text.tokens(body))
    assert estimate(made, made) == 1.0


def test_a_recipe_names_all_that_must_be_equal() -> None:
    for part in (
        "affine32", f"perm={prints.PERMUTATIONS}", f"seed={prints.SEED}",
        f"bands={prints.BANDS}x{prints.ROWS}", f"shingle={text.SHINGLE_TOKENS}",
        f"text={text.TEXT_VERSION}", f"sample=1/{prints.SAMPLE_EVERY}",
    ):  # fmt: skip
        assert part in prints.RECIPE.split()
    assert fingerprint(wires.join(wires.DAM)).recipe == prints.RECIPE


@pytest.mark.parametrize(
    "change", [("seed=1", "seed=2"), ("affine32", "affine64"), ("perm=128", "perm=256")]
)
def test_other_recipes_are_refused(change: tuple[str, str]) -> None:
    made = fingerprint(wires.join(wires.DAM))
    other = replace(made, recipe=made.recipe.replace(*change))
    assert other.recipe != made.recipe
    for pair in ((made, other), (other, made)):
        with pytest.raises(ValueError, match="different recipes"):
            estimate(*pair)


@pytest.mark.parametrize(
    "body", ["", " \n\t", "...", "Read more", "\u200b", "four words only here"]
)
def test_a_text_without_shingles_matches_nothing(body: str) -> None:
    empty = fingerprint(body)
    assert empty.shingles == 0
    assert empty.bands == empty.samples == ()  # nothing will ever propose it
    assert estimate(empty, empty) == 0.0
    assert estimate(empty, fingerprint(wires.join(wires.DAM))) == 0.0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 200), st.floats(0.1, 0.9))
def test_the_estimate_is_near_the_exact_jaccard(seed: int, share: float) -> None:
    whole = text.tokens(wires.join(wires.invent(seed, 400)))
    part = whole[: round(len(whole) * share)]
    a, b = set(text.shingles(whole).tolist()), set(text.shingles(part).tolist())
    exact = len(a & b) / len(a | b)
    made, other = fingerprint_tokens(whole), fingerprint_tokens(part)
    assert estimate(made, other) == estimate(other, made)
    # Five standard errors of 128 permutations, and one step of rounding.
    assert abs(estimate(made, other) - exact) <= 5 * (exact * (1 - exact) / 128) ** 0.5 + 0.01


def test_bands_propose_what_they_promise() -> None:
    # 64 bands of 2 rows find a pair of Jaccard .3 with probability .998.
    found = 0
    for seed in range(60):
        words = wires.words(seed, 300)
        kept = round((len(words) - 4) * 0.3)
        a = fingerprint_tokens(words)
        b = fingerprint_tokens(words[: kept + 4])
        found += bool({*enumerate(a.bands)} & {*enumerate(b.bands)})
    assert found >= 58
