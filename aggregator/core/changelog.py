"""Writes revisions and their changes as plain values and JSON, and reads them back; judges none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from aggregator.core.contract import PageDict, RevisionDict, WireVersionDict
from aggregator.core.times import stamp
from aggregator.core.wireversions import WireVersion
from aggregator.model import Aspect, Change, PageState, Revision


def to_json(changes: Iterable[Change]) -> str:
    """A JSON array of objects with aspect, words, before and after, in the order given."""
    rows = [
        {"aspect": c.aspect, "words": c.words, "before": c.before, "after": c.after}
        for c in changes
    ]
    return json.dumps(rows, ensure_ascii=False)


def from_json(text: str) -> tuple[Change, ...]:
    """The changes that `to_json` wrote."""
    return tuple(
        Change(
            aspect=Aspect(row["aspect"]), words=row["words"], before=row["before"],
            after=row["after"],
        )
        for row in json.loads(text)
    )  # fmt: skip


def revision_to_dict(revision: Revision) -> RevisionDict:
    """One version of a page; `rank` and `changes` say what it changed, the weightiest first."""
    return {
        "seen_at": stamp(revision.seen_at),
        "modified_at": stamp(revision.modified_at),
        "kind": revision.kind.value,
        "rank": revision.changes[0].aspect.rank if revision.changes else None,
        "summary": revision.summary,
        "changes": [
            {
                "aspect": each.aspect.value,
                "words": each.words,
                "before": each.before,
                "after": each.after,
            }
            for each in revision.changes
        ],
        "title": revision.title,
        "text": revision.text,
    }


def wire_to_dict(version: WireVersion) -> WireVersionDict:
    """One of the agency's own versions."""
    return {
        "article": version.article,
        "outlet": version.outlet,
        "at": stamp(version.at),
        "kind": version.kind.value if version.kind else "first",
        "number": version.number,
        "words": version.words,
        "title": version.title,
    }


def page_to_dict(state: PageState, since: datetime | None, note: str) -> PageDict:
    """What an article's page was at the last visit."""
    return {"state": state.value, "since": stamp(since), "note": note}
