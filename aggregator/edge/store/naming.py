"""Gives stories their permanent ids and closes those that went elsewhere; decides no likeness."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aggregator.core.times import stamp
from aggregator.edge.store.telling import retire
from aggregator.errors import UsageError
from aggregator.model import Role


def assign(
    db: Any,
    articles: list[int],
    groups: list[list[int]],
    *,
    now: datetime,
    remembered: Mapping[int, int],
) -> tuple[dict[int, int | None], list[int]]:
    """Give each group its permanent id, the oldest that most of its members had.

    An id goes with most of its members, and where they are even with its lead copy. An id whose
    members went to a group with an older id points there by `merged_into`; a group that split off
    gets a new one. No id is used twice. Articles in `remembered` count for the stories named there,
    and nobody else does for those: what a person joined and takes apart again has its ids back,
    however many copies came in between. Gives the story that each article had, and ids by group.
    """
    had: dict[int, int | None] = {
        article: db.execute("SELECT cluster FROM articles WHERE id = ?", [article]).fetchone()[0]
        for article in articles
    }
    place = {article: at for at, group in enumerate(groups) for article in group}
    votes: dict[int, Counter[int]] = {}  # old id -> group -> members that had it
    given_back = set(remembered.values())
    for article, old in had.items():
        if old is not None:
            votes.setdefault(old, Counter())
            if article in place and (article in remembered or old not in given_back):
                votes.setdefault(remembered.get(article, old), Counter())[place[article]] += 1
    owned: dict[int, list[int]] = {}  # group -> old ids
    for old in sorted(votes):
        if votes[old]:
            leads = place.get(_lead(db, old), -1)
            best = max((count, at == leads, -at) for at, count in votes[old].items())
            owned.setdefault(-best[2], []).append(old)
    for article in articles:
        if article not in place:
            _set_apart(db, article)
    kept = []
    for at, group in enumerate(groups):
        ids = owned.get(at) or [
            db.execute(
                "INSERT INTO clusters (title, updated_at) VALUES ('', ?)", [stamp(now)]
            ).lastrowid
        ]
        kept.append(ids[0])
        for article in group:
            if had[article] != ids[0]:
                db.execute("UPDATE articles SET cluster = ? WHERE id = ?", [ids[0], article])
        for merged in ids[1:]:
            retire(db, merged, into=ids[0], now=now)
    for old in votes:
        if not votes[old]:  # all its members stand outside all stories now, or were given back
            went = Counter(place[each] for each in had if had[each] == old and each in place)
            into = kept[went.most_common(1)[0][0]] if went else None
            retire(db, old, into=into, now=now)
    return had, kept


def _lead(db: Any, cluster_id: int) -> Any:
    row = db.execute("SELECT lead FROM clusters WHERE id = ?", [cluster_id]).fetchone()
    return row["lead"] if row else None


def _set_apart(db: Any, article: int) -> None:
    """An article that is not compared any more stands outside every story."""
    db.execute(
        "UPDATE articles SET cluster = NULL, relation = NULL, copied = NULL, kept = NULL,"
        " carried = NULL, shared = NULL, wire = NULL WHERE id = ?",
        [article],
    )
    db.execute("DELETE FROM credits WHERE article = ? AND role = ?", [article, Role.INFERRED])
    db.execute("DELETE FROM parents WHERE article = ?", [article])


def redirects(db: Any, articles: Sequence[int]) -> dict[int, int]:
    """Older ids that lead to the stories of these articles, each with the story."""
    rows = db.execute(
        "SELECT id, merged_into FROM clusters WHERE merged_into IN (SELECT cluster FROM articles"
        " WHERE id IN (SELECT value FROM json_each(?)))",
        [json.dumps(list(articles))],
    )
    return {row[0]: row[1] for row in rows}


def redirect_again(db: Any, known: Mapping[str, int]) -> None:
    """Older ids lead where they led before a merge, if that is a story again."""
    db.executemany(
        "UPDATE clusters SET merged_into = :story WHERE id = :id AND merged_into IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM articles WHERE cluster = :story)",
        [{"id": int(old), "story": story} for old, story in known.items()],
    )


def given_back(db: Any, correction: int) -> dict[int, int]:
    """The stories that articles of a correction stood in, unless they have left them since."""
    rows = db.execute(
        "SELECT corrected_articles.article, clusters.id FROM corrected_articles"
        " JOIN articles ON articles.id = corrected_articles.article"
        " JOIN clusters ON clusters.id = corrected_articles.cluster"
        " WHERE correction = ? AND articles.cluster IN (clusters.id, clusters.merged_into)",
        [correction],
    )
    return {row[0]: row[1] for row in rows}


def find_story(db: Any, number: int) -> int:
    """The id that a story has now; UsageError when it is not there or holds nothing."""
    row = db.execute(
        "SELECT coalesce(merged_into, id) FROM clusters WHERE id = ?", [number]
    ).fetchone()
    if row is None or not members(db, row[0]):
        raise UsageError(f"story {number}", "not in this database", hint="aggregator report")
    return int(row[0])


def story_of(db: Any, article: int) -> int | None:
    """The story an article stands in, if it stands in one."""
    row = db.execute("SELECT cluster FROM articles WHERE id = ?", [article]).fetchone()
    return row[0] if row else None


def members(db: Any, story: int) -> list[int]:
    """The articles of a story, by id."""
    rows = db.execute("SELECT id FROM articles WHERE cluster = ? ORDER BY id", [story])
    return [row[0] for row in rows]
