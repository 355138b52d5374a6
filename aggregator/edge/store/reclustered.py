"""Writes what an engine found about a whole archive: only what changed, in bounded commits.

Whatever is written but not yet told waits to be compared, so a run that is cut short leaves the
rest to the daemon, which comes to the same stories.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from aggregator.core import fingerprint
from aggregator.core.corrections import Bonds
from aggregator.core.pages import Kept
from aggregator.core.rules import Rules
from aggregator.core.times import stamp
from aggregator.edge.store import prints
from aggregator.edge.store.comparing import keep_pair
from aggregator.edge.store.door import Store
from aggregator.edge.store.keys import Rebuilt, replace_keys
from aggregator.model import Match, MatchVerdict

BATCH = 5000  # rows in one commit
REBUILT_BELOW = 1000  # texts with keys: so few are no archive that is kept up to date
Item = TypeVar("Item")


def note_due(db: Any) -> None:
    """Note in the caller's commit that articles wait which only a run over all can compare."""
    db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('recluster', 'due')")


def is_due(store: Store) -> bool:
    """Whether such articles wait."""
    return bool(store.query("SELECT 1 FROM meta WHERE name = 'recluster'"))


def note_done(store: Store, rules: Rules) -> None:
    """Nothing waits any more, and all of it is decided by these rules."""
    with store.write() as db:
        db.execute("DELETE FROM meta WHERE name = 'recluster'")
        db.executemany(
            "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)",
            [("rules", rules.to_json()), ("rules in words", rules.thresholds.describe())],
        )


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def keep_templates(store: Store, found: Mapping[tuple[int, int], str]) -> None:
    """Make the templates of all outlets those found, by outlet and key."""
    with store.write() as db:
        known = {(row[0], row[1]) for row in db.execute("SELECT outlet, key FROM templates")}
        db.executemany(
            "DELETE FROM templates WHERE outlet = ? AND key = ?", sorted(known - set(found))
        )
        db.executemany(
            "INSERT INTO templates (outlet, key, sentence) VALUES (?, ?, ?)",
            [(*one, found[one][:1000]) for one in sorted(set(found) - known)],
        )


def keep_prints(store: Store, found: Iterable[Kept], *, rules: Rules) -> set[int]:
    """Store prints that differ from what stands; gives the articles that wait by that.

    Where most of them are new, all keys are written anew at the end, in the order of their tables.
    """
    recipe = prints.recipe(rules)
    touched: set[int] = set()
    with store.snapshot() as db:
        standing = db.execute("SELECT count(*) FROM bands WHERE band = 0").fetchone()[0]
    rebuilt = Rebuilt() if standing < REBUILT_BELOW else None
    for batch in _batches(found, BATCH):
        with store.write() as db:
            rows = db.execute(
                "SELECT article, holder, shingles, gate, recipe, digest, first_at, last_at,"
                " dropped, signature IS NULL AS bare, samples IS NULL, clustered FROM fingerprints"
                " WHERE article BETWEEN ? AND ?",
                [batch[0].article, batch[-1].article],
            )
            known = {row["article"]: row for row in rows}
            changed = [one for one in batch if not _is_known(known.get(one.article), one, recipe)]
            _write_prints(db, changed, recipe)
            if rebuilt is None:
                replace_keys(db, changed)
            else:
                for one in batch:
                    rebuilt.add(one)
            touched |= {one.article for one in changed}
            touched |= {article for article, row in known.items() if not row["clustered"]}
    if rebuilt is not None and touched:
        rebuilt.write(store)
    return touched


def _seconds(at: int) -> str:
    return stamp(datetime.fromtimestamp(at, UTC))


def _is_known(row: Any, one: Kept, recipe: str) -> bool:
    return row is not None and tuple(row)[1:11] == (
        one.holder, one.shingles, one.gate, recipe, one.digest, _seconds(one.first_at),
        _seconds(one.last_at), one.dropped, *[int(one.signature is None)] * 2,
    )  # fmt: skip


