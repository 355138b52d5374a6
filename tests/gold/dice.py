"""Throws that a name decides: the same on every machine and version of Python; no state."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")

_SLOT = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(-?\d+)-(-?\d+)")


class Dice:
    """Throws named by a seed and a purpose; equal names fall equally, in any order of asking."""

    def __init__(self, seed: str) -> None:
        self.seed = seed

    def below(self, limit: int, purpose: object) -> int:
        """A whole number of 0 to `limit` - 1."""
        digest = hashlib.blake2b(f"{self.seed}\0{purpose}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % limit

    def pick(self, things: Sequence[Thing], purpose: object) -> Thing:
        """One of the things."""
        return things[self.below(len(things), purpose)]

    def some(self, things: Sequence[Thing], count: int, purpose: object) -> list[Thing]:
        """At most `count` of the things, in the order they stood in."""
        order = sorted(range(len(things)), key=lambda at: self.below(1 << 40, (purpose, at)))
        return [things[at] for at in sorted(order[:count])]

    def fill(self, pattern: str, slots: dict[str, str]) -> str:
        """A pattern with its `{name}`, `{one|or another}` and `{low-high}` slots filled."""
        thrown = 0

        def replace(found: re.Match[str]) -> str:
            nonlocal thrown
            inside = found[1]
            if inside in slots:
                return slots[inside]
            thrown += 1
            if spread := _RANGE.fullmatch(inside):
                low, high = int(spread[1]), int(spread[2])
                return str(low + self.below(high - low + 1, (pattern, thrown)))
            return self.pick(inside.split("|"), (pattern, thrown))

        while _SLOT.search(pattern):  # an alternative may hold slots of its own: innermost first
            pattern = _SLOT.sub(replace, pattern)
        return pattern
