"""Reads the dateline a story opens with; must not look past its first words.

The bracket with the agency comes after a place, before one, or not at all, in thirty languages;
"The Armed Forces of the Philippines (AFP)" looks like one and is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aggregator.core.agencies import Agencies, Hit
from aggregator.core.creditline import CLOSE, DASH, OPEN, Found, pool
from aggregator.core.creditwords import CASELESS
from aggregator.model import Role

_SEPARATOR = re.compile(rf"\s*(?:\.?\s*{DASH}{{1,3}}|[:：|=]|\.|،|$|(?=\n))")
_BRACKET = re.compile(
    rf"[{OPEN}]\s?([^{OPEN}{CLOSE}\n]{{2,60}}(?:/[^{OPEN}{CLOSE}\n]{{1,20}}){{0,4}})\s?[{CLOSE}]"
)
# Lower-case words that stand in place and date lines: particles and months.
_PARTICLES = frozenset(
    (
        "de", "del", "della", "di", "da", "do", "dos", "la", "le", "les", "los", "el", "al", "am",
        "an", "der", "den", "a", "e", "y", "and", "und", "et", "of", "the", "via", "near", "le'",
        "sur", "sous", "saint", "im", "in", "bei", "off", "jan", "janv", "janvier", "feb", "fev",
        "fevr", "février", "febrero", "febbraio", "fevereiro", "marzo", "mars", "março", "avril",
        "abril", "aprile", "mai", "maggio", "mayo", "maio", "giugno", "junio", "junho", "juin",
        "juli", "juillet", "julio", "luglio", "julho", "agosto", "août", "aug", "sept",
        "septiembre", "settembre", "setembro", "septembre", "oct", "octubre", "ottobre", "outubro",
        "octobre", "nov", "noviembre", "dic", "diciembre", "dicembre", "dez", "déc", "gennaio",
        "enero", "ene", "janeiro", "januar", "januari", "február", "januára", "januar",
    )
)  # fmt: skip
# A dash, or a full stop before the next sentence: "ТАСС." but not "ТАСС сообщает"; a name or a
# date may stand between: "РИА Новости, Анна Пример. ", "ТАСС, 6 января. ".
_STOP = re.compile(
    rf"(?:,\s[A-ZА-ЯІЇЄ][\w-]+ [A-ZА-ЯІЇЄ][\w-]+|,\s\d{{1,2}}\s\w+)?"
    rf"[ \t]*(?:/\.?|\.?[ \t]*{DASH}{{1,2}}|[.:|])\s+(?=\S)"
)
_PLACE_AFTER = re.compile(
    rf"[A-ZÀ-Ý][A-ZÀ-Ý .'’]{{2,30}}(?:, ?\d{{1,2}} [A-Za-z]{{3,9}}\.?)?\s*{DASH}\s+|"
    rf"[A-ZÀ-Ý][\w .'’]{{2,30}}, ?\d{{1,2}} [A-Za-z]{{3,9}}\.?\s*{DASH}\s+|"
    r"[가-힣 ·,]{2,30} (?:특파원|기자)\s*=\s*"
)
# Not a colon: "Reuters: Storms close the port" is somebody's review of the press.
_OPENING_STOP = re.compile(
    rf"[ \t]*{DASH}|[ \t]*[|/]|,\s\d{{1,2}}\s\w+\.|[:：](?=\s*[^\x00-\u024f])"
)
_CLOSING_QUOTES = ("»", "”", '"')
_DASH_END = re.compile(rf"{DASH}\s*$")
_GENERIC_DATELINE = re.compile(
    rf"^[A-ZÀ-ÖØ-ÞА-ЯЁІЇЄΑ-Ω][A-ZÀ-ÖØ-ÞА-ЯЁІЇЄΑ-Ω .,'’/-]{{2,40}}"
    rf"(?:,? (?:[A-Z][a-z]{{2,8}}\.? \d{{1,2}}|\d{{1,2}}\.? \w{{3,10}}\.?)(?:, \d{{4}})?)?"
    rf"\s*(?:\([^)]{{2,40}}\)\s*)?(?:{DASH}{{1,2}})\s+"
)


@dataclass(frozen=True, slots=True)
class Dateline:
    """The opening of a story: names in it, and where the story itself begins."""

    found: tuple[Found, ...]
    end: int


def read_dateline(paragraph: str, agencies: Agencies) -> Dateline | None:
    """The dateline a story opens with, if it names an agency."""
    head = paragraph[:160]
    for reader in (_bracketed, _bare_dateline, _han_dateline):
        if (dateline := reader(head, agencies)) is not None:
            return dateline
    return None


def generic_dateline(paragraph: str) -> int:
    """Length of an opening such as "GENEVA, Jan 6 (XYZ) - ", 0 without one."""
    match = _GENERIC_DATELINE.match(paragraph)
    return match.end() if match else 0


def _bracketed(head: str, agencies: Agencies) -> Dateline | None:
    """PARIS, Jan 6 (AFP) - Text; (dpa/lno) - Text; [東京 6日 ロイター] Text."""
    for bracket in _BRACKET.finditer(head):
        if bracket.start() > 90:
            return None
        inside = pool(bracket[1], agencies)
        if not inside:
            continue
        hits = [each.hit for each in inside]
        place = head[: bracket.start()].strip()
        if not _is_place(place) or _spells(place, bracket[1], hits):
            return None
        if not _is_separated(head, bracket, place, hits):
            return None
        shift = bracket.start(1)
        found = tuple(
            each._replace(
                hit=each.hit._replace(start=each.hit.start + shift, end=each.hit.end + shift),
                rule="dateline" if each.rule == "pool" else each.rule,
            )
            for each in inside
        )
        return Dateline(found, _body_start(head, bracket.end()))
    return None


def _is_separated(head: str, bracket: re.Match[str], place: str, hits: list[Hit]) -> bool:
    """Whether what follows the bracket parts it from the story, as its place demands."""
    end = _SEPARATOR.match(head, bracket.end())
    dated = bool(re.search(r"[\d,،]|\]$", place)) or place.isupper()
    caseless = CASELESS.search(place or bracket[1]) is not None
    size = len(place.split())
    if end is None:  # "NEW DELHI, Jan 6 (PTI) Text", "【ロンドン共同】文", "Lindau (KNA) Text"
        if dated or (caseless and (not place or (size <= 2 and not hits[0].word))):
            return True
        rest = head[bracket.end() :]
        capital = re.match(r"\s+[A-ZÀ-ÞА-Я]", rest) is not None
        return capital and (size == 1 or _PLACE_AFTER.match(rest.lstrip()) is not None)
    # "Alpha-fetoprotein (AFP): a guide" is no dateline; "(dpa/lsw). Text" and "Lindau (epd)." are.
    mark = end[0].strip()
    weak = mark in (":", "：", ".", "") and bool(place) and "/" not in bracket[1]
    return not weak or dated or caseless or not hits[0].short or (mark == "." and size <= 2)


def _body_start(head: str, at: int) -> int:
    """Where the story begins after the bracket: past the dash, and a place line after it."""
    rest = head[at:]
    match = re.match(rf"\s*(?:\.?\s*{DASH}{{1,3}}|[:：|.،])?\s*", rest)
    at += match.end() if match else 0
    # "(ANSA) - ROMA, 16 APR - " and "(서울=연합뉴스) 홍길동 기자 = "
    more = _PLACE_AFTER.match(head[at:])
    return at + (more.end() if more else 0)


def _is_place(text: str) -> bool:
    """Whether the words before a bracket look like a place and a date, not like a sentence."""
    words = text.replace(",", " ").replace("/", " ").split()
    if len(words) > 10 or len(text) > 90:
        return False
    if CASELESS.search(text):
        return len(words) <= 7 and len(text) <= 45
    for index, word in enumerate(words):
        bare = word.strip(".[]():–—-'’")
        if not bare or not bare[0].islower() or bare.rstrip(".").lower() in _PARTICLES:
            continue
        near = words[max(0, index - 1) : index + 2]
        if not any(any(c.isdigit() for c in each) for each in near):
            return False
    return not re.search(r"[!?;\"“”]|[a-zа-я]{4,}\. \S+ \S+ \S+ ", text)


def _spells(place: str, inside: str, hits: list[Hit]) -> bool:
    """Whether the bracket only explains the words before it: "Armed Forces … (AFP)"."""
    letters = inside.partition("/")[0].strip().lower()
    words = re.findall(r"[^\W\d_]+", place.lower())
    initials = "".join(word[0] for word in words)
    content = "".join(word[0] for word in words if word not in ("of", "the", "and", "for", "de"))
    if not hits[0].short or len(words) < 2:
        return False
    return letters in (initials, content) or initials.endswith(letters) or content.endswith(letters)


def _bare_dateline(head: str, agencies: Agencies) -> Dateline | None:
    """MOSCOW, 3 Dec — RIA Novosti. Text; AFP - Text; KYIV. 6 January. UNN. Text."""
    for hit in agencies.find(head[:100]):
        place = head[: hit.start].rstrip('«“"')
        end = _STOP.match(head, hit.end + (head[hit.end : hit.end + 1] in _CLOSING_QUOTES))
        if hit.attached or end is None:
            return None
        found = Dateline((Found(hit, Role.ORIGIN, "dateline"),), end.end())
        bare = place.strip(" .,–—-/(")
        dashed = re.search(rf"{DASH}[ \t]*$", place)
        if not bare:
            return found if _OPENING_STOP.match(head, hit.end) else None
        # "Ankara – Anadolu Ajansı: ", "غزة - وفا - "
        certain = not hit.short or CASELESS.search(bare)
        if certain and dashed and len(bare.split()) <= 3 and _is_place(bare):
            return found
        marks = r"./:" if hit.short else r".,/:"  # "in Harrisburg, PA. The …"
        joined = dashed or re.search(rf"[{marks}]\s*$", place)
        # "Accra, Jan. 06, GNA – ", "رام الله 6-1-2031 وفا- ", "Lindares, AFP.- ", but no dateline
        # is "Scranton, PA – "
        joined = joined or (re.search(r"\d,?\s*$", place) and _DASH_END.search(end[0]))
        if re.search(r",\s*$", place) and re.match(rf"\s?\.\s?{DASH}", end[0]) and _is_place(bare):
            return found
        if joined and (re.search(r"\d", place) or bare.isupper()) and _is_place(bare):
            return found
        return None
    return None


def _han_dateline(head: str, agencies: Agencies) -> Dateline | None:
    """新华社北京1月6日电 …: the agency, a place, a date and the word for telegram."""
    for hit in agencies.find(head[:12]):
        end = re.match(
            r"[^，。,、\n]{0,24}?[电電讯訊](?:[（(][^）)]{1,20}[）)])?[\s　]*", head[hit.end :]
        )
        opened = head[: hit.start].strip("（(【 　")
        if not opened and end and not hit.attached and CASELESS.match(head, hit.start):
            return Dateline((Found(hit, Role.ORIGIN, "dateline"),), hit.end + end.end())
        return None
    return None
