"""Commit B: an article with everything derived from it, and its entry."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aggregator.core import changelog
from aggregator.core.revision import Reading, Revised, compare, credited, reading_of
from aggregator.core.revisiting import Timetable, has_become, worth_visiting
from aggregator.core.rules import Rules
from aggregator.core.times import stamp
from aggregator.edge.store import prints, signing, templates, visits, wires
from aggregator.edge.store.collecting import name_outlet
from aggregator.edge.store.door import Store
from aggregator.edge.store.timing import time_columns
from aggregator.edge.store.waiting import Waiting
from aggregator.model import (
    Article,
    Credit,
    EntryState,
    PageState,
    RevisionKind,
    Role,
    Verdict,
)

READABLE = (Verdict.GOOD, Verdict.THIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What another reading of a known article's page came to."""

    state: PageState = PageState.THERE
    note: str = ""
    revised: bool = False
    summary: str = ""  # what changed


def find_article(store: Store, url_key: str) -> int | None:
    """The article kept under an identity, if there is one."""
    rows = store.query("SELECT id FROM articles WHERE url_key = ?", [url_key])
    return int(rows[0][0]) if rows else None


def link_entry(store: Store, item: Waiting, article: int) -> None:
    """A second feed, or a second address, with an article that is kept already."""
    with store.write() as db:
        row = db.execute("SELECT verdict, reason FROM articles WHERE id = ?", [article]).fetchone()
        _link(db, item, article, Verdict(row["verdict"]), row["reason"])


def _link(db: Any, item: Waiting, article: int, verdict: Verdict, reason: str | None) -> None:
    readable = verdict in READABLE
    # An entry that its source changed while its page was read waits to be read again.
    db.execute(
        "UPDATE entries SET state = CASE WHEN ? IN ('', digest) THEN ? ELSE state END,"
        " reason = ?, article = ?, retry_at = NULL WHERE id = ?",
        [
            item.digest, EntryState.KEPT if readable else EntryState.SKIPPED, reason, article,
            item.id,
        ],
    )  # fmt: skip


def keep_article(
    store: Store,
    item: Waiting,
    article: Article,
    *,
    rules: Rules,
    now: datetime,
    timetable: Timetable | None = None,
) -> str:
    """Commit B; gives `kept`, `linked` when nothing is new, or `revised` when the text changed.

    An address that shows its article again keeps its id, its first publication time and every
    text it has shown. With a `timetable` its page is visited again, if it was read from one.
    """
    with store.write() as db:
        outlet = name_outlet(store, article.outlet)
        row = db.execute("SELECT id FROM articles WHERE url_key = ?", [article.url_key]).fetchone()
        reason = article.reason or None
        # A line of an archive and an agency's file are no pages that can lose their text.
        paged = bool(item.entry.url) and not item.entry.wire and article.extractor != "archive"
        if row is not None:
            article_id, result = int(row["id"]), "linked"
            _link(db, item, article_id, article.verdict, reason)
            taken = take(db, article_id, article, rules=rules, now=now, paged=paged)
            if taken.revised:
                result = "revised"
            visits.note(db, article_id, taken.state, taken.note, now=now)
        else:
            article_id, result = _insert(db, article, outlet, item, now), "kept"
            _link(db, item, article_id, article.verdict, reason)
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
    _keep_revision(db, article_id, article, found, now)
    _keep_credits(db, article_id, article)
    if article.verdict is Verdict.GOOD:
        templates.keep_sentences(db, article_id, outlet, article.text, rules=rules)
    signing.make(db, article_id, rules=rules)


def _columns(article: Article, now: datetime) -> dict[str, Any]:
    return {
        "title": article.title,
        "language": article.language,
        "verdict": article.verdict,
        "words": article.words,
        "reason": article.reason or None,
        "authors": json.dumps(article.authors, ensure_ascii=False),
        "section": article.section,
        "reserved": article.reserved or None,
        "final_url": article.final_url,
        "canonical_url": article.canonical_url,
        "extractor": article.extractor,
        "read_at": stamp(now),
        "text": article.text,
    }


def _insert(db: Any, article: Article, outlet: int, item: Waiting, now: datetime) -> int:
    seen = stamp(item.seen_at)
    columns = _columns(article, now) | {
        "outlet": outlet,
        **time_columns(db, article, item),
        "first_seen_at": seen,
        "url": article.url,
        "url_key": article.url_key,
        "listed_title": item.entry.title,
    }
    names = ", ".join(columns)
    marks = ", ".join(f":{name}" for name in columns)
    return int(
        db.execute(f"INSERT INTO articles ({names}) VALUES ({marks})", columns).lastrowid  # noqa: S608
    )


def _update(db: Any, article_id: int, article: Article, now: datetime) -> None:
    columns = _columns(article, now)
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    db.execute(f"UPDATE articles SET {sets} WHERE id = :id", columns | {"id": article_id})  # noqa: S608


def _keep_revision(
    db: Any, article_id: int, article: Article, found: Revised | None, now: datetime
) -> None:
    digest = hashlib.blake2b(
        f"{article.title}\n{article.text}".encode("utf-8", "replace"), digest_size=12
    ).hexdigest()
    db.execute(
        "INSERT INTO revisions (article, kind, rank, summary, changes, seen_at, modified_at,"
        " title, digest, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            article_id, found.kind if found else RevisionKind.FIRST,
            found.rank if found else None, found.summary if found else "",
            changelog.to_json(found.changes if found else ()), stamp(now),
            stamp(article.modified_at) if article.modified_at else None,
            article.title, digest, article.text,
        ],
    )  # fmt: skip


def _keep_credits(db: Any, article_id: int, article: Article) -> None:
    db.execute("DELETE FROM credits WHERE article = ?", [article_id])
    db.executemany(
        "INSERT INTO credits (article, agency, role, zone, excerpt, offset, rule)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (article_id, c.agency, c.role, c.zone, c.excerpt[:200], c.offset, c.rule)
            for c in article.credits
        ],
    )
