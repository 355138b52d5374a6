"""The edits that real desks make to a wire story, as pure functions of text and dice."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tests.gold.dice import Dice

UNSPACED = frozenset(["ja", "zh", "th"])
_END = re.compile(r"(?<=[.!?।])[\"”’»)]*\s+|(?<=。)[」』”]*(?!$)")
_MIDDLE = re.compile(r", (?:which|who|where|whose|while|according to|a|an|the|as) [^,.\"“”]{8,70},")
_TRAILING = re.compile(r", (?:according to|officials|the police|witnesses) [^,\"]{3,50}(?=\.$)")
_QUOTED_FIRST = re.compile(r"^\"([A-Z])([^\"]+),\" (?:said ([^,.\"]+)|([^,.\"]+) said)\.(?=\s*$)")
_DIGITS = re.compile(r"(?<![\d.,:])([1-9]\d{1,3})(?![\d:]|[.,]\d)")


@dataclass(frozen=True, slots=True)
class Draft:
    """A story on the desk: a headline and paragraphs."""

    title: str
    paragraphs: tuple[str, ...]
    language: str

    @property
    def text(self) -> str:
        """The paragraphs as an archive holds them."""
        return "\n".join(self.paragraphs)

    @property
    def words(self) -> int:
        """Length; two characters of an unspaced script count as one word."""
        return sum(map(self.size, self.paragraphs))

    def size(self, text: str) -> int:
        """Words of a piece of this draft's language."""
        if self.language in UNSPACED:
            return len(re.sub(r"\s", "", text)) // (4 if self.language == "th" else 2)
        return len(text.split())

    def with_body(self, paragraphs: Sequence[str]) -> Draft:
        """The draft with other paragraphs; empty ones go."""
        return replace(self, paragraphs=tuple(p.strip() for p in paragraphs if p.strip()))


@dataclass(frozen=True, slots=True)
class Style:
    """One language's house rules, synonyms and dispensable words."""

    house: tuple[tuple[str, str], ...]
    synonyms: tuple[tuple[str, str], ...]
    droppable: tuple[str, ...]


@cache
def tables() -> dict[str, dict[str, object]]:
    return tomllib.loads((Path(__file__).parent / "style.toml").read_text(encoding="utf-8"))


