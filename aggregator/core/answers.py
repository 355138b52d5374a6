"""The words about a story that every output shows: how far it went, the summary, what fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from aggregator.core.answer import Answer, Answers
from aggregator.core.figure import by_outlet, spread
from aggregator.core.first import who_first
from aggregator.core.question import narrowed, question_words
from aggregator.core.strip import lines_of
from aggregator.core.whose import whose_copy
from aggregator.core.wording import count, duration, listing, moment, one_line
from aggregator.model import Copy, FeedHealth, Relation, Report, Story

_FAMILIES_MOST = 3


def answers(story: Story) -> Answers:
    """The three answers of a story, each with its evidence."""
    return Answers(first=who_first(story), whose=whose_copy(story), spread=_how_far(story))


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
        evidence=(_relations(story.copies), *_families(story)),
    )


def _families(story: Story) -> list[str]:
    """Outlets of one owner group, which count as one publisher."""
    groups: dict[str, list[str]] = {}
    for copy in by_outlet(story):
        if copy.family:
            groups.setdefault(copy.family, []).append(one_line(copy.outlet))
    told = [
        f"{listing(names, most=4)} are one publisher, {one_line(family)}"
        for family, names in groups.items()
        if len(names) > 1
    ]
    return told[:_FAMILIES_MOST]


def _relations(copies: Sequence[Copy]) -> str:
    numbers = Counter(copy.relation for copy in copies)
    kinds = [each for each in Relation if each is not Relation.FIRST and numbers[each]]
    return listing(f"{numbers[each]:,} {each.value}" for each in kinds)


def summary(report: Report) -> str:
    """The report in one sentence: `37 articles from 9 outlets are 9 stories; 17 are …`."""
    if report.asked is not None and narrowed(report.asked):
        lines = lines_of(report)
        names = {
            each.agency: each.agency_name for each in lines if each.agency and each.agency_name
        }
        asked = ", ".join(question_words(report.asked, names))
        return f"{count(report.total_stories, 'story', 'stories')}: {asked}."
    read = f"{count(report.articles, 'article')} from {count(report.outlets, 'outlet')}"
    if not report.total_stories and report.articles:
        return f"{read}: no story matches."
    if not report.total_stories and report.since is not None:
        return f"No article was first seen since {moment(report.since)}."
    if not report.total_stories:
        return "No articles yet."
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
    """When the story last grew or changed here.

    Where no database says so: the latest copy or revision, by publication or first sight.
    """
    if story.changed_at is not None:
        return story.changed_at
    return max(
        max(
            copy.published_at,
            copy.first_seen_at,
            *(revision.seen_at for revision in copy.revisions),
        )
        for copy in story.copies
    )
