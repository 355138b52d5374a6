"""Entries on their way to an article: which wait, the claim before reading, the failure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aggregator.core.times import moment, stamp
from aggregator.core.wire import from_json
from aggregator.edge.store.door import Store
from aggregator.model import Entry, EntryState

# A page that kills the whole program leaves a claim and no outcome. Pages run in workers of their
# own, so it is far likelier that the program was killed for another cause: so many ends cost
# nothing. From then on a claim carries its pause with it, as long as after a failure, so that a
# page that does end the program lets it run meanwhile, and all others are read.
CRASHES_FORGIVEN = 3
CRASHES_MOST = 9  # then it is given up: the last pauses are a day each
LONGEST_PAUSE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An entry to be read, with the row it stands in."""

    id: int
    feed: int
    outlet: str  # registered domain of the feed
    entry: Entry
    attempts: int
    seen_at: datetime
    article: int | None  # set when it was read before and its source changed it
    digest: str = ""  # of the entry as it was taken up; its source may change it meanwhile
    failures: int = 0  # attempts that failed; the others of them ended with the program


def as_waiting(row: Any) -> Waiting:
    """A row of `entries`, with the registered domain of its feed, as a value."""
    return Waiting(
        id=row["id"],
        feed=row["feed"],
        outlet=row["domain"] or "",
        attempts=row["attempts"],
        failures=row["failures"],
        seen_at=moment(row["seen_at"]),
        article=row["article"],
        digest=row["digest"],
        entry=Entry(
            guid=row["guid"],
            url=row["url"],
            title=row["title"],
            summary=row["summary"],
            body=row["body"],
            authors=tuple(json.loads(row["authors"])),
            credit=row["credit"],
            published_at=moment(row["published_at"]),
            day_only=bool(row["day_only"]),
            updated_at=moment(row["updated_at"]),
            language=row["language"],
            links=tuple(json.loads(row["links"])),
            source_url=row["source_url"],
            wire=from_json(row["wire"]),
        ),
    )


def waiting(store: Store, *, now: datetime, limit: int, beyond: int = 0) -> list[Waiting]:
    """Entries that may be read now, in id order, after the id `beyond`."""
    rows = store.query(
        "SELECT entries.*, outlets.domain FROM entries"
        " JOIN feeds ON feeds.id = entries.feed LEFT JOIN outlets ON outlets.id = feeds.outlet"
        " WHERE state = 'new' AND (retry_at IS NULL OR retry_at <= ?) AND entries.id > ?"
        " ORDER BY entries.id LIMIT ?",
        [stamp(now), beyond, limit],
    )
    return [as_waiting(row) for row in rows]


def count_waiting(store: Store, *, now: datetime) -> int:
    """How many entries may be read now."""
    row = store.query(
        "SELECT count(*) FROM entries WHERE state = 'new' AND (retry_at IS NULL OR retry_at <= ?)",
        [stamp(now)],
    )[0]
    return int(row[0])


def claim(store: Store, items: Sequence[Waiting], *, now: datetime) -> list[Waiting]:
    """Count the attempt before the page is read; entries that ended too often are given up."""
    with store.write() as db:
        fit: list[Waiting] = []
        for item in items:
            ended = item.attempts - item.failures
            if ended >= CRASHES_MOST:
                _settle(db, item.id, EntryState.FAILED, "the program ended each time it was read")
                continue
            fit.append(item)
            again = held_until(ended, now)
            db.execute(
                "UPDATE entries SET attempts = attempts + 1, retry_at = ? WHERE id = ?",
                [stamp(again) if again else None, item.id],
            )
    return fit


def held_until(ended: int, now: datetime) -> datetime | None:
    """Until when a claim is left alone should the program end, after so many ends; None: not."""
    past = ended + 1 - CRASHES_FORGIVEN
    return now + pause(past) if past > 0 else None


def pause(attempts: int) -> timedelta:
    """How long a page is left alone after so many failed tries: 5 min, 30 min, 3 h, 18 h, a day."""
    return min(timedelta(minutes=5 * 6 ** min(attempts - 1, 9)), LONGEST_PAUSE)


def put_off(
    store: Store, item: Waiting, *, reason: str, now: datetime, tries: int, final: bool
) -> EntryState:
    """A try that failed: try again later, longer each time, or give up with the reason."""
    failures = item.failures + 1
    with store.write() as db:
        if final or failures >= tries:
            _settle(db, item.id, EntryState.FAILED, reason)
            return EntryState.FAILED
        db.execute(
            "UPDATE entries SET reason = ?, retry_at = ?, failures = ? WHERE id = ?",
            [reason[:500], stamp(now + pause(failures)), failures, item.id],
        )
        return EntryState.NEW


def hand_back(store: Store, item: Waiting) -> None:
    """Undo a claim whose page was never read, as when the program is asked to stop."""
    with store.write() as db:
        db.execute(
            "UPDATE entries SET attempts = max(attempts - 1, 0), retry_at = NULL WHERE id = ?",
            [item.id],
        )


def skip(store: Store, item: Waiting, reason: str) -> None:
    """The page is no article; the entry stays, with what the page was."""
    with store.write() as db:
        _settle(db, item.id, EntryState.SKIPPED, reason)


def _settle(db: Any, entry: int, state: EntryState, reason: str) -> None:
    db.execute(
        "UPDATE entries SET state = ?, reason = ?, retry_at = NULL WHERE id = ?",
        [state, reason[:500], entry],
    )
