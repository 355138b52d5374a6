"""Writes the invented archive into a database of today's schema, table by table.

The shape is that of a news archive: four stories in five stand at one outlet, the widest at some
two hundred; a few outlets print most; three shared stories in five are an agency's.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from stock.prose import Prose
from stock.stories import OUTLETS, Planned, Row, agency_of, plan

NEWEST = datetime(2026, 11, 20, 12, tzinfo=UTC)
_BATCH = 2000
_EDITION = 3  # another shape is another file


def stocked(folder: Path, articles: int, *, days: int = 120) -> Path:
    """A database of so many articles, made once and kept in `folder`.

    It is made anew when the schema is another one.
    """
    from aggregator.edge import schema

    parts = "".join((schema.TABLES, schema.DERIVED, schema.VIEWS, schema.ORIGINALITY))
    mark = hashlib.sha256(f"{parts}{_EDITION}{days}".encode()).hexdigest()[:10]
    path = folder / f"stock-{articles}-{mark}.db"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        making = path.with_suffix(".making")
        making.unlink(missing_ok=True)
        fill(making, articles, days=days)
        making.rename(path)
    return path


def fill(path: Path, articles: int, *, days: int = 120) -> None:
    """Fill a new database with `articles` articles of the last `days` days before NEWEST."""
    from aggregator.core.rules import Rules
    from aggregator.edge.store import Store, folding

    prose, chance = Prose(1), random.Random(2)  # noqa: S311
    with Store(path) as store:
        folding.prepare(store, rules=Rules())
        agencies = [row[0] for row in store.query("SELECT id FROM agencies ORDER BY id")]
        chance.shuffle(agencies)
        with store.write() as db:
            _outlets_and_feeds(db, agencies)
        for batch in _batches(plan(chance, agencies, articles, newest=NEWEST, days=days)):
            with store.write() as db:
                _write(db, batch, prose)
        with store.write() as db:
            db.execute("ANALYZE")
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _batches(planned: Iterator[Planned]) -> Iterator[list[Planned]]:
    batch: list[Planned] = []
    for each in planned:
        batch.append(each)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _outlets_and_feeds(db: Any, agencies: list[str]) -> None:
    from aggregator.core.times import stamp

    for number in range(1, OUTLETS + 1):
        own = agency_of(number, agencies)
        name = f"Outlet {number}"
        domain = f"outlet{number}.example"
        family = f"Group {number % 40}" if number % 3 == 0 else None
        db.execute(
            "INSERT INTO outlets (id, name, domain, family, agency) VALUES (?, ?, ?, ?, ?)",
            [number, name, domain, family, own],
        )
        db.execute(
            "INSERT INTO feeds (id, name, outlet, kind, url, due_at, polled_at, changed_at,"
            " failures, error, every) VALUES (?, ?, ?, 'feed', ?, ?, ?, ?, ?, ?, 900)",
            [number, name, number, f"https://{domain}/feed", stamp(NEWEST), stamp(NEWEST),
             stamp(NEWEST - timedelta(hours=number % 90)), int(number % 50 == 0),
             "the server answered 503" if number % 50 == 0 else None],
        )  # fmt: skip
        db.execute(
            "INSERT INTO polls (feed, polled_at, result, status) VALUES (?, ?, 'unchanged', 304)",
            [number, stamp(NEWEST)],
        )


_COPY = (
    "id", "title", "outlet", "cluster", "relation", "agency", "language", "verdict",
    "published_at", "time_source", "time_trust", "first_seen_at", "words", "copied", "kept",
    "carried", "shared", "wire", "authors", "url", "final_url", "url_key", "extractor",
    "read_at", "text",
)  # fmt: skip
_ENTRY = (
    "id", "title", "feed", "state", "article", "published_at", "seen_at", "url", "guid",
    "digest",
)  # fmt: skip
_REVISION = ("title", "article", "kind", "rank", "summary", "seen_at", "digest", "text")
_CREDIT = ("article", "agency", "role", "zone", "excerpt", "rule", "source_article")
_PAIR = ("a", "b", "verdict", "jaccard", "a_in_b", "b_in_a", "shared", "reason")
_VISIT = ("article", "entry", "state", "visited_at", "visits")
_CLUSTER = (
    "id", "title", "agency", "first_at", "last_at", "seen_at", "outlets", "articles",
    "independent", "copied", "first", "lead", "strip", "updated_at",
)  # fmt: skip


def _write(db: Any, batch: list[Planned], prose: Prose) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {
        name: [] for name in ("clusters", "articles", "entries", "revisions", "credits", "pairs",
                              "visits")
    }  # fmt: skip
    for story in batch:
        title, text = prose.headline(), prose.paragraphs()
        rows["clusters"].append((story.id, title, *story.facts()))
        for row in story.rows:
            shown = title if row.same_headline else prose.headline()
            _add(rows, story, row, shown, prose.edited(text, row.relation))
    db.execute("PRAGMA defer_foreign_keys = ON")
    columns = {
        "clusters": _CLUSTER, "articles": _COPY, "entries": _ENTRY, "revisions": _REVISION,
        "credits": _CREDIT, "pairs": _PAIR, "visits": _VISIT,
    }  # fmt: skip
    for table, names in columns.items():
        marks = ", ".join("?" * len(names))
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
        db.executemany(sql, rows[table])


def _add(
    rows: dict[str, list[tuple[Any, ...]]], story: Planned, row: Row, title: str, text: list[str]
) -> None:
    whole = "\n".join(text)
    url = f"https://outlet{row.outlet}.example/news/{row.article}"
    rows["articles"].append(
        (row.article, title, row.outlet, story.id, row.relation, row.agency, row.language, "good",
         row.published_at, "feed date", row.trust, row.seen_at, len(whole.split()), row.copied,
         row.kept, row.carried, row.shared, row.wire, '["A. Writer"]', url, url,
         url.removeprefix("https://"), "trafilatura 2.3.1",
         row.seen_at, whole)
    )  # fmt: skip
    for feed in row.feeds:
        rows["entries"].append(
            (row.entry(feed), title, feed, "kept", row.article, row.published_at, row.seen_at, url,
             f"{feed}-{row.article}", "0")
        )  # fmt: skip
    rows["visits"].append((row.article, row.entry(row.feeds[0]), "there", row.seen_at, 2))
    rows["revisions"].append((title, row.article, "first", None, "", row.seen_at, "0", whole))
    if row.revised:
        rows["revisions"].append(
            (title, row.article, "update", 7, "a paragraph was added", row.seen_at, "1",
             whole + "\nIt was said later that more is known.")
        )  # fmt: skip
    for agency, role, source in row.credits:
        rows["credits"].append(
            (row.article, agency, role, "byline", f"by {agency}", "byline 1", source)
        )
    if row.lead != row.article:
        rows["pairs"].append(
            (min(row.lead, row.article), max(row.lead, row.article), "copy", row.copied, row.copied,
             row.kept, 200, f"{row.copied:.0%} of one text stands in the other")
        )  # fmt: skip
