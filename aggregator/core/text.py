"""Turns text into comparable tokens, sentences and shingles; must not know what a copy is.

The rules have a version, `TEXT_VERSION`: change any of them and raise it, because fingerprints
of different versions are never compared.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from aggregator.core.letters import normalise, unmask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Shingles = NDArray[np.uint64]

TEXT_VERSION = 2
SHINGLE_TOKENS = 5  # word 5-grams: the best lexical feature on labelled US wire copy

# Scripts written without spaces: Thai, Lao, Tibetan, Myanmar, Khmer, kana, Han. Each character
# stands as a token, so a shingle is a character 5-gram there. Hangul is written with spaces.
UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff"
    "\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_NUMBER = re.compile(r"\b\d+(?: \d+)*\b|\d+")
_SENTENCE_END = re.compile(r"[.!?…।۔؟]+[\"'”’»)\]]*\s+|[。！？｡]+[」』”’）)]*")


_ASCII_TOKEN = re.compile(r"[a-z0-9]+")


@cache
def _token_pattern() -> re.Pattern[str]:
    """One character of an unspaced script, or a run of letters, marks and digits of the others.

    `\\w` of the re module leaves out combining marks, without which Indic words fall apart.
    """
    single = re.compile(f"[{UNSPACED}]")
    spans: list[list[int]] = []
    for code in range(0x20000):  # above are Han extensions alone
        character = chr(code)
        if unicodedata.category(character)[0] not in "LMN" or single.match(character):
            continue
        if 0x2B9 <= code <= 0x2BF:  # letter apostrophes: desks set them and the plain one alike
            continue
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    joined = "".join(f"{chr(low)}-{chr(high)}" for low, high in spans)
    return re.compile(f"[{joined}]+|[{UNSPACED}]")


def tokens(text: str) -> list[str]:
    """Words of spaced scripts and characters of unspaced ones, normalised, in order."""
    if text.isascii():  # nothing to fold but case; an eighth of the time
        return _ASCII_TOKEN.findall(text.lower())
    found: list[str] = _token_pattern().findall(normalise(text))
    return [token if token.isascii() else unmask(token) for token in found]


def count_words(text: str) -> int:
    """Length in words; two characters of an unspaced script count as one word."""
    found = tokens(text)
    single = sum(1 for token in found if len(token) == 1 and _is_unspaced(token))
    return len(found) - single + single // 2


@lru_cache(maxsize=8192)
def _is_unspaced(character: str) -> bool:
    return re.match(f"[{UNSPACED}]", character) is not None


def sentences(text: str) -> list[str]:
    """Sentences in order; a paragraph break always ends one, and nothing is lost but spaces."""
    found = []
    for paragraph in text.split("\n"):
        parts = _SENTENCE_END.sub(lambda end: end[0] + "\n", paragraph).split("\n")
        found += [part.strip() for part in parts if part.strip()]
    return found


@lru_cache(maxsize=1 << 17)
def _token_hash(token: str) -> int:
    return int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest(), "little")


def sentence_key(found: Sequence[str]) -> int | None:
    """Identity of a sentence, given as tokens, inside one outlet: a signed 64-bit integer.

    Numbers are masked so that the clauses of weather, stock and result pages count as the same
    sentence whatever their numbers. None for a sentence without letters.
    """
    if all(token.isdigit() for token in found):
        return None
    masked = _NUMBER.sub("0", " ".join(found))
    digest = hashlib.blake2b(masked.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def digest(found: list[str]) -> str:
    """Hex digest of a token list: equal digests are equal texts."""
    return hashlib.blake2b(" ".join(found).encode(), digest_size=16).hexdigest()


def runs(found: list[str], size: int = SHINGLE_TOKENS) -> Shingles:
    """64-bit hashes of all runs of `size` tokens in order of place; empty when there are fewer.

    A polynomial over token hashes, mixed by splitmix64's finaliser. Two different shingles of a
    corpus of 10^9 collide with a chance below 3 %; within one pair of texts it never matters.
    """
    import numpy as np

    if len(found) < size:
        return np.empty(0, dtype=np.uint64)
    hashes = np.fromiter(map(_token_hash, found), dtype=np.uint64, count=len(found))
    count = len(found) - size + 1
    mixed = np.zeros(count, dtype=np.uint64)
    for offset in range(size):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + hashes[offset : offset + count]
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def shingles(found: list[str], size: int = SHINGLE_TOKENS) -> Shingles:
    """The set of runs of `size` tokens: sorted distinct 64-bit hashes."""
    import numpy as np

    return np.unique(runs(found, size))
