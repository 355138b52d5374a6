"""Imports large archives of articles: reading in worker processes, comparing left to the end."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from aggregator.core.rules import Rules
from aggregator.edge.engines.crew import Crew
from aggregator.edge.store import archived, archiving, indices, reclustered
from aggregator.edge.store.archived import Rows
from aggregator.errors import ParseError
from aggregator.model import Outcome
from aggregator.pipeline import importing
from aggregator.pipeline.context import Context

LINES = 200  # in one task of a worker
BATCH = 1000  # articles in one commit: a crash repeats at most these


class Chunk(NamedTuple):
    """Lines of an archive for a worker."""

    place: str  # the file, for errors
    first: int  # number of the first line
    lines: list[str]
    rules: str  # JSON
    min_words: int
    now: datetime


@lru_cache(maxsize=2)
def _rules(stored: str) -> Rules:
    return Rules.from_json(stored)


def read_chunk(chunk: Chunk) -> tuple[list[Rows], ParseError | None]:
    """What a worker makes of its lines; of a wrong line, what came before it and the error."""
    rules = _rules(chunk.rules)
    found: list[Rows] = []
    for number, line in enumerate(chunk.lines, chunk.first):
        if not line.strip():
            continue
        try:
            row = importing.parse_row(line, f"{chunk.place}:{number}")
        except ParseError as error:
            return found, error
        entry, article = importing.to_article(row, rules=rules, min_words=chunk.min_words)
        found.append(archived.make_rows(entry, article, now=chunk.now))
    return found, None


def _chunks(context: Context, path: Path) -> Iterator[Chunk]:
    rules, first = context.rules.to_json(), 1
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        while lines := list(islice(file, LINES)):
            yield Chunk(
                str(path), first, lines, rules, context.config.read.min_words, context.clock()
            )
            first += len(lines)


def import_bulk(context: Context, path: Path, *, workers: int) -> Iterator[Outcome]:
    """Keep the articles of a JSON Lines file, to be compared all at once by `recluster`.

    The rows are those of an ordinary import but for what is derived from texts: sentences,
    templates, fingerprints, pairs and stories, which wait. That they do is noted in the same
    commits, so after a crash the next pass clusters the whole archive. Yields an outcome a row;
    importing again adds nothing; ParseError where the file is wrong, and what came before that
    place is kept.
    """
    feed = archiving.archive_feed(context.store, path.name, now=context.clock())
    waiting: list[Rows] = []
    with context.store.roomy(), Crew(workers) as crew:
        for found, wrong in crew.map(read_chunk, _chunks(context, path)):
            waiting += found
            if len(waiting) >= BATCH or wrong is not None:
                yield from _keep(context, feed, waiting)
                waiting = []
            if wrong is not None:
                raise wrong
            if context.stop.is_set():
                return
        yield from _keep(context, feed, waiting)


def _keep(context: Context, feed: int, batch: list[Rows]) -> list[Outcome]:
    store = context.store
    with store.write() as db:
        reclustered.note_due(db)
        if indices.has_few(db, "articles"):
            indices.set_aside(db, indices.OF_ARTICLES)
        results = archived.keep_rows(store, feed, batch, rules=context.rules, now=context.clock())
        return [
            Outcome(stage="import", item=one.guid, result=result)
            for one, result in zip(batch, results, strict=True)
        ]
