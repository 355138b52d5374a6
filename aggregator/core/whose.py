"""The words on whose copy a story is and which outlet says so; weighs no credit itself."""

from __future__ import annotations

from aggregator.core.answer import Answer
from aggregator.core.figure import by_outlet
from aggregator.core.wording import count, listing, one_line, percent
from aggregator.model import Copy, CorrectionKind, Credit, Role, Story

_PROVES = (Role.OWN, Role.ORIGIN)
_NAMED = (*_PROVES, Role.PARTIAL)


def whose_copy(story: Story) -> Answer:
    """Whose copy it is, how sure that is, and the words on the pages that say so."""
    question = "Whose copy is it?"
    if story.agency is None:
        alone = len(by_outlet(story)) == 1
        detail, words = _in_part(story)
        return Answer(
            question=question,
            answer=one_line(story.lead.outlet),
            detail=detail,
            confidence="" if alone else "low",
            evidence=words if alone else (_why_it_leads(story), *words),
        )
    proving = [copy for copy in story.copies if _proves(copy, story.agency)]
    outlets = len({copy.domain for copy in proving})
    own = any(copy.agency_role is Role.OWN for copy in proving)
    confidence = "high" if own or outlets > 1 else "medium" if outlets else "low"
    contradiction = contradiction_words(story) or _others(story)
    if contradiction and confidence == "high":
        confidence = "medium"
    evidence = tuple(one_line(each) for each in story.agency_evidence)
    evidence += (contradiction,) if contradiction else ()
    silent = len({copy.domain for copy in story.copies if uncredited(copy, story)})
    if silent and outlets:
        carry = "carries" if silent == 1 else "carry"
        evidence += (f"{count(silent, 'outlet')} {carry} it without a credit",)
    return Answer(
        question=question,
        answer=one_line(story.agency_name or story.agency),
        detail=f"credited by {count(outlets, 'outlet')}"
        if outlets
        else "inferred from a credited copy",
        confidence=confidence,
        evidence=evidence or tuple(_inferred(copy, story) for copy in story.copies[:1]),
    )


def contradiction_words(story: Story) -> str:
    """`The Ledger credits Reuters, Herald and Post credit AFP`; empty when nobody contradicts."""
    told = []
    for claim in story.claims:
        verb = "credits" if len(claim.outlets) == 1 else "credit"
        names = listing((one_line(name) for name in claim.outlets), most=3)
        told.append(f"{names} {verb} {one_line(claim.name)}")
    return f"the copies contradict each other: {'; '.join(told)}" if told else ""


def _others(story: Story) -> str:
    """Agencies that copies credit for other words than the story's own agency."""
    keys = {copy.agency for copy in story.copies if copy.agency and copy.agency_role in _PROVES}
    names = sorted(_name(key, story) for key in keys - {story.agency})
    return f"other copies credit {listing(one_line(name) for name in names)}" if names else ""


def credit_line(copy: Copy, credit: Credit) -> str:
    """The words on a page that say whose it is: `Herald, byline: “By CPA”`."""
    return f"{copy.outlet}, {credit.zone}: “{credit.excerpt}”"


def _in_part(story: Story) -> tuple[str, tuple[str, ...]]:
    """Whom copies credit with a part of their text, and the first words for each."""
    said: dict[str, str] = {}
    for copy in story.copies:
        for credit in copy.credits:
            if credit.role is Role.PARTIAL:
                line = one_line(credit_line(copy, credit))
                said.setdefault(one_line(_name(credit.agency, story)), line)
    if not said:
        return "no agency is credited", ()
    verb = "is" if len(said) == 1 else "are"
    return f"{listing(said, most=3)} {verb} credited in part", tuple(said.values())


def credit_words(copy: Copy, story: Story) -> str:
    """The credit column: the agencies, how they are known, or that a credit is missing."""
    if uncredited(copy, story):
        return "no credit"
    if copy.agency is None:
        return ""
    same = [credit.agency for credit in copy.credits if credit.role is copy.agency_role]
    keys = sorted(dict.fromkeys(same or [copy.agency]), key=lambda key: key != copy.agency)
    name = listing((_name(key, story) for key in keys), most=3)
    role = {
        Role.OWN: "its own",
        Role.PARTIAL: "in part",
        Role.INFERRED: "inferred",
    }.get(copy.agency_role or Role.ORIGIN, "")
    return one_line(f"{name}, {role}" if role else name)


def inferred_words(copy: Copy, story: Story) -> tuple[str, ...]:
    """What other copies prove about a page, a line for each agency."""
    return tuple(
        one_line(f"{_name(credit.agency, story)}: {credit.excerpt}")
        for credit in copy.credits
        if credit.role is Role.INFERRED
    )


def parent_words(copy: Copy) -> tuple[str, ...]:
    """Which other stories a page holds parts of: `also holds 40 % of “Title” (AFP), story 12`."""
    told = []
    for parent in copy.parents:
        whose = f" ({parent.agency_name})" if parent.agency_name else ""
        told.append(
            one_line(
                f"{percent(parent.share)} of it stands in “{parent.title}”{whose},"
                f" story {parent.story}"
            )
        )
    return tuple(told)


def uncredited(copy: Copy, story: Story) -> bool:
    """Whether the copy carries an agency's text and does not say so."""
    if any(credit.role in _NAMED for credit in copy.credits):
        return False
    return (story.agency is not None and not copy.is_lead) or copy.agency_role is Role.INFERRED


def _name(key: str, story: Story) -> str:
    if key == story.agency and story.agency_name:
        return story.agency_name
    return story.agency_names.get(key, key)


def _inferred(copy: Copy, story: Story) -> str:
    words = inferred_words(copy, story)
    return words[0] if words else f"{one_line(copy.outlet)} names no agency"


def _why_it_leads(story: Story) -> str:
    """Why the lead copy of a story without an agency is the one the others are held against."""
    pins = [each for each in story.corrections if each.kind is CorrectionKind.PIN]
    if pins and pins[-1].parts[0][0] == story.lead.article:
        return "the copy that a person chose to lead"
    return "the earliest text that the others are alike to"


def _proves(copy: Copy, agency: str) -> bool:
    return any(_says(credit, agency) for credit in copy.credits) or (
        copy.agency == agency and copy.agency_role in _PROVES
    )


def _says(credit: Credit, agency: str) -> bool:
    return credit.agency == agency and credit.role in _PROVES
