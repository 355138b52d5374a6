"""Finds who wrote a copy, with the words that say so; must not compare texts or guess by time.

"AFP reported" and "told AFP" prove nothing, and agency photos stand beside local stories: of 77
agency-photo articles 65 had no agency author. So a name counts by where and how it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from aggregator.core.agencies import Agencies, Hit
from aggregator.core.creditline import (
    Found,
    count_of,
    is_notice,
    is_photo,
    is_promo,
    read_statement,
)
from aggregator.core.dateline import generic_dateline, read_dateline
from aggregator.core.pagemeta import PageMeta
from aggregator.core.signoff import SIGNED_END, read_signoff
from aggregator.core.stated import EXCERPT, RULES, Carrier, credit_of, read_below, read_stated
from aggregator.model import Credit, Entry, Role

__all__ = ["EXCERPT", "RULES", "find_credits", "strip_credit_lines"]

HEAD = 3  # paragraphs in which a dateline may stand
TAIL = 3  # paragraphs in which a sign-off may stand

_BYLINE_WORDS = 14
_ARTICLE = re.compile(r"(?:^|\W)(?:the|an?)\s$", re.IGNORECASE)


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
    carrier = Carrier(outlet, html_meta.site_name if html_meta else "")
    found: list[Credit] = []
    if own:
        found.append(credit_of(own, Role.OWN, "domain", outlet, None, "domain"))
    found += read_stated(html_meta, entry, agencies, carrier)
    captions = html_meta.captions if html_meta else ()
    in_text, taken = _in_text(text, title, agencies, carrier, captions)
    found += in_text
    found += read_below(html_meta, agencies, carrier)
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
    opened = agencies.words.by.match(paragraph) is not None
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


def _in_text(
    text: str, title: str, agencies: Agencies, carrier: Carrier, captions: tuple[str, ...]
) -> tuple[list[Credit], set[int]]:
    """Datelines, byline lines and sign-offs, with the offsets of the paragraphs they fill."""
    paragraphs = _paragraphs(text)
    taken: set[int] = set()
    found: list[Credit] = []

    def add(offset: int, paragraph: str, zone: str, items: Iterable[Found]) -> None:
        for each in items:
            at = offset + each.hit.start
            excerpt = _around(paragraph, each.hit)
            taken.update(range(at, offset + each.hit.end))
            if not carrier.is_meant(paragraph, each.hit):
                found.append(credit_of(each.hit.key, each.role, zone, excerpt, at, each.rule))

    story = []
    long = [each for each in captions if len(each) >= 30]
    for offset, line in paragraphs:
        shown = line in captions or (
            len(line) > 20 and any(line.startswith(each) or each.startswith(line) for each in long)
        )
        if shown or _is_caption(line, agencies) or is_promo(line, agencies):
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
    signed = [
        (offset, paragraph, read_signoff(paragraph, agencies)[0])
        for offset, paragraph in closing
        if offset not in taken
    ]
    # A story is signed once; where paragraph after paragraph is, these are captions.
    bare = [each for each in signed if each[2] and each[2][0].rule == SIGNED_END]
    for place, (offset, paragraph, items) in enumerate(signed):
        if (
            items
            and items[0].rule == "sign-off"
            and _is_card([line for _, line, _ in signed], place, agencies)
        ):
            continue
        if len(bare) < 2 or items[:1] == [] or items[0].rule != SIGNED_END:
            add(offset, paragraph, "sign-off", items)
    return found, taken


def _is_card(lines: list[str], place: int, agencies: Agencies) -> bool:
    """Whether a name alone on a line stands under the headline of another story, or over a date."""
    line = lines[place]
    if count_of(line) > 3 or re.search(r"[^\w\s/,&-]", line):
        return False
    before = lines[place - 1] if place else ""
    after = lines[place + 1] if place + 1 < len(lines) else ""
    headline = 4 <= count_of(before) <= 16 and re.search(r"[\w’']$", before) is not None
    return headline or (bool(after) and agencies.words.stamp.fullmatch(after.strip()) is not None)


def _around(paragraph: str, hit: Hit) -> str:
    start = max(0, hit.start - EXCERPT // 2)
    return paragraph[start : start + EXCERPT]


def _mentions(text: str, agencies: Agencies, taken: set[int]) -> Iterator[Credit]:
    """The first place where each agency is quoted or named in the story."""
    seen: set[str] = set()
    words = agencies.words
    for hit in agencies.find(text):
        if hit.key in seen or hit.start in taken:
            continue
        before = text[max(0, hit.start - 40) : hit.start].rpartition("\n")[2]
        after = text[hit.end : hit.end + 40].partition("\n")[0]
        said = bool(words.said_before.search(before) or words.said_after.match(after))
        if hit.word and _ARTICLE.search(before):  # "The AA said" is the motorists' club
            continue
        name = text[hit.start : hit.end]
        if (name.isupper() or name.islower()) and not hit.attached:
            said = said or (not hit.word and words.article.search(before) is not None)
        if hit.short and not said:
            continue
        seen.add(hit.key)
        start = max(0, hit.start - EXCERPT // 2)
        excerpt = text[start : hit.end + EXCERPT // 2]
        rule = "quoted" if said else "named"
        yield credit_of(hit.key, Role.MENTION, "text", excerpt, hit.start, rule)
