"""Keeps a person's decisions and folds what they touch at once, in one commit or not at all.

Each function gives what changed. With `dry_run` all of it is done and rolled back. A decision that
contradicts one in force is refused; what it may contradict and why is said in `core.corrections`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aggregator.core import corrected, corrections
from aggregator.core.corrected import Standing
from aggregator.core.rules import Rules
from aggregator.core.times import stamp
from aggregator.core.wording import listing, one_line
from aggregator.edge.store import bonds, folding, naming
from aggregator.edge.store.comparing import Bodies
from aggregator.edge.store.door import Store
from aggregator.errors import UsageError
from aggregator.model import Correction, CorrectionKind

NOTE_MOST = 1000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision made, or taken back, and what that does to the stories, one line each."""

    correction: Correction
    changes: tuple[str, ...]


class _Rehearsed(Exception):
    """Rolls a rehearsal back."""


def merge(
    store: Store, stories: Sequence[int], *, now: datetime, note: str = "", dry_run: bool = False
) -> Decided:
    """Make one story of several: their articles stand together from now on.

    Raises UsageError for a story that is not there, for fewer than two, and for a contradiction.
    """

    def parts(db: Any) -> list[list[int]]:
        found = list(dict.fromkeys(naming.find_story(db, story) for story in stories))
        if len(found) < 2:
            told = listing(f"story {story}" for story in dict.fromkeys(stories))
            one = len(set(stories)) < 2
            raise UsageError(told, "a merge needs two" if one else "are one story already")
        return [naming.members(db, story) for story in found]

    return _decide(store, CorrectionKind.MERGE, parts, now=now, note=note, dry_run=dry_run)


def split(
    store: Store, story: int, articles: Sequence[int], *, now: datetime, note: str = "",
    dry_run: bool = False,
) -> Decided:  # fmt: skip
    """Take articles out of a story: they stand together, and with none of the others again.

    Raises UsageError when one is not in the story, none would be left, or for a contradiction.
    """

    def parts(db: Any) -> list[list[int]]:
        wanted = naming.find_story(db, story)
        members = naming.members(db, wanted)
        taken = sorted(set(articles))
        for article in taken:
            if article not in members:
                raise UsageError(
                    f"article {article}", f"not in story {wanted}",
                    hint=f"aggregator report {wanted} --json",
                )  # fmt: skip
        left = [article for article in members if article not in set(taken)]
        if not left:
            raise UsageError(f"story {wanted}", "no article would be left in it")
        return [taken, left]

    return _decide(store, CorrectionKind.SPLIT, parts, now=now, note=note, dry_run=dry_run)


def pin(
    store: Store, article: int, *, now: datetime, note: str = "", dry_run: bool = False
) -> Decided:
    """Make an article the lead copy of the story it stands in, now and later.

    Where several of a story are pinned the newest decision holds. Raises UsageError when the
    article stands in no story, or is pinned already.
    """

    def parts(db: Any) -> list[list[int]]:
        if naming.story_of(db, article) is None:
            raise UsageError(f"article {article}", "stands in no story")
        story = bonds.pinned(db, naming.story_of(db, article) or 0)
        if story.get(article, 0) and story[article] == max(story.values()):
            raise UsageError(
                f"article {article}", f"is pinned already, correction {story[article]}"
            )
        return [[article]]

    return _decide(store, CorrectionKind.PIN, parts, now=now, note=note, dry_run=dry_run)


def part(
    store: Store, article: int, other: int, *, now: datetime, note: str = "", dry_run: bool = False
) -> Decided:
    """Say that an article is no copy of another: they never stand in one story, however alike.

    Raises UsageError when they are the same article, and for a contradiction.
    """
    if article == other:
        raise UsageError(f"article {article}", "the same article twice")
    return _decide(
        store, CorrectionKind.NOT_A_COPY, lambda db: [[article], [other]], now=now, note=note,
        dry_run=dry_run,
    )  # fmt: skip


def undo(store: Store, number: int, *, now: datetime, dry_run: bool = False) -> Decided:
    """Take a decision back; what it did to stories is undone, and they have their ids again.

    Raises UsageError when there is no such correction, or it is undone already.
    """

    def work(db: Any) -> Decided:
        row = db.execute("SELECT * FROM corrections WHERE id = ?", [number]).fetchone()
        if row is None:
            raise UsageError(
                f"correction {number}", "not in this database", hint="aggregator corrections"
            )
        if row["undone_at"]:
            raise UsageError(f"correction {number}", f"undone already, {row['undone_at']}")
        (correction,) = (each for each in bonds.in_force(db) if each.id == number)
        db.execute("UPDATE corrections SET undone_at = ? WHERE id = ?", [stamp(now), number])
        changes = _refold(db, correction, now, naming.given_back(db, number))
        naming.redirect_again(db, json.loads(row["redirects"]))
        return Decided(correction=correction, changes=changes)

    return _commit(store, work, dry_run=dry_run)


