"""Keeps what is looked at again and again on a parsed page; must not judge what it is.

Readers of credits, captions and the story ask for the same lines and names. lxml makes an object
for an element each time that nobody holds one, so all are held while a page is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from aggregator.core.blocks import Line, own_lines, page_lines

if TYPE_CHECKING:
    from lxml.html import HtmlElement

PICTURES = ("img", "picture", "video", "figure", "iframe", "object", "amp-img")
MOST_ELEMENTS = 200_000  # looked at; news pages have 900, and few past 5,000


class Sheet:
    """A parsed page that nobody changes, with its elements in document order."""

    def __init__(self, tree: HtmlElement) -> None:
        self.tree = tree
        self.elements: list[HtmlElement] = list(islice(tree.iter(), MOST_ELEMENTS))
        self._lines: dict[HtmlElement, list[Line]] = {}

    def lines_of(self, element: HtmlElement) -> list[Line]:
        """The lines of one element; none unless it is a block."""
        found = self._lines.get(element)
        if found is None:
            found = self._lines[element] = own_lines(element)
        return found

    @cached_property
    def lines(self) -> list[Line]:
        """The lines of all blocks, in document order."""
        return page_lines(self.elements, self.lines_of)

    @cached_property
    def tagged(self) -> dict[str, list[HtmlElement]]:
        """The elements by tag, each list in document order."""
        found: dict[str, list[HtmlElement]] = {}
        for element in self.elements:
            found.setdefault(element.tag, []).append(element)
        return found

    @cached_property
    def classes(self) -> list[tuple[HtmlElement, str]]:
        """The elements that have classes, with these as they are written."""
        return [(each, name) for each in self.elements if (name := each.get("class"))]

    @cached_property
    def properties(self) -> list[tuple[HtmlElement, str]]:
        """The elements that have an itemprop, with it."""
        return [(each, name) for each in self.elements if (name := each.get("itemprop"))]

    def classed(self, pattern: re.Pattern[str]) -> Iterator[HtmlElement]:
        """The elements whose classes hold a pattern."""
        known: dict[str, bool] = {}
        for element, name in self.classes:
            fits = known.get(name)
            if fits is None:
                fits = known[name] = pattern.search(name) is not None
            if fits:
                yield element

    @cached_property
    def illustrated(self) -> set[HtmlElement]:
        """The elements that hold a picture or are one."""
        found: set[HtmlElement] = set()
        for tag in PICTURES:
            for each in self.tagged.get(tag, ()):
                for holder in (each, *each.iterancestors()):
                    if holder in found:
                        break
                    found.add(holder)
        return found

    def text_within(self, element: HtmlElement, most: int) -> str | None:
        """The text of an element on one line; None when it is longer than so many characters."""
        size = 0
        parts: list[str] = []
        for part in element.itertext():
            parts.append(part)
            size += len(part)
            if size > most:  # spaces count for nothing: only now they are worth a look
                size = len("".join("".join(parts).split()))
                if size > most:
                    return None
        text = " ".join("".join(parts).split())
        return text if len(text) <= most else None
