"""Cuts a parsed page into lines of text and knows which are furniture; must not pick the story."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MIN_LINE = 8  # words; shorter lines are headings, labels and links
MAX_LINES = 20_000
MAX_NAME_PARTS = 6  # "star-promoted-film-in-london-while" is an address made of a headline
MAX_CARD = 600  # characters: a picture, a headline and a lead
MAX_HEADED_CARD = 2_000  # with a heading of its own: some sites show a whole opening

_WORD = re.compile(r"[\u0e00-\u109f\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
_SPACE = re.compile(r"[ \t\r\f\v\u00a0\u2028\u2029\n]+")
_BLOCK = frozenset(
    (
        "p", "div", "td", "li", "blockquote", "section", "article", "main", "dd", "pre", "body",
        "center", "table", "tr", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "form",
        "figure", "aside", "header", "footer", "nav",
    )
)  # fmt: skip
_CHROME = frozenset(["nav", "footer", "aside", "figure", "figcaption", "button", "select"])
_SILENT = frozenset(["script", "style", "noscript", "iframe", "svg", "template"])
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
HOLDERS = frozenset(
    (
        "p", "li", "blockquote", "dd", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "center",
    )
)  # fmt: skip
# Names of blocks that balanced extraction keeps and readers do not take for the story.
_FURNITURE = re.compile(
    r"(?:^|[ _-])(?:newsletter|sign-?up|subscri\w+|recommend\w*|trending|teasers?|promo\w*|"
    r"ads?|advert\w*|most-?read|read-?more|also-?like|paywall|disclosure|disclaimer|cta|"
    r"visually-?hidden|sr-only|screen-?reader(?:-?text)?|print-?(?:only|header)|"
    r"read(?:ing)?-?time|disqus|recirc\w*|outbrain|taboola|related\w*|sidebar|donat\w+|"
    r"infinite-?scroll)"
    r"(?:$|[ _-])",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"(?:^|[ _-])(?:comments?|comment-?list|respond|disqus)(?:$|[ _-])", re.I)
_FRAME = frozenset(["html", "body", "main", "article"])
# Elements inside each other, and tables: 59 and 3 at most on 290 news pages.
MOST_DEPTH, MOST_TABLES = 500, 12
_DEEP = "deep"  # what elements are called that are about to be taken out


class Line(NamedTuple):
    """One line of text on a page, and where it stands."""

    element: HtmlElement
    text: str
    words: int
    linked: int  # words of it inside links
    card: bool = False  # it stands with others inside one link

    @property
    def running(self) -> bool:
        return self.words >= MIN_LINE and self.linked * 2 < self.words


def parse_html(markup: str) -> HtmlElement | None:
    """The parsed document, or None when nothing in it can be parsed.

    trafilatura's own parser gives up at 255 nested elements and at a text node of 10 MB, and
    the document then looks empty; libxml2's large limits end at about 2,000 levels.
    """
    from lxml import etree, html

    parser = html.HTMLParser(
        huge_tree=True, remove_comments=True, remove_pis=True, collect_ids=False, encoding="utf-8"
    )
    # One class for all elements: lxml.html asks a function of Python for each of the thousands,
    # which took 5 ms of a page, so that forms have `fields`. Nobody here fills in forms.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))
    try:
        tree = html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    if not isinstance(tree, html.HtmlElement):
        return None
    _flatten(tree)
    return tree


def _flatten(tree: HtmlElement) -> None:
    """Take out what stands deeper than anybody nests it, and leave what it holds.

    Readers look from each element up or down. With trafilatura 400 tables in each other took
    .5 s, 800 took 3.6 s and 1,600 took 23 s; 2,000 articles in each other, as many as libxml2
    allows, took 9 s, and as many blocks in a paragraph 3 s.
    """
    from lxml import etree

    deep: list[HtmlElement] = []
    inner: list[HtmlElement] = []
    above: list[HtmlElement] = []
    tables = 0
    for element in tree.iter():
        parent = element.getparent()
        while above and above[-1] is not parent:
            tables -= above.pop().tag == "table"
        above.append(element)
        tables += element.tag == "table"
        if len(above) > MOST_DEPTH:
            deep.append(element)
        elif element.tag == "table" and tables > MOST_TABLES:
            inner.append(element)
    for element in inner:
        element.tag = "div"
    for element in deep:
        element.tag = _DEEP
        element.text, element.tail = f" {element.text or ''}", f" {element.tail or ''}"
    if deep:
        etree.strip_tags(tree, _DEEP)


def plain(markup: str) -> str:
    """Text of an HTML fragment or of plain text, a line a block; never raises on bad markup."""
    from html import unescape

    if "&lt;" in markup and "<" not in markup:
        markup = unescape(markup)
    if not re.search(r"<[a-zA-Z/!]", markup):
        lines = (_SPACE.sub(" ", line).strip() for line in unescape(markup).splitlines())
        return "\n".join(filter(None, lines))
    tree = parse_html(f"<html><body><div>{markup}</div></body></html>")
    if tree is None:
        return ""
    chrome = Chrome(0)
    return "\n".join(line.text for line in lines_of(tree) if not chrome.holds(line.element))


def words_of(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def lines_of(tree: HtmlElement) -> list[Line]:
    """Each block's own text, cut at line breaks, in document order."""
    return page_lines(tree.iter(), own_lines)


