"""Texts that try to break clustering: drifting pages, bridges, floods, pairs of known likeness."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from aggregator.edge.store import Store
from aggregator.model import Article
from tests.edge.test_store_corpus import Desk, paper, prose

Shingles = NDArray[np.uint64]
HOUR = timedelta(hours=1)


def one_site(number: int, name: str = "a") -> str:
    """An address at a site of its own."""
    return f"http://n{number}.example/{name}"


def live_blog(versions: int = 61, entries: int = 25) -> list[list[str]]:
    """A page that drops its oldest entries as it gains new ones; 8 % change at a time."""
    every = prose("live blog", entries + 2 * versions)
    return [every[2 * at : 2 * at + entries] for at in range(versions)]


def bridge(first: list[str], last: list[str], items: int) -> list[list[str]]:
    """Items that each hold a little less of the first story and more of the last."""
    made = []
    for step in range(1, items + 1):
        share = step / (items + 1)
        made.append(first[round(len(first) * share) :] + last[: round(len(last) * share)])
    return made


def pairs_of_jaccard(
    wanted: float, count: int, shingles: int = 300
) -> Iterator[tuple[Shingles, ...]]:
    """Pairs of shingle sets of one size with this Jaccard, as two edited copies leave."""
    chance = np.random.default_rng(round(wanted * 1000))
    shared = round(2 * shingles * wanted / (1 + wanted))
    for _ in range(count):
        drawn = np.unique(chance.integers(0, 2**64, 2 * shingles - shared, dtype=np.uint64))
        drawn = chance.permutation(drawn)
        yield np.sort(drawn[:shingles]), np.sort(np.concatenate([drawn[:shared], drawn[shingles:]]))


def pairs_cut_to(share: float, count: int, shingles: int = 400) -> Iterator[tuple[Shingles, ...]]:
    """Pairs of a shingle set and a part of it, as a cut from the bottom leaves."""
    chance = np.random.default_rng(round(share * 1000) + 7)
    for _ in range(count):
        whole = np.unique(chance.integers(0, 2**64, shingles, dtype=np.uint64))
        yield whole, np.sort(chance.permutation(whole)[: round(len(whole) * share)])


def near_copies(count: int) -> list[Article]:
    """One story that so many outlets ran, each with two sentences of its own."""
    text = prose("flood", 30)
    found = []
    for number in range(count):
        own = prose(f"own {number}", 2)
        body = [*text[:20], own[0], *text[20:], own[1]]
        found.append(paper(one_site(number), body, title="Bridge opened", at=number / 60))
    return found


def decide(articles: list[Article], *, batch: int = 0) -> Desk:
    """All kept in this order in a database in memory, compared after every `batch` of them."""
    desk = Desk(Store(":memory:"))
    for number, article in enumerate(articles, 1):
        desk.keep(article)
        if batch and number % batch == 0:
            desk.cluster(batch=batch)
    desk.cluster()
    return desk


def shuffled(articles: list[Article], seed: int) -> list[Article]:
    """Another order of arrival."""
    found = list(articles)
    random.Random(seed).shuffle(found)
    return found
