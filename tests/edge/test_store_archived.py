"""Many articles of an archive kept at once are the rows that one after the other would give."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import Config
from aggregator.edge import schema
from aggregator.edge.store import Store, archived, indices, reclustered
from aggregator.pipeline import Aggregator

NOW = datetime(2026, 3, 6, tzinfo=UTC)
TEXT = "The ferry ran aground off the harbour at dawn, and nobody was hurt. " * 12


def line(name: str, **more: Any) -> str:
    row = {
        "id": name, "source": f"{name[0]}.example", "title": f"Title of {name}",
        "text": f"{TEXT}\nWord of {name}.\n(AFP)", "published": "2026-03-01T08:00:00Z",
        "url": f"https://{name[0]}.example/{name}",
    }  # fmt: skip
    return json.dumps(row | more) + "\n"


# New ones, an entry twice, two entries of one address, an entry that changed, and what is thin.
LINES = [
    line("a1"), line("b1"), line("a1"), line("c1", url="https://b.example/b1"),
    line("d1"), line("b1", title="Another title"), line("e1", text="Too short."), line("f1"),
]  # fmt: skip


def keep(path: Path, database: Path, workers: int) -> dict[str, list[tuple[Any, ...]]]:
    with Aggregator(Config(), database=database, clock=lambda: NOW) as news:
        counts = news.import_file(path, workers=workers)
        news.cluster()
        found = {
            name: sorted((tuple(row) for row in news.context.store.query(f"SELECT * FROM {name}")),
                         key=repr)
            for name in ("entries", "articles", "revisions", "credits", "sentences", "outlets")
        }  # fmt: skip
        return found | {"counts": sorted(counts.items())}


def test_a_batch_gives_the_rows_of_single_articles(tmp_path: Path) -> None:
    path = tmp_path / "archive.jsonl"
    path.write_text("".join(LINES), encoding="utf-8")
    usual = keep(path, tmp_path / "usual.db", 0)
    at_once = keep(path, tmp_path / "at-once.db", 1)
    assert len(usual["articles"]) == 5
    assert usual == at_once


def test_words_are_found_and_later_articles_are_indexed_too(tmp_path: Path) -> None:
    path, later = tmp_path / "archive.jsonl", tmp_path / "later.jsonl"
    path.write_text(line("a1"), encoding="utf-8")
    later.write_text(line("b2"), encoding="utf-8")
    with Aggregator(Config(), database=tmp_path / "news.db", clock=lambda: NOW) as news:
        news.import_file(path, workers=1)
        news.import_file(later)  # by the trigger, which stands again
        find = "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?"
        store = news.context.store
        assert [row[0] for row in store.query(find, ["a1"])] == [1]
        assert [row[0] for row in store.query(find, ["b2"])] == [2]
        assert len(store.query(find, ["ferry"])) == 2


def names(store: Store) -> set[str]:
    return {row[0] for row in store.query("SELECT name FROM sqlite_master WHERE type = 'index'")}


def test_indices_are_away_until_the_archive_is_compared(tmp_path: Path) -> None:
    path, database = tmp_path / "archive.jsonl", tmp_path / "news.db"
    path.write_text("".join(LINES), encoding="utf-8")
    with Aggregator(Config(), database=database, clock=lambda: NOW) as news:
        assert set(schema.indices()) <= names(news.context.store)
        news.import_file(path, workers=1)
        assert not names(news.context.store) & set(indices.OF_ARTICLES)
    with Aggregator(Config(), database=database, clock=lambda: NOW) as news:  # killed meanwhile
        assert reclustered.is_due(news.context.store)
        news.cluster()
        assert set(schema.indices()) <= names(news.context.store)


def test_a_start_puts_back_what_a_run_cut_short_took_away(tmp_path: Path) -> None:
    database = tmp_path / "news.db"
    with Aggregator(Config(), database=database, clock=lambda: NOW) as news:
        with news.context.store.write() as db:
            indices.set_aside(db, [*indices.OF_STORIES, "bands_article"])
        assert not names(news.context.store) & set(indices.OF_STORIES)
    with Aggregator(Config(), database=database, clock=lambda: NOW) as news:
        assert set(schema.indices()) <= names(news.context.store)


def test_a_batch_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "archive.jsonl"
    path.write_text("".join(LINES), encoding="utf-8")
    fill = archived._fill

    def fail(db: Any, table: str, rows: Any) -> None:
        if table == "revisions":
            raise KeyboardInterrupt
        fill(db, table, rows)

    with Aggregator(Config(), database=tmp_path / "news.db", clock=lambda: NOW) as news:
        monkeypatch.setattr(archived, "_fill", fail)
        with pytest.raises(KeyboardInterrupt):
            news.import_file(path, workers=1)
        monkeypatch.undo()
        store = news.context.store
        assert not reclustered.is_due(store)
        assert not store.query("SELECT id FROM articles UNION ALL SELECT id FROM entries")
        triggers = store.query("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        assert archived.TRIGGER in {row[0] for row in triggers}
        assert news.import_file(path, workers=1)["kept"] == 5
