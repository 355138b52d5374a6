"""Measures how much of two texts is the same words in the same order, gaps allowed.

Where synonyms, changed tolls or disguised letters break every passage of five words, a copy still
keeps its rare words and their order. Must not decide what is a copy.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Words that occur once in each of two texts, as far as they stand in one order."""

    count: int  # words on the longest common order
    share: float  # of all words that occur once in the text that has fewer of them
    kept: float  # of the words that both texts have once


def in_order(a: Sequence[str], b: Sequence[str]) -> Order:
    """The common order of the words that occur once in each of two token lists; symmetric.

    The anchors of patience diff (Bram Cohen): common words stand anywhere and say nothing of
    order, those that occur once tell the place.
    """
    once_a, once_b = ({t for t, n in Counter(each).items() if n == 1} for each in (a, b))
    both = once_a & once_b
    place = {token: at for at, token in enumerate(b) if token in both}
    tails: list[int] = []  # smallest end of an increasing run, by its length
    for token in a:
        if token in both:
            at = bisect_left(tails, place[token])
            tails[at : at + 1] = [place[token]]
    count = len(tails)
    return Order(
        count=count,
        share=count / max(1, min(len(once_a), len(once_b))),
        kept=count / max(1, len(both)),
    )
