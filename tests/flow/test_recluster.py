"""Every engine and the daemon make the same stories of the same articles."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import Config
from aggregator.core.rules import Rules
from aggregator.edge.store import Store, bonds, correcting, reclustered, resettling
from aggregator.pipeline import Aggregator, reclustering
from scripts import corpus, tongue

NOW = datetime(2026, 3, 6, tzinfo=UTC)
ARTICLES = 300  # scripts/million holds the same on any number
DERIVED = {
    "templates": "outlet, key",
    "fingerprints": "article, shingles, gate, clustered, recipe, digest, dropped",
    "pairs": "a, b, verdict, jaccard, a_in_b, b_in_a, shared, reason",
    "parents": "*",
    "articles": "id, relation, copied, kept, agency",
    "credits": "article, agency, role, zone, excerpt, source_article",
}


def rows() -> Iterator[dict[str, Any]]:
    """Families, robots' pages and singles of the invented language, shorter than news is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tongue, "length_of", lambda rng: int(rng.integers(60, 220)))
        patch.setattr(corpus, "LEAST_WIRE", 120)
        made = [json.loads(each.to_line()) for each in corpus.articles(ARTICLES - 20, seed=3)]
    yield from made
    like = next(row for row in made if row["edit"] == "single")
    words = " ".join(tongue.WORDS[900:960])
    for number in range(20):  # one text everywhere; a wall; what is too short to be compared
        kind = number % 3
        yield like | {
            "id": f"x{number}",
            "source": "wall.example" if kind == 1 else f"more{number}.example",
            "title": like["title"]
            if kind == 0
            else " ".join(tongue.WORDS[7 * number : 7 * number + 6]),
            "text": (like["text"], f"{words}. {like['text'][:900]}", "Too short.\n" * 60)[kind],
            "url": f"https://more.example/{number}",
        }


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lines of an archive."""
    path = tmp_path_factory.mktemp("archive") / "archive.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def clustered(archive: Path) -> Path:
    """A database that the daemon's own line clustered, with some of a person's decisions."""
    path = archive.with_name("daemon.db")
    with Aggregator(Config(), database=path, clock=lambda: NOW) as news:
        news.import_file(archive)
        news.cluster()
        store = news.context.store
        several = [row[0] for row in store.query("SELECT id FROM clusters WHERE articles > 2")]
        alone = [row[0] for row in store.query("SELECT id FROM clusters WHERE articles = 1")]
        correcting.merge(store, [several[0], several[1]], now=NOW)
        correcting.merge(store, [several[2], alone[0]], now=NOW)
        first = store.query("SELECT id FROM articles WHERE cluster = ? LIMIT 2", [several[3]])
        correcting.part(store, first[0][0], first[1][0], now=NOW)
        news.cluster()
    return path


def run(store: Store, engine: str, **more: Any) -> reclustering.Reclustering:
    return reclustering.recluster(store, rules=Rules(), now=NOW, engine=engine, **more)


def table(store: Store, name: str) -> list[tuple[Any, ...]]:
    found = [tuple(row) for row in store.query(f"SELECT {DERIVED[name]} FROM {name}")]
    if name == "pairs":
        # Which run of a text holds it hangs on arrival; and what a pair was called before a person
        # held its article stays so.
        with store.snapshot() as db:
            held = bonds.read_bonds(db)
        rows = store.query("SELECT article, digest FROM fingerprints")
        digest = {row[0]: row[1] for row in rows}
        found = [
            (*sorted((digest[row[0]], digest[row[1]])), row[2], *sorted(row[4:6]), row[6])
            for row in found
            if not held.is_held(row[0])
        ]
    return sorted(found, key=repr)


def copied(path: Path, to: Path) -> Store:
    shutil.copy(path, to)
    return Store(to)


@pytest.mark.parametrize("engine", ["memory", "duckdb", "spark"])
def test_an_engine_gives_the_partition_of_the_daemon(
    clustered: Path, tmp_path: Path, engine: str
) -> None:
    if engine != "memory":
        module = {"duckdb": "duckdb", "spark": "pyspark"}[engine]
        pytest.importorskip(module, reason="engines for archives are in the extra [scale]")
    if engine == "spark" and not shutil.which("java"):
        pytest.skip("Spark needs Java")
    with copied(clustered, tmp_path / "news.db") as store:
        before = reclustering.digest_stored(store)
        done = run(store, engine, dry_run=True)
        assert done.digest == before
        assert done.changed is None
        assert len(store.query("SELECT id FROM clusters WHERE articles > 1")) > 12
        assert reclustering.digest_stored(store) == before


def wipe(store: Store) -> None:
    with store.write() as db:
        for name in ("templates", "fingerprints", "bands", "samples", "pairs", "parents"):
            db.execute(f"DELETE FROM {name}")
        db.execute("UPDATE articles SET relation = NULL, copied = NULL, kept = NULL, agency = NULL")


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
def test_what_was_wiped_is_written_again(clustered: Path, tmp_path: Path, engine: str) -> None:
    if engine == "duckdb":
        pytest.importorskip("duckdb", reason="engines for archives are in the extra [scale]")
    with copied(clustered, tmp_path / "news.db") as store:
        before = {name: table(store, name) for name in DERIVED}
        stories = store.query("SELECT id, cluster FROM articles ORDER BY id")
        wipe(store)
        done = run(store, engine)
        assert done.changed
        for name, was in before.items():
            assert table(store, name) == was, name
        # The ids of stories that persist are theirs for good.
        now = store.query("SELECT id, cluster FROM articles ORDER BY id")
        assert [tuple(row) for row in now] == [tuple(row) for row in stories]
        assert run(store, engine).changed == 0


def keys(store: Store, article: int) -> tuple[Any, ...]:
    """The keys of an article as the tables and as memory get them."""
    bands = store.query("SELECT band, key FROM bands WHERE article = ? ORDER BY band", [article])
    samples = store.query("SELECT key FROM samples WHERE article = ? ORDER BY key", [article])
    row = store.query("SELECT signature, samples FROM fingerprints WHERE article = ?", [article])
    return [tuple(each) for each in bands], [each[0] for each in samples], *tuple(row[0])


def test_keys_are_those_that_single_articles_get(clustered: Path, tmp_path: Path) -> None:
    with copied(clustered, tmp_path / "news.db") as store:
        held = store.query("SELECT article FROM fingerprints WHERE signature IS NOT NULL")
        before = {row[0]: keys(store, row[0]) for row in held}
        wipe(store)
        run(store, "memory")
        same = {one: keys(store, one) for one in before}
        # Another run of the same text may hold it now.
        assert sum(same[one] == before[one] for one in before) >= len(before) - 2
        names = {row[0] for row in store.query("SELECT name FROM sqlite_master")}
        assert {"bands_article", "samples_article"} <= names


def test_one_changed_text_is_written_alone(
    clustered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with copied(clustered, tmp_path / "news.db") as store:
        run(store, "memory")
        before = {row[0]: keys(store, row[0]) for row in store.query("SELECT id FROM articles")
                  if store.query("SELECT 1 FROM bands WHERE article = ?", [row[0]])}  # fmt: skip
        lost = max(before)
        with store.write() as db:
            db.execute("DELETE FROM fingerprints WHERE article = ?", [lost])
        monkeypatch.setattr(reclustered, "REBUILT_BELOW", 0)  # as in a database of thousands
        assert run(store, "memory").changed == 1
        assert {one: keys(store, one) for one in before} == before


def test_a_run_cut_short_is_finished_by_the_daemon(
    clustered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "news.db"
    with copied(clustered, path) as store:
        before = reclustering.digest_stored(store)
        wipe(store)
        with store.write() as db:
            db.execute("UPDATE articles SET cluster = NULL")
        monkeypatch.setattr(resettling, "STORIES", 50)
        told = resettling.telling.tell_stories
        calls = iter(range(3))

        def fail(*args: Any, **more: Any) -> None:
            if next(calls, None) is None:
                raise KeyboardInterrupt
            told(*args, **more)

        monkeypatch.setattr(resettling.telling, "tell_stories", fail)
        with pytest.raises(KeyboardInterrupt):
            run(store, "memory", workers=1)
        assert reclustering.digest_stored(store) != before
    monkeypatch.undo()
    with Aggregator(Config(), database=path, clock=lambda: NOW) as news:
        news.cluster()
        assert reclustering.digest_stored(news.context.store) == before


def test_a_bulk_import_gives_the_rows_of_an_ordinary_one(
    archive: Path, clustered: Path, tmp_path: Path
) -> None:
    with Aggregator(Config(), database=tmp_path / "bulk.db", clock=lambda: NOW) as news:
        assert news.import_file(archive, workers=2)["kept"] == ARTICLES
        assert reclustered.is_due(news.context.store)
        news.cluster()
        bulk = news.context.store
        assert not reclustered.is_due(bulk)
        with Store(clustered) as usual:
            for name in ("entries", "revisions", "sentences", "credits"):
                rows = [
                    sorted((tuple(row) for row in db.query(f"SELECT * FROM {name}")), key=repr)
                    for db in (usual, bulk)
                ]
                assert rows[0] == rows[1], name
            skipped = [row[0] for row in usual.query("SELECT article FROM corrected_articles")]
            usual_digest = _digest_without(usual, skipped)
        assert _digest_without(bulk, skipped) == usual_digest
        assert news.import_file(archive, workers=2)["linked"] == ARTICLES


def _digest_without(store: Store, articles: list[int]) -> set[frozenset[int]]:
    """The stories that no decision of a person touched."""
    found: dict[int, set[int]] = {}
    for row in store.query("SELECT id, cluster FROM articles WHERE cluster IS NOT NULL"):
        found.setdefault(row[1], set()).add(row[0])
    return {frozenset(story) for story in found.values() if story.isdisjoint(articles)}


def test_an_engine_that_is_not_installed_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with Store(tmp_path / "news.db") as store, pytest.raises(Exception, match="scale"):
        run(store, "duckdb")


def test_an_empty_database_has_no_stories(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        engines = ["memory"] + ["duckdb"] * bool(importlib.util.find_spec("duckdb"))
        for engine in engines:
            done = run(store, engine)
            assert (done.articles, done.stories, done.changed) == (0, 0, 0)


def test_bonds_reach_the_engine(clustered: Path) -> None:
    """The corrections above are not vacuous: several articles are held by them."""
    with Store(clustered) as store, store.snapshot() as db:
        assert sum(bonds.read_bonds(db).is_held(one) for one in bonds.read_bonds(db).label) > 4
