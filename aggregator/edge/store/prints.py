"""Keeps what is derived from text: sentences, templates, fingerprints and band keys.

Every row here may be deleted and is made again from the articles. The decisions are those of
`core.template`, `core.clean` and `core.fingerprint`; this room only fetches and stores.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from aggregator.core import clean, credit, fingerprint, letters, telling, template, text, titles
from aggregator.core.agencies import Agencies
from aggregator.core.clean import Sentence
from aggregator.core.rules import Rules
from aggregator.model import Fingerprint, Verdict


@lru_cache(maxsize=1024)  # about 30 kB each; an article is taken apart when kept and when compared
def _apart(body: str, agencies: Agencies) -> tuple[Sentence, ...]:
    return clean.take_apart(credit.strip_credit_lines(body, agencies))


@lru_cache(maxsize=4096)
def _sketch(key: str, title: str, body: str, agencies: Agencies) -> template.PageSketch:
    return template.sketch(key=key, title=title, sentences=_apart(body, agencies))


@lru_cache(maxsize=256)  # about 30 kB each; a text that many outlets run is signed once
def _sign(tokens: tuple[str, ...], sentences: tuple[str, ...]) -> Fingerprint:
    return fingerprint.fingerprint_tokens(list(tokens), telling.find(sentences))


SHOWN_UNDER_MANY = "the outlet shows this text under unrelated titles"


def recipe(rules: Rules) -> str:
    """Everything that must be equal before two stored fingerprints may be compared."""
    return (
        f"{fingerprint.RECIPE} letters={letters.tables()} credits={rules.agencies.version}"
        f" pages={rules.template_pages}"
    )


def forget(db: Any, article: int) -> None:
    """Blank an article's fingerprint and take its keys and pairs away; `make` makes them again.

    The blank row is what says that it waits. Articles that stood behind it as the same text are
    forgotten with it, because one of them has to take its place, and so are pages that were no
    story because this one showed the same text.
    """
    _leave(db, article)
    with_it = db.execute(
        "SELECT article FROM fingerprints WHERE holder = :article OR (gate = :wall AND digest ="
        " (SELECT digest FROM fingerprints WHERE article = :article) AND article <> :article)",
        {"article": article, "wall": SHOWN_UNDER_MANY},
    )
    for one in [article, *(row[0] for row in with_it.fetchall())]:
        db.execute("DELETE FROM bands WHERE article = ?", [one])
        db.execute("DELETE FROM samples WHERE article = ?", [one])
        db.execute("DELETE FROM pairs WHERE a = ? OR b = ?", [one, one])
        db.execute(
            "UPDATE fingerprints SET recipe = '', digest = '', holder = NULL, signature = NULL,"
            " clustered = 0 WHERE article = ?",
            [one],
        )


def keep_sentences(db: Any, article: int, outlet: int, body: str, *, rules: Rules) -> None:
    """Note which sentences the page holds, and learn or unlearn the outlet's templates.

    Articles whose comparison changes by that are forgotten, so they are compared again: what is
    finally decided depends on the set of an outlet's pages, not on the order they came in.
    """
    old = {row[0] for row in db.execute("SELECT key FROM sentences WHERE article = ?", [article])}
    found: dict[int, str] = {}
    for sentence in _apart(body, rules.agencies):
        if sentence.key is not None:
            found.setdefault(sentence.key, sentence.text)
    db.execute("DELETE FROM sentences WHERE article = ?", [article])
    db.executemany(
        "INSERT INTO sentences (outlet, key, article) VALUES (?, ?, ?)",
        [(outlet, key, article) for key in found],
    )
    for key in _in_question(db, outlet, sorted(old | set(found)), rules):
        _weigh(db, outlet, key, found.get(key, ""), but=article, rules=rules)


def templates_of(db: Any, outlet: int) -> frozenset[int]:
    """Keys of the sentences that an outlet repeats on unlike pages."""
    rows = db.execute("SELECT key FROM templates WHERE outlet = ?", [outlet])
    return frozenset(row[0] for row in rows)


def _in_question(db: Any, outlet: int, keys: list[int], rules: Rules) -> list[int]:
    """Those sentences that are template or may be: on enough pages, or known as template.

    Nearly every sentence stands on one page, and one statement says so of them all. Pages are
    counted no further than the answer needs: a footer may stand on a hundred thousand.
    """
    rows = db.execute(
        "SELECT value FROM json_each(:keys) WHERE"
        " (SELECT count(*) FROM (SELECT 1 FROM sentences WHERE outlet = :outlet AND key = value"
        " LIMIT :enough)) >= :enough"
        " OR EXISTS (SELECT 1 FROM templates WHERE outlet = :outlet AND key = value)",
        {"keys": json.dumps(keys), "outlet": outlet, "enough": rules.template_pages},
    )
    return [row[0] for row in rows]


def _weigh(db: Any, outlet: int, key: int, sentence: str, *, but: int, rules: Rules) -> None:
    """Decide anew whether one sentence is template, and act on a change."""
    pages = [
        row[0]
        for row in db.execute(
            "SELECT article FROM sentences WHERE outlet = ? AND key = ? ORDER BY article LIMIT ?",
            [outlet, key, template.CERTAIN_PAGES + 1],
        )
    ]
    known = db.execute(
        "SELECT 1 FROM templates WHERE outlet = ? AND key = ?", [outlet, key]
    ).fetchone()
    decided = template.is_template(
        _sketches(db, pages, rules)
        if rules.template_pages <= len(pages) <= template.CERTAIN_PAGES
        else (),
        len(pages),
        rules.template_pages,
    )
    if decided == bool(known):
        return
    if decided:
        db.execute(
            "INSERT INTO templates (outlet, key, sentence) VALUES (?, ?, ?)",
            [outlet, key, sentence[:1000]],
        )
    else:
        db.execute("DELETE FROM templates WHERE outlet = ? AND key = ?", [outlet, key])
    touched = db.execute(
        "SELECT article FROM sentences WHERE outlet = ? AND key = ? AND article <> ?",
        [outlet, key, but],
    ).fetchall()
    for row in touched:
        forget(db, row[0])


def _sketches(db: Any, articles: Iterable[int], rules: Rules) -> list[template.PageSketch]:
    found = []
    for article in articles:
        row = db.execute(
            "SELECT url_key, listed_title, title, text FROM articles WHERE id = ?", [article]
        ).fetchone()
        title = row["listed_title"] or row["title"]
        found.append(_sketch(row["url_key"], title, row["text"], rules.agencies))
    return found


def cleaned(db: Any, article: int, *, rules: Rules) -> clean.Cleaned:
    """An article's text as it is compared, by the templates known now."""
    row = db.execute("SELECT outlet, text FROM articles WHERE id = ?", [article]).fetchone()
    learned = db.execute(
        "SELECT sentences.key FROM sentences JOIN templates USING (outlet, key)"
        " WHERE sentences.article = ?",
        [article],
    )
    sentences = _apart(row["text"], rules.agencies)
    return clean.clean(sentences, frozenset(found[0] for found in learned))


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
        " digest, first_at, last_at, dropped, signature)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            article, row["outlet"], holder, made.shingles, gate, recipe(rules), made.digest,
            row["published_at"], row["published_at"],
            json.dumps(story.dropped, ensure_ascii=False),
            None if holder or gate else made.signature,
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


