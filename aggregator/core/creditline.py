"""Reads one line for what it says about its author: statement, caption, pointer, notice.

It sees one line at a time and must not decide about a whole article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from aggregator.core.agencies import Agencies, Hit
from aggregator.core.creditwords import CASELESS
from aggregator.model import Role

MAX_STATEMENT = 160  # characters of a byline or author field worth reading
MAX_NAMES = 12  # agencies in a line; a pool has up to five

OPEN, CLOSE = r"(\[/（［【〔《", r")\]/）］】〕》"
DASH = r"[-–—―−ー－]"
_PLACE = re.compile(r"^\s+(?:in|à|en|aus|из|em|a)\s+[A-ZÀ-ÞА-Я][\w-]+(?:\s+[A-ZÀ-Þ][\w-]+)?\s*$")
_PLACE_DATED = re.compile(r"\s+[A-ZÀ-ÞА-Я]\w+(?:\s[A-ZÀ-ÞА-Я]\w+)?\s*,?\s*")  # "PTI Pune, 6 Jan"
_EDGE = re.compile(r"^\s*(?:[,;:/|()\[\]（）【】–—\-&+·•.=\d©]|$)")
_OPENS_PARTNER = re.compile(r"^\s*(?P<mark>[/&+])\s*(?=[^\W\d])")
_DESK_CODE = re.compile(r"[a-zäöü]{2,4}(?:[/-][a-zäöü]{2,4})*\b(?!\s*\w)")
_PUNCTUATION = ' \t,;:|-–—()[]·•©«»"/＝=（）【】'
_NAME_SLASH = re.compile(
    r"(?:^|[\s(.,©])[A-ZÀ-ÖØ-ÞА-ЯЁ][\w.'’-]+(?:\s+[A-ZÀ-ÖØ-ÞА-ЯЁ][\w.'’-]*){1,3}\s*[/|,]\s*$"
)
_PHOTO_AFTER = re.compile(
    r"\s*(?:(?:[Pp]hotos?|[Ff]otos?|via|[Ii]mages?|[Vv]ideo)\b|"
    r"/\s*(?:Getty|POOL|[A-ZÀ-Ý]\w+ [A-ZÀ-Ý]))"
)


class Found(NamedTuple):
    """An agency name with what the line proves about it."""

    hit: Hit
    role: Role
    rule: str


def count_of(text: str) -> int:
    """Words of a text; three letters of a script without spaces count as one."""
    joined = len(CASELESS.findall(text))
    return max(len(text.split()), joined // 3)


def names_in(text: str, agencies: Agencies) -> list[Hit]:
    """The agency names that stand by themselves; none where they are too many for a credit."""
    hits = [hit for hit in agencies.find(text) if not hit.attached]
    return hits if len(hits) <= MAX_NAMES else []


def read_statement(text: str, agencies: Agencies, *, visible: bool = False) -> list[Found]:
    """Agencies named in an author field or byline; empty for photo credits and long prose.

    `visible` says that the words stood on the page, where "Jane Doe / AFP" may be a picture's.
    """
    line = text[:MAX_STATEMENT]
    words = agencies.words
    if words.photo.search(line) or (visible and is_photo(line, agencies, bar=False)):
        return []
    hits = names_in(line, agencies)
    if not hits or count_of(line) > 24:
        return []
    opening = words.source.match(line) or words.by.match(line)
    at = opening.end() if opening and opening.end() <= hits[0].start else 0
    found: list[Found] = []
    groups = list(_grouped(line, hits, agencies))
    for group in groups:
        before, after = line[at : group[0].start], line[group[-1].end :]
        role = _role(before, after, group[0], agencies, last=group is groups[-1])
        if role is not None:
            found += [Found(hit, *role) for hit in group]
        at = group[-1].end
    return found


def _grouped(line: str, hits: Iterable[Hit], agencies: Agencies) -> Iterator[list[Hit]]:
    """Names that are joined to one another: "AFP, Reuters and dpa"."""
    group: list[Hit] = []
    for hit in hits:
        if group and not agencies.words.joiner.match(line[group[-1].end : hit.start]):
            yield group
            group = []
        group.append(hit)
    yield group


def _role(
    before: str, after: str, hit: Hit, agencies: Agencies, *, last: bool
) -> tuple[Role, str] | None:
    words = agencies.words
    if words.former.search(before):
        return None
    if ends_partial(after, agencies) or words.with_.search(before) or words.with_open.match(after):
        return Role.PARTIAL, "with"
    if words.for_.search(before):
        return Role.ORIGIN, "for"
    if words.origin.search(before):
        return Role.ORIGIN, "reprint"
    tail = words.stamp.sub(" ", after)
    placed = _PLACE.match(after) or (tail != after and _PLACE_DATED.fullmatch(tail))
    # "Jane Doe, AP, and John Roe, AP": who follows has an agency of his own.
    partner = last and not placed and _has_partner(after, agencies)
    clean = _EDGE.match(tail) or words.post.match(after) or placed or words.and_open.match(after)
    named = re.search(r",\s*$", before) is not None
    if hit.word and not hit.upper and not named and not _EDGE.match(tail):  # "Trend Desk"
        return None
    if not clean and (hit.short or count_of(after) > 4):
        return None
    rest = words.stamp.sub(" ", before).strip(_PUNCTUATION)
    rest = "" if words.agencies.fullmatch(rest) or not re.search(r"\w", rest) else rest
    if words.staff.fullmatch(rest):  # "Redaktion, dpa", but "Redazione ANSA" is the agency's
        parted = re.search(r"[^\w\s]\s*$", before) is not None
        return (Role.PARTIAL, "joined") if parted else (Role.ORIGIN, "alone")
    desk = before.rstrip().endswith("/") and re.fullmatch(r"[a-z]{2,4}", rest)  # "cp/dpa"
    if not rest or desk or re.fullmatch(r"[\d\s./:-]+", rest):
        return (Role.PARTIAL, "slash") if partner else (Role.ORIGIN, "alone")
    if (joined := words.and_.search(before)) is not None:
        # "Jan Novák a ČTK", "Redakce a ČTK", but "Ask a PA".
        lead, sure = before[: joined.start()], joined[0].strip()
        known = count_of(lead) > 1 or words.staff.fullmatch(lead) is not None
        return (Role.PARTIAL, "joined") if known or len(sure) > 1 or sure in "&+" else None
    if before.rstrip().endswith("/"):
        return Role.PARTIAL, "slash"
    if re.search(rf"(?:[,;:|(\[（【·•،、]|{DASH})\s*$", before):
        return (Role.PARTIAL, "slash") if partner else (Role.ORIGIN, "after a name")
    parts = rest.split()
    upright = len(parts) <= 5 and all(not part[:1].islower() for part in parts)
    return (Role.ORIGIN, "after a name") if upright and not hit.short else None


def ends_partial(after: str, agencies: Agencies) -> bool:
    """Whether what follows a name says that it helped: "… contributed to this report"."""
    found = agencies.words.after.search(after[:160])
    return (
        found is not None
        and not re.search(r"[.!?。]\s", after[: found.start()])
        and count_of(after[found.end() :]) <= 6
    )


def _has_partner(after: str, agencies: Agencies) -> bool:
    """Whether somebody else is named beside an agency: "AFP/Le Matinal", "AFP and staff"."""
    words = agencies.words
    if re.match(r"\s*[,(]", after) and words.staff.fullmatch(after.strip(_PUNCTUATION)):
        return True
    opened = _OPENS_PARTNER.match(after) or words.and_open.match(after)
    if opened is None:
        return False
    rest = words.stamp.sub(" ", after[opened.end() :]).strip(_PUNCTUATION)
    if not rest or words.agencies.fullmatch(rest):
        return False
    return words.staff.fullmatch(rest) is not None or not (
        "/" in opened[0] and _DESK_CODE.match(rest)
    )


def pool(inside: str, agencies: Agencies) -> list[Found]:
    """Agencies of a bracket that holds nothing else but places, dates and desk codes."""
    hits = names_in(inside, agencies)
    if not hits or is_photo(inside, agencies):
        return []
    words = agencies.words
    partial = words.with_.search(inside[: hits[0].start]) or ends_partial(
        inside[hits[-1].end :], agencies
    )
    if partial and count_of(inside) <= 12:
        return [Found(hit, Role.PARTIAL, "with") for hit in hits]
    rest = inside
    for hit in reversed(hits):
        rest = rest[: hit.start] + "\0" + rest[hit.end :]
    if CASELESS.search(inside):
        fine = len(rest) <= 24 and (len(hits) > 1 or not hits[0].short or len(rest) <= 16)
        return [Found(hit, Role.ORIGIN, "pool") for hit in hits] if fine else []
    leftover = [part.replace("\0", "").strip() for part in words.parting.split(rest)]
    if any(each and words.staff.fullmatch(each) for each in leftover):
        return [Found(hit, Role.PARTIAL, "slash") for hit in hits]
    fine = all(
        not each
        or re.fullmatch(r"[a-zäöü]{2,12}|\d{1,2}|\d{4}", each)
        or words.agencies.fullmatch(each)
        or (words.stamp.fullmatch(each) and not each.isalpha())
        for each in leftover
    )
    return [Found(hit, Role.ORIGIN, "pool") for hit in hits] if fine else []


@lru_cache(maxsize=256)  # a page is read for its credits, and cleaned of them right after
def is_photo(line: str, agencies: Agencies, *, bar: bool = True) -> bool:
    """Whether a line is a caption or picture credit: "Jane Doe / AFP", "(Photo: Xinhua)".

    Without `bar` "Jane Doe | AFP" is none: bylines are parted so too.
    """
    if len(line) > 400:
        return False
    if agencies.words.photo.search(line):
        return True
    for hit in agencies.find(line):
        before, after = line[: hit.start], line[hit.end :]
        if _PHOTO_AFTER.match(after) or agencies.words.photo_open.match(before):
            return True
        closed = not re.search(r"\w", after)
        slash = re.search(r"[/|]\s*$" if bar else r"/\s*$", before)
        if closed and slash and _NAME_SLASH.search(before):
            return True
        if re.match(r"\W*(?:©|\(c\))\s*(?:\d{4}\s*)?$", before) and re.match(
            r"\s*(?:\d{4}\s*)?[/|]\s*\w", after
        ):
            return True
        if line.startswith("(") and _NAME_SLASH.search(before) and re.match(r"\s*\)\W*$", after):
            return True
    return False


def is_promo(line: str, agencies: Agencies) -> bool:
    """Whether a line points to another story: "Related article: …", "Lire aussi : …"."""
    return len(line) <= 260 and agencies.words.promo.match(line) is not None


def is_notice(line: str, agencies: Agencies) -> bool:
    """Whether a line only speaks of rights and feeds."""
    return agencies.words.notices.fullmatch(line.strip()) is not None
