"""Finds the names and numbers of a text and counts those another text has replaced.

Robot bulletins, result pages and localised releases share their wording and differ in names and
numbers; a copy, however edited, keeps them. Must not decide what follows from the counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from aggregator.core import text

CONTEXT = 3  # tokens beside a name or number that must agree before the two are set against it
_WORD = re.compile(r"\w[\w'\u2019-]*")

_MARKED = re.compile(r"[A-Z0-9]")

Neighbours = tuple[str, ...]
# Names and numbers by the tokens before them, and by the tokens after them.
Beside = tuple[Mapping[Neighbours, set[str]], Mapping[Neighbours, set[str]]]


def find(sentences: Iterable[str]) -> frozenset[str]:
    """Tokens that are numbers, or words with a capital inside a sentence.

    Scripts without capitals give numbers alone. German gives all its nouns, which does no harm:
    they are kept by copies and by bulletins alike.
    """
    found: set[str] = set()
    for sentence in sentences:
        if sentence.isascii() and not (sentence[:1].isdigit() or _MARKED.search(sentence, 1)):
            continue
        words = _WORD.findall(sentence)
        for place, word in enumerate(words):
            if (place and word[0].isupper()) or not (word.isalpha() or _has_no_digit(word)):
                found.update(_tokens_of(word))
    return frozenset(token for token in found if len(token) > 1 or token.isdigit())


def _has_no_digit(word: str) -> bool:
    return not any(map(str.isdigit, word))


@lru_cache(maxsize=1 << 14)  # 2 MB; names come back, within a text and in the next one
def _tokens_of(word: str) -> tuple[str, ...]:
    return tuple(text.tokens(word))


@lru_cache(maxsize=256)  # about 30 kB each; a text is set against many others in a row
def _beside(tokens: tuple[str, ...], telling: frozenset[str]) -> Beside:
    """The names and numbers by the tokens before them, and by the tokens after them."""
    before: dict[Neighbours, set[str]] = {}
    after: dict[Neighbours, set[str]] = {}
    for place, token in enumerate(tokens):
        if token not in telling:
            continue
        if place >= CONTEXT:
            before.setdefault(tokens[place - CONTEXT : place], set()).add(token)
        if place + CONTEXT < len(tokens):
            after.setdefault(tokens[place + 1 : place + 1 + CONTEXT], set()).add(token)
    return before, after


def _one_way(mine: Beside, others: Beside) -> tuple[int, int]:
    kept: set[str] = set()
    replaced: set[str] = set()
    for at, neighbours in zip(mine, others, strict=True):
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
    mine, others = _beside(tuple(a), in_a), _beside(tuple(b), in_b)
    return max(_one_way(mine, others), _one_way(others, mine))
