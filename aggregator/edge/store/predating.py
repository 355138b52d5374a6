"""Takes an older capture of an article whose later reading is kept: when it was seen, what it said.

The newest good text goes on deciding what the article is; an archive adds what came before it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aggregator.core import changelog
from aggregator.core.revision import Reading, Revised, compare, reading_of
from aggregator.core.rules import Rules
from aggregator.core.times import moment, stamp
from aggregator.edge.store import keeping, prints, signing, templates
from aggregator.edge.store.door import Store
from aggregator.edge.store.linking import READABLE, link
from aggregator.edge.store.telling import note_change
from aggregator.edge.store.timing import time_columns
from aggregator.edge.store.waiting import Waiting
from aggregator.model import Article, RevisionKind, Verdict


def keep_older(
    store: Store,
    item: Waiting,
    known: int,
    article: Article,
    *,
    rules: Rules,
    at: datetime,
    now: datetime,
) -> str:
    """Keep what a page showed at `at`, before the reading that is kept; `revised` or `linked`.

    A capture is a sight like any other: the article was first seen then, and cannot have been
    published after it. Another text is kept as a version in its place among the others. Where no
    later reading gave a good text, this one is the newest good text, and the article shows it.
    """
    with store.write() as db:
        row = db.execute("SELECT * FROM articles WHERE id = ?", [known]).fetchone()
        if row["pruned_at"]:  # there is nothing left to hold it against
            link(db, item, known, Verdict(row["verdict"]), row["reason"])
            return "linked"
        moved = _set_back(db, row, article, item, at)
        if _is_better(article.verdict, Verdict(row["verdict"])):
            result = keeping.keep_article(store, item, article, rules=rules, now=at)
        else:
            link(db, item, known, Verdict(row["verdict"]), row["reason"])
            added = article.verdict in READABLE and _add_version(db, row, article, at, rules)
            result = "revised" if added else "linked"
        if moved:
            prints.forget(db, known)
            signing.make(db, known, rules=rules)
        if moved or result == "revised":
            note_change(db, row["cluster"], now=now)
        return result


def _is_better(older: Verdict, newer: Verdict) -> bool:
    if newer not in READABLE:
        return older in READABLE
    return newer is not Verdict.GOOD and older is Verdict.GOOD


def _set_back(db: Any, row: Any, article: Article, item: Waiting, at: datetime) -> bool:
    """Move first sight back to `at`, and the time of publication where this sight shows it earlier.

    A capture after the first sight says nothing of either.
    """
    if at >= moment(row["first_seen_at"]):
        return False
    columns: dict[str, Any] = {"first_seen_at": stamp(at)}
    settled = time_columns(db, article, item)
    if settled["published_at"] < row["published_at"]:
        columns |= settled
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    db.execute(f"UPDATE articles SET {sets} WHERE id = :id", columns | {"id": row["id"]})  # noqa: S608
    return True


def _add_version(db: Any, row: Any, article: Article, at: datetime, rules: Rules) -> bool:
    """Put a text among the versions by its time; False where a neighbour says the same.

    Who wrote a version is kept of the newest alone, so nothing is said of a change in that.
    """
    versions = db.execute(
        "SELECT id, seen_at, title, text FROM revisions WHERE article = ? ORDER BY seen_at, id",
        [row["id"]],
    ).fetchall()
    before = [version for version in versions if version["seen_at"] <= stamp(at)]
    after = versions[len(before) :]
    here = reading_of(article)

    def changes(earlier: Reading, later: Reading) -> Revised | None:
        known = templates.templates_of(db, row["outlet"])
        return compare(earlier, later, agencies=rules.agencies, templates=known)

    made = changes(_beside(here, before[-1]), here) if before else None
    if before and made is None:
        return False
    if after:
        following = changes(here, _beside(here, after[0]))
        if following is None:  # the next version was to be seen then already
            db.execute("UPDATE revisions SET seen_at = ? WHERE id = ?", [stamp(at), after[0]["id"]])
            return False
        db.execute(
            "UPDATE revisions SET kind = ?, rank = ?, summary = ?, changes = ? WHERE id = ?",
            [
                following.kind, following.rank, following.summary,
                changelog.to_json(following.changes), after[0]["id"],
            ],
        )  # fmt: skip
    keeping.keep_revision(db, row["id"], article, made, at)
    return made is None or made.kind is not RevisionKind.TRIVIAL


def _beside(here: Reading, version: Any) -> Reading:
    return Reading(
        title=version["title"], text=version["text"], language=here.language,
        authors=here.authors, agencies=here.agencies,
    )  # fmt: skip
