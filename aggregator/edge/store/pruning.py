"""Lets old texts, articles and log rows go; what is old enough is decided in `prunable`.

The functions work inside the caller's transaction. What stays behind keeps the pruned from coming
back as new: entries keep their guids and digests, and the addresses of articles become tombstones.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aggregator.core.times import stamp
from aggregator.edge.store import prints
from aggregator.edge.store.prunable import Unit
from aggregator.edge.store.telling import retire
from aggregator.model import EntryState


def let_texts_go(db: Any, unit: Unit, *, now: datetime) -> None:
    """Empty the texts of a unit; what was found out about them stays, and stands from now on.

    Of the comparisons those with the lead copy stay, which are shown as evidence.
    """
    led = db.execute("SELECT lead FROM clusters WHERE id = ?", [unit.story]).fetchone()
    values = {"ids": unit.ids, "lead": led["lead"] if led else 0, "now": stamp(now)}
    _leave_comparison(db, unit)
    for sql in (
        "DELETE FROM pairs WHERE a IN mine AND NOT (b IN mine AND :lead IN (a, b))",
        "DELETE FROM pairs WHERE b IN mine AND NOT (a IN mine AND :lead IN (a, b))",
        "UPDATE articles SET text = '', pruned_at = :now WHERE id IN mine AND pruned_at IS NULL",
        "UPDATE revisions SET text = '' WHERE article IN mine",
        "UPDATE entries SET body = NULL, summary = '' WHERE article IN mine",
        "UPDATE visits SET due_at = NULL, attempts = 0 WHERE article IN mine",
    ):
        db.execute(_of(sql), values)


def let_articles_go(db: Any, unit: Unit, *, now: datetime) -> bool:
    """Delete a unit with all that hangs on it; True when a record of its story is kept."""
    values = {"ids": unit.ids, "now": stamp(now), "pruned": EntryState.PRUNED}
    recorded = unit.story is not None and _record(db, unit.story, now)
    _leave_comparison(db, unit)
    for sql in (
        "DELETE FROM pairs WHERE a IN mine",
        "DELETE FROM pairs WHERE b IN mine",
        "DELETE FROM parents WHERE article IN mine",
        "DELETE FROM parents WHERE source IN mine",
        "UPDATE credits SET source_article = NULL WHERE source_article IN mine",
        "DELETE FROM credits WHERE article IN mine",
        "DELETE FROM visits WHERE article IN mine",
        "DELETE FROM revisions WHERE article IN mine",
        "INSERT OR REPLACE INTO tombstones (url_key, pruned_at)"
        " SELECT url_key, :now FROM articles WHERE id IN mine",
        # The guid and the digest stay, by which its feed would list it.
        "UPDATE entries SET state = :pruned, reason = 'pruned with its article',"
        " article = NULL, retry_at = NULL, body = NULL, summary = '', authors = '[]', links = '[]',"
        " credit = NULL, source_url = NULL WHERE article IN mine",
    ):
        db.execute(_of(sql), values)
    forget_corrections(db, unit)
    if unit.story is not None:
        retire(db, unit.story, into=None, now=now)
    db.execute(_of("DELETE FROM articles WHERE id IN mine"), values)
    return recorded


def forget_corrections(db: Any, unit: Unit) -> None:
    """A person's decisions about articles that go, taken back or not, go with them."""
    values = {"ids": unit.ids}
    numbers = [
        (row[0],)
        for row in db.execute(
            _of("SELECT DISTINCT correction FROM corrected_articles WHERE article IN mine"), values
        ).fetchall()
    ]
    db.executemany("DELETE FROM corrected_articles WHERE correction = ?", numbers)
    db.executemany("DELETE FROM corrections WHERE id = ?", numbers)


def _of(sql: str) -> str:
    """The statement with `mine` for the articles of its unit."""
    return sql.replace("IN mine", "IN (SELECT value FROM json_each(:ids))")


