"""Leads entries to articles that are known by their address; keeps no text."""

from __future__ import annotations

from typing import Any

from aggregator.edge.store.door import Store
from aggregator.edge.store.waiting import Waiting
from aggregator.model import EntryState, Verdict

READABLE = (Verdict.GOOD, Verdict.THIN)


def find_article(store: Store, url_key: str) -> int | None:
    """The article kept under an identity, if there is one."""
    rows = store.query("SELECT id FROM articles WHERE url_key = ?", [url_key])
    return int(rows[0][0]) if rows else None


def link_entry(store: Store, item: Waiting, article: int) -> None:
    """A second feed, or a second address, with an article that is kept already."""
    with store.write() as db:
        row = db.execute("SELECT verdict, reason FROM articles WHERE id = ?", [article]).fetchone()
        link(db, item, article, Verdict(row["verdict"]), row["reason"])


def settled_as(verdict: Verdict) -> EntryState:
    """The state of an entry whose article came to a verdict."""
    return EntryState.KEPT if verdict in READABLE else EntryState.SKIPPED


def link(db: Any, item: Waiting, article: int, verdict: Verdict, reason: str | None) -> None:
    """Settle an entry with its article, in the caller's commit."""
    # An entry that its source changed while its page was read waits to be read again.
    db.execute(
        "UPDATE entries SET state = CASE WHEN ? IN ('', digest) THEN ? ELSE state END,"
        " reason = ?, article = ?, retry_at = NULL WHERE id = ?",
        [item.digest, settled_as(verdict), reason, article, item.id],
    )


def bury_entry(store: Store, item: Waiting, url_key: str) -> bool:
    """Settle an entry whose article was kept once and let go with age; False where none was."""
    if not store.query("SELECT 1 FROM tombstones WHERE url_key = ?", [url_key]):
        return False
    with store.write() as db:
        bury(db, item)
    return True


def is_pruned(db: Any, url_key: str) -> bool:
    """Whether an article of this identity was kept once and let go with age."""
    found = db.execute("SELECT 1 FROM tombstones WHERE url_key = ?", [url_key]).fetchone()
    return found is not None


def bury(db: Any, item: Waiting) -> None:
    """An entry whose article was pruned stays known and is not read again."""
    db.execute(
        "UPDATE entries SET state = ?, reason = ?, retry_at = NULL, body = NULL, summary = ''"
        " WHERE id = ?",
        [EntryState.PRUNED, "its article was pruned before", item.id],
    )
