"""Reads the marks by which an agency names its own versions; must not compare texts."""

from __future__ import annotations

import re

from aggregator.core.phrasebook import phrasebook
from aggregator.model import WireKind, WireMark

_HEAD = 160  # characters at the head of a text in which a mark may stand
_TAIL = 40  # and at the end of a title: "... (2nd LD)"
# RFC 3085: urn:newsml:provider:date:item:revision, the revision with a letter for its use.
_NEWSML = re.compile(r"urn:newsml:[^:\s]+:\d{8}(?:T\d{6}Z?)?:[^:\s]+:(\d{1,4})[NAU]?$", re.I)


def read_mark(
    *titles: str, text: str = "", guid: str = "", version: int | None = None
) -> WireMark | None:
    """The mark of a version in its titles, at the head of its text, or in its identity.

    Titles are looked at in the order given, at their start and in a bracket at their end. A
    correction outweighs the rest, because "UPDATE 2-CORRECTED-..." is one. `version` is what
    ninjs calls so; it, and the revision of a NewsML URN `guid`, make an update from 2 on.
    """
    for title in titles:
        if mark := _in_title(title[:300]):
            return mark
    head = text[:_HEAD].split("\n")[0]
    for kind, pattern in phrasebook().wire:
        # Inside a text only what stands in brackets is a mark: a story may begin "Flash floods".
        found = pattern.match(head) if head[:1] in "([（【" else None
        if found:
            return _mark(kind, found)
    if version is None and (urn := _NEWSML.match(guid.strip())):
        version = int(urn[1])
    if version is not None and version > 1:
        return WireMark(kind=WireKind.UPDATE, number=version, words=f"version {version}")
    return None


def _in_title(title: str) -> WireMark | None:
    marks: list[WireMark] = []
    rest = title
    for _ in range(3):  # "UPDATE 2-CORRECTED-", "URGENT (2nd LD)"
        found = next(iter(_marks_at(rest)), None)
        if found is None:
            break
        marks.append(found)
        rest = rest[rest.find(found.words) + len(found.words) :]
    at = max(title.rfind("("), title.rfind("（"), title.rfind("["))
    if at > 0 and len(title) - at <= _TAIL:
        marks += _marks_at(title[at:])
    strong = (WireKind.WITHDRAWN, WireKind.CORRECTION)
    return next((mark for mark in marks if mark.kind in strong), next(iter(marks), None))


def _marks_at(words: str) -> list[WireMark]:
    """What the beginning of some words is a mark of, the strongest kind first."""
    book = phrasebook()
    return [_mark(kind, hit) for kind, pattern in book.wire if (hit := pattern.match(words))]


def _mark(kind: WireKind, found: re.Match[str]) -> WireMark:
    number = next((int(each) for each in found.groups() if each and each.isdigit()), None)
    return WireMark(kind=kind, number=number, words=found[0].strip())
