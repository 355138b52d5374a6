"""How numbers, times and strangers' words are written for a reader; no output words them itself."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Right-to-left languages by ISO 639 code; for these the base direction is known before the text.
_RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ary", "arz", "ckb", "dv", "fa", "hbo", "he", "ks", "ps", "sd", "sdh", "ug", "ur",
     "yi"}
)  # fmt: skip
# ISO 639-1: a page may declare any two letters, and a screen reader that is told a language which
# is none reads with the wrong voice. Three letters come from the detector alone, which knows them.
_TWO_LETTERS = (
    "a[abefkmnrsvyz]|b[aeghimnors]|c[aehorsuvy]|d[aevz]|e[elnostu]|f[afijory]|g[adlnuv]"
    "|h[aeiortuyz]|i[adegikostu]|j[av]|k[agijklmnorsuvwy]|l[abginotuv]|m[ghiklnrsty]"
    "|n[abdeglnorvy]|o[cjmrs]|p[ailst]|q[u]|r[mnouw]|s[acdegiklmnoqrstuvw]|t[aeghiklnorstwy]"
    "|u[gkrz]|v[eio]|w[ao]|x[h]|y[io]|z[ahu]"
)
_LANGUAGE = re.compile(rf"(?:{_TWO_LETTERS}|[a-z]{{3}})(?:-[A-Za-z0-9]{{2,8}})*\Z")
_BREAKS = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
# Dropped: control characters but tab and newline, which include the ESC and CSI that start
# terminal sequences; bidirectional embeddings, overrides and isolates, which make one text read
# as another; the byte order mark and interlinear annotation. Kept: joiners and direction marks,
# which Persian, Indic scripts and emoji need and which cannot reorder a neighbour's text.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u206a-\u206f\ufeff\ufff9-\ufffb]"
)
# Never valid in UTF-8 or XML; shown as the replacement character.
_BROKEN = re.compile("[\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Take control, reordering and broken characters out of a stranger's text; keep its lines."""
    if text.isprintable():  # as most are: of 14,000 words of one page this takes 1 ms, not 30
        return text
    return _BROKEN.sub("\ufffd", _UNSAFE.sub("", _BREAKS.sub("\n", text)))


def one_line(text: str) -> str:
    """The same as `clean`, with every run of white space made one space."""
    return " ".join(clean(text).split())


def web_link(url: str) -> str | None:
    """The URL if a page may link to it: http or https, with a host, nothing hidden in it."""
    address = url.strip()
    if clean(address) != address or any(mark.isspace() for mark in address):
        return None
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    return address if parts.scheme.lower() in ("http", "https") and host else None


def language_tag(language: str | None) -> str:
    """A value for a `lang` attribute, or the empty string, which HTML reads as unknown."""
    return language if language and _LANGUAGE.match(language) else ""


def direction(language: str | None) -> str:
    """A value for a `dir` attribute: known from the language, else found in the text."""
    return "rtl" if language and language.split("-")[0].lower() in _RIGHT_TO_LEFT else "auto"


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 outlet`, `8 outlets`, `10,000 copies`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def percent(share: float | None) -> str:
    """A share of 0 to 1 in whole percent; 100 % means all of it and 0 % none of it."""
    if share is None or not math.isfinite(share):
        return ""
    if 0 < share < 1:
        return f"{min(99, max(1, round(share * 100)))} %"
    return f"{round(share * 100)} %"


def duration(minutes: float) -> str:
    """`9 min`, `1 h 06`, `1 d 3 h`, `12 d`."""
    whole = max(0, math.floor(minutes + 0.5))
    if whole < 60:
        return f"{whole} min"
    hours, rest = divmod(whole, 60)
    if hours < 24:
        return f"{hours} h {rest:02d}"
    days, hours = divmod(hours, 24)
    return f"{days:,} d {hours} h" if hours and days < 10 else f"{days:,} d"


def minutes_between(start: datetime, end: datetime) -> float:
    """Minutes from one time to another, negative when they are the other way round."""
    return (end - start).total_seconds() / 60


def moment(when: datetime) -> str:
    """`20 Nov 2026, 04:52 UTC`."""
    at = when.astimezone(UTC)
    return f"{day_of(at)}, {at.hour:02d}:{at.minute:02d} UTC"


def day_of(when: datetime) -> str:
    """`20 Nov 2026`, in UTC."""
    at = when.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def short_moment(when: datetime, now: datetime | None = None) -> str:
    """`20 Nov 04:52` in UTC; the year stands for the hour when it is not the year of `now`."""
    at = when.astimezone(UTC)
    day = f"{at.day:2d} {_MONTHS[at.month - 1]}"
    if now is not None and at.year != now.astimezone(UTC).year:
        return f"{day} {at.year:4d} "
    return f"{day} {at.hour:02d}:{at.minute:02d}"


def listing(words: Iterable[str], *, most: int = 6) -> str:
    """`A, B and C`; past `most` names the rest are counted."""
    names = list(words)
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
