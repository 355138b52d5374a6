"""Reads the short lines beside a story, where bylines and sign-offs stand; must not judge them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

from aggregator.core.blocks import Line, own_lines
from aggregator.core.jsonld import squeeze

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
_MICRODATA = """
  //*[@itemprop='sourceOrganization' or @itemprop='copyrightHolder' or @itemprop='creditLine'
      or contains(concat(' ', @class, ' '), ' source-org ')][
      not(ancestor-or-self::*[contains(@itemtype, 'ImageObject')])]
"""
_SHOWN = """
  //*[self::p or self::div or self::li][
      contains(@class, 'caption') or contains(@class, 'photo') or contains(@class, 'image')
      or contains(@class, 'picture') or contains(@class, 'Photo') or contains(@class, 'Image')]
"""
_PICTURES = ("img", "picture", "video", "figure", "iframe", "object", "amp-img")
_FRAMES = ("body", "main", "article", "header", "section")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "button", "label", "form", "td", "th")
_TOPIC = re.compile(r"/(?:tags?|topics?|themen?|sections?|categor\w*|keywords?|search|label)[/=?]")
_NOT_BYLINE = re.compile(
    r"figure|caption|image|img|photo|gallery|related|recommend|comment|teaser|card|promo|"
    r"most-|sidebar|(?<!article-)(?<!story-)(?<!content-)footer|nav|newsletter|avatar|bio\b|social|share|\btags?\b|topics?\b|keyword",
    re.IGNORECASE,
)
_BYLINES = """
  //h1
  | //p[string-length(normalize-space()) > 150]
  | //time[@datetime]
  | //*[self::a or self::address or self::div or self::p or self::span or self::li or self::em
        or self::strong or self::cite or self::small or self::h4 or self::h5 or self::h6][
      @rel='author' or contains(@itemprop, 'author') or contains(@itemprop, 'sourceOrganization')
      or contains(@class, 'byline') or contains(@class, 'Byline') or contains(@class, 'author')
      or contains(@class, 'Author') or contains(@class, 'source') or contains(@class, 'Source')
      or contains(@class, 'agency') or contains(@class, 'credit') or contains(@class, 'writer')
      or contains(@data-testid, 'byline')]
