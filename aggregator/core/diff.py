"""Compares two texts by paragraph and by word; it judges nothing and draws nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from aggregator.core.align import Paragraph, align, place_moved, read
from aggregator.core.wording import count, listing

# Word steps spent in all, as the sum of len(a) * len(b); past it rows stay at paragraph level.
_MOST_STEPS = 1_000_000


class RowKind(StrEnum):
    """What became of a paragraph on its way from the first text to the second."""

    SAME = "same"
    CHANGED = "changed"
    CUT = "cut"
    ADDED = "added"
    MOVED = "moved"


class Mark(StrEnum):
    """What became of a run of words."""

    SAME = "same"
    CUT = "cut"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run of words with one mark; segments of a side, joined, give the paragraph."""

    text: str
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRow:
    """One paragraph of the first text beside its version in the second; a missing side is empty."""

    kind: RowKind
    left: tuple[Segment, ...] = ()
    right: tuple[Segment, ...] = ()
    moved: str = ""  # "up" or "down", for moved paragraphs


def diff_texts(a: str, b: str) -> tuple[DiffRow, ...]:
    """Align two texts by paragraph and mark the words that differ.

    Paragraphs are separated by newlines. Rows come in the order of reading, a moved paragraph
    where it now stands. Time is bounded: two texts of 10,000 words take well under a second, and
    longer ones fall back to whole paragraphs.
    """
    lefts, rights = read(a, b)
    rows: list[DiffRow] = []
    steps = _MOST_STEPS
    for i, j, moved in place_moved(lefts, rights, align(lefts, rights)):
        if i is None or j is None:
            if j is not None:
                rows.append(DiffRow(kind=RowKind.ADDED, right=_whole(rights[j], Mark.ADDED)))
            if i is not None:
                rows.append(DiffRow(kind=RowKind.CUT, left=_whole(lefts[i], Mark.CUT)))
        elif lefts[i].text == rights[j].text:
            kind = RowKind.MOVED if moved else RowKind.SAME
            same = _whole(lefts[i], Mark.SAME)
            rows.append(DiffRow(kind=kind, left=same, right=same, moved=moved))
        else:
            steps -= len(lefts[i].tokens) * len(rights[j].tokens)
            left, right = _compare(lefts[i], rights[j], words=steps >= 0)
            kind = RowKind.MOVED if moved else RowKind.CHANGED
            rows.append(DiffRow(kind=kind, left=left, right=right, moved=moved))
    return tuple(rows)


def describe(rows: Sequence[DiffRow], *, headline: bool = False) -> str:
    """What a diff holds in a few words, the weightiest first; empty when nothing differs."""
    said = ["new headline"] if headline else []
    if _numbers_changed(rows):
        said.append("numbers changed")
    for kind, verb in (
        (RowKind.CUT, "cut"),
        (RowKind.ADDED, "added"),
        (RowKind.CHANGED, "reworded"),
        (RowKind.MOVED, "moved"),
    ):
        if number := sum(row.kind is kind for row in rows):
            said.append(f"{count(number, 'paragraph')} {verb}")
    return listing(said)


def _numbers_changed(rows: Sequence[DiffRow]) -> bool:
    def digits(segments: Sequence[Segment], mark: Mark) -> list[str]:
        return re.findall(r"\d+", " ".join(each.text for each in segments if each.mark is mark))

    return any(
        digits(row.left, Mark.CUT) != digits(row.right, Mark.ADDED)
        for row in rows
        if row.kind in (RowKind.CHANGED, RowKind.MOVED)
    )


def _whole(paragraph: Paragraph, mark: Mark) -> tuple[Segment, ...]:
    return (Segment(text=paragraph.text, mark=mark),)


def _compare(
    a: Paragraph, b: Paragraph, *, words: bool
) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    if not words:
        return _whole(a, Mark.CUT), _whole(b, Mark.ADDED)
    codes = SequenceMatcher(None, a.keys, b.keys, autojunk=False).get_opcodes()
    left: list[Segment] = []
    right: list[Segment] = []
    for place, (tag, i1, i2, j1, j2) in enumerate(codes):
        inside = 0 < place < len(codes) - 1
        # One word left standing between two changes reads worse than one longer change.
        island = tag == "equal" and inside and i2 - i1 == 1
        same = tag == "equal" and not island
        _add(left, a.tokens[i1:i2], Mark.SAME if same else Mark.CUT)
        _add(right, b.tokens[j1:j2], Mark.SAME if same else Mark.ADDED)
    return tuple(left), tuple(right)


def _add(segments: list[Segment], tokens: Sequence[str], mark: Mark) -> None:
    text = "".join(tokens)
    if not text:
        return
    if segments and segments[-1].mark is mark:
        text = segments.pop().text + text
    segments.append(Segment(text=text, mark=mark))
