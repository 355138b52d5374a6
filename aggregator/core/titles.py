"""Says whether two headlines agree, and whether a text is what its headline says."""

from __future__ import annotations

from collections.abc import Collection, Set

from aggregator.core import text

AGREE = 0.5  # of the shorter headline's words; copies of one wire have a median Jaccard of .5
TOLD = 0.6  # of a headline's telling words found in the text below it
SHORT_WORD = 4  # characters; shorter words stand in every text


def words_of(title: str) -> frozenset[str]:
    """The distinct words of a headline."""
    return frozenset(text.tokens(title))


def agree(a: Set[str], b: Set[str]) -> bool:
    """Whether the shorter headline's words are half in the longer; False when one is empty."""
    smaller = min(len(a), len(b))
    return smaller > 0 and len(a & b) >= AGREE * smaller


def is_told(title: Set[str], words: Collection[str]) -> bool:
    """Whether the text tells what the headline announces; False without a headline.

    A consent wall stands under headlines that have nothing to do with it.
    """
    telling = {word for word in title if len(word) >= SHORT_WORD} or set(title)
    return bool(telling) and sum(word in words for word in telling) >= TOLD * len(telling)
