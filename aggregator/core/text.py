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

from aggregator.core import hashing
from aggregator.core.letters import has_astral, normalise, unmask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Shingles = NDArray[np.uint64]

TEXT_VERSION = 3
SHINGLE_TOKENS = 5  # word 5-grams: the best lexical feature on labelled US wire copy

# Scripts written without spaces: Thai, Lao, Tibetan, Myanmar, Khmer, kana, Han. Each character
# stands as a token, so a shingle is a character 5-gram there. Hangul is written with spaces.
UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff"
    "\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_NUMBER = re.compile(r"\b\d+(?: \d+)*\b|\d+")
_DIGIT = re.compile(r"\d")  # the pattern above tries every edge of every word
# It begins with one set of signs: `re` leaps over all other letters, in a third of the time.
_SENTENCE_END = re.compile(
    r"[.!?…।۔؟。！？｡](?:(?<=[.!?…।۔؟])[.!?…।۔؟]*[\"'”’»)\]]*\s+|(?<=[。！？｡])[。！？｡]*[」』”’）)]*)"
)


# Signs that part words in any text, none of which the letters beside them change. With these
# gone most English pages are ASCII, and cost a twentieth.
_SIGNS = "\u2019\u201c\u201d\u2014\u2018\u2013\u2026\u00a0\u2022\u00ab\u00bb\u201e\u00a9\u00ae"
_PICTURES = re.compile("[\U0001f000-\U0001f0ff\U0001f300-\U0001faff]")  # emoji: symbols, all
_ASCII = str.maketrans(
    {chr(code): chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
)


@cache
def _token_pattern(*, astral: bool) -> re.Pattern[str]:
    """One character of an unspaced script, or a run of letters, marks and digits of the others.

    `\\w` of the re module leaves out combining marks, without which Indic words fall apart. The
    re module tests characters past the first 65,536 range by range, also where a text has none:
    without them a page takes a fifth of the time.
    """
    unspaced = UNSPACED if astral else UNSPACED.removesuffix("\U00020000-\U0003ffff")
    single = re.compile(f"[{unspaced}]")
    spans: list[list[int]] = []
    for code in range(0x20000 if astral else 0x10000):  # above are Han extensions alone
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
    return re.compile(f"[{joined}]+|[{unspaced}]")


def without_pictures(text: str) -> str:
    """A text with a space for each emoji: most texts with rare characters have no others."""
    return _PICTURES.sub(" ", text)


def tokens(text: str) -> list[str]:
    """Words of spaced scripts and characters of unspaced ones, normalised, in order."""
    if not text.isascii():
        for sign in _SIGNS:
            text = text.replace(sign, " ")
        if has_astral(text):
            text = without_pictures(text)
    if text.isascii():  # nothing to fold but case
        return text.translate(_ASCII).split()
    folded = normalise(text)
    found: list[str] = _token_pattern(astral=has_astral(folded)).findall(folded)
    return [token if token.isascii() else unmask(token) for token in found]


def count_words(text: str) -> int:
    """Length in words; two characters of an unspaced script count as one word."""
    found = tokens(text)
    if text.isascii():
        return len(found)
    single = sum(1 for token in found if len(token) == 1 and is_unspaced(token))
    return len(found) - single + single // 2


@lru_cache(maxsize=8192)
def is_unspaced(character: str) -> bool:
    """Whether a character stands as a token of its own."""
    return re.match(f"[{UNSPACED}]", character) is not None


def sentences(text: str) -> list[str]:
    """Sentences in order; a paragraph break always ends one, and nothing is lost but spaces."""
    found = []
    for paragraph in text.split("\n"):
        parts = _SENTENCE_END.sub(lambda end: end[0] + "\n", paragraph).split("\n")
        found += [part.strip() for part in parts if part.strip()]
    return found


def sentence_key(found: Sequence[str]) -> int | None:
    """Identity of a sentence, given as tokens, inside one outlet: a signed 64-bit integer.

    Numbers are masked so that the clauses of weather, stock and result pages count as the same
    sentence whatever their numbers. None for a sentence without letters.
    """
    if not found or (found[0].isdigit() and all(token.isdigit() for token in found)):
        return None
    joined = " ".join(found)
    masked = _NUMBER.sub("0", joined) if _DIGIT.search(joined) else joined
    digest = hashlib.blake2b(masked.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def digest(found: list[str]) -> str:
    """Hex digest of a token list: equal digests are equal texts."""
    return hashlib.blake2b(" ".join(found).encode(), digest_size=16).hexdigest()


def runs(found: Sequence[str], size: int = SHINGLE_TOKENS) -> Shingles:
    """64-bit hashes of all runs of `size` tokens in order of place; empty when there are fewer.

    Two different shingles of a corpus of 10^9 collide with a chance below 3 %; within one pair
    of texts it never matters.
    """
    return hashing.hash_runs(hashing.hash_tokens(found), size)


def shingles(found: Sequence[str], size: int = SHINGLE_TOKENS) -> Shingles:
    """The set of runs of `size` tokens: sorted distinct 64-bit hashes."""
    return hashing.distinct(runs(found, size))
