"""Says what an outlet did with a story, from how its text and the lead copy's overlap.

The thresholds were set on the gold suite and the invented day, whose edits are known:
`scripts/provenance --suite` prints which edit gives which relation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aggregator.core import overlap
from aggregator.model import Relation

if TYPE_CHECKING:
    from aggregator.core.text import Shingles

OWN_RUN = 20  # words: a sentence or two without five words in a row from the lead copy
WORD_FOR_WORD = 0.95  # room for a dateline or a changed unit
ONLY_CUT = 0.97  # copied, where something was cut and next to nothing changed
CUT = 0.85  # kept: an article that lost its last paragraphs keeps .8
CUT_HARD = 0.55  # kept: so much is gone that a reworded lede does not matter
LIGHTLY = 0.75  # copied: one word in ten exchanged gives .79, another lede and house style .86
LIGHTLY_ALL = 0.65  # of both, where words were exchanged all over and no sentence came in
REPORTING = 0.2  # own: another lede gives .1, local paragraphs as long as a third of the wire .35
REPORTING_ON_TOP = 0.1  # own, where at most half as much was lost


@dataclass(frozen=True, slots=True)
class Overlap:
    """How a copy and the lead copy overlap; all shares of 0 to 1."""

    copied: float  # of the copy's words, in passages of five or more that the lead has
    kept: float  # of the lead's words, likewise
    own: float  # of the copy's words, in sentences of its own


def measure(
    tokens: Sequence[str], shingles: Shingles, lead_tokens: Sequence[str], lead_shingles: Shingles
) -> Overlap:
    """The overlap of a copy with the lead copy, both cleaned."""
    mask = overlap.covered(tokens, lead_shingles)
    return Overlap(
        copied=float(mask.mean()) if len(mask) else 0.0,
        kept=overlap.coverage(lead_tokens, shingles),
        own=_own(tokens, mask),
    )


def _own(tokens: Sequence[str], mask: Any) -> float:
    """Share of tokens in long runs that are not copied."""
    import numpy as np

    if not len(tokens):
        return 0.0
    # In scripts without spaces a token is a character, and a word two of them.
    spaced = "".join(tokens).isascii()
    single = 0 if spaced else sum(len(each) == 1 and not each.isascii() for each in tokens)
    least = OWN_RUN * 2 if single * 2 > len(tokens) else OWN_RUN
    outside = np.zeros(len(mask) + 2, dtype=bool)
    np.logical_not(mask, out=outside[1:-1])
    edges = np.flatnonzero(outside[1:] != outside[:-1])
    runs = edges[1::2] - edges[::2]
    return int(runs[runs >= least].sum()) / len(tokens)


def relate(overlap: Overlap) -> Relation:
    """What an outlet did: kept it, cut it, edited it, added to it, or wrote its own version of it.

    Added reporting comes in sentences; an edit, however thorough, in words between copied ones.
    """
    copied, kept, own = overlap.copied, overlap.kept, overlap.own
    if copied >= WORD_FOR_WORD and kept >= WORD_FOR_WORD:
        return Relation.WORD_FOR_WORD
    on_top = own >= REPORTING_ON_TOP and 1 - kept <= (1 - copied) / 2
    if own >= REPORTING or on_top:
        return Relation.ADDED_REPORTING
    if copied >= LIGHTLY:
        only_cut = copied >= ONLY_CUT and kept < CUT
        return Relation.SHORTENED if only_cut or kept < CUT_HARD else Relation.LIGHTLY_EDITED
    return Relation.LIGHTLY_EDITED if min(copied, kept) >= LIGHTLY_ALL else Relation.REWRITTEN
