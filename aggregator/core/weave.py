"""Writes a changed paragraph as one line: what both texts say once, and the changes in place."""

from __future__ import annotations

from aggregator.core.diff import DiffRow, Mark, Segment
from aggregator.core.wording import one_line

_CONTEXT = 24  # characters of unchanged text kept on either side of a change


def weave(row: DiffRow) -> list[tuple[Segment, str]]:
    """Both sides as one line: what both say once, then what was cut, then what replaced it."""
    left, right = list(row.left), list(row.right)
    woven: list[Segment] = []
    while left or right:
        if left and left[0].mark is Mark.CUT:
            woven.append(left.pop(0))
        elif right and right[0].mark is Mark.ADDED:
            woven.append(right.pop(0))
        else:
            woven.append((left or right)[0])
            del left[:1], right[:1]
    last = len(woven) - 1
    places = ["start" if n == 0 else "end" if n == last else "middle" for n in range(len(woven))]
    return [(each, place) for each, place in zip(woven, places, strict=True) if each.text.strip()]


def context(words: str, place: str) -> str:
    """Unchanged words, cut to what touches a change; `place` is start, middle or end."""
    if place == "start":
        return words if len(words) <= _CONTEXT else "… " + words[-_CONTEXT:].split(" ", 1)[-1]
    if place == "end":
        return words if len(words) <= _CONTEXT else words[:_CONTEXT].rsplit(" ", 1)[0] + " …"
    return middle(words, 2 * _CONTEXT)


def middle(words: str, most: int) -> str:
    """The beginning and the end of words that are longer than `most` characters."""
    line = one_line(words)
    if len(line) <= most:
        return line
    half = most // 2
    return f"{line[:half].rsplit(' ', 1)[0]} … {line[-half:].split(' ', 1)[-1]}"
