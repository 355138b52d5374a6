"""Makes the fingerprint of an article, its keys, or the reason why it is not compared.

The decisions are those of `core.fingerprint` and `core.titles`; this room only fetches and stores.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from aggregator.core import clean, fingerprint, telling, text, titles
from aggregator.core.rules import Rules
from aggregator.edge.store.prints import SHOWN_UNDER_MANY, forget, recipe
from aggregator.edge.store.templates import cleaned
from aggregator.model import Fingerprint, Verdict


@lru_cache(maxsize=256)  # about 30 kB each; a text that many outlets run is signed once
def _sign(tokens: tuple[str, ...], sentences: tuple[str, ...]) -> Fingerprint:
    return fingerprint.fingerprint_tokens(list(tokens), telling.find(sentences))


def make(db: Any, article: int, *, rules: Rules) -> None:
    """Fingerprint and band keys of one article that has none.

    Articles with exactly the same cleaned text share one holder, which alone has band keys: a
    text that ran a thousand times is looked up and compared once.
    """
    row = db.execute(
        "SELECT verdict, outlet, published_at FROM articles WHERE id = ?", [article]
    ).fetchone()
    if row["verdict"] != Verdict.GOOD:
        return
    story = cleaned(db, article, rules=rules)
    made = _sign(story.tokens, story.sentences)
    gate, holder = _gate(made.shingles, story, rules), None
    if gate is None and _is_wall(db, article, made.digest, recipe(rules)):
        gate = SHOWN_UNDER_MANY
    if gate is None:
        holder = _join(db, article, made.digest, recipe(rules))
    db.execute(
        "INSERT OR REPLACE INTO fingerprints (article, outlet, holder, shingles, gate, recipe,"
        " digest, first_at, last_at, dropped, signature, samples)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            article, row["outlet"], holder, made.shingles, gate, recipe(rules), made.digest,
            row["published_at"], row["published_at"],
            json.dumps(story.dropped, ensure_ascii=False),
            None if holder or gate else made.signature,
            None if holder or gate else fingerprint.pack_samples(made.samples),
        ],
    )  # fmt: skip
    if gate is None and holder is None:
        db.executemany(
            "INSERT INTO bands (band, key, article) VALUES (?, ?, ?)",
            [(band, key, article) for band, key in enumerate(made.bands)],
        )
        db.executemany(
            "INSERT INTO samples (key, article) VALUES (?, ?)",
            [(key, article) for key in made.samples],
        )


def _gate(shingles: int, story: clean.Cleaned, rules: Rules) -> str | None:
    if shingles >= rules.thresholds.min_shingles:
        return None
    if story.dropped:
        return f"{shingles} shingles besides {len(story.dropped)} sentences the outlet repeats"
    return f"{shingles} shingles: too short to compare"


def _is_wall(db: Any, article: int, digest: str, wanted: str) -> bool:
    """Whether the outlet shows this exact text under a title that has nothing to do with it.

    Two such pages are enough, and neither is a story then. The other page is looked at again.
    """
    mine = db.execute(
        "SELECT outlet, title, listed_title FROM articles WHERE id = ?", [article]
    ).fetchone()
    others = db.execute(
        "SELECT articles.id, title, listed_title, gate FROM fingerprints"
        " JOIN articles ON articles.id = fingerprints.article WHERE digest = ? AND recipe = ?"
        " AND fingerprints.outlet = ? AND articles.id <> ? ORDER BY articles.id LIMIT 50",
        [digest, wanted, mine["outlet"], article],
    ).fetchall()
    if not others:
        return False
    body = db.execute("SELECT text FROM articles WHERE id = ?", [article]).fetchone()[0]
    words = frozenset(text.tokens(body))

    def named(row: Any) -> frozenset[str]:
        return titles.words_of(row["listed_title"] or row["title"])

    def unlike(row: Any) -> bool:
        if titles.agree(named(mine), named(row)):
            return False
        return not (titles.is_told(named(mine), words) and titles.is_told(named(row), words))

    found = [row for row in others if unlike(row)]
    for row in found:
        if row["gate"] is None:
            forget(db, row["id"])
    return bool(found)


def _join(db: Any, article: int, digest: str, wanted: str) -> int | None:
    """The holder of this exact text, which now stands for one more; None when there is none yet.

    A wider span of time may let in pairs that were too far apart, and a second outlet lifts the
    stricter rule for one outlet's own pages: then the holder is compared again.
    """
    row = db.execute(
        "SELECT article, first_at, last_at, outlet FROM fingerprints WHERE digest = ?"
        " AND recipe = ? AND holder IS NULL AND gate IS NULL AND article <> ? LIMIT 1",
        [digest, wanted, article],
    ).fetchone()
    if row is None:
        return None
    mine = db.execute(
        "SELECT published_at, outlet FROM articles WHERE id = ?", [article]
    ).fetchone()
    first = min(row["first_at"], mine["published_at"])
    last = max(row["last_at"], mine["published_at"])
    others = db.execute(
        "SELECT 1 FROM fingerprints WHERE digest = :digest AND outlet < :outlet UNION ALL"
        " SELECT 1 FROM fingerprints WHERE digest = :digest AND outlet > :outlet LIMIT 1",
        {"digest": digest, "outlet": row["outlet"]},
    ).fetchone()
    second = mine["outlet"] != row["outlet"] and others is None
    if second or (first, last) != (row["first_at"], row["last_at"]):
        db.execute(
            "UPDATE fingerprints SET first_at = ?, last_at = ?, clustered = 0 WHERE article = ?",
            [first, last, row["article"]],
        )
    return int(row["article"])
