"""Rows that say when an article's page is read again: which are due, the claim, what it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from aggregator.core.revisiting import Timetable
from aggregator.core.times import moment, stamp
from aggregator.edge.store.door import Store
from aggregator.edge.store.waiting import CRASHES_MOST, Waiting, as_waiting, held_until, pause
from aggregator.model import Article, Entry, PageState


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A page to be read again, with what is known of it."""

    article: int
    url: str  # where it was read last, redirects followed
    url_key: str
    entry: Entry  # by which it was read first, without what could stand in for the page
    born: datetime  # published, or first seen
    first_seen: datetime
    due_at: datetime
    quiet: int
    attempts: int
    etag: str | None
    last_modified: str | None
    revision: int  # the newest one when the visit was taken up

    @property
    def place(self) -> tuple[str, int]:
        """Where it stands among those that are due."""
        return stamp(self.due_at), self.article


_DUE = (
    "SELECT entries.*, NULL AS domain, articles.final_url, articles.url_key,"
    " articles.published_at AS born, articles.first_seen_at, visits.article AS visited,"
    " visits.due_at, visits.quiet, visits.attempts AS tried, visits.etag, visits.last_modified,"
    " (SELECT max(id) FROM revisions WHERE revisions.article = visits.article) AS revision"
    " FROM visits JOIN articles ON articles.id = visits.article"
    " JOIN entries ON entries.id = visits.entry"
)
# A page whose feed lists it as changed is read for that, and not twice.
_FREE = "NOT EXISTS (SELECT 1 FROM entries WHERE article = visits.article AND state = 'new')"


def due(
    store: Store, *, now: datetime, limit: int, beyond: tuple[str, int] = ("", 0)
) -> list[Visit]:
    """Pages to be read again now, the longest due first, after (due time, article)."""
    rows = store.query(
        f"{_DUE} WHERE visits.due_at IS NOT NULL AND visits.due_at <= ?"
        f" AND (visits.due_at, visits.article) > (?, ?) AND {_FREE}"
        " ORDER BY visits.due_at, visits.article LIMIT ?",
        [stamp(now), *beyond, limit],
    )
    return [_visit(row) for row in rows]


