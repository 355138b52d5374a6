"""Says of the copies of one story which leads, whose copy it is and what each outlet did.

Pure: takes the members of one cluster and gives facts. Must not find copies or read pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.core import match
from aggregator.model import Credit, Relation, Role

if TYPE_CHECKING:
    from aggregator.core.text import Shingles

# A copy that holds this share of a credited text carries the same agency's words, whoever is
# credited or not (features study: containment of about .6 proves a reprint).
INFERRED_SHARE = 0.6
PROVING = (Role.OWN, Role.ORIGIN)
CARRIED = 0.5  # of either text
MERGED_SHARE = 0.15  # a page holds that much of another story before it is said to merge the two


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One article of a cluster as provenance sees it."""

    article: int
    key: str  # url key: breaks ties in a way that does not depend on arrival
    outlet: str
    publisher: str  # owner group, else the outlet
    published_at: datetime
    title: str
    digest: str
    tokens: tuple[str, ...]
    shingles: Shingles
    credits: tuple[Credit, ...] = ()
    elsewhere: float = 0.0  # largest share of this copy that is found in one of another story


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one member did with the lead copy."""

    article: int
    relation: Relation
    copied: float | None  # share of this copy found in the lead; None for the lead itself
    kept: float | None  # share of the lead that survived here
    inferred: Credit | None  # what the cluster proves where the page credits nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A cluster told: its lead copy, its agency, and what each member did, in order."""

    lead: int
    agency: str | None
    shares: tuple[Share, ...]  # in order of publication
    outlets: int
    independent: int


def order(members: Sequence[Member]) -> list[Member]:
    """Members in order of publication; equal times by url key."""
    return sorted(members, key=lambda member: (member.published_at, member.key))


def relate(copied: float, kept: float) -> Relation:
    """What an outlet did, from the share it copied and the share it kept.

    Word for word leaves room for a dateline or a changed unit (5 %). A text that is copied but
    for 3 % and lost over 15 % was cut and little else. Below .75 copied, a quarter of the words
    are the outlet's own; they were added where most of the original stands beside them, and took
    its place where it does not.
    """
    if copied >= 0.95 and kept >= 0.95:
        return Relation.WORD_FOR_WORD
    if copied >= 0.75:
        only_cut = copied >= 0.97 and kept < 0.85
        return Relation.SHORTENED if only_cut or kept < 0.55 else Relation.LIGHTLY_EDITED
    return Relation.ADDED_REPORTING if kept >= 0.55 else Relation.REWRITTEN


def _proof(member: Member) -> Credit | None:
    """The strongest credit that says the copy is an agency's: its own site before a credit line."""
    proving = [credit for credit in member.credits if credit.role in PROVING]
    return min(proving, key=lambda c: (PROVING.index(c.role), c.agency), default=None)


def choose_lead(members: Sequence[Member]) -> Member:
    """The agency's own copy, else the credited one that holds most others, else the earliest."""
    ordered = order(members)
    own = [m for m in ordered if (proof := _proof(m)) and proof.role is Role.OWN]
    if own:
        return own[0]
    credited = [member for member in ordered if _proof(member)]
    if not credited:
        return ordered[0]
    others = {member.digest: member for member in ordered}

    def held(member: Member) -> float:
        return sum(match.coverage(other.tokens, member.shingles) for other in others.values())

    scores = {digest: held(member) for digest, member in {m.digest: m for m in credited}.items()}
    best = max(scores.values())
    return next(member for member in credited if scores[member.digest] >= best - 1e-9)


def choose_agency(members: Sequence[Member], lead: Member) -> Credit | None:
    """The credit that leads: the lead copy's own, else the one that most outlets give."""
    if proof := _proof(lead):
        return proof
    proofs = [(member, proof) for member in order(members) if (proof := _proof(member))]
    if not proofs:
        return None
    votes: dict[str, set[str]] = {}
    for member, proof in proofs:
        votes.setdefault(proof.agency, set()).add(member.outlet)
    most = max(len(outlets) for outlets in votes.values())
    return next(proof for _, proof in proofs if len(votes[proof.agency]) == most)


def tell(members: Sequence[Member]) -> Facts:
    """The facts of one cluster; a function of its members, whatever their order."""
    ordered = order(members)
    lead = choose_lead(ordered)
    agency = choose_agency(ordered, lead)
    prover = next(
        (m for m in [lead, *ordered] if agency and (p := _proof(m)) and p.agency == agency.agency),
        None,
    )
    measured: dict[str, tuple[float, float]] = {}
    shares = []
    for place, member in enumerate(ordered):
        copied: float | None = None
        kept: float | None = None
        if member is not lead:
            if member.digest not in measured:
                measured[member.digest] = (
                    match.coverage(member.tokens, lead.shingles),
                    match.coverage(lead.tokens, member.shingles),
                )
            copied, kept = measured[member.digest]
        shares.append(
            Share(
                article=member.article,
                relation=_relation(place, ordered, member, lead, copied, kept),
                copied=copied,
                kept=kept,
                inferred=_infer(member, agency, prover),
            )
        )
    return Facts(
        lead=lead.article,
        agency=agency.agency if agency else None,
        shares=tuple(shares),
        outlets=len({member.outlet for member in members}),
        independent=_count_independent(ordered, shares),
    )


def _relation(
    place: int,
    ordered: Sequence[Member],
    member: Member,
    lead: Member,
    copied: float | None,
    kept: float | None,
) -> Relation:
    if len({other.outlet for other in ordered}) == 1 and len(ordered) == 1:
        return Relation.ONLY_HERE
    if place == 0:
        return Relation.FIRST
    if copied is None or kept is None:  # the lead, published after somebody else's copy of it
        first = ordered[0]
        copied = match.coverage(lead.tokens, first.shingles)
        kept = match.coverage(first.tokens, lead.shingles)
    if member.elsewhere >= MERGED_SHARE and copied + member.elsewhere <= 1.1:
        return Relation.MERGED  # the two shares are of different words, a tenth of overlap allowed
    return relate(copied, kept)


def _infer(member: Member, agency: Credit | None, prover: Member | None) -> Credit | None:
    if agency is None or prover is None or prover.article == member.article:
        return None
    if any(c.role in (*PROVING, Role.PARTIAL) for c in member.credits):
        return None
    share = match.coverage(member.tokens, prover.shingles)
    if share < INFERRED_SHARE:
        return None
    return Credit(
        agency=agency.agency,
        role=Role.INFERRED,
        zone="cluster",
        excerpt=f"{share:.0%} of it is in the copy of {prover.outlet}",
        rule="inferred/1",
        source_article=prover.article,
    )


def _count_independent(ordered: Sequence[Member], shares: Sequence[Share]) -> int:
    """Publishers that do not carry another's copy, the lead's among them.

    A publisher carries it when half of its words are the lead's, or half of the lead's are in it:
    a reprint with a reporter's paragraphs added to it is a reprint.
    """
    alone = {
        member.publisher
        for member, share in zip(ordered, shares, strict=True)
        if share.copied is None or max(share.copied, share.kept or 0.0) < CARRIED
    }
    return len(alone)
