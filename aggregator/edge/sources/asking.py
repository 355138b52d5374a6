"""Asks for one document by conditional GET and keeps the validators; parses nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aggregator.core import cadence
from aggregator.core.times import moment, stamp
from aggregator.edge.sources.registry import Reach
from aggregator.edge.web import Answer
from aggregator.model import Hints

_HEADERS = {"etag": "etag", "last_modified": "last-modified"}
FULL_FETCH_EVERY = timedelta(hours=24)  # some servers answer 304 for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One document as answered, with the cursor for the next time."""

    answer: Answer
    cursor: dict[str, Any]
    unchanged: bool  # by its server's word or by its bytes
    hints: Hints


def digest_body(body: bytes) -> str:
    """A digest by which a document is known again."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def ask(
    url: str,
    cursor: Mapping[str, Any],
    reach: Reach,
    *,
    accept: str,
    digest: Callable[[bytes], str] = digest_body,
) -> Asked:
    """Get a document unless it is the one that `cursor` stands for; raises FetchError.

    Whatever stands in `cursor` besides the validators is handed on. `digest` tells documents
    apart.
    """
    full_at = moment(cursor.get("full_at"))
    trust = full_at is not None and reach.now - full_at < FULL_FETCH_EVERY
    answer = reach.web.get(
        url,
        max_bytes=reach.max_bytes,
        accept=accept,
        etag=cursor.get("etag") if trust else None,
        last_modified=cursor.get("last_modified") if trust else None,
        stop=reach.stop,
    )
    hints = cadence.read_hints(answer.headers, now=reach.now)
    if answer.status == 304:
        # A 304 may carry newer validators than the answer it stands for.
        fresh = {name: answer.headers.get(_HEADERS[name]) or cursor.get(name) for name in _HEADERS}
        return Asked(answer=answer, cursor=dict(cursor) | fresh, unchanged=True, hints=hints)
    following = dict(cursor) | _validators(answer, digest(answer.body), reach.now)
    same = following["digest"] == cursor.get("digest")
    return Asked(answer=answer, cursor=following, unchanged=same, hints=hints)


def _validators(answer: Answer, digest: str, now: datetime) -> dict[str, Any]:
    """Validators and body hash of a full answer; a server with `Expires: 0` may still send them."""
    return {
        "etag": answer.headers.get("etag"),
        "last_modified": answer.headers.get("last-modified"),
        "digest": digest,
        "full_at": stamp(now),
    }
