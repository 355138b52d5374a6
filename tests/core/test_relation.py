"""What an outlet did, at the thresholds and after edits whose names are known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core import text
from aggregator.core.relation import OWN_RUN, Overlap, measure, relate
from aggregator.model import Relation
from tests.core import wires
from tests.core.wires import Story


def _did(story: Story, lead: Story = wires.DAM) -> Relation:
    mine, theirs = (text.tokens(wires.join(each)) for each in (story, lead))
    return relate(measure(mine, text.shingles(mine), theirs, text.shingles(theirs)))


@pytest.mark.parametrize(
    ("copied", "kept", "own", "relation"),
    [
        (1.0, 1.0, 0.0, Relation.WORD_FOR_WORD),
        (0.95, 0.95, 0.0, Relation.WORD_FOR_WORD),
        (0.949, 1.0, 0.0, Relation.LIGHTLY_EDITED),
        (1.0, 0.949, 0.0, Relation.LIGHTLY_EDITED),
        (0.75, 0.55, 0.0, Relation.LIGHTLY_EDITED),
        (0.969, 0.55, 0.0, Relation.LIGHTLY_EDITED),
        (0.97, 0.849, 0.0, Relation.SHORTENED),
        (0.97, 0.85, 0.0, Relation.LIGHTLY_EDITED),
        (0.75, 0.549, 0.0, Relation.SHORTENED),
        (1.0, 0.1, 0.0, Relation.SHORTENED),
        (0.65, 0.65, 0.0, Relation.LIGHTLY_EDITED),  # a word in seven exchanged
        (0.749, 0.649, 0.0, Relation.REWRITTEN),
        (0.7, 0.5, 0.0, Relation.REWRITTEN),
        (0.65, 0.47, 0.2, Relation.ADDED_REPORTING),
        (0.65, 0.47, 0.199, Relation.REWRITTEN),
        (0.9, 0.8, 0.1, Relation.LIGHTLY_EDITED),  # another lede
        (0.85, 0.925, 0.1, Relation.ADDED_REPORTING),  # paragraphs on top of nearly all
        (0.85, 0.92, 0.1, Relation.LIGHTLY_EDITED),
        (0.85, 0.925, 0.099, Relation.LIGHTLY_EDITED),
        (0.0, 0.0, 0.0, Relation.REWRITTEN),
    ],
)
def test_relations_at_their_thresholds(
    copied: float, kept: float, own: float, relation: Relation
) -> None:
    assert relate(Overlap(copied, kept, own)) is relation


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_every_overlap_has_a_relation_to_a_lead(copied: float, kept: float, own: float) -> None:
    relation = relate(Overlap(copied, kept, own))
    assert relation not in (Relation.FIRST, Relation.ONLY_HERE, Relation.MERGED)
    if relation is Relation.SHORTENED:
        assert kept < copied


@pytest.mark.parametrize(
    ("story", "relation"),
    [
        (wires.DAM, Relation.WORD_FOR_WORD),
        (wires.cut(wires.DAM, 0.75), Relation.SHORTENED),
        (wires.cut(wires.DAM, 0.3), Relation.SHORTENED),
        (wires.house_style(wires.DAM), Relation.LIGHTLY_EDITED),
        (wires.substitute(wires.DAM, 0.06), Relation.LIGHTLY_EDITED),
        (wires.new_lede(wires.DAM), Relation.LIGHTLY_EDITED),
        (wires.add_local(wires.DAM, 0.4), Relation.ADDED_REPORTING),
        (wires.add_local(wires.cut(wires.DAM, 0.5), 0.6), Relation.ADDED_REPORTING),
        (wires.substitute(wires.cut(wires.DAM, 0.6), 0.2), Relation.REWRITTEN),
    ],
)
def test_what_a_desk_did_gets_its_name(story: Story, relation: Relation) -> None:
    assert _did(story) is relation


def test_own_sentences_count_and_words_between_copied_ones_do_not() -> None:
    lead = [f"w{n}" for n in range(400)]
    shingles = text.shingles(lead)
    for length, own in ((OWN_RUN - 1, 0.0), (OWN_RUN, OWN_RUN / (400 + OWN_RUN))):
        mine = [*lead[:200], *(f"x{n}" for n in range(length)), *lead[200:]]
        assert measure(mine, text.shingles(mine), lead, shingles).own == pytest.approx(own)


def test_a_word_of_an_unspaced_script_is_two_characters() -> None:
    lead = [chr(0x4E00 + n) for n in range(300)]
    shingles = text.shingles(lead)
    mine = [*lead, *(chr(0x6000 + n) for n in range(2 * OWN_RUN - 1))]
    assert measure(mine, text.shingles(mine), lead, shingles).own == 0
    mine.append(chr(0x7000))
    assert measure(mine, text.shingles(mine), lead, shingles).own > 0.1


def test_texts_of_nothing_have_nothing_in_common() -> None:
    none = text.shingles([])
    assert measure([], none, [], none) == Overlap(0.0, 0.0, 0.0)
