"""Says of the copies of one story which leads, whose copy it is and what each outlet did.

Pure: takes the members of one cluster and gives facts. Must not find copies or read pages.
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.core import overlap
from aggregator.core.inference import find_parts, infer
from aggregator.core.member import Facts, Member, Part, Share, order
from aggregator.core.proof import (
    CREDITING,
    PROVING,
    Claim,
    contested,
    gather,
    leading,
    proofs,
    wire,
)
from aggregator.core.relation import Overlap, measure, relate
from aggregator.model import Credit, Relation

CARRIED = 0.5  # of either text
# A page that stands in no story with others merges two when this much of it is found in them.
MERGED_WHOLE = 0.5
_TEXTS_MOST = 12  # distinct texts of a story that others are held against, the lead's first


def choose_lead(members: Sequence[Member], claims: Sequence[Claim] | None = None) -> Member:
    """A person's choice, else the agency's own copy, else the fullest credited one, else the first.

    The fullest holds most of the others. Where copies credit several agencies, only those that
    credit the leading one may lead.
    """
    ordered = order(list(members))
    chosen = max(ordered, key=lambda member: member.pinned)
    if chosen.pinned:
        return chosen
    claims = gather(ordered) if claims is None else claims
    if not claims:
        return ordered[0]
    credited = list(claims[0].members)
    if claims[0].own:
        own = PROVING[0]
        return next(m for m in credited if any(c.role is own for c in proofs(m)))
    others = {member.digest: member for member in ordered}

    def held(member: Member) -> float:
        return sum(overlap.coverage(other.tokens, member.shingles) for other in others.values())

    scores = {digest: held(member) for digest, member in {m.digest: m for m in credited}.items()}
    best = max(scores.values())
    return next(member for member in credited if scores[member.digest] >= best - 1e-9)


def tell(members: Sequence[Member]) -> Facts:
    """The facts of one cluster; a function of its members, whatever their order."""
    ordered = order(list(members))
    claims = gather(ordered)
    lead = choose_lead(ordered, claims)
    telling = _Telling(ordered, claims, lead)
    shares = tuple(telling.share(place, member) for place, member in enumerate(ordered))
    return Facts(
        lead=lead.article,
        agency=claims[0].agency if claims else _foreign(shares, lead),
        shares=shares,
        outlets=len({member.outlet for member in members}),
        independent=len(telling.count_alone(shares)),
        copied=len({m.outlet for m, share in zip(ordered, shares, strict=True) if share.carried}),
        strip=_strip(ordered, shares),
        contested=contested(claims),
    )


def _strip(ordered: Sequence[Member], shares: Sequence[Share]) -> tuple[Relation, ...]:
    """What each outlet did with its earliest copy."""
    did: dict[str, Relation] = {}
    for member, share in zip(ordered, shares, strict=True):
        did.setdefault(member.outlet, share.relation)
    return tuple(did.values())


def _foreign(shares: Sequence[Share], lead: Member) -> str | None:
    """The agency of a story none of whose copies credits one, by what another story proves."""
    inferred = next(share.inferred for share in shares if share.article == lead.article)
    return inferred[0].agency if inferred else None


class _Telling:
    """The comparisons of one story, each made once for a text however many outlets ran it."""

    def __init__(self, ordered: Sequence[Member], claims: Sequence[Claim], lead: Member) -> None:
        self.ordered = ordered
        self.lead = lead
        self.agencies = [claim.agency for claim in claims]
        self.leads = leading(claims)
        self.provers = [
            member
            for claim in claims
            for member in _distinct([lead, *claim.members] if lead in claim.members
                                    else claim.members)
        ]  # fmt: skip
        self.texts = _distinct([lead, *ordered])
        self._measured: dict[str, Overlap] = {}
        self._inferred: dict[str, tuple[Credit, ...]] = {}

    def share(self, place: int, member: Member) -> Share:
        """What one member did; `place` counts from the first published."""
        measured = None if member is self.lead else self.measure(member)
        parents = find_parts(member, self.texts)
        inferred = self._infer(member)
        return Share(
            article=member.article,
            relation=self._relate(place, member, measured, parents),
            copied=measured.copied if measured else None,
            kept=measured.kept if measured else None,
            carried=member.outlet != self.lead.outlet and _is_carried(measured),
            wire=wire(member, inferred),
            agency=self._credited(member),
            inferred=inferred,
            parents=parents,
        )

    def measure(self, member: Member) -> Overlap:
        """How a member overlaps with the lead copy."""
        found = self._measured.get(member.digest)
        if found is None:
            found = self._measured[member.digest] = _overlap(member, self.lead)
        return found

    def _relate(
        self,
        place: int,
        member: Member,
        measured: Overlap | None,
        parents: tuple[Part, ...],
    ) -> Relation:
        elsewhere = sum(part.share for part in parents)
        if len(self.ordered) == 1:
            merged = len(parents) > 1 and elsewhere >= MERGED_WHOLE
            return Relation.MERGED if merged else Relation.ONLY_HERE
        if place == 0:
            return Relation.FIRST
        if parents:
            return Relation.MERGED
        # A lead published after somebody else's copy of it is held against that.
        return relate(measured or _overlap(member, self.ordered[0]))

    def _credited(self, member: Member) -> str | None:
        """The agency that a page's own credits name, the story's where it names several."""
        said = [credit for credit in member.credits if credit.role in CREDITING]
        return min(said, key=self.leads).agency if said else None

    def _infer(self, member: Member) -> tuple[Credit, ...]:
        if any(credit.role in CREDITING for credit in member.credits):
            return infer(member, self.provers, agencies=self.agencies)
        found = self._inferred.get(member.digest)
        if found is None:
            found = infer(member, self.provers, agencies=self.agencies)
            self._inferred[member.digest] = found
        return found

    def count_alone(self, shares: Sequence[Share]) -> set[str]:
        """Publishers that do not only carry another's copy, the lead's among them.

        A publisher carries it when half of its words are another's, or half of the other's are in
        it: a reprint with a reporter's paragraphs added to it is a reprint. Held against the lead
        and against those found independent before, so that copies of a rewritten copy count once.
        """
        alone = [self.lead]
        for member, share in zip(self.ordered, shares, strict=True):
            if share.copied is None or max(share.copied, share.kept or 0.0) >= CARRIED:
                continue  # also where the outlet of the lead ran it again
            if not any(_carries(member, other) for other in _distinct(alone)):
                alone.append(member)
        return {member.publisher for member in alone}


def _is_carried(measured: Overlap | None) -> bool:
    return measured is not None and max(measured.copied, measured.kept) >= CARRIED


def _overlap(member: Member, lead: Member) -> Overlap:
    return measure(member.tokens, member.shingles, lead.tokens, lead.shingles)


def _carries(member: Member, other: Member) -> bool:
    return (
        overlap.coverage(member.tokens, other.shingles) >= CARRIED
        or overlap.coverage(other.tokens, member.shingles) >= CARRIED
    )


def _distinct(members: Sequence[Member]) -> list[Member]:
    """The first members with each text, and no more than the bound."""
    found: dict[str, Member] = {}
    for member in members:
        found.setdefault(member.digest, member)
        if len(found) == _TEXTS_MOST:
            break
    return list(found.values())
