"""Folding: every text once, one answer in any order, and no chain from one story to another."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core import cluster, match, overlap, text
from aggregator.core.cluster import components, fold, partition
from tests.core import wires

Pair = tuple[int, int]


def _contained(texts: dict[int, set[int]]) -> Callable[[int, int], float]:
    return lambda a, b: len(texts[a] & texts[b]) / len(texts[a]) if texts[a] else 0.0


def _fold_sets(texts: dict[int, set[int]], pairs: list[Pair]) -> list[list[int]]:
    return partition(sorted(texts), pairs, _contained(texts), lambda key: len(texts[key]))


SETS = st.dictionaries(
    st.integers(0, 30), st.sets(st.integers(0, 25), min_size=1, max_size=12), max_size=12
)


@st.composite
def _corpora(draw: st.DrawFn) -> tuple[dict[int, set[int]], list[Pair]]:
    """Texts as sets of shingles, and pairs among them that somebody has verified."""
    texts = draw(SETS)
    every = list(combinations(sorted(texts), 2))
    pairs = draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    return texts, pairs


@settings(max_examples=120, deadline=None)
@given(_corpora(), st.randoms(use_true_random=False))
def test_every_text_once_and_the_order_of_pairs_does_not_count(
    corpus: tuple[dict[int, set[int]], list[Pair]], chance: random.Random
) -> None:
    texts, pairs = corpus
    found = _fold_sets(texts, pairs)
    assert sorted(key for group in found for key in group) == sorted(texts)
    turned = [(b, a) if chance.random() < 0.5 else (a, b) for a, b in pairs]
    again = turned + chance.sample(turned, len(turned) // 2)
    chance.shuffle(again)
    assert _fold_sets(texts, again) == found


@settings(max_examples=120, deadline=None)
@given(_corpora())
def test_groups_are_sorted_and_hold_verified_pairs(
    corpus: tuple[dict[int, set[int]], list[Pair]],
) -> None:
    texts, pairs = corpus
    found = _fold_sets(texts, pairs)
    assert all(group == sorted(group) for group in found)
    assert [group[0] for group in found] == sorted(group[0] for group in found)
    for group in found:
        inside = [(a, b) for a, b in pairs if a in group and b in group]
        assert components(group, inside) == [group]


@settings(max_examples=150, deadline=None)
@given(_corpora())
def test_members_far_apart_are_tied_by_one_member(
    corpus: tuple[dict[int, set[int]], list[Pair]],
) -> None:
    texts, pairs = corpus
    share = _contained(texts)

    def overlap(a: int, b: int) -> float:
        return max(share(a, b), share(b, a))

    def tied(a: int, b: int, whole: int) -> bool:
        """Both have most of one text in common with it, and one of them is that text cut."""
        held = all(overlap(key, whole) >= cluster.PART_OF for key in (a, b))
        shorter = min(len(texts[a]), len(texts[b]))
        return held and shorter <= cluster.SHORTER * len(texts[whole])

    for group in _fold_sets(texts, pairs):
        for a, b in combinations(group, 2):
            if overlap(a, b) < cluster.APART:
                assert any(tied(a, b, whole) for whole in group)


def test_no_texts_and_no_pairs() -> None:
    assert _fold_sets({}, []) == []
    assert _fold_sets({3: {1}, 1: {1}, 2: set()}, []) == [[1], [2], [3]]


def test_a_pair_that_nobody_verified_stays_apart() -> None:
    texts = {1: {1, 2, 3}, 2: {1, 2, 3}, 3: {1, 2, 3}}
    assert _fold_sets(texts, [(1, 3)]) == [[1, 3], [2]]


def test_a_verified_pair_below_the_average_stays_apart() -> None:
    low = {1: set(range(20)), 2: set(range(14, 34))}
    assert max(_contained(low)(1, 2), _contained(low)(2, 1)) < cluster.AVERAGE
    assert _fold_sets(low, [(1, 2)]) == [[1], [2]]


def test_ends_that_share_a_fifth_stay_apart_though_a_third_text_holds_both_up() -> None:
    # The average of the three would do; the two ends alone would not.
    texts = {1: set(range(100)), 2: set(range(40, 140)), 3: set(range(80, 180))}
    assert sorted(map(len, _fold_sets(texts, [(1, 2), (2, 3)]))) == [1, 2]
    closer = {1: set(range(100)), 2: set(range(35, 135)), 3: set(range(69, 169))}
    assert _fold_sets(closer, [(1, 2), (2, 3)]) == [[1, 2, 3]]


def test_both_parts_of_a_merged_article_stand_with_it() -> None:
    texts = {1: set(range(30)), 2: set(range(100, 130)), 3: {*range(30), *range(100, 130)}}
    assert _fold_sets(texts, [(1, 3), (2, 3)]) == [[1, 2, 3]]


def test_components_keep_the_order_of_nodes() -> None:
    assert components("dbca", [("a", "b"), ("c", "c")]) == [["d"], ["b", "a"], ["c"]]
    assert components([], []) == []


def test_fold_needs_no_more_than_its_matrices() -> None:
    contained = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]])
    linked = np.array([[0, 1, 1], [0, 0, 0], [0, 0, 0]], dtype=float)
    assert fold(contained, np.array([10.0, 10.0, 10.0]), linked) == [[0, 1], [2]]


def _fold_stories(
    stories: list[wires.Story], *, pairs: list[Pair] | None = None
) -> list[list[int]]:
    """Clusters of stories with every pair of them compared."""
    bodies = [
        overlap.make_body(key=key, tokens=text.tokens(wires.join(story)))
        for key, story in enumerate(stories)
    ]
    if pairs is None:
        pairs = [
            (a.key, b.key) for a, b in combinations(bodies, 2) if match.compare(a, b).verdict.merges
        ]

    def contained(a: int, b: int) -> float:
        shared = overlap.count_shared(bodies[a].shingles, bodies[b].shingles)
        return shared / max(1, len(bodies[a].shingles))

    sizes = [len(body.shingles) for body in bodies]
    return partition(range(len(bodies)), pairs, contained, sizes.__getitem__)


def _least_overlap(stories: list[wires.Story]) -> float:
    sets = [set(text.shingles(text.tokens(wires.join(story))).tolist()) for story in stories]
    return min(len(a & b) / min(len(a), len(b)) for a, b in combinations(sets, 2))


def test_a_live_blog_that_drifts_is_no_single_story() -> None:
    versions = wires.live_blog(61)
    assert _least_overlap([versions[0], versions[-1]]) == 0.0
    found = _fold_stories(versions)
    assert sum(map(len, found)) == 61
    assert len(found) > 4
    for group in found:
        if len(group) > 1:
            assert _least_overlap([versions[key] for key in group]) >= 0.3


@pytest.mark.parametrize("items", [1, 2, 4, 7, 10])
def test_no_number_of_items_bridges_two_stories(items: int) -> None:
    chain = [wires.DAM, *wires.bridge(wires.DAM, wires.STRIKE, items), wires.STRIKE]
    for group in _fold_stories(chain):
        assert not {0, len(chain) - 1} <= set(group)


def test_ten_items_that_everybody_verified_bridge_nothing_either() -> None:
    chain = [wires.DAM, *wires.bridge(wires.DAM, wires.STRIKE, 10), wires.STRIKE]
    links = [(at, at + 1) for at in range(len(chain) - 1)]
    for group in _fold_stories(chain, pairs=links):
        assert not {0, len(chain) - 1} <= set(group)


def test_an_article_of_two_halves_is_no_collection_of_both() -> None:
    # A page that holds two stories whole may stand with both; one as long as either may not.
    half = wires.bridge(wires.DAM, wires.STRIKE, 1)[0]
    found = _fold_stories([wires.DAM, half, wires.STRIKE], pairs=[(0, 1), (1, 2)])
    assert len(found) == 2


def test_past_the_bound_copies_are_one_group_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "FOLDED_AT_ONCE", 40)
    # More distinct texts than are folded at once, all of them copies of one another.
    count = 85
    texts = {key: {*range(100), 1000 + key} for key in range(count)}
    # Each verified with some others alone, as candidates of a flood are.
    pairs = [(key, other) for key in range(count) for other in range(min(key, 8))]
    assert _fold_sets(texts, pairs) == [list(range(count))]
    random.Random(1).shuffle(pairs)
    assert _fold_sets(texts, pairs) == [list(range(count))]


def test_past_the_bound_two_stories_stay_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "FOLDED_AT_ONCE", 20)
    one, two = set(range(100)), set(range(200, 300))
    texts = {key: {*(one if key < 40 else two), 1000 + key} for key in range(80)}
    texts[80] = one | two  # a page that holds both
    pairs = [(a, b) for a, b in combinations(range(80), 2) if (a < 40) == (b < 40)]
    pairs += [(a, 80) for a in range(80)]
    for group in _fold_sets(texts, pairs):
        assert {key < 40 for key in group if key < 80} != {True, False}
