"""Keeps which sentences an outlet's pages hold, and learns its templates; compares no texts.

Every row here may be deleted and is made again from the articles. The decisions are those of
`core.template` and `core.clean`; this room only fetches and stores.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from aggregator.core import clean, credit, template
from aggregator.core.agencies import Agencies
from aggregator.core.clean import Sentence
from aggregator.core.rules import Rules
from aggregator.edge.store.prints import forget


@lru_cache(maxsize=1024)  # about 30 kB each; an article is taken apart when kept and when compared
def _apart(body: str, agencies: Agencies) -> tuple[Sentence, ...]:
    return clean.take_apart(credit.strip_credit_lines(body, agencies))


@lru_cache(maxsize=4096)
def _sketch(key: str, title: str, body: str, agencies: Agencies) -> template.PageSketch:
    return template.sketch(key=key, title=title, sentences=_apart(body, agencies))


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
    note_sentences(db, article, outlet, found)
    for key in _in_question(db, outlet, sorted(old | set(found)), rules):
        _weigh(db, outlet, key, found.get(key, ""), but=article, rules=rules)


def note_sentences(db: Any, article: int, outlet: int, keys: Iterable[int]) -> None:
    """Note the sentences of a page of which none is noted; what they make template is not asked."""
    db.executemany(
        "INSERT INTO sentences (outlet, key, article) VALUES (?, ?, ?)",
        [(outlet, key, article) for key in keys],
    )


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
        "SELECT settled FROM templates WHERE outlet = ? AND key = ?", [outlet, key]
    ).fetchone()
    if known and known["settled"]:  # pages that showed it can be counted no more
        return
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
