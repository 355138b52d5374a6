"""The scripts that measure: the same answers as the store, the same corpus for the same seed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from aggregator.core import text
from aggregator.core.rules import Rules
from aggregator.edge.store import Store, folding
from aggregator.edge.store.comparing import Bodies
from aggregator.pipeline import importing
from scripts import archive, corpus, heldout, scale
from scripts.heldout import Score

COUNT = 240


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "corpus.jsonl"
    lines = (article.to_line() for article in corpus.articles(COUNT, seed=3))
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def found(gold: Path) -> archive.Archive:
    return archive.read(gold, None)


def test_a_seed_gives_one_corpus_in_order_of_publication(gold: Path) -> None:
    lines = gold.read_text().splitlines()
    assert lines == [article.to_line() for article in corpus.articles(COUNT, seed=3)]
    assert lines != [article.to_line() for article in corpus.articles(COUNT, seed=4)]
    rows = [json.loads(line) for line in lines]
    assert len({row["id"] for row in rows}) == COUNT
    assert [row["published"] for row in rows] == sorted(row["published"] for row in rows)
    kinds = Counter(row["edit"] for row in rows)
    assert {"single", "wire"} < set(kinds)
    assert set(kinds) & set(corpus.ROBOT_KINDS)
    assert len(set(kinds) & set(corpus.EDITS)) > 8
    families = Counter(row["cluster"] for row in rows if row["cluster"])
    assert max(families.values()) > 3


def test_a_corpus_of_any_size_begins_at_once() -> None:
    first = next(iter(corpus.articles(10**9)))
    assert first.published == corpus.START
    assert len(list(islice(corpus.articles(10**9), 30))) == 30


def test_cuts_of_the_corpus_are_as_long_as_they_say() -> None:
    body = corpus.wire(1, 5)
    words = sum(map(len, body))
    for edit, share in (("cut to 50 %", 0.5), ("cut to 20 %", 0.2), ("cut to 75 %", 0.75)):
        kept = corpus.EDITS[edit](body, None, body)  # type: ignore[arg-type]
        assert sum(map(len, kept)) == pytest.approx(words * share, abs=31)
        assert kept == body[: len(kept)]


def test_the_shelves_propose_what_the_store_does(found: archive.Archive) -> None:
    answer = scale.check_store(COUNT, 3)
    assert " 0 by one alone" in answer
    assert found.proposed
    assert f"{len(found.proposed):,} pairs proposed by the store" in answer


def test_words_of_the_corpus_are_tokens() -> None:
    for article in corpus.articles(40, seed=3):
        words = [word for sentence in [*article.own, *article.furniture] for word in sentence]
        assert text.tokens(json.loads(article.to_line())["text"]) == words


def test_the_partition_of_the_script_is_the_stores(gold: Path, found: archive.Archive) -> None:
    pairs = heldout.Folder(found).pairs_found(heldout.DEFAULTS)
    with Store(":memory:") as store:
        rules = Rules()
        folding.prepare(store, rules=rules)
        now = found.rows[-1].published
        assert now is not None
        rows = importing.read_rows(gold)
        for _ in importing.import_rows(store, "gold", rows, rules=rules, now=now, min_words=50):
            pass
        bodies = Bodies(rules)
        while folding.cluster_batch(store, bodies, now=now):
            pass
        together = store.query(
            "SELECT one.guid, other.guid FROM entries AS one"
            " JOIN articles AS a ON a.id = one.article"
            " JOIN articles AS b ON b.cluster = a.cluster AND b.id > a.id"
            " JOIN entries AS other ON other.article = b.id"
        )
    assert pairs == {frozenset(row) for row in together}
    assert len(pairs & found.gold) > 0.7 * len(found.gold)


def test_pairs_that_never_count_change_no_answer(found: archive.Archive) -> None:
    whole, folder = heldout.Folder(found), heldout.Folder(found)
    folder.forget_what_never_counts()
    assert len(folder.pairs) <= len(whole.pairs)
    for value in heldout.GRID["containment"]:
        rule = replace(heldout.DEFAULTS, containment=value)
        assert folder.pairs_found(rule) == whole.pairs_found(rule)


def test_a_score_counts_pairs_of_the_part_alone(found: archive.Archive) -> None:
    gold = sorted(found.gold, key=sorted)
    part = frozenset(gold[:4])
    alien = frozenset(("x", "y"))
    assert heldout.score(found, frozenset([*gold[:3], alien]), part) == Score(3, 0, 1, 0)
    assert heldout.score(found, frozenset([alien]), part | {alien}) == Score(0, 1, 4, 0)
    assert Score(3, 1, 1, 2).f1 == pytest.approx(0.75)
    assert Score(3, 1, 1, 2).strict == pytest.approx(0.6)
    assert Score(0, 0, 0, 0).f1 == 1.0


def test_each_pair_of_two_outlets_is_held_out_twice(found: archive.Archive) -> None:
    held = dict(heldout.splits(found, found.gold))
    halves = held.pop("earlier half") | held.pop("later half")
    assert halves <= found.gold
    assert sum(len(part) for part in held.values()) >= 2 * len(found.gold) - 5
