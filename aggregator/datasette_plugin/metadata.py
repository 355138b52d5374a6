"""What Datasette is told about a database of ours: words, facets, order, ready-made questions."""

from __future__ import annotations

from typing import Any

from aggregator.datasette_plugin.canned import queries

_SHARES = {
    "copied": "Share of this outlet's words found in the lead copy, 0 to 1",
    "kept": "Share of the lead copy that survived here, 0 to 1",
}

_RANK = {"rank": "1 headline, 2 numbers, 3 names, 4 quotes, 5 credit, 6 notice, 7 text, 8 spelling"}


__all__ = ["metadata", "queries"]


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


_ORIGINALITY = {
    "share_own": "Articles that carry neither an agency's text nor another outlet's copy",
    "share_wire": "Articles that carry an agency's text, credited or not",
    "credit_omission": "Of those, the ones that credit nobody",
    "first_to_publish_rate": "Of stories shared with others, the ones it had first",
    "share_dates_doubted": "Articles whose own date was not believed",
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
            "facets": ["kind"],
        },
        "entries": {
            "description": "What the feeds list, and what became of it.",
            "label_column": "title",
            "sort_desc": "seen_at",
            "facets": ["state", "feed"],
            "size": 50,
        },
        "parents": {
            "description": "Other stories of whose text a page holds a part.",
            "sort_desc": "share",
            "columns": {"share": "Of the page's words, 0 to 1, that are not its own story's"},
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
        "corrections": {
            "description": "What a person decided about stories; in force until undone.",
            "label_column": "kind",
            "sort_desc": "made_at",
            "facets": ["kind"],
        },
        "corrected_articles": {
            "description": "Every article that a correction is about.",
            "columns": {"part": "Which side: a story that was joined, or what was taken out"},
        },
        "alerts": {
            "description": "Who config says is told of stories.",
            "label_column": "name",
        },
        "messages": {
            "description": "What alerts send: each once, with what became of it.",
            "sort_desc": "made_at",
            "facets": ["state", "alert"],
        },
        "told": {
            "description": "Which stories an alert told, or is about to.",
            "sort_desc": "found_at",
        },
        "revisions": {
            "description": "Every text that an address has shown, the trivial ones too.",
            "label_column": "title",
            "sort_desc": "seen_at",
            "facets": ["kind"],
            "columns": _RANK,
        },
        "files": {
            "description": "Files of wire folders: taken, held by an embargo, or unreadable.",
            "label_column": "name",
            "sort_desc": "seen_at",
            "facets": ["result", "feed"],
        },
        "overtaken": {"description": "Versions of wire items not read yet, before the newest."},
        "polls": {"description": "The log of polls.", "sort_desc": "polled_at",
                  "facets": ["result"]},
        "visits": {"description": "When pages are read again, and what they were last.",
                   "sort_desc": "visited_at", "facets": ["state"]},
        "runs": {"description": "Passes that did something.", "sort_desc": "started_at"},
        "templates": {"description": "Sentences an outlet repeats on unlike pages."},
    }  # fmt: skip


def _views() -> dict[str, Any]:
    return {
        "stories": {"description": "Stories with their first outlet.", "sort_desc": "outlets"},
        "republications": {
            "description": "Copies at other outlets than the lead copy's.",
            "sort_desc": "published_at",
            "fts_table": "articles_fts",
            "fts_pk": "article",
            "columns": _SHARES,
        },
        "uncredited_copies": {
            "description": "Pages that carry an agency's text and name no agency, and the proof.",
            "sort_desc": "published_at",
            "facets": ["outlet", "agency"],
            "fts_table": "articles_fts",
            "fts_pk": "article",
            "columns": _SHARES,
        },
        "outlet_originality": {
            "description": "How much each outlet prints of its own, of agencies and of others.",
            "sort_desc": "articles",
            "facets": ["family"],
            "columns": _ORIGINALITY,
        },
        "who_repeats_whom": {
            "description": "Outlets by whose copies they carry: an agency's where one is known.",
            "sort_desc": "articles",
        },
        "feed_health": {"description": "How every feed is doing.", "sort_desc": "failures"},
        "revision_history": {
            "description": "What pages changed, the weightiest first, without trivial changes.",
            "sort": "rank",
            "facets": ["kind", "rank", "outlet"],
            "columns": _RANK,
        },
        "vanished_pages": {
            "description": "Articles whose page is gone, walled, emptied, withdrawn or moved.",
            "sort_desc": "since",
            "facets": ["state", "outlet"],
        },
        "backlog": {"description": "Entries waiting to be read.", "sort": "seen_at"},
    }


def _hidden() -> dict[str, Any]:
    return {name: {"hidden": True} for name in ("bands", "sentences", "fingerprints", "meta")}
