"""Reads one line for what it says about its author: statement, sign-off, caption, pointer.

It sees one line at a time and must not decide about a whole article.
"""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

from aggregator.core.agencies import Agencies, Hit
from aggregator.model import Role

MAX_STATEMENT = 160  # characters of a byline or author field worth reading
MAX_SIGNOFF = 240

OPEN, CLOSE = r"(\[/（［【〔《", r")\]/）］】〕》"
DASH = r"[-–—―−ー－]"
_JOINER = re.compile(
    r"^\s*(?:[/,;、・+&=|]|"
    + DASH
    + r"|and|und|et|y|e|i|och|og|ja|en|и|та|și|és|dan|ve|و)\s*(?:the\s+|l['’])?$",
    re.IGNORECASE,
)
CASELESS = re.compile(
    "[\u0590-\u0dff\u0e00-\u109f\u10d0-\u10ff\u1100-\u11ff\u3040-\u9fff\uac00-\ud7af]"
)
_FILLER = re.compile(
    r"^(?:\s+[A-Z][\w-]+){0,4}\s+(?:[Ww]riters?|[Rr]eporters?|[Cc]orrespondents?|[Ee]ditors?|[Ss]taff|"
    r"[Nn]ews(?:room|desk)?|[Bb]ureau|[Aa]gency|[Ff]eed|[Dd]esk)\b"
)
_EDGE = re.compile(r"^\s*(?:[,;:/|()\[\]（）【】–—\-&+·•.=\d©]|$)")
_YEAR_TAIL = re.compile(
    r"(?:all rights reserved|tous droits|alle rechte|todos los derechos|riproduzione riservata)"
    r".*$",
    re.IGNORECASE,
)
# What may stand around the names on a line that is nothing but a sign-off.
_BARE = re.compile(
    # Possessive: these parts can be cut in many ways, and a hostile line would try them all.
    r"(?:[a-z]{2,4}/[a-z]{2,4}\b|/[a-z]{2,4}\b|©|\(c\)|copyright|the\b|\d{4}|agencies|agences|"
    r"agenturen|ag\b|mit\b|and\b|[-–—―=*•|()\[\]（）【】«»\"/.,;:·・、&+]|\s)++",
    re.IGNORECASE,
)
_DESK = re.compile(r"^(?:\s+(?:[A-Z]{2,5}|[a-z]{2,4}/[a-z]{2,4})){1,5}\s*$")
_SENTENCE = r"[.!?…。！？।۔\"”’»」』）)]"
_NAME_SLASH = re.compile(
    r"(?:^|[\s(.,©])[A-ZÀ-ÖØ-ÞА-ЯЁ][\w.'’-]+(?:\s+[A-ZÀ-ÖØ-ÞА-ЯЁ][\w.'’-]*){1,3}\s*[/|,]\s*$"
)


class Found(NamedTuple):
    """An agency name with what the line proves about it."""

    hit: Hit
    role: Role
    rule: str


def read_statement(text: str, agencies: Agencies, *, visible: bool = False) -> list[Found]:
    """Agencies named in an author field or byline; empty for photo credits and long prose.

    `visible` says that the words stood on the page, where "Jane Doe / AFP" may be a picture's.
    """
    line = text[:MAX_STATEMENT]
    if agencies.phrases.photo.search(line) or (visible and is_photo(line, agencies)):
        return []
    hits = [hit for hit in agencies.find(line) if not hit.attached]
    if not hits or len(line.split()) > 24:
        return []
    opening = agencies.phrases.source.match(line) or agencies.phrases.by.match(line)
    found: list[Found] = []
    at = opening.end() if opening and opening.end() <= hits[0].start else 0
    for hit in hits:
        before, after = line[at : hit.start], line[hit.end :]
        role = _role_in_statement(before, after, hit, found, agencies)
        if role is not None:
            found.append(Found(hit, *role))
        at = hit.end
    return found


