"""Takes a labelled archive through the real store once, for scripts to measure; decides nothing."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from aggregator.core import evaluate
from aggregator.core.overlap import Body
from aggregator.core.rules import Rules
from aggregator.edge.store import Store, comparing, folding, prints, signing
from aggregator.edge.store.comparing import Bodies
from aggregator.pipeline import evaluating, importing

FAR_PAST = datetime(1, 1, 1, tzinfo=UTC)
Pair = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A labelled archive as the store compares it; articles are named by their ids."""

    rows: tuple[importing.Row, ...]  # in order of publication
    bodies: dict[str, Body]  # of what is compared; keys of bodies are places in `rows`
    holders: dict[str, str]  # who stands for the exact text; of what is compared
    digests: dict[str, str]
    gold: frozenset[Pair]
    ignored: frozenset[Pair]
    proposed: frozenset[Pair]  # holders that the store's own index proposes

    def text_of(self, pair: Pair) -> Pair | None:
        """The holders of a pair; one name when it is one text, None when one is not compared."""
        if any(one not in self.holders for one in pair):
            return None
        return frozenset(self.holders[one] for one in pair)


def read(gold: str | Path, ignore: str | Path | None, *, min_words: int = 50) -> Archive:
    """Import an archive into a database of its own, clean it by all its templates, take it out."""
    rules = Rules()
    rows = sorted(importing.read_rows(gold), key=lambda row: (row.published or FAR_PAST, row.id))
    now = max((row.published for row in rows if row.published), default=FAR_PAST)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "gold.db") as store:
        folding.prepare(store, rules=rules)
        for _ in importing.import_rows(
            store, "gold", iter(rows), rules=rules, now=now, min_words=min_words
        ):
            pass
        with store.write() as db:  # every template is known now
            while waiting := prints.blank(db, limit=1000):
                for article in waiting:
                    signing.make(db, article, rules=rules)
        return _take_out(store, rules, rows, ignore)


def _take_out(
    store: Store, rules: Rules, rows: list[importing.Row], ignore: str | Path | None
) -> Archive:
    db = store.connection
    place = {row.id: at for at, row in enumerate(rows)}
    found = db.execute(
        "SELECT guid, fingerprints.article, coalesce(holder, fingerprints.article) AS text,"
        " fingerprints.digest"
        " FROM entries JOIN fingerprints ON fingerprints.article = entries.article"
        " WHERE gate IS NULL ORDER BY guid"
    ).fetchall()
    names = {row["article"]: row["guid"] for row in found}
    bodies = Bodies(rules)
    proposed = {
        frozenset((names[holder], names[other]))
        for holder in sorted({row["text"] for row in found})
        for other in comparing.candidates(db, holder)
    }
    ignored = evaluating.read_ignored(ignore) if ignore else []
    return Archive(
        rows=tuple(rows),
        bodies={row["guid"]: replace(bodies.whole(db, row["article"]), key=place[row["guid"]])
                for row in found},
        holders={row["guid"]: names[row["text"]] for row in found},
        digests={row["guid"]: row["digest"] for row in found},
        gold=frozenset(evaluate.pairs_of({r.id: r.cluster or f"alone {r.id}" for r in rows})),
        ignored=frozenset(frozenset(pair) for pair in ignored),
        proposed=frozenset(proposed),
    )  # fmt: skip