def _commit(store: Store, work: Callable[[Any], Decided], *, dry_run: bool) -> Decided:
    """Do the work in one commit, or in none."""
    done: list[Decided] = []
    try:
        with store.write() as db:
            done.append(work(db))
            if dry_run:
                raise _Rehearsed
    except _Rehearsed:
        pass
    return done[0]


def _decide(
    store: Store, kind: CorrectionKind, parts: Callable[[Any], list[list[int]]], *,
    now: datetime, note: str, dry_run: bool,
) -> Decided:  # fmt: skip
    reason = one_line(note)
    if len(reason) > NOTE_MOST:
        raise UsageError("note", f"over {NOTE_MOST:,} characters")

    def work(db: Any) -> Decided:
        correction = _keep(db, kind, parts(db), reason, now)
        return Decided(correction=correction, changes=_refold(db, correction, now, {}))

    return _commit(store, work, dry_run=dry_run)


def _keep(
    db: Any, kind: CorrectionKind, parts: list[list[int]], note: str, now: datetime
) -> Correction:
    """The row of a decision that contradicts none in force."""
    number = db.execute(
        "INSERT INTO corrections (kind, article, other, note, made_at, redirects)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            kind, parts[0][0], parts[1][0] if len(parts) > 1 else None, note, stamp(now),
            json.dumps(naming.redirects(db, [each[0] for each in parts])),
        ],
    ).lastrowid  # fmt: skip
    correction = Correction(
        id=number, kind=kind, parts=tuple(map(tuple, parts)), note=note,
        made_at=now.replace(microsecond=0),
    )  # fmt: skip
    if found := corrections.clash(bonds.in_force(db), correction):
        raise UsageError(
            f"articles {found.a} and {found.b}", corrected.refusal(found),
            hint=f"aggregator undo {found.by[-1].id}",
        )  # fmt: skip
    db.executemany(
        "INSERT INTO corrected_articles (correction, article, part, cluster)"
        " SELECT ?, id, ?, cluster FROM articles WHERE id = ?",
        [(number, at, one) for at, articles in enumerate(parts, 1) for one in articles],
    )
    return correction


def _refold(
    db: Any, correction: Correction, now: datetime, remembered: dict[int, int]
) -> tuple[str, ...]:
    """Fold anew what a correction is about; gives the changes in words."""
    articles = [article for part in correction.parts for article in part]
    pruned = db.execute(
        "SELECT id, pruned_at FROM articles WHERE pruned_at IS NOT NULL"
        " AND id IN (SELECT value FROM json_each(?)) LIMIT 1",
        [json.dumps(articles)],
    ).fetchone()
    if pruned:  # what is not compared any more stays where it stands
        raise UsageError(f"article {pruned['id']}", f"its text was pruned, {pruned['pruned_at']}")
    stored = db.execute("SELECT value FROM meta WHERE name = 'rules'").fetchone()
    bodies = Bodies(Rules.from_json(stored[0]) if stored else Rules())
    newest = db.execute("SELECT coalesce(max(id), 0) FROM clusters").fetchone()[0]
    leads = _leads(db, {naming.story_of(db, article) for article in articles})
    moves = folding.refold(db, bodies, articles, now=now, remembered=remembered)
    before, after = ({article: move[at] for article, move in moves.items()} for at in (0, 1))
    was, is_now = _standing(before, leads), _standing(after, _leads(db, set(after.values())))
    again = {story: Standing(articles=frozenset()) for story in is_now if story <= newest}
    return tuple(corrected.changes(again | was, is_now))


def _leads(db: Any, stories: set[int | None]) -> dict[int, int]:
    rows = db.execute(
        "SELECT id, lead FROM clusters WHERE id IN (SELECT value FROM json_each(?))",
        [json.dumps([story for story in stories if story is not None])],
    )
    return {row[0]: row[1] for row in rows}


def _standing(stories: dict[int, int | None], leads: dict[int, int]) -> dict[int, Standing]:
    members: dict[int, set[int]] = {}
    for article, story in stories.items():
        if story is not None:
            members.setdefault(story, set()).add(article)
    return {
        story: Standing(articles=frozenset(articles), lead=leads.get(story))
        for story, articles in members.items()
    }
