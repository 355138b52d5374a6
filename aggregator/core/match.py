"""Compares two texts exactly and says whether one is a copy of the other, and why.

LSH only proposes a pair; this decides it. It must not know how the pair was proposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.core import text, titles
from aggregator.model import Match, MatchVerdict

if TYPE_CHECKING:
    from aggregator.core.text import Shingles


OPENING = 40  # tokens: one or two sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The numbers of the rule; the defaults are the ones measured, see DESIGN.md section 5."""

    containment: float = 0.4  # of the shorter text in the longer
    shared: int = 20  # shingles: fewer is a shared quote
    # Where less than this is contained, both texts are largely their own, and a statement that
    # both quote may be all they share: the more of both must be shared.
    contained_firmly: float = 0.55
    jaccard_loose: float = 0.2
    shared_loose: int = 100
    jaccard_same_outlet: float = 0.6  # an outlet's own pages share furniture
    jaccard_uneven: float = 0.1  # when lengths differ by `uneven`: transcripts contain everybody
    uneven: float = 5.0
    contained_brief: float = 0.7  # a brief cut from a long story, opening alike, all the same
    numbers_same_outlet: float = 0.5  # weather and result pages differ in their numbers
    min_shingles: int = 30
    window: timedelta = timedelta(days=3)
    passages: float = 0.15  # below this nothing is recorded

    def describe(self) -> str:
        """The rule in words, for readers."""
        return (
            f"Two articles are one story when {self.containment:.0%} of the shorter one's passages"
            f" of five words stand in the longer one, at least {self.shared} of them, and they ran"
            f" within {self.window.total_seconds() / 86400:g} days of each other;"
            " the very same text is one story whenever it ran. Below"
            f" {self.contained_firmly:.0%} at least {self.shared_loose} passages and a Jaccard"
            f" similarity of {self.jaccard_loose:g} are asked for, and of a text over"
            f" {self.uneven:g} times as long {self.contained_brief:.0%} and the same opening or"
            f" headline. Two pages of one outlet need a Jaccard similarity of"
            f" {self.jaccard_same_outlet:g}, the same opening or headline, and the same numbers."
            f" Articles with fewer than {self.min_shingles} such passages are not compared."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A cleaned text ready to be compared; `outlets` are all that ran exactly this text."""

    key: int
    tokens: tuple[str, ...]
    shingles: Shingles
    title: frozenset[str]
    outlets: frozenset[str]
    first_at: datetime | None = None
    last_at: datetime | None = None


def make_body(
    *,
    key: int,
    tokens: Sequence[str],
    title: str = "",
    outlets: frozenset[str] = frozenset(),
    first_at: datetime | None = None,
    last_at: datetime | None = None,
) -> Body:
    """A `Body` from cleaned tokens; one time stands for both ends when only one is known."""
    return Body(
        key=key,
        tokens=tuple(tokens),
        shingles=text.shingles(list(tokens)),
        title=frozenset(text.tokens(title)),
        outlets=outlets,
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
    places = np.searchsorted(b, a)
    places[places == len(b)] = 0
    return int(np.count_nonzero(b[places] == a))


def contained(a: Body, b: Body) -> float:
    """Share of a's shingles found in b."""
    return count_shared(a.shingles, b.shingles) / len(a.shingles) if len(a.shingles) else 0.0


def _numbers(body: Body) -> frozenset[str]:
    return frozenset(token for token in body.tokens if token.isdigit())


def _agree(a: frozenset[str], b: frozenset[str]) -> float:
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller else 1.0


def _opens_alike(a: Body, b: Body) -> bool:
    """Whether the shorter text opens as the longer one does, a caption or a lede apart."""
    # Texts of one length are told apart by their words: the answer must not hang on arrival.
    shorter, longer = sorted((a, b), key=lambda body: (len(body.tokens), body.tokens))
    opening = text.shingles(list(shorter.tokens[:OPENING]))
    start = text.shingles(list(longer.tokens[: 4 * OPENING]))
    return count_shared(opening, start) >= 0.5 * len(opening)


def is_from_top(part: Body, whole: Body) -> bool:
    """Whether a text holds a good part of the upper third of a longer one.

    Desks cut from the bottom. A text that stands in the lower half of a page of two stories is
    no shortened form of that page.
    """
    top = text.shingles(list(whole.tokens[: max(len(whole.tokens) // 3, OPENING)]))
    return count_shared(top, part.shingles) >= 0.25 * len(top)


def _refuse(a: Body, b: Body, jaccard: float, shared: int, rule: Thresholds) -> str | None:
    """Why two overlapping texts are no copies all the same, or None."""
    sizes = sorted((len(a.shingles), len(b.shingles)))
    containment = shared / sizes[0]
    if gap(a, b) > rule.window:
        return f"more than {rule.window.total_seconds() / 86400:g} days apart"
    if len(a.outlets) == 1 and a.outlets == b.outlets:
        return _refuse_own(a, b, jaccard, rule)
    alike = titles.agree(a.title, b.title) or _opens_alike(a, b)
    if sizes[1] > rule.uneven * sizes[0] and jaccard < rule.jaccard_uneven:
        if containment < rule.contained_brief or not alike:
            return f"one is over {rule.uneven:.0f} times as long, and holds many things"
    elif containment < rule.contained_firmly and (
        jaccard < rule.jaccard_loose or shared < rule.shared_loose
    ):
        return (
            f"{containment:.0%} contained, and both are largely their own:"
            f" Jaccard {jaccard:.2f}, {shared} shingles"
        )
    return None


def _refuse_own(a: Body, b: Body, jaccard: float, rule: Thresholds) -> str | None:
    """Why two pages of one outlet are two stories: an outlet's own pages share furniture."""
    if jaccard < rule.jaccard_same_outlet:
        return f"one outlet's own pages, Jaccard below {rule.jaccard_same_outlet}"
    agree = titles.agree(a.title, b.title)
    if not agree and not _opens_alike(a, b):
        return "one outlet's own pages, neither titles nor openings agree"
    if not agree and not all(titles.is_told(x.title, frozenset(x.tokens)) for x in (a, b)):
        return "one outlet's own pages under titles that the text does not tell"
    if _agree(_numbers(a), _numbers(b)) < rule.numbers_same_outlet:
        return "one outlet's own pages, the numbers differ"
    return None


def compare(a: Body, b: Body, rule: Thresholds | None = None) -> Match:
    """The exact comparison of two cleaned texts, symmetric in its arguments.

    Jaccard and containment are those of the sets of token 5-grams. Containment decides, because
    true copies of US wire stories have a median containment of .85 and a median Jaccard of .64,
    a fifth of them below .3.
    """
    rule = rule or Thresholds()
    if a.key > b.key:
        a, b = b, a
    size_a, size_b = len(a.shingles), len(b.shingles)
    shared = count_shared(a.shingles, b.shingles)
    a_in_b = shared / size_a if size_a else 0.0
    b_in_a = shared / size_b if size_b else 0.0
    jaccard = shared / (size_a + size_b - shared) if shared else 0.0
    containment = max(a_in_b, b_in_a)

    def answer(verdict: MatchVerdict, reason: str) -> Match:
        return Match(
            a=a.key, b=b.key, jaccard=jaccard, a_in_b=a_in_b, b_in_a=b_in_a, shared=shared,
            verdict=verdict, reason=reason,
        )  # fmt: skip

    if min(size_a, size_b) < rule.min_shingles:
        return answer(MatchVerdict.NO, f"fewer than {rule.min_shingles} shingles to compare")
    if containment < rule.passages or shared < rule.shared:
        return answer(MatchVerdict.NO, f"{shared} shingles in common, {containment:.0%} contained")
    if containment < rule.containment:
        return answer(
            MatchVerdict.SHARES, f"{containment:.0%} contained, below {rule.containment:.0%}"
        )
    if refusal := _refuse(a, b, jaccard, shared, rule):
        return answer(MatchVerdict.SHARES, refusal)
    if jaccard >= 0.95:
        return answer(MatchVerdict.SAME, f"Jaccard {jaccard:.2f}")
    if containment >= 0.7 and min(size_a, size_b) <= 0.75 * max(size_a, size_b):
        return answer(MatchVerdict.TRIMMED, f"{containment:.0%} of the shorter is in the longer")
    return answer(MatchVerdict.COPY, f"{containment:.0%} contained, Jaccard {jaccard:.2f}")


def coverage(tokens: Sequence[str], of: Shingles) -> float:
    """Share of tokens that lie inside a passage of 5 or more tokens found in the other text."""
    import numpy as np

    size = text.SHINGLE_TOKENS
    if len(tokens) < size or not len(of):
        return 0.0
    hits = np.isin(text.runs(list(tokens), size), of)
    covered = np.zeros(len(tokens), dtype=bool)
    for offset in range(size):
        covered[offset : offset + len(hits)] |= hits
    return float(covered.mean())
