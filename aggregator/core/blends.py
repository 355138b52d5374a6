"""Finds the texts of a component that blend two stories, and the one story each owes most to.

A page made of two wires shares enough with both to be a copy of either, and would join them or go
with the smaller. Must not fold what is left: `cluster` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

PART = 0.15  # of a text: what it shares with another by more than a quotation
APART = 0.3  # of the shorter one: two texts that share less are not one story by themselves
TOP = 0.5  # of its beginning is in a text cut from the bottom; a fifth of a text holds .6
CUT = 0.8  # of a shortened copy stands in the original, edits apart
OWED = 0.45  # of a blend: half of it, a tenth of that lost to edits


def find(
    contained: Matrix, verified: Matrix, tops: Matrix, groups_of: Sequence[Sequence[int]]
) -> dict[int, int | None]:
    """Each blend with the text it owes most to, or None where it owes half to nobody.

    `contained[i, j]` is the share of text i found in text j; `verified[i, j]` is 1 for a pair
    decided to be copies; `tops[i, j]` the share of j's beginning that i holds; `groups_of` are the
    components that the texts make when all of `suspects` are taken away. A text is a blend when it
    has parts of two groups that stand without it. Where these are single texts and it owes neither
    half of itself, it may as well be the original that both were cut from, and is no blend.
    """
    home = {text: at for at, group in enumerate(groups_of) for text in group}
    found: dict[int, int | None] = {}
    for text in suspects(contained, verified):
        parts = [p for p in _parts(contained, verified, text) if p in home]
        homes = {
            home[part]
            for part in parts
            if len(groups_of[home[part]]) > 1 or not _is_cut(contained, tops, part, text)
        }
        if len(homes) < 2:
            continue
        most = max(parts, key=lambda part: (contained[text, part], -part))
        if contained[text, most] >= OWED:
            found[text] = most
        elif sum(len(groups_of[at]) > 1 for at in homes) > 1:
            found[text] = None
    return found


def _is_cut(contained: Matrix, tops: Matrix, part: int, whole: int) -> bool:
    """Whether a text is nothing but the longer one, cut from the bottom."""
    return bool(contained[part, whole] >= CUT and tops[part, whole] >= TOP)


def suspects(contained: Matrix, verified: Matrix) -> list[int]:
    """Texts with parts of two others that have next to nothing in common."""
    import numpy as np

    overlap = np.maximum(contained, contained.T)
    return [
        text
        for text in range(len(contained))
        if (parts := _parts(contained, verified, text))
        and overlap[np.ix_(parts, parts)].min() < APART
    ]


def _parts(contained: Matrix, verified: Matrix, text: int) -> list[int]:
    """Copies of a text that hold a part of it; what stands in another whole blends nothing."""
    import numpy as np

    linked = (verified[text] + verified[:, text]) > 0
    linked[text] = False
    if contained[text][linked].max(initial=0.0) >= CUT:
        return []
    held = contained[text] >= PART
    return [int(at) for at in np.flatnonzero(linked & held)]
