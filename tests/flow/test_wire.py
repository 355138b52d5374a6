"""A wire folder through the whole line: stories, versions, withdrawals, crashes, thousands."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import Config
from aggregator.edge import sources
from aggregator.edge.store import collecting, overtaken
from aggregator.pipeline import Aggregator, Tally
from tests.edge.test_store_corpus import prose
from tests.flow.conftest import EVENING, check_file, digest, rows, write_config

Go = Callable[..., Tally]


def item(name: str, version: int = 1, **given: Any) -> dict[str, Any]:
    """One version of an agency's item with a text of its own."""
    paragraphs = "".join(f"<p>{line}</p>" for line in prose(f"{name} {version}"))
    values = {
        "uri": f"urn:cpa:{name}", "version": str(version), "type": "text", "language": "en",
        "headline": f"Headline of {name}", "byline": "By Ida Berg, Reuters",
        "firstcreated": "2026-11-20T10:00:00Z", "versioncreated": f"2026-11-20T10:0{version}:00Z",
        "body_html": paragraphs,
    }  # fmt: skip
    return values | given


class Here:
    """Runs calls in this process: starting workers takes a second, and they have their tests."""

    def call(self, function: Any, *values: Any, **named: Any) -> Any:
        return function(*values, **named)

    def close(self) -> None:
        """As the workers are closed."""


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "becomes_an_article" not in request.node.name:  # one pass through real workers
        monkeypatch.setattr("aggregator.pipeline.context.make_sandbox", lambda config: Here())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "drop"
    path.mkdir()
    return path


