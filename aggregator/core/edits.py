"""Lists what was replaced, put in and taken out between two texts; judges none of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from aggregator.core.align import Paragraph, align, likeness, place_moved, read

# Word steps in all, as in core.diff; past it a changed paragraph counts as cut and added.
_MOST_STEPS = 1_000_000


@dataclass(frozen=True, slots=True)
class Side:
    """A run of words inside a paragraph: characters `start` to `end` of its text."""

    paragraph: str
    start: int
    end: int

    @property
    def words(self) -> str:
        """The run itself."""
        return self.paragraph[self.start : self.end].strip()


@dataclass(frozen=True, slots=True)
class Edit:
    """One place where a paragraph changed; a side without words is where the other stands."""

    before: Side
    after: Side


@dataclass(slots=True)
class Edits:
    """All that was done to a text, in the order of the newer one."""

    inside: list[Edit] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)  # whole paragraphs
    added: list[str] = field(default_factory=list)
    reworded: int = 0  # paragraphs with an edit inside
    moved: int = 0
    new_lead: bool = False  # another first paragraph

    @property
    def anything(self) -> bool:
        """Whether the texts differ at all."""
        return bool(self.inside or self.cut or self.added or self.moved)


_LEAD = 0.5  # likeness below which the first paragraph is another one
_LEAD_WORDS = 8
_LOOKED_AT = 40  # paragraphs of the older text


def find_edits(before: Sequence[str], after: Sequence[str]) -> Edits:
    """What was done to the paragraphs of `before` to give those of `after`."""
    lefts, rights = read("\n".join(before), "\n".join(after))
    found = Edits()
    steps = _MOST_STEPS
    for i, j, moved in place_moved(lefts, rights, align(lefts, rights)):
        if i is None or j is None:
            if i is not None:
                found.cut.append(lefts[i].text)
            if j is not None:
                found.added.append(rights[j].text)
            continue
        found.moved += bool(moved)
        if lefts[i].text == rights[j].text:
            continue
        steps -= len(lefts[i].tokens) * len(rights[j].tokens)
        if steps < 0:
            found.cut.append(lefts[i].text)
            found.added.append(rights[j].text)
            continue
        found.reworded += 1
        found.inside += compare(lefts[i], rights[j])
    found.new_lead = _new_lead(lefts, rights)
    return found


def of_lines(before: str, after: str) -> list[Edit]:
    """The edits between two single lines, such as headlines."""
    lefts, rights = read(before.replace("\n", " "), after.replace("\n", " "))
    if not lefts or not rights:
        return []
    return compare(lefts[0], rights[0])


def compare(a: Paragraph, b: Paragraph) -> list[Edit]:
    """The edits between two versions of a paragraph, word by word."""
    codes = SequenceMatcher(None, a.keys, b.keys, autojunk=False).get_opcodes()
    left, right = _places(a), _places(b)
    return [
        Edit(Side(a.text, left[i1], left[i2]), Side(b.text, right[j1], right[j2]))
        for tag, i1, i2, j1, j2 in codes
        if tag != "equal"
    ]


def _places(paragraph: Paragraph) -> list[int]:
    """Where each token begins, and the end."""
    places = [0]
    for token in paragraph.tokens:
        places.append(places[-1] + len(token))
    return places


def _new_lead(lefts: Sequence[Paragraph], rights: Sequence[Paragraph]) -> bool:
    if not lefts or not rights:
        return False
    now = rights[0]
    long = min(len(lefts[0].tokens), len(now.tokens)) >= _LEAD_WORDS
    # A paragraph that stood further down and moved up is no new one.
    return long and all(likeness(each, now) < _LEAD for each in lefts[:_LOOKED_AT])
