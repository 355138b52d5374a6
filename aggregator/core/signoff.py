"""Reads who signs a closing paragraph; must not look at any other."""

from __future__ import annotations

import itertools
import re

from aggregator.core.agencies import Agencies, Hit
from aggregator.core.creditline import (
    CLOSE,
    DASH,
    OPEN,
    Found,
    count_of,
    ends_partial,
    is_photo,
    names_in,
    pool,
)
from aggregator.core.creditwords import CASELESS
from aggregator.model import Role

MAX_SIGNOFF = 240
SIGNED_END = "signed at its end"  # bare, as captions are too
_LINE_WORDS = 40

_YEAR_TAIL = re.compile(
    r"(?:all rights reserved|tous droits|alle rechte|todos los derechos|todos os direitos|"
    r"riproduzione riservata|wszelkie prawa|все права|alle rechten|alla rättigheter).*$",
    re.IGNORECASE,
)
# What may stand around the names on a line that is nothing but a sign-off.
_BARE = re.compile(
    # Possessive: these parts can be cut in many ways, and a hostile line would try them all.
    r"(?:[a-z]{2,4}/[a-z]{2,4}\b|/[a-z]{2,4}\b|[a-z]{2,4}/(?=\W*$)|©|\(c\)|copyright|by\b|the\b|\d{4}|agencies|agences|"
    r"agenturen|agencias|agências|agenzie|ag\b|mit\b|and\b|llc\b|inc\b|ltd\b|gmbh\b|l\.p\b|news\b|"
    r"agency\b|[-–—―=*•|()\[\]（）【】«»\"/.,;:·・、&+]|\s)++",
    re.IGNORECASE,
)
_DESK = re.compile(r"^(?:\s+(?:[A-Z]{2,5}|[a-z]{2,4}/[a-z]{2,4})){1,5}\s*$")
_SENTENCE = r"[.!?…。！？।۔።؟\"”’»」』）)]"
_LAST_SENTENCE = re.compile(
    r"(?:^|[.!?…。！？।۔።؟][\"”’»」』）)]?\s*)([^.!?…。！？।۔።؟]{6,120}[.。]?)\s*$"
)
_SIGNED_NAME = re.compile(rf"\s*{DASH}{{1,2}}\s*\S+ \S+(?: \S+)?,\s*$")
_BRACKET_END = re.compile(
    rf"[\s]*{DASH}{{0,2}}\s*[{OPEN}]"
    rf"([^{OPEN}{CLOSE}]{{2,60}}(?:/[^{OPEN}{CLOSE}]{{2,20}})*)[{CLOSE}][.。\s]*$"
)


def read_signoff(paragraph: str, agencies: Agencies) -> tuple[list[Found], int]:
    """Names that sign a closing paragraph, and the length of what stands before the sign-off.

    The length is 0 when the whole paragraph is the sign-off, and that of the paragraph when
    there is none.
    """
    if key := agencies.marked(paragraph.strip()):
        hit = Hit(0, len(paragraph), key, False, False, False)
        return [Found(hit, Role.ORIGIN, "mark")], 0
    size = len(paragraph)
    if size <= MAX_SIGNOFF and (found := _whole_line(paragraph, agencies)):
        return found, 0
    return _at_end(paragraph, agencies) or ([], size)


def _whole_line(line: str, agencies: Agencies) -> list[Found]:
    if is_photo(line, agencies):
        return []
    hits = names_in(line, agencies)
    if not hits:
        return []
    words, size = agencies.words, count_of(line)
    for hit in hits:
        before, after = line[: hit.start], line[hit.end :]
        if words.former.search(before):
            return []
        opened = size <= 16 and count_of(before) <= 7 and words.with_.search(before)
        closed = size <= _LINE_WORDS and count_of(before) <= 30 and ends_partial(after, agencies)
        if (opened and not _is_sentence(after)) or closed:
            return [Found(each, Role.PARTIAL, "with") for each in hits]
    if size <= 25 and words.with_label.match(line):
        return [Found(each, Role.PARTIAL, "with") for each in hits]
    lead, rest = line[: hits[0].start], line[hits[-1].end :]
    said = re.split(r"[.;]\s+", lead)[-1]
    if count_of(said) <= 9 and count_of(rest) <= 6 and words.origin.search(said):
        return [Found(hit, Role.ORIGIN, "reprint") for hit in hits]
    return _bare(line, hits, agencies) or _written_for(lead, rest, hits, agencies)