def _write_prints(db: Any, changed: Sequence[Kept], recipe: str) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO fingerprints (article, outlet, holder, shingles, gate, recipe,"
        " digest, first_at, last_at, dropped, signature, samples, clustered)"
        " VALUES (?, (SELECT outlet FROM articles WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        [
            (
                one.article, one.article, one.holder, one.shingles, one.gate, recipe, one.digest,
                _seconds(one.first_at), _seconds(one.last_at), one.dropped, one.signature,
                None if one.signature is None else fingerprint.pack_samples(one.samples),
            )
            for one in changed
        ],
    )  # fmt: skip


def settle_pairs(
    found: Iterable[Match], groups: Sequence[Sequence[int]], bonds: Bonds
) -> Iterator[Match]:
    """Pairs as they are stored: a copy that stands in another story says so."""
    story = {article: number for number, group in enumerate(groups) for article in group}
    for pair in found:
        apart = story.get(pair.a) != story.get(pair.b)
        if apart and pair.verdict.merges and not bonds.is_held(pair.a):
            pair = replace(
                pair,
                verdict=MatchVerdict.MERGED,
                reason=f"{pair.reason}; but one of them holds more of another story",
            )
        yield pair


def keep_pairs(
    store: Store, found: Iterable[Match], groups: Sequence[Sequence[int]], bonds: Bonds
) -> set[int]:
    """Make the pairs of texts those found; gives the articles whose pairs changed.

    `found` are of holders; what stands between a copy and its holder is added here.
    """
    with store.snapshot() as db:
        copies = db.execute(
            "SELECT article, holder, shingles FROM fingerprints WHERE holder IS NOT NULL"
        ).fetchall()
    same = [_same(*row) for row in copies]
    wanted = sorted([*settle_pairs(found, groups, bonds), *same], key=lambda pair: (pair.a, pair.b))
    touched: set[int] = set()
    last = (-1, -1)
    for batch in [*_batches(wanted, BATCH), []]:
        end = (batch[-1].a, batch[-1].b) if batch else (1 << 62, 0)
        with store.write() as db:
            rows = db.execute(
                "SELECT a, b, verdict, jaccard, a_in_b, b_in_a, shared, reason FROM pairs"
                " WHERE (a, b) > (?, ?) AND (a, b) <= (?, ?)"
                # What is pruned stays as it was decided.
                " AND NOT EXISTS (SELECT 1 FROM articles WHERE id IN (a, b)"
                " AND pruned_at IS NOT NULL)",
                [*last, *end],
            )
            known = {(row["a"], row["b"]): tuple(row) for row in rows}
            changed = [pair for pair in batch if known.pop((pair.a, pair.b), None) != _row(pair)]
            db.executemany("DELETE FROM pairs WHERE a = ? AND b = ?", sorted(known))
            for pair in changed:
                keep_pair(db, pair)
            moved = {one for pair in changed for one in (pair.a, pair.b)}
            moved |= {one for pair in known for one in pair}
            db.executemany(
                "UPDATE fingerprints SET clustered = 0 WHERE article = ? AND clustered = 1",
                [(one,) for one in sorted(moved)],
            )
        touched |= moved
        last = end
    return touched


def _row(pair: Match) -> tuple[Any, ...]:
    return (
        pair.a, pair.b, pair.verdict, round(pair.jaccard, 4), round(pair.a_in_b, 4),
        round(pair.b_in_a, 4), pair.shared, pair.reason,
    )  # fmt: skip


def _same(article: int, holder: int, shingles: int) -> Match:
    return Match(
        a=min(article, holder), b=max(article, holder), jaccard=1.0, a_in_b=1.0, b_in_a=1.0,
        shared=shingles, verdict=MatchVerdict.SAME, reason="the same text, word for word",
    )  # fmt: skip
