"""Pairs the paragraphs of two texts that are versions of one another; marks no words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import category

from aggregator.core.text import UNSPACED, sentences

# Two paragraphs are versions of one another from this share of common words (Dice); below it a
# word diff is confetti. Unrelated paragraphs of the ferry story in the tests share up to .26.
_ALIKE = 0.4
# A paragraph found elsewhere counts as moved only when it is plainly the same one.
_MOVED = 0.7
# When either text has a longer paragraph both are cut at sentence ends, so that a wall of text
# still aligns with the same text set in paragraphs.
_LONG_WORDS = 200
# Alignment looks at every pair of paragraphs; past this many pairs only equal ones are aligned.
_MOST_PAIRS = 400_000
_UNSPACED = re.compile(f"[{UNSPACED}]")
# Latin, Greek and Cyrillic without combining marks, and the points they are set with: there an
# expression cuts words as `_cut_any` does. Superscripts and fractions are left to that one.
_PLAIN = re.compile(
    "[\0-\xb1\xb4-\xb8\xba\xbb\xbf-\u02ff\u0370-\u0373\u0384-\u0481\u048a-\u0556\u2010-\u2027]*"
)
_WORD = re.compile(
    r"(?:[^\W_]+(?:(?:(?<=[^\W\d_])['’](?=[^\W\d_])|(?<=\d)[.,:](?=\d))[^\W_]+)*|[\W_])\s*"
)
# One page compares thirty copies with one lead, and most of their paragraphs are its own. Longer
# ones are cut anew each time, so that what is remembered stays below some 40 MB.
_REMEMBERED = 1024
_REMEMBERED_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph cut into words."""

    text: str
    tokens: tuple[str, ...]  # words and punctuation, each with the white space that follows it
    keys: tuple[str, ...]  # the same without white space: what is compared
    words: int  # a bit per distinct word, in a numbering shared by all paragraphs of a call


def read(a: str, b: str) -> tuple[list[Paragraph], list[Paragraph]]:
    """Cut both texts into paragraphs, or into sentences when a paragraph of either is very long."""
    lefts, rights = _paragraphs(a.split("\n")), _paragraphs(b.split("\n"))
    if any(len(each.tokens) > _LONG_WORDS for each in (*lefts, *rights)):
        return _paragraphs(sentences(a)), _paragraphs(sentences(b))
    return lefts, rights


def _paragraphs(lines: Iterable[str]) -> list[Paragraph]:
    return [_paragraph(text) for line in lines if (text := line.strip())]


def _paragraph(text: str) -> Paragraph:
    return _known(text) if len(text) <= _REMEMBERED_CHARACTERS else _cut(text)


@lru_cache(maxsize=_REMEMBERED)
def _known(text: str) -> Paragraph:
    return _cut(text)


def _cut(text: str) -> Paragraph:
    tokens = _tokens(text)
    keys = tuple(token.strip() for token in tokens)
    words = 0
    for key in keys:
        if key[:1].isalnum():
            words |= 1 << _bit(key)
    return Paragraph(text, tokens, keys, words)


def _bit(word: str) -> int:
    # A fixed-size set of 4,096 bits: collisions cost a little likeness, and comparing two
    # paragraphs is one AND and one bit count (0.7 us).
    total = 0
    for letter in word.casefold():
        total = (total * 131 + ord(letter)) & 0xFFFFFFFF
    return total & 0xFFF


def _tokens(text: str) -> tuple[str, ...]:
    if _PLAIN.fullmatch(text):
        return tuple(_WORD.findall(text))
    return _cut_any(text)


def _cut_any(text: str) -> tuple[str, ...]:
    tokens: list[str] = []
    open_word = False
    for index, letter in enumerate(text):
        kind = _kind(letter)
        if kind == "space" or kind == "mark":
            if tokens:
                tokens[-1] += letter
            else:
                tokens.append(letter)
            open_word = open_word and kind == "mark"
        elif open_word and (kind == "word" or _joins(text, index)):
            tokens[-1] += letter
        else:
            tokens.append(letter)
            open_word = kind == "word"
    return tuple(tokens)


