"""Memory proposes what the tables propose, whatever happened to the rows in between."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aggregator.core import entries, fingerprint, hotindex, shelf
from aggregator.edge.store import Store, comparing, folding, prints, proposing
from aggregator.edge.store.proposing import Proposer
from tests.edge.test_store_corpus import NOW, Desk, paper, prose, site

CROWDS = (
    "SELECT 1 FROM bands GROUP BY band, key HAVING count(*) > 6"
    " UNION ALL SELECT 1 FROM samples GROUP BY key HAVING count(*) > 5"
)
ALL = "SELECT article FROM fingerprints WHERE signature IS NOT NULL ORDER BY article"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "keys.db") as store:
        store.connection.execute("PRAGMA foreign_keys = OFF")  # keys alone: no articles behind
        yield store


def keys_of(chance: random.Random, pool: int) -> tuple[list[int], list[int]]:
    """A signature and samples of a text, from pools so small that texts meet."""
    signature = [chance.randrange(1 << 32) for _ in range(fingerprint.PERMUTATIONS)]
    for band in chance.sample(range(fingerprint.BANDS), 3):
        rows = slice(band * fingerprint.ROWS, (band + 1) * fingerprint.ROWS)
        signature[rows] = [7, chance.randrange(pool)]
    samples = {8 * (chance.randrange(pool * 4) - pool * 2) for _ in range(chance.randrange(12))}
    return signature, sorted(samples)


def write(
    db: Any, article: int, keys: tuple[list[int], list[int]], *, size: int, packed: bool = True
) -> None:
    """The rows of one text, as signing writes them; not `packed` as a run over all does."""
    signature, samples = keys
    values = struct.pack(f"<{len(signature)}I", *signature)
    db.execute(
        "INSERT OR REPLACE INTO fingerprints (article, outlet, shingles, recipe, digest, first_at,"
        " last_at, signature, samples) VALUES (?, 1, ?, 'r', ?, '', '', ?, ?)",
        [
            article, size, str(article), values,
            fingerprint.pack_samples(samples) if packed else None,
        ],
    )  # fmt: skip
    bands = fingerprint.band_keys(np.frombuffer(values, dtype="<u4"))
    db.executemany(
        "INSERT INTO bands (band, key, article) VALUES (?, ?, ?)",
        [(band, key, article) for band, key in enumerate(bands)],
    )
    db.executemany("INSERT INTO samples VALUES (?, ?)", [(key, article) for key in samples])


def remove(db: Any, article: int) -> None:
    """What pruning does."""
    for table in ("bands", "samples", "fingerprints"):
        db.execute(f"DELETE FROM {table} WHERE article = ?", [article])


def check(store: Store, proposer: Proposer, articles: list[int] | None = None) -> int:
    """Hold memory against the tables for these articles, or all; gives how many pairs."""
    asked = articles or [row[0] for row in store.query(ALL)]
    with store.write() as db:
        found = proposer.propose(db, asked)
        assert found == {article: comparing.candidates(db, article) for article in asked}
    return sum(map(len, found.values()))


@pytest.mark.parametrize("seed", range(4))
def test_memory_proposes_what_the_tables_do(
    store: Store, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Limits and runs so small that a few hundred texts reach all of them.
    for name, value in {"KEY_LIMIT": 6, "SAMPLE_LIMIT": 5, "SAMPLE_FIRST": 3}.items():
        monkeypatch.setattr(fingerprint, name, value)
    monkeypatch.setattr(shelf, "NEWEST", 64)
    monkeypatch.setattr(shelf, "EVEN", 100)
    monkeypatch.setattr(hotindex, "HOT", (1 << 13, 7, 40, 25)[seed])  # none, nearly all, half cold
    monkeypatch.setattr(proposing, "_READ", 16)
    chance = random.Random(seed)
    pool = (12, 30, 60, 100)[seed]
    proposer, met, crowds, alive, new = Proposer(always=True), 0, 0, set[int](), 1
    for step in range(14):
        with store.write() as db:
            for _ in range(chance.choice((1, 3, 25, 60))):
                kind = chance.random()
                if kind < 0.7 or not alive:  # ids have gaps: articles without keys stand between
                    new += chance.choice((1, 1, 2))
                    write(db, new, keys_of(chance, pool), size=chance.choice((30, 90, 2000)),
                          packed=chance.random() < 0.8)  # fmt: skip
                    alive.add(new)
                    continue
                one = chance.choice(sorted(alive))
                if kind < 0.8:
                    remove(db, one)
                    alive.remove(one)
                else:
                    prints.forget(db, one)
                    if kind < 0.95:
                        write(db, one, keys_of(chance, pool), size=chance.choice((30, 90, 2000)))
                    else:
                        alive.remove(one)
        some = sorted(chance.sample(sorted(alive), min(len(alive), 20)))
        met += check(store, proposer, None if step % 3 == 0 else some)
        crowds += len(store.query(CROWDS))
    assert met > 100
    assert crowds > 10
    assert proposer._index is not None
    assert (proposer._index.hot > 0) == (seed > 0)  # some texts left the shelves, or none
    assert check(store, Proposer(always=True)) == check(store, proposer)


def test_what_was_rolled_back_is_not_learnt(store: Store) -> None:
    chance, proposer = random.Random(5), Proposer(always=True)
    with store.write() as db:
        for article in range(1, 40):
            write(db, article, keys_of(chance, 8), size=60)
    check(store, proposer)
    with pytest.raises(ZeroDivisionError), store.write() as db:
        proposer.propose(db, [1, 2, 3])
        for article in range(40, 60):
            write(db, article, keys_of(chance, 8), size=60)
        prints.forget(db, 3)
        raise ZeroDivisionError
    check(store, proposer)
    with store.write() as db:
        for article in range(40, 50):
            write(db, article, keys_of(chance, 8), size=60)
    check(store, proposer)


def test_what_another_program_writes_is_learnt(store: Store) -> None:
    chance, proposer = random.Random(6), Proposer(always=True)
    with store.write() as db:
        for article in range(1, 30):
            write(db, article, keys_of(chance, 8), size=60)
    check(store, proposer)
    with Store(store.path) as other:
        other.connection.execute("PRAGMA foreign_keys = OFF")
        with other.write() as db:
            write(db, 30, keys_of(chance, 8), size=60)
            remove(db, 4)
    check(store, proposer)


def test_an_error_on_the_way_leaves_nothing_half_learnt(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, proposer = random.Random(7), Proposer(always=True)
    with store.write() as db:
        for article in range(1, 60):
            write(db, article, keys_of(chance, 8), size=60)
    check(store, proposer)
    with store.write() as db:
        for article in range(10, 30):
            prints.forget(db, article)
            write(db, article, keys_of(chance, 8), size=60)

    def fail(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr(hotindex.HotIndex, "add_asking", fail)
        with pytest.raises(MemoryError), store.write() as db:
            proposer.propose(db, [11, 12])
    check(store, proposer)


def test_it_is_made_anew_when_there_is_no_room(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, proposer = random.Random(8), Proposer(always=True)
    with store.write() as db:
        for article in range(1, 30):
            write(db, article, keys_of(chance, 8), size=60)
    check(store, proposer)
    first = proposer._index
    assert first is not None
    assert len(first) == 29
    first.rows = entries.MOST_ROWS - 10  # as after years of fingerprints that were made again
    with store.write() as db:
        for article in range(30, 41):
            write(db, article, keys_of(chance, 8), size=60)
    check(store, proposer)
    assert proposer._index is not first


def test_memory_stays_small_as_texts_come_and_is_made_anew_with_more_room(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hotindex, "HOT", 20)
    monkeypatch.setattr(hotindex, "KEYS", 8)  # in place of 140: the filter is soon full
    chance, proposer, indices, entries_held = random.Random(3), Proposer(always=True), set(), []
    for first in range(1, 1500, 25):
        with store.write() as db:
            for article in range(first, first + 25):
                write(db, article, keys_of(chance, 300), size=60)
        check(store, proposer, [first, first + 1, first + 7, first + 24])
        index = proposer._index
        assert index is not None
        indices.add(id(index))
        entries_held.append(sum(one.entries for one in index._bands._shelves))
    assert max(entries_held[4:]) <= fingerprint.BANDS * 55  # HOT, half as many, and a batch
    assert len(indices) > 2
    check(store, proposer)


def test_memory_is_used_once_it_pays(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, proposer = random.Random(9), Proposer()
    with store.write() as db:
        for article in range(1, 31):
            write(db, article, keys_of(chance, 8), size=60)
        monkeypatch.setattr(proposing, "ONE_IN", 2)
        some = list(range(1, 8))
    with store.write() as db:
        assert proposer.propose(db, some) is None  # 7 of 30
        assert proposer.propose(db, some) is None
        assert proposer.propose(db, some) is not None  # as many as 21 were asked for
        assert proposer.propose(db, [1]) is None  # the tables are faster for one
        monkeypatch.setattr(proposing, "MOST_TEXTS", 29)
        assert Proposer(always=True).propose(db, some) is None  # no rows for each to be made again
        greedy = Proposer()
        assert [greedy.propose(db, some) for _ in range(9)] == [None] * 9
        for article in range(10, 31):
            remove(db, article)
        assert greedy.propose(db, some) is not None  # ids do not count, texts do


def test_stories_are_the_same_by_memory_and_by_the_tables(tmp_path: Path) -> None:
    told = []
    for proposer in (None, Proposer(always=True)):
        with Store(tmp_path / f"{proposer is None}.db") as store:
            desk = Desk(store)
            for family in range(12):
                for copy in range(1 + family % 4):
                    body = prose(f"story {family}")[: 14 - 3 * copy]
                    desk.keep(paper(site(copy, str(family)), body, at=5 * copy))
                if family % 5 == 4:
                    while folding.cluster_batch(
                        store, desk.bodies, now=NOW, limit=7, proposer=proposer
                    ):
                        pass
            while folding.cluster_batch(store, desk.bodies, now=NOW, proposer=proposer):
                pass
            told.append((desk.partition(), desk.told()))
    assert told[0] == told[1]
    assert len(told[0][0]) == 12
