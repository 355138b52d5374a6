"""Digest, MinHash signature and band keys of a text; must not compare two texts."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aggregator.core import sketch, text
from aggregator.core.minhash import PERMUTATIONS as PERMUTATIONS
from aggregator.core.minhash import SEED as SEED
from aggregator.core.minhash import sign as sign
from aggregator.core.sketch import Sketch
from aggregator.model import Fingerprint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# 64 bands of 2 rows propose a pair of Jaccard .3 with probability .998 and one of .2 with .93.
# On labelled US wire copy the choice of bands decides more than any rule behind them: the same
# rule scored F1 .98 behind (64, 2), .91 behind datasketch's threshold .3 and .77 behind .5.
BANDS = 64
ROWS = 2
# A copy cut to a third has a Jaccard of about .3 and passes the bands by luck. One shingle in
# SAMPLE_EVERY is indexed as it is, and two in common propose a pair: on 6,931 US articles with
# 700 hard edits this found every copy, where the bands alone found .84 of those cut to a fifth.
SAMPLE_EVERY = 8  # a power of two
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
RECIPE = (
    f"minhash affine32 perm={PERMUTATIONS} seed={SEED} bands={BANDS}x{ROWS}"
    f" sample=1/{SAMPLE_EVERY} shingle={text.SHINGLE_TOKENS} text={text.TEXT_VERSION}"
)


def band_keys(signature: NDArray[np.uint32]) -> tuple[int, ...]:
    """One signed 64-bit key per band: the band's two rows side by side."""
    import numpy as np

    rows = signature[: BANDS * ROWS].astype(np.uint64).reshape(BANDS, ROWS)
    keys = (rows[:, 0] << np.uint64(32)) | rows[:, 1]
    return tuple(keys.view(np.int64).tolist())


def sample_keys(shingles: text.Shingles) -> tuple[int, ...]:
    """Signed 64-bit keys of the shingles that are indexed as they are, in ascending order.

    They are the same in any text.
    """
    import numpy as np

    chosen = shingles[(shingles & np.uint64(SAMPLE_EVERY - 1)) == 0].view(np.int64)
    chosen.sort()
    return tuple(chosen.tolist())


def pack_samples(keys: Sequence[int]) -> bytes:
    """Sample keys as they are stored beside a signature: 8 bytes each, little-endian."""
    return struct.pack(f"<{len(keys)}q", *keys)


def samples_needed(shingles: int, others: int) -> int:
    """How many samples two texts of so many shingles need in common to be compared."""
    expected = min(shingles, others) / SAMPLE_EVERY
    return max(SAMPLES_SHARED, math.ceil(SAMPLES_SHARE * expected))


def samples_needed_of(shingles: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same for many pairs of texts at once."""
    import numpy as np

    expected = np.minimum(shingles, others) / SAMPLE_EVERY
    return np.maximum(SAMPLES_SHARED, np.ceil(SAMPLES_SHARE * expected)).astype(np.int64)


def fingerprint_tokens(found: Sequence[str], names: frozenset[str] = frozenset()) -> Fingerprint:
    """The fingerprint of a token list that has been cleaned already.

    `names` are its names and numbers, as `telling.find` sees them by their capitals: texts that
    are compared by them must not pass for one.
    """
    made = sketch.sketch_tokens(found, sketch.when_worth())
    return _fingerprint(made, digest(found, names))


def digest(found: Sequence[str], names: frozenset[str]) -> str:
    """What tells texts apart: equal digests are texts that stand for one another."""
    return text.digest([*found, *sorted(names)])


def fingerprint(body: str) -> Fingerprint:
    """The fingerprint of a text as it stands, nothing cleaned away.

    >>> fingerprint("The ferry ran aground.").shingles
    0
    """
    return fingerprint_tokens(text.tokens(body))


def _fingerprint(made: Sketch, digest: str) -> Fingerprint:
    count = len(made.shingles)
    return Fingerprint(
        recipe=RECIPE,
        digest=digest,
        shingles=count,
        signature=made.signature.astype("<u4").tobytes(),
        bands=band_keys(made.signature) if count else (),
        samples=sample_keys(made.shingles),
    )


def signature_of(body: str) -> NDArray[np.uint32]:
    """The MinHash signature of a text as it stands: uint32 of shape (PERMUTATIONS,).

    That of `fingerprint`, for whoever needs no keys and no digest: the text is folded character
    by character and never cut into words.
    """
    return sketch.sketch_text(body, sketch.when_worth()).signature


def estimate(a: Fingerprint, b: Fingerprint) -> float:
    """Estimated Jaccard of two fingerprints; ValueError when their recipes differ."""
    import numpy as np

    if a.recipe != b.recipe:
        raise ValueError(f"fingerprints of different recipes: {a.recipe!r} and {b.recipe!r}")
    if not a.shingles or not b.shingles:
        return 0.0
    left, right = (np.frombuffer(f.signature, dtype="<u4") for f in (a, b))
    return float(np.mean(left == right))
