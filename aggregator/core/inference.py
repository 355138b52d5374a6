"""Finds whose words an uncredited page carries, and which other stories a page holds a part of.

Every answer names the article that proves it. Must not trust an answer of its own: only what pages
say themselves proves anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aggregator.core import overlap
from aggregator.core.member import Member, Part, Source
from aggregator.core.proof import CREDITING, proofs
from aggregator.core.wording import percent
from aggregator.model import Credit, Role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

# Of a page's words in credited texts, or of a credited text's words in the page: less is a shared
# quotation. `scripts/provenance` prints what other values give.
INFERRED_SHARE = 0.6
# A second agency, or another story, must account for this share of a page and so many words that
# nobody else accounts for. Pages that quote the same statement as another story share less.
PART_SHARE = 0.15
PART_TOKENS = 40
NEARLY = 0.8
BETTER = 1.1  # the lead copy is the proof unless another holds a tenth more of the page
RULE = "inferred/2"


def infer(
    member: Member, provers: Sequence[Member], *, agencies: Sequence[str]
) -> tuple[Credit, ...]:
    """Credits for the agencies whose text a page carries without saying so; none for its own.

    `provers` are the members that credit somebody, `agencies` those credited in the story, the
    leading one first. Each credit names the copy that holds most of the page. A page blended from
    two agencies gets both. A page that credits somebody is left with its word, unless other copies
    of that agency's text show that a further part of it is another's.
    """
    if any(credit.role is Role.OWN for credit in member.credits):
        return ()
    said = {credit.agency for credit in member.credits if credit.role in CREDITING}
    others: list[Member | Source] = [one for one in provers if one.article != member.article]
    others += member.sources
    carried = _carried(member, others)
    if said and not said & carried.keys():
        return ()
    known = _empty(member)
    for agency in said & carried.keys():
        known |= carried[agency][0]
    whole = any(_holds_whole(member, prover) for _, prover, _ in carried.values())
    found: list[Credit] = []
    for agency in _ranked(carried, agencies):
        mask, prover, share = carried[agency]
        new = mask & ~known
        if agency in said or not (_is_part(new) or (new.any() and not found and not said)):
            continue
        known |= mask
        found.append(_credit(agency, member, prover, share))
    if said or whole or _share(known) >= INFERRED_SHARE:
        return tuple(found)
    return ()


def find_parts(member: Member, own: Sequence[Member]) -> tuple[Part, ...]:
    """The other stories that account for a part of a page, largest first, with the copy to show.

    Words that stand in the page's own story count for that. Where two stories hold the same words
    they count for the one that holds more.
    """
    if not member.sources:
        return ()
    known = _empty(member)
    for other in own:
        if other.article != member.article:
            known |= overlap.covered(member.tokens, other.shingles)
    masks = {
        source.article: overlap.covered(member.tokens, source.shingles) for source in member.sources
    }
    found = []
    while masks:
        best = max(masks, key=lambda one: (int((masks[one] & ~known).sum()), -one))
        new = masks.pop(best) & ~known
        if not _is_part(new):
            break
        known |= new
        found.append(Part(source=best, share=_share(new)))
    return tuple(found)


def _empty(member: Member) -> Any:
    import numpy as np

    return np.zeros(len(member.tokens), dtype=bool)


def _share(words: Any) -> float:
    return float(words.mean()) if len(words) else 0.0


def _is_part(words: Any) -> bool:
    return int(words.sum()) >= PART_TOKENS and _share(words) >= PART_SHARE


def _carried(
    member: Member, others: Sequence[Member | Source]
) -> dict[str, tuple[Any, Member | Source, float]]:
    """By agency: the words of a page that are in copies crediting it, and the fullest of these."""
    found: dict[str, tuple[Any, Member | Source, float]] = {}
    masks: dict[int, Any] = {}
    for other in others:
        for credit in proofs(other):
            mask = masks.get(other.article)
            if mask is None:
                mask = masks[other.article] = overlap.covered(member.tokens, other.shingles)
            share = _share(mask)
            known, best, most = found.get(credit.agency, (_empty(member), other, 0.0))
            if share > most * BETTER:
                best, most = other, share
            found[credit.agency] = (known | mask, best, most)
    return found


def _holds_whole(member: Member, other: Member | Source) -> bool:
    """Whether most of a credited text stands in the page, whatever else does."""
    return isinstance(other, Member) and (
        overlap.coverage(other.tokens, member.shingles) >= INFERRED_SHARE
    )


def _ranked(
    carried: dict[str, tuple[Any, Member | Source, float]], agencies: Sequence[str]
) -> list[str]:
    """The agency that accounts for most of the page first, but the story's own among near equals.

    Where two agencies are credited for the same words, an edit more or less must not decide.
    """
    shares = {agency: _share(mask) for agency, (mask, _, _) in carried.items()}
    most = max(shares.values(), default=0.0)
    own = next((agency for agency in agencies if agency in shares), None)
    return sorted(
        shares,
        key=lambda agency: (
            not (agency == own and shares[agency] >= NEARLY * most), -shares[agency], agency,
        ),
    )  # fmt: skip


def _credit(agency: str, member: Member, prover: Member | Source, share: float) -> Credit:
    words = f"{percent(share)} of it is in the copy of {prover.outlet}"
    if share < INFERRED_SHARE and isinstance(prover, Member):
        held = overlap.coverage(prover.tokens, member.shingles)
        if held >= INFERRED_SHARE:
            words = f"it holds {percent(held)} of the copy of {prover.outlet}"
    return Credit(
        agency=agency,
        role=Role.INFERRED,
        zone="cluster",
        excerpt=words,
        rule=RULE,
        source_article=prover.article,
    )