def _leave_comparison(db: Any, unit: Unit) -> None:
    """Take the unit's fingerprints and keys away, and hold on to the templates it proved."""
    values = {"ids": unit.ids}
    behind = _of(
        "SELECT article FROM fingerprints WHERE holder IN mine AND NOT article IN mine"
    )  # the same text in another story: a person parted them
    for row in db.execute(behind, values).fetchall():
        prints.forget(db, row[0])
    db.execute(
        _of(
            "UPDATE templates SET settled = 1 WHERE settled = 0 AND (outlet, key) IN"
            " (SELECT outlet, key FROM sentences WHERE article IN mine)"
        ),
        values,
    )
    for table in ("sentences", "bands", "samples", "fingerprints"):
        db.execute(_of(f"DELETE FROM {table} WHERE article IN mine"), values)  # noqa: S608  ours


def is_shared(db: Any, unit: Unit) -> bool:
    """Whether more than one outlet ran a story, so that a record of it is kept."""
    row = db.execute("SELECT outlets > 1 FROM clusters WHERE id = ?", [unit.story]).fetchone()
    return bool(row and row[0])


def _record(db: Any, story: int, now: datetime) -> bool:
    """Keep the small record of a story that more than one outlet ran."""
    done = db.execute(
        "INSERT OR REPLACE INTO past_stories (id, title, agency, lead_outlet, lead_url,"
        " first_outlet, first_at, last_at, outlets, articles, independent, uncredited, pruned_at)"
        " SELECT clusters.id, clusters.title, clusters.agency, lead.outlet, lead.final_url,"
        " first.outlet, clusters.first_at, clusters.last_at, clusters.outlets, clusters.articles,"
        " clusters.independent, (SELECT count(*) FROM articles AS copy"
        " WHERE copy.cluster = clusters.id AND copy.wire = 'uncredited'), :now FROM clusters"
        " JOIN articles AS lead ON lead.id = clusters.lead"
        " LEFT JOIN articles AS first ON first.id = clusters.first"
        " WHERE clusters.id = :story AND clusters.outlets > 1",
        {"story": story, "now": stamp(now)},
    )
    return bool(done.rowcount)


def strip_entries(db: Any, *, before: str, beyond: int, limit: int, dry_run: bool) -> list[Any]:
    """Empty entries that led to no article and are as old; rows of id and bytes, in id order.

    Their guids stay, so that none is listed as new.
    """
    rows: list[Any] = db.execute(
        "SELECT id, length(CAST(summary AS BLOB)) + coalesce(length(CAST(body AS BLOB)), 0)"
        " AS bytes FROM entries WHERE state IN ('skipped', 'failed', 'pruned')"
        " AND article IS NULL AND seen_at < ? AND id > ? AND (summary <> '' OR body IS NOT NULL)"
        " ORDER BY id LIMIT ?",
        [before, beyond, limit],
    ).fetchall()
    if not dry_run:
        db.executemany(
            "UPDATE entries SET summary = '', body = NULL, links = '[]' WHERE id = ?",
            [(row["id"],) for row in rows],
        )
    return rows


def clear_log(
    db: Any, table: str, *, before: str, beyond: int, limit: int, dry_run: bool
) -> list[int]:
    """Delete rows of `polls` or `runs` that ended before; gives their ids, in order.

    The last row of each feed, and of all passes, stays: quiet ones are counted on it.
    """
    sql = _LOGS[table]
    values = {"before": before, "beyond": beyond, "limit": limit}
    ids = [row[0] for row in db.execute(sql, values).fetchall()]
    if not dry_run:
        db.executemany(f"DELETE FROM {table} WHERE id = ?", [(one,) for one in ids])  # noqa: S608
    return ids


_LOGS = {
    "polls": "SELECT id FROM polls AS log WHERE id > :beyond"
    " AND coalesce(last_at, polled_at) < :before"
    " AND EXISTS (SELECT 1 FROM polls WHERE polls.feed = log.feed AND polls.id > log.id)"
    " ORDER BY id LIMIT :limit",
    "runs": "SELECT id FROM runs WHERE id > :beyond AND coalesce(quiet_at, ended_at) < :before"
    " AND id < (SELECT max(id) FROM runs) ORDER BY id LIMIT :limit",
}
