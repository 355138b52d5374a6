"""Finds who wrote a copy, with the words that say so; must not compare texts or guess by time.

"AFP reported" and "told AFP" prove nothing, and agency photos stand beside local stories: of 77
agency-photo articles 65 had no agency author. So a name counts by where and how it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from aggregator.core.agencies import Agencies, Hit
from aggregator.core.creditline import (
    Found,
    is_notice,
    is_photo,
    is_promo,
    read_signoff,
    read_statement,
)
from aggregator.core.dateline import generic_dateline, read_dateline
from aggregator.core.pagemeta import PageMeta
from aggregator.core.urls import outlet_of
from aggregator.model import Credit, Entry, Role

RULES = 1  # raise it when a rule changes: it stands in every credit
EXCERPT = 200
HEAD = 3  # paragraphs in which a dateline may stand
TAIL = 3  # paragraphs in which a sign-off may stand

_BYLINE_WORDS = 14


def find_credits(
    *,
    html_meta: PageMeta | None,
    entry: Entry | None,
    text: str,
    title: str,
    outlet: str,
    agencies: Agencies,
) -> tuple[Credit, ...]:
    """All evidence of whose copy this is, strongest zone first, one row per agency and zone.

    `text` holds the paragraphs joined by newlines; offsets count its characters. `outlet` is a
    registered domain: when it is an agency's own, that agency is `own` and gets no other row.
    """
    own = agencies.of_outlet(outlet)
    found: list[Credit] = []
    if own:
        found.append(_credit(own, Role.OWN, "domain", outlet, None, "domain"))
    found += _stated(html_meta, entry, agencies, outlet)
    found += _canonical(html_meta, agencies, outlet)
    in_text, taken = _in_text(text, title, agencies)
    found += in_text
    found += _mentions(text, agencies, taken)
    rows: dict[tuple[str, str, Role], Credit] = {}
    for credit in found:
        if credit.role is Role.OWN or credit.agency != own:
            rows.setdefault((credit.agency, credit.zone, credit.role), credit)
    return tuple(rows.values())


def strip_credit_lines(text: str, agencies: Agencies) -> tuple[str, ...]:
    """The paragraphs of the story alone, as compared between outlets.

    Without datelines, bylines, sign-offs, credit and copyright lines, captions and pointers to
    other stories. The dateline goes, its paragraph stays.
    """
    kept: list[str] = []
    paragraphs = _paragraphs(text)
    for index, (_, paragraph) in enumerate(paragraphs):
        line = paragraph
        if is_promo(line, agencies) or is_notice(line, agencies):
            continue
        if _is_caption(line, agencies):
            continue
        if index < HEAD and _is_byline(line, agencies):
            continue
        if index <= HEAD:
            dateline = read_dateline(line, agencies)
            line = line[dateline.end if dateline else generic_dateline(line) :].lstrip()
        if index >= len(paragraphs) - TAIL - 1:
            found, end = read_signoff(line, agencies)
            line = line[:end].rstrip() if found else line
        if line.strip():
            kept.append(line)
    return tuple(kept)


def _credit(key: str, role: Role, zone: str, excerpt: str, offset: int | None, rule: str) -> Credit:
    return Credit(
        agency=key,
        role=role,
        zone=zone,
        excerpt=re.sub(r"\s+", " ", excerpt).strip()[:EXCERPT],
        offset=offset,
        rule=f"{rule}/{RULES}",
    )


def _stated(
    meta: PageMeta | None, entry: Entry | None, agencies: Agencies, outlet: str
) -> Iterator[Credit]:
    """Credits in author fields, structured data, feed fields and visible bylines."""
    partners: set[str] = set()
    if meta is not None:
        for credit in _authors(meta.authors, "author field", agencies, meta.site_name, outlet):
            if credit.role is Role.PARTIAL:
                partners.add(credit.agency)
            yield credit
        for zone, text in meta.sources:
            yield from _statement(text, zone, agencies)
        for text in meta.bylines:
            for credit in _statement(text, "byline", agencies):
                # "Jane Doe, AFP": the author list knows whether these are two authors.
                if credit.agency in partners and "after a name" in credit.rule:
                    credit = replace(credit, role=Role.PARTIAL)
                yield credit
    if entry is not None:
        yield from _authors(entry.authors, "feed field", agencies, "", outlet)
        if entry.credit:
            yield from _statement(entry.credit, "feed field", agencies)


def _authors(
    authors: tuple[str, ...], zone: str, agencies: Agencies, site: str, outlet: str
) -> Iterator[Credit]:
    """An agency that is one of several authors is a partner, not the origin."""
    read = [(author, read_statement(author, agencies)) for author in authors]
    label = outlet.partition(".")[0]
    people = any(
        not found and " " in author.strip() and not _is_site(author, site, label)
        for author, found in read
    )
    for author, found in read:
        for each in found:
            role = each.role
            if people and each.rule == "alone" and role is Role.ORIGIN:
                role = Role.PARTIAL
            yield _credit(each.hit.key, role, zone, author, None, f"author {each.rule}")


def _is_site(author: str, site: str, label: str) -> bool:
    folded = re.sub(r"\W", "", author).casefold()
    return folded == re.sub(r"\W", "", site).casefold() or (len(label) > 3 and label in folded)


def _statement(text: str, zone: str, agencies: Agencies) -> Iterator[Credit]:
    for each in read_statement(text, agencies, visible=zone == "byline"):
        yield _credit(each.hit.key, each.role, zone, text, None, f"{zone} {each.rule}")


def _canonical(meta: PageMeta | None, agencies: Agencies, outlet: str) -> Iterator[Credit]:
    """A page that names an agency's page as its original says whose copy it is."""
    for address in (meta.canonical, meta.og_url) if meta is not None else ():
        key = agencies.of_outlet(outlet_of(address)) if address.startswith("http") else None
        if key and outlet_of(address) != outlet:
            yield _credit(key, Role.ORIGIN, "canonical", address, None, "canonical")
            return