@cache
def style_of(language: str) -> Style:
    """The tables of a language."""
    table = tables()[language]
    return Style(
        house=tuple((old, new) for old, new in table["house"]),  # type: ignore[attr-defined]
        synonyms=tuple((a, b) for a, b in table["synonyms"]),  # type: ignore[attr-defined]
        droppable=tuple(table["droppable"]),  # type: ignore[arg-type]
    )


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph with their spaces; a Thai paragraph stays whole."""
    found, at = [], 0
    for end in _END.finditer(paragraph):
        found.append(paragraph[at : end.end()])
        at = end.end()
    return [part for part in [*found, paragraph[at:]] if part.strip()]


def cut(draft: Draft, share: float) -> Draft:
    """The first `share` of the words, cut from the bottom at the end of a sentence."""
    room, kept = draft.words * share, []
    for paragraph in draft.paragraphs:
        inside = []
        for sentence in sentences(paragraph):
            if room <= 0:
                break
            inside.append(sentence)
            room -= draft.size(sentence)
        kept.append("".join(inside))
    return draft.with_body(kept)


def drop_lede(draft: Draft) -> Draft:
    """Without the first paragraph."""
    return draft.with_body(draft.paragraphs[1:])


def replace_lede(draft: Draft, lede: str) -> Draft:
    """The desk's own first paragraph in place of the agency's."""
    return draft.with_body([lede, *draft.paragraphs[1:]])


def retitle(draft: Draft, title: str) -> Draft:
    """Another headline."""
    return replace(draft, title=title)


def apply_house_style(draft: Draft) -> Draft:
    """Every house rule of the language: units, numbers, quotes, spelling, verbs of saying."""
    return draft.with_body([_in_style(p, draft.language) for p in draft.paragraphs])


def _in_style(text: str, language: str) -> str:
    for old, new in style_of(language).house:
        text = re.sub(old, new, text)
    return text


def substitute(draft: Draft, share: float, dice: Dice) -> Draft:
    """Synonyms for up to `share` of the words, where the table has any."""
    pairs = style_of(draft.language).synonyms
    other = dict(pairs) | {b: a for a, b in pairs if b not in dict(pairs)}
    names = "|".join(re.escape(word) for word in sorted(other, key=lambda w: (-len(w), w)))
    edge = "" if draft.language in UNSPACED else r"(?<!\w)(?:{})(?!\w)"
    pattern = re.compile(edge.format(names) if edge else names)
    places = [(n, m.start()) for n, p in enumerate(draft.paragraphs) for m in pattern.finditer(p)]
    chosen = set(dice.some(places, round(draft.words * share), "words"))

    def swap(number: int, paragraph: str) -> str:
        return pattern.sub(
            lambda m: other[m[0]] if (number, m.start()) in chosen else m[0], paragraph
        )

    return draft.with_body([swap(n, p) for n, p in enumerate(draft.paragraphs)])


def tighten(draft: Draft, dice: Dice) -> Draft:
    """Adverbials struck, and of English clauses between commas two in three."""

    def strike(number: int, paragraph: str) -> str:
        for word in style_of(draft.language).droppable:
            paragraph = paragraph.replace(word, "")
        if draft.language == "en":
            paragraph = _TRAILING.sub("", paragraph)
            paragraph = _MIDDLE.sub(
                lambda m: "" if dice.below(3, (number, m.start())) else m[0], paragraph
            )
        return paragraph

    return draft.with_body([strike(n, p) for n, p in enumerate(draft.paragraphs)])


def recast(draft: Draft, dice: Dice) -> Draft:
    """Sentences turned around: '"S," N said.' to 'N said that S.', and joined ones parted."""

    def turn(paragraph: str) -> str:
        parts = []
        for sentence in sentences(paragraph):
            sentence = _QUOTED_FIRST.sub(
                lambda m: f"{m[3] or m[4]} said that {m[1].lower()}{m[2]}.", sentence
            )
            head, comma, tail = sentence.partition(", and ")
            if comma and len(tail.split()) > 5 and dice.below(2, sentence):
                sentence = f"{head}. {tail[:1].upper()}{tail[1:]}"
            parts.append(sentence)
        return "".join(parts)

    return draft.with_body([turn(p) for p in draft.paragraphs])


def reorder(draft: Draft, dice: Dice, count: int = 2) -> Draft:
    """`count` paragraphs below the first moved up."""
    body = list(draft.paragraphs)
    for turn in range(count):
        if len(body) < 4:
            break
        source = 2 + dice.below(len(body) - 2, ("from", turn))
        moved = body.pop(source)
        body.insert(1 + dice.below(source - 1, ("to", turn)), moved)
    return draft.with_body(body)


def insert_promos(draft: Draft, lines: Sequence[str], dice: Dice) -> Draft:
    """The outlet's promos set between the paragraphs."""
    body = list(draft.paragraphs)
    for number, line in enumerate(lines):
        body.insert(1 + dice.below(len(body), ("promo", number)), line)
    return draft.with_body(body)


def add_local(draft: Draft, paragraphs: Sequence[str], share: float, dice: Dice) -> Draft:
    """Paragraphs of the desk's own, up to `share` of the length of what stands there."""
    body, room = list(draft.paragraphs), draft.words * share
    for number, paragraph in enumerate(paragraphs):
        if room <= 0:
            break
        body.insert(2 + dice.below(max(1, len(body) - 1), ("local", number)), paragraph)
        room -= draft.size(paragraph)
    return draft.with_body(body)


def merge(draft: Draft, other: Draft, share: float = 0.6) -> Draft:
    """A story of two wires: `share` of this one, and as much of the other as fills it up."""
    mine = cut(draft, share)
    theirs = cut(other, min(1.0, mine.words * (1 - share) / share / other.words))
    body = list(mine.paragraphs)
    for number, paragraph in enumerate(theirs.paragraphs):
        body.insert(min(len(body), 1 + 2 * number), paragraph)
    return draft.with_body(body)


def update(draft: Draft, lede: str, dice: Dice) -> Draft:
    """A later version of the same story: a new lede, a third of the figures revised, no tail."""

    def revise(number: int, paragraph: str) -> str:
        def grow(found: re.Match[str]) -> str:
            value = int(found[1])
            if 1900 < value < 2100 or dice.below(3, (number, found.start())):
                return found[1]
            return str(value + 1 + dice.below(3, (number, found.start(), "by")))

        return _DIGITS.sub(grow, paragraph)

    body = [lede, *(revise(n, p) for n, p in enumerate(draft.paragraphs[1:]))]
    return draft.with_body(body[:-1] if len(body) > 4 else body)


def add_dateline(draft: Draft, dateline: str) -> Draft:
    """The dateline before the first paragraph."""
    return draft.with_body([dateline + draft.paragraphs[0], *draft.paragraphs[1:]])


def append(draft: Draft, lines: Sequence[str]) -> Draft:
    """The outlet's boilerplate at the end."""
    return draft.with_body([*draft.paragraphs, *lines])