"""


def beside_headline(tree: HtmlElement, og_title: str) -> tuple[list[str], str, list[str]]:
    """Bylines, the main headline and times, read between the headline and the second paragraph.

    Cards of other stories carry bylines too ("By AFP" beside a local story), so position and
    surroundings decide, not the class alone.
    """
    found = tree.xpath(_BYLINES)[:2000]
    heads = [squeeze(each.text_content()) for each in found if each.tag == "h1"]
    heads = [each for each in heads if each]
    h1 = next((each for each in heads if og_title and each[:40] == og_title[:40]), "")
    h1 = h1 or next(iter(heads), "")
    bylines: list[str] = []
    times: list[str] = []
    open_, paragraphs = not h1, 0
    for each in found:
        if each.tag == "h1":
            open_ = open_ or squeeze(each.text_content()) == h1
        elif not open_ or paragraphs >= 2:
            continue
        elif each.tag == "time":
            times.append(each.get("datetime"))
        elif is_byline(each):
            bylines.append(squeeze(" ".join(each.itertext())))
        elif each.tag == "p":
            paragraphs += 1
    return bylines, h1, times


def source_lines(tree: HtmlElement) -> list[str]:
    """Sources that markup names: microdata, hNews, and the rest of a line such as "Source: AFP".

    Such a line closes the article, where bylines are not looked for and extractors drop it.
    """
    marked = tree.xpath(_MICRODATA)[:20]
    parts = [squeeze(each.get("content") or each.text_content()) for each in marked]
    found = tree.xpath("//*[self::div or self::p or self::span][contains(@class, 'source')]")[:50]
    lines = (squeeze(each.text_content()) for each in found if is_byline(each))
    matches = (re.fullmatch(r"[^:：]{2,20}[:：]\s*(.{2,60})", line) for line in lines)
    return [part for part in parts if len(part) <= MAX_SHORT] + [
        each[1] for each in matches if each
    ]


def is_byline(element: HtmlElement) -> bool:
    if not 2 <= len(squeeze(element.text_content())) <= 150:
        return False
    for depth, each in enumerate([element, *element.iterancestors()]):
        if depth > 4 or each.tag in ("body", "article", "main"):
            break
        if each.tag in ("figure", "figcaption", "aside", "nav", "footer"):
            return False
        if _NOT_BYLINE.search(f"{each.get('class', '')} {each.get('id', '')}"):
            return False
    return True


def lines_above(tree: HtmlElement, h1: str) -> list[str]:
    """Short lines between the headline and the story that no markup calls a byline.

    Only those before the first picture: behind one, an agency's name is the picture's credit.
    """
    heads = (each for each in tree.iter("h1") if h1 and squeeze(each.text_content()) == h1)
    headline = next(heads, None)
    if headline is None:
        return []
    found: list[str] = []
    for line in islice(_lines_after(headline), MAX_ABOVE):
        if line.words >= STORY_WORDS:
            break
        if 2 <= len(line.text) <= MAX_SHORT and not _is_label(line) and is_byline(line.element):
            found.append(line.text)
    return found


def lines_below(tree: HtmlElement, text: str) -> tuple[str, ...]:
    """Short lines right after the story in `text`, which extractors drop: "(AFP)", "dpa/lno"."""
    closing = next((line for line in reversed(text.split("\n")) if len(line) > 40), "")
    if not closing:
        return ()
    # Line breaks inside the markup cut a text into pieces; the last words mostly hang together.
    ends = tree.xpath("//body//text()[contains(., $end)]", end=closing[-25:].strip())
    holders = [each.getparent() for each in ends if not each.is_tail]
    holders += [each.getparent().getparent() for each in ends if each.is_tail]
    holders = [each for each in holders if each is not None and each.tag not in ("script", "title")]
    if not holders:
        return ()
    told = set(text.split("\n"))  # those are read where they stand
    found: list[str] = []
    for line in islice(_lines_after(holders[-1]), MAX_BELOW):
        if line.element.tag in _HEADINGS or line.words >= STORY_WORDS:
            break
        if not is_byline(line.element):
            break
        if len(line.text) <= MAX_BELOW_LINE and line.text not in told and not _is_label(line):
            found.append(line.text)
    return tuple(found)


def _lines_around(picture: HtmlElement) -> list[Line]:
    """The lines of the small box that holds a picture."""
    found: list[Line] = []
    for box in islice(picture.iterancestors(), 3):
        if box.tag in _FRAMES or len(squeeze(box.text_content())) > MAX_BELOW_LINE:
            break
        found = [line for inner in box.iter() for line in own_lines(inner)]
    return found


def _lines_after(element: HtmlElement) -> Iterator[Line]:
    """Lines of what follows an element in the document, up to the next picture."""
    for each in chain([element], element.iterancestors()):
        for sibling in each.itersiblings():
            for inner in sibling.iter():
                if inner.tag in _PICTURES:
                    return
                lines = own_lines(inner)
                # A block's own words may stand before the picture in it, or be its credit.
                if lines and next(inner.iter(*_PICTURES), None) is None:
                    yield from lines


def captions_of(tree: HtmlElement) -> tuple[str, ...]:
    """What the page's pictures show, and the short lines right after them: whose they are."""
    texts = [squeeze(each.text_content()) for each in tree.iter("figcaption")]
    texts += [squeeze(each.get("alt") or "") for each in tree.iter("img")]
    found = [text[:MAX_CAPTION] for text in texts if len(text) >= MIN_CAPTION][:MAX_CAPTIONS]
    for picture in islice(tree.iter(*_PICTURES), MAX_CAPTIONS):
        for line in chain(_lines_around(picture), islice(_lines_after(picture), 2)):
            if line.words > MAX_LABEL_WORDS:
                break
            found.append(line.text)
    for element in tree.xpath(_SHOWN)[:MAX_CAPTIONS]:
        found += [line.text for line in own_lines(element) if line.words <= MAX_LABEL_WORDS]
    return tuple(dict.fromkeys(found))


def _is_label(line: Line) -> bool:
    """Whether a line only links to a topic: a tag named "Reuters" is no byline."""
    if line.linked < line.words:
        return False
    targets = [each.get("href") or "" for each in line.element.iter("a")]
    return line.element.tag == "li" or any(map(_TOPIC.search, targets))
