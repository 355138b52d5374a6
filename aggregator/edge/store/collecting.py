"""Commit A: a feed's new entries together with its cursor, due time and health."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from aggregator.core.families import family_of
from aggregator.core.sifting import guid_mark
from aggregator.core.times import moment, stamp
from aggregator.edge.store import wires
from aggregator.edge.store.door import Store
from aggregator.edge.store.listing import change_entry, digest_entry, find_entry, insert_entry
from aggregator.edge.store.moving import SIGHTINGS, leave_address
from aggregator.edge.store.polling import Plan, answer_feed, answer_line, log_poll
from aggregator.model import Feed, Poll

# A claim that was never answered means that the program ended amid the poll. After this many the
# feed itself is the likelier cause, and it waits for its due time.
CRASHES_FORGIVEN = 4
_LISTED = "SELECT feeds.*, outlets.domain FROM feeds LEFT JOIN outlets ON outlets.id = feeds.outlet"


def name_outlet(store: Store, domain: str, *, name: str | None = None, **facts: str | None) -> int:
    """The id of the outlet of a registered domain; its name, family and agency as given."""
    with store.write() as db:
        db.execute(
            "INSERT INTO outlets (name, domain, family) VALUES (?, ?, ?)"
            " ON CONFLICT (domain) DO NOTHING",
            [name or domain, domain, family_of(domain)],
        )
        known = {"name": name, "family": facts.get("family"), "agency": facts.get("agency")}
        for column, value in known.items():
            if value:
                db.execute(
                    f"UPDATE outlets SET {column} = :value"  # noqa: S608  columns are ours
                    f" WHERE domain = :domain AND {column} IS NOT :value",
                    {"value": value, "domain": domain},
                )
        row = db.execute("SELECT id FROM outlets WHERE domain = ?", [domain]).fetchone()
        return int(row[0])


def watch_feeds(store: Store, feeds: Sequence[Feed], *, now: datetime) -> None:
    """Make the feeds table watch exactly these; ids given are ignored, addresses count.

    A feed that config no longer names is switched off, not deleted: its entries stay. One that
    its server called gone is asked again when config names it anew after leaving it out.
    """
    with store.write() as db:
        for feed in feeds:
            outlet = name_outlet(store, feed.outlet)
            db.execute(
                "INSERT INTO feeds (name, outlet, kind, url, due_at, every)"
                " VALUES (:name, :outlet, :kind, :url, :now, :every)"
                " ON CONFLICT (url) DO UPDATE SET name = :name, outlet = :outlet, kind = :kind,"
                " every = :every, enabled = gone IS NULL, due_at = iif(failures = 0 AND :every <"
                " every, min(due_at, :soon), due_at) WHERE (name, outlet, kind, every, enabled)"
                " IS NOT (:name, :outlet, :kind, :every, gone IS NULL)",
                {
                    "name": feed.name, "outlet": outlet, "kind": feed.kind, "url": feed.url,
                    "now": stamp(now), "every": feed.every,
                    "soon": stamp(now + timedelta(seconds=feed.every)),
                },
            )  # fmt: skip
        urls = json.dumps([feed.url for feed in feeds])
        db.execute(
            "UPDATE feeds SET enabled = 0, gone = NULL WHERE (enabled = 1 OR gone IS NOT NULL)"
            " AND url NOT IN (SELECT value FROM json_each(?))",
            [urls],
        )


def _feeds(rows: Iterable[Any]) -> list[Feed]:
    return [
        Feed(
            id=row["id"],
            name=row["name"],
            kind=row["kind"],
            url=row["url"],
            outlet=row["domain"] or "",
            every=row["every"],
            cursor=json.loads(row["cursor"]),
            due_at=moment(row["due_at"]),
            failures=row["failures"],
            trouble=row["trouble"],
            pace=row["pace"],
            duplicates=row["duplicates"],
            answered_at=moment(row["answered_at"]),
            moved_to=row["moved_to"],
        )
        for row in rows
    ]


def due_feeds(store: Store, *, now: datetime, all_healthy: bool = False) -> list[Feed]:
    """Feeds to poll now, longest due first; with `all_healthy` also those not due yet.

    A feed that failed waits for its due time in any case: a server that asked for a pause gets it.
    So does one that is leased: somebody polls it now.
    """
    rows = store.query(
        f"{_LISTED} WHERE enabled = 1 AND (due_at <= :now OR (:healthy AND leased_by IS NULL"
        " AND (failures = 0 OR (feeds.error IS NULL AND failures < :forgiven))))"
        " ORDER BY due_at, feeds.id",
        {"now": stamp(now), "healthy": int(all_healthy), "forgiven": CRASHES_FORGIVEN},
    )
    return _feeds(rows)


def find_feed(store: Store, feed: int) -> Feed:
    """A feed as it stands now."""
    (found,) = _feeds(store.query(f"{_LISTED} WHERE feeds.id = ?", [feed]))
    return found


def keep_poll(
    store: Store,
    feed: Feed,
    poll: Poll,
    *,
    now: datetime,
    plan: Callable[[int], Plan],
    by: str | None = None,
) -> int:
    """Commit A for a poll that was answered; gives the number of entries never seen before.

    `plan` makes the plan from that number. `by` is the program that leased the feed.

    An entry whose title, dates or content changed is read again. Entries and the validators that
    stand for them share the commit. Where the feed is leased to another by now, the entries are
    kept, and where the feed stands is for that one to say.
    """
    guids = {entry.guid for entry in poll.entries}

    def is_listed(guid: str) -> bool:
        return guid in guids or (bool(poll.known) and guid_mark(guid) in poll.known)

    with store.write() as db:
        added = 0
        for entry in poll.entries:
            if entry.wire is not None:  # versions of one item, known by its name alone
                added += wires.keep_version(db, feed.id, entry, now=now)
                continue
            digest = digest_entry(entry)
            known = find_entry(db, feed.id, entry, is_listed=is_listed)
            if known is None:
                added += 1
                insert_entry(db, feed.id, entry, digest, now)
            elif known["digest"] != digest:
                change_entry(db, known["id"], entry, digest)
        made = plan(added)
        answer_feed(db, feed, poll, made, now=now, added=added, by=by)
        wires.keep_files(db, feed.id, poll.files, poll.gone, now=now)
        log_poll(db, feed.id, answer_line(poll, added=added), now=now, quiet=not added)
        return added


def keep_failure(
    store: Store,
    feed: Feed,
    *,
    error: str,
    status: int | None,
    now: datetime,
    due_at: datetime,
    trouble: float = 1.0,
    by: str | None = None,
) -> None:
    """A poll that failed: the reason, what it weighs, and the next try; all else stays as it is.

    A feed that keeps failing where it moved to is asked at its old address again. One that is
    leased to another by now is left to that one.
    """
    with store.write() as db:
        done = db.execute(
            "UPDATE feeds SET error = ?, polled_at = ?, due_at = ?, trouble = ?, leased_by = NULL"
            " WHERE id = ? AND leased_by IS ?",
            [error[:500], stamp(now), stamp(due_at), trouble, feed.id, by],
        )
        if done.rowcount and feed.moved_to and feed.failures + 1 >= SIGHTINGS:
            leave_address(db, feed, None, now=now, reason=error[:500])
        log = {"result": "failed", "status": status, "error": error[:500]}
        log_poll(db, feed.id, log, now=now, quiet=False)


def switch_off(store: Store, feed: Feed, *, reason: str, by: str | None = None) -> None:
    """Stop polling a feed that its server says is gone; it stays off while config names it."""
    with store.write() as db:
        db.execute(
            "UPDATE feeds SET enabled = 0, error = :reason, gone = :reason, leased_by = NULL"
            " WHERE id = :id AND leased_by IS :lease",
            {"reason": reason[:500], "id": feed.id, "lease": by},
        )
