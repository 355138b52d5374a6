"""Words in one order: symmetric, whole for equal texts, nothing for strangers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.core import match, overlap, sequence, text
from aggregator.model import MatchVerdict
from tests.core import wires

WORDS = st.lists(st.sampled_from([f"w{n}" for n in range(40)]), max_size=60)


@given(WORDS, WORDS)
def test_order_is_symmetric_and_bounded(a: list[str], b: list[str]) -> None:
    found = sequence.in_order(a, b)
    assert found == sequence.in_order(b, a)
    assert 0 <= found.share <= 1
    assert 0 <= found.kept <= 1
    assert found.count <= min(len(set(a)), len(set(b)))


@given(WORDS)
def test_a_text_is_in_its_own_order(words: list[str]) -> None:
    found = sequence.in_order(words, words)
    assert found.count == sum(words.count(word) == 1 for word in set(words))


def test_reversed_words_keep_one_place() -> None:
    words = [f"w{n}" for n in range(50)]
    assert sequence.in_order(words, words[::-1]).count == 1


def test_a_copy_with_every_fourth_word_changed_is_found_by_its_order() -> None:
    words = text.tokens(wires.join(wires.DAM))
    spun = [f"x{at}" if at % 4 == 3 else word for at, word in enumerate(words)]
    a = overlap.make_body(key=1, tokens=words)
    b = overlap.make_body(key=2, tokens=spun)
    assert overlap.count_shared(a.shingles, b.shingles) == 0
    assert sequence.in_order(words, spun).share > 0.6


def test_a_spun_copy_says_that_its_order_decided() -> None:
    words = text.tokens(wires.join(wires.DAM))
    spun = [f"x{at}" if at % 8 == 3 else word for at, word in enumerate(words)]
    a = overlap.make_body(key=1, tokens=words, outlets=frozenset("a"))
    b = overlap.make_body(key=2, tokens=spun, outlets=frozenset("b"))
    found = match.compare(a, b)
    assert 0.15 < found.containment < 0.4 or found.containment >= 0.4
    assert found.verdict.merges
    if found.containment < 0.4:
        assert "same order" in found.reason
    assert found.verdict is not MatchVerdict.TRIMMED
