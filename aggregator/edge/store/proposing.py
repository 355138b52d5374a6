"""Proposes candidates from memory where that pays, else leaves it to the tables; decides nothing.

The rows are the truth. What is held in memory follows them by the numbers of `changed_prints`,
which every change of a fingerprint leaves in the same commit, whoever makes it; it is asked only
after it has read all numbers, and made anew when they do not go on from where it stood.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from aggregator.core import entries, fingerprint, hotindex
from aggregator.core.hotindex import HotIndex
from aggregator.core.keys import Keys
from aggregator.edge.store import comparing

# Measured on a busy machine: the tables take about a millisecond to answer for one article,
# memory 2 ms for a batch and 20 us for each article of it.
FEW = 4  # articles: fewer at once are asked of the tables
# Reading the rows into memory costs some 8 us a text. So it has paid for itself when one in 50
# of all texts has been asked for, and until then as much again was lost at most.
ONE_IN = 50
MOST_TEXTS = entries.MOST_ROWS // 2  # room for each to be made again
_READ = 4096  # rows at a time
_SIGNATURE = 4 * fingerprint.PERMUTATIONS  # bytes


class Proposer:
    """Candidates of waiting articles. Keep one for as long as the program clusters."""

    def __init__(self, *, always: bool = False) -> None:
        """A proposer that has read nothing yet; `always` reads at once, whether it pays or not."""
        self.always = always
        self._asked = 0
        self._index: HotIndex | None = None
        self._number = 0  # of the last change that is known

    @property
    def nbytes(self) -> int:
        """Bytes that what is held in memory takes."""
        return self._index.nbytes if self._index is not None else 0

    def propose(self, db: Any, articles: Sequence[int]) -> dict[int, list[int]] | None:
        """The candidates of each, in order of id; None when the tables have to be asked.

        To be called in a transaction that has changed nothing yet: what a rollback could take
        back must not be learnt.
        """
        self._asked += len(articles)
        if len(articles) < FEW and not self.always:
            return None
        index, number = self._index, self._number
        self._index = None  # an error below leaves nothing half learnt
        last = db.execute("SELECT coalesce(max(number), 0) FROM changed_prints").fetchone()[0]
        if index is None or last < number or not index.has_room(last - number):
            index = None  # before the next is made: of a million texts each takes 300 MB
            if not self._pays(db):
                return None
            index, number = _read(db), last
        found = _follow(db, index, number, articles)
        self._index, self._number = index, last
        return found

    def _pays(self, db: Any) -> bool:
        texts = db.execute("SELECT coalesce(max(article), 0) FROM fingerprints").fetchone()[0]
        if texts > MOST_TEXTS:  # many ids may be pruned
            texts = db.execute("SELECT count(*) FROM fingerprints").fetchone()[0]
        return bool(texts <= MOST_TEXTS and (self.always or texts <= self._asked * ONE_IN))


def _read(db: Any) -> HotIndex:
    """An index of all stored texts; the newest are hot."""
    texts = db.execute("SELECT count(*) FROM fingerprints").fetchone()[0]
    newest = db.execute(
        "SELECT article FROM fingerprints WHERE signature IS NOT NULL"
        " ORDER BY article DESC LIMIT 1 OFFSET ?",
        [hotindex.HOT],
    ).fetchone()
    index = HotIndex(texts)
    index.load((_columns(rows) for rows in _stored(db)), hot=newest[0] if newest else 0)
    return index


def _follow(db: Any, index: HotIndex, number: int, articles: Sequence[int]) -> dict[int, list[int]]:
    """Learn what changed since a number, then propose; those asked for are learnt last."""
    asked, lookup = set(articles), partial(comparing.holders, db)
    late: list[Any] = []
    changes = db.execute(
        "SELECT changed_prints.article, shingles, signature, samples FROM changed_prints"
        " LEFT JOIN fingerprints USING (article) WHERE number > ? ORDER BY number",
        [number],
    )
    while rows := changes.fetchmany(_READ):
        index.remove([row[0] for row in rows])
        held = [row for row in rows if row["signature"] is not None]
        late += [row for row in held if row[0] in asked]
        index.add(*_columns(_with_samples(db, [row for row in held if row[0] not in asked])))
    found: dict[int, list[int]] = {article: [] for article in articles}
    found |= index.add_asking(*_columns(_with_samples(db, late)), lookup)
    known = sorted(asked.difference(row[0] for row in late))
    for rows in _stored(db, known):
        numbers, _, keys = _columns(rows)
        found |= index.ask(numbers, keys, lookup)
    return found


def _stored(db: Any, articles: Sequence[int] | None = None) -> Iterator[list[Any]]:
    """Batches of (article, shingles, signature, samples): of all that have keys, or of some."""
    among = "" if articles is None else " AND article IN (SELECT value FROM json_each(:some))"
    rows = db.execute(
        "SELECT article, shingles, signature, samples FROM fingerprints"  # noqa: S608  ours
        f" WHERE signature IS NOT NULL{among} ORDER BY article",
        {} if articles is None else {"some": json.dumps(articles)},
    )
    while batch := rows.fetchmany(_READ):
        yield _with_samples(db, batch)


def _with_samples(db: Any, rows: Sequence[Any]) -> list[Any]:
    """Rows with the samples of those whose writer kept them in their own table alone."""
    found = []
    for row in rows:
        samples = row["samples"]
        if samples is None:
            keys = db.execute("SELECT key FROM samples WHERE article = ?", [row["article"]])
            samples = fingerprint.pack_samples([key[0] for key in keys])
        if len(row["signature"]) == _SIGNATURE:  # else of another recipe, and due to be forgotten
            found.append((row["article"], row["shingles"], row["signature"], samples))
    return found


def _columns(rows: Sequence[Any]) -> tuple[list[int], list[int], Keys]:
    articles, sizes, signatures, samples = zip(*rows, strict=True) if rows else ((), (), (), ())
    return list(articles), list(sizes), Keys(signatures, samples)