def _paragraphs(text: str) -> list[tuple[int, str]]:
    """(offset, paragraph) of each line that is not blank."""
    found, offset = [], 0
    for line in text.split("\n"):
        if line.strip():
            found.append((offset, line))
        offset += len(line) + 1
    return found


def _is_caption(paragraph: str, agencies: Agencies) -> bool:
    return len(paragraph.split()) <= 60 and is_photo(paragraph, agencies)


def _is_byline(paragraph: str, agencies: Agencies) -> bool:
    words = paragraph.split()
    opened = agencies.phrases.by.match(paragraph) is not None
    ended = paragraph.rstrip()[-1:] in ".!?…。"
    if opened and len(words) <= _BYLINE_WORDS and not ended:
        return any(word[:1].isupper() or not word.isascii() for word in words[1:])
    return (
        len(words) <= 6
        and not ended
        and bool(_pure(read_statement(paragraph, agencies, visible=True)))
    )


def _pure(found: Iterable[Found]) -> list[Found]:
    return [each for each in found if each.rule in ("alone", "for", "with", "joined", "slash")]


def _in_text(text: str, title: str, agencies: Agencies) -> tuple[list[Credit], set[int]]:
    """Datelines, byline lines and sign-offs, with the offsets of the paragraphs they fill."""
    paragraphs = _paragraphs(text)
    taken: set[int] = set()
    found: list[Credit] = []

    def add(offset: int, paragraph: str, zone: str, items: Iterable[Found]) -> None:
        for each in items:
            at = offset + each.hit.start
            excerpt = _around(paragraph, each.hit)
            found.append(_credit(each.hit.key, each.role, zone, excerpt, at, each.rule))
            taken.update(range(at, offset + each.hit.end))

    story = []
    for offset, line in paragraphs:
        if _is_caption(line, agencies) or is_promo(line, agencies):
            taken.update(range(offset, offset + len(line)))
        elif line != title:
            story.append((offset, line))
    for index, (offset, paragraph) in enumerate(story[: HEAD + 2]):
        dateline = read_dateline(paragraph, agencies) if index < HEAD + 1 else None
        if dateline:
            add(offset, paragraph, "dateline", dateline.found)
            break
        if index < HEAD and _is_byline(paragraph, agencies):
            add(offset, paragraph, "byline", read_statement(paragraph, agencies, visible=True))
        elif len(paragraph.split()) > 25 and index >= 1:
            break
    notices = [each for each in story if is_notice(each[1], agencies)]
    closing = [each for each in story if each not in notices][-TAIL:] + notices[-TAIL:]
    for offset, paragraph in closing:
        if offset not in taken:
            add(offset, paragraph, "sign-off", read_signoff(paragraph, agencies)[0])
    return found, taken


def _around(paragraph: str, hit: Hit) -> str:
    start = max(0, hit.start - EXCERPT // 2)
    return paragraph[start : start + EXCERPT]


def _mentions(text: str, agencies: Agencies, taken: set[int]) -> Iterator[Credit]:
    """The first place where each agency is quoted or named in the story."""
    seen: set[str] = set()
    phrases = agencies.phrases
    for hit in agencies.find(text):
        if hit.key in seen or hit.start in taken:
            continue
        before = text[max(0, hit.start - 40) : hit.start].rpartition("\n")[2]
        after = text[hit.end : hit.end + 40].partition("\n")[0]
        said = bool(phrases.said_before.search(before) or phrases.said_after.match(after))
        if text[hit.start : hit.end].isupper() and not hit.attached:
            said = said or phrases.article.search(before) is not None
        if hit.short and not said:
            continue
        seen.add(hit.key)
        start = max(0, hit.start - EXCERPT // 2)
        excerpt = text[start : hit.end + EXCERPT // 2]
        rule = "quoted" if said else "named"
        yield _credit(hit.key, Role.MENTION, "text", excerpt, hit.start, rule)
