"""Reads a case of a case file through the package's own code; must not judge what comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.core.agencies import Agencies
from aggregator.core.credit import find_credits
from aggregator.core.extract import Page, extract
from aggregator.core.pagemeta import PageMeta
from aggregator.model import Article, Credit, Entry

NOW = datetime(2031, 1, 7, 12, tzinfo=UTC)
OUTLET = "paper.example"
FILLER = (
    "Rain fell on the harbour for a third day, and the boats stayed at the quay while their "
    "crews mended nets and waited for the wind to turn.",
    "The council will meet again next week to speak about the lamps in the old town, which have "
    "been dark since the storm in autumn.",
    "Nobody was hurt, and the road along the shore is open again for carts and bicycles.",
    "The market opens at seven, as it has since the days of the first mayor.",
)
KEYS = frozenset(
    (
        "id", "lang", "trap", "expect", "outlet", "title", "head", "extra", "mid", "tail",
        "authors", "bylines", "sources", "canonical", "feed", "site", "html_head", "above", "below",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a case file: a place for words, and the agencies and roles they prove.

    `expect` maps agency keys to roles. A `trap` is a line that looks like a credit of an agency
    that it does not credit, or like another role than it has.
    """

    id: str
    lang: str
    trap: bool
    expect: frozenset[tuple[str, str]]
    raw: dict[str, Any]

    def credits(self, agencies: Agencies) -> tuple[Credit, ...]:
        """What the package finds: in a whole page when the case has markup, else in its parts."""
        if any(key in self.raw for key in ("html_head", "above", "below")):
            return _article(self.raw, agencies).credits
        return _parts(self.raw, agencies)


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of a JSONL file; raises ValueError for an unknown field or a second id."""
    seen: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        raw = json.loads(line)
        if unknown := set(raw) - KEYS:
            raise ValueError(f"{path.name}:{number}: unknown fields {', '.join(sorted(unknown))}")
        if raw["id"] in seen:
            raise ValueError(f"{path.name}:{number}: a second {raw['id']}")
        seen.add(raw["id"])
        expect = frozenset(raw["expect"].items())
        yield Case(raw["id"], raw["lang"], raw["trap"], expect, raw)


def _text(raw: dict[str, Any]) -> list[str]:
    opening, closing = [raw.get("head"), raw.get("extra")], [raw.get("tail")]
    parts = [*opening, *FILLER[:2], raw.get("mid"), *FILLER[2:], *closing]
    return [part for part in parts if part]


def _parts(raw: dict[str, Any], agencies: Agencies) -> tuple[Credit, ...]:
    meta = PageMeta(
        authors=tuple(raw.get("authors", ())),
        bylines=tuple(raw.get("bylines", ())),
        sources=tuple(("structured data", each) for each in raw.get("sources", ())),
        canonical=raw.get("canonical", ""),
        site_name=raw.get("site", ""),
    )
    entry = Entry(guid="1", url=None, title="A title", credit=raw.get("feed"))
    return find_credits(
        html_meta=meta,
        entry=entry,
        text="\n".join(_text(raw)),
        title=raw.get("title", "A title"),
        outlet=raw.get("outlet", OUTLET),
        agencies=agencies,
    )


def _article(raw: dict[str, Any], agencies: Agencies) -> Article:
    """A page: `html_head` in the head, `above` and `below` beside the paragraphs of the story."""
    title = raw.get("title", "The harbour stays closed")
    body = "\n".join(f"<p>{part}</p>" for part in _text(raw))
    markup = (
        f'<!doctype html><html lang="{raw["lang"]}"><head><meta charset="utf-8">'
        f"<title>{title}</title>{raw.get('html_head', '')}</head><body><main><article>"
        f"<h1>{title}</h1>{raw.get('above', '')}{body}{raw.get('below', '')}"
        "</article></main></body></html>"
    )
    address = f"https://www.{raw.get('outlet', OUTLET)}/news/the-harbour-stays-closed"
    kind = "text/html; charset=utf-8"
    page = Page(url=address, final_url=address, body=markup.encode(), content_type=kind)
    return extract(page, entry=None, now=NOW, agencies=agencies)
