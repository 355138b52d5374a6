"""Gathers what the page of one story shows, in order and within bounds; writes no markup itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aggregator.core import figure
from aggregator.core.answer import Answers
from aggregator.core.answers import answers
from aggregator.core.comparison import (
    COMPARISONS_MOST,
    Comparison,
    Version,
    comparisons,
    most_edited,
    versions,
)
from aggregator.core.corrected import sentence
from aggregator.core.footnotes import footnotes
from aggregator.core.palette import relation_word
from aggregator.core.whose import credit_words, uncredited
from aggregator.core.wireversions import WireVersion, wire_versions
from aggregator.core.wording import duration, minutes_between, one_line, short_moment
from aggregator.model import Copy, Credit, FirstCopy, Match, PageState, Relation, Story

# A page is read by a person: these many rows are more than anybody reads, and they keep a story
# of 10,000 copies at 280 kB. The data outputs hold everything.
ROWS_MOST = 200
# In a file of many stories each of them is kept shorter.
ROWS_MOST_SHORT = 60
_COMPARISONS_MOST_SHORT = 8
_PAIRS_MOST = 60
_NOTES_MOST = 40
_CREDITS_MOST = 60
_DECIDED_MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletRow:
    """One line of the figure."""

    copy: Copy
    after: str
    word: str
    track: str  # SVG, of numbers only


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRow:
    """One line of the table."""

    copy: Copy
    after: str
    word: str
    credit: str
    uncredited: bool
    compared: bool  # a comparison of it stands on the page


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """Everything the page of one story shows."""

    story: Story
    links: tuple[tuple[str, str], ...]  # other forms of the story, as label and address
    answers: Answers
    axis: str
    outlets: tuple[OutletRow, ...]
    figure_most: int
    relations: frozenset[Relation]  # that occur
    rows: tuple[CopyRow, ...]
    notes: tuple[str, ...]  # remarks on them
    comparisons: tuple[Comparison, ...]
    open: Copy | None  # the comparison that starts open
    versions: tuple[tuple[Copy, tuple[Version, ...]], ...]
    lost: tuple[Copy, ...]  # whose pages are not what they were
    wire: tuple[WireVersion, ...]  # the agency's own versions
    pairs: tuple[Match, ...]
    credits: tuple[tuple[Copy, Credit], ...]
    decided: tuple[str, ...]  # by a person, in force
    names: dict[int, str]
    commands: tuple[tuple[str, str], ...]  # by which a person decides otherwise, and what each does

    @property
    def other(self) -> Copy | None:
        """The copy that is set beside the lead copy when nobody chose another."""
        return self.open or next((row.copy for row in self.rows if not row.copy.is_lead), None)

    def name(self, article: int) -> str:
        """The outlet of an article of this story."""
        return self.names.get(article, f"article {article}")


def view_story(
    story: Story,
    *,
    links: tuple[tuple[str, str], ...] = (),
    safe: Callable[[str], str] = str,
    short: bool = False,
) -> StoryView:
    """Gather a story for its page; `safe` marks our drawings as markup, `short` keeps less."""
    longest = figure.spread(story)
    compared = comparisons(story, most=_COMPARISONS_MOST_SHORT if short else COMPARISONS_MOST)
    shown = {each.copy.article for each in compared}
    lead = story.lead.article
    pairs = sorted(story.pairs, key=lambda pair: (lead not in (pair.a, pair.b), pair.a, pair.b))
    changed = ((copy, versions(copy)) for copy in story.copies[:ROWS_MOST])
    return StoryView(
        story=story,
        links=links,
        answers=answers(story),
        axis=safe(figure.axis_svg(longest)),
        outlets=tuple(_outlet_row(copy, story, longest, safe) for copy in figure.by_outlet(story)),
        figure_most=figure.FIGURE_MOST,
        relations=frozenset(copy.relation for copy in story.copies),
        rows=tuple(
            _copy_row(copy, story, shown)
            for copy in story.copies[: ROWS_MOST_SHORT if short else ROWS_MOST]
        ),
        notes=footnotes(story)[:_NOTES_MOST],
        comparisons=compared,
        open=most_edited(story),
        versions=tuple((copy, found) for copy, found in changed if found),
        lost=tuple(copy for copy in story.copies[:ROWS_MOST] if copy.page is not PageState.THERE),
        wire=wire_versions(story),
        pairs=tuple(pairs[:_PAIRS_MOST]),
        credits=tuple(
            (copy, credit) for copy in story.copies[:ROWS_MOST] for credit in copy.credits
        )[:_CREDITS_MOST],
        decided=decided(story)[:_DECIDED_MOST],
        names={copy.article: one_line(copy.outlet) for copy in story.copies},
        commands=correcting(story),
    )


def decided(story: Story) -> tuple[str, ...]:
    """What a person decided about the story, a sentence each; its articles by their outlets."""
    names = {copy.article: one_line(copy.outlet) or "unnamed" for copy in story.copies}

    def name(article: int) -> str:
        return f"{names[article]} ({article})" if article in names else f"article {article}"

    return tuple(sentence(each, name) for each in story.corrections)


def correcting(story: Story) -> tuple[tuple[str, str], ...]:
    """The commands by which a person decides otherwise of a story, and what each does."""
    found = [(f"merge {story.id} STORY", "make one story of this and another")]
    others = [copy for copy in story.copies if not copy.is_lead]
    if others:
        last = others[-1]
        found += [
            (f"split {story.id} {last.article}",
             f"take a copy out of it, here that of {one_line(last.outlet)}"),
            (f"pin {last.article}", "choose the copy that the others are held against"),
            (f"not-a-copy {story.lead.article} {last.article}",
             "say that two articles are no copies of each other"),
        ]  # fmt: skip
    found += [(f"undo {each.id}", f"take back correction {each.id}") for each in story.corrections]
    return tuple(found)


def after(copy: Copy, story: Story) -> str:
    """The delay of a copy as shown: `first`, or the time after the first one."""
    if copy.article == story.first.article:
        return "first"
    if copy.day_only:
        return day_or_time(copy)
    return duration(minutes_between(story.first.published_at, copy.published_at))


def day_or_time(copy: Copy | FirstCopy, now: datetime | None = None) -> str:
    """When a copy was published, as a column shows it: `20 Nov 04:52`, or the day alone."""
    shown = short_moment(copy.published_at, now)
    return shown[:6].strip() if copy.day_only else shown


def _outlet_row(copy: Copy, story: Story, longest: float, safe: Callable[[str], str]) -> OutletRow:
    return OutletRow(
        copy=copy,
        after=after(copy, story),
        word=relation_word(copy),
        track=safe(figure.track_svg(copy, story.first, longest)),
    )


def _copy_row(copy: Copy, story: Story, shown: set[int]) -> CopyRow:
    return CopyRow(
        copy=copy,
        after=after(copy, story),
        word=relation_word(copy),
        credit=credit_words(copy, story),
        uncredited=uncredited(copy, story),
        compared=copy.article in shown,
    )
