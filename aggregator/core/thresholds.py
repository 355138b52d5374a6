"""The numbers of the rule that decides likeness, and what each rests on; decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The numbers of the rule; the defaults are the ones measured, see DESIGN.md section 5."""

    containment: float = 0.4  # of the shorter text in the longer
    shared: int = 20  # shingles: fewer is a shared quote
    # Where less than this is contained, both texts are largely their own, and a statement that
    # both quote may be all they share: the more of both must be shared.
    contained_firmly: float = 0.55
    jaccard_loose: float = 0.2
    shared_loose: int = 100
    shared_told: int = 60  # enough in short texts whose names and numbers are common as well:
    kept_told: int = 10  # so many in like surroundings,
    agree_told: float = 0.6  # and this share of all, of the text that has fewer
    jaccard_same_outlet: float = 0.6  # an outlet's own pages share furniture
    jaccard_uneven: float = 0.1  # when lengths differ by `uneven`: transcripts contain everybody
    uneven: float = 5.0
    contained_brief: float = 0.7  # a brief cut from a long story, opening alike, all the same
    numbers_same_outlet: float = 0.5  # weather and result pages differ in their numbers
    # Share of the names and numbers in like surroundings that differ: at most .19 among 86 copies
    # of 600 US and UK outlets, at least .29 among bulletins that differ in nothing else.
    replaced: float = 0.3
    # Copies whose passages are broken up by changed words: this share of the words that occur
    # once in each text, this many of them, in one order. Own reports of one event reach .48.
    ordered: float = 0.6
    ordered_least: int = 30
    min_shingles: int = 30
    window: timedelta = timedelta(days=3)
    passages: float = 0.15  # below this nothing is recorded

    def describe(self) -> str:
        """The rule in words, for readers."""
        return (
            f"Two articles are one story when {self.containment:.0%} of the shorter one's passages"
            f" of five words stand in the longer one, at least {self.shared} of them, and they ran"
            f" within {self.window.total_seconds() / 86400:g} days of each other;"
            " the very same text is one story whenever it ran. Below"
            f" {self.contained_firmly:.0%} at least {self.shared_loose} passages and a Jaccard"
            f" similarity of {self.jaccard_loose:g} are asked for, and of a text over"
            f" {self.uneven:g} times as long {self.contained_brief:.0%} and the same opening or"
            f" headline. Two pages of one outlet need a Jaccard similarity of"
            f" {self.jaccard_same_outlet:g}, the same opening or headline, and the same numbers."
            f" Texts that put other names and numbers into the same sentences ({self.replaced:.0%}"
            " of them) are two stories."
            f" Articles with fewer than {self.min_shingles} such passages are not compared."
        )
