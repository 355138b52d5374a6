"""Reads the short lines beside a story, where bylines and sign-offs stand; must not judge them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING

from aggregator.core.blocks import Line
from aggregator.core.jsonld import squeeze
from aggregator.core.sheet import PICTURES, Sheet

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_ABOVE = 25  # lines looked at after the headline
MAX_BELOW = 6  # lines looked at after the story
MAX_SHORT = 80  # characters
MAX_BELOW_LINE = 160
MIN_CAPTION, MAX_CAPTION, MAX_CAPTIONS = 30, 300, 40
STORY_WORDS = 25
MAX_LABEL_WORDS = 8

# The source of a picture proves nothing about the text.
_SOURCES = frozenset(["sourceOrganization", "copyrightHolder", "creditLine"])
_HNEWS = re.compile(r"(?:^|\s)source-org(?:$|\s)")
_SOURCE = re.compile("source")
_SHOWN = re.compile("caption|[Pp]hoto|[Ii]mage|picture")
_FRAMES = ("body", "main", "article", "header", "section")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "button", "label", "form", "td", "th")
_TOPIC = re.compile(r"/(?:tags?|topics?|themen?|sections?|categor\w*|keywords?|search|label)[/=?]")
_NOT_BYLINE = re.compile(
    r"figure|caption|image|img|photo|gallery|related|recommend|comment|teaser|card|promo|"
    r"most-|sidebar|(?<!article-)(?<!story-)(?<!content-)footer|nav|newsletter|avatar|bio\b|social|share|\btags?\b|topics?\b|keyword",
    re.IGNORECASE,
)
_NAMED = frozenset(
    ["a", "address", "div", "p", "span", "li", "em", "strong", "cite", "small", "h4", "h5", "h6"]
)
_BYLINE = re.compile("[Bb]yline|[Aa]uthor|[Ss]ource|agency|credit|writer")
_AUTHOR = re.compile("author|sourceOrganization")
_PARAGRAPH = 150  # characters; more are the story's
MOST_CANDIDATES = 2000


def beside_headline(sheet: Sheet, og_title: str) -> tuple[list[str], str, list[str]]:
    """Bylines, the main headline and times, read between the headline and the second paragraph.

    Cards of other stories carry bylines too ("By AFP" beside a local story), so position and
    surroundings decide, not the class alone.
    """
    heads = [squeeze(each.text_content()) for each in sheet.tagged.get("h1", ())[:MOST_CANDIDATES]]
    heads = [each for each in heads if each]
    h1 = next((each for each in heads if og_title and each[:40] == og_title[:40]), "")
    h1 = h1 or next(iter(heads), "")
    bylines: list[str] = []
    times: list[str] = []
    open_, paragraphs = not h1, 0
    named = _named(sheet)
    for each in _candidates(sheet, named):
        if each.tag == "h1":
            open_ = open_ or squeeze(each.text_content()) == h1
        elif not open_ or (each.tag == "p" and each not in named and not _is_long(sheet, each)):
            continue
        elif each.tag == "time":
            times.append(each.get("datetime"))
        elif is_byline(sheet, each):
            bylines.append(squeeze(" ".join(each.itertext())))
        elif each.tag == "p":
            paragraphs += 1
            if paragraphs == 2:
                break
    return bylines, h1, times


def _named(sheet: Sheet) -> set[HtmlElement]:
    """The elements whose attributes say that they are bylines."""
    found = set(sheet.classed(_BYLINE))
    found.update(each for each, name in sheet.properties if _AUTHOR.search(name))
    found.update(sheet.tree.xpath("//*[@rel='author' or contains(@data-testid, 'byline')]"))
    return {each for each in found if each.tag in _NAMED}


def _candidates(sheet: Sheet, named: set[HtmlElement]) -> Iterator[HtmlElement]:
    """Headlines, paragraphs, times and what is named as bylines are, in document order."""
    left = MOST_CANDIDATES
    for each in sheet.elements:
        tag = each.tag
        dated = tag == "time" and each.get("datetime") is not None
        if tag in ("h1", "p") or dated or each in named:
            yield each
            left -= 1
            if not left:
                return


def _is_long(sheet: Sheet, element: HtmlElement) -> bool:
    return sheet.text_within(element, _PARAGRAPH) is None


def source_lines(sheet: Sheet) -> list[str]:
    """Sources that markup names: microdata, hNews, and the rest of a line such as "Source: AFP".

    Such a line closes the article, where bylines are not looked for and extractors drop it.
    """
    named = {each for each, name in sheet.properties if name in _SOURCES}
    named |= set(sheet.classed(_HNEWS))
    marked = [each for each in sheet.elements if each in named] if named else []
    marked = [each for each in marked if not _is_picture(each)][:20]
    parts = [squeeze(each.get("content") or each.text_content()) for each in marked]
    found = [each for each in sheet.classed(_SOURCE) if each.tag in ("div", "p", "span")][:50]
    lines = (squeeze(each.text_content()) for each in found if is_byline(sheet, each))
    matches = (re.fullmatch(r"[^:：]{2,20}[:：]\s*(.{2,60})", line) for line in lines)
    return [part for part in parts if len(part) <= MAX_SHORT] + [
        each[1] for each in matches if each
    ]


def _is_picture(element: HtmlElement) -> bool:
    above = (element, *element.iterancestors())
    return any("ImageObject" in each.get("itemtype", "") for each in above)


def is_byline(sheet: Sheet, element: HtmlElement) -> bool:
    """Whether an element is short, and stands in nothing that is called a card or a caption."""
    text = sheet.text_within(element, 150)
    if text is None or len(text) < 2:
        return False
    for depth, each in enumerate([element, *element.iterancestors()]):
        if depth > 4 or each.tag in ("body", "article", "main"):
            break
        if each.tag in ("figure", "figcaption", "aside", "nav", "footer"):
            return False
        if _is_elsewhere(each.get("class", ""), each.get("id", "")):
            return False
    return True


@lru_cache(maxsize=4096)  # the names of a site stand on all its pages
def _is_elsewhere(classes: str, ident: str) -> bool:
    return _NOT_BYLINE.search(f"{classes} {ident}") is not None


def lines_above(sheet: Sheet, h1: str) -> list[str]:
    """Short lines between the headline and the story that no markup calls a byline.

    Only those before the first picture: behind one, an agency's name is the picture's credit.
    """
    titles = sheet.tagged.get("h1", ()) if h1 else ()
    headline = next((each for each in titles if squeeze(each.text_content()) == h1), None)
    if headline is None:
        return []
    found: list[str] = []
    for line in islice(_lines_after(sheet, headline), MAX_ABOVE):
        if line.words >= STORY_WORDS:
            break
        fits = 2 <= len(line.text) <= MAX_SHORT and not _is_label(line)
        if fits and is_byline(sheet, line.element):
            found.append(line.text)
    return found


def lines_below(sheet: Sheet, text: str) -> tuple[str, ...]:
    """Short lines right after the story in `text`, which extractors drop: "(AFP)", "dpa/lno"."""
    closing = next((line for line in reversed(text.split("\n")) if len(line) > 40), "")
    # Line breaks inside the markup cut a text into pieces; the last words mostly hang together.
    holder = _last_holder(sheet, closing[-25:].strip()) if closing else None
    if holder is None:
        return ()
    told = set(text.split("\n"))  # those are read where they stand
    found: list[str] = []
    for line in islice(_lines_after(sheet, holder), MAX_BELOW):
        if line.element.tag in _HEADINGS or line.words >= STORY_WORDS:
            break
        if not is_byline(sheet, line.element):
            break
        if len(line.text) <= MAX_BELOW_LINE and line.text not in told and not _is_label(line):
            found.append(line.text)
    return tuple(found)


def _last_holder(sheet: Sheet, words: str) -> HtmlElement | None:
    """The last element whose text holds these words after one inside it, else the last at all."""
    inside: HtmlElement | None = None
    after: HtmlElement | None = None
    for each in sheet.elements:
        if each.tag in ("html", "head", "body", "script", "style", "title"):
            continue
        if words in (each.text or ""):
            inside = each
        # What follows an element stands behind all that follows those inside it.
        if words in (each.tail or "") and (after is None or after not in each.iterancestors()):
            after = each
    return after.getparent() if after is not None else inside


def _lines_around(sheet: Sheet, picture: HtmlElement) -> list[Line]:
    """The lines of the small box that holds a picture."""
    found: HtmlElement | None = None
    for box in islice(picture.iterancestors(), 3):
        if box.tag in _FRAMES or sheet.text_within(box, MAX_BELOW_LINE) is None:
            break
        found = box
    inside = found.iter() if found is not None else ()
    return [line for inner in inside for line in sheet.lines_of(inner)]


def _lines_after(sheet: Sheet, element: HtmlElement) -> Iterator[Line]:
    """Lines of what follows an element in the document, up to the next picture."""
    for each in chain([element], element.iterancestors()):
        for sibling in each.itersiblings():
            for inner in sibling.iter():
                if inner.tag in PICTURES:
                    return
                # A block's own words may stand before the picture in it, or be its credit.
                if inner not in sheet.illustrated:
                    yield from sheet.lines_of(inner)


def captions_of(sheet: Sheet) -> tuple[str, ...]:
    """What the page's pictures show, and the short lines right after them: whose they are."""
    texts = [squeeze(each.text_content()) for each in sheet.tagged.get("figcaption", ())]
    texts += [squeeze(each.get("alt") or "") for each in sheet.tagged.get("img", ())]
    found = [text[:MAX_CAPTION] for text in texts if len(text) >= MIN_CAPTION][:MAX_CAPTIONS]
    pictures = (each for each in sheet.elements if each.tag in PICTURES)
    for picture in islice(pictures, MAX_CAPTIONS):
        after = islice(_lines_after(sheet, picture), 2)
        for line in chain(_lines_around(sheet, picture), after):
            if line.words > MAX_LABEL_WORDS:
                break
            found.append(line.text)
    shown = (each for each in sheet.classed(_SHOWN) if each.tag in ("p", "div", "li"))
    for element in islice(shown, MAX_CAPTIONS):
        found += [line.text for line in sheet.lines_of(element) if line.words <= MAX_LABEL_WORDS]
    return tuple(dict.fromkeys(found))


def _is_label(line: Line) -> bool:
    """Whether a line only links to a topic: a tag named "Reuters" is no byline."""
    if line.linked < line.words:
        return False
    targets = [each.get("href") or "" for each in line.element.iter("a")]
    return line.element.tag == "li" or any(map(_TOPIC.search, targets))
