"""Cleaning: template sentences go, all others stay in order, and the stored text is not touched."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core import text
from aggregator.core.clean import clean, take_apart
from tests.core import wires


@settings(deadline=None)
@given(st.integers(0, 300))
def test_nothing_known_leaves_every_word_in_place(seed: int) -> None:
    story = wires.invent(seed, 150)
    cleaned = clean(take_apart(story), frozenset())
    assert list(cleaned.tokens) == text.tokens(wires.join(story))
    assert cleaned.dropped == ()


@settings(deadline=None)
@given(st.integers(0, 300), st.data())
def test_what_is_template_is_left_out_and_nothing_else(seed: int, data: st.DataObject) -> None:
    sentences = take_apart(wires.invent(seed, 200))
    keys = [sentence.key for sentence in sentences if sentence.key is not None]
    templates = data.draw(st.sets(st.sampled_from(keys)))
    cleaned = clean(sentences, templates)
    assert cleaned.dropped == tuple(s.text for s in sentences if s.key in templates)
    kept = [token for s in sentences if s.key not in templates for token in s.tokens]
    assert list(cleaned.tokens) == kept


def test_sentences_keep_the_words_as_they_stood() -> None:
    apart = take_apart(["It rained. “Badly!” he said.", "", "12:30"])
    assert [s.text for s in apart] == ["It rained.", "“Badly!”", "he said.", "12:30"]
    assert apart[1].tokens == ("badly",)
    assert apart[3].key is None  # numbers alone are never template


def test_a_sentence_of_numbers_is_never_dropped() -> None:
    sentences = take_apart(["12:30.", "Read our letter."])
    templates = {s.key for s in sentences if s.key is not None}
    assert clean(sentences, templates).tokens == ("12", "30")


def test_one_key_for_one_clause_in_any_case_and_with_any_digits() -> None:
    keys = {
        take_apart([line])[0].key
        for line in ("Shares rose 1.24% by 10:15.", "SHARES ROSE 7.90 % BY 16:55", "Shares rose "
                     "3.11% by 09:30!")
    }  # fmt: skip
    assert len(keys) == 1


def test_everything_template_leaves_nothing_to_compare() -> None:
    sentences = take_apart(wires.PROMOS)
    cleaned = clean(sentences, {s.key for s in sentences if s.key is not None})
    assert cleaned.tokens == ()
    assert cleaned.dropped == tuple(s.text for s in sentences)


def test_what_was_taken_apart_cannot_be_changed() -> None:
    sentence = take_apart(["It rained."])[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        sentence.text = "It snowed."  # type: ignore[misc]
