"""Finds the names and numbers of a text and counts those another text has replaced.

Robot bulletins, result pages and localised releases share their wording and differ in names and
numbers; a copy, however edited, keeps them. Must not decide what follows from the counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from aggregator.core import text

CONTEXT = 3  # tokens beside a name or number that must agree before the two are set against it
_WORD = re.compile(r"\w[\w'\u2019-]*")

Neighbours = tuple[str, ...]


def find(sentences: Iterable[str]) -> frozenset[str]:
    """Tokens that are numbers, or words with a capital inside a sentence.

    Scripts without capitals give numbers alone. German gives all its nouns, which does no harm:
    they are kept by copies and by bulletins alike.
    """
    found: set[str] = set()
    for sentence in sentences:
        words = _WORD.findall(sentence)
        for place, word in enumerate(words):
            if (place and word[0].isupper()) or any(map(str.isdigit, word)):
                found.update(text.tokens(word))
    return frozenset(token for token in found if len(token) > 1 or token.isdigit())


def _beside(
    tokens: Sequence[str], telling: frozenset[str]
) -> tuple[Mapping[Neighbours, set[str]], Mapping[Neighbours, set[str]]]:
    """The names and numbers by the tokens before them, and by the tokens after them."""
    before: dict[Neighbours, set[str]] = {}
    after: dict[Neighbours, set[str]] = {}
    for place, token in enumerate(tokens):
        if token not in telling:
            continue
        if place >= CONTEXT:
            before.setdefault(tuple(tokens[place - CONTEXT : place]), set()).add(token)
        if place + CONTEXT < len(tokens):
            after.setdefault(tuple(tokens[place + 1 : place + 1 + CONTEXT]), set()).add(token)
    return before, after


def _one_way(
    a: Sequence[str], in_a: frozenset[str], b: Sequence[str], in_b: frozenset[str]
) -> tuple[int, int]:
    before, after = _beside(b, in_b)
    kept: set[str] = set()
    replaced: set[str] = set()
    for neighbours, at in zip((before, after), _beside(a, in_a), strict=True):
        for beside, tokens in at.items():
            theirs = neighbours.get(beside)
            if theirs:
                kept |= tokens & theirs
                replaced |= tokens - theirs
    return len(replaced - kept), len(kept)


def count_replaced(
    a: Sequence[str], in_a: frozenset[str], b: Sequence[str], in_b: frozenset[str]
) -> tuple[int, int]:
    """Distinct names and numbers replaced, and kept, where the words beside them agree.

    Symmetric: the direction in which more were replaced counts.
    """
    return max(_one_way(a, in_a, b, in_b), _one_way(b, in_b, a, in_a))
