"""The loops of a sketch as numba compiles them; the same values as in numpy, and no others.

Written for the compiler: no branch inside a loop that the processor could guess wrong, sums in
arrays. Called as Python these functions would be right, overflow warnings apart, and slow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from aggregator.core.hashing import CHARACTER, TOKEN

if TYPE_CHECKING:
    import numpy as np


hash_mixed: Any  # as `hash_units`
hash_units: Any  # (units, table, out) -> tokens found; -1 when one has to be looked at
hash_runs: Any  # (tokens and runs, tokens, size) -> runs, written over the tokens
keep_distinct: Any
find_minima: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernels:
    """The compiled loops."""

    make_sketch: Any  # (units, table, size, a, b, hashes, signature) -> distinct runs; -1: look
    keep_distinct: Any  # (runs, count) -> distinct ones, moved to the front in order of place
    find_minima: Any  # (hashes, count, a, b, out)


@cache
def load() -> Kernels | None:
    """Compile, or take what was compiled before; None where numba is not installed.

    About .4 s where numba finds its cache, some 3 s the first time on a machine.
    """
    global np  # the loops name it, and the compiler looks for it where they stand
    import numpy as np

    try:
        from numba import njit
    except ImportError:
        return None
    try:
        return _compile(njit(cache=True, nogil=True))
    except RuntimeError:  # nowhere to keep what is compiled: a system user without a home
        return _compile(njit(nogil=True))


def _compile(wrap: Any) -> Kernels:
    """The loops compiled one by one; the one that calls the others finds them by these names."""
    global hash_mixed, hash_units, hash_runs, keep_distinct, find_minima
    hash_mixed, hash_units, hash_runs = wrap(_hash_mixed), wrap(_hash_units), wrap(_hash_runs)
    keep_distinct, find_minima = wrap(_keep_distinct), wrap(_find_minima)
    return Kernels(
        make_sketch=wrap(_make_sketch), keep_distinct=keep_distinct, find_minima=find_minima
    )


def _make_sketch(
    units: Any, table: Any, size: int, a: Any, b: Any, hashes: Any, signature: Any
) -> int:
    tokens = hash_units(units, table, hashes)
    if tokens < 0:
        return -1
    count: int = keep_distinct(hashes, hash_runs(hashes, tokens, size))
    find_minima(hashes, count, a, b, signature)
    return count


def _hash_units(units: Any, table: Any, out: Any) -> int:
    seen = np.uint32(0)
    for unit in units:
        seen |= table[unit]
    if (seen >> np.uint32(17)) & np.uint32(1):
        mixed: int = hash_mixed(units, table, out)
        return mixed
    # No letter that could pass for another script's: nine times in ten, at half the cost.
    count: int = 0
    value = np.uint64(0)
    for unit in units:
        entry = table[unit]
        character = np.uint64(entry & np.uint32(0xFFFF))
        inside = entry != 0
        out[count] = value ^ (value >> np.uint64(32))  # stands only if a token ends here
        count += (not inside) & (value != 0)
        value = value * np.uint64(CHARACTER) + character if inside else np.uint64(0)
    out[count] = value ^ (value >> np.uint64(32))
    count += value != 0
    return count


def _hash_mixed(units: Any, table: Any, out: Any) -> int:
    count = 0
    value = np.uint64(0)
    scripts = looked = np.uint32(0)
    for unit in units:
        entry = table[unit]
        character = np.uint64(entry & np.uint32(0xFFFF))
        inside = entry != 0
        out[count] = value ^ (value >> np.uint64(32))  # stands only if a token ends here
        count += (not inside) & (value != 0)
        value = value * np.uint64(CHARACTER) + character if inside else np.uint64(0)
        bits = entry >> np.uint32(16)
        scripts = scripts | bits if inside else bits
        looked |= scripts & (scripts >> np.uint32(1))
    out[count] = value ^ (value >> np.uint64(32))
    count += value != 0
    return -1 if looked else count


def _hash_runs(hashes: Any, tokens: int, size: int) -> int:
    count = max(tokens - size + 1, 0)
    for place in range(count):
        mixed = hashes[place]
        for offset in range(1, size):
            mixed = mixed * np.uint64(TOKEN) + hashes[place + offset]
        mixed ^= mixed >> np.uint64(30)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(27)
        mixed *= np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
        hashes[place] = mixed
    return count


def _keep_distinct(hashes: Any, count: int) -> int:
    slots = 16
    while slots < 2 * count:
        slots *= 2
    table = np.zeros(slots, np.uint64)
    mask = np.uint64(slots - 1)
    step = np.uint64(1)
    kept = 0
    zero = False  # marks an empty slot, so the hash 0 is counted apart
    for place in range(count):
        value = hashes[place]
        at = value & mask
        while table[at] != 0 and table[at] != value:
            at = (at + step) & mask
        new = table[at] != value or (value == 0 and not zero)
        table[at] = value
        zero = zero or value == 0
        hashes[kept] = value
        kept += new
    return kept


def _find_minima(hashes: Any, count: int, a: Any, b: Any, out: Any) -> None:
    out[:] = np.uint32(0xFFFFFFFF)
    if count == 0:
        return
    mixed = np.empty(count + 3, np.uint32)
    for place in range(count):
        one = np.uint32(hashes[place] >> np.uint64(32))
        # The compiler widens a product of 32-bit numbers, so each is cut again.
        one = np.uint32((one ^ (one >> np.uint32(16))) * np.uint32(0x85EBCA6B))
        one = np.uint32((one ^ (one >> np.uint32(13))) * np.uint32(0xC2B2AE35))
        mixed[place] = one ^ (one >> np.uint32(16))
    mixed[count:] = mixed[0]
    for place in range(0, count, 4):  # four at once: a third of the time of one by one
        h0, h1, h2, h3 = mixed[place], mixed[place + 1], mixed[place + 2], mixed[place + 3]
        for j in range(len(out)):
            v0 = np.uint32(a[j] * h0 + b[j])
            v1 = np.uint32(a[j] * h1 + b[j])
            v2 = np.uint32(a[j] * h2 + b[j])
            v3 = np.uint32(a[j] * h3 + b[j])
            out[j] = min(out[j], min(min(v0, v1), min(v2, v3)))
