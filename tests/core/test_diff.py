"""The diff aligns paragraphs, marks words, loses nothing and stays within its time."""

from __future__ import annotations

import random
import time
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core import align
from aggregator.core.diff import DiffRow, Mark, RowKind, describe, diff_texts
from aggregator.core.weave import middle, weave
from tests import stories

PARAGRAPHS = st.lists(st.text(alphabet="ab c.,'é漢字ก\u0301-1", max_size=40), max_size=6)


def _side(rows: tuple[DiffRow, ...], side: str) -> list[str]:
    return ["".join(each.text for each in getattr(row, side)) for row in rows if getattr(row, side)]


def _marked(row: DiffRow, side: str) -> list[str]:
    return [each.text.strip() for each in getattr(row, side) if each.mark is not Mark.SAME]


@given(PARAGRAPHS, PARAGRAPHS)
def test_nothing_is_lost_and_order_holds(a: list[str], b: list[str]) -> None:
    rows = diff_texts("\n".join(a), "\n".join(b))
    assert _side(rows, "right") == [each.strip() for each in b if each.strip()]
    assert sorted(_side(rows, "left")) == sorted(each.strip() for each in a if each.strip())
    unmoved = tuple(row for row in rows if not row.moved)
    kept = [each.strip() for each in a if each.strip()]
    lefts = iter(kept)
    assert all(each in lefts for each in _side(unmoved, "left"))


@given(PARAGRAPHS)
def test_a_text_differs_from_itself_in_nothing(a: list[str]) -> None:
    rows = diff_texts("\n".join(a), "\n".join(a))
    assert {row.kind for row in rows} <= {RowKind.SAME}
    assert describe(rows) == ""


def test_edited_copy_reads_as_an_editor_would_say_it() -> None:
    rows = diff_texts("\n".join(stories.FERRY), "\n".join(stories.LEDGER))
    kinds = [row.kind.value for row in rows]
    assert kinds == ["changed", "changed", "same", "same", "changed", "cut", "cut"]
    assert _marked(rows[0], "left") == ["GENEVA (CPA)", "cargo", "early on Friday"]
    assert _marked(rows[0], "right") == ["LINDHOLM", "Friday morning"]
    assert _marked(rows[1], "left") == ["taken to hospital", "six metres", "nine kilometres"]
    assert _marked(rows[1], "right") == ["hospitalized", "20 feet", "six miles"]
    assert describe(rows, headline=True) == (
        "new headline, numbers changed, 2 paragraphs cut and 3 paragraphs reworded"
    )


def test_scripts_without_spaces_differ_by_character() -> None:
    first, second = (each.text for each in stories.japanese().copies)
    row = diff_texts(first, second)[0]
    assert _marked(row, "left") == ["未明"]
    assert _marked(row, "right") == ["早朝"]


def test_combining_marks_stay_on_their_letters() -> None:
    row = diff_texts("นี่คือข่าวที่ดีมาก", "นี่คือข่าวที่แย่มาก")[0]
    assert row.kind is RowKind.CHANGED
    for side in (row.left, row.right):
        assert all(each.text[0] not in "\u0e48\u0e35\u0e37" for each in side)


@given(st.text(alphabet="ab1 2'’.,: -_é²½\u0301\u200dЖδ\t三ק", max_size=40))
def test_plain_texts_are_cut_as_all_others_are(text: str) -> None:
    assert align._tokens(text.strip()) == align._cut_any(text.strip())


def test_every_letter_that_counts_as_plain_is_cut_as_it_would_be() -> None:
    plain = [chr(code) for code in range(0x3000) if align._PLAIN.fullmatch(chr(code))]
    assert len(plain) > 1000
    for letter in plain:
        for text in (f"x{letter}y", f"1{letter}2", f"{letter}'a", f"a’{letter}"):
            assert align._tokens(text.strip()) == align._cut_any(text.strip()), ascii(letter)


def test_a_moved_paragraph_is_no_cut_and_no_addition() -> None:
    one, two, three = stories.FERRY[1:4]
    rows = diff_texts("\n".join((one, two, three)), "\n".join((three, one, two)))
    assert [(row.kind, row.moved) for row in rows] == [
        (RowKind.MOVED, "up"),
        (RowKind.SAME, ""),
        (RowKind.SAME, ""),
    ]
    assert describe(rows) == "1 paragraph moved"


def test_a_wall_of_text_aligns_with_the_same_text_in_paragraphs() -> None:
    text = " ".join(stories.FERRY + stories.POST[4:5])
    rows = diff_texts(text, "\n".join(stories.FERRY + stories.POST[4:5]))
    assert sum(row.kind is RowKind.SAME for row in rows) >= 8
    assert not any(row.kind is RowKind.CUT for row in rows)


def _text(words: list[str], per_paragraph: int) -> str:
    starts = range(0, len(words), per_paragraph)
    return "\n".join(" ".join(words[n : n + per_paragraph]) for n in starts)


@cache
def _long_pairs() -> dict[str, tuple[str, str]]:
    dice = random.Random(7)
    words = [f"w{dice.randrange(3000)}" for _ in range(10_000)]
    edited = [word if dice.random() > 0.15 else "other" for word in words]
    unlike = [f"w{dice.randrange(3000)}" for _ in range(10_000)]
    return {
        "edited": (_text(words, 40), _text(edited, 40)),
        "unlike": (_text(words, 40), _text(unlike, 40)),
        "one wall": (" ".join(words), " ".join(edited)),
        "one word": ("x " * 10_000, "x " * 9_990),
        "two words": ("a b " * 5_000, "b a c " * 3_333),
        "alike lines": (("x y " * 20 + "\n") * 250, ("y x z " * 13 + "\n") * 250),
        "short lines": ("x y\n" * 5_000, "x y z\n" * 3_000),
        "reversed lines": (_text(words, 1), _text(words[::-1], 1)),
        "no spaces": ("北部沿岸の沖合で乗客を乗せた。" * 700, "北部沿岸の沖で客二百人を。" * 700),
    }


@pytest.mark.parametrize("name", _long_pairs())
def test_ten_thousand_words_take_under_a_second(name: str) -> None:
    a, b = _long_pairs()[name]
    began = time.process_time()
    rows = diff_texts(a, b)
    assert time.process_time() - began < 1
    assert rows


def test_one_line_of_a_changed_paragraph_says_each_word_once() -> None:
    row = diff_texts("The ship ran aground on Friday at noon.", "The ship sank on Friday at noon.")[
        0
    ]
    assert "|".join(f"{each.mark.value}:{each.text.strip()}" for each, _ in weave(row)) == (
        "same:The ship|cut:ran aground|added:sank|same:on Friday at noon."
    )
    assert middle("one two three four five six", 12) == "one … six"
