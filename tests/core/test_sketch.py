"""Every way to a sketch gives one set of values: datasketch's, of hashes that anybody can redo."""

from __future__ import annotations

import itertools
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core import compiled, fingerprint, hashing, minhash, sketch, text, units
from aggregator.core.compiled import Kernels
from tests.core import wires

# The compiled loops where numba is installed; numpy everywhere.
PATHS: dict[str, Kernels | None] = {"numpy": None}
if (loaded := compiled.load()) is not None:
    PATHS["compiled"] = loaded
MASK = (1 << 64) - 1

# Every kind that a way may have to leave to another: signs, marks, jamo, mixed scripts, scripts
# without spaces, letters that become several, other planes, half characters.
LETTERS = st.sampled_from(
    "abAB19 .,\u2019\u201c\u2026éÜßﬁ½İſ\u0301\u00ad\u0130жаЖёσςΑοάអアー東京한\u1100\u1161\u11a8"
    "שלוםפً\U00010400\U00020bb7😀\ufffd\n\tａ９²"
)
BODIES = st.one_of(
    st.text(LETTERS, max_size=200),
    st.text(st.characters(codec="utf-8"), max_size=80),
    st.text(st.sampled_from("ab \u2019é"), max_size=400),
    st.builds(lambda seed: wires.join(wires.invent(seed, 40 + seed)), st.integers(0, 300)),
    st.sampled_from([side for pair in wires.SCRIPTS.values() for side in pair]),
)


def _hash_token(token: bytes) -> int:
    value = 0
    for character in token.decode("utf-8", "surrogatepass"):
        value = (value * hashing.CHARACTER + ord(character)) & MASK
    return value ^ (value >> 32)


def _hash_shingle(shingle: bytes) -> int:
    """The recipe's hash of a shingle, its tokens parted by spaces, one step after another."""
    value = 0
    for token in shingle.split(b" "):
        value = (value * hashing.TOKEN + _hash_token(token)) & MASK
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        value = ((value ^ (value >> shift)) * factor) & MASK
    return value ^ (value >> 31)


def _shingles_of(body: str) -> list[bytes]:
    tokens = text.tokens(body)
    size = text.SHINGLE_TOKENS
    return [
        " ".join(tokens[at : at + size]).encode("utf-8", "surrogatepass")
        for at in range(len(tokens) - size + 1)
    ]


def _datasketch(shingles: list[bytes]) -> list[int]:
    """The plain way: datasketch itself, fed with the shingles as bytes and the recipe's hash."""
    from datasketch import MinHash

    plain = MinHash(
        num_perm=minhash.PERMUTATIONS, seed=minhash.SEED, scheme="affine32",
        hashfunc=lambda shingle: _hash_shingle(shingle) >> 32,
    )  # fmt: skip
    plain.update_batch(shingles)
    values: list[int] = plain.hashvalues.tolist()
    return values


@pytest.mark.parametrize("path", PATHS)
@settings(deadline=None, max_examples=120)
@given(body=BODIES)
def test_every_path_gives_datasketchs_values(path: str, body: str) -> None:
    plain = _shingles_of(body)
    for made in (
        sketch.sketch_text(body, PATHS[path]),
        sketch.sketch_tokens(text.tokens(body), PATHS[path]),
    ):
        assert sorted(made.shingles.tolist()) == sorted({_hash_shingle(one) for one in plain})
        assert made.signature.tolist() == _datasketch(plain)
        assert (made.shingles.dtype, made.signature.dtype) == (np.uint64, np.uint32)


@pytest.mark.parametrize("path", PATHS)
@settings(deadline=None, max_examples=100)
@given(hashes=st.lists(st.integers(0, 40) | st.integers(0, MASK), max_size=200))
def test_every_path_keeps_each_hash_once_and_finds_its_minima(path: str, hashes: list[int]) -> None:
    given_hashes = np.array(hashes, dtype=np.uint64)
    kernels = PATHS[path]
    if kernels is None:
        kept, signature = hashing.distinct(given_hashes), minhash.sign(given_hashes)
    else:
        room = given_hashes.copy()
        kept = room[: kernels.keep_distinct(room, len(room))]
        signature = np.empty(minhash.PERMUTATIONS, dtype=np.uint32)
        kernels.find_minima(given_hashes, len(hashes), *minhash.permutations(), signature)
    assert sorted(kept.tolist()) == sorted(set(hashes))
    assert signature.tolist() == minhash.sign(np.array(sorted(set(hashes)), np.uint64)).tolist()


