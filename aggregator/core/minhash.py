"""MinHash signatures of shingle sets, equal to datasketch's value for value; cuts no text."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from aggregator.core.permutations import ADDENDS, MULTIPLIERS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aggregator.core.hashing import Hashes

    Signature = NDArray[np.uint32]

PERMUTATIONS = 128
SEED = 1
# 256 kB of 4-byte values, a part of the second-level cache. Of 4,096 to 65,536 values this many
# took least: 48 us for 775 shingles, where 4,096 took 132 (EPYC with 1 MB a core).
BLOCK_VALUES = 1 << 16


@cache
def permutations() -> tuple[Signature, Signature]:
    """datasketch's own multipliers and addends of the affine32 scheme, for this seed."""
    import numpy as np

    a, b = (
        np.frombuffer(bytes.fromhex(numbers), dtype=">u4").astype(np.uint32)
        for numbers in (MULTIPLIERS, ADDENDS)
    )
    return a, b


def premix(shingles: Hashes) -> Signature:
    """The upper half of each hash through MurmurHash3's 32-bit finaliser, as datasketch has it."""
    import numpy as np

    mixed = (shingles >> np.uint64(32)).astype(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed ^= mixed >> np.uint32(shift)
        mixed *= np.uint32(factor)
    mixed ^= mixed >> np.uint32(16)
    return mixed


def sign(shingles: Hashes) -> Signature:
    """The MinHash signature of a shingle set: uint32 of shape (PERMUTATIONS,).

    Equal, value for value, to a datasketch `MinHash` of the affine32 scheme that is updated with
    the upper half of each 64-bit hash; computed in blocks that stay in the processor's cache. A
    hash that stands twice changes nothing. An empty set has no signature worth comparing: in
    datasketch two empty sets are equal, so callers gate on the count.
    """
    import numpy as np

    found = np.full(PERMUTATIONS, 0xFFFFFFFF, dtype=np.uint32)
    if not len(shingles):
        return found
    mixed = premix(shingles)
    a, b = permutations()
    block = max(1, min(PERMUTATIONS, BLOCK_VALUES // len(mixed)))
    room = np.empty((block, len(mixed)), dtype=np.uint32)
    for start in range(0, PERMUTATIONS, block):
        end = min(start + block, PERMUTATIONS)
        values = room[: end - start]
        np.multiply(a[start:end, None], mixed, out=values)
        np.add(values, b[start:end, None], out=values)
        np.minimum.reduce(values, axis=1, out=found[start:end])
    return found
