"""Commit B: an article with everything derived from it, and its entry."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from aggregator.core.rules import Rules
from aggregator.core.times import stamp
from aggregator.edge.store import prints
from aggregator.edge.store.collecting import name_outlet
from aggregator.edge.store.door import Store
from aggregator.edge.store.waiting import Waiting
from aggregator.model import Article, EntryState, Verdict


def find_article(store: Store, url_key: str) -> int | None:
    """The article kept under an identity, if there is one."""
    rows = store.query("SELECT id FROM articles WHERE url_key = ?", [url_key])
    return int(rows[0][0]) if rows else None


def link_entry(store: Store, item: Waiting, article: int) -> None:
    """A second feed, or a second address, with an article that is kept already."""
    with store.write() as db:
        row = db.execute("SELECT verdict, reason FROM articles WHERE id = ?", [article]).fetchone()
        _link(db, item.id, article, Verdict(row["verdict"]), row["reason"])


def _link(db: Any, entry: int, article: int, verdict: Verdict, reason: str | None) -> None:
    readable = verdict in (Verdict.GOOD, Verdict.THIN)
    db.execute(
        "UPDATE entries SET state = ?, reason = ?, article = ?, retry_at = NULL WHERE id = ?",
        [EntryState.KEPT if readable else EntryState.SKIPPED, reason, article, entry],
    )


def keep_article(
    store: Store, item: Waiting, article: Article, *, rules: Rules, now: datetime
) -> str:
    """Commit B; gives `kept`, `linked` when nothing is new, or `revised` when the text changed.

    An address that shows its article again keeps its id, its first publication time and every
    text it has shown.
    """
    with store.write() as db:
        outlet = name_outlet(store, article.outlet)
        row = db.execute(
            "SELECT id, title, text, verdict FROM articles WHERE url_key = ?", [article.url_key]
        ).fetchone()
        reason = article.reason or None
        if row is not None:
            _link(db, item.id, row["id"], article.verdict, reason)
            if (row["title"], row["text"]) == (article.title, article.text):
                return "linked"
            if row["verdict"] == Verdict.GOOD and article.verdict is not Verdict.GOOD:
                return "linked"  # a wall that stands before the text today takes nothing away
            prints.forget(db, row["id"])
            _update(db, row["id"], article, now)
            result, article_id = "revised", int(row["id"])
        else:
            article_id = _insert(db, article, outlet, item, now)
            _link(db, item.id, article_id, article.verdict, reason)
            result = "kept"
        _keep_revision(db, article_id, article, now)
        _keep_credits(db, article_id, article)
        if article.verdict is Verdict.GOOD:
            prints.keep_sentences(db, article_id, outlet, article.text, rules=rules)
        prints.make(db, article_id, rules=rules)
        return result


def _columns(article: Article, now: datetime) -> dict[str, Any]:
    return {
        "title": article.title,
        "language": article.language,
        "verdict": article.verdict,
        "words": article.words,
        "reason": article.reason or None,
        "authors": json.dumps(article.authors, ensure_ascii=False),
        "section": article.section,
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
        "published_at": stamp(article.published_at) if article.published_at else seen,
        "time_source": article.time_source,
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


def _keep_revision(db: Any, article_id: int, article: Article, now: datetime) -> None:
    digest = hashlib.blake2b(
        f"{article.title}\n{article.text}".encode("utf-8", "replace"), digest_size=12
    ).hexdigest()
    db.execute(
        "INSERT INTO revisions (article, seen_at, title, digest, text) VALUES (?, ?, ?, ?, ?)",
        [article_id, stamp(now), article.title, digest, article.text],
    )


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
