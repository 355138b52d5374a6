"""An invented language for measuring at scale: words, stock phrases and topics of known frequency.

Every text is a function of a seed and a number, so nothing has to be kept. The frequencies are
set so that texts repeat one another as much as the labelled US archive's do: of an unlike pair of
its 3,385 articles 2.6 % share a run of five words and .7 % share two; half of its articles have
6 % or more of their runs in common with some other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

VOCABULARY = 50_000
# Phrases by book: how many there are, how many lead with about equal frequency, and the words of
# an article to one of them. The set phrases of the trade, what everybody happens to say, and what
# belongs to a topic: names with titles, places.
TRADE = (3_000_000, 40, 100)
TALK = (1_000_000, 10_000, 12)
TOPICAL = (4_000, 15, 45)
TOPICS = (40_000, 1)
BACKGROUND = (60, 3)  # sentences of a topic that its articles tell again
RECALLS = 0.6  # share of articles that do
SENTENCE = (9, 31)
MASK = (1 << 64) - 1
_ONSETS = (*"bdfghjklmnprstvz", "br", "st", "tr", "gl")
_SYLLABLES = [onset + vowel for onset in _ONSETS for vowel in "aeiou"]


def _mixed(value: int) -> int:
    """splitmix64's finaliser: numbers next to each other come out far apart."""
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def _word(rank: int) -> str:
    """A word for each rank, no two alike; the frequent ones are short."""
    made, left = "", rank
    while True:
        left, place = divmod(left, len(_SYLLABLES))
        made += _SYLLABLES[place]
        if not left:
            return made + "nrslm"[rank % 5]
        left -= 1


WORDS = tuple(_word(rank) for rank in range(VOCABULARY))


@lru_cache(maxsize=1 << 16)
def phrase(book: int, rank: int) -> tuple[str, ...]:
    """A phrase of a book of phrases: five words, one in three of them longer."""
    found, value = [], _mixed(book * 0x9E3779B1 + rank)
    length = 5
    while length < 14 and (value >> 3 * (length - 5)) & 7 < (3 if length > 5 else 2):
        length += 1
    for at in range(length):
        share = (_mixed(value + at) >> 11) / (1 << 53)
        found.append(WORDS[int(VOCABULARY**share) - 1])
    return tuple(found)


def sentences(rng: np.random.Generator, length: int, topic: int) -> list[list[str]]:
    """A text of about `length` words as sentences of words, without full stops."""
    ranks = np.exp(rng.random(length * 4 // 10) * math.log(VOCABULARY)).astype(np.int64) - 1
    free = [WORDS[rank] for rank in ranks.tolist()]
    phrases: list[Sequence[str]] = [
        phrase(book, rank)
        for book, (count, head, every) in ((0, TRADE), (1, TALK), (2 + topic, TOPICAL))
        for rank in zipf(rng, count, head, rng.poisson(length / every))
    ]
    if rng.random() < RECALLS:
        for rank in zipf(rng, *BACKGROUND, 1 + rng.poisson(1)):
            phrases.append(recalled(topic, rank))
    places = np.sort(rng.integers(0, len(free) + 1, len(phrases))).tolist()
    rng.shuffle(phrases)  # type: ignore[arg-type]
    body: list[str] = []
    before = 0
    for place, inserted in zip(places, phrases, strict=True):
        body += free[before:place]
        body += inserted
        before = place
    body += free[before:]
    found, at = [], 0
    for size in rng.integers(*SENTENCE, len(body) // SENTENCE[0] + 1).tolist():
        if at >= len(body):
            break
        found.append(body[at : at + size])
        at += size
    return found


@lru_cache(maxsize=1 << 14)
def recalled(topic: int, rank: int) -> tuple[str, ...]:
    """A sentence of a topic that is told again and again."""
    seeds = (_mixed(topic * 7919 + rank * 131 + at) for at in range(12 + rank % 12))
    return tuple(WORDS[int(VOCABULARY ** ((seed >> 11) / (1 << 53))) - 1] for seed in seeds)


def zipf(rng: np.random.Generator, count: int, head: int, draws: int) -> list[int]:
    """Ranks from 0 below `count`, rank n with a frequency of about 1/(n + head)."""
    grown = np.exp(rng.random(draws) * math.log1p(count / head))
    found: list[int] = (head * (grown - 1)).astype(np.int64).tolist()
    return found


def length_of(rng: np.random.Generator) -> int:
    """A length in words as news has it: median 600, a twentieth above 1,800, none above 6,000."""
    return int(np.clip(rng.lognormal(math.log(570), 0.7), 80, 6000))


def topic_of(rng: np.random.Generator) -> int:
    """What an article is about; a topic of the day has up to a thirtieth of all articles."""
    return zipf(rng, *TOPICS, 1)[0]
