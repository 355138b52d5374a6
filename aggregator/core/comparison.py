"""Sets the copies and versions of a story side by side, within a bound on work; draws nothing."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.core import titles
from aggregator.core.diff import DiffRow, RowKind, describe, diff_texts
from aggregator.core.wording import one_line
from aggregator.model import Copy, Relation, Revision, RevisionKind, Story

# One page compares this many copies and this many characters. The ferry story of the tests,
# 2,600 characters on both sides, takes 0.7 ms.
COMPARISONS_MOST = 30
_CHARACTERS_MOST = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One copy beside the lead copy."""

    copy: Copy
    rows: tuple[DiffRow, ...]
    words: str  # what changed, in a few words


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of an address, beside the version before it."""

    number: int
    revision: Revision
    before: Revision | None
    rows: tuple[DiffRow, ...]  # empty for the first version
    words: str
    trivial: bool = False  # folded away


def comparisons(story: Story, *, most: int = COMPARISONS_MOST) -> tuple[Comparison, ...]:
    """Copies beside the lead copy, in order of publication; at most `most` of them."""
    found: list[Comparison] = []
    budget = _CHARACTERS_MOST
    for copy in story.copies:
        budget -= len(copy.text) + len(story.lead.text)
        if copy.is_lead or not copy.text or not story.lead.text:
            continue
        if budget < 0 or len(found) == most:
            break
        found.append(compare_with_lead(story, copy))
    return tuple(found)


def compare_with_lead(story: Story, copy: Copy) -> Comparison:
    """One copy beside the lead copy."""
    return compare(story.lead, copy)


def compare(left: Copy, right: Copy) -> Comparison:
    """Any copy beside any other, whichever leads."""
    rows = diff_texts(left.text, right.text)
    new = titles.is_new(right.title, left.title, outlets=(left.outlet, right.outlet))
    words = describe(rows, headline=new)
    return Comparison(copy=right, rows=rows, words=words or "nothing changed")


def versions(copy: Copy) -> tuple[Version, ...]:
    """The texts an address has shown, oldest first; empty when it never changed."""
    if len(copy.revisions) < 2:
        return ()
    found: list[Version] = []
    before: Revision | None = None
    for number, revision in enumerate(copy.revisions[:COMPARISONS_MOST], start=1):
        rows: tuple[DiffRow, ...] = ()
        words = "first version"
        if before is not None:
            rows = diff_texts(before.text, revision.text)
            headline = one_line(before.title) != one_line(revision.title)
            words = describe(rows, headline=headline) or "nothing visible changed"
            # What the revision was found to be when it came names the numbers themselves.
            words = one_line(revision.summary) or words
            if revision.kind in (RevisionKind.CORRECTION, RevisionKind.LEAD):
                words = f"{revision.kind.value}: {words}"
        found.append(
            Version(
                number=number, revision=revision, before=before, rows=rows, words=words,
                trivial=revision.kind is RevisionKind.TRIVIAL,
            )
        )  # fmt: skip
        before = revision
    return tuple(found)


def differs(rows: tuple[DiffRow, ...]) -> bool:
    """Whether a comparison found any change."""
    return any(row.kind is not RowKind.SAME for row in rows)


def most_edited(story: Story) -> Copy | None:
    """The copy whose changes are most worth a look: reworded before shortened, then by amount."""
    if not story.lead.text:
        return None
    plain = (Relation.WORD_FOR_WORD, Relation.ONLY_HERE)
    candidates = [
        copy
        for copy in story.copies
        if not copy.is_lead and copy.text and copy.text != story.lead.text
        and copy.relation not in plain
    ]  # fmt: skip
    return min(
        candidates,
        key=lambda copy: (
            copy.relation is Relation.SHORTENED,
            (copy.copied or 0) + (copy.kept or 0),
            copy.published_at,
            copy.article,
        ),
        default=None,
    )
