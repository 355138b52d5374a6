"""Lists the credits of a folder of saved pages with their evidence; must not score them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from aggregator.core.agencies import Agencies
from aggregator.core.blocks import parse_html
from aggregator.core.charset import decode
from aggregator.core.extract import Page, extract
from aggregator.core.pagemeta import read_meta
from aggregator.core.sheet import Sheet
from aggregator.errors import ParseError
from aggregator.model import Article, Role

NAMED = 12  # places shown of a page without a credit
_UNSEEN = re.compile(
    r"<(?:script(?![^>]*ld\+json)|style|svg)\b.*?</(?:script|style|svg)>", re.DOTALL | re.IGNORECASE
)
AROUND = 60  # characters on each side of them


def pages_of(folder: Path) -> Iterator[Page]:
    """Pages (*.html, *.html.gz) below a folder, with addresses from a manifest.jsonl if any.

    A page that no manifest lists has the address that it declares itself.
    """
    listed: dict[str, str] = {}
    for manifest in [folder / "manifest.jsonl", folder.parent / "manifest.jsonl"]:
        if manifest.exists():
            rows = map(json.loads, manifest.read_text(encoding="utf-8").splitlines())
            listed |= {str(manifest.parent / row["file"]): row["url"] for row in rows}
    for path in sorted([*folder.rglob("*.html"), *folder.rglob("*.html.gz")]):
        body = path.read_bytes()
        body = gzip.decompress(body) if path.suffix == ".gz" else body
        address = listed.get(str(path)) or _declared(body) or f"https://{path.stem}.invalid/"
        yield Page(url=address, final_url=address, body=body, content_type=None)


def _declared(body: bytes) -> str:
    tree = parse_html(decode(body, None, subject="page"))
    meta = read_meta(Sheet(tree)) if tree is not None else None
    found = (meta.og_url, meta.canonical) if meta else ()
    return next((each for each in found if each.startswith("http")), "")


def list_credits(folder: Path, agencies: Agencies, *, negatives: bool) -> Iterator[str]:
    """A block of lines a page: with `negatives` the pages without a credit, else those with one.

    A page without a credit is shown with the places where its markup names an agency.
    """
    for page in pages_of(folder):
        try:
            article = extract(page, entry=None, now=datetime.now(UTC), agencies=agencies)
        except ParseError as error:
            yield f"{page.url}\n  {error}"
            continue
        credited = any(each.role is not Role.MENTION for each in article.credits)
        if credited is negatives:
            continue
        lines = list(_shown(article))
        yield "\n".join([page.url, *lines, *(_named(page, agencies) if negatives else ())])


def _shown(article: Article) -> Iterator[str]:
    for each in article.credits:
        place = each.zone if each.offset is None else f"{each.zone} at {each.offset}"
        yield f"  {each.agency} {each.role}: {place} [{each.rule}] {each.excerpt!r}"


def _named(page: Page, agencies: Agencies) -> Iterator[str]:
    """Where the words of the page name an agency, tags left out."""
    markup = decode(page.body, None, subject=page.url)
    markup = _UNSEEN.sub(" ", markup)
    text = re.sub(r"\s+", " ", re.sub(r"<(?!meta\b)[^>]*>", " ¦ ", markup))
    for number, hit in enumerate(agencies.find(text)):
        if number >= NAMED:
            return
        around = text[max(0, hit.start - AROUND) : hit.end + AROUND]
        yield f"    named {hit.key}: …{around}…"
