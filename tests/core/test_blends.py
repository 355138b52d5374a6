"""Pages made of two stories: they join none, and go with the one they owe most to."""

from __future__ import annotations

from collections.abc import Callable

from aggregator.core import cluster

Texts = dict[str, list[int]]

FIRST = list(range(100))
SECOND = list(range(1000, 1100))
THIRD = list(range(2000, 2100))


def _edited(words: list[int], at: int) -> list[int]:
    return [w + 50_000 if n % 10 == at else w for n, w in enumerate(words)]


def _share(texts: Texts) -> Callable[[str, str], float]:
    return lambda a, b: len(set(texts[a]) & set(texts[b])) / len(set(texts[a]))


def _top(texts: Texts) -> Callable[[str, str], float]:
    def top(part: str, whole: str) -> float:
        head = texts[whole][: len(texts[whole]) // 3]
        return len(set(head) & set(texts[part])) / len(head)

    return top


def _fold(texts: Texts) -> list[list[str]]:
    share = _share(texts)
    keys = sorted(texts)
    pairs = [(a, b) for a in keys for b in keys if a < b and max(share(a, b), share(b, a)) >= 0.4]
    return cluster.partition(keys, pairs, share, lambda key: len(texts[key]), _top(texts))


def test_a_page_of_two_stories_goes_with_the_one_it_owes_most() -> None:
    texts = {
        "a1": FIRST, "a2": _edited(FIRST, 3), "b1": SECOND, "b2": _edited(SECOND, 4),
        "mixed": FIRST[:60] + SECOND[:40],
    }  # fmt: skip
    assert _fold(texts) == [["a1", "a2", "mixed"], ["b1", "b2"]]


def test_it_makes_no_difference_which_story_is_shorter() -> None:
    texts = {
        "a1": FIRST, "a2": _edited(FIRST, 3), "b1": SECOND[:40], "b2": _edited(SECOND[:40], 4),
        "mixed": FIRST[:60] + SECOND[:40],
    }  # fmt: skip
    assert _fold(texts) == [["a1", "a2", "mixed"], ["b1", "b2"]]


def test_a_round_up_that_owes_half_of_itself_to_nobody_stands_alone() -> None:
    parts = {"a": FIRST, "b": SECOND, "c": THIRD}
    texts = {f"{key}{n}": _edited(words, n) for key, words in parts.items() for n in (1, 2)}
    texts |= {f"{key}9": words[:50] for key, words in parts.items()}
    texts["round-up"] = FIRST[:50] + SECOND[:50] + THIRD[:50]
    assert _fold(texts) == [
        ["a1", "a2", "a9"],
        ["b1", "b2", "b9"],
        ["c1", "c2", "c9"],
        ["round-up"],
    ]


def test_ten_items_do_not_bridge_two_stories() -> None:
    texts = {"a1": FIRST, "a2": _edited(FIRST, 3), "b1": SECOND, "b2": _edited(SECOND, 4)}
    for step in range(10):
        texts[f"x{step}"] = FIRST[: 30 + 4 * step] + SECOND[: 70 - 4 * step]
    homes = {key: at for at, group in enumerate(_fold(texts)) for key in group}
    assert homes["a1"] == homes["a2"] != homes["b1"] == homes["b2"]


def test_the_original_of_two_cuts_is_no_blend() -> None:
    texts = {"whole": FIRST, "cut": FIRST[:40], "cuts": FIRST[:60]}
    assert _fold(texts) == [["cut", "cuts", "whole"]]


def test_a_brief_that_a_round_up_took_stays_with_its_story() -> None:
    texts = {
        "brief": FIRST[:30], "copy": _edited(FIRST, 2), "wire": FIRST,
        "round-up": SECOND[:45] + FIRST[:30] + THIRD[:45],
        "b": SECOND, "c": THIRD, "b2": _edited(SECOND, 2), "c2": _edited(THIRD, 2),
    }  # fmt: skip
    assert ["brief", "copy", "wire"] in _fold(texts)