def _bare(line: str, hits: list[Hit], agencies: Agencies) -> list[Found]:
    """A line of names and marks alone: "(AFP)", "Source: dpa", "-- Ann Example, Reuters"."""
    words = agencies.words
    source = words.source.match(line)
    start = source.end() if source and source.end() <= hits[0].start else 0
    rest = _YEAR_TAIL.sub("", line[hits[-1].end :])
    lead = words.stamp.sub(" ", line[start : hits[0].start])
    by = words.by.match(lead + " ")
    bare_lead = not lead.strip() or _BARE.fullmatch(lead) or (by and by.end() >= len(lead.rstrip()))
    between = (line[a.end : b.start] for a, b in itertools.pairwise(hits))
    bare = bare_lead and all(words.joiner.match(each) for each in between)
    rest = words.stamp.sub(" ", re.sub(r"\(?https?://\S*", " ", rest))
    desk = words.staff.fullmatch(lead.partition("/")[0]) if "/" in lead else None
    if bare and desk:
        return [Found(hit, Role.PARTIAL, "slash") for hit in hits]
    if bare and (not rest.strip() or _BARE.fullmatch(rest) or _DESK.match(rest)):
        return [Found(hit, Role.ORIGIN, "source line" if source else "sign-off") for hit in hits]
    post = words.post.match(rest)
    if bare and source and post and not rest[post.end() :].strip(" .)"):
        return [Found(hit, Role.ORIGIN, "source line") for hit in hits]
    if _SIGNED_NAME.match(lead) and not rest.strip(" .)"):
        return [Found(hit, Role.ORIGIN, "sign-off") for hit in hits]
    if source and count_of(line) <= 9 and not _is_sentence(line[source.end() :]):
        return [Found(hit, Role.PARTIAL, "source line") for hit in hits]
    return []


def _written_for(lead: str, rest: str, hits: list[Hit], agencies: Agencies) -> list[Found]:
    """ "Example writes for the Associated Press." """
    said = agencies.words.for_.search(lead)
    if not said or count_of(lead) > 7 or rest.strip(" .)"):
        return []
    names = lead[: said.start() + 1].split()
    if not names or not all(name[:1].isupper() for name in names):
        return []
    return [Found(hit, Role.ORIGIN, "for") for hit in hits]


def _is_sentence(text: str) -> bool:
    return count_of(text) > 8


def _at_end(paragraph: str, agencies: Agencies) -> tuple[list[Found], int] | None:
    tail_at = max(0, len(paragraph) - 80)
    tail = paragraph[tail_at:]
    if bracket := _BRACKET_END.search(tail):
        return _bracket_end(tail, bracket, tail_at, agencies)
    for hit in agencies.find(tail):
        before, after = tail[: hit.start], tail[hit.end :]
        closed = re.search(_SENTENCE + rf"(?:\s+[/|]?{DASH}{{0,2}}|\s*{DASH}{{1,2}})\s*$", before)
        shared = re.fullmatch(r"/[A-Z]{2,5}\.?", after.strip())  # "— VNA/VNS": a desk of the outlet
        if closed and not hit.attached and (not after.strip(" .") or _DESK.match(after) or shared):
            placed = _moved(hit, tail_at)
            end = tail_at + len(before.rstrip(" -–—/|"))
            return [Found(placed, Role.PARTIAL if shared else Role.ORIGIN, SIGNED_END)], end
    return _last_sentence(paragraph, agencies)


def _bracket_end(
    tail: str, bracket: re.Match[str], tail_at: int, agencies: Agencies
) -> tuple[list[Found], int] | None:
    found = pool(bracket[1], agencies)
    before = tail[: bracket.start()]
    closed = re.search(_SENTENCE + r"\s*$", before) or CASELESS.search(before[-3:])
    if not found or not (closed or not any(each.hit.short for each in found)):
        return None
    shift = tail_at + bracket.start(1)
    moved = [
        Found(_moved(each.hit, shift), each.role, "sign-off" if each.rule == "pool" else each.rule)
        for each in found
    ]
    return moved, tail_at + bracket.start()


def _last_sentence(paragraph: str, agencies: Agencies) -> tuple[list[Found], int] | None:
    """ "… The search goes on. Additional reporting by PA" """
    last = _LAST_SENTENCE.search(paragraph[-400:])
    if last is None or last.start(1) == 0:
        return None
    words, shift = agencies.words, max(0, len(paragraph) - 400) + last.start(1)
    hits = names_in(last[1], agencies)
    opened = hits and words.with_.search(last[1][: hits[0].start])
    if not opened or last[1][: opened.start()].strip(" (") or is_photo(last[1], agencies):
        return None
    if count_of(last[1][hits[-1].end :]) > 2:
        return None
    found = [Found(_moved(hit, shift), Role.PARTIAL, "with") for hit in hits]
    return found, len(paragraph[:shift].rstrip())


def _moved(hit: Hit, shift: int) -> Hit:
    return hit._replace(start=hit.start + shift, end=hit.end + shift)
