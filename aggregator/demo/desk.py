"""Builds article bodies from a story's paragraphs and a desk's edits; it must not guess an edit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

# "@3", "@1-5", "@rates:2", "@4 | old words => new words | more => other"
_TAKE = re.compile(r"@(?:(?P<story>[a-z-]+):)?(?P<first>\d+)(?:-(?P<last>\d+))?(?P<edits> \| .+)?")
_OPENING = re.compile(r"(?<![^\s(\[—-])\"")
_OPENING_SINGLE = re.compile(r"(?<![^\s(\[—“-])'")


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of an article body; `kind` is "p", "h2" or "promo"."""

    kind: str
    text: str


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a data file's text: one a line, blank lines ignored."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def edit_body(
    body: str,
    *,
    story: str,
    bases: Mapping[str, Sequence[str]],
    style: Sequence[tuple[str, str]] = (),
) -> tuple[Block, ...]:
    """Carry out a desk's instructions and give the body they describe.

    A line that starts with `@` takes numbered paragraphs of this story, or of another one that
    it names, and edits them; `style` is the outlet's house style and touches taken paragraphs
    only. `## ` opens a subheading. Every other line is a paragraph of the outlet's own.
    Raises ValueError for an instruction that takes or changes nothing.
    """
    blocks: list[Block] = []
    for line in paragraphs(body):
        if line.startswith("## "):
            blocks.append(Block("h2", line[3:]))
        elif line.startswith("@"):
            blocks.extend(Block("p", text) for text in _take(line, story, bases, style))
        else:
            blocks.append(Block("p", line))
    return tuple(blocks)


def _take(
    line: str,
    story: str,
    bases: Mapping[str, Sequence[str]],
    style: Sequence[tuple[str, str]],
) -> Iterator[str]:
    found = _TAKE.fullmatch(line)
    if found is None:
        raise ValueError(f"{story}: not an instruction: {line[:60]}")
    base = bases[found["story"] or story]
    first = int(found["first"])
    last = int(found["last"] or first)
    if not 1 <= first <= last <= len(base):
        raise ValueError(f"{story}: no paragraphs {first} to {last}")
    taken = list(base[first - 1 : last])
    for edit in (found["edits"] or "").split(" | ")[1:]:
        old, arrow, new = edit.partition("=>")
        old, new = old.strip(), new.strip()
        hits = [place for place, text in enumerate(taken) if old in text]
        if not arrow or not old or len(hits) != 1:
            raise ValueError(f"{story}: the edit fits {len(hits)} paragraphs: {edit[:60]}")
        text = taken[hits[0]].replace(old, new, 1)
        taken[hits[0]] = re.sub(r"  +", " ", text).strip()
    for text in taken:
        for old, new in style:
            text = re.sub(rf"\b{re.escape(old)}\b", new, text)
        yield text


def curl(text: str) -> str:
    """Typographic quotation marks, as some desks' systems set them."""
    text = _OPENING.sub("“", text).replace('"', "”")
    return _OPENING_SINGLE.sub("‘", text).replace("'", "’")
