"""What a database came to, as one line: in words that know no row id, no arrival and no clock."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from pathlib import Path


def check(database: Path) -> None:
    """The file is sound, every reference leads somewhere, and articles have all that is theirs."""
    from aggregator.edge.store import reading

    with reading(database) as db:
        assert db.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            return
        for table in ("fingerprints", "revisions"):
            left = db.execute(
                f"SELECT id FROM articles WHERE id NOT IN (SELECT article FROM {table})"
                + (" AND verdict = 'good'" if table == "fingerprints" else "")
            ).fetchall()
            assert left == [], f"articles without {table}"


_TOLD = {
    "articles": "SELECT url_key, title, verdict, relation, copied, kept, agency, language, words,"
    " section, reason, authors, text FROM articles",
    "times": "SELECT url_key, published_at, time_source, day_only FROM articles"
    " WHERE time_source <> 'first seen'",
    "entries": "SELECT feeds.url, guid, entries.state, entries.title, entries.digest, url_key,"
    " entries.attempts <= 9 FROM entries JOIN feeds ON feeds.id = feed"
    " LEFT JOIN articles ON articles.id = article",
    "revisions": "SELECT url_key, kind, rank, summary, digest, revisions.title FROM revisions"
    " JOIN articles ON articles.id = article",
    "credits": "SELECT mine.url_key, credits.agency, role, zone, excerpt, proof.url_key"
    " FROM credits JOIN articles AS mine ON mine.id = article"
    " LEFT JOIN articles AS proof ON proof.id = source_article",
    "fingerprints": "SELECT url_key, shingles, gate, clustered, fingerprints.digest, dropped"
    " FROM fingerprints JOIN articles ON articles.id = article",
    # The sentence is kept as it stood on the page that made it known, which may be any of them.
    "templates": "SELECT domain, key FROM templates JOIN outlets ON outlets.id = outlet",
    "stories": "SELECT group_concat(url_key, ' '), clusters.title, clusters.agency, outlets,"
    " clusters.articles, independent, contested FROM clusters JOIN"
    " (SELECT url_key, cluster FROM articles ORDER BY url_key) ON cluster = clusters.id"
    " GROUP BY clusters.id",
    "keys": "SELECT (SELECT count(*) FROM bands), (SELECT count(*) FROM samples),"
    " (SELECT count(*) FROM sentences)",
    # Any of the articles with one text may hold it and have its pairs.
    "pairs": "SELECT DISTINCT min(a.digest, b.digest), max(a.digest, b.digest), verdict, jaccard,"
    " shared FROM pairs JOIN fingerprints AS a ON a.article = pairs.a"
    " JOIN fingerprints AS b ON b.article = pairs.b",
}


def told(database: Path) -> dict[str, str]:
    """What a database tells, part by part, in words that know no row id and no clock."""
    from aggregator.edge.store import door

    found = {}
    with closing(door.connect(str(database))) as db:
        for name, sql in _TOLD.items():
            rows = sorted(json.dumps(tuple(row), ensure_ascii=False) for row in db.execute(sql))
            found[name] = hashlib.blake2b("\n".join(rows).encode(), digest_size=8).hexdigest()
    return found


def troubles(database: Path) -> str:
    """What went wrong in a day that ended elsewhere: failures of feeds and pages, by their words.

    A machine so busy that pages miss their deadlines looks like a loss, and is none.
    """
    from aggregator.edge.store import door

    found = []
    with closing(door.connect(str(database))) as db:
        for sql in (
            "SELECT 'entries', state, attempts, count(*), coalesce(reason, '') FROM entries"
            " WHERE state IN ('new', 'failed') OR attempts > 1 GROUP BY 2, 3, 5",
            "SELECT 'feeds', failures, count(*), coalesce(error, '') FROM feeds"
            " WHERE failures > 0 OR error IS NOT NULL GROUP BY 2, 4",
        ):
            found += [" ".join(map(str, row)) for row in db.execute(sql)]
    return "; ".join(found)[:2000]


def owes(database: Path) -> str | None:
    """The time at which something is tried again that was put off, or None when nothing is."""
    from aggregator.edge.store import door

    with closing(door.connect(str(database))) as db:
        row = db.execute(
            "SELECT min(at) FROM (SELECT coalesce(retry_at, seen_at) AS at FROM entries"
            " WHERE state = 'new' UNION ALL SELECT due_at FROM feeds WHERE failures > 0)"
        ).fetchone()
    return str(row[0]) if row[0] else None


def digest(database: Path) -> str:
    """All of it as one line; equal lines are equal days."""
    check(database)
    return " ".join(f"{name}={value}" for name, value in told(database).items())