def test_long_texts_go_past_the_kept_powers() -> None:
    words = wires.words("long", 20_000)
    body = " ".join(words)
    assert len(body) > hashing.KEPT_POWERS
    expected = [_hash_token(word.encode()) for word in words]
    assert hashing.hash_tokens(words).tolist() == expected
    for kernels in PATHS.values():
        made = sketch.sketch_text(body, kernels)
        assert np.sort(made.shingles).tolist() == text.shingles(words).tolist()


def test_a_character_becomes_what_it_becomes_in_any_text() -> None:
    table = units.text_table()
    folded = [code for code in range(0x10000) if table[code] & units.LOOK != units.LOOK]
    assert len(folded) > 15_000
    wrong = []
    for code in folded:
        body = f"ab{chr(code)}cd {chr(code)} é{chr(code)}"
        entries = [table[ord(c)] for c in body]
        if any(e & units.OTHER for e in entries):  # may pass for another script
            body = f"{chr(code)} {chr(code)}{chr(code)}"
        found = "".join(chr(table[ord(c)] & 0xFFFF or 32) for c in body).split()
        if found != text.tokens(body):
            wrong.append(body)
    assert wrong == []


def test_what_hangs_on_its_neighbours_is_looked_at() -> None:
    table = units.text_table()
    for character in "\u0301ßİ½東アกً\u1161\u00ad\u200dक":
        assert table[ord(character)] & units.LOOK == units.LOOK
    for character, folded in {"A": "a", "É": "é", "\u2019": "\0", "Ж": "ж", "한": "한"}.items():
        assert table[ord(character)] & 0xFFFF == ord(folded)


@pytest.mark.parametrize("path", PATHS)
def test_letters_that_become_others_wherever_they_stand_take_the_short_way(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = (
        "Die gro\u00dfe Stra\u00dfe zum Ha\u00adfen ist seit \u00bd zehn gesperrt, hei\u00dft es",
        "\u0130zmir ve \u0130stanbul i\u00e7in ya\u011f\u0131\u015f yap\u0131ld\u0131",
    )
    expected = [sorted(text.shingles(text.tokens(body)).tolist()) for body in bodies]

    def refuse(_: str) -> list[str]:
        raise AssertionError("the long way")

    monkeypatch.setattr(text, "tokens", refuse)
    for body, shingles in zip(bodies, expected, strict=True):
        assert sorted(sketch.sketch_text(body, PATHS[path]).shingles.tolist()) == shingles
        assert len(shingles) > 1


def test_a_stand_in_that_a_text_holds_itself_is_looked_at() -> None:
    body = "\u0130zmir\ue000 ve \u0130stan\ue000bul bugün yeniden yağış bekliyor deniyor"
    for kernels in PATHS.values():
        made = sketch.sketch_text(body, kernels)
        assert sorted(made.shingles.tolist()) == text.shingles(text.tokens(body)).tolist()


def test_a_signature_is_that_of_the_fingerprint() -> None:
    for body in (wires.join(wires.DAM), "", *(pair[0] for pair in wires.SCRIPTS.values())):
        signature = fingerprint.signature_of(body)
        assert signature.astype("<u4").tobytes() == fingerprint.fingerprint(body).signature


@pytest.fixture
def unloaded(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The state of a program that has made no sketch and loaded nothing."""
    monkeypatch.setattr(sketch, "_made", itertools.count(1))
    cached = (compiled.load, sketch._load)
    for one in cached:
        one.cache_clear()
    yield monkeypatch
    for one in cached:
        one.cache_clear()


def test_the_compiler_is_loaded_when_it_is_worth_it(unloaded: pytest.MonkeyPatch) -> None:
    unloaded.setattr(sketch, "WORTH_LOADING", 2)
    unloaded.setattr(compiled, "load", lambda: "loaded")
    assert [sketch.when_worth() for _ in range(4)] == [None, None, "loaded", "loaded"]


def test_without_numba_all_goes_on_in_numpy(unloaded: pytest.MonkeyPatch) -> None:
    unloaded.setitem(sys.modules, "numba", None)
    unloaded.setattr(sketch, "WORTH_LOADING", 0)
    assert sketch.when_worth() is None
    assert fingerprint.fingerprint(wires.join(wires.DAM)).shingles > 300


def test_where_nothing_can_be_kept_it_compiles_each_time(unloaded: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, bool]] = []

    def njit(**options: bool) -> Any:
        asked.append(options)
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    unloaded.setitem(sys.modules, "numba", SimpleNamespace(njit=njit))
    made = compiled.load()
    assert made is not None
    assert made.make_sketch is compiled._make_sketch
    assert not any(options.get("cache") for options in asked[1:])
