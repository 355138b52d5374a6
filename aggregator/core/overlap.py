"""Cleaned texts ready to be compared, and what two of them have in common; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.core import telling, text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aggregator.core.text import Shingles

    Mask = NDArray[np.bool_]

OPENING = 40  # tokens: one or two sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A cleaned text ready to be compared; `outlets` are all that ran exactly this text."""

    key: int
    tokens: tuple[str, ...]
    shingles: Shingles
    title: frozenset[str]
    outlets: frozenset[str]
    telling: frozenset[str] = frozenset()  # names and numbers among the tokens
    first_at: datetime | None = None
    last_at: datetime | None = None


def make_body(
    *,
    key: int,
    tokens: Sequence[str],
    sentences: Sequence[str] = (),
    title: str = "",
    outlets: frozenset[str] = frozenset(),
    first_at: datetime | None = None,
    last_at: datetime | None = None,
) -> Body:
    """A `Body` from cleaned tokens and the sentences they come from, which show the names.

    One time stands for both ends when only one is known.
    """
    return Body(
        key=key,
        tokens=tuple(tokens),
        shingles=text.shingles(list(tokens)),
        title=frozenset(text.tokens(title)),
        outlets=outlets,
        telling=telling.find(sentences),
        first_at=first_at or last_at,
        last_at=last_at or first_at,
    )


def gap(a: Body, b: Body) -> timedelta:
    """Time between the closest runs of two texts; zero when a date is missing."""
    if a.first_at is None or b.first_at is None or a.last_at is None or b.last_at is None:
        return timedelta(0)
    return max(a.first_at - b.last_at, b.first_at - a.last_at, timedelta(0))


def count_shared(a: Shingles, b: Shingles) -> int:
    """Shingles in common of two sorted distinct arrays."""
    import numpy as np

    if len(a) > len(b):
        a, b = b, a
    if not len(a):
        return 0
    return int(np.count_nonzero(are_among(a, b)))


def are_among(some: Shingles, of: Shingles) -> Mask:
    """Which of some runs, in any order, are among those of a text, which has one or more.

    Looked up in what is sorted already: a tenth of the time that numpy's `isin` takes.
    """
    import numpy as np

    places = np.searchsorted(of, some)
    places[places == len(of)] = 0
    return np.asarray(of[places] == some)


def contained(a: Body, b: Body) -> float:
    """Share of a's shingles found in b."""
    return count_shared(a.shingles, b.shingles) / len(a.shingles) if len(a.shingles) else 0.0


def opens_alike(a: Body, b: Body) -> bool:
    """Whether the shorter text opens as the longer one does, a caption or a lede apart."""
    # Texts of one length are told apart by their words: the answer must not hang on arrival.
    shorter, longer = sorted((a, b), key=lambda body: (len(body.tokens), body.tokens))
    opening = text.shingles(list(shorter.tokens[:OPENING]))
    start = text.shingles(list(longer.tokens[: 4 * OPENING]))
    return count_shared(opening, start) >= 0.5 * len(opening)


def top_share(part: Body, whole: Body) -> float:
    """Share of the upper third of a text that another holds.

    Desks cut from the bottom. A text that stands in the lower half of a page of two stories is
    no shortened form of that page.
    """
    top = text.shingles(list(whole.tokens[: max(len(whole.tokens) // 3, OPENING)]))
    return count_shared(top, part.shingles) / len(top) if len(top) else 0.0


def covered(tokens: Sequence[str], of: Shingles) -> Mask:
    """Which tokens lie inside a passage of 5 or more tokens found in the other text, in order."""
    import numpy as np

    size = text.SHINGLE_TOKENS
    inside = np.zeros(len(tokens), dtype=bool)
    if len(tokens) >= size and len(of):
        hits = are_among(text.runs(list(tokens), size), of)
        for offset in range(size):
            inside[offset : offset + len(hits)] |= hits
    return inside


def coverage(tokens: Sequence[str], of: Shingles) -> float:
    """Share of tokens that lie inside a passage of 5 or more tokens found in the other text."""
    return float(covered(tokens, of).mean()) if len(tokens) else 0.0