def page_lines(
    elements: Iterable[HtmlElement], find: Callable[[HtmlElement], list[Line]]
) -> list[Line]:
    """The lines of elements in document order, those of cards marked; `find` is `own_lines`."""
    lines: list[Line] = []
    cards: dict[HtmlElement | None, bool] = {None: False}
    for element in elements:
        own = find(element) if element.tag in _BLOCK else ()
        if not own:
            continue
        link = next(element.iterancestors("a"), None)
        if link not in cards:
            cards[link] = _is_card(link)
        lines += (
            [line._replace(linked=line.words, card=True) for line in own] if cards[link] else own
        )
        if len(lines) > MAX_LINES:
            break
    return lines


def own_lines(element: HtmlElement) -> list[Line]:
    """The lines of one element; none unless it is a block."""
    if element.tag not in _BLOCK:
        return []
    rows: list[tuple[list[str], int]] = []
    parts, linked = [element.text or ""], 0
    for child in element:
        tag = child.tag
        # A link around blocks is a card: its blocks are lines of their own.
        if tag in _BLOCK or tag == "br" or (tag == "a" and _holds_block(child)):
            rows.append((parts, linked))
            parts, linked = [], 0
        elif isinstance(tag, str) and tag not in _SILENT:
            text = "".join(child.itertext()) if len(child) else child.text
            if text:
                parts.append(text)
                if tag == "a" or (len(child) and next(child.iter("a"), None) is not None):
                    linked += len(words_of(text))
        if child.tail:
            parts.append(child.tail)
    rows.append((parts, linked))
    lines = []
    for row, links in rows:
        joined = "".join(row)
        if not joined or joined.isspace():
            continue
        # Elsewhere than here a newline in the source is a space.
        for part in joined.split("\n") if element.tag == "pre" else (joined,):
            text = " ".join(part.split()) if part.isascii() else _SPACE.sub(" ", part).strip()
            if text:
                size = len(words_of(text))
                lines.append(Line(element, text, size, min(size, links)))
                links -= min(size, links)
    return lines


def _holds_block(link: HtmlElement) -> bool:
    return len(link) > 0 and any(each.tag in _BLOCK for each in link.iter())


@lru_cache(maxsize=4096)  # the names of a site stand on all its pages
def _reading_of(classes: str, ident: str) -> tuple[bool, bool]:
    """Whether such names are those of comments, and of furniture.

    Not counted is one that is a headline cut into words.
    """
    parts = f"{classes} {ident}".split()
    names = " ".join(each for each in parts if each.count("-") < MAX_NAME_PARTS)
    return _COMMENTS.search(names) is not None, _FURNITURE.search(names) is not None


def _is_card(link: HtmlElement) -> bool:
    """Whether a link around blocks is a card. An anchor that is never closed holds the story."""
    size = len(link.text_content()) if link.get("href") else MAX_HEADED_CARD + 1
    if size <= MAX_CARD:
        return True
    return size <= MAX_HEADED_CARD and next(link.iter(*_HEADINGS), None) is not None


class Chrome:
    """Remembers which elements stand inside navigation, captions, comments or promotions."""

    def __init__(self, running: int) -> None:
        self._running = running  # words of running text on the page
        self._known: dict[HtmlElement, bool] = {}

    def holds(self, element: HtmlElement) -> bool:
        path: list[HtmlElement] = []
        known, above = self._known, element
        while above is not None and above not in known:
            path.append(above)
            above = above.getparent()
        answer = above is not None and known[above]
        for each in reversed(path):
            answer = answer or self._is_furniture(each)
            self._known[each] = answer
        return answer

    def _is_furniture(self, element: HtmlElement) -> bool:
        # An article inside an article is a comment or a card (HTML Living Standard, 4.3.2).
        nested = (
            element.tag == "article" and next(element.iterancestors("article"), None) is not None
        )
        if element.tag in _FRAME and not nested:
            return False
        comments, named = _reading_of(element.get("class", ""), element.get("id", ""))
        if not (comments or nested or element.tag in _CHROME or named):
            return False
        if element.find(".//h1") is not None:
            return False
        # A wrapper of the whole story may be called "has-sidebar", an <aside> may never close.
        small = max(60, self._running // 4)
        return comments or len(words_of(element.text_content())) <= small
