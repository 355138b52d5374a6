"""Reads web archives (WARC) in bounded batches; runs in a worker and keeps nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aggregator.core.dates import parse_date
from aggregator.core.plain import one_line
from aggregator.core.urls import clean_url
from aggregator.errors import ParseError

BATCH_PAGES = 50
BATCH_BYTES = 16_000_000
BATCH_RECORDS = 2_000  # pictures and scripts are most of an archive
_HTML = ("text/html", "application/xhtml+xml")
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """One page as an archive holds it; `problem` says why its body was not taken."""

    id: str  # the record's own
    url: str
    at: datetime  # aware UTC: when it was captured
    body: bytes = b""
    content_type: str | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Pages of a stretch of an archive, and where the next begins; `end` when there is none."""

    pages: tuple[Captured, ...]
    next: int  # byte of the file
    end: bool
    others: int = 0  # records that are no pages


def is_warc(path: Path) -> bool:
    """Whether a file is a web archive, by its first bytes and, where compressed, by its name."""
    with path.open("rb") as file:
        head = file.read(5)
    return head == b"WARC/" or (head[:2] == _GZIP and path.name.lower().endswith(".warc.gz"))


def read_batch(path: str, offset: int, *, now: datetime, max_bytes: int) -> Batch:
    """Return the pages of a stretch of a WARC file, compressed by record or not at all.

    Pages are answers of HTTP with status 200 and HTML in them. A body of more than `max_bytes`
    after decoding, one that was cut off, and one that cannot be decoded come without content and
    with the reason. Raises ParseError when the file is no WARC, or broken from here on.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    pages: list[Captured] = []
    size = others = 0
    try:
        with Path(path).open("rb") as file:
            file.seek(offset)
            records = ArchiveIterator(file)
            for record in records:
                page = _page(record, now=now, max_bytes=max_bytes)
                others += page is None
                if page is not None:
                    pages.append(page)
                    size += len(page.body)
                records.read_to_end()
                full = len(pages) >= BATCH_PAGES or size >= BATCH_BYTES
                if full or others + len(pages) >= BATCH_RECORDS:
                    place = int(records.offset)
                    return Batch(pages=tuple(pages), next=place, end=False, others=others)
    except ArchiveLoadFailed as error:
        told = one_line(str(error), 400)
        if "non-chunked" in told:
            hint = "warcio recompress"
            raise ParseError(path, "is compressed as one piece, not by record", hint=hint) from None
        raise ParseError(path, f"is no WARC file, from byte {offset} on: {told[:200]}") from None
    except (OSError, ValueError, EOFError) as error:
        raise ParseError(path, f"cannot be read from byte {offset} on: {error}"[:300]) from None
    return Batch(pages=tuple(pages), next=Path(path).stat().st_size, end=True, others=others)


def _page(record: Any, *, now: datetime, max_bytes: int) -> Captured | None:
    """The page in a record, or None when it holds none."""
    if record.rec_type != "response" or record.http_headers is None:
        return None
    headers, answer = record.rec_headers, record.http_headers
    kind = answer.get_header("Content-Type") or ""
    url = clean_url((headers.get_header("WARC-Target-URI") or "").strip("<>"))
    if answer.get_statuscode() != "200" or not kind.lower().strip().startswith(_HTML) or not url:
        return None
    date = headers.get_header("WARC-Date") or ""
    at = parse_date(date, now=now) or now
    name = one_line(headers.get_header("WARC-Record-ID") or f"{url} {date}", 1_000)
    problem, body = headers.get_header("WARC-Truncated") or "", b""
    if problem:
        problem = f"cut off by the crawler ({one_line(problem, 40)})"
    else:
        try:
            body = record.content_stream().read(max_bytes + 1)
            body += _rest(record, max_bytes + 1 - len(body))
        except Exception as error:  # decoders of strangers' bytes; whatever breaks is the record's
            problem = f"cannot be decoded ({type(error).__name__})"
        if len(body) > max_bytes:
            problem = f"larger than {max_bytes} bytes"
        elif not problem and record.raw_stream.limit > 0:
            problem = "the archive ends inside it"
    return Captured(
        id=name, url=url, at=at, content_type=kind[:200], problem=problem,
        body=b"" if problem else body,
    )  # fmt: skip


def _rest(record: Any, room: int) -> bytes:
    """What further reads give: one read of a compressed or chunked body may stop early."""
    stream, parts = record.content_stream(), []
    while room > 0 and (part := stream.read(room)):
        parts.append(part)
        room -= len(part)
    return b"".join(parts)
