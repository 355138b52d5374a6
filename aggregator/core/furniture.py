"""Takes out of two readings of a page what surrounds the story; must not judge what is left."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from aggregator.core import clean, text
from aggregator.core.agencies import Agencies
from aggregator.core.align import likeness, read
from aggregator.core.credit import strip_credit_lines
from aggregator.core.creditline import is_promo
from aggregator.core.phrasebook import phrasebook
from aggregator.core.walls import is_headline

_HEADING_WORDS = 4  # a longer line points to one story, and opens no box
_STAMP_WORDS = 16  # words of a line of time and date; characters, where words are not parted
_LEFT = 1  # words of such a line that need not be known: a month, a name of a zone
_EDITED = 0.4  # likeness from which a line is an edit of another, not another link
_STAYED = 0.5  # of the lines at the end: they are part of the text, not a box of links


def stories_of(
    before: str, after: str, *, agencies: Agencies, templates: Collection[int] = ()
) -> tuple[list[str], list[str]]:
    """The paragraphs of two readings without furniture, so that what differs is the story.

    Out go credits, captions and pointers (as for comparing outlets), boxes of links, lines of
    time and counts, and sentences whose keys are in `templates`: what the outlet repeats.
    "5 minutes ago" is masked inside sentences. Links that stand at the end without a heading are
    known by what they do: they are exchanged, not edited.
    """
    left, right = (
        list(strip_credit_lines(_without_boxes(each, agencies), agencies))
        for each in (before, after)
    )
    left, right = _without_links(left, right)
    return _masked(left, templates), _masked(right, templates)


def is_stamp(line: str) -> bool:
    """Whether a line tells a time, a date or a count of clicks, and nothing else."""
    words = text.tokens(line)
    if not 0 < len(words) <= _STAMP_WORDS:
        return False
    book = phrasebook()
    rest = [word for word in words if word not in book.stamps and not _is_clock(word)]
    if len(rest) == len(words) or len(rest) > _LEFT:
        return False
    if any(pattern.search(word) for word in rest for pattern in book.counts.values()):
        return False
    return bool(rest) is False or any(_is_clock(word) for word in words)


def _is_clock(word: str) -> bool:
    return word[:1].isdigit()


def _without_boxes(body: str, agencies: Agencies) -> str:
    """Without the lines under the heading of a box, up to the next running text."""
    kept: list[str] = []
    in_box = False
    for line in body.split("\n"):
        if is_stamp(line):
            continue
        if _is_heading(line, agencies):
            in_box = True
        elif not (in_box and is_headline(line)):
            in_box = False
            kept.append(line)
    return "\n".join(kept)


def _is_heading(line: str, agencies: Agencies) -> bool:
    if phrasebook().boxes.fullmatch(line.strip()):
        return True
    return len(line.split()) <= _HEADING_WORDS and is_promo(line, agencies)


def _without_links(left: list[str], right: list[str]) -> tuple[list[str], list[str]]:
    """Without the links at the end that one reading has and the other has not."""
    ends = [_end(each) for each in (left, right)]
    if not any(ends) or set(ends[0]) == set(ends[1]):
        return left, right
    both = set(left) & set(right)
    stayed = [line for line in ends[0] if line in both]
    if ends[0] and len(stayed) >= _STAYED * len(ends[0]):
        return left, right
    mine, theirs = read("\n".join(ends[0]), "\n".join(ends[1]))
    if any(_EDITED <= likeness(a, b) < 1 for a in mine for b in theirs):
        return left, right
    return left[: len(left) - len(ends[0])], right[: len(right) - len(ends[1])]


def _end(lines: list[str]) -> list[str]:
    """The headline-shaped lines after the last running text: at least two, or none."""
    count = 0
    while count < len(lines) and is_headline(lines[-1 - count]):
        count += 1
    return lines[len(lines) - count :] if 2 <= count < len(lines) else []


def _masked(lines: Sequence[str], templates: Collection[int]) -> list[str]:
    ago = phrasebook().ago
    found = []
    for line in lines:
        shown = line
        if templates:
            parts = clean.take_apart([line])
            kept = [part.text for part in parts if part.key not in templates]
            shown = line if len(kept) == len(parts) else " ".join(kept)
        if shown := ago.sub("…", shown).strip():
            found.append(shown)
    return found