def _joins(text: str, index: int) -> bool:
    """Whether an apostrophe, or the point or comma of a number, stands inside a word."""
    if not 0 < index < len(text) - 1:
        return False
    before, letter, after = text[index - 1], text[index], text[index + 1]
    if letter in "'’":
        return before.isalpha() and after.isalpha()
    return letter in ".,:" and before.isdigit() and after.isdigit()


@lru_cache(maxsize=8192)
def _kind(letter: str) -> str:
    if letter.isspace():
        return "space"
    group = category(letter)[0]
    if group == "M" or letter == "\u200d":
        return "mark"
    if _UNSPACED.match(letter):
        return "single"
    return "word" if group in "LN" else "single"


def likeness(a: Paragraph, b: Paragraph) -> float:
    if a.text == b.text:
        return 1.0
    total = a.words.bit_count() + b.words.bit_count()
    return 2 * (a.words & b.words).bit_count() / total if total else 0.0


def align(
    lefts: Sequence[Paragraph], rights: Sequence[Paragraph]
) -> list[tuple[int | None, int | None]]:
    """Pair paragraphs in order so that the sum of their likeness is greatest."""
    if len(lefts) * len(rights) > _MOST_PAIRS:
        return _align_equal(lefts, rights)
    scores = [
        [score if (score := likeness(a, b)) >= _ALIKE else 0.0 for b in rights] for a in lefts
    ]
    best = [[0.0] * (len(rights) + 1) for _ in range(len(lefts) + 1)]
    for i in range(len(lefts) - 1, -1, -1):
        here, below, row = best[i], best[i + 1], scores[i]
        for j in range(len(rights) - 1, -1, -1):
            top = max(below[j], here[j + 1])
            here[j] = max(top, below[j + 1] + row[j]) if row[j] else top
    pairs: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < len(lefts) and j < len(rights):
        if scores[i][j] and best[i][j] == best[i + 1][j + 1] + scores[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    pairs += [(k, None) for k in range(i, len(lefts))]
    pairs += [(None, k) for k in range(j, len(rights))]
    return pairs


def _align_equal(
    lefts: Sequence[Paragraph], rights: Sequence[Paragraph]
) -> list[tuple[int | None, int | None]]:
    """Pair equal paragraphs only, in order: the first free equal one after the last pair."""
    places: dict[str, list[int]] = {}
    for j in range(len(rights) - 1, -1, -1):
        places.setdefault(rights[j].text, []).append(j)
    pairs: list[tuple[int | None, int | None]] = []
    done = 0
    for i, paragraph in enumerate(lefts):
        free = places.get(paragraph.text, [])
        while free and free[-1] < done:
            free.pop()
        if free:
            j = free.pop()
            pairs += [(None, k) for k in range(done, j)]
            pairs.append((i, j))
            done = j + 1
        else:
            pairs.append((i, None))
    return pairs + [(None, k) for k in range(done, len(rights))]


def place_moved(
    lefts: Sequence[Paragraph],
    rights: Sequence[Paragraph],
    pairs: Sequence[tuple[int | None, int | None]],
) -> Iterator[tuple[int | None, int | None, str]]:
    """Join a cut paragraph with the same paragraph added elsewhere, at its new place."""
    cuts = [(place, i) for place, (i, j) in enumerate(pairs) if j is None and i is not None]
    adds = [(place, j) for place, (i, j) in enumerate(pairs) if i is None and j is not None]
    if len(cuts) * len(adds) > _MOST_PAIRS:
        cuts = []
    origin: dict[int, tuple[int, str]] = {}
    taken: set[int] = set()
    for place, j in adds:
        found = [
            (-score, from_place, i)
            for from_place, i in cuts
            if i not in taken and (score := likeness(lefts[i], rights[j])) >= _MOVED
        ]
        if found:
            _, from_place, i = min(found)
            taken.add(i)
            origin[j] = (i, "up" if place < from_place else "down")
    for i_or_none, j_or_none in pairs:
        if j_or_none is None and i_or_none in taken:
            continue
        if i_or_none is None and j_or_none in origin:
            i, way = origin[j_or_none]
            yield i, j_or_none, way
        else:
            yield i_or_none, j_or_none, ""
