"""Tells kinds of archive files apart and takes each its way; reads no content itself."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from aggregator.core.rawfeed import narrow, root_name
from aggregator.edge import warcfile
from aggregator.errors import ParseError
from aggregator.model import Outcome
from aggregator.pipeline import bulk, importing, webarchive
from aggregator.pipeline.context import Context

Kind = Literal["articles", "pages", "feeds"]


def kind_of(path: Path) -> Kind:
    """What a file holds, by how it begins: articles (JSON Lines), pages (WARC), feeds (OPML).

    Raises ParseError for XML that is no OPML; whatever is none of these is read as JSON Lines,
    whose reader names the line that is wrong.
    """
    if warcfile.is_warc(path):
        return "pages"
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"\x1f\x8b"):
        head = _inflated(path)
        if head.startswith(b"WARC/"):
            return "pages"
    head = narrow(head)[0].lstrip()
    if not head.startswith(b"<"):
        return "articles"
    if root_name(head) == "opml":
        return "feeds"
    raise ParseError(str(path), "is XML, but no OPML list", hint="JSON Lines, WARC, or OPML")


def _inflated(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") as file:
            return file.read(4096)
    except (OSError, EOFError, zlib.error):
        return b""


def import_archive(context: Context, path: Path, *, workers: int = 0) -> Iterator[Outcome]:
    """Keep what an archive of articles or of pages holds; one outcome each.

    Importing a file again adds nothing. With `workers` articles are read in so many processes, and
    compared when all of them are there. Raises ParseError where the file is wrong; what came
    before that place is kept.
    """
    if kind_of(path) == "pages":
        yield from webarchive.import_warc(context, path)
        return
    settings: dict[str, Any] = {
        "rules": context.rules,
        "now": context.clock(),
        "min_words": context.config.read.min_words,
    }
    context.expect("import", importing.count_lines(path))
    if workers:
        yield from bulk.import_bulk(context, path, workers=workers)
        return
    rows = importing.read_rows(path)
    for outcome in importing.import_rows(context.store, path.name, rows, **settings):
        yield outcome
        if context.stop.is_set():
            return
