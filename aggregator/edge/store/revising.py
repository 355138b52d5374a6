"""Commit B once more: what a visit to a known article's page brought, and the next visit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aggregator.core.revisiting import Timetable
from aggregator.core.rules import Rules
from aggregator.edge.store import keeping, visits
from aggregator.edge.store.door import Store
from aggregator.edge.store.visits import Visit
from aggregator.model import Article, PageState


def keep_visit(
    store: Store,
    visit: Visit,
    article: Article | None,
    *,
    rules: Rules,
    now: datetime,
    timetable: Timetable,
) -> tuple[str, str]:
    """Keep what a page showed; `article` is None when its server said that nothing changed.

    Gives `revised` with what changed, `unchanged`, or what the page has become with the reason.
    The text that was kept before stays whatever the page has become.
    """
    with store.write() as db:
        if _is_stale(db, visit):  # an older answer must not take a newer one's place
            _settle(db, visit, timetable, quiet=0, now=now, validators=None)
            return "unchanged", "it was read in the meantime"
        if article is None:
            _settle(db, visit, timetable, quiet=visit.quiet + 1, now=now, validators=None)
            return "unchanged", ""
        taken = keeping.take(db, visit.article, article, rules=rules, now=now, paged=True)
        there = taken.state is PageState.THERE
        visits.note(db, visit.article, taken.state, taken.note, now=now)
        quiet = 0 if taken.revised else visit.quiet + 1
        # The validators of a wall would say for ever that the wall has not changed.
        validators = (article.etag, article.last_modified) if there else (None, None)
        _settle(db, visit, timetable, quiet=quiet, now=now, validators=validators)
    if not there:
        return taken.state.value, taken.note
    return ("revised", taken.summary) if taken.revised else ("unchanged", "")


def keep_loss(
    store: Store, visit: Visit, *, reason: str, final: bool, now: datetime, timetable: Timetable
) -> None:
    """The page is gone; `final` says for good, otherwise it may come back and is asked again."""
    with store.write() as db:
        visits.note(db, visit.article, PageState.GONE, reason, now=now)
        quiet = visit.quiet + 1
        due_at = None if final else _next(visit, timetable, quiet, now)
        visits.settle(db, visit, quiet=quiet, due_at=due_at, now=now, validators=(None, None))


def note_loss(store: Store, article: int, reason: str, *, now: datetime) -> None:
    """The page was found gone when its feed had it read again; visits go on as planned."""
    with store.write() as db:
        visits.note(db, article, PageState.GONE, reason, now=now)


def _is_stale(db: Any, visit: Visit) -> bool:
    """Whether another reading changed the article while this one was under way."""
    row = db.execute("SELECT max(id) FROM revisions WHERE article = ?", [visit.article]).fetchone()
    return (row[0] or 0) != visit.revision


def _settle(
    db: Any,
    visit: Visit,
    timetable: Timetable,
    *,
    quiet: int,
    now: datetime,
    validators: tuple[str | None, str | None] | None,
) -> None:
    due_at = _next(visit, timetable, quiet, now)
    visits.settle(db, visit, quiet=quiet, due_at=due_at, now=now, validators=validators)


def _next(visit: Visit, timetable: Timetable, quiet: int, now: datetime) -> datetime | None:
    return timetable.next(born=visit.born, now=now, url_key=visit.url_key, quiet=quiet)
