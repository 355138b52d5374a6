"""Weighs what the credits of a story's copies prove: which agency leads, and who contradicts whom.

Must not look at who copied what from whom, beyond asking whether two copies are the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from aggregator.core import overlap
from aggregator.core.member import Member, Source, Wire, order
from aggregator.model import Credit, Role

PROVING = (Role.OWN, Role.ORIGIN)
CREDITING = (*PROVING, Role.PARTIAL)
# Two copies are the same words when this share of the shorter is in the longer, and half as much
# of the longer in the shorter: a page of two stories is the same words as neither.
SAME_WORDS = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a story's copies say for one agency."""

    agency: str
    members: tuple[Member, ...]  # that credit it, in order of publication
    own: bool  # the agency's own page is among them
    publishers: int
    zones: int  # places where it is said, the best page of each publisher counted


def proofs(member: Member | Source) -> tuple[Credit, ...]:
    """One credit for each agency whose text this proves to be, the agency's own site first."""
    found: dict[str, Credit] = {}
    for role in PROVING:
        for credit in member.credits:
            if credit.role is role:
                found.setdefault(credit.agency, credit)
    return tuple(found.values())


def wire(member: Member, inferred: Sequence[Credit]) -> Wire | None:
    """How an article stands to an agency's text; `inferred` is what other copies prove of it."""
    roles = {credit.role for credit in member.credits}
    if Role.OWN in roles:
        return "own"
    if not roles.isdisjoint(CREDITING):
        return "credited"
    return "uncredited" if inferred else None


def gather(members: Sequence[Member]) -> list[Claim]:
    """The agencies credited, the earliest and best-evidenced first.

    An agency's own page outweighs what others say; then the number of publishers that credit it,
    so that a hundred titles of one owner with one wrong template are one voice; then how many
    places on their pages say so; then who said it first.
    """
    ordered = order(list(members))
    by_agency: dict[str, list[Member]] = {}
    for member in ordered:
        for credit in proofs(member):
            by_agency.setdefault(credit.agency, []).append(member)
    claims = [_claim(agency, said) for agency, said in by_agency.items()]
    place = {member.article: at for at, member in enumerate(ordered)}
    return sorted(
        claims,
        key=lambda claim: (
            not claim.own,
            -claim.publishers,
            -claim.zones,
            place[claim.members[0].article],
            claim.agency,
        ),
    )


def _claim(agency: str, said: Sequence[Member]) -> Claim:
    zones: dict[str, int] = {}
    own = False
    for member in said:
        mine = [c for c in member.credits if c.agency == agency and c.role in PROVING]
        own = own or any(credit.role is Role.OWN for credit in mine)
        count = len({credit.zone for credit in mine})
        zones[member.publisher] = max(zones.get(member.publisher, 0), count)
    return Claim(
        agency=agency, members=tuple(said), own=own, publishers=len(zones),
        zones=sum(zones.values()),
    )  # fmt: skip


def contested(claims: Sequence[Claim]) -> tuple[str, ...]:
    """Agencies that copies of the same words credit and that no copy credits together.

    "APA/dpa/Reuters" credits all three and contradicts none of them. The leading agency first;
    empty when nobody contradicts anybody.
    """
    found: set[str] = set()
    for a, b in combinations(claims, 2):
        theirs = {member.article for member in b.members}
        if {member.article for member in a.members} & theirs:
            continue
        if any(_same_words(x, y) for x in _texts(a) for y in _texts(b)):
            found |= {a.agency, b.agency}
    return tuple(claim.agency for claim in claims if claim.agency in found)


def _texts(claim: Claim) -> list[Member]:
    """One member for each text, and no more than ten: every one of them was compared before."""
    return list({member.digest: member for member in claim.members}.values())[:10]


def _same_words(a: Member, b: Member) -> bool:
    shares = overlap.coverage(a.tokens, b.shingles), overlap.coverage(b.tokens, a.shingles)
    return max(shares) >= SAME_WORDS and min(shares) >= SAME_WORDS / 2


def leading(claims: Sequence[Claim]) -> Callable[[Credit], tuple[bool, int, str]]:
    """A sort key for one page's credits: the story's agency first, then by role."""
    first = claims[0].agency if claims else None
    return lambda credit: (credit.agency != first, CREDITING.index(credit.role), credit.agency)