def _visit(row: Any) -> Visit:
    # What the feed carries would stand in for a page that lost its text.
    entry = replace(as_waiting(row).entry, body=None, summary="")
    first_seen = moment(row["first_seen_at"])
    return Visit(
        article=row["visited"],
        url=row["final_url"],
        url_key=row["url_key"],
        entry=entry,
        born=min(moment(row["born"]), first_seen),
        first_seen=first_seen,
        due_at=moment(row["due_at"]),
        quiet=row["quiet"],
        attempts=row["tried"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        revision=row["revision"] or 0,
    )


def count_due(store: Store, *, now: datetime) -> int:
    """How many pages may be read again now."""
    row = store.query(
        f"SELECT count(*) FROM visits WHERE due_at IS NOT NULL AND due_at <= ? AND {_FREE}",  # noqa: S608
        [stamp(now)],
    )[0]
    return int(row[0])


def call_off(store: Store, *, before: datetime) -> int:
    """Give up visits that were due before a time; gives how many.

    A visit that is days late tells little of when its page changed. After a clock that was set
    a year ahead, or a month without the program, thousands of them would be due at once.
    """
    late = store.query(
        "SELECT article FROM visits WHERE due_at IS NOT NULL AND due_at < ?", [stamp(before)]
    )
    if late:
        with store.write() as db:
            db.executemany(
                "UPDATE visits SET due_at = NULL, attempts = 0 WHERE article = ?", map(tuple, late)
            )
    return len(late)


def plan(
    db: Any, article: int, item: Waiting, read: Article, timetable: Timetable, *, now: datetime
) -> None:
    """Put a page that was just read on the timetable, or bring its validators up to date."""
    row = db.execute(
        "SELECT published_at, first_seen_at, url_key, pruned_at FROM articles WHERE id = ?",
        [article],
    ).fetchone()
    if row["pruned_at"]:
        return
    born = min(moment(row["published_at"]), moment(row["first_seen_at"]))
    due_at = timetable.next(born=born, now=now, url_key=row["url_key"])
    db.execute(
        "INSERT INTO visits (article, entry, due_at, visited_at, etag, last_modified)"
        " VALUES (:article, :entry, :due_at, :now, :etag, :last_modified)"
        " ON CONFLICT (article) DO UPDATE SET due_at = :due_at, visited_at = :now, attempts = 0,"
        " etag = :etag, last_modified = :last_modified",
        {
            "article": article, "entry": item.id, "now": stamp(now),
            "due_at": stamp(due_at) if due_at else None, "etag": read.etag,
            "last_modified": read.last_modified,
        },
    )  # fmt: skip


def claim(store: Store, visits: Sequence[Visit], *, now: datetime) -> list[Visit]:
    """Count the attempt before the page is read; pages claimed too often are given up."""
    fit = [visit for visit in visits if visit.attempts < CRASHES_MOST]
    spent = [(visit.article,) for visit in visits if visit not in fit]
    holds = [(held_until(visit.attempts, now) or visit.due_at, visit.article) for visit in fit]
    with store.write() as db:
        db.executemany(
            "UPDATE visits SET attempts = attempts + 1, due_at = ? WHERE article = ?",
            [(stamp(due_at), article) for due_at, article in holds],
        )
        db.executemany(
            "UPDATE visits SET due_at = NULL, attempts = 0,"
            " note = 'the program ended each time it was read' WHERE article = ?",
            spent,
        )
    return fit


def hand_back(store: Store, visit: Visit) -> None:
    """Undo a claim whose page was never read, as when the program is asked to stop."""
    with store.write() as db:
        db.execute(
            "UPDATE visits SET attempts = max(attempts - 1, 0), due_at = ? WHERE article = ?",
            [stamp(visit.due_at), visit.article],
        )


def put_off(
    store: Store,
    visit: Visit,
    *,
    reason: str,
    now: datetime,
    tries: int,
    following: datetime | None,
    least: int = 0,
) -> None:
    """A visit that failed: tried again a little later, `least` seconds away, and in the end not.

    Given up, it leaves the page to the visit after it, `following`.
    """
    attempts = visit.attempts + 1
    due_at: datetime | None = now + max(pause(attempts), timedelta(seconds=least))
    if attempts >= tries:
        due_at, attempts = following, 0
    with store.write() as db:
        db.execute(
            "UPDATE visits SET due_at = ?, attempts = ?, note = ? WHERE article = ?",
            [stamp(due_at) if due_at else None, attempts, reason[:500], visit.article],
        )


def note(db: Any, article: int, state: PageState, words: str, *, now: datetime) -> None:
    """What the page of an article is now, where its page is visited at all."""
    gone = state is not PageState.THERE
    db.execute(
        "UPDATE visits SET since = CASE WHEN NOT :gone THEN NULL WHEN state = :state THEN since"
        " ELSE :now END, state = :state, note = :words WHERE article = :article",
        {
            "gone": gone, "state": state, "now": stamp(now), "words": words[:500] if gone else "",
            "article": article,
        },
    )  # fmt: skip


def settle(
    db: Any,
    visit: Visit,
    *,
    quiet: int,
    due_at: datetime | None,
    now: datetime,
    validators: tuple[str | None, str | None] | None,
) -> None:
    """A visit that was answered; `validators` stay as they are when None."""
    db.execute(
        "UPDATE visits SET due_at = ?, visited_at = ?, visits = visits + 1, quiet = ?,"
        " attempts = 0 WHERE article = ?",
        [stamp(due_at) if due_at else None, stamp(now), quiet, visit.article],
    )
    if validators is not None:
        db.execute(
            "UPDATE visits SET etag = ?, last_modified = ? WHERE article = ?",
            [*validators, visit.article],
        )
