"""A person's decisions: every one in force holds whole, whatever the numbers and the order."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core import corrected, corrections
from aggregator.core.cluster import partition
from aggregator.core.corrected import Standing
from aggregator.core.corrections import Bonds, Camps
from aggregator.model import Correction, CorrectionKind

MERGE, SPLIT, PIN, APART = CorrectionKind
AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Texts = dict[int, set[int]]
Pair = tuple[int, int]


def made(number: int, kind: CorrectionKind, *parts: tuple[int, ...], note: str = "") -> Correction:
    at = AT + timedelta(minutes=number)
    return Correction(id=number, kind=kind, parts=parts, made_at=at, note=note)


def fold(texts: Texts, pairs: list[Pair], decided: list[Correction]) -> list[list[int]]:
    """Clusters of texts, each of them one article's."""
    camps = Camps(corrections.bind(decided))
    return partition(
        sorted(texts),
        pairs,
        lambda a, b: len(texts[a] & texts[b]) / len(texts[a]),
        lambda key: len(texts[key]),
        camps=camps,
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Texts, list[Pair], list[Correction]]:
    """Texts, verified pairs, and decisions that do not contradict one another."""
    texts = draw(
        st.dictionaries(
            st.integers(0, 30),
            st.sets(st.integers(0, 14), min_size=1, max_size=9),
            min_size=2,
            max_size=12,
        )
    )
    articles = sorted(texts)
    every = list(combinations(articles, 2))
    pairs = draw(st.lists(st.sampled_from(every), unique=True, max_size=len(every)))
    decided: list[Correction] = []
    for number in range(1, draw(st.integers(0, 5)) + 1):
        chosen = draw(st.lists(st.sampled_from(articles), min_size=2, max_size=5, unique=True))
        kind = draw(st.sampled_from([MERGE, SPLIT, APART]))
        cut = 1 if kind is APART else draw(st.integers(1, len(chosen) - 1))
        other = chosen[1:2] if kind is APART else chosen[cut:]
        new = made(number, kind, tuple(sorted(chosen[:cut])), tuple(sorted(other)))
        if corrections.clash(decided, new) is None:
            decided.append(new)
    return texts, pairs, decided


def holds(groups: list[list[int]], decided: list[Correction]) -> bool:
    place = {article: at for at, group in enumerate(groups) for article in group}
    for each in decided:
        if len({place[article] for article in corrections.together(each)}) > 1:
            return False
        one, other = corrections.apart(each)
        if {place[article] for article in one} & {place[article] for article in other}:
            return False
    return True


