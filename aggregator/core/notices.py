"""Finds what a page says of its own mistakes; must not look for the mistakes themselves."""

from __future__ import annotations

from aggregator.core import text
from aggregator.core.facts import MOST
from aggregator.core.phrasebook import phrasebook
from aggregator.model import Aspect, Change

_SHOWN = 200  # characters of a notice that are kept with the change


def added_notices(before: str, after: str) -> list[Change]:
    """Correction notices that the newer text has and the older has not."""
    known = {" ".join(text.tokens(each)) for each in notice_lines(before)}
    fresh = [each for each in notice_lines(after) if " ".join(text.tokens(each)) not in known]
    return [
        Change(aspect=Aspect.NOTICE, words="correction notice added", after=each[:_SHOWN])
        for each in fresh[:MOST]
    ]


def notice_lines(body: str) -> list[str]:
    """Lines that open as a correction notice, and sentences that speak of an earlier version."""
    book = phrasebook()
    found: list[str] = []
    for line in body.split("\n"):
        if book.notice_opens.match(line):
            found.append(line)
        elif book.notice_says.search(line):
            found += [each for each in text.sentences(line) if book.notice_says.search(each)]
    return found
