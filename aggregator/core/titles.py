"""Says whether two headlines agree, and whether a text is what its headline says."""

from __future__ import annotations

import re
from collections.abc import Collection, Set
from functools import lru_cache

from aggregator.core import text

AGREE = 0.5  # of the shorter headline's words; copies of one wire have a median Jaccard of .5
TOLD = 0.6  # of a headline's telling words found in the text below it
# What agencies set before a headline of theirs; desks strike it or leave it.
_LEAD_MARK = re.compile(
    r"^(?:(?:(?:UPDATE|WRAPUP|LEAD|REFILE|RPT|CORRECTED|CORRECTION|URGENT|ALERT|BREAKING|EXCLUSIVE)"
    r"(?: ?\d{1,2})?|(?:\d\. )?(?:LD|ROUNDUP)\d?)\s?[-–—:/]+\s*)+",
)
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


def is_new(title: str, lead: str, *, outlets: Collection[str] = ()) -> bool:
    """Whether a desk wrote a headline of its own over a copy.

    Case, points, an agency's lead mark ("UPDATE 1-", "RPT-") and the outlet's name behind a bar
    are nothing of the desk's.
    """
    return title != lead and _bare(title, outlets) != _bare(lead, outlets)


def _bare(title: str, outlets: Collection[str]) -> list[str]:
    head, bar, tail = title.rpartition("|")
    if not bar:
        head, bar, tail = title.rpartition(" - ")
    if bar and text.tokens(tail) in [text.tokens(name) for name in outlets if name]:
        return _unmarked(head)
    return _unmarked(title)


@lru_cache(maxsize=256)  # each copy of a story is held against its lead, and many share a headline
def _unmarked(title: str) -> list[str]:
    return text.tokens(_LEAD_MARK.sub("", title.strip(), count=1))
