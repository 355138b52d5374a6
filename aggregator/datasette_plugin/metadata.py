"""What Datasette is told about a database of ours: words, facets, order, ready-made questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_SHARES = {
    "copied": "Share of this outlet's words found in the lead copy, 0 to 1",
    "kept": "Share of the lead copy that survived here, 0 to 1",
}


def metadata(database: str = "news") -> dict[str, Any]:
    """Titles, descriptions, facets, label columns, sort orders and canned queries.

    `database` is the name under which Datasette serves the file: its stem. The same document is
    metadata for Datasette 0.65 and both metadata and configuration for 1.0.
    """
    return {
        "title": "Stories and their copies",
        "description_html": "Who published first among the outlets watched, whose copy it is, "
        'and how far it went: <a href="/-/stories">start with the stories</a>.',
        "databases": {
            database: {
                "description_html": "News articles grouped by their text: "
                '<a href="/-/stories">start with the stories</a>.',
                "tables": {**_tables(), **_views(), **_hidden()},
                "queries": queries(),
            }
        },
    }


def _tables() -> dict[str, Any]:
    return {
        "clusters": {
            "description": "One row a story. Ids are permanent.",
            "label_column": "title",
            "sort_desc": "last_at",
            "facets": ["agency", "outlets"],
            "columns": {
                "lead": "The copy that the others are compared with",
                "independent": "Publishers less those that only carry another's copy",
            },
        },
        "articles": {
            "description": "One row a page read as an article.",
            "label_column": "title",
            "sort_desc": "published_at",
            "facets": ["outlet", "language", "relation", "agency", "verdict"],
            "size": 50,
            "fts_table": "articles_fts",
            "fts_pk": "id",
            "columns": _SHARES,
        },
        "outlets": {
            "description": "Outlets by registered domain.",
            "label_column": "name",
            "sort": "name",
            "facets": ["family", "agency"],
        },
        "agencies": {
            "description": "News agencies and press-release wires that are known.",
            "label_column": "name",
            "sort": "name",
        },
        "feeds": {
            "description": "What is polled.",
            "label_column": "name",
            "sort_desc": "failures",
            "facets": ["enabled", "kind"],
        },
        "entries": {
            "description": "What the feeds list, and what became of it.",
            "label_column": "title",
            "sort_desc": "seen_at",
            "facets": ["state", "feed"],
            "size": 50,
        },
        "credits": {
            "description": "Evidence on whose copy an article is.",
            "label_column": "excerpt",
            "facets": ["agency", "role", "zone"],
        },
        "pairs": {
            "description": "Texts compared word by word, with the numbers.",
            "sort_desc": "jaccard",
            "facets": ["verdict"],
            "columns": {
                "jaccard": "How alike, 0 to 1",
                "a_in_b": "Share of the first text found in the second",
                "b_in_a": "Share of the second text found in the first",
                "shared": "Runs of words in common",
            },
        },
        "revisions": {
            "description": "Every text that an address has shown.",
            "label_column": "title",
            "sort_desc": "seen_at",
        },
        "polls": {"description": "The log of polls.", "sort_desc": "polled_at",
                  "facets": ["result"]},
        "runs": {"description": "Passes that did something.", "sort_desc": "started_at"},
        "templates": {"description": "Sentences an outlet repeats on unlike pages."},
    }  # fmt: skip


def _views() -> dict[str, Any]:
    return {
        "stories": {"description": "Stories with their first outlet.", "sort_desc": "outlets"},
        "republications": {
            "description": "Copies at other outlets than the lead copy's.",
            "sort_desc": "published_at",
            "facets": ["relation", "lead_outlet"],
            "fts_table": "articles_fts",
            "fts_pk": "article",
            "columns": _SHARES,
        },
        "uncredited_copies": {
            "description": "Copies of agency text that name no agency.",
            "sort_desc": "published_at",
            "facets": ["outlet", "agency"],
            "fts_table": "articles_fts",
            "fts_pk": "article",
            "columns": _SHARES,
        },
        "outlet_originality": {
            "description": "How much of each outlet's work is found nowhere else.",
            "sort_desc": "articles",
        },
        "who_repeats_whom": {
            "description": "Pairs of outlets by the copies that went from one to the other.",
            "sort_desc": "articles",
        },
        "feed_health": {"description": "How every feed is doing.", "sort_desc": "failures"},
        "backlog": {"description": "Entries waiting to be read.", "sort": "seen_at"},
    }


def _hidden() -> dict[str, Any]:
    return {name: {"hidden": True} for name in ("bands", "sentences", "fingerprints", "meta")}


def queries() -> dict[str, dict[str, Any]]:
    """Ready-made questions, each with the words it is asked in."""
    return {
        "uncredited_this_week": {
            "title": "Uncredited copies of the last seven days",
            "description": "Agency text without the agency's name, the most copied first.",
            "sql": "select story, agency, outlet, relation, copied, kept, published_at, title,\n"
            "  url\n"
            "from uncredited_copies\n"
            "where published_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 days')\n"
            "order by copied desc, published_at desc limit 500",
        },
        "who_repeats": {
            "title": "Who repeats whom",
            "description": "Copies between two outlets; leave the outlet empty for all.",
            "sql": "select outlet, repeats, articles, stories, mean_copied, last_published_at\n"
            "from who_repeats_whom\n"
            "where :outlet = '' or outlet = :outlet or repeats = :outlet\n"
            "order by articles desc limit 500",
            "params": ["outlet"],
        },
        "pairs_to_review": {
            "title": "Borderline pairs to review",
            "description": "Pairs that were or were not joined by a small margin.",
            "sql": "select pairs.a, one.title as one, pairs.b, other.title as other,\n"
            "  pairs.jaccard, pairs.a_in_b, pairs.b_in_a, pairs.shared, pairs.verdict,\n"
            "  pairs.reason\n"
            "from pairs\n"
            "join articles as one on one.id = pairs.a\n"
            "join articles as other on other.id = pairs.b\n"
            "where pairs.verdict <> 'same' and one.outlet <> other.outlet\n"
            "  and max(pairs.a_in_b, pairs.b_in_a) between 0.35 and 0.65\n"
            "order by abs(max(pairs.a_in_b, pairs.b_in_a) - 0.5), pairs.a, pairs.b limit 200",
        },
        "stale_feeds": {
            "title": "Stale feeds",
            "description": "Feeds that fail, or brought nothing new for the days given.",
            "sql": "select feed, name, outlet, failures, error, status, polled_at, changed_at,\n"
            "  url\n"
            "from feed_health\n"
            "where enabled = 1 and (failures > 0 or changed_at is null or changed_at <\n"
            "  strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-' || max(1, cast(:days as integer))\n"
            "  || ' days'))\n"
            "order by failures desc, changed_at limit 500",
            "params": ["days"],
        },
        "first_to_publish": {
            "title": "First to publish",
            "description": "Outlets by stories of two outlets or more that they published first.",
            "sql": "select outlets.name as outlet, count(*) as stories_first,\n"
            "  sum(clusters.outlets) as outlets_reached, max(clusters.first_at) as last_at\n"
            "from articles\n"
            "join clusters on clusters.id = articles.cluster\n"
            "join outlets on outlets.id = articles.outlet\n"
            "where articles.relation = 'first' and clusters.outlets > 1\n"
            "group by outlets.id order by stories_first desc, outlet limit 500",
        },
    }


def browse_arguments(
    db_path: str | Path,
    host: str,
    port: int,
    datasette_version: str,
    *,
    metadata_path: str | Path,
) -> list[str]:
    """Arguments of the `datasette` command that serves a database safely.

    `metadata_path` is a file the caller has written `metadata(stem)` to, as JSON. Visitors get
    no SQL of their own and no download; facets have a second, and none are suggested, because
    on 200,000 articles the defaults time out.
    """
    told = ["--metadata", str(metadata_path)]
    # 1.0 reads canned queries and facets from --config, and 0.65 has no such file.
    if not datasette_version.startswith("0."):
        told += ["--config", str(metadata_path)]
    settings = {
        "default_allow_sql": "off",
        "allow_download": "off",
        "suggest_facets": "off",
        "default_facet_size": "15",
        "facet_time_limit_ms": "1000",
        "sql_time_limit_ms": "3000",
    }
    chosen = [part for name, value in settings.items() for part in ("--setting", name, value)]
    return ["serve", str(db_path), *told, "--host", host, "--port", str(port), *chosen]
