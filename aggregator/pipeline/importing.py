"""Takes archives of articles in JSON Lines through the same commits as the daemon."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, Any

from aggregator.core import credit, order, text, urls
from aggregator.core.language import language_of
from aggregator.core.plain import without_controls
from aggregator.core.rules import Rules
from aggregator.edge.store import Store, archiving, keeping
from aggregator.errors import ParseError
from aggregator.model import Article, Entry, Outcome, Stated, TimeSource, Verdict

BATCH = 200  # articles in one commit: a crash repeats at most these


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of an archive."""

    id: str
    source: str
    title: str
    text: str
    published: datetime | None
    url: str
    author: str | None
    cluster: str | None
    day_only: bool = False  # `published` is a bare day, or midnight where it was written


def count_lines(path: str | Path) -> int:
    """Lines of an archive, for a progress bar; 0 when it cannot be read."""
    file = Path(path)
    opener: Any = gzip.open if file.suffix == ".gz" else open
    try:
        with opener(file, "rb") as lines:
            return sum(1 for _ in lines)
    except (OSError, EOFError, zlib.error):
        return 0


def read_rows(path: str | Path) -> Iterator[Row]:
    """Rows of a JSON Lines file, gzipped or not; ParseError names the line that is wrong."""
    file = Path(path)
    opener: Any = gzip.open if file.suffix == ".gz" else open
    try:
        lines: IO[str]
        with opener(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield parse_row(line, f"{path}:{number}")
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise ParseError(str(path), f"cannot be read: {error}") from error


def parse_row(line: str, place: str) -> Row:
    """A line of an archive; ParseError says what is wrong at that place."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ParseError(place, f"is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise ParseError(place, "is not an object")
    # Half characters and control characters can be written in JSON and stored nowhere.
    row = {k: without_controls(v) if isinstance(v, str) else v for k, v in row.items()}
    for name in ("id", "source", "text"):
        if not isinstance(row.get(name), str) or not row[name]:
            raise ParseError(place, f"'{name}' is missing or no text")
    published = row.get("published")
    try:
        when = datetime.fromisoformat(published) if published else None
        day_only = when is not None and when.time() == time.min
        if when is not None:
            when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise ParseError(place, f"'published' is no ISO date: {published!r}") from error
    url = urls.clean_url(str(row.get("url") or "")) or f"https://{row['source']}/{row['id']}"
    return Row(
        id=row["id"],
        source=row["source"],
        title=str(row.get("title") or ""),
        text=row["text"],
        published=when,
        url=url,
        author=str(row["author"]) if row.get("author") else None,
        cluster=str(row["cluster"]) if row.get("cluster") is not None else None,
        day_only=day_only,
    )


@lru_cache(maxsize=4096)  # an archive has a line for each article of few sources
def _outlet(source: str) -> str:
    return urls.outlet_of(f"http://{source}/") if "." in source else source


def to_article(row: Row, *, rules: Rules, min_words: int) -> tuple[Entry, Article]:
    """A row as the entry and the article that reading its page would have given."""
    authors = (row.author,) if row.author else ()
    entry = Entry(
        guid=row.id, url=row.url, title=row.title, authors=authors, published_at=row.published,
        day_only=row.day_only,
    )  # fmt: skip
    words = text.count_words(row.text)
    thin = words < min_words
    outlet = _outlet(row.source)
    stated = (
        (Stated(at=row.published, source=TimeSource.FEED, day_only=row.day_only),)
        if row.published
        else ()
    )
    settled = order.settle(stated, first_seen=None)
    article = Article(
        url_key=urls.url_key(row.url),
        url=row.url,
        final_url=row.url,
        canonical_url=None,
        outlet=outlet,
        title=row.title,
        text=row.text,
        language=language_of(row.text),
        authors=authors,
        published_at=settled.at if settled else None,
        time_source=settled.source if settled else TimeSource.SEEN,
        stated=stated,
        words=words,
        verdict=Verdict.THIN if thin else Verdict.GOOD,
        reason=f"{words} words" if thin else "",
        extractor="archive",
        credits=credit.find_credits(
            html_meta=None, entry=entry, text=row.text, title=row.title, outlet=outlet,
            agencies=rules.agencies,
        ),
    )  # fmt: skip
    return entry, article


def import_rows(
    store: Store, name: str, rows: Iterator[Row], *, rules: Rules, now: datetime, min_words: int
) -> Iterator[Outcome]:
    """Keep rows as articles; importing a file again adds nothing. Yields an outcome a row."""
    feed = archiving.archive_feed(store, name, now=now)
    wrong: ParseError | None = None
    while wrong is None:
        batch: list[Row] = []
        try:
            batch.extend(islice(rows, BATCH))
        except ParseError as error:
            wrong = error
        yield from _keep(store, feed, batch, rules=rules, now=now, min_words=min_words)
        if not batch:
            break
    if wrong is not None:  # what came before the wrong line is kept
        raise wrong


def _keep(
    store: Store, feed: int, batch: list[Row], *, rules: Rules, now: datetime, min_words: int
) -> list[Outcome]:
    outcomes = []
    with store.write():
        for row in batch:
            entry, article = to_article(row, rules=rules, min_words=min_words)
            item = archiving.archive_entry(store, feed, entry, outlet=article.outlet, now=now)
            result = keeping.keep_article(store, item, article, rules=rules, now=now)
            outcomes.append(Outcome(stage="import", item=row.id, result=result))
    return outcomes
