"""Scores against values worked out by hand."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core.evaluate import pairs_of, score

# gold {a b c} {d e} {f}; found {a b} {c d e} {f}
GOLD = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2, "f": 3}
FOUND = {"a": "x", "b": "x", "c": "y", "d": "y", "e": "y", "f": "z"}
LABELS = st.dictionaries(st.integers(0, 20), st.integers(0, 4), max_size=12)


def test_pairs_are_unordered_and_within_a_label() -> None:
    assert pairs_of({"a": 1, "b": 1, "c": 2}) == {frozenset("ab")}
    assert len(pairs_of(GOLD)) == 4
    assert pairs_of({}) == set()


def test_pairwise_by_hand() -> None:
    # Gold ab ac bc de; found ab cd ce de; right ab de.
    found = score(GOLD, FOUND)
    assert (found.articles, found.pairs_gold, found.pairs_found) == (6, 4, 4)
    assert (found.right, found.wrong, found.missed, found.ignored) == (2, 2, 2, 0)
    assert (found.precision, found.recall, found.f1, found.strict_f1) == (0.5, 0.5, 0.5, 0.5)


def test_bcubed_by_hand() -> None:
    # Precision: a b 2/2, c 1/3, d e 2/3, f 1. Recall: a b 2/3, c 1/3, d e 2/2, f 1.
    found = score(GOLD, FOUND)
    precision = (1 + 1 + 1 / 3 + 2 / 3 + 2 / 3 + 1) / 6
    recall = (2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1) / 6
    assert found.bcubed_precision == pytest.approx(precision)
    assert found.bcubed_recall == pytest.approx(recall)
    assert found.bcubed_f1 == pytest.approx(2 * precision * recall / (precision + recall))


def test_adjusted_rand_by_hand() -> None:
    # 2 pairs in both, 4 in each, 15 in all: expected 16/15, highest 4.
    assert score(GOLD, FOUND).ari == pytest.approx((2 - 16 / 15) / (4 - 16 / 15))
    # The index falls below zero where two partitions agree less than by chance.
    across = {"a": 1, "b": 1, "c": 2, "d": 2}, {"a": 1, "b": 2, "c": 1, "d": 2}
    assert score(*across).ari == pytest.approx((0 - 4 / 6) / (2 - 4 / 6))


def test_whole_clusters_are_counted() -> None:
    found = score(GOLD, FOUND)
    assert (found.clusters_gold, found.clusters_whole) == (2, 0)
    half = score(GOLD, {**GOLD, "c": 9})
    assert (half.clusters_gold, half.clusters_whole) == (2, 1)


def test_ignored_pairs_count_only_in_the_strict_score() -> None:
    found = score(GOLD, FOUND, ignore=[("c", "d"), ("e", "c")])
    assert (found.right, found.wrong, found.ignored) == (2, 0, 2)
    assert (found.precision, found.recall) == (1.0, 0.5)
    assert found.f1 == pytest.approx(2 / 3)
    plain = score(GOLD, FOUND)
    assert found.strict_f1 == plain.strict_f1 == 0.5
    assert (found.bcubed_f1, found.ari) == (plain.bcubed_f1, plain.ari)
    assert (found.pairs_gold, found.pairs_found) == (4, 4)


def test_an_ignored_pair_that_was_not_found_changes_nothing() -> None:
    assert score(GOLD, FOUND, ignore=[("a", "f"), ("b", "f")]) == score(GOLD, FOUND)


def test_a_pair_of_the_labels_counts_even_when_it_is_ignored() -> None:
    # What is ignored is merging what the labels keep apart; a labelled copy must still be found.
    missed = score({"a": 1, "b": 1}, {"a": 1, "b": 2}, ignore=[("a", "b")])
    assert (missed.recall, missed.missed, missed.ignored) == (0.0, 1, 0)


def test_perfect_and_hopeless() -> None:
    same = score(GOLD, {key: f"other {label}" for key, label in GOLD.items()})
    assert (same.f1, same.strict_f1, same.bcubed_f1, same.ari) == (1.0, 1.0, 1.0, 1.0)
    assert same.clusters_whole == same.clusters_gold == 2
    apart = score(GOLD, {key: key for key in GOLD})
    assert (apart.precision, apart.recall, apart.f1, apart.ari) == (1.0, 0.0, 0.0, 0.0)
    assert (apart.bcubed_precision, apart.bcubed_recall) == (1.0, 0.5)
    lump = score(GOLD, dict.fromkeys(GOLD, 0))
    assert (lump.precision, lump.recall, lump.ari) == (4 / 15, 1.0, 0.0)


def test_nothing_to_find_and_nothing_found_is_right() -> None:
    for items in ({}, {"a": 1}, {"a": 1, "b": 2}):
        found = score(items, items)
        assert (found.f1, found.bcubed_f1, found.ari) == (1.0, 1.0, 1.0)


def test_articles_without_a_label_do_not_count() -> None:
    assert score(GOLD, {**FOUND, "g": "x", "h": "y"}) == score(GOLD, FOUND)


@settings(deadline=None)
@given(LABELS, st.data())
def test_scores_agree_with_their_definitions(gold: dict[int, int], data: st.DataObject) -> None:
    found = {key: data.draw(st.integers(0, 4)) for key in gold}
    result = score(gold, found)
    in_gold = {pair for pair in combinations(sorted(gold), 2) if gold[pair[0]] == gold[pair[1]]}
    in_found = {pair for pair in combinations(sorted(gold), 2) if found[pair[0]] == found[pair[1]]}
    assert result.right == len(in_gold & in_found)
    assert result.wrong == len(in_found - in_gold)
    assert result.missed == len(in_gold - in_found)
    for value in (
        result.precision, result.recall, result.f1, result.bcubed_precision, result.bcubed_recall
    ):  # fmt: skip
        assert 0.0 <= value <= 1.0
    assert -1.0 <= result.ari <= 1.0
    other = score(found, gold)
    assert other.ari == pytest.approx(result.ari)
    assert other.bcubed_precision == pytest.approx(result.bcubed_recall)


def test_the_json_contract() -> None:
    found = score(GOLD, FOUND).to_dict()
    assert set(found) == {
        "articles", "pairs_gold", "pairs_found", "right", "wrong", "missed", "ignored",
        "precision", "recall", "f1", "strict_f1", "bcubed", "ari", "clusters_gold",
        "clusters_whole",
    }  # fmt: skip
    assert set(found["bcubed"]) == {"precision", "recall", "f1"}  # type: ignore[call-overload]
    assert found["f1"] == 0.5
