"""Reads credits in what a page and a feed state outside the story; must not read the story."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from aggregator.core.agencies import Agencies, Hit
from aggregator.core.creditline import Found, count_of, is_notice, read_statement
from aggregator.core.pagemeta import PageMeta
from aggregator.core.signoff import read_signoff
from aggregator.core.urls import outlet_of
from aggregator.model import Credit, Entry, Role

RULES = 2  # raise it when a rule changes: it stands in every credit
EXCERPT = 200

# A line of the page that no markup calls a byline must be nothing but one.
_PURE = frozenset(["alone", "with", "for", "joined", "slash", "reprint"])


def credit_of(
    key: str, role: Role, zone: str, excerpt: str, offset: int | None, rule: str
) -> Credit:
    """A row of evidence under the present rules."""
    return Credit(
        agency=key,
        role=role,
        zone=zone,
        excerpt=re.sub(r"\s+", " ", excerpt).strip()[:EXCERPT],
        offset=offset,
        rule=f"{rule}/{RULES}",
    )


class Carrier:
    """The outlet that shows a copy: an acronym that is its own name credits nobody else."""

    def __init__(self, outlet: str, site: str) -> None:
        self.outlet = outlet
        self.label = outlet.partition(".")[0]
        self.site = _folded(site)
        initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", site) if word[0].isupper())
        self.names = {self.label, self.site} | ({initials.lower()} if len(initials) > 2 else set())

    def is_named(self, words: str) -> bool:
        """Whether `words` are the outlet's own name."""
        folded = _folded(words)
        return bool(folded) and (
            folded == self.site or (len(self.label) > 3 and self.label in folded)
        )

    def is_meant(self, line: str, hit: Hit) -> bool:
        """Whether an agency's acronym in `line` is the outlet's own."""
        return hit.short and _folded(line[hit.start : hit.end]) in self.names


def _folded(text: str) -> str:
    return re.sub(r"\W", "", text).casefold()


def read_stated(
    meta: PageMeta | None, entry: Entry | None, agencies: Agencies, carrier: Carrier
) -> Iterator[Credit]:
    """Credits in author fields, structured data, addresses, feed fields and visible bylines."""
    if meta is not None:
        yield from _of_page(meta, agencies, carrier)
    if entry is None:
        return
    zone = "wire field" if entry.wire else "feed field"
    yield from _authors(entry.authors, zone, agencies, carrier)
    for text in (entry.credit, entry.source_url):
        if text:
            yield from _statement(text, zone, agencies, carrier)
    for field, text in entry.wire.credits if entry.wire else ():
        for credit in _statement(text, zone, agencies, carrier):
            yield replace(credit, rule=f"{field} {credit.rule}")


def read_below(meta: PageMeta | None, agencies: Agencies, carrier: Carrier) -> Iterator[Credit]:
    """Sign-offs that stand below the story, where its text no longer holds them.

    The first longer line that is none opens something else: headlines of other stories, each
    with a byline of its own.
    """
    for text in meta.below if meta is not None else ():
        found, kept = read_signoff(text, agencies)
        if kept == 0 and not agencies.words.by.match(text):
            yield from _credits(found, text, "sign-off", "below ", carrier)
        elif count_of(text) > 3 and not is_notice(text, agencies):
            return


def _of_page(meta: PageMeta, agencies: Agencies, carrier: Carrier) -> Iterator[Credit]:
    partners: set[str] = set()
    for credit in _authors(meta.authors, "author field", agencies, carrier):
        if credit.role is Role.PARTIAL:
            partners.add(credit.agency)
        yield credit
    for zone, text in meta.sources:
        yield from _statement(text, zone, agencies, carrier)
    for text in meta.bylines:
        for credit in _statement(text, "byline", agencies, carrier):
            # "Jane Doe, AFP": the author list knows whether these are two authors.
            if credit.agency in partners and "after a name" in credit.rule:
                credit = replace(credit, role=Role.PARTIAL)
            yield credit
    for text in meta.above:
        dated = agencies.words.stamp.search(text) is not None
        for credit in _statement(text, "byline", agencies, carrier):
            rule = credit.rule.partition("/")[0].removeprefix("byline ")
            if rule in _PURE or (dated and rule == "after a name"):
                yield credit
    for text in (meta.canonical, meta.og_url):
        for credit in _address(text, "canonical", agencies, carrier):
            yield credit
            return


def _authors(
    authors: tuple[str, ...], zone: str, agencies: Agencies, carrier: Carrier
) -> Iterator[Credit]:
    """An agency that is one of several authors is a partner, not the origin."""
    read = [(author, read_statement(author, agencies)) for author in authors]
    people = any(
        not found and " " in author.strip() and not carrier.is_named(author)
        for author, found in read
    )
    for author, found in read:
        for each in _credits(found, author, zone, "author ", carrier):
            alone = each.rule.startswith("author alone") and each.role is Role.ORIGIN
            yield replace(each, role=Role.PARTIAL) if people and alone else each


def _statement(text: str, zone: str, agencies: Agencies, carrier: Carrier) -> Iterator[Credit]:
    if text.startswith(("http:", "https:")):
        yield from _address(text, zone, agencies, carrier)
        return
    found = read_statement(text, agencies, visible=zone == "byline")
    for each in found:
        # "Le Matinal, AFP" is the paper's copy with the agency's help, "Jane Doe, AFP" is not.
        if each.rule == "after a name" and carrier.is_named(_before(text, each)):
            each = each._replace(role=Role.PARTIAL)
        yield from _credits([each], text, zone, f"{zone} ", carrier)


def _before(text: str, found: Found) -> str:
    return re.sub(r"^\s*\w{2,4}\s+(?=[A-Z])", "", text[: found.hit.start])


def _credits(
    found: list[Found], text: str, zone: str, prefix: str, carrier: Carrier
) -> Iterator[Credit]:
    for each in found:
        if not carrier.is_meant(text, each.hit):
            yield credit_of(each.hit.key, each.role, zone, text, None, prefix + each.rule)


def _address(address: str, zone: str, agencies: Agencies, carrier: Carrier) -> Iterator[Credit]:
    """A page that names an agency's page as its original says whose copy it is."""
    host, _, path = address.partition("://")[2].partition("/")
    # A page's canonical address may be a front page by mistake; a source is often named by one.
    if not host or not (path.strip("/") or zone in ("feed field", "wire field")):
        return
    key = agencies.of_outlet(outlet_of(address))
    if key and outlet_of(address) != carrier.outlet:
        yield credit_of(key, Role.ORIGIN, zone, address, None, f"{zone} address")
