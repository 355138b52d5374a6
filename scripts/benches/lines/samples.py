"""The pages that both lines get: of a folder, or the demo's own; changes none of either."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, replace
from html import escape, unescape
from pathlib import Path

_TITLE = re.compile(r"<title[^>]*>([^<]{1,300})", re.IGNORECASE)
_SCRIPTS = re.compile(rb"(<(?:script|style)\b.*?</(?:script|style)>)", re.DOTALL | re.IGNORECASE)
_TEXTS = re.compile(rb">([^<>]{20,})<")
_WORDS = re.compile(rb"\b[a-z]{4,}\b")


@dataclass(frozen=True, slots=True)
class Sample:
    """A page: its address, its bytes, the title that the feed lists."""

    url: str
    body: bytes
    title: str


def read_samples(folder: Path | None, count: int) -> list[Sample]:
    """Pages of a folder, spread over it, with addresses from its manifest; or the demo's own."""
    if folder is None:
        from aggregator.demo.web import documents

        pages = [
            (f"http://{key}", document.body)
            for key, document in documents(2).items()
            if document.content_type.startswith("text/html")
        ]
    else:
        manifest = folder / "manifest.jsonl"
        lines = manifest.read_text(encoding="utf-8").splitlines() if manifest.exists() else ()
        urls = {row["file"]: row.get("url") or "" for row in map(json.loads, filter(None, lines))}
        names = list(urls) or [
            str(path.relative_to(folder)) for path in sorted(folder.rglob("*.html*"))
        ]
        step = max(1, len(names) // count)
        pages = [
            (urls.get(name) or f"http://page{n}.example/{name}", _bytes_of(folder / name))
            for n, name in enumerate(names[::step])
        ]
    if not pages:
        raise SystemExit("no pages")
    return [Sample(url, body, _title_of(body)) for url, body in pages[:count]]


def _bytes_of(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _title_of(body: bytes) -> str:
    found = _TITLE.search(body[:200_000].decode("utf-8", "replace"))
    return " ".join(unescape(found[1]).split()) if found else "A page"


def feed_of(samples: list[Sample]) -> bytes:
    """A feed that lists the pages."""
    items = "".join(
        f"<item><title>{escape(each.title)}</title><link>{escape(each.url)}</link>"
        f"<guid>{escape(each.url)}</guid><description>{escape(each.title)}</description></item>"
        for each in samples
    )
    head = "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel><title>All</title>"
    return f"{head}{items}</channel></rss>".encode()


def altered(sample: Sample, number: int) -> Sample:
    """A page of another address whose words are not those of the page it is made of."""
    mark = b"x" + format(number, "x").encode()
    parts = _SCRIPTS.split(sample.body)
    parts[::2] = [
        _TEXTS.sub(lambda text: _WORDS.sub(lambda word: word[0] + mark, text[0]), part)
        for part in parts[::2]
    ]
    scheme, _, rest = sample.url.partition("://")
    host, _, path = rest.partition("/")
    url = f"{scheme}://{host}/{number}/{path}"
    body = b"".join(parts).replace(sample.url.encode(), url.encode())
    return replace(sample, url=url, body=body)
