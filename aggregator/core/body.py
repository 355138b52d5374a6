"""Finds the body text of a parsed page; must not judge it nor read its head.

trafilatura in fast mode reads a page in 11 ms where its default takes 16, and on 290 pages with
gold text it is as good, but on a few it returns a scrap or a neighbour's text. So its result is
held against a cheap reference, the page's own articleBody or its densest container, and only a
poor match (23 pages of 290) pays for the precise mode with its fallbacks. A longer text is
trusted by its likeness to the reference, never by its length.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from aggregator.core.blocks import HOLDERS, Chrome, Line, lines_of, plain, words_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Below this likeness (F1 of words) to the reference the slower modes are tried.
TRUSTED = 0.75
# Below this, the reference itself is the better text.
SWAPPED = 0.6
MIN_REFERENCE = 40  # words; a shorter reference says nothing
MIN_ALONE = 80  # words; a text of so many may be the whole story


@dataclass(frozen=True, slots=True)
class Body:
    """The story's paragraphs joined by newlines, and what found them."""

    text: str
    extractor: str
    links: float = 0.0  # share of its words that stand inside links, 0 to 1


@cache
def _trafilatura_name() -> str:
    return f"trafilatura {version('trafilatura')}"


def read_body(tree: HtmlElement, article_body: str = "") -> Body:
    """The story's text in `tree`; `article_body` is the one stated in JSON-LD, if any.

    The text is empty when the page holds none.
    """
    lines = lines_of(tree)
    chrome = Chrome(sum(line.words for line in lines if line.running))
    dense = _densest(lines, chrome)
    dense_words, stated = Counter(words_of(dense)), plain(article_body)
    reference = Counter(words_of(stated))
    # Some sites state only the first lines of a story in JSON-LD.
    if reference.total() < max(MIN_REFERENCE, 0.7 * dense_words.total()):
        reference, stated = dense_words, ""
    best, score = _best_reading(tree, reference, stated != "")
    name = _trafilatura_name()
    if reference.total() >= MIN_REFERENCE and score < SWAPPED and _is_scrap(best, reference):
        best, name = (stated, "json-ld") if stated else (dense, "densest container")
    else:
        best = _without_furniture(best, lines, chrome)
    return Body(best, name, _link_share(best, lines))


def _best_reading(tree: HtmlElement, reference: Counter[str], stated: bool) -> tuple[str, float]:
    """trafilatura's text and its likeness to the reference, from as few readings as will do."""
    quick = _trafilatura(tree, {"fast": True})
    words = Counter(words_of(quick))
    score = _likeness(words, reference)
    if score >= TRUSTED or (quick and reference.total() < MIN_REFERENCE):
        return quick, score
    slow = _trafilatura(tree, {"favor_precision": True}) or _trafilatura(tree, {})
    slow_words = Counter(words_of(slow))
    slow_score = _likeness(slow_words, reference)
    # Readers' comments and follow-up stories make a longer text that holds the short one whole.
    swallowed = words.total() >= MIN_ALONE and slow_words.total() > 2 * words.total()
    swallowed = swallowed and (words & slow_words).total() >= 0.9 * words.total()
    if slow_score <= score or (swallowed and not stated):
        return quick, score
    return slow, slow_score


def _is_scrap(text: str, reference: Counter[str]) -> bool:
    """Whether `text` is a small part of the reference, or next to nothing."""
    words = Counter(words_of(text))
    inside = (words & reference).total()
    return words.total() < MIN_REFERENCE or inside >= 0.8 * words.total()


def _likeness(found: Counter[str], reference: Counter[str]) -> float:
    """F1 of two bags of words, 0 to 1."""
    size = found.total() + reference.total()
    return 2 * (found & reference).total() / size if size else 0.0


def _trafilatura(tree: HtmlElement, options: dict[str, Any]) -> str:
    from trafilatura import bare_extraction

    try:
        # with_metadata stays off: its JSON_AUTHOR_2 pattern backtracks for minutes on a page
        # of 560 kB, and it follows a foreign rel=canonical.
        document: Any = bare_extraction(tree, include_comments=False, **options)
    except Exception:  # a library that walks hostile trees; its failures are an empty result
        return ""
    return (document.text or "") if document is not None else ""


def _densest(lines: list[Line], chrome: Chrome) -> str:
    """Running text of the element that holds most of it; deeper elements win when close."""
    weights: dict[HtmlElement, float] = {}
    first: dict[str, Line] = {}
    for line in lines:  # some pages carry their text twice
        if line.running and not chrome.holds(line.element):
            first.setdefault(line.text, line)
    for line in first.values():
        holder = line.element.getparent() if line.element.tag in HOLDERS else line.element
        for weight in (1.0, 0.9, 0.8, 0.7):
            if holder is None:
                break
            weights[holder] = weights.get(holder, 0.0) + weight * line.words
            holder = holder.getparent()
    if not weights:
        return ""
    densest = max(weights, key=lambda element: weights[element])
    inside = set(densest.iter())
    return "\n".join(text for text, line in first.items() if line.element in inside)


def _without_furniture(text: str, lines: list[Line], chrome: Chrome) -> str:
    """`text` less the lines that stand in furniture or are nothing but links.

    What remains must be most of it: a page of links stays one, and on two of 290 pages the
    whole story stands inside what is named like furniture.
    """
    held = {line.text for line in lines if not _is_loose(line, chrome)}
    loose = {line.text for line in lines} - held
    kept = "\n".join(
        each for each in text.split("\n") if each.removeprefix("- ").strip() not in loose
    )
    return kept if len(kept) >= 0.6 * len(text) else text


def _link_share(text: str, lines: list[Line]) -> float:
    shown = {each.removeprefix("- ").strip() for each in text.split("\n")}
    inside = [line for line in lines if line.text in shown]
    return sum(line.linked for line in inside) / max(1, sum(line.words for line in inside))


def _is_loose(line: Line, chrome: Chrome) -> bool:
    return line.linked > 0.8 * line.words or chrome.holds(line.element)
