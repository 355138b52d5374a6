"""Turns what strangers write into feed fields into clean plain text; judges no content."""

from __future__ import annotations

import html
import re

# Markup longer than this many times the wanted text is cut before it is read.
_MARKUP_RATIO = 12

# What no reader sees and what can forge a line of a log or turn text around (CVE-2021-42574):
# C0 and C1 controls, lone surrogates, zero-width space, bidi overrides and isolates, word
# joiner and invisible operators, BOM, interlinear marks, noncharacters. The zero-width joiners
# and the two direction marks stay: Persian, Indic scripts, Hebrew and emoji are spelled with them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\u200b\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff]"
)
_SPACE = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_TAG = re.compile(r"<[a-zA-Z/!?]")
_INVISIBLE = ("script", "style", "template", "noscript", "iframe", "object", "head")
# Elements that do not part words; all others do.
_INLINE = re.compile(
    "a|abbr|acronym|b|bdi|bdo|big|body|cite|code|data|del|dfn|em|font|html|i|ins|kbd|mark|nobr|q"
    "|rp|rt|ruby|s|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr"
)


def without_controls(text: str) -> str:
    """Return `text` without control characters, lone surrogates and bidi overrides.

    Tabs and line ends stay; anything SQLite, a terminal or JSON would choke on goes.
    """
    return _UNSEEN.sub("", text)


def one_line(text: str, limit: int) -> str:
    """Return `text` without controls, on one line, at most `limit` characters."""
    return _SPACE.sub(" ", without_controls(text[: limit * 4])).strip()[:limit].rstrip()


def plain_text(markup: str, limit: int) -> str:
    """Return the words of HTML or of escaped text on one line, at most `limit` characters.

    Tags go, scripts and styles with all they hold; entities are decoded, also those that were
    escaped twice; block elements part words.
    """
    markup = without_controls(markup[: limit * _MARKUP_RATIO])
    if _TAG.search(markup):
        markup = _strip_tags(markup)
    for _ in range(2):
        if not _ENTITY.search(markup):
            break
        markup = html.unescape(markup)
    return one_line(markup, limit)


def _strip_tags(markup: str) -> str:
    from lxml import etree

    # libxml2 in C: linear on the inputs that make regular expressions quadratic.
    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(f"<div>{markup}</div>", parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        return re.sub(r"<[^<>]*>", " ", markup)
    etree.strip_elements(root, *_INVISIBLE, with_tail=False)
    for element in root.iter(etree.Element):
        if not _INLINE.fullmatch(str(element.tag)):
            element.text = " " + (element.text or "")
            element.tail = " " + (element.tail or "")
    return "".join(root.itertext())