def _role_in_statement(
    before: str, after: str, hit: Hit, found: list[Found], agencies: Agencies
) -> tuple[Role, str] | None:
    phrases = agencies.phrases
    if phrases.after.match(after) or phrases.with_.search(before):
        return Role.PARTIAL, "with"
    if phrases.for_.search(before):
        return Role.ORIGIN, "for"
    if found and _JOINER.match(before):
        return found[-1].role, found[-1].rule
    clean_after = _EDGE.match(after) or _FILLER.match(after) or phrases.and_.search(after[:8])
    if hit.short and not clean_after and not _JOINER.match(after[:5]):
        return None
    rest = before.strip(' \t,;:|-–—()[]·•©«»"/')
    if not rest or not re.search(r"\w", rest) or re.fullmatch(r"[\d\s./:-]+", rest):
        partner = re.match(r"\s*/\s*(?![a-z]{2,4}\b)[^\W\d]", after)
        return (Role.PARTIAL, "slash") if partner else (Role.ORIGIN, "alone")
    if phrases.and_.search(before):
        return Role.PARTIAL, "joined"
    if before.rstrip().endswith("/"):
        return Role.PARTIAL, "slash"
    if re.search(rf"(?:[,;:|(\[·•]|{DASH})\s*$", before):
        return Role.ORIGIN, "after a name"
    words = rest.split()
    named = len(words) <= 5 and all(not w[:1].islower() for w in words)
    return (Role.ORIGIN, "after a name") if named and not hit.short else None


def pool(inside: str, agencies: Agencies) -> list[Hit]:
    """Agencies of a bracket that holds nothing else but places, dates and desk codes."""
    hits = [hit for hit in agencies.find(inside) if not hit.attached]
    if not hits or is_photo(inside, agencies):
        return []
    rest = inside
    for hit in reversed(hits):
        rest = rest[: hit.start] + "\0" + rest[hit.end :]
    if CASELESS.search(inside):
        return hits if len(rest) <= 24 else []
    parts = [
        part.strip() for part in re.split(r"[/,;+&]|\s" + DASH + r"\s|\s(?:and|und|et)\s", rest)
    ]
    leftover = [part.replace("\0", "").strip() for part in parts]
    fine = all(not each or re.fullmatch(r"[a-zäöü]{2,12}|\d{1,2}|\d{4}", each) for each in leftover)
    return hits if fine else []


def read_signoff(paragraph: str, agencies: Agencies) -> tuple[list[Found], int]:
    """Names that sign a closing paragraph, and the length of what stands before the sign-off.

    The length is 0 when the whole paragraph is the sign-off, and that of the paragraph when
    there is none.
    """
    if key := agencies.marked(paragraph.strip()):
        return [Found(Hit(0, len(paragraph), key, False, False), Role.ORIGIN, "mark")], 0
    size = len(paragraph)
    if size <= MAX_SIGNOFF and (found := _whole_line(paragraph, agencies)):
        return found, 0
    return _at_end(paragraph, agencies) or ([], size)


def _whole_line(line: str, agencies: Agencies) -> list[Found]:
    if is_photo(line, agencies):
        return []
    hits = [hit for hit in agencies.find(line) if not hit.attached]
    if not hits:
        return []
    phrases = agencies.phrases
    source = phrases.source.match(line)
    words = len(line.split())
    if words <= 25:
        for hit in hits:
            before, after = line[: hit.start], line[hit.end :]
            opened = len(before.split()) <= 7 and phrases.with_.search(before)
            closed = len(before.split()) <= 4 and phrases.after.match(after)
            if (opened and words <= 14 and not _is_sentence(after)) or closed:
                return [Found(each, Role.PARTIAL, "with") for each in hits]
    start = source.end() if source and source.end() <= hits[0].start else 0
    rest = _YEAR_TAIL.sub("", line[hits[-1].end :])
    between = [line[a.end : b.start] for a, b in itertools.pairwise(hits)]
    lead = line[start : hits[0].start]
    by = phrases.by.match(lead + " ")
    bare_lead = not lead.strip() or _BARE.fullmatch(lead) or (by and by.end() >= len(lead.rstrip()))
    bare = bare_lead and all(_JOINER.match(each) for each in between)
    if bare and (not rest.strip() or _BARE.fullmatch(rest) or _DESK.match(rest)):
        return [Found(hit, Role.ORIGIN, "source line" if source else "sign-off") for hit in hits]
    signed = re.match(rf"\s*{DASH}{{1,2}}\s*\S+ \S+(?: \S+)?,\s*$", lead)
    if signed and not rest.strip(" .)"):
        return [Found(hit, Role.ORIGIN, "sign-off") for hit in hits]
    if source and words <= 9 and not _is_sentence(line[source.end() :]):
        return [Found(hit, Role.PARTIAL, "source line") for hit in hits]
    return []


