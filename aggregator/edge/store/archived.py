"""Keeps many new articles of an archive at once: the rows of commit B, made ahead by workers.

The rows are those of `archiving` and `keeping`; it decides nothing, and what is known in any way
goes through these one by one.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

from aggregator.core.rules import Rules
from aggregator.edge.store import archiving, keeping
from aggregator.edge.store.collecting import name_outlet
from aggregator.edge.store.columns import (
    article_columns,
    credit_columns,
    first_columns,
    revision_columns,
)
from aggregator.edge.store.door import Store
from aggregator.edge.store.linking import settled_as
from aggregator.edge.store.listing import digest_entry, entry_columns
from aggregator.edge.store.timing import columns_of
from aggregator.model import Article, Entry

TRIGGER = "articles_ai"  # puts an article into the index of words


class Rows(NamedTuple):
    """An article that is ready to be kept, as rows without their ids."""

    guid: str
    url_key: str
    outlet: str
    entry: dict[str, Any]
    article: dict[str, Any]
    revision: dict[str, Any]
    credits: list[dict[str, Any]]
    whole: bytes  # both values, pickled, for the few that are no news; by our own workers


def make_rows(entry: Entry, article: Article, *, now: datetime) -> Rows:
    """The rows of an entry and its article, both seen at `now`."""
    settled = {"state": settled_as(article.verdict), "reason": article.reason or None}
    return Rows(
        guid=entry.guid,
        url_key=article.url_key,
        outlet=article.outlet,
        entry=_plain(entry_columns(entry, digest_entry(entry), now) | settled),
        article=_plain(
            article_columns(article, now)
            | first_columns(article, entry, now)
            | columns_of(article, seen_at=now, polled=None)  # nobody polls an archive
        ),
        revision=_plain(revision_columns(article, None, now)),
        credits=[_plain(row) for row in credit_columns(article)],
        whole=pickle.dumps((entry, article), pickle.HIGHEST_PROTOCOL),
    )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Values without their enumerations, which take ten times as long between processes."""
    return {name: str(v) if isinstance(v, str) else v for name, v in row.items()}


def keep_rows(
    store: Store, feed: int, batch: Sequence[Rows], *, rules: Rules, now: datetime
) -> Iterator[str]:
    """Keep articles in the caller's commit, for an archive that is compared as a whole later.

    Gives what `keeping.keep_article` gives of each, in order.
    """
    with store.write() as db:
        known = _known(db, feed, batch)
        new: list[Rows] = []
        for one in batch:
            names = {("guid", one.guid), ("url", one.url_key)}
            if known.isdisjoint(names):
                known |= names
                new.append(one)
                continue
            yield from _insert(store, feed, new)
            new = []
            entry, article = pickle.loads(one.whole)  # noqa: S301  made above, never from outside
            item = archiving.archive_entry(store, feed, entry, outlet=article.outlet, now=now)
            yield keeping.keep_article(store, item, article, rules=rules, now=now, bare=True)
        yield from _insert(store, feed, new)


def _known(db: Any, feed: int, batch: Sequence[Rows]) -> set[tuple[str, str]]:
    """What names of these are taken: entries, addresses, addresses of what was pruned."""
    keys = json.dumps([one.url_key for one in batch])
    guids = json.dumps([one.guid for one in batch])
    rows = db.execute(
        "SELECT 'guid', guid FROM entries"
        " WHERE feed = :feed AND guid IN (SELECT value FROM json_each(:guids))"
        " UNION ALL SELECT 'url', url_key FROM articles"
        " WHERE url_key IN (SELECT value FROM json_each(:keys))"
        " UNION ALL SELECT 'url', url_key FROM tombstones"
        " WHERE url_key IN (SELECT value FROM json_each(:keys))",
        {"feed": feed, "keys": keys, "guids": guids},
    )
    return {(row[0], row[1]) for row in rows}


def _insert(store: Store, feed: int, new: Sequence[Rows]) -> list[str]:
    if not new:
        return []
    with store.write() as db:
        outlets = {one.outlet: 0 for one in new}
        for domain in outlets:
            outlets[domain] = name_outlet(store, domain)
        # SQLite numbers rows by the highest there is: these numbers are those it would give.
        last = db.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0]
        numbered = list(zip(count(last + 1), new, strict=False))
        with _indexed_at_once(db, last):
            _fill(
                db,
                "articles",
                (one.article | {"id": at, "outlet": outlets[one.outlet]} for at, one in numbered),
            )
        _fill(db, "entries", (one.entry | {"feed": feed, "article": at} for at, one in numbered))
        _fill(db, "revisions", (one.revision | {"article": at} for at, one in numbered))
        _fill(
            db,
            "credits",
            (credit | {"article": at} for at, one in numbered for credit in one.credits),
        )
    return ["kept"] * len(new)  # fmt: skip


def _fill(db: Any, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows of the same columns."""
    left = iter(rows)
    for first in left:
        names, marks = ", ".join(first), ", ".join(f":{name}" for name in first)
        insert = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  ours
        db.execute(insert, first)
        db.executemany(insert, left)


@contextmanager
def _indexed_at_once(db: Any, last: int) -> Iterator[None]:
    """Put articles after the last one into the index of words in one statement.

    Beside a trigger every row is a step that can be taken back on its own, and for each of these
    the index writes out what it gathered: four times the time. All of it is in one commit.
    """
    trigger = db.execute(
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?", [TRIGGER]
    ).fetchone()[0]
    db.execute(f"DROP TRIGGER {TRIGGER}")
    yield
    db.execute(
        "INSERT INTO articles_fts (rowid, title, text)"
        " SELECT id, title, text FROM articles WHERE id > ? ORDER BY id",
        [last],
    )
    db.execute(trigger)