def _leave(db: Any, article: int) -> None:
    """Take an article out of the group its holder stands for; the holder is compared again."""
    holder = db.execute("SELECT holder FROM fingerprints WHERE article = ?", [article]).fetchone()
    if holder is None or holder[0] is None:
        return
    db.execute(
        "UPDATE fingerprints SET clustered = 0, (first_at, last_at) = ("
        " SELECT min(published_at), max(published_at) FROM articles WHERE id = :holder OR id IN"
        " (SELECT article FROM fingerprints WHERE holder = :holder AND article <> :article))"
        " WHERE article = :holder",
        {"holder": holder[0], "article": article},
    )


def blank(db: Any, *, limit: int) -> list[int]:
    """Articles whose fingerprint was forgotten and has to be made again, in id order."""
    rows = db.execute(
        "SELECT article FROM fingerprints WHERE clustered = 0 AND recipe = '' ORDER BY article"
        " LIMIT ?",
        [limit],
    )
    return [row[0] for row in rows]


def prepare(db: Any, *, rules: Rules) -> int:
    """Blank what another recipe made or somebody deleted; gives how many have to be made again.

    Looks at every article, so it is for start-up, not for every pass.
    """
    db.execute(
        "INSERT INTO fingerprints (article, outlet, shingles, recipe, digest, first_at, last_at)"
        " SELECT id, outlet, 0, '', '', published_at, published_at FROM articles"
        " WHERE verdict = ? AND id NOT IN (SELECT article FROM fingerprints)",
        [Verdict.GOOD],
    )
    rows = db.execute(
        "SELECT article FROM fingerprints WHERE recipe NOT IN ('', ?)", [recipe(rules)]
    ).fetchall()
    for row in rows:
        forget(db, row[0])
    return int(db.execute("SELECT count(*) FROM fingerprints WHERE recipe = ''").fetchone()[0])
