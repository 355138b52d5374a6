"""Edits whose names are known get the relation a reader would call them, in every language."""

from __future__ import annotations

from collections import Counter

import pytest

from aggregator.core import text
from aggregator.core.relation import measure, relate
from aggregator.model import Relation
from tests.gold import plan
from tests.gold.dice import Dice
from tests.gold.reading import read_outlets, read_pieces

STORIES = read_pieces("stories")
# What each edit is, and the share of stories for which it must be called so; the rest are near a
# threshold: a short text loses a third with its last paragraph.
WANTED = {
    "headline": (Relation.WORD_FOR_WORD, 1.0),
    "encoded": (Relation.WORD_FOR_WORD, 1.0),
    "cut-75": (Relation.SHORTENED, 0.9),
    "cut-50": (Relation.SHORTENED, 1.0),
    "cut-33": (Relation.SHORTENED, 1.0),
    "cut-20": (Relation.SHORTENED, 1.0),
    "words-10": (Relation.LIGHTLY_EDITED, 0.9),
    "lede-replaced": (Relation.LIGHTLY_EDITED, 0.9),
    "local": (Relation.ADDED_REPORTING, 0.95),
    "own-third": (Relation.ADDED_REPORTING, 0.9),
    "own-half": (Relation.ADDED_REPORTING, 0.9),
    "hard": (Relation.ADDED_REPORTING, 0.9),
}


@pytest.mark.parametrize("edit", WANTED)
def test_an_edit_is_called_what_it_is(edit: str) -> None:
    outlets = read_outlets()
    called: Counter[Relation] = Counter()
    for story in STORIES:
        outlet = outlets[story.language][1]
        if not plan.fits(edit, story, outlet):
            continue
        made = plan.EDITS[edit](plan.Job(story, story.draft, outlet, Dice(story.key)))
        mine, wire = text.tokens(made.text), text.tokens(story.draft.text)
        called[relate(measure(mine, text.shingles(mine), wire, text.shingles(wire)))] += 1
    relation, share = WANTED[edit]
    assert called.total() >= 10
    assert called[relation] >= share * called.total(), called