@settings(max_examples=200, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_every_decision_holds_and_neither_order_counts(
    case: tuple[Texts, list[Pair], list[Correction]], chance: random.Random
) -> None:
    texts, pairs, decided = case
    found = fold(texts, pairs, decided)
    assert sorted(article for group in found for article in group) == sorted(texts)
    assert holds(found, decided)
    turned = [(b, a) if chance.random() < 0.5 else (a, b) for a, b in pairs]
    chance.shuffle(turned)
    assert fold(texts, turned, chance.sample(decided, len(decided))) == found


@settings(max_examples=120, deadline=None)
@given(cases())
def test_joining_alone_unites_what_was_found_and_changes_nothing_else(
    case: tuple[Texts, list[Pair], list[Correction]],
) -> None:
    texts, pairs, decided = case
    merges = [each for each in decided if each.kind is MERGE]
    natural = fold(texts, pairs, [])
    camps = Camps()
    for group in [*natural, *map(corrections.together, merges)]:
        for article in group[1:]:
            camps.join(group[0], article)
    wanted: dict[object, list[int]] = {}
    for article in sorted(texts):
        wanted.setdefault(camps.root(article), []).append(article)
    assert fold(texts, pairs, merges) == sorted(wanted.values())


@settings(max_examples=100, deadline=None)
@given(cases(), st.data())
def test_what_is_left_after_undoing_any_of_them_never_clashes(
    case: tuple[Texts, list[Pair], list[Correction]], data: st.DataObject
) -> None:
    texts, pairs, decided = case
    left = data.draw(st.lists(st.sampled_from(decided), unique=True) if decided else st.just([]))
    assert holds(fold(texts, pairs, left), left)
    for at, each in enumerate(left):
        assert corrections.clash(left[:at], each) is None


@settings(max_examples=200, deadline=None)
@given(cases(), st.data())
def test_a_refusal_names_what_stands_in_the_way(
    case: tuple[Texts, list[Pair], list[Correction]], data: st.DataObject
) -> None:
    """Without what is named the two articles may be what the new decision says of them."""
    texts, _, decided = case
    chosen = data.draw(
        st.lists(st.sampled_from(sorted(texts)), min_size=2, max_size=4, unique=True)
    )
    kind = data.draw(st.sampled_from([MERGE, APART]))
    new = made(99, kind, (chosen[0],), tuple(chosen[1:] if kind is MERGE else chosen[1:2]))
    found = corrections.clash(decided, new)
    assert (found is not None) == _contradicts([*decided, new])
    if found:
        assert found.by and new not in found.by
        if not found.together:
            assert found.by[0] in decided
        elif kind is APART:
            assert {found.a, found.b} == set(chosen[:2])
            assert corrections.held_by(decided, found.a, found.b) == found.by


def _contradicts(decided: list[Correction]) -> bool:
    """By plain search: whether some pair must be both together and apart."""
    reach = {article: {article} for each in decided for part in each.parts for article in part}
    for _ in reach:
        for each in decided:
            held = corrections.together(each)
            union = set().union(*(reach[article] for article in held)) if held else set()
            for article in union:
                reach[article] |= union
    return any(
        b in reach[a]
        for each in decided
        for a in corrections.apart(each)[0]
        for b in corrections.apart(each)[1]
    )


def test_no_decision_asks_for_nothing() -> None:
    bonds = corrections.bind([])
    assert bonds == Bonds()
    assert (bonds.partners(3), bonds.is_held(3), bonds.kept_from(3)) == ((), False, frozenset())
    assert corrections.bind([made(1, PIN, (3,))]) == Bonds()


def test_a_third_text_bridges_no_two_that_are_kept_apart() -> None:
    texts = {1: set(range(20)), 2: set(range(20)), 3: set(range(20)), 4: set(range(20))}
    everything = list(combinations(texts, 2))
    assert fold(texts, everything, []) == [[1, 2, 3, 4]]
    assert fold(texts, everything, [made(1, APART, (1,), (4,))]) == [[1, 2, 3], [4]]
    held = [made(1, APART, (1,), (4,)), made(2, MERGE, (4,), (3,))]
    assert fold(texts, everything, held) == [[1, 2], [3, 4]]


def test_texts_that_share_nothing_stand_together_when_a_person_says_so() -> None:
    texts = {1: {1}, 2: {2}, 3: {3}, 4: {1}}
    assert fold(texts, [(1, 4)], [made(1, MERGE, (1,), (2,))]) == [[1, 2, 4], [3]]


NAMES = {1: "b.example", 2: "a.example", 3: "c.example", 4: "d.example"}


def divided(texts: dict[str, list[int]], decided: list[Correction]) -> list[list[int]]:
    bonds = corrections.bind(decided)
    return corrections.divide(texts, NAMES, bonds, Camps(bonds))


def test_one_text_is_one_unless_a_person_parts_its_runs() -> None:
    texts = {"y": [1, 2, 3], "x": [4]}
    assert divided(texts, []) == [[4], [2, 1, 3]]
    # What nobody decided on stays with the many, not with what was taken out.
    split = made(1, SPLIT, (2,), (1, 4))
    assert divided(texts, [split]) == [[4], [3, 1], [2]]
    assert divided({"y": [3, 2, 1], "x": [4]}, [split]) == [[4], [3, 1], [2]]


def test_a_chain_of_decisions_is_named() -> None:
    decided = [
        made(1, MERGE, (1,), (2,)),
        made(2, MERGE, (2,), (3,)),
        made(3, APART, (3,), (4,)),
    ]
    assert [each.id for each in corrections.held_by(decided, 1, 3)] == [1, 2]
    assert [each.id for each in corrections.held_by(decided, 1, 2)] == [1]
    assert corrections.held_by(decided, 1, 4) == ()
    assert [each.id for each in corrections.kept_apart_by(decided, 1, 4)] == [3, 1, 2]
    assert [each.id for each in corrections.kept_apart_by(decided, 4, 3)] == [3]
    assert corrections.kept_apart_by(decided, 1, 2) == ()
    assert corrections.kept_apart_by(decided, 8, 9) == ()
    found = corrections.clash(decided, made(4, APART, (1,), (3,)))
    assert found is not None
    assert (found.together, [each.id for each in found.by]) == (True, [1, 2])
    assert corrected.refusal(found) == (
        "correction 1 (merge) and correction 2 (merge) hold them together"
    )
    found = corrections.clash(decided, made(4, MERGE, (1,), (4,)))
    assert found is not None
    assert corrected.refusal(found) == "correction 3 (not-a-copy) keeps them apart"


WORDS: list[tuple[Correction, str]] = [
    (made(1, MERGE, (1, 2), (5,)), "joined article 1 and article 2 with article 5"),
    (made(2, SPLIT, (4,), (1, 2)), "took article 4 out of the story of article 1 and article 2"),
    (made(3, PIN, (4,)), "chose article 4 as the lead copy"),
    (made(4, APART, (4,), (1,)), "said that article 4 is no copy of article 1"),
]


@pytest.mark.parametrize(("correction", "told"), WORDS, ids=lambda value: str(value)[:12])
def test_a_decision_in_words(correction: Correction, told: str) -> None:
    assert corrected.words(correction) == told
    assert corrected.sentence(correction) == (
        f"A person {told}, 20 Nov 2026, 12:0{correction.id} UTC (correction {correction.id})"
    )


def test_a_note_cannot_steer_a_terminal() -> None:
    hostile = made(1, PIN, (4,), note="read\x1b[2J\nthis")
    assert corrected.sentence(hostile).endswith(": “read[2J this”")
    assert "\x1b" not in corrected.table([hostile]) and "\n" not in corrected.table([hostile])
    assert corrected.table([]) == "no corrections"


def test_many_articles_are_counted() -> None:
    many = made(1, MERGE, tuple(range(1, 10)), (20,))
    assert "article 6 and 3 more with article 20" in corrected.words(many)


def test_rows_make_corrections_whatever_their_order() -> None:
    rows = [
        {"id": number, "kind": kind, "note": "", "made_at": "2026-11-20T12:00:00Z",
         "undone_at": None, "article": article, "part": part}
        for number, kind, article, part in [
            (2, "pin", 9, 1), (1, "split", 3, 2), (1, "split", 2, 2), (1, "split", 7, 1),
        ]
    ]  # fmt: skip
    found = corrected.gather(rows)
    assert [(each.id, each.parts) for each in found] == [(1, ((7,), (2, 3))), (2, ((9,),))]
    assert corrected.to_dict(found[0]) == {
        "id": 1, "kind": "split", "parts": [[7], [2, 3]], "note": "",
        "made_at": "2026-11-20T12:00:00Z", "undone_at": None,
    }  # fmt: skip


def standing(**stories: tuple[set[int], int | None]) -> dict[int, Standing]:
    return {
        int(name[1:]): Standing(articles=frozenset(articles), lead=lead)
        for name, (articles, lead) in stories.items()
    }


CHANGES: dict[str, Callable[[], tuple[dict[int, Standing], dict[int, Standing], list[str]]]] = {
    "joined": lambda: (
        standing(s1=({1}, 1), s2=({2, 3}, 2)),
        standing(s1=({1, 2, 3}, 2)),
        ["story 1: 3 articles, before 1; led by article 2, before by article 1",
         "story 2: part of story 1 now"],
    ),
    "parted": lambda: (
        standing(s1=({1, 2, 3}, 1)),
        standing(s1=({1, 2}, 1), s4=({3}, 3)),
        ["story 1: 2 articles, before 3", "story 4: new, 1 article from story 1"],
    ),
    "pinned": lambda: (
        standing(s1=({1, 2}, 1), s2=({4}, None)),
        standing(s1=({1, 2}, 2), s2=({4}, 4)),
        ["story 1: led by article 2, before by article 1"],
    ),
    "gone": lambda: (
        standing(s1=({1}, 1)), {}, ["story 1: gone, none of its articles is compared any more"],
    ),
    "back": lambda: (
        standing(s1=({1, 2}, 1), s2=(set(), None)),
        standing(s1=({1}, 1), s2=({2}, 2)),
        ["story 1: 1 article, before 2", "story 2: again, 1 article from story 1"],
    ),
    "nothing": lambda: (standing(s1=({1}, 1)), standing(s1=({1}, 1)), []),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_what_a_decision_changes_is_told(case: str) -> None:
    before, after, told = CHANGES[case]()
    assert corrected.changes(before, after) == told
