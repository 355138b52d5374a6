"""Versions of an agency's items that a newer one overtook before they were read; commits nothing.

An entry holds the newest version. Without these rows what came before it between two polls would
never be read, and how many versions an article has would depend on how often its folder is polled.
The functions that write work inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cmp_to_key
from typing import Any

from aggregator.core.times import moment, stamp
from aggregator.core.wire import from_json, is_older, to_json
from aggregator.edge.store.door import Store
from aggregator.edge.store.waiting import Waiting
from aggregator.model import Entry

# Of one item; further ones are passed over. They are read in one go, under 50 ms each.
MOST = 100


def set_aside(db: Any, entry_id: int, entry: Entry, digest: str) -> None:
    """Keep a version until its entry is read; one that is there already, or too many, is passed."""
    db.execute(
        "INSERT INTO overtaken (entry, digest, content) SELECT :entry, :digest, :content"
        " WHERE (SELECT count(*) FROM overtaken WHERE entry = :entry) < :most"
        " AND NOT EXISTS (SELECT 1 FROM overtaken WHERE entry = :entry AND digest = :digest)",
        {"entry": entry_id, "digest": digest, "content": _write(entry), "most": MOST},
    )


def earlier_versions(store: Store, item: Waiting) -> list[Waiting]:
    """The versions to be read before the one that an entry holds, the oldest first.

    Where `item` itself was overtaken since it was taken up, what was set aside after it is newer.
    """
    rows = store.query("SELECT * FROM overtaken WHERE entry = ? ORDER BY id", [item.id])
    found: list[Waiting] = []
    for row in rows:
        if row["digest"] == item.digest:
            break
        entry = _read(row["content"], item.entry)
        found.append(replace(item, entry=entry, digest=row["digest"]))
    found.sort(key=cmp_to_key(_by_age))
    return found


def forget(db: Any, entry_id: int, digests: Iterable[str] | None = None) -> None:
    """Versions that are read, by their digests; None for all, which must not be read any more."""
    if digests is None:
        db.execute("DELETE FROM overtaken WHERE entry = ?", [entry_id])
    else:
        pairs = [(entry_id, digest) for digest in digests]
        db.executemany("DELETE FROM overtaken WHERE entry = ? AND digest = ?", pairs)


def _by_age(one: Waiting, other: Waiting) -> int:
    return is_older(other.entry, one.entry) - is_older(one.entry, other.entry)


def _write(entry: Entry) -> str:
    values = {
        "title": entry.title,
        "summary": entry.summary,
        "body": entry.body,
        "authors": entry.authors,
        "credit": entry.credit,
        "published_at": stamp(entry.published_at),
        "day_only": entry.day_only,
        "updated_at": stamp(entry.updated_at),
        "language": entry.language,
        "links": entry.links,
        "source_url": entry.source_url,
        "wire": to_json(entry.wire) if entry.wire else None,
    }
    return json.dumps(values, ensure_ascii=False)


def _read(content: str, newest: Entry) -> Entry:
    values = json.loads(content)
    for name in ("published_at", "updated_at"):
        values[name] = moment(values[name])
    for name in ("authors", "links"):
        values[name] = tuple(values[name])
    values["wire"] = from_json(values["wire"])
    return Entry(guid=newest.guid, url=newest.url, **values)
