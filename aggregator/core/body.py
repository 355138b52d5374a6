"""Finds the body text of a parsed page; must not judge it nor read its head.

trafilatura in fast mode reads a page in 11 ms where its default takes 16, but on some pages it
returns a scrap or a neighbour's text. So its result is held against a cheap reference, the page's
own articleBody, the feed's full text or the densest container, and only a poor match (35 pages of
290) pays for the precise mode with its fallbacks. A longer text is trusted by its likeness to the
reference and to the headline, never by its length.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from aggregator.core.blocks import HOLDERS, Chrome, Line, plain, words_of
from aggregator.core.mend import shown, with_lost, without_furniture
from aggregator.core.sheet import Sheet

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Below this likeness (F1 of words) to the reference the slower modes are tried: .75 would leave
# four pages of 290 worse, by .03 to .25, and make none better.
TRUSTED = 0.85
# Below this, the reference itself is the better text.
SWAPPED = 0.6
MIN_REFERENCE = 40  # words; a shorter reference says nothing
# What trafilatura takes out unread in the end: it copies a page four times before, and measures
# by its menus whether to look again. Out at once, a page takes 9.0 ms for 11.0, with the same text.
_BALLAST = "|".join(
    f".//{tag}"
    for tag in (
        "style", "svg", "nav", "aside", "footer", "button", "noscript", "link", "select", "label",
        "iframe", "input", "picture", "time",
    )
)  # fmt: skip
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


def read_body(
    sheet: Sheet, article_body: str = "", *, feed_body: str = "", about: str = ""
) -> Body:
    """The story's text on a page; `article_body` is the one stated in JSON-LD, if any.

    `feed_body` is the text that the feed carries for the page, as plain text, `about` what the
    page's head and the feed say of the story: its title and description. Both only help to tell
    the story from its neighbours. The text is empty when the page holds none.
    """
    tree, lines = sheet.tree, sheet.lines
    chrome = Chrome(sum(line.words for line in lines if line.running))
    dense = _densest(lines, chrome)
    dense_words, stated = Counter(words_of(dense)), plain(article_body)
    reference = Counter(words_of(stated))
    by = "json-ld"
    # Some sites state only the first lines of a story in JSON-LD, or in the feed.
    least = max(MIN_REFERENCE, 0.7 * dense_words.total())
    if reference.total() < least:
        reference, stated, by = Counter(words_of(feed_body)), feed_body, "feed content"
    if reference.total() < least:
        reference, stated, by = dense_words, "", "densest container"
    topic = frozenset(words_of(about))
    best, score = _best_reading(tree, reference, topic, stated != "")
    name = _trafilatura_name()
    if score < SWAPPED and _is_scrap(best, reference, stated != ""):
        best, name = stated or dense, by
    else:
        best = without_furniture(with_lost(best, lines, chrome), lines, chrome)
    return Body(best, name, _link_share(best, lines))


def _best_reading(
    tree: HtmlElement, reference: Counter[str], topic: frozenset[str], stated: bool
) -> tuple[str, float]:
    """trafilatura's text and its likeness to the reference, from as few readings as will do."""
    quick = _trafilatura(tree, {"fast": True, "prune_xpath": _BALLAST})
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
    # Or other stories outweigh the page's own: the one that tells the headline is the story.
    apart = (words & slow_words).total() < 0.5 * min(words.total(), slow_words.total())
    told, slow_told = (len(topic & each.keys()) for each in (words, slow_words))
    strayed = apart and words.total() >= MIN_ALONE and told > slow_told
    if slow_score <= score or ((swallowed or strayed) and not stated):
        return quick, score
    return slow, slow_score


def _is_scrap(text: str, reference: Counter[str], stated: bool) -> bool:
    """Whether `text` is a small part of the reference, or next to nothing.

    A container on the page may hold the story and its neighbours: of a text that can stand alone
    one over twice as long is no better version, unless the page or the feed states it.
    """
    words = Counter(words_of(text))
    if reference.total() < MIN_REFERENCE:
        return False
    if not stated and words.total() >= MIN_ALONE and reference.total() > 2 * words.total():
        return False
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


def _link_share(text: str, lines: list[Line]) -> float:
    kept = {shown(each) for each in text.split("\n")}
    inside = [line for line in lines if line.text in kept]
    return sum(line.linked for line in inside) / max(1, sum(line.words for line in inside))
