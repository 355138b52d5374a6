"""Writes what the outlets of a story did as a letter each, and reads it back; draws nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from aggregator.model import Copy, FirstCopy, Line, Relation, Report, Story

# What a list is, for those who see one for the first time.
MEANING = (
    "One line is one story: the same text, however many ran it. Each mark is one outlet, in order"
    " of publication, by what it did with the text."
)
# Stored in `clusters.strip`, so that a list of stories need not read their copies.
LETTERS: Mapping[Relation, str] = MappingProxyType(
    {relation: relation.value[0] for relation in Relation}
)
_RELATIONS = {letter: relation for relation, letter in LETTERS.items()}


def write_strip(relations: Iterable[Relation]) -> str:
    """A letter an outlet, the first of the relation's word."""
    return "".join(LETTERS[relation] for relation in relations)


def read_strip(letters: str) -> tuple[Relation, ...]:
    """The relations again; letters of a later version are left out."""
    return tuple(_RELATIONS[letter] for letter in letters if letter in _RELATIONS)


def by_outlet(copies: Iterable[Copy]) -> tuple[Copy, ...]:
    """The first copy of each outlet, in the order given."""
    earliest: dict[str, Copy] = {}
    for copy in copies:
        earliest.setdefault(copy.domain or copy.outlet, copy)
    return tuple(earliest.values())


def line_of(story: Story) -> Line:
    """What a list shows of a story."""
    first = story.first
    span = story.copies[-1].published_at - first.published_at
    return Line(
        id=story.id,
        title=story.title,
        language=story.lead.language,
        agency=story.agency,
        agency_name=story.agency_name,
        first=FirstCopy(
            article=first.article,
            outlet=first.outlet,
            outlet_id=first.outlet_id,
            published_at=first.published_at,
            day_only=first.day_only,
            time_source=first.time_source,
        ),
        outlets=story.outlets,
        copied=story.copied,
        independent=story.independent,
        minutes=max(0.0, span.total_seconds() / 60),
        strip=tuple(copy.relation for copy in by_outlet(story.copies)),
    )


def lines_of(report: Report) -> tuple[Line, ...]:
    """The lines of a report, whether it was read for a list or in full."""
    return report.lines or tuple(line_of(story) for story in report.stories)
