"""Shingles and signature of a text by the fastest way there is here; makes no keys of them.

There are three ways, and a property test holds that all give the same values: compiled loops
where the extra `fast` is installed, numpy over the characters, and numpy over the tokens for
texts that cannot be folded character by character.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from aggregator.core import hashing, minhash, text, units

if TYPE_CHECKING:
    from aggregator.core.compiled import Kernels
    from aggregator.core.hashing import Hashes
    from aggregator.core.minhash import Signature

# Loading numba costs .4 s and saves some .1 ms a text, so a program that makes fewer sketches
# than this is better off without, and one that makes more has lost at most as much again.
WORTH_LOADING = 4000
_made = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What is known of a text's shingles: each distinct one once, in any order; its signature."""

    shingles: Hashes
    signature: Signature


def sketch_text(body: str, kernels: Kernels | None = None) -> Sketch:
    """The sketch of a text as it stands, compiled when `kernels` are given."""
    found = units.units_of(body)
    if found is not None:
        made = _folded(found, kernels)
        if made is None and (spelled := units.spell_out(body, found)) is not None:
            found = units.units_of(spelled)
            made = _folded(found, kernels, spelled=True) if found is not None else None
        if made is not None:
            return made
    return sketch_tokens(text.tokens(body), kernels)


def _folded(found: units.Units, kernels: Kernels | None, *, spelled: bool = False) -> Sketch | None:
    """The sketch of a text folded unit by unit; None when it has to be looked at."""
    if kernels is not None:
        return _compiled(found, units.text_table(spelled=spelled), kernels)
    characters = units.text_characters(spelled=spelled)[found]
    if (
        not len(characters)
        or characters.max() < units.FIRST_OTHER
        or not (units.text_table(spelled=spelled)[found] & units.OTHER).any()
    ):
        return _sketch(hashing.hash_characters(characters))
    return None


def sketch_tokens(tokens: Sequence[str], kernels: Kernels | None = None) -> Sketch:
    """The sketch of a list of tokens, compiled when `kernels` are given."""
    if kernels is not None:
        found = units.units_of(" ".join(tokens))
        if found is not None:
            made = _compiled(found, units.token_table(), kernels)
            if made is not None:
                return made
    return _sketch(hashing.hash_tokens(tokens))


def _sketch(tokens: Hashes) -> Sketch:
    shingles = hashing.distinct(hashing.hash_runs(tokens, text.SHINGLE_TOKENS))
    return Sketch(shingles=shingles, signature=minhash.sign(shingles))


def _compiled(found: units.Units, table: units.Table, kernels: Kernels) -> Sketch | None:
    """None when a character or a token has to be looked at with its neighbours."""
    import numpy as np

    hashes = np.empty(len(found) // 2 + 2, dtype=np.uint64)
    signature = np.empty(minhash.PERMUTATIONS, dtype=np.uint32)
    a, b = minhash.permutations()
    count = kernels.make_sketch(found, table, text.SHINGLE_TOKENS, a, b, hashes, signature)
    return Sketch(shingles=hashes[:count], signature=signature) if count >= 0 else None


def when_worth() -> Kernels | None:
    """The compiled loops, once this program has made enough sketches to pay for loading them."""
    return _load() if next(_made) > WORTH_LOADING else None


@cache
def _load() -> Kernels | None:
    from aggregator.core import compiled

    return compiled.load()
