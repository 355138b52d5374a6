"""Writes a comparison of two texts as plain lines and as JSON; compares nothing itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aggregator.core.contract import ParagraphDict
from aggregator.core.diff import DiffRow, Mark, RowKind, Segment
from aggregator.core.wording import clean, one_line


def diff_lines(rows: Sequence[DiffRow]) -> Iterator[str]:
    """One line a paragraph, in the order of the second text: `[-cut-]`, `{+added+}`."""
    for row in rows:
        mark = f"moved {row.moved}" if row.moved else row.kind.value
        yield f"{mark:<11}{one_line(_woven(row))}"


def _woven(row: DiffRow) -> str:
    """Both sides of a paragraph as one: what was cut stands before what came in its place."""
    if row.kind in (RowKind.SAME, RowKind.CUT):
        return "".join(_marked(each) for each in row.left)
    if row.kind is RowKind.ADDED:
        return "".join(_marked(each) for each in row.right)
    told, left = "", list(row.left)
    for each in row.right:
        while left and left[0].mark is Mark.CUT:
            told += _marked(left.pop(0))
        if each.mark is Mark.SAME and left:
            left.pop(0)
        told += (" " if told.endswith("-]") and each.mark is Mark.ADDED else "") + _marked(each)
    return told + "".join(_marked(each) for each in left)


def _marked(each: Segment) -> str:
    words = each.text.strip()
    if each.mark is Mark.SAME or not words:
        return each.text
    start, end = each.text.split(words, 1)
    sides = ("[-", "-]") if each.mark is Mark.CUT else ("{+", "+}")
    return f"{start}{sides[0]}{words}{sides[1]}{end}"


def diff_to_list(rows: Sequence[DiffRow]) -> list[ParagraphDict]:
    """The rows as plain values: kind, direction of a move, and runs of words with their marks."""
    return [
        {
            "kind": row.kind.value,
            "moved": row.moved or None,
            "left": [[each.mark.value, clean(each.text)] for each in row.left],
            "right": [[each.mark.value, clean(each.text)] for each in row.right],
        }
        for row in rows
    ]
