"""Turns the bytes of a page into text by the declared or evident charset; reads no markup."""

from __future__ import annotations

import codecs
import re

from aggregator.errors import ParseError

_HTTP = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_LANG = re.compile(rb"<html[^>]{0,300}?\blang\s*=\s*[\"']?([a-z]{2})", re.IGNORECASE)
_TAG = re.compile(
    r"<\s*(?:!doctype|html|head|body|title|meta|div|p|article|section|main|span|a|h[1-6]|table)\b",
    re.I,
)
_FEED = re.compile(
    r"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:rss|feed|rdf:RDF|urlset|sitemapindex)\b",
    re.DOTALL,
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OTHER_KINDS = (
    "application/pdf",
    "image/",
    "audio/",
    "video/",
    "font/",
    "application/json",
    "application/zip",
)
_MAGIC = (
    b"%PDF",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"RIFF",
    b"\x1f\x8b",
    b"OggS",
    b"ID3",
)
# What browsers read these names as (WHATWG Encoding).
_AS_BROWSERS = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
}
# Languages written with code page 1252, for pages that declare nothing.
_WESTERN = frozenset(b"en de fr es pt it nl sv no nb nn da fi is ga eu gl ca af id ms".split())


def decode(body: bytes, content_type: str | None, *, subject: str) -> str:
    """The text of an HTML page.

    A byte order mark decides, then bytes that are valid UTF-8 beyond ASCII (servers declare
    latin-1 for everything, and no other charset looks like UTF-8 by accident), then the HTTP
    header, then the page's own declaration, then a guess. Raises ParseError when the bytes are
    something else than HTML; an empty body is an empty text.
    """
    kind = (content_type or "").partition(";")[0].strip().lower()
    head = body[:64].lstrip()
    if kind.startswith(_OTHER_KINDS) and not head.lower().startswith((b"<!doctype html", b"<html")):
        raise ParseError(subject, f"not HTML but {kind}")
    if head.startswith(_MAGIC):
        raise ParseError(subject, "not HTML: the bytes are a document, image or archive")
    text = _text(body, content_type or "").replace("\0", "")
    if not text.strip():
        return ""
    if _FEED.match(text[:4000]):
        raise ParseError(subject, "not HTML but a feed or sitemap")
    if not _TAG.search(text[:200_000]):
        looks = "JSON" if head.startswith((b"{", b"[")) else "plain text or data"
        raise ParseError(subject, f"not HTML but {looks}")
    return text


def _text(body: bytes, content_type: str) -> str:
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and not body.isascii():
        return text
    start = body[:4096]
    for found in (_HTTP.search(content_type), _META.search(start), _XML.search(start)):
        if found and (decoded := _declared(body, found[1])) is not None:
            return decoded
    return text if text is not None else _guessed(body)


def _declared(body: bytes, raw: str | bytes) -> str | None:
    name = (raw.decode("ascii", "ignore") if isinstance(raw, bytes) else raw).lower()
    name = _AS_BROWSERS.get(name, name)
    if name.startswith("utf-16"):  # a page whose declaration could be read as ASCII is not UTF-16
        return None
    try:
        if not codecs.lookup(name)._is_text_encoding:
            return None
        return body.decode(name, "replace")
    except (LookupError, ValueError):
        return None


def _guessed(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    beyond_ascii = sum(1 for character in text if character > "\x7f")
    if text.count("�") * 20 < beyond_ascii:  # UTF-8 with a few damaged bytes
        return text
    language = _LANG.search(body[:4096])
    if language and language[1].lower() in _WESTERN:
        return body.decode("cp1252", "replace")
    from trafilatura.utils import detect_encoding

    for name in detect_encoding(body):
        # Without a declaration, guesses between single-byte Latin pages are noise: "déjà vu"
        # in latin-1 came out as a Baltic page.
        if name.startswith(
            ("cp1257", "iso8859", "latin", "mac", "cp125", "cp7", "cp8", "hp_")
        ) and not _is_cyrillic(body, name):
            return body.decode("cp1252", "replace")
        if (decoded := _declared(body, name)) is not None:
            return decoded
    return text


def _is_cyrillic(body: bytes, name: str) -> bool:
    letters = [c for c in body.decode(name, "replace") if c > "\x7f" and c.isalpha()]
    other = sum(1 for c in letters if not "\u00c0" <= c <= "\u024f")
    return len(letters) > 20 and other > 0.8 * len(letters)
