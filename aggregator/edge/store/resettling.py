"""Gives the stories of a whole archive their ids and tells them anew: those that changed alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from aggregator.core import components
from aggregator.core.overlap import Body
from aggregator.core.rules import Rules
from aggregator.edge.store import naming, telling
from aggregator.edge.store.comparing import Bodies
from aggregator.edge.store.door import Store

STORIES = 2000  # articles whose stories are told in one commit


class Texts(Protocol):
    """Bodies of what an engine compared."""

    def holds(self, article: int) -> bool:
        """Whether an article is among them."""

    def get(self, db: Any, article: int) -> Body:
        """The body of an article."""


class _Bodies(Bodies):
    """Bodies from the engine where it has them, else from the database."""

    def __init__(self, rules: Rules, texts: Texts | None) -> None:
        super().__init__(rules)
        self._known = texts

    def get(self, db: Any, article: int) -> Body:
        if self._known is not None and self._known.holds(article):
            return self._known.get(db, article)
        return super().get(db, article)


def keep_stories(
    store: Store,
    groups: Sequence[Sequence[int]],
    touched: set[int],
    texts: Texts | None,
    *,
    rules: Rules,
    now: datetime,
    tell: Callable[[str, int, int], None],
) -> int:
    """Give changed stories their ids and tell them; gives how many.

    An id goes with most of its members, as when the daemon folds. Stories that have or had an
    article in common are settled in one commit.
    """
    bodies, written, done = _Bodies(rules, texts), 0, 0
    for articles, some in _settlings(store, groups, touched):
        with store.write() as db:
            _, kept = naming.assign(db, articles, some, now=now, remembered={})
            telling.tell_stories(db, bodies, kept, now=now)
            db.executemany(
                "UPDATE fingerprints SET clustered = 1 WHERE article = ?",
                [(article,) for article in articles],
            )
        written += len(kept)
        done += len(articles)
        tell("write stories", done, len(touched))
    return written


def _settlings(
    store: Store, groups: Sequence[Sequence[int]], touched: set[int]
) -> Iterator[tuple[list[int], list[list[int]]]]:
    """Articles with all groups that they make, as many as one commit takes."""
    with store.snapshot() as db:
        old = dict(
            db.execute(
                "SELECT id, cluster FROM articles JOIN fingerprints ON article = id"
                " WHERE pruned_at IS NULL"
            ).fetchall()
        )
    of = {article: number for number, group in enumerate(groups) for article in group}
    first: dict[int, int] = {}
    edges = []
    for article, story in old.items():
        if article in of:
            edges.append((article, groups[of[article]][0]))
        if story is not None:
            edges.append((article, first.setdefault(story, article)))
    articles: list[int] = []
    some: list[list[int]] = []
    for settling in components.components(old, edges):
        mine = sorted({of[article] for article in settling if article in of})
        if not touched.isdisjoint(settling) or not _stands(settling, mine, old):
            articles += settling
            some += [list(groups[number]) for number in mine]
        if len(articles) >= STORIES:
            yield sorted(articles), some
            articles, some = [], []
    if articles:
        yield sorted(articles), some


def _stands(settling: Sequence[int], groups: Sequence[int], old: Mapping[int, int | None]) -> bool:
    """Whether articles are in one group and in one story, or in neither."""
    stories = {old[article] for article in settling}
    return len(stories) == 1 and len(groups) == (0 if stories == {None} else 1)
