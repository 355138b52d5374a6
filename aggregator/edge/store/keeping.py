"""Commit B: an article with everything derived from it, and its entry."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aggregator.core.revision import Reading, Revised, compare, credited, reading_of
from aggregator.core.revisiting import Timetable, has_become, worth_visiting
from aggregator.core.rules import Rules
from aggregator.edge.store import prints, signing, templates, visits, wires
from aggregator.edge.store.collecting import name_outlet
from aggregator.edge.store.columns import (
    article_columns,
    credit_columns,
    first_columns,
    revision_columns,
)
from aggregator.edge.store.door import Store
from aggregator.edge.store.linking import READABLE, bury, is_pruned, link
from aggregator.edge.store.telling import note_change
from aggregator.edge.store.timing import time_columns
from aggregator.edge.store.waiting import Waiting
from aggregator.model import (
    Article,
    Credit,
    PageState,
    RevisionKind,
    Role,
    Verdict,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What another reading of a known article's page came to."""

    state: PageState = PageState.THERE
    note: str = ""
    revised: bool = False
    summary: str = ""  # what changed


def keep_article(
    store: Store,
    item: Waiting,
    article: Article,
    *,
    rules: Rules,
    now: datetime,
    timetable: Timetable | None = None,
    bare: bool = False,
) -> str:
    """Commit B; gives `kept`, `linked` when nothing is new, or `revised` when the text changed.

    One that was kept before and let go with age is not kept again: `pruned`.

    An address that shows its article again keeps its id, its first publication time and every
    text it has shown. With a `timetable` its page is visited again, if it was read from one. A
    `bare` article that is new is kept without what is derived from its text, for an archive that
    is clustered as a whole afterwards.
    """
    with store.write() as db:
        outlet = name_outlet(store, article.outlet)
        row = db.execute("SELECT id FROM articles WHERE url_key = ?", [article.url_key]).fetchone()
        reason = article.reason or None
        # A line of an archive and an agency's file are no pages that can lose their text.
        paged = bool(item.entry.url) and not item.entry.wire and article.extractor != "archive"
        if row is not None:
            article_id = int(row["id"])
            link(db, item, article_id, article.verdict, reason)
            taken = take(db, article_id, article, rules=rules, now=now, paged=paged)
            result = "revised" if taken.revised else "linked"
            visits.note(db, article_id, taken.state, taken.note, now=now)
        elif is_pruned(db, article.url_key):
            bury(db, item)
            return "pruned"
        else:
            article_id, result = _insert(db, article, outlet, item, now), "kept"
            link(db, item, article_id, article.verdict, reason)
            if bare:
                keep_revision(db, article_id, article, None, now)
                _keep_credits(db, article_id, article)
            else:
                _keep_text(db, article_id, outlet, article, None, rules=rules, now=now)
        if timetable is not None and paged and worth_visiting(article):
            visits.plan(db, article_id, item, article, timetable, now=now)
        if item.entry.wire is not None:
            wires.mark_withdrawn(db, item.id, now=now)
        return result


def take(
    db: Any, article_id: int, article: Article, *, rules: Rules, now: datetime, paged: bool
) -> Taken:
    """Hold another reading against what is kept, and keep it when it says something new.

    What decides is the newest good text, so the stories depend on what the pages show and not on
    how often they were looked at. A wall, a teaser or nothing takes nothing away; furniture
    alone is no revision. `paged` says that a page was read, which may lose its text.
    """
    row = db.execute("SELECT * FROM articles WHERE id = ?", [article_id]).fetchone()
    if row["pruned_at"]:  # there is nothing left to hold it against
        return Taken()
    was = Verdict(row["verdict"])
    if (row["title"], row["text"]) != (article.title, article.text):
        if paged:
            state, note = has_become(
                article, title=row["title"], text=row["text"], verdict=was, url_key=row["url_key"]
            )
            if state is not PageState.THERE:
                return Taken(state=state, note=note)
        if was is Verdict.GOOD and article.verdict is not Verdict.GOOD:
            return Taken()
    elif was != article.verdict:
        return Taken()
    before, found = _reading(db, row), None
    if was in READABLE:
        found = compare(
            before, reading_of(article), agencies=rules.agencies,
            templates=templates.templates_of(db, row["outlet"]),
        )  # fmt: skip
        if found is None:
            return Taken()
    elif article.text == row["text"]:
        return Taken()
    prints.forget(db, article_id)
    _update(db, article_id, article, now)
    _keep_text(db, article_id, row["outlet"], article, found, rules=rules, now=now)
    if found is not None and found.kind is not RevisionKind.TRIVIAL:
        note_change(db, row["cluster"], now=now)
    return Taken(revised=True, summary=found.summary if found else "")


def _reading(db: Any, row: Any) -> Reading:
    """What is kept of an article, as it is compared with a newer reading."""
    rows = db.execute("SELECT agency, role, zone FROM credits WHERE article = ?", [row["id"]])
    credits = [
        Credit(agency=c["agency"], role=Role(c["role"]), zone=c["zone"], excerpt="") for c in rows
    ]
    return Reading(
        title=row["title"],
        text=row["text"],
        language=row["language"],
        authors=tuple(json.loads(row["authors"])),
        agencies=credited(credits),
    )


def _keep_text(
    db: Any,
    article_id: int,
    outlet: int,
    article: Article,
    found: Revised | None,
    *,
    rules: Rules,
    now: datetime,
) -> None:
    """A text with all that is derived from it."""
    keep_revision(db, article_id, article, found, now)
    _keep_credits(db, article_id, article)
    if article.verdict is Verdict.GOOD:
        templates.keep_sentences(db, article_id, outlet, article.text, rules=rules)
    signing.make(db, article_id, rules=rules)


def _insert(db: Any, article: Article, outlet: int, item: Waiting, now: datetime) -> int:
    columns = article_columns(article, now) | first_columns(article, item.entry, item.seen_at)
    return _add(db, "articles", columns | {"outlet": outlet, **time_columns(db, article, item)})


def _add(db: Any, table: str, columns: dict[str, Any]) -> int:
    names = ", ".join(columns)
    marks = ", ".join(f":{name}" for name in columns)
    return int(
        db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", columns).lastrowid  # noqa: S608
    )


def _update(db: Any, article_id: int, article: Article, now: datetime) -> None:
    columns = article_columns(article, now)
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    db.execute(f"UPDATE articles SET {sets} WHERE id = :id", columns | {"id": article_id})  # noqa: S608


def keep_revision(
    db: Any, article_id: int, article: Article, found: Revised | None, now: datetime
) -> None:
    """A row for a text as it was seen at `now`; `found` is what it is to the one before."""
    _add(db, "revisions", revision_columns(article, found, now) | {"article": article_id})


def _keep_credits(db: Any, article_id: int, article: Article) -> None:
    db.execute("DELETE FROM credits WHERE article = ?", [article_id])
    for row in credit_columns(article):
        _add(db, "credits", row | {"article": article_id})
