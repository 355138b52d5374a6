"""Reads the invented news day from its data files: outlets, feeds and pages; it renders nothing."""

from __future__ import annotations

import tomllib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from aggregator.demo.desk import Block, curl, edit_body, paragraphs

EDITIONS = (1, 2)
AGENCIES = ("CPA", "Continental Press Agency")
# Kinds of page that a feed lists but that hold no article of the outlet's desk.
UNWRITTEN = ("consent", "listing", "index", "missing", "empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One invented site and its habits; the fields are the keys of outlets.toml."""

    key: str
    name: str
    host: str
    language: str
    path: str  # pattern of article paths, with {section}, {slug} and {id}
    tagline: str
    nav: tuple[str, ...]
    promo: str = ""  # words that open a promo between paragraphs, empty for none
    promos: tuple[str, ...] = ()
    promo_after: int = 2
    style: tuple[tuple[str, str], ...] = ()
    curly: bool = False
    credit_in: tuple[str, ...] = ()  # where agency authors show: byline, jsonld, meta, feed
    bios: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFeed:
    """One feed of an outlet; `dialect` is rss, rdf, atom or json."""

    name: str
    url: str
    outlet: Outlet
    language: str
    dialect: str
    encoding: str = "utf-8"
    full: bool = False  # carries whole bodies
    tracking: str = ""  # query string appended to every link


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One address of the day as it stands in one edition, with what is true of it."""

    outlet: Outlet
    kind: str
    story: str
    slug: str
    section: str
    path: str
    language: str
    headline: str
    deck: str
    blocks: tuple[Block, ...]
    published_at: datetime
    updated_at: datetime
    listed_at: datetime | None  # what the feed says; None where it says nothing
    author: str
    source_line: str
    photo: str
    photo_credit: str
    canonical: str
    group: str | None
    verdict: str | None
    credit: str | None
    relation: str | None
    edition: int

    @property
    def url(self) -> str:
        """The address, without tracking parameters."""
        return f"http://{self.outlet.host}{self.path}"

    @property
    def agency_author(self) -> bool:
        """Whether the author field names the agency and no person."""
        return self.author in AGENCIES


@cache
def read_outlets() -> Mapping[str, Outlet]:
    """All outlets by key, in the order of the data file."""
    data = _toml("outlets.toml")
    shared = data["outlet_defaults"]
    return {
        key: Outlet(
            key=key,
            **{name: _frozen(value) for name, value in (shared | row).items()},
        )
        for key, row in data["outlet"].items()
    }


@cache
def read_labels() -> Mapping[str, Mapping[str, str]]:
    """The words of page furniture, by language."""
    labels: Mapping[str, Mapping[str, str]] = _toml("outlets.toml")["labels"]
    return labels


@cache
def read_agencies() -> tuple[Mapping[str, Any], ...]:
    """The day's agencies, as mappings of the kind that describes an agency to the credit rules."""
    return tuple(_toml("outlets.toml")["agency"])


@cache
def read_feeds() -> tuple[DayFeed, ...]:
    """All feeds, in the order of the data file."""
    outlets = read_outlets()
    rows = _toml("outlets.toml")["feed"]
    return tuple(DayFeed(**(row | {"outlet": outlets[row["outlet"]]})) for row in rows)


@cache
def read_pages(edition: int) -> tuple[Page, ...]:
    """Every page of an edition, oldest first; an edition holds all pages of the one before."""
    if edition not in EDITIONS:
        raise ValueError(f"no edition {edition}; there are {EDITIONS}")
    stories = {
        item.name.removesuffix(".toml"): tomllib.loads(item.read_text(encoding="utf-8"))
        for item in sorted(_data().joinpath("stories").iterdir(), key=lambda item: item.name)
        if item.name.endswith(".toml")
    }
    bases = {name: paragraphs(story.get("base", "")) for name, story in stories.items()}
    pages = [
        _page(name, row, bases, edition)
        for name, story in stories.items()
        for row in _rows(story)
        if row.get("edition", 1) <= edition
    ]
    return tuple(sorted(pages, key=lambda page: (page.published_at, page.url)))


def pages_of_feed(feed: DayFeed, edition: int) -> tuple[Page, ...]:
    """The pages a feed lists, newest first as the feed dates them."""
    pages = (
        page
        for page in read_pages(edition)
        if page.outlet.key == feed.outlet.key and page.language == feed.language
    )
    return tuple(sorted(pages, key=lambda page: page.listed_at or page.updated_at, reverse=True))


def _rows(story: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The pages of one data file: each says what differs from the file's own defaults."""
    defaults = story.get("defaults", {})
    for row in story.get("page", ()):
        yield defaults | row
    pattern = story.get("pattern", {})
    for fill in story.get("fill", ()):
        filled = {key: _fill(value, fill) for key, value in pattern.items()}
        yield defaults | filled | {"at": fill["at"]}


def _fill(value: Any, fill: Mapping[str, Any]) -> Any:
    return value.format(**fill) if isinstance(value, str) else value


def _page(
    story: str, row: dict[str, Any], bases: Mapping[str, tuple[str, ...]], edition: int
) -> Page:
    row = row | (row.get("later", {}) if edition > 1 else {})
    outlet = read_outlets()[row["outlet"]]
    kind = row.get("kind", "article")
    blocks = edit_body(row.get("body", ""), story=story, bases=bases, style=outlet.style)
    blocks = _finish(blocks, row, outlet)
    headline, deck = row["headline"], row.get("deck", "")
    if outlet.curly:
        blocks = tuple(Block(block.kind, curl(block.text)) for block in blocks)
        headline, deck = curl(headline), curl(deck)
    section, slug = row.get("section", "news"), row["slug"]
    path = outlet.path.format(
        section=section, slug=slug, id=zlib.crc32(slug.encode()) % 900_000 + 100_000
    )
    photo, _, photo_credit = row.get("photo", "").partition(" | ")
    updated = row.get("updated", row["at"])
    listed = None if row.get("undated") else row.get("listed", updated)
    return Page(
        outlet=outlet,
        kind=kind,
        story=story,
        slug=slug,
        section=section,
        path=row.get("path", path),
        language=row.get("language", outlet.language),
        headline=headline,
        deck=deck,
        blocks=blocks,
        published_at=row["at"],
        updated_at=updated,
        listed_at=listed,
        author=row.get("author", ""),
        source_line=row.get("source_line", ""),
        photo=photo,
        photo_credit=photo_credit,
        canonical=row.get("canonical", ""),
        group=row.get("group") or None,
        verdict=row.get("verdict", "good") or None,
        credit=row.get("credit") or None,
        relation=row.get("relation") or None,
        edition=row.get("edition", 1),
    )


def _finish(blocks: tuple[Block, ...], row: Mapping[str, Any], outlet: Outlet) -> tuple[Block, ...]:
    """Add what a desk's system adds by itself: dateline, promo and sign-off."""
    done = list(blocks)
    if dateline := row.get("dateline"):
        if done[0].kind != "p":
            raise ValueError(f"{row['slug']}: a dateline needs a paragraph")
        done[0] = Block("p", dateline + done[0].text)
    if outlet.promo and len(done) > outlet.promo_after + 1 and row.get("promo", True):
        number = zlib.crc32(row["slug"].encode())
        title = outlet.promos[number % len(outlet.promos)]
        done.insert(outlet.promo_after, Block("promo", f"{outlet.promo} {title}"))
    if signoff := row.get("signoff"):
        done.append(Block("p", signoff))
    return tuple(done)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _data() -> Any:
    return files("aggregator.demo").joinpath("data")


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(_data().joinpath(name).read_text(encoding="utf-8"))
