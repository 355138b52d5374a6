"""Names and numbers: what a copy keeps and a bulletin replaces."""

from __future__ import annotations

import pytest

from aggregator.core import match, overlap, telling, text
from aggregator.model import MatchVerdict

QUAKE = (
    "A magnitude {size} earthquake struck near {town} at {hour} on Monday, the Ridge Survey said."
    " The tremor was felt in {other} and as far as {far}, {count} kilometres away."
    " No damage was reported in {town}. It was the strongest in the district since {year},"
    " when a shock of {before} cracked the tower of {church}. The survey updates its figures"
    " as more stations report, and asks readers who felt the tremor to fill in its form."
)
HERE = {
    "size": "4.1", "town": "Albrook", "hour": "6:12", "other": "Denning", "far": "Castle Moor",
    "count": "71", "year": "1987", "before": "5.2", "church": "Saint Ives",
}  # fmt: skip
THERE = {
    "size": "3.4", "town": "Pellworth", "hour": "9:45", "other": "Hobb", "far": "Lower Quay",
    "count": "38", "year": "1964", "before": "4.8", "church": "All Souls",
}  # fmt: skip


def _body(story: str, key: int, outlet: str) -> overlap.Body:
    return overlap.make_body(
        key=key,
        tokens=text.tokens(story),
        sentences=text.sentences(story),
        outlets=frozenset({outlet}),
    )


def test_names_and_numbers_are_found() -> None:
    found = telling.find(
        ["The mayor of Albrook, Ann Lee, counted 12 boats.", "Boats left for York."]
    )
    assert found == {"albrook", "ann", "lee", "12", "york"}


def test_the_first_word_of_a_sentence_is_no_name() -> None:
    assert telling.find(["Boats left.", "Rain fell."]) == frozenset()


@pytest.mark.parametrize("other", [THERE, HERE | {"size": "4.3", "hour": "6:14"}])
def test_counting_is_symmetric(other: dict[str, str]) -> None:
    a, b = _body(QUAKE.format(**HERE), 1, "a"), _body(QUAKE.format(**other), 2, "b")
    assert telling.count_replaced(a.tokens, a.telling, b.tokens, b.telling) == (
        telling.count_replaced(b.tokens, b.telling, a.tokens, a.telling)
    )


def test_bulletins_of_two_quakes_are_two_stories() -> None:
    a, b = _body(QUAKE.format(**HERE), 1, "a"), _body(QUAKE.format(**THERE), 2, "b")
    found = match.compare(a, b)
    assert found.containment >= 0.4
    assert found.verdict is MatchVerdict.SHARES
    assert "names and numbers differ" in found.reason


def test_an_update_of_one_quake_is_one_story() -> None:
    a = _body(QUAKE.format(**HERE), 1, "a")
    b = _body(QUAKE.format(**HERE | {"size": "4.3", "count": "74"}), 2, "b")
    assert match.compare(a, b).verdict.merges


def test_one_changed_number_is_never_enough() -> None:
    story = "The ferry sank and {} people died, the coast guard said on the quay this morning. " * 3
    assert telling.count_replaced(
        text.tokens(story.format(*"333")), frozenset("3"),
        text.tokens(story.format(*"444")), frozenset("4"),
    ) == (1, 0)  # fmt: skip
