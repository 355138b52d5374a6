"""Tells the story from what stands above it, title, byline and date; must not judge either."""

from __future__ import annotations

import re
from datetime import datetime

from aggregator.core.dates import parse_date
from aggregator.core.pagemeta import PageMeta
from aggregator.core.plain import one_line, without_controls
from aggregator.model import Entry

MAX_TITLE = 500
MAX_TEXT = 1_000_000  # characters; ten novels
_HEAD_LINES = 6

_SPACE = re.compile(r"[^\S\n]+")
_CONNECTOR = re.compile(
    r"\s+(?:and|und|et|y|og|och|en|e|i|и|та|ve|&)\s+|\s*[;、,]\s*|\s+[|•·]\s+|"
    r"\s+(?:for|für|pour|para)\s+(?:the\s+)?(?=[A-Z]{2,6}\b|Reuters|Associated Press)"
)
_PERSON_NOISE = re.compile(
    r"\S+@\S+|@\w+|\b\d{1,2}[:.]\d{2}\b.*|\b\d{4}\b.*|"
    r"^(?:by|von|par|por|di|da|door|av|af|przez|written by|автор)\s*:?\s+",
    re.IGNORECASE,
)
_DATE_LABEL = re.compile(
    r"^(?:published|updated|posted|stand|veröffentlicht|publié|actualisé|publicado)\W+"
    r"(?:on |am |le |el )?",
    re.IGNORECASE,
)
_NOBODY = frozenset(
    ["admin", "administrator", "editor", "staff", "author", "redaktion", "redakcja", "editorial"]
)


def title_of(meta: PageMeta, entry: Entry | None) -> str:
    """The best stated title without the site's name; a longer one replaces a truncated one."""
    stated = [meta.headline, meta.og_title, meta.h1, entry.title if entry else "", meta.page_title]
    titles = [_without_site(one_line(each, MAX_TITLE), meta) for each in stated]
    best = next((each for each in titles if len(each) > 2), "")
    stem = re.sub(r"\s*(?:\.\.\.|…)$", "", best)
    if stem != best:
        whole = (each for each in titles if len(each) > len(stem) and "…" not in each)
        best = next((each for each in whole if each.startswith(stem[:40])), best)
    return best


def _without_site(title: str, meta: PageMeta) -> str:
    head, separator, tail = "", "", title
    if match := re.match(r"(.+\S)(\s+[|·•–—»-]\s+|\s*[|｜]\s*)(\S.*)$", title):
        head, separator, tail = match.groups()
    if not separator:
        return title
    folded = re.sub(r"\W", "", tail).casefold()
    site = re.sub(r"\W", "", meta.site_name).casefold()
    bare = one_line(meta.h1 or meta.headline, MAX_TITLE)
    if (folded and (folded == site or (site and folded.startswith(site)))) or bare == head:
        return _without_site(head, meta)
    return title


def story_of(text: str, meta: PageMeta, title: str, now: datetime) -> tuple[str, tuple[str, ...]]:
    """Paragraphs without the head matter that extractors leave on top, and the bylines among it."""
    lines: list[str] = []
    for raw in without_controls(text[:MAX_TEXT]).split("\n"):
        line = _SPACE.sub(" ", raw).strip()
        line = line.removeprefix("- ").strip()
        if line.startswith("|") and line.endswith("|"):
            line = "" if set(line) <= set("|- :") else " ".join(line.strip("|").split("|")).strip()
        if line and (not lines or lines[-1] != line):
            lines.append(_SPACE.sub(" ", line))
    titles = {_fold(each) for each in (title, meta.headline, meta.og_title, meta.h1)} - {""}
    people = {_fold(each) for each in (*meta.bylines, *meta.authors)} - {""}
    kept, bylines, running = [], [], False
    for index, line in enumerate(lines):
        running = running or len(line) > 200
        if index < _HEAD_LINES and not running and _is_head(line, titles, people, now):
            bylines.append(line)
        elif index >= _HEAD_LINES or _fold(line) not in titles:
            kept.append(line)
    return "\n".join(kept), tuple(each for each in bylines if _fold(each) not in titles)


def _fold(text: str) -> str:
    return re.sub(r"\W", "", text).casefold()


def _is_head(line: str, titles: set[str], people: set[str], now: datetime) -> bool:
    """Whether a line above the story is a title, a byline or a date."""
    folded = _fold(line)
    if folded in titles:
        return True
    words = line.split()
    closed = line[-1:] in ".!?…。:"
    # "HONG KONG (Agency) Shares fell." may be marked as a byline, and is the story's lead.
    if folded in people:
        return not (closed and len(words) > 14)
    if len(words) > 14 or closed:
        return False
    bare = re.sub(_PERSON_NOISE, "", line)
    if bare != line and len(words) <= 10 and (_fold(bare) in people or not _fold(bare)):
        return True
    if (
        re.match(r"(?:by|von|par|por|di|door|av|af)\s+[A-ZÀ-Þ]", line, re.IGNORECASE)
        and len(words) <= 10
    ):
        return sum(word[:1].isupper() for word in words[1:]) >= (len(words) - 1) / 2
    if len(words) > 9 or not re.search(r"\d", line):
        return False
    return parse_date(_DATE_LABEL.sub("", line), now=now) is not None


def authors_of(meta: PageMeta, entry: Entry | None) -> tuple[str, ...]:
    """Clean names of people and organisations, agencies among them, in the order stated."""
    stated = meta.authors or meta.bylines[:2] or (entry.authors if entry is not None else ())
    names: dict[str, str] = {}
    for raw in stated:
        for part in _CONNECTOR.split(one_line(raw, 200)):
            name = re.sub(_PERSON_NOISE, "", part).strip(" -–—|,.:;()/")
            fine = 2 <= len(name) <= 60 and len(name.split()) <= 6 and name[0].isalpha()
            if fine and name.casefold() not in _NOBODY and not re.search(r"\d{2}|https?:", name):
                names.setdefault(_fold(name), name)
    return tuple(names.values())[:10]
