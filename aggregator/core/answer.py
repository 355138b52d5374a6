"""The shape of an answer about a story; the words are put together elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One of the three answers on top of a story."""

    question: str
    answer: str  # a name or a number
    detail: str  # the same with its measure, one short sentence
    confidence: str = ""  # high, medium, low; empty where the answer is a count
    evidence: tuple[str, ...] = ()  # strongest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Who published first, whose copy it is, how far it went: the same words in every output."""

    first: Answer
    whose: Answer
    spread: Answer

    def __iter__(self) -> Iterator[Answer]:
        return iter((self.first, self.whose, self.spread))
