"""Decides which sentences of one outlet are template; must not look at other outlets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aggregator.core import titles
from aggregator.core.clean import Sentence

# Past this many pages a sentence is template whatever the pages look like: no outlet runs one
# story under so many addresses, and it bounds the pages that must be compared.
CERTAIN_PAGES = 12
ALIKE = 0.8  # of the sentences, digits masked
NUMBERS = 0.5  # takes of a running story keep most of their numbers, weather pages few


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSketch:
    """What is needed to say whether two pages of one outlet are one story."""

    key: str  # url key: the order in which pages are looked at
    title: frozenset[str]  # as the feed lists it: a wall shows one title under many addresses
    told: bool  # whether the text is what the title says
    sentences: frozenset[int]  # sentence keys, digits masked
    numbers: frozenset[str]


def sketch(*, key: str, title: str, sentences: Sequence[Sentence]) -> PageSketch:
    """The sketch of a page from its listed title and its sentences."""
    named = titles.words_of(title)
    words = {token for sentence in sentences for token in sentence.tokens}
    return PageSketch(
        key=key,
        title=named,
        told=titles.is_told(named, words),
        sentences=frozenset(s.key for s in sentences if s.key is not None),
        numbers=frozenset(word for word in words if word.isdigit()),
    )


def _overlap(a: frozenset[int] | frozenset[str], b: frozenset[int] | frozenset[str]) -> float:
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller else 1.0


def one_story(a: PageSketch, b: PageSketch) -> bool:
    """Whether two pages of one outlet are one story under two addresses.

    Their sentences and their numbers agree, and so do their titles, or each title is told by the
    text below it. Weather pages agree in sentences with digits masked but not in numbers; a
    consent wall stands under titles that have nothing to do with it.
    """
    if a.key == b.key:
        return True
    if _overlap(a.sentences, b.sentences) < ALIKE or _overlap(a.numbers, b.numbers) < NUMBERS:
        return False
    return titles.agree(a.title, b.title) or (a.told and b.told)


def is_template(pages: Sequence[PageSketch], total: int, minimum: int = 3) -> bool:
    """Whether a sentence shared by these pages of one outlet belongs to the outlet.

    `pages` are up to `CERTAIN_PAGES` of the `total` pages that hold the sentence. It is template
    when they are at least `minimum` unlike pages: pages that are one story count once. The
    answer depends on the set of pages alone, not on the order in which they came.
    """
    if total < minimum:
        return False
    if total > CERTAIN_PAGES:
        return True
    groups: list[list[PageSketch]] = []
    for page in sorted(pages, key=lambda page: page.key):
        joined = [group for group in groups if any(one_story(page, other) for other in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([page, *(other for group in joined for other in group)])
    return len(groups) >= minimum
