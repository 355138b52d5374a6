"""The schema: migrations, refusals, and that what the DDL promises of its columns holds."""

from __future__ import annotations

import re
import sqlite3 as standard
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from aggregator.datasette_plugin.metadata import metadata
from aggregator.edge import schema
from aggregator.edge.store import Store, folding, opening, reading
from aggregator.errors import Damaged, NewerSchema, StoreError
from aggregator.model import Role
from tests.edge.test_store_corpus import NOW, RULES, Desk, credited, paper, prose

DUMPS = Path(__file__).parent.parent / "data" / "db"
VIEWS = (
    "stories", "republications", "uncredited_copies", "outlet_originality", "who_repeats_whom",
    "feed_health", "backlog",
    "revision_history", "vanished_pages",
)  # fmt: skip


def dump_schema(path: Path) -> str:
    """A database of today's schema as SQL that makes it anew; how tests/data/db is written.

    Run `python -m tests.edge.test_schema` once per released schema, and never over an old dump.
    """
    with Store(path):
        pass
    with closing(sqlite3.connect(path)) as db:
        identity = db.execute("PRAGMA application_id").fetchone()[0]
        rows = db.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
            " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'articles_fts_%' ORDER BY rowid"
        ).fetchall()
        lines = [f"PRAGMA application_id = {identity};"]
        lines += [f"{sql.rstrip().rstrip(';')};" for _, _, sql in rows]
        for name, at in db.execute("SELECT name, applied_at FROM _sqlite_migrations"):
            lines.append(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
                f" VALUES ('aggregator', '{name}', '{at}');"
            )
    return "\n".join(lines) + "\n"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Any]:
    with Store(tmp_path / "fresh.db") as store:
        yield store.connection


def shape(db: Any) -> dict[str, str]:
    """Every object of a schema by name, without regard to white space."""
    rows = db.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    return {f"{kind} {name}": " ".join(sql.rstrip("; \n").split()) for kind, name, sql in rows}


def tables(db: Any) -> list[str]:
    rows = db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " AND name NOT LIKE '%_fts%' AND name <> '_sqlite_migrations' ORDER BY name"
    )
    return [row[0] for row in rows.fetchall()]


# -- migrations


def test_an_empty_file_gets_every_table_and_view(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    path.touch()
    with Store(path) as store:
        found = tables(store.connection)
        views = store.query("SELECT name FROM sqlite_master WHERE type = 'view'")
        identity = store.query("PRAGMA application_id")[0][0]
    assert {"articles", "entries", "feeds", "clusters", "pairs", "fingerprints"} <= set(found)
    assert {row[0] for row in views} == set(VIEWS)
    assert identity == schema.APPLICATION_ID == int.from_bytes(b"NEWS", "big")


def test_opening_again_changes_no_byte(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    with Store(path) as store:
        folding.prepare(store, rules=RULES)
    before = path.read_bytes()
    for _ in range(3):
        with Store(path) as store:
            folding.prepare(store, rules=RULES)
    assert path.read_bytes() == before


@pytest.mark.parametrize("dump", sorted(DUMPS.glob("*.sql")), ids=lambda path: path.stem)
def test_each_released_schema_migrates_to_todays(dump: Path, tmp_path: Path, fresh: Any) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(dump.read_text(encoding="utf-8"))
    with Store(path) as store:
        assert shape(store.connection) == shape(fresh)
        assert not schema.migrations().pending(Database(store.connection))
        desk = Desk(store)  # and it works
        desk.keep(paper("http://one.example/news/a", prose("a")))
        desk.cluster()
        assert desk.one("SELECT count(*) FROM stories") == 1


def test_there_is_a_dump_of_the_newest_migration(tmp_path: Path) -> None:
    names = [step.__name__ for step in schema.STEPS]
    newest = DUMPS / f"{names[-1].removeprefix('m').partition('_')[0]}.sql"
    assert newest.is_file(), f"write {newest.name} with: python -m tests.edge.test_schema"
    written = re.sub(r"VALUES \(.*", "", newest.read_text(encoding="utf-8"))
    assert re.sub(r"VALUES \(.*", "", dump_schema(tmp_path / "today.db")) == written


def test_a_migration_cut_short_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: Any
) -> None:
    path = tmp_path / "news.db"
    whole = schema.VIEWS
    monkeypatch.setattr(schema, "VIEWS", whole + "CREATE VIEW broken AS SELECT nonsense FROM;\n")
    with pytest.raises(StoreError):
        Store(path)
    monkeypatch.setattr(schema, "VIEWS", whole)
    with Store(path) as store:
        assert shape(store.connection) == shape(fresh)


def test_programs_that_start_together_make_the_tables_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: Any
) -> None:
    """The second found an empty file, and waits until the first is done with it."""
    path = tmp_path / "news.db"
    migrate = opening.migrate
    opened: list[Store] = []
    second = threading.Thread(target=lambda: opened.append(Store(path)))

    def migrate_late(db: Any) -> None:
        monkeypatch.setattr(opening, "migrate", migrate)
        second.start()
        time.sleep(0.5)
        migrate(db)

    monkeypatch.setattr(opening, "migrate", migrate_late)
    with Store(path) as first:
        second.join(30)
        assert shape(first.connection) == shape(fresh)
        (other,) = opened
        assert shape(other.connection) == shape(fresh)
        other.close()


