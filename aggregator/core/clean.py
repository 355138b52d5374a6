"""Leaves out of a text what is not the story, for comparing; must not change what is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from sys import intern

from aggregator.core import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence as it stands, its tokens, and its key inside the outlet."""

    text: str
    tokens: tuple[str, ...]
    key: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A story as it is compared: its tokens, its sentences, and those that were left out."""

    tokens: tuple[str, ...]
    sentences: tuple[str, ...]
    dropped: tuple[str, ...]  # template sentences, in order, for `explain`


def take_apart(paragraphs: Iterable[str]) -> tuple[Sentence, ...]:
    """The sentences of a story whose credits, datelines and promos are gone already."""
    found = []
    for sentence in text.sentences("\n".join(paragraphs)):
        words = text.tokens(sentence)
        # Words are shared between thousands of texts: interned, they take half the memory.
        shared = tuple(map(intern, words))
        found.append(Sentence(text=sentence, tokens=shared, key=text.sentence_key(words)))
    return tuple(found)


def clean(sentences: Sequence[Sentence], templates: Collection[int]) -> Cleaned:
    """Leave out the sentences whose keys are in `templates`."""
    tokens: list[str] = []
    kept: list[str] = []
    dropped: list[str] = []
    for sentence in sentences:
        if sentence.key in templates:
            dropped.append(sentence.text)
        else:
            tokens += sentence.tokens
            kept.append(sentence.text)
    return Cleaned(tokens=tuple(tokens), sentences=tuple(kept), dropped=tuple(dropped))
