"""Reads what the pages of articles showed over time, and what they are now; writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aggregator.core import changelog
from aggregator.core.times import moment
from aggregator.core.wire import from_json
from aggregator.core.wirecopy import read_mark
from aggregator.model import Copy, PageHistory, PageState, Revision, RevisionKind, WireMark


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What one article's page showed, and what became of it."""

    revisions: tuple[Revision, ...] = ()  # oldest first
    page: PageState = PageState.THERE
    page_note: str = ""
    page_at: datetime | None = None
    mark: WireMark | None = None

    def onto(self, copy: Copy) -> Copy:
        """The copy with its versions."""
        return replace(
            copy, revisions=self.revisions, page=self.page, page_note=self.page_note,
            page_at=self.page_at, mark=self.mark,
        )  # fmt: skip


def read_versions(db: Any, articles: Sequence[int]) -> dict[int, Versions]:
    """The versions of these articles, in as many statements whatever their number."""
    ids = json.dumps(list(articles))
    texts: dict[int, list[Revision]] = {}
    for row in _rows(db, _REVISIONS, ids):
        texts.setdefault(row["article"], []).append(_revision(row))
    pages = {row["article"]: row for row in _rows(db, _PAGES, ids)}
    marks = {row["id"]: _mark(row) for row in _rows(db, _MARKS, ids)}
    found = {}
    for article in articles:
        page = pages.get(article)
        found[article] = Versions(
            revisions=tuple(texts.get(article, ())),
            page=PageState(page["state"]) if page else PageState.THERE,
            page_note=page["note"] if page and page["state"] != PageState.THERE else "",
            page_at=moment(page["since"]) if page else None,
            mark=marks.get(article),
        )
    return found


def read_history(db: Any, articles: Sequence[int]) -> tuple[PageHistory, ...]:
    """The histories of these articles, in their order."""
    versions = read_versions(db, articles)
    rows = {row["id"]: row for row in _rows(db, _HEADS, json.dumps(list(articles)))}
    return tuple(
        PageHistory(
            article=article,
            outlet=rows[article]["name"],
            title=rows[article]["title"],
            url=rows[article]["final_url"],
            story=rows[article]["cluster"],
            revisions=versions[article].revisions,
            page=versions[article].page,
            page_note=versions[article].page_note,
            page_at=versions[article].page_at,
        )
        for article in articles
        if article in rows
    )


_REVISIONS = (
    # An archive adds older versions later on.
    "SELECT * FROM revisions WHERE article IN (SELECT value FROM json_each(?))"
    " ORDER BY article, seen_at, id"
)
_PAGES = (
    "SELECT article, state, note, since FROM visits"
    " WHERE article IN (SELECT value FROM json_each(?))"
)
_HEADS = (
    "SELECT articles.*, outlets.name FROM articles JOIN outlets ON outlets.id = articles.outlet"
    " WHERE articles.id IN (SELECT value FROM json_each(?))"
)
# Of many entries the first is the agency's own, or as good as any other.
_MARKS = (
    "SELECT articles.id, articles.title, listed_title, substr(text, 1, 400) AS head,"
    " entries.guid, entries.wire FROM articles LEFT JOIN entries ON entries.id ="
    " (SELECT min(id) FROM entries AS one WHERE one.article = articles.id)"
    " WHERE articles.id IN (SELECT value FROM json_each(?))"
)


def _rows(db: Any, sql: str, *values: Any) -> Iterable[dict[str, Any]]:
    cursor = db.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _revision(row: dict[str, Any]) -> Revision:
    return Revision(
        id=row["id"],
        seen_at=moment(row["seen_at"]),
        title=row["title"],
        text=row["text"],
        kind=RevisionKind(row["kind"]),
        changes=changelog.from_json(row["changes"]),
        summary=row["summary"],
        modified_at=moment(row["modified_at"]),
    )


def _mark(row: dict[str, Any]) -> WireMark | None:
    wire = from_json(row["wire"])
    return read_mark(
        row["title"], row["listed_title"], text=row["head"], guid=row["guid"] or "",
        version=wire.version if wire else None,
    )  # fmt: skip