# -- refusals


def test_a_newer_file_is_refused_by_the_name_of_its_step(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    with Store(path) as store, store.write() as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('aggregator', 'm0999_later', '2031-01-01')"
        )
    before = path.read_bytes()
    with pytest.raises(NewerSchema, match=r"news\.db: was made by a later version .*m0999_later"):
        Store(path)
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(standard.connect(path)) as db:
        db.execute("CREATE TABLE articles (id INTEGER PRIMARY KEY, price REAL)")
        db.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"shop\.db: is a database of another program"):
        Store(path)
    with pytest.raises(StoreError, match="is not an aggregator database"), reading(path) as db:
        db.execute("SELECT value FROM meta")
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["shop.db"]


@pytest.mark.parametrize("content", [b"not a database at all, but long enough " * 50, b"\0" * 4096])
def test_a_file_that_is_no_database_is_refused_and_untouched(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(Damaged, match=r"notes\.txt"):
        Store(path)
    with pytest.raises(Damaged), reading(path):
        pass
    assert path.read_bytes() == content


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        Store(tmp_path)


# -- what the DDL promises


PLAIN = {  # columns whose name says all; everything else is explained in the DDL itself
    "id", "name", "title", "outlet", "feed", "article", "a", "b", "url", "words", "agency",
    "section", "band", "key", "status", "bytes", "ms", "polled_at", "first_seen_at", "updated_at",
    "seen_at", "published_at", "language", "text", "jaccard", "shared", "reason", "verdict",
    "shingles", "digest", "articles", "lead", "started_at", "ended_at", "error", "summary", "guid",
    "signature", "quiet_at", "value", "extractor", "b_in_a",
    "excerpt", "last_at",
}  # fmt: skip


def test_every_column_is_explained_where_its_name_does_not_say_it(fresh: Any) -> None:
    unexplained = []
    for table in tables(fresh):
        sql = fresh.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()[0]
        for row in fresh.execute(f"PRAGMA table_info({table})").fetchall():
            line = next(line for line in sql.splitlines() if re.match(rf"\s+{row['name']}\b", line))
            if "--" not in line and row["name"] not in PLAIN:
                unexplained.append(f"{table}.{row['name']}")
    assert unexplained == []


def test_every_table_is_strict_and_says_what_it_is_for(fresh: Any) -> None:
    for table in tables(fresh):
        sql = fresh.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()[0]
        assert re.search(r"\) STRICT(, WITHOUT ROWID)?$", sql), table
        assert "--" in sql, table


def test_every_foreign_key_has_an_index(fresh: Any) -> None:
    bare = []
    for table in tables(fresh):
        firsts = {
            fresh.execute(f"PRAGMA index_info({index['name']})").fetchone()["name"]
            for index in fresh.execute(f"PRAGMA index_list({table})").fetchall()
            if not index["partial"]
        }
        rowid = [
            row["name"]
            for row in fresh.execute(f"PRAGMA table_info({table})").fetchall()
            if row["pk"] == 1
        ]
        for key in fresh.execute(f"PRAGMA foreign_key_list({table})").fetchall():
            if key["from"] not in firsts | set(rowid):
                bare.append(f"{table}.{key['from']}")
    assert bare == []


FACETS = {
    name: told["facets"]
    for name, told in metadata("news")["databases"]["news"]["tables"].items()
    if "facets" in told and name not in VIEWS
}


def test_the_facets_are_those_of_the_tables() -> None:
    assert len(FACETS) > 10
    assert FACETS["articles"] == ["outlet", "language", "relation", "agency", "verdict"]


@pytest.mark.parametrize("table", FACETS)
def test_every_facet_is_counted_from_an_index(fresh: Any, table: str) -> None:
    for column in FACETS[table]:
        plan = fresh.execute(
            f"EXPLAIN QUERY PLAN SELECT {column}, count(*) FROM {table} GROUP BY {column}"
        ).fetchall()
        told = " ".join(row["detail"] for row in plan)
        assert "TEMP B-TREE" not in told, f"{table}.{column}: {told}"


@pytest.mark.parametrize("chosen", ["relation", "language", "agency", "verdict", "outlet"])
@pytest.mark.parametrize("facet", ["relation", "language", "agency", "verdict", "outlet"])
def test_a_facet_beside_another_reads_no_wide_row(fresh: Any, chosen: str, facet: str) -> None:
    plan = fresh.execute(
        f"EXPLAIN QUERY PLAN SELECT {facet}, count(*) FROM articles WHERE {chosen} = 'x'"
        f" AND {facet} IS NOT NULL GROUP BY {facet}"
    ).fetchall()
    assert "COVERING INDEX" in " ".join(row["detail"] for row in plan)


HOT = {
    "pages to be read again": (
        "SELECT * FROM visits WHERE due_at IS NOT NULL AND due_at <= '2026'"
        " AND (due_at, article) > ('', 0) ORDER BY due_at, article LIMIT 9",
        "visits_due",
    ),
    "feeds that are due": (
        "SELECT * FROM feeds WHERE enabled = 1 AND due_at <= '2026'", "feeds_due",
    ),
    "entries that wait": (
        "SELECT * FROM entries WHERE state = 'new' AND (retry_at IS NULL OR retry_at <= '2026')"
        " AND id > 7 ORDER BY id LIMIT 9",
        "INDEX entries_",
    ),
    "articles not compared": (
        "SELECT article FROM fingerprints WHERE clustered = 0 ORDER BY article LIMIT 9",
        "fingerprints_waiting",
    ),
    "who holds a text": (
        "SELECT article FROM fingerprints WHERE digest = 'x' AND holder IS NULL AND gate IS NULL",
        "fingerprints_holders",
    ),
    "members of a story in order": (
        "SELECT * FROM articles WHERE cluster = 1 ORDER BY published_at", "articles_cluster",
    ),
    "the widest stories": (
        "SELECT id FROM clusters WHERE articles > 0 AND outlets >= 1"
        " ORDER BY outlets DESC, last_at DESC, id LIMIT 50",
        "clusters_listed",
    ),
    "the tallies of a window": (
        "SELECT count(*), sum(carried) FROM articles"
        " WHERE first_seen_at >= '2026' AND cluster IS NOT NULL",
        "COVERING INDEX articles_first_seen_at",
    ),
    "the numbers of all outlets": (
        "SELECT outlet, count(*), sum(shared), sum(carried), sum(wire = 'credited'),"
        " max(published_at) FROM articles GROUP BY outlet",
        "COVERING INDEX articles_outlet",
    ),
    "the stories of all agencies": (
        "SELECT agency, count(*), max(outlets), max(last_at) FROM clusters"
        " WHERE agency IS NOT NULL AND articles > 0 GROUP BY agency",
        "COVERING INDEX clusters_agency",
    ),
    "stories of a window": ("SELECT * FROM clusters WHERE seen_at >= '2026'", "clusters_seen_at"),
    "entries, the newest first": (
        "SELECT * FROM entries ORDER BY seen_at DESC LIMIT 51", "entries_seen_at",
    ),
    "versions, the newest first": (
        "SELECT * FROM revisions ORDER BY seen_at DESC LIMIT 101", "revisions_seen_at",
    ),
    "pages that are lost": (
        "SELECT * FROM vanished_pages ORDER BY since DESC LIMIT 101", "visits_lost",
    ),
    "republications, the newest first": (
        "SELECT * FROM republications ORDER BY published_at DESC LIMIT 101",
        "articles_published_at",
    ),
    "band keys of an article": ("DELETE FROM bands WHERE article = 1", "bands_article"),
}  # fmt: skip


@pytest.mark.parametrize("question", HOT)
def test_a_hot_question_is_answered_from_its_index(fresh: Any, question: str) -> None:
    sql, index = HOT[question]
    told = " ".join(row["detail"] for row in fresh.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall())
    assert index in told and "TEMP B-TREE" not in told, told


# -- the views answer as a reader would ask


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Desk]:
    with Store(tmp_path / "news.db") as store:
        yield fill(Desk(store))