def drop(folder: Path, name: str, content: dict[str, Any] | bytes) -> Path:
    """As an agency does it: written under another name, then renamed; an hour ago."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    part = folder / f"{name}.part"
    part.write_bytes(data)
    at = (EVENING - timedelta(hours=1)).timestamp()
    os.utime(part, (at, at))
    return part.rename(folder / name)


@pytest.fixture
def go(tmp_path: Path, folder: Path) -> Go:
    """One pass with the folder in the config, `hours` after the evening."""

    def run(hours: float = 0, **settings: Any) -> Tally:
        source = {"name": "CPA", "folder": "drop", "domain": "cpa.example", "outlet": "CPA wire"}
        path = write_config(tmp_path, {"database": "news.db", "feeds": [source | settings]})
        with Aggregator(Config.load(path), clock=lambda: EVENING + timedelta(hours=hours)) as news:
            return news.run_once()

    return run


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "news.db"


def test_an_item_becomes_an_article_without_a_page(go: Go, folder: Path, database: Path) -> None:
    drop(folder, "a.json", item("a", located="GENEVA", urgency=2, usageterms="No resale"))
    tally = go()
    assert tally["wire", "taken"] == tally["read", "kept"] == tally["cluster", "clustered"] == 1
    (article,) = rows(database, "SELECT * FROM articles")
    assert article["url_key"].startswith("cpa.example/#")
    assert (article["title"], article["verdict"]) == ("Headline of a", "good")
    assert article["published_at"] == "2026-11-20T10:00:00Z"
    assert article["extractor"] == "wire"
    assert prose("a 1")[0] in article["text"]
    assert rows(database, "SELECT name FROM outlets WHERE domain = 'cpa.example'") == [
        {"name": "CPA wire"}
    ]
    assert {"agency": "reuters", "role": "origin", "zone": "wire field"} in rows(
        database, "SELECT agency, role, zone FROM credits"
    )
    kept = json.loads(rows(database, "SELECT wire FROM entries")[0]["wire"])
    assert (kept["located"], kept["urgency"], kept["usage_terms"]) == ("GENEVA", 2, "No resale")
    check_file(database)


def test_another_pass_changes_nothing_but_times(go: Go, folder: Path, database: Path) -> None:
    drop(folder, "a.json", item("a"))
    drop(folder, "bad.json", b"{")
    go()
    before = digest(database)
    assert go(1)["read", "kept"] == 0
    after = digest(database)
    assert {name for name in after if after[name] != before[name]} <= {"feeds", "polls", "runs"}


def test_a_newer_version_is_a_revision_and_an_older_one_is_late(
    go: Go, folder: Path, database: Path
) -> None:
    drop(folder, "a-2.json", item("a", 2))
    go()
    drop(folder, "a-3.json", item("a", 3, headline="Another headline"))
    drop(folder, "a-1.json", item("a", 1))
    assert go(1)["read", "revised"] == 1
    (article,) = rows(database, "SELECT title, published_at FROM articles")
    assert article == {"title": "Another headline", "published_at": "2026-11-20T10:00:00Z"}
    assert len(rows(database, "SELECT id FROM revisions")) == 2
    assert len(rows(database, "SELECT id FROM entries")) == 1


def versions(database: Path) -> list[str]:
    """The versions of item a that are kept as revisions, in order, by whose text they hold."""
    found = rows(database, "SELECT text, modified_at FROM revisions ORDER BY seen_at, id")
    told = [next(n for n in range(1, 10) if prose(f"a {n}")[0] in row["text"]) for row in found]
    assert [row["modified_at"] for row in found] == [f"2026-11-20T10:0{n}:00Z" for n in told]
    return [str(number) for number in told]


@pytest.mark.parametrize("names", ["123", "321", "231"])
def test_versions_that_arrive_together_are_all_kept_and_end_as_the_newest(
    go: Go, folder: Path, database: Path, names: str
) -> None:
    """The files are taken by name, so that an older version may come after a newer one."""
    for name, number in zip("abc", names, strict=True):
        drop(folder, f"{name}.json", item("a", int(number)))
    assert go()["read", "revised"] == 1
    (row,) = rows(database, "SELECT text FROM articles")
    assert prose("a 3")[0] in row["text"]
    assert versions(database) == ["1", "2", "3"]
    assert rows(database, "SELECT state FROM entries") == [{"state": "kept"}]
    assert rows(database, "SELECT * FROM overtaken") == []
    check_file(database)


def test_versions_are_the_same_however_often_the_folder_is_polled(
    go: Go, folder: Path, database: Path
) -> None:
    for number in (1, 2, 3, 4, 5):
        drop(folder, f"{number}.json", item("a", number))
        if number in (2, 3):
            go(number)
    go(6)
    assert versions(database) == ["1", "2", "3", "4", "5"]


def test_a_kill_before_anything_was_read_keeps_all_versions_out(
    go: Go, folder: Path, database: Path
) -> None:
    for number in (1, 2):
        drop(folder, f"{number}.json", item("a", number))
    drop(folder, "3.json", item("a", 3, pubstatus="canceled", body_html=""))
    go()
    assert rows(database, "SELECT id FROM articles") == []
    assert rows(database, "SELECT * FROM overtaken") == []
    assert rows(database, "SELECT state FROM entries") == [{"state": "skipped"}]


def test_an_earlier_version_that_is_too_short_to_be_a_story_stops_nothing(
    go: Go, folder: Path, database: Path
) -> None:
    drop(folder, "1.json", item("a", 1, body_html="<p>Alert.</p>"))
    drop(folder, "2.json", item("a", 2))
    go()
    (row,) = rows(database, "SELECT text, verdict FROM articles")
    assert (prose("a 2")[0] in row["text"], row["verdict"]) == (True, "good")
    first, second = rows(database, "SELECT text FROM revisions ORDER BY id")
    assert (first["text"], second["text"]) == ("Alert.", row["text"])


def test_versions_past_the_most_are_passed_over_and_the_newest_stands(
    go: Go, folder: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overtaken, "MOST", 2)
    for number in range(1, 6):
        drop(folder, f"{number}.json", item("a", number))
    go()
    assert versions(database) == ["1", "2", "5"]


def test_a_commit_of_versions_that_fails_keeps_none_and_loses_none(
    go: Go, folder: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        drop(folder, f"{number}.json", item("a", number))

    def crash(*values: Any, **named: Any) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(overtaken, "forget", crash)
    with pytest.raises(RuntimeError, match="power cut"):
        go()
    assert rows(database, "SELECT id FROM revisions") == []
    monkeypatch.undo()
    monkeypatch.setattr("aggregator.pipeline.context.make_sandbox", lambda config: Here())
    go(1)
    assert versions(database) == ["1", "2", "3"]


def test_versions_that_arrive_while_one_is_read_come_after_it(
    tmp_path: Path, folder: Path, database: Path
) -> None:
    source = {"name": "CPA", "folder": "drop", "domain": "cpa.example"}
    path = write_config(tmp_path, {"database": "news.db", "feeds": [source]})
    drop(folder, "1.json", item("a", 1))
    with Aggregator(Config.load(path), clock=lambda: EVENING) as news:
        news.collect()
        real = news.context.sandbox.call

        def call(function: Any, *values: Any, **named: Any) -> Any:
            found = real(function, *values, **named)
            if function.__name__ == "extract" and not (folder / "2.json").exists():
                for number in (2, 3):
                    drop(folder, f"{number}.json", item("a", number))
                news.collect(everything=True)
            return found

        news.context.sandbox.call = call  # type: ignore[method-assign]
        news.read()
        assert versions(database) == ["1"]
        news.read()
    assert versions(database) == ["1", "2", "3"]


@pytest.mark.parametrize("status", ["canceled", "withheld"])
def test_a_withdrawn_item_is_marked_and_keeps_its_text(
    go: Go, folder: Path, database: Path, status: str
) -> None:
    drop(folder, "a.json", item("a"))
    go()
    drop(folder, "a-2.json", item("a", 2, pubstatus=status, body_html="", ednote="KILL"))
    go(1)
    (article,) = rows(database, "SELECT text FROM articles")
    assert prose("a 1")[0] in article["text"]
    (entry,) = rows(database, "SELECT state, reason FROM entries")
    assert entry == {"state": "kept", "reason": f"{status} by the agency: KILL"}
    shown = rows(database, "SELECT state, note, since FROM vanished_pages")
    assert shown == [
        {"state": "withdrawn", "note": entry["reason"], "since": "2026-11-20T19:00:00Z"}
    ]
    drop(folder, "a-3.json", item("a", 3))
    go(2)
    assert rows(database, "SELECT * FROM vanished_pages") == []
    check_file(database)


def test_a_kill_that_comes_first_keeps_the_story_out(go: Go, folder: Path, database: Path) -> None:
    drop(folder, "a-2.json", item("a", 2, pubstatus="canceled", body_html=""))
    go()
    drop(folder, "a-1.json", item("a", 1))
    go(1)
    assert rows(database, "SELECT id FROM articles") == []
    assert rows(database, "SELECT state FROM entries") == [{"state": "skipped"}]


def test_a_version_that_arrives_while_the_last_is_read_is_not_lost(
    tmp_path: Path, folder: Path, database: Path
) -> None:
    source = {"name": "CPA", "folder": "drop", "domain": "cpa.example"}
    path = write_config(tmp_path, {"database": "news.db", "feeds": [source]})
    drop(folder, "1.json", item("a", 1))
    with Aggregator(Config.load(path), clock=lambda: EVENING) as news:
        news.collect()
        real = news.context.sandbox.call

        def call(function: Any, *values: Any, **named: Any) -> Any:
            found = real(function, *values, **named)
            if function.__name__ == "extract" and not (folder / "2.json").exists():
                drop(folder, "2.json", item("a", 2))
                news.collect(everything=True)
            return found

        news.context.sandbox.call = call  # type: ignore[method-assign]
        news.read()
        assert rows(database, "SELECT state FROM entries") == [{"state": "new"}]
        news.read()
    (row,) = rows(database, "SELECT text FROM articles")
    assert prose("a 2")[0] in row["text"]


def test_a_kill_that_arrives_while_the_text_is_read_marks_its_article(
    tmp_path: Path, folder: Path, database: Path
) -> None:
    source = {"name": "CPA", "folder": "drop", "domain": "cpa.example"}
    path = write_config(tmp_path, {"database": "news.db", "feeds": [source]})
    drop(folder, "1.json", item("a", 1))
    with Aggregator(Config.load(path), clock=lambda: EVENING) as news:
        news.collect()
        real = news.context.sandbox.call

        def call(function: Any, *values: Any, **named: Any) -> Any:
            found = real(function, *values, **named)
            if function.__name__ == "extract":
                drop(folder, "2.json", item("a", 2, pubstatus="canceled"))
                news.collect(everything=True)
            return found

        news.context.sandbox.call = call  # type: ignore[method-assign]
        news.read()
    (entry,) = rows(database, "SELECT state, article FROM entries")
    assert entry["state"] == "kept" and entry["article"] is not None
    (row,) = rows(database, "SELECT state FROM vanished_pages")
    assert row["state"] == "withdrawn"


def test_an_embargo_is_kept(go: Go, folder: Path, database: Path) -> None:
    drop(folder, "a.json", item("a", embargoed="2026-11-20T20:00:00Z"))
    assert go()["wire", "held"] == 1
    go(1.5)
    assert rows(database, "SELECT id FROM entries") == [], "no word of it is in the database"
    assert go(2)["wire", "taken"] == 1


def test_done_files_are_moved_after_their_commit(go: Go, folder: Path, database: Path) -> None:
    for name in "abc":
        drop(folder, f"{name}.json", item(name))
    go(after="move")
    assert {each.name for each in (folder / "done").iterdir()} == {"a.json", "b.json", "c.json"}
    assert len(rows(database, "SELECT id FROM articles")) == 3
    go(1, after="move")
    assert rows(database, "SELECT name FROM files") == []


def test_a_commit_that_fails_loses_no_file_and_takes_none_twice(
    go: Go, folder: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(folder, "a.json", item("a"))

    def crash(*values: Any, **named: Any) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(collecting.wires, "keep_files", crash)
    with pytest.raises(RuntimeError, match="power cut"):
        go(after="move")
    assert {each.name for each in folder.iterdir()} == {"a.json"}
    assert rows(database, "SELECT id FROM entries") == [], "entries and files share the commit"
    monkeypatch.undo()
    go(1, after="move")
    assert len(rows(database, "SELECT id FROM articles")) == 1


def test_a_folder_is_emptied_in_one_pass_however_full(
    go: Go, folder: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = partial(sources.Reach, max_files=20)
    monkeypatch.setattr("aggregator.edge.sources.Reach", few)
    for number in range(45):
        drop(
            folder, f"{number:04}.json", item("x", uri=f"urn:x:{number}", body_html="<p>Word.</p>")
        )
    tally = go()
    assert tally["wire", "taken"] == 45
    assert (tally["collect", "new"], tally["read", "kept"]) == (1, 45)
    assert [row["added"] for row in rows(database, "SELECT added FROM polls")] == [20, 20, 5]


def test_a_missing_folder_is_a_failing_feed_that_is_soon_tried_again(
    go: Go, folder: Path, database: Path
) -> None:
    folder.rmdir()
    assert go()["collect", "failed"] == 1
    (feed,) = rows(database, "SELECT error, due_at FROM feeds")
    assert "cannot be listed" in feed["error"]
    assert feed["due_at"] == "2026-11-20T18:01:00Z"
    folder.mkdir()
    drop(folder, "a.json", item("a"))
    assert go(1)["wire", "taken"] == 1