def _is_sentence(text: str) -> bool:
    return len(text.split()) > 8


def _at_end(paragraph: str, agencies: Agencies) -> tuple[list[Found], int] | None:
    tail_at = max(0, len(paragraph) - 60)
    tail = paragraph[tail_at:]
    bracket = re.search(
        rf"[\s]*{DASH}{{0,2}}\s*[{OPEN}]([^{OPEN}{CLOSE}]{{2,40}}(?:/[^{OPEN}{CLOSE}]{{2,20}})*)[{CLOSE}][.\s]*$",
        tail,
    )
    if bracket:
        hits = pool(bracket[1], agencies)
        before = tail[: bracket.start()]
        closed = re.search(_SENTENCE + r"\s*$", before) or CASELESS.search(before[-3:])
        if hits and (closed or not any(hit.short for hit in hits)):
            shift = tail_at + bracket.start(1)
            moved = [h._replace(start=h.start + shift, end=h.end + shift) for h in hits]
            return [Found(h, Role.ORIGIN, "sign-off") for h in moved], tail_at + bracket.start()
        return None
    for hit in agencies.find(tail):
        before, after = tail[: hit.start], tail[hit.end :]
        closed = re.search(_SENTENCE + rf"(?:\s+{DASH}{{0,2}}|\s*{DASH}{{1,2}})\s*$", before)
        if closed and not hit.attached and (not after.strip(" .") or _DESK.match(after)):
            placed = hit._replace(start=hit.start + tail_at, end=hit.end + tail_at)
            end = tail_at + len(before.rstrip(" -–—"))
            return [Found(placed, Role.ORIGIN, "sign-off")], end
    return None


def is_photo(line: str, agencies: Agencies) -> bool:
    """Whether a line is a caption or picture credit: "Jane Doe / AFP", "(Photo: Xinhua)"."""
    if len(line) > 400:
        return False
    if agencies.phrases.photo.search(line):
        return True
    for hit in agencies.find(line):
        before, after = line[: hit.start], line[hit.end :]
        if re.match(
            r"\s*(?:[Pp]hotos?|[Ff]oto|via|/\s*(?:Getty|POOL|[A-ZÀ-Ý]\w+ [A-ZÀ-Ý]))", after
        ):
            return True
        if (
            re.search(r"[/|]\s*$", before)
            and not re.search(r"\w", after)
            and _NAME_SLASH.search(before)
        ):
            return True
        if re.match(r"\W*(?:©|\(c\))\s*(?:\d{4}\s*)?$", before) and re.match(
            r"\s*(?:\d{4}\s*)?/\s*\w", after
        ):
            return True
        if line.startswith("(") and _NAME_SLASH.search(before) and re.match(r"\s*\)\W*$", after):
            return True
    return False


def is_promo(line: str, agencies: Agencies) -> bool:
    """Whether a line points to another story: "Related article: …", "Lire aussi : …"."""
    return len(line) <= 260 and agencies.phrases.promo.match(line) is not None


def is_notice(line: str, agencies: Agencies) -> bool:
    """Whether a line only speaks of rights and feeds."""
    return agencies.phrases.notices.fullmatch(line.strip()) is not None