def fill(desk: Desk) -> Desk:
    text = prose("views")
    desk.keep(paper("http://wire.example/news/a", text, credits=credited("afp", Role.OWN)))
    desk.keep(paper("http://one.example/news/a", text, at=10))
    desk.keep(paper("http://two.example/news/a", text[:8], at=20, credits=credited("afp")))
    desk.keep(paper("http://two.example/news/b", prose("alone"), at=30))
    desk.cluster()
    return desk


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_answers_on_an_empty_database(fresh: Any, view: str) -> None:
    assert fresh.execute(f"SELECT * FROM {view}").fetchall() == []


def test_the_views_tell_the_same_story(full: Desk) -> None:
    def rows(view: str) -> list[dict[str, Any]]:
        return [dict(row) for row in full.store.query(f"SELECT * FROM {view}")]

    stories = sorted(rows("stories"), key=lambda row: -row["outlets"])
    assert [(s["articles"], s["outlets"], s["agency"]) for s in stories] == [
        (3, 3, "afp"), (1, 1, None),
    ]  # fmt: skip
    assert stories[0]["first_outlet"] == "wire.example"
    copies = {row["outlet"]: row for row in rows("republications")}
    assert set(copies) == {"one.example", "two.example"}
    assert copies["one.example"]["relation"] == "word for word"
    assert copies["two.example"]["relation"] == "shortened"
    assert {row["lead_outlet"] for row in copies.values()} == {"wire.example"}
    (uncredited,) = rows("uncredited_copies")
    assert (uncredited["outlet"], uncredited["proof_outlet"]) == ("one.example", "wire.example")
    assert uncredited["proof"] == "100 % of it is in the copy of wire.example"
    original = {row["outlet"]: row for row in rows("outlet_originality")}
    assert original["two.example"]["articles"] == 2
    names = ("own", "wire", "uncredited", "only_here", "first_to_publish", "credit_omission")
    assert {outlet: [row[name] for name in names] for outlet, row in original.items()} == {
        "wire.example": [1, 0, 0, 0, 1, None],
        "one.example": [0, 1, 1, 0, 0, 1.0],
        "two.example": [1, 1, 0, 1, 0, 0.0],
    }
    assert original["two.example"]["share_own"] == original["two.example"]["share_wire"] == 0.5
    assert original["wire.example"]["first_to_publish_rate"] == 1.0
    assert original["one.example"]["first_to_publish_rate"] == 0.0
    assert {
        (row["outlet"], row["repeats"], row["kind"], row["credited"])
        for row in rows("who_repeats_whom")
    } == {
        ("one.example", "Agence France-Presse", "agency", 0),
        ("two.example", "Agence France-Presse", "agency", 1),
    }
    (health,) = rows("feed_health")
    assert (health["entries"], health["articles"], health["failures"]) == (4, 4, 0)
    assert rows("backlog") == []


def test_search_follows_what_a_page_says_now(full: Desk) -> None:
    def hits(word: str) -> int:
        return int(
            full.one("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?", f'"{word}"')
        )

    assert hits("xylophonist") == 0
    full.keep(
        paper("http://two.example/news/b", [*prose("alone"), "A xylophonist played."], at=30),
        updated_at=NOW,
    )
    assert hits("xylophonist") == 1
    full.keep(paper("http://two.example/news/b", prose("another"), at=30), title="Changed again")
    assert hits("xylophonist") == 0
    full.run("INSERT INTO articles_fts(articles_fts) VALUES ('integrity-check')")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        step = [step.__name__ for step in schema.STEPS][-1]
        target = DUMPS / f"{step.removeprefix('m').partition('_')[0]}.sql"
        target.write_text(dump_schema(Path(folder) / "today.db"), encoding="utf-8")
