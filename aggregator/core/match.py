"""Compares two texts exactly and says whether one is a copy of the other, and why.

LSH only proposes a pair; this decides it. It must not know how the pair was proposed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.core import sequence, telling, titles
from aggregator.core.overlap import Body, contained, count_shared, gap, opens_alike
from aggregator.core.thresholds import Thresholds
from aggregator.model import Match, MatchVerdict

if TYPE_CHECKING:
    from aggregator.core.text import Shingles

ORDERLY = 0.85  # of the words two texts have in common: own reports tell the same in another order


def _numbers(body: Body) -> frozenset[str]:
    return frozenset(token for token in body.tokens if token.isdigit())


def _agree(a: frozenset[str], b: frozenset[str]) -> float:
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller else 1.0


def _share_ordered(a: Body, b: Body, rule: Thresholds) -> float:
    """Share of the words of two texts that stand in one order, though passages break; else 0.

    All names and numbers but one, such as a toll, must be the same: releases localised for two
    towns have their words in one order too.
    """
    found = sequence.in_order(a.tokens, b.tokens)
    if (
        found.share >= rule.ordered
        and found.count >= rule.ordered_least
        and found.kept >= ORDERLY
        and telling.count_replaced(a.tokens, a.telling, b.tokens, b.telling)[0] <= 1
    ):
        return found.share
    return 0.0


def kinship(a: Body, b: Body, rule: Thresholds | None = None) -> float:
    """Share of a that stands in b, for folding: passages, or words in one order where they hold.

    A pair decided by the order of its words would be torn apart by passages alone.
    """
    share = contained(a, b)
    if share >= 0.5 or share < 0.1:
        return share
    ordered = _share_ordered(a, b, rule or Thresholds())
    return max(share, ordered * min(1.0, len(b.tokens) / len(a.tokens)))


def _refuse(a: Body, b: Body, jaccard: float, shared: int, rule: Thresholds) -> str | None:
    """Why two overlapping texts are no copies all the same, or None."""
    sizes = sorted((len(a.shingles), len(b.shingles)))
    containment = shared / sizes[0]
    if jaccard < 1.0 and gap(a, b) > rule.window:
        return f"more than {rule.window.total_seconds() / 86400:g} days apart"
    if len(a.outlets) == 1 and a.outlets == b.outlets:
        return _refuse_own(a, b, jaccard, rule)
    other, replaced, kept = _says_other_things(a, b, rule)
    if other:
        return f"in like sentences {replaced} of {replaced + kept} names and numbers differ"
    alike = titles.agree(a.title, b.title) or opens_alike(a, b)
    if sizes[1] > rule.uneven * sizes[0] and jaccard < rule.jaccard_uneven:
        if containment < rule.contained_brief or not alike:
            return f"one is over {rule.uneven:.0f} times as long, and holds many things"
    elif containment < rule.contained_firmly and not (
        _is_loose_copy(a, b, jaccard, shared, kept, rule) or _share_ordered(a, b, rule)
    ):
        return (
            f"{containment:.0%} contained, and both are largely their own:"
            f" Jaccard {jaccard:.2f}, {shared} shingles"
        )
    return None


def _says_other_things(a: Body, b: Body, rule: Thresholds) -> tuple[bool, int, int]:
    """Whether like sentences of two texts are about other things; names replaced, and kept."""
    replaced, kept = telling.count_replaced(a.tokens, a.telling, b.tokens, b.telling)
    return replaced > 1 and replaced >= rule.replaced * (replaced + kept), replaced, kept


def _is_loose_copy(
    a: Body, b: Body, jaccard: float, shared: int, kept: int, rule: Thresholds
) -> bool:
    """Whether two texts that are both largely their own share enough of both.

    A statement that both quote reaches a Jaccard of .27 and 62 shingles; where fewer than
    `shared_loose` are common, names and numbers must be too.
    """
    if jaccard < rule.jaccard_loose or shared < rule.shared_told:
        return False
    return shared >= rule.shared_loose or (
        kept >= rule.kept_told and _agree(a.telling, b.telling) >= rule.agree_told
    )


def _refuse_own(a: Body, b: Body, jaccard: float, rule: Thresholds) -> str | None:
    """Why two pages of one outlet are two stories: an outlet's own pages share furniture."""
    if jaccard < rule.jaccard_same_outlet:
        return f"one outlet's own pages, Jaccard below {rule.jaccard_same_outlet}"
    agree = titles.agree(a.title, b.title)
    if not agree and not opens_alike(a, b):
        return "one outlet's own pages, neither titles nor openings agree"
    if not agree and not any(titles.is_told(x.title, frozenset(x.tokens)) for x in (a, b)):
        return "one outlet's own pages under titles that the text does not tell"
    if _agree(_numbers(a), _numbers(b)) < rule.numbers_same_outlet:
        return "one outlet's own pages, the numbers differ"
    return None


def share_much(a: Body, b: Body, rule: Thresholds) -> bool:
    """Whether two texts have enough in common for more to be asked of them; else it is `no`."""
    return shingles_share_much(a.shingles, b.shingles, rule)


def shingles_share_much(a: Shingles, b: Shingles, rule: Thresholds) -> bool:
    """`share_much` of two texts of which nothing but the shingles is at hand."""
    if min(len(a), len(b)) < rule.min_shingles:
        return False
    shared = count_shared(a, b)
    return shared >= rule.shared and shared / min(len(a), len(b)) >= rule.passages


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
    if not share_much(a, b, rule):
        return answer(MatchVerdict.NO, f"{shared} shingles in common, {containment:.0%} contained")
    if containment < rule.containment and not _share_ordered(a, b, rule):
        return answer(
            MatchVerdict.SHARES, f"{containment:.0%} contained, below {rule.containment:.0%}"
        )
    if refusal := _refuse(a, b, jaccard, shared, rule):
        return answer(MatchVerdict.SHARES, refusal)
    if jaccard >= 0.95:
        return answer(MatchVerdict.SAME, f"Jaccard {jaccard:.2f}")
    if containment >= 0.7 and min(size_a, size_b) <= 0.75 * max(size_a, size_b):
        return answer(MatchVerdict.TRIMMED, f"{containment:.0%} of the shorter is in the longer")
    numbers = f"{containment:.0%} contained, Jaccard {jaccard:.2f}"
    if containment < rule.containment:
        numbers += ", the same words in the same order"
    replaced, _ = telling.count_replaced(a.tokens, a.telling, b.tokens, b.telling)
    if replaced and not opens_alike(a, b):
        return answer(MatchVerdict.TAKE, f"{numbers}, another opening, {replaced} facts changed")
    return answer(MatchVerdict.COPY, numbers)


def may_hold_part(a: Body, b: Body, rule: Thresholds) -> bool:
    """Whether what two texts of two stories share may be taken from the one into the other.

    Not when they ran too far apart, on one outlet alone, or put other names and numbers into the
    same sentences, as bulletins do.
    """
    if gap(a, b) > rule.window or (len(a.outlets) == 1 and a.outlets == b.outlets):
        return False
    return not _says_other_things(a, b, rule)[0]
