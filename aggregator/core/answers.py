"""The words about a story that every output shows: the three answers, credits, changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.core.figure import by_outlet, spread
from aggregator.core.wording import count, duration, listing, minutes_between, moment, one_line
from aggregator.model import Copy, FeedHealth, Relation, Report, Role, Story, TimeSource

# Feed dates are set by hand or by a publishing queue and are off by minutes (features.md of the
# field study: feeds bump dates): a lead of less than this proves no order.
_CLOSE_MINUTES = 5
_PROVES = (Role.OWN, Role.ORIGIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One of the three answers on top of a story."""

    question: str
    answer: str  # a name or a number
    detail: str  # the same with its measure, one short sentence
    confidence: str = ""  # high, medium, low; empty where the answer is a count
    evidence: tuple[str, ...] = ()  # strongest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Who published first, whose copy it is, how far it went: the same words in every output."""

    first: Answer
    whose: Answer
    spread: Answer

    def __iter__(self) -> Iterator[Answer]:
        return iter((self.first, self.whose, self.spread))


def answers(story: Story) -> Answers:
    """The three answers of a story, each with its evidence."""
    return Answers(first=_who_first(story), whose=_whose_copy(story), spread=_how_far(story))


def _who_first(story: Story) -> Answer:
    first = story.first
    seen = first.time_source is TimeSource.SEEN
    detail = (
        f"first seen {moment(first.published_at)}"
        if seen
        else f"{moment(first.published_at)} ({first.time_source.value})"
    )
    evidence = []
    confidence = "low" if seen else "high"
    if seen:
        evidence.append("its page and feed give no time, so this is when it was first seen here")
    rivals = by_outlet(story)[1:]
    close = [
        one_line(copy.outlet)
        for copy in rivals
        if minutes_between(first.published_at, copy.published_at) < _CLOSE_MINUTES
    ]
    if close:
        confidence = "low" if seen else "medium"
        evidence.append(f"{listing(close, most=3)} within {_CLOSE_MINUTES} min")
    if rivals:
        evidence.append(f"among the {count(len(rivals) + 1, 'outlet')} watched that carry it")
    return Answer(
        question="Who was seen first?" if seen else "Who published first?",
        answer=one_line(first.outlet),
        detail=detail,
        confidence=confidence if rivals else "",
        evidence=tuple(evidence),
    )


def _whose_copy(story: Story) -> Answer:
    question = "Whose copy is it?"
    if story.agency is None:
        alone = len(by_outlet(story)) == 1
        return Answer(
            question=question,
            answer=one_line(story.lead.outlet),
            detail="no agency is credited",
            confidence="" if alone else "low",
            evidence=() if alone else ("the earliest text that the others are alike to",),
        )
    proving = [copy for copy in story.copies if _proves(copy, story.agency)]
    outlets = len({copy.domain for copy in proving})
    others = sorted(
        {copy.agency for copy in story.copies if copy.agency and copy.agency_role in _PROVES}
        - {story.agency}
    )
    own = any(copy.agency_role is Role.OWN for copy in proving)
    confidence = "high" if own or outlets > 1 else "medium" if outlets else "low"
    if others and confidence == "high":
        confidence = "medium"
    evidence = tuple(one_line(each) for each in story.agency_evidence)
    if others:
        evidence += (f"other copies credit {listing(one_line(name) for name in others)}",)
    detail = (
        f"credited by {count(outlets, 'outlet')}" if outlets else "inferred from a credited copy"
    )
    return Answer(
        question=question,
        answer=one_line(story.agency_name or story.agency),
        detail=detail,
        confidence=confidence,
        evidence=evidence,
    )


def _proves(copy: Copy, agency: str) -> bool:
    return copy.agency == agency and copy.agency_role in _PROVES


def _how_far(story: Story) -> Answer:
    if story.outlets <= 1:
        return Answer(
            question="How far did it go?",
            answer="1 outlet",
            detail="found nowhere else among the outlets watched",
        )
    work = f"{story.copied:,} {'carries' if story.copied == 1 else 'carry'} somebody else's copy"
    return Answer(
        question="How far did it go?",
        answer=f"{count(story.outlets, 'outlet')} in {duration(spread(story))}",
        detail=f"{work}; {count(story.independent, 'independent source')}",
        evidence=(_relations(story.copies),),
    )


def _relations(copies: Sequence[Copy]) -> str:
    numbers = Counter(copy.relation for copy in copies)
    kinds = [each for each in Relation if each is not Relation.FIRST and numbers[each]]
    return listing(f"{numbers[each]:,} {each.value}" for each in kinds)


def summary(report: Report) -> str:
    """The report in one sentence: `37 articles from 9 outlets are 9 stories; 17 are …`."""
    if not report.total_stories:
        return (
            f"{count(report.articles, 'article')} from {count(report.outlets, 'outlet')}: "
            f"no story matches."
            if report.articles
            else "No articles yet."
        )
    read = f"{count(report.articles, 'article')} from {count(report.outlets, 'outlet')}"
    stories = count(report.total_stories, "story", "stories")
    copies = f"{report.copies:,} {'is' if report.copies == 1 else 'are'} somebody else's copy"
    if report.min_outlets > 1:
        ran = f"{stories} ran in {count(report.min_outlets, 'outlet')} or more"
        return f"{read}: {ran}; {copies}."
    return f"{read} are {stories}; {copies}."


def failing(report: Report) -> tuple[FeedHealth, ...]:
    """The enabled feeds whose last poll failed, the longest failing first."""
    sick = [feed for feed in report.feeds if feed.enabled and (feed.failures or feed.error)]
    return tuple(sorted(sick, key=lambda feed: (-feed.failures, feed.name, feed.id)))


def updated_at(story: Story) -> datetime:
    """When the story last grew: the latest copy or revision, by publication or first sight."""
    return max(
        max(
            copy.published_at,
            copy.first_seen_at,
            *(revision.seen_at for revision in copy.revisions),
        )
        for copy in story.copies
    )


def credit_words(copy: Copy, story: Story) -> str:
    """The credit column: the agency, how it is known, or that a credit is missing."""
    if uncredited(copy, story):
        return "no credit"
    if copy.agency is None:
        return ""
    name = story.agency_name if copy.agency == story.agency and story.agency_name else copy.agency
    role = {
        Role.OWN: "its own",
        Role.PARTIAL: "in part",
        Role.INFERRED: "inferred",
    }.get(copy.agency_role or Role.ORIGIN, "")
    return one_line(f"{name}, {role}" if role else name)


def uncredited(copy: Copy, story: Story) -> bool:
    """Whether the copy carries an agency's text and does not say so."""
    return (
        story.agency is not None
        and not copy.is_lead
        and (copy.agency is None or copy.agency_role is Role.INFERRED)
    )
