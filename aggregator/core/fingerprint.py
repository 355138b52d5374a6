"""Digest, MinHash signature and band keys of a text; must not compare two texts."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from aggregator.core import text
from aggregator.model import Fingerprint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PERMUTATIONS = 128
SEED = 1
# 64 bands of 2 rows propose a pair of Jaccard .3 with probability .998 and one of .2 with .93.
# On labelled US wire copy the choice of bands decides more than any rule behind them: the same
# rule scored F1 .98 behind (64, 2), .91 behind datasketch's threshold .3 and .77 behind .5.
BANDS = 64
ROWS = 2
# A copy cut to a third has a Jaccard of about .3 and passes the bands by luck. One shingle in
# SAMPLE_EVERY is indexed as it is, and two in common propose a pair: on 6,931 US articles with
# 700 hard edits this found every copy, where the bands alone found .84 of those cut to a fifth.
SAMPLE_EVERY = 8
SAMPLES_SHARED = 2
# Two long texts have some phrases in common without being copies. Of a pair that is recorded at
# all .15 of the shorter text is shared, so a twentieth of its samples is asked for: on invented
# news that is phrased as the labelled set is, candidates fell to a third at 100,000 texts and no
# copy was lost (docs/likeness.md).
SAMPLES_SHARE = 0.05
# A key in more texts than this is a set phrase, or a story that hundreds ran each with a change
# of its own. Looking all of them up would make the cost of a flood quadratic: of a band key
# nothing is proposed then, of a sample its first few texts, which hold such a story together.
KEY_LIMIT = 200
SAMPLE_LIMIT = 200
SAMPLE_FIRST = 8
CACHED_VALUES = 1 << 15  # of 4 bytes: a block of permutations that fits the second-level cache
RECIPE = (
    f"minhash affine32 perm={PERMUTATIONS} seed={SEED} bands={BANDS}x{ROWS}"
    f" sample=1/{SAMPLE_EVERY} shingle={text.SHINGLE_TOKENS} text={text.TEXT_VERSION}"
)


@cache
def _permutations() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """datasketch's own multipliers and addends of the affine32 scheme, as columns."""
    import numpy as np
    from datasketch import MinHash

    a, b = MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme="affine32").permutations
    return np.asarray(a, np.uint32).reshape(-1, 1), np.asarray(b, np.uint32).reshape(-1, 1)


def sign(shingles: text.Shingles) -> NDArray[np.uint32]:
    """The MinHash signature of a shingle set: uint32 of shape (PERMUTATIONS,).

    Equal, value for value, to a datasketch `MinHash` of the affine32 scheme that is updated with
    the upper half of each 64-bit hash, which a test holds; computed in blocks that stay in the
    processor's cache, at a tenth of the time. An empty set has no signature worth comparing: in
    datasketch two empty sets are equal, so callers gate on the count.
    """
    import numpy as np

    if not len(shingles):
        return np.full(PERMUTATIONS, 0xFFFFFFFF, dtype=np.uint32)
    mixed = (shingles >> np.uint64(32)).astype(np.uint32)
    # MurmurHash3's 32-bit finaliser, as datasketch premixes its input.
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed ^= mixed >> np.uint32(shift)
        mixed *= np.uint32(factor)
    mixed ^= mixed >> np.uint32(16)
    a, b = _permutations()
    block = max(1, min(PERMUTATIONS, CACHED_VALUES // len(mixed)))
    found = [
        (a[start : start + block] * mixed + b[start : start + block]).min(axis=1)
        for start in range(0, PERMUTATIONS, block)
    ]
    return np.concatenate(found)


def band_keys(signature: NDArray[np.uint32]) -> tuple[int, ...]:
    """One signed 64-bit key per band: the band's two rows side by side."""
    import numpy as np

    rows = signature[: BANDS * ROWS].astype(np.uint64).reshape(BANDS, ROWS)
    keys = (rows[:, 0] << np.uint64(32)) | rows[:, 1]
    return tuple(keys.view(np.int64).tolist())


def sample_keys(shingles: text.Shingles) -> tuple[int, ...]:
    """Signed 64-bit keys of the shingles that are indexed as they are, the same in any text."""
    import numpy as np

    chosen = shingles[shingles % np.uint64(SAMPLE_EVERY) == 0]
    return tuple(chosen.view(np.int64).tolist())


def samples_needed(shingles: int, others: int) -> int:
    """How many samples two texts of so many shingles need in common to be compared."""
    expected = min(shingles, others) / SAMPLE_EVERY
    return max(SAMPLES_SHARED, math.ceil(SAMPLES_SHARE * expected))


def fingerprint_tokens(found: list[str], names: frozenset[str] = frozenset()) -> Fingerprint:
    """The fingerprint of a token list that has been cleaned already.

    `names` are its names and numbers, as `telling.find` sees them by their capitals: texts that
    are compared by them must not pass for one.
    """
    shingles = text.shingles(found)
    signature = sign(shingles)
    return Fingerprint(
        recipe=RECIPE,
        digest=text.digest([*found, *sorted(names)]),
        shingles=len(shingles),
        signature=signature.astype("<u4").tobytes(),
        bands=band_keys(signature) if len(shingles) else (),
        samples=sample_keys(shingles),
    )


def fingerprint(body: str) -> Fingerprint:
    """The fingerprint of a text as it stands, nothing cleaned away.

    >>> fingerprint("The ferry ran aground.").shingles
    0
    """
    return fingerprint_tokens(text.tokens(body))


def estimate(a: Fingerprint, b: Fingerprint) -> float:
    """Estimated Jaccard of two fingerprints; ValueError when their recipes differ."""
    import numpy as np

    if a.recipe != b.recipe:
        raise ValueError(f"fingerprints of different recipes: {a.recipe!r} and {b.recipe!r}")
    if not a.shingles or not b.shingles:
        return 0.0
    left, right = (np.frombuffer(f.signature, dtype="<u4") for f in (a, b))
    return float(np.mean(left == right))
