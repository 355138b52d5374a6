"""Writes an article as the columns of its rows; asks no database and needs no ids."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from aggregator.core import changelog
from aggregator.core.revision import Revised
from aggregator.core.times import stamp
from aggregator.model import Article, Entry, RevisionKind


def article_columns(article: Article, now: datetime) -> dict[str, Any]:
    """What every reading of a page writes anew, in `articles`."""
    return {
        "title": article.title,
        "language": article.language,
        "verdict": article.verdict,
        "words": article.words,
        "reason": article.reason or None,
        "authors": json.dumps(article.authors, ensure_ascii=False),
        "section": article.section,
        "reserved": article.reserved or None,
        "final_url": article.final_url,
        "canonical_url": article.canonical_url,
        "extractor": article.extractor,
        "read_at": stamp(now),
        "text": article.text,
    }


def first_columns(article: Article, entry: Entry, seen_at: datetime) -> dict[str, Any]:
    """What the first reading alone writes there, but for its outlet and times of publication."""
    return {
        "first_seen_at": stamp(seen_at),
        "url": article.url,
        "url_key": article.url_key,
        "listed_title": entry.title,
    }


def revision_columns(article: Article, found: Revised | None, now: datetime) -> dict[str, Any]:
    """A text as it was seen at `now`; `found` is what it is to the one before."""
    digest = hashlib.blake2b(
        f"{article.title}\n{article.text}".encode("utf-8", "replace"), digest_size=12
    ).hexdigest()
    return {
        "kind": found.kind if found else RevisionKind.FIRST,
        "rank": found.rank if found else None,
        "summary": found.summary if found else "",
        "changes": changelog.to_json(found.changes if found else ()),
        "seen_at": stamp(now),
        "modified_at": stamp(article.modified_at) if article.modified_at else None,
        "title": article.title,
        "digest": digest,
        "text": article.text,
    }


def credit_columns(article: Article) -> list[dict[str, Any]]:
    """A row for each piece of evidence on whose copy an article is."""
    return [
        {
            "agency": credit.agency,
            "role": credit.role,
            "zone": credit.zone,
            "excerpt": credit.excerpt[:200],
            "offset": credit.offset,
            "rule": credit.rule,
        }
        for credit in article.credits
    ]
