"""The clustering exam, the pure part: letters, scripts, and how much likeness is proposed."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from aggregator.core import text
from aggregator.core.api import compare, partition
from tests.core import wires
from tests.exam import corpora
from tests.exam.measures import recall_at

STORY = wires.join(wires.DAM)
QUOTES = str.maketrans({'"': "\u201d", "'": "\u2019", "-": "\u2013"})
VARIANTS = {
    "composed": unicodedata.normalize("NFC", STORY),
    "decomposed": unicodedata.normalize("NFD", STORY),
    "capitals": STORY.upper(),
    "zero-width spaces": STORY.replace("o", "o\u200b"),
    "soft hyphens": STORY.replace("er", "e\u00adr"),
    "typographic quotes": STORY.translate(QUOTES),
    "look-alike letters": STORY.replace("a", "\u0430").replace("e", "\u0435"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_c13_letters_that_mean_the_same_give_the_same_shingles(variant: str) -> None:
    expected = text.shingles(text.tokens(STORY))
    # A word of look-alikes alone stays Cyrillic: in a Russian text it may well be a word.
    found = text.shingles(text.tokens(VARIANTS[variant]))
    if variant != "look-alike letters":
        assert np.array_equal(found, expected)
    else:
        same = len(np.intersect1d(found, expected)) / len(expected)
        assert 0.5 < same < 1.0, same


MIXED = (
    "港の倉庫で日曜日の夜に火事があり、消防車十二台が出動した。けが人はなく、原因は調査中である。"
    "Склад принадлежал портовой компании, которая обещала возместить ущерб до конца месяца."
)


def _edited(body: str) -> str:
    """A near-copy: some words near the end replaced by others of the text, J of .8 and more."""
    words = body.split()
    if len(words) > 12:
        return " ".join([*words[:-6], *words[:2], *words[-4:]])
    return f"{body[:-12]}{body[:3]}{body[-9:]}"


def _doubled(body: str) -> str:
    """Long enough for an edit to leave a Jaccard of .8; some of the scripts have 40 words."""
    words = body.split()
    turned = " ".join(reversed(words)) if len(words) > 12 else body[::-1]
    return f"{body} {turned}"


def test_c14_copies_are_found_in_every_script_and_strangers_are_not() -> None:
    texts: dict[str, str] = {}
    for script, (one, other) in wires.SCRIPTS.items():
        texts[f"{script} first"] = _doubled(one)
        texts[f"{script} copy"] = _edited(_doubled(one))
        texts[f"{script} stranger"] = _doubled(other)
    mixed = f"{wires.DAM[4]} {MIXED} {wires.DAM[7]}"
    texts |= {"mixed first": mixed, "mixed copy": _edited(mixed)}
    for script in (*wires.SCRIPTS, "mixed"):
        assert compare(texts[f"{script} first"], texts[f"{script} copy"]).jaccard >= 0.8, script
    found = {frozenset(group) for group in partition(texts) if len(group) > 1}
    scripts = (*wires.SCRIPTS, "mixed")
    assert found == {frozenset((f"{script} first", f"{script} copy")) for script in scripts}


JACCARD = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]


@pytest.mark.parametrize("jaccard", JACCARD)
def test_c16_pairs_of_this_jaccard_are_proposed(jaccard: float) -> None:
    """The least Jaccard that the rule lets pass is .1; plain LSH finds 47 % at its threshold."""
    assert recall_at(list(corpora.pairs_of_jaccard(jaccard, 200))) >= 0.95


@pytest.mark.parametrize("share", [0.1, 0.2, 0.33, 0.5, 0.75])
def test_c16_cut_copies_are_proposed(share: float) -> None:
    assert recall_at(list(corpora.pairs_cut_to(share, 200))) >= 0.95


def test_c16_what_has_little_in_common_is_not_proposed() -> None:
    """Two phrases in common, as any two long articles may have."""
    assert recall_at(list(corpora.pairs_of_jaccard(0.0033, 200))) <= 0.05
