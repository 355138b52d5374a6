"""Invents words, headlines and texts whose words are as unevenly common as in a language."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

_ONSETS = ("b", "br", "c", "d", "dr", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pl", "r", "s",
           "st", "t", "tr", "v", "w")  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "ou")
_CODAS = ("", "l", "m", "n", "r", "s", "t", "nd", "rk")
WORDS_KNOWN = 40_000


class Prose:
    """Words by rank, and texts drawn from them: the word of rank n comes n times less often."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311
        syllables = ["".join(each) for each in itertools.product(_ONSETS, _VOWELS, _CODAS)]
        self.chance.shuffle(syllables)
        pairs = itertools.product(syllables, syllables)
        longer = ("".join(pair) for pair in itertools.islice(pairs, 0, None, 37))
        self.words = list(dict.fromkeys([*syllables[:400], *longer]))[:WORDS_KNOWN]
        self._weights = list(
            itertools.accumulate(1 / (rank + 2.7) for rank in range(len(self.words)))
        )

    def pick(self, count: int) -> list[str]:
        """That many words, common ones more often."""
        return self.chance.choices(self.words, cum_weights=self._weights, k=count)

    def headline(self) -> str:
        """Six to eleven words."""
        return " ".join(self.pick(self.chance.randint(6, 11))).capitalize()

    def paragraphs(self) -> list[str]:
        """A text of about 400 words, in paragraphs of two sentences."""
        words = max(60, min(1500, int(self.chance.lognormvariate(5.85, 0.5))))
        drawn, found = self.pick(words), []
        while drawn:
            length = self.chance.randint(28, 52)
            part, drawn = drawn[:length], drawn[length:]
            middle = len(part) // 2 or 1
            sentences = (" ".join(part[:middle]), " ".join(part[middle:]))
            found.append(" ".join(f"{each.capitalize()}." for each in sentences if each))
        return found

    def edited(self, paragraphs: Sequence[str], kind: str) -> list[str]:
        """What an outlet makes of a text: the same, less of it, other words, or more."""
        text = list(paragraphs)
        if kind == "shortened":
            return text[: max(1, len(text) * 2 // 3)]
        if kind in ("lightly edited", "rewritten"):
            place = self.chance.randrange(len(text))
            text[place] = " ".join(self.pick(30)).capitalize() + "."
        if kind == "rewritten":
            text[0] = " ".join(self.pick(40)).capitalize() + "."
        if kind == "added reporting":
            text += [" ".join(self.pick(45)).capitalize() + "." for _ in range(3)]
        return text
