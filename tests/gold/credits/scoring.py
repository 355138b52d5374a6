"""Scores a case file: precision and recall of credits, and whether mentions are told apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from aggregator.core.agencies import Agencies
from aggregator.model import Role
from tests.gold.credits.cases import Case

Pair = tuple[str, str]  # agency and role


@dataclass(slots=True)
class Score:
    """Counts of (agency, role) pairs over cases: found and right, found and wrong, missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    def add(self, found: frozenset[Pair], expected: frozenset[Pair]) -> None:
        self.right += len(found & expected)
        self.wrong += len(found - expected)
        self.missed += len(expected - found)

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.3f}  recall {self.recall:.3f}  "
            f"({self.right} right, {self.wrong} wrong, {self.missed} missed)"
        )


@dataclass(slots=True)
class Card:
    """The scores of a case file; `credits` leaves mentions out, as every demand on it does."""

    credits: Score = field(default_factory=Score)
    mentions: Score = field(default_factory=Score)
    languages: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    cases: int = 0
    traps: int = 0
    traps_passed: int = 0
    faults: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        yield f"credits   {self.credits}"
        yield f"mentions  {self.mentions}"
        yield f"cases     {self.cases} in {len(self.languages)} languages"
        yield f"traps     {self.traps_passed} of {self.traps} without a wrong credit"
        for language, score in sorted(self.languages.items()):
            if score.wrong or score.missed:
                yield f"  {language:8}{score}"


def score(cases: Iterable[Case], agencies: Agencies) -> Card:
    """A credit counts as right when both its agency and its role are."""
    card = Card()
    for case in cases:
        found = frozenset((each.agency, each.role.value) for each in case.credits(agencies))
        credits, mentions = _without_mentions(found), _mentions(found)
        expected = _without_mentions(case.expect)
        card.credits.add(credits, expected)
        card.mentions.add(mentions, _mentions(case.expect))
        card.languages[case.lang].add(credits, expected)
        card.cases += 1
        card.traps += case.trap
        card.traps_passed += case.trap and credits <= expected
        if found != case.expect:
            kind = "CREDIT" if credits != expected else "mention"
            card.faults.append(f"{kind} {case.id}: {_told(found)} for {_told(case.expect)}")
    return card


def _without_mentions(pairs: frozenset[Pair]) -> frozenset[Pair]:
    return frozenset(pair for pair in pairs if pair[1] != Role.MENTION)


def _mentions(pairs: frozenset[Pair]) -> frozenset[Pair]:
    return frozenset(pair for pair in pairs if pair[1] == Role.MENTION)


def _told(pairs: frozenset[Pair]) -> str:
    return " + ".join(f"{agency} {role}" for agency, role in sorted(pairs)) or "nothing"
