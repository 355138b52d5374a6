"""One round over what is old: commit by commit, so that no other writer waits for long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from aggregator.core.times import stamp
from aggregator.edge.store import clocks, prunable, pruning
from aggregator.edge.store.door import Store
from aggregator.edge.store.prunable import Place

STEP = 50  # units, or log rows by the thousand, in one commit
STEP_SECONDS = 0.25  # after so long a commit is ended, whatever it holds
_ROWS = 1000
PAGES = 500  # given back to the disk in one commit: 2 MB, which pass through the log


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """How long things stay, in seconds; None for ever."""

    texts: float | None = None
    articles: float | None = None
    logs: float | None = None


@dataclass(slots=True, kw_only=True)
class Pruned:
    """What a round let go, or would let go."""

    stories: int = 0  # with all their articles
    records: int = 0  # of these, stories of which a record is kept
    articles: int = 0
    texts: int = 0  # articles that stay without their text
    entries: int = 0  # that led to no article, emptied
    polls: int = 0
    runs: int = 0
    bytes: int = 0  # of texts
    decided: int = 0  # stories that stay for a person's decision

    def to_dict(self) -> dict[str, int]:
        """One object of `prune --json`."""
        return asdict(self)

    def __bool__(self) -> bool:
        rows = (self.articles, self.texts, self.entries, self.polls, self.runs)
        return any(rows)


class Sweep:
    """One round; `step` does a commit's worth of it and says whether there is more."""

    def __init__(
        self, spans: Spans, *, now: datetime, force: bool = False, dry_run: bool = False
    ) -> None:
        """`force` lets stories go that a person decided on, and the decisions with them."""
        self.done = Pruned()
        self._now, self._force, self._dry_run = now, force, dry_run
        self._counted: set[Place] = set()  # of a dry run: gone whole, so not once more as a text
        self._kept: set[Place] = set()  # for a person's decision
        self._left: list[tuple[Callable[..., bool], dict[str, Any]]] = []
        for whole, span in ((True, spans.articles), (False, spans.texts)):
            if span is not None:
                self._left.append((self._units, {"before": self._before(span), "whole": whole}))
        oldest = [span for span in (spans.texts, spans.articles) if span is not None]
        if oldest:
            self._left.append((self._entries, {"before": self._before(min(oldest))}))
        if spans.logs is not None:
            for table in ("polls", "runs"):
                self._left.append((self._log, {"before": self._before(spans.logs), "table": table}))
        self._place, self._beyond = Place(), 0

    def _before(self, span: float) -> str:
        return stamp(self._now - timedelta(seconds=span))

    def step(self, db: Any) -> bool:
        """The next commit's worth, in the caller's transaction; False when all is done."""
        if self._left:
            work, about = self._left[0]
            if not work(db, **about):
                self._left.pop(0)
                self._place, self._beyond = Place(), 0
        return bool(self._left)

    def _units(self, db: Any, *, before: str, whole: bool) -> bool:
        until = time.monotonic() + STEP_SECONDS
        places = prunable.places(db, before=before, whole=whole, beyond=self._place, limit=STEP)
        for place in places:
            self._place = place
            unit = prunable.unit_at(db, place, before=before, whole=whole)
            if unit is None or place in self._counted:
                continue
            if unit.decided and not self._force:
                self._kept.add(place)
                self.done.decided = len(self._kept)
                continue
            self._let_go(db, place, unit, whole=whole)
            if time.monotonic() > until:
                break
        return bool(places)

    def _let_go(self, db: Any, place: Place, unit: prunable.Unit, *, whole: bool) -> None:
        done = self.done
        done.bytes += prunable.weigh(db, unit)
        if not whole:
            done.texts += len(unit.articles)
            if not self._dry_run:
                if unit.decided:
                    pruning.forget_corrections(db, unit)
                pruning.let_texts_go(db, unit, now=self._now)
            return
        done.articles += len(unit.articles)
        done.stories += unit.story is not None
        if self._dry_run:
            self._counted.add(place)
            done.records += pruning.is_shared(db, unit)
        else:
            done.records += pruning.let_articles_go(db, unit, now=self._now)

    def _entries(self, db: Any, *, before: str) -> bool:
        rows = pruning.strip_entries(
            db, before=before, beyond=self._beyond, limit=_ROWS, dry_run=self._dry_run
        )
        self.done.entries += len(rows)
        self.done.bytes += sum(row["bytes"] for row in rows)
        self._beyond = rows[-1]["id"] if rows else 0
        return bool(rows)

    def _log(self, db: Any, *, before: str, table: str) -> bool:
        ids = pruning.clear_log(
            db, table, before=before, beyond=self._beyond, limit=_ROWS, dry_run=self._dry_run
        )
        setattr(self.done, table, getattr(self.done, table) + len(ids))
        self._beyond = ids[-1] if ids else 0
        return bool(ids)


def sweep(store: Store, round_: Sweep, *, is_stopped: Callable[[], bool]) -> Iterator[Pruned]:
    """Do a round, a commit at a time; between two of them others write for as long as it took."""
    more = True
    while more and not is_stopped():
        begun = time.monotonic()
        with store.write() as db:
            more = round_.step(db)
        yield round_.done
        time.sleep(min(time.monotonic() - begun, 1.0))


def note_round(store: Store, *, now: datetime) -> None:
    """Remember that a round ended."""
    with store.write() as db:
        db.execute(
            "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", [clocks.PRUNED, stamp(now)]
        )


def give_back(
    store: Store, *, leave: float = 0.0, is_stopped: Callable[[], bool] = lambda: False
) -> int:
    """Give free pages back to the disk, but for a share of the file; gives the bytes.

    What is left is used again before the file grows. A file made without incremental vacuum
    gives nothing back: only VACUUM makes it smaller.
    """
    size = store.query("PRAGMA page_size")[0][0]
    before = store.query("PRAGMA page_count")[0][0]
    while not is_stopped():
        free = store.query("PRAGMA freelist_count")[0][0]
        pages = store.query("PRAGMA page_count")[0][0]
        if (surplus := free - int(leave * pages)) <= 0:
            break
        with store.write() as db:
            # Each step of the statement gives one page back.
            db.execute(f"PRAGMA incremental_vacuum({min(surplus, PAGES)})").fetchall()
        if store.query("PRAGMA page_count")[0][0] == pages:
            break
        time.sleep(0.01)
    return int((before - store.query("PRAGMA page_count")[0][0]) * size)
