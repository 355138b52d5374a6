"""What desks do to a story of the invented language, as functions of its sentences and dice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scripts import tongue

Body = list[list[str]]  # sentences of words


def _own(rng: np.random.Generator, share: float, body: Body) -> Body:
    """Sentences of the desk's own, as long as a share of the story."""
    words = sum(map(len, body))
    return tongue.sentences(rng, max(25, int(words * share)), tongue.topic_of(rng))


def cut(body: Body, share: float) -> Body:
    """The first `share` of the words, cut at the end of a sentence."""
    room, kept = share * sum(map(len, body)), []
    for sentence in body:
        if room <= 0:
            break
        kept.append(sentence)
        room -= len(sentence)
    return kept


def substitute(body: Body, share: float, rng: np.random.Generator) -> Body:
    """Some words replaced, spread evenly by chance."""
    changed = []
    for sentence in body:
        hits = np.flatnonzero(rng.random(len(sentence)) < share).tolist()
        words = list(sentence)
        for at in hits:
            words[at] = tongue.WORDS[int(rng.integers(0, tongue.VOCABULARY))]
        changed.append(words)
    return changed


def localise(body: Body, share: float, rng: np.random.Generator) -> Body:
    """Sentences of the desk's own between the others, below the first two."""
    found = list(body)
    for sentence in _own(rng, share, body):
        found.insert(2 + int(rng.integers(0, max(1, len(found) - 1))), sentence)
    return found


def reorder(body: Body, rng: np.random.Generator) -> Body:
    """A third of the sentences at another place."""
    found = list(body)
    for _ in range(len(found) // 3):
        moved = found.pop(int(rng.integers(0, len(found))))
        found.insert(int(rng.integers(0, len(found) + 1)), moved)
    return found


Edit = Callable[[Body, np.random.Generator, Body], Body]  # story, dice, another wire
EDITS: dict[str, Edit] = {
    "as sent": lambda body, rng, other: body,
    "3 % of words": lambda body, rng, other: substitute(body, 0.03, rng),
    "10 % of words": lambda body, rng, other: substitute(body, 0.1, rng),
    "new lede": lambda body, rng, other: [*_own(rng, 0.06, body)[:2], *body[2:]],
    "half added": lambda body, rng, other: localise(body, 0.5, rng),
    "reordered": lambda body, rng, other: reorder(body, rng),
    "cut to 75 %": lambda body, rng, other: cut(body, 0.75),
    "cut to 50 %": lambda body, rng, other: cut(body, 0.5),
    "cut to 33 %": lambda body, rng, other: cut(body, 0.33),
    "cut to 20 %": lambda body, rng, other: cut(body, 0.2),
    "60 % and another wire": lambda body, rng, other: [*cut(body, 0.6), *cut(other, 0.4)],
    "a third, half added, 5 % of words": lambda body, rng, other: substitute(
        localise(cut(body, 0.33), 0.5, rng), 0.05, rng
    ),
}
