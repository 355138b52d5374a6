"""Reads a site's file of text and data mining reservations; fetches nothing and decides nothing.

TDM Reservation Protocol (W3C community group, final report of 2024-05-10), "TDM File on the Origin
Server": `/.well-known/tdmrep.json` is an array of rules, of which the first that matches counts.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from aggregator.core.urls import clean_url

PLACE = "/.well-known/tdmrep.json"
FILE_CAP = 500 * 1024  # bytes, as much as of a robots.txt
MOST_RULES = 1_000  # each is held against each page of the site
MOST_LOCATION = 2_000  # characters

_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True, slots=True)
class TdmRule:
    """What the owner says of the addresses that a pattern matches."""

    location: str  # pattern of a path, its escapes as `_plain` writes them
    reserved: bool
    policy: str | None = None  # address of the terms


def parse_tdmrep(body: bytes) -> tuple[TdmRule, ...]:
    """Return the rules of a file in their order; none for whatever is no such file.

    A rule without a location or without 0 or 1 as its reservation is none. An object in place of
    the array is taken for its only rule: what its owner means is plain.
    """
    try:
        found = json.loads(body[:FILE_CAP].decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return ()
    rows = found if isinstance(found, list) else [found]
    rules = []
    for row in rows[:MOST_RULES]:
        if not isinstance(row, dict) or not isinstance(row.get("location"), str):
            continue
        said = str(row.get("tdm-reservation")).strip().lower()
        if said not in ("0", "1", "true", "false") or len(row["location"]) > MOST_LOCATION:
            continue
        location = row["location"].strip()
        if not location.startswith(("/", "*")):
            location = f"/{location}"
        policy = row.get("tdm-policy")
        terms = clean_url(policy) if isinstance(policy, str) else None
        rules.append(TdmRule(_plain(location), said in ("1", "true"), terms))
    return tuple(rules)


def rule_for(rules: tuple[TdmRule, ...], url: str) -> TdmRule | None:
    """The first rule whose pattern matches an address, by its path and query."""
    if not rules:
        return None
    parts = urlsplit(url)
    path = _plain((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    return next((rule for rule in rules if _matches(rule.location, path)), None)


def _matches(pattern: str, path: str) -> bool:
    """Whether a path begins as a pattern says: `*` is anything, `$` at the end the path's end.

    Each part is looked for once, from where the one before it ended, so no pattern takes longer
    than its own and the path's length. Leftmost is enough: it leaves most to what follows.
    """
    whole = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if not others:
        return not whole or at == len(path)
    last = others.pop()
    for part in others:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if whole:
        return len(path) - len(last) >= at and path.endswith(last)
    return path.find(last, at) >= 0


def _plain(path: str) -> str:
    """The path with unreserved characters written out and all else escaped in capitals."""

    def read(escape: re.Match[str]) -> str:
        sign = chr(int(escape[1], 16))
        return sign if sign in _UNRESERVED else escape[0].upper()

    return quote(_ESCAPE.sub(read, path), safe="%/?#[]@!$&'()*+,;=:~")
