"""Mends the text that a reader of pages gave: puts back lost paragraphs, takes out furniture.

It must not pick the story. The lines of the page decide: where a line stands, how much of it is
links, and what the elements around it are called.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from aggregator.core.blocks import HOLDERS, Chrome, Line, words_of
from aggregator.core.phrasebook import phrasebook
from aggregator.core.walls import ends_as_sentence, is_headline

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# A line of links that is a sentence of so many words is the story's own, linked in full: teasers
# that end as sentences had at most 13 words on 290 news pages, linked paragraphs 17 and more.
SENTENCE_WORDS = 16
LOST_WORDS = 12  # shorter lines beside the story's paragraphs are labels and dates
# A reader drops one or two lines on purpose: captions, offers, a lead cut by its initial.
LOST_LINES, LOST_SHARE = 3, 0.15
STORY_SHARE = 0.4  # of the text's words stand in containers of one kind: the story's
KEPT_SHARE = 0.6  # of the text that must be left when furniture is gone
STORY_WORDS = 150  # left beside cards: an index page's own words are fewer

Place = tuple[str, str]  # tag and names of a container


def without_furniture(text: str, lines: list[Line], chrome: Chrome) -> str:
    """`text` less the lines that stand in furniture or are nothing but links.

    What remains must be most of it, or a whole story beside cards: a page of links stays one, and
    on two of 290 pages the whole story stands inside what is named like furniture.
    """
    lists = _link_lists(lines)
    held = {line.text for line in lines if not _is_loose(line, chrome, lists)}
    loose = {line.text for line in lines} - held
    kept = [each for each in text.split("\n") if shown(each) not in loose]
    boxes = phrasebook().boxes
    kept = [each for each in kept if not boxes.fullmatch(shown(each))]
    free = {line.text for line in lines if not _is_linked(line)}
    linked = {line.text for line in lines} - free
    while kept and shown(kept[-1]) in linked:  # a story does not end in a line that is all link
        kept.pop()
    short = "\n".join(kept)
    if len(short) >= KEPT_SHARE * len(text):
        return short
    gone = {shown(each) for each in text.split("\n")} - {shown(each) for each in kept}
    beside = gone <= linked and len(words_of(short)) >= STORY_WORDS
    return short if beside else text


def with_lost(text: str, lines: list[Line], chrome: Chrome) -> str:
    """`text` and the paragraphs of its own containers that its reader left out, in order.

    Pages cut into chunks by advertisements were read to the first cut only. A paragraph belongs
    to the story when its container has the tag and the names of those that hold most of the
    text, in the same article element, and no other headline stands between.
    """
    kept = {shown(each) for each in text.split("\n")}
    places = [at for at, line in enumerate(lines) if line.running and line.text in kept]
    if not places:
        return text
    weights: Counter[Place] = Counter()
    for at in places:
        weights[_place(lines[at])] += lines[at].words
    stories = {place for place, words in weights.items() if words >= STORY_SHARE * weights.total()}
    articles = {_article(lines[at].element) for at in places}
    read = f" {_folded(text)} "
    found: dict[str, list[str]] = {}  # a kept line -> the lost ones after it
    anchor = lines[places[0]].text
    for at in range(places[0] + 1, len(lines)):
        line = lines[at]
        if at > places[-1] and line.element.tag == "h1":
            break
        if line.text in kept:
            anchor = line.text
        elif (
            line.words >= LOST_WORDS
            and line.linked * 4 < line.words
            and line.element.tag in HOLDERS
            and _place(line) in stories
            and _article(line.element) in articles
            and not chrome.holds(line.element)
            and f" {_folded(line.text)} " not in read
        ):
            found.setdefault(anchor, []).append(line.text)
            kept.add(line.text)
    lost = [line for after in found.values() for line in after]
    if len(lost) < LOST_LINES or len("".join(lost)) < LOST_SHARE * len(text):
        return text
    return "\n".join(
        one for each in text.split("\n") for one in (each, *found.pop(shown(each), ()))
    )


def shown(line: str) -> str:
    """A line of a reader's text as it stands on the page: without the mark of a list."""
    return line.removeprefix("- ").strip()


def _folded(text: str) -> str:
    """Words alone; soft hyphens, which readers drop, part no word."""
    return " ".join(words_of(text.replace("\u00ad", "")))


def _place(line: Line) -> Place:
    holder = line.element.getparent()
    if holder is None or line.element.tag not in HOLDERS:
        holder = line.element
    return str(holder.tag), holder.get("class") or holder.get("id") or ""


def _article(element: HtmlElement) -> HtmlElement | None:
    return next(element.iterancestors("article"), None)


def _is_loose(line: Line, chrome: Chrome, lists: set[HtmlElement]) -> bool:
    if line.element.getparent() in lists or chrome.holds(line.element):
        return True
    own = line.words >= SENTENCE_WORDS and ends_as_sentence(line.text) and not line.card
    return _is_linked(line) and not own


def _is_linked(line: Line) -> bool:
    return line.linked > 0.8 * line.words


def _link_lists(lines: list[Line]) -> set[HtmlElement]:
    """Lists of two and more items that are headlines, each with a link: "Topic: <a>title</a>"."""
    items: dict[HtmlElement, list[Line]] = {}
    for line in lines:
        if line.element.tag == "li":
            items.setdefault(line.element.getparent(), []).append(line)
    return {
        parent
        for parent, own in items.items()
        if len(own) >= 2
        and all(is_headline(line.text) and line.linked * 2 >= line.words for line in own)
    }
