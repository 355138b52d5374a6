"""Reads NewsML-G2 into raw items of a wire, NITF and XHTML inside it too; cleans nothing."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from aggregator.core.wire import RawWire, paragraphs
from aggregator.core.xmlsafe import local_name, parse_xml
from aggregator.errors import ParseError

# Blocks that hold a paragraph of text, in NITF, XHTML and the schemas derived from them.
_BLOCKS = frozenset(
    ("p", "hl2", "h1", "h2", "h3", "h4", "h5", "h6", "li", "dt", "dd", "pre", "tr", "blockquote",
     "div", "section", "block", "note", "fn")
)  # fmt: skip
_SKIPPED = frozenset(
    ("media", "figure", "figcaption", "caption", "script", "style", "head", "body.head",
     "body.end", "object", "iframe", "nitf-table-metadata", "aside", "svg")
)  # fmt: skip
_OTHER_ITEMS = {
    "packageItem": "a package of other items", "conceptItem": "a concept",
    "knowledgeItem": "a list of concepts", "planningItem": "a plan of coverage",
    "catalogItem": "a catalogue", "eventItem": "an event",
}  # fmt: skip


def read_newsml(data: bytes, *, subject: str) -> list[RawWire]:
    """Return the items of a NewsML-G2 document: one item, or a message of many.

    Raises ParseError for broken XML, for document types and entities, and for XML that is no
    NewsML-G2 (the older NewsML 1, NITF alone, feeds).
    """
    root = parse_xml(data, subject=subject)
    name = local_name(root)
    if name == "newsMessage":
        items = [item for holder in _children(root, "itemSet") for item in holder]
    elif name == "newsItem" or name in _OTHER_ITEMS:
        items = [root]
    elif name == "NewsML":
        raise ParseError(subject, "is NewsML 1, which is not read; ask for NewsML-G2")
    else:
        raise ParseError(subject, f"is XML, but no NewsML-G2 (its root is <{name[:40]}>)")
    return [_item(item) for item in items if local_name(item)]


def _item(item: Any) -> RawWire:
    name = local_name(item)
    guid, version = item.get("guid", ""), item.get("version", "")
    if name in _OTHER_ITEMS:
        return RawWire(guid=guid, version=version, kind=_OTHER_ITEMS[name])
    meta, about = _child(item, "itemMeta"), _child(item, "contentMeta")
    rights, content = _child(item, "rightsInfo"), _child(item, "contentSet")
    kind = _code(_child(meta, "itemClass")) or "text"
    body, partial = _body(content)
    embargo = _child(meta, "embargoed")
    status = _attribute(_child(meta, "pubStatus"), "qcode", "uri")
    if embargo is not None and not _words(embargo):
        status = status if "cancel" in status else "withheld"  # the standard: until further notice
    language = _child(about, "language")
    return RawWire(
        guid=guid,
        version=version,
        title=_main(about, "headline") or _main(meta, "title") or _main(about, "slugline"),
        summary=_main(about, "description"),
        body=body,
        bylines=_bylines(about),
        language=_attribute(language, "tag") or item.get(_XML_LANG, ""),
        created=_main(meta, "firstCreated") or _main(about, "contentCreated"),
        changed=_main(meta, "versionCreated"),
        status=status,
        embargoed=_words(embargo) if embargo is not None else "",
        urgency=_main(about, "urgency"),
        located=_party(_child(about, "located")) or _main(about, "dateline"),
        usage_terms=_main(rights, "usageTerms"),
        note=" ".join(filter(None, map(_words, _children(meta, "edNote")))),
        credit=_main(about, "creditline"),
        credits=tuple(_credits(meta, about, rights)),
        kind="text" if kind == "text" else kind,
        partial=partial,
    )


_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def _bylines(about: Any) -> tuple[str, ...]:
    lines = [_words(line) for line in _children(about, "by")]
    people = lines or [_party(person) for person in _children(about, "creator")]
    return tuple(line for line in people if line and not line.startswith("http"))


def _credits(meta: Any, about: Any, rights: Any) -> Iterator[tuple[str, str]]:
    for field, holder, name in (
        ("provider", meta, "provider"),
        ("copyright holder", rights, "copyrightHolder"),
        ("information source", about, "infoSource"),
        ("credit line", about, "creditline"),
    ):
        for part in _children(holder, name):
            if words := (_words(part) if name == "creditline" else _party(part)):
                yield field, words


def _body(content: Any) -> tuple[str, bool]:
    """The text as HTML, and whether there is only a pointer to it."""
    best, rank, partial = "", 9, False
    for part in content if content is not None else ():
        name, kind = local_name(part), (part.get("contenttype") or "").lower()
        if name == "remoteContent":
            partial = True
        elif name == "inlineXML":
            found = text_of(part)
            if found and rank > 0:
                best, rank = found, 0
        elif name == "inlineData":
            words = "".join(part.itertext()).strip()
            if words and rank > 1:
                best, rank = (words if "html" in kind else paragraphs(words)), 1
    return best, partial and not best


def nitf_body(text: str) -> str:
    """The paragraphs of an NITF document or fragment as HTML; empty when it is broken."""
    try:
        return text_of(parse_xml(text.encode("utf-8", "replace"), subject="NITF"))
    except ParseError:
        return ""


def text_of(holder: Any) -> str:
    """The paragraphs below an element as HTML that holds nothing else.

    Where NITF or XHTML says what the body is, only that is read.
    """
    for name in ("body.content", "body"):
        if (body := next(holder.iter(f"{{*}}{name}"), None)) is not None:
            holder = body
            break
    lines = [" ".join(line.split()) for line in _lines(holder)]
    return "\n".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines if line)


def _lines(element: Any) -> Iterator[str]:
    """The text of each block; text that stands between blocks is a line of its own."""
    loose: list[str] = [element.text or ""]
    for child in element:
        name = local_name(child)
        if name in _BLOCKS or _holds_blocks(child):
            yield "".join(loose)
            loose = []
            yield from _lines(child)
        elif name == "br":
            yield "".join(loose)
            loose = []
        elif name and name not in _SKIPPED:
            loose.append(" " if name in ("td", "th") else "")
            loose.extend(child.itertext())
        loose.append(child.tail or "")
    yield "".join(loose)


def _holds_blocks(element: Any) -> bool:
    name = local_name(element)
    return name not in _SKIPPED and any(local_name(each) in _BLOCKS for each in element.iter())


def _children(holder: Any, name: str) -> list[Any]:
    return [] if holder is None else [each for each in holder if local_name(each) == name]


def _child(holder: Any, name: str) -> Any:
    return next(iter(_children(holder, name)), None)


def _main(holder: Any, name: str) -> str:
    """The words of the first element of that name that has some."""
    return next((words for each in _children(holder, name) if (words := _words(each))), "")


def _words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def _attribute(element: Any, *names: str) -> str:
    values = (element.get(name, "") for name in names) if element is not None else ()
    return next((value for value in values if value), "")


def _code(element: Any) -> str:
    """The end of a code or of a concept's address: `text` of `ninat:text`."""
    code = _attribute(element, "qcode", "uri")
    return code.replace("/", ":").rstrip(":").rpartition(":")[2]


def _party(element: Any) -> str:
    """What a party is called: its name, its literal, the end of its code, or its address."""
    if element is None:
        return ""
    code = element.get("qcode", "").rpartition(":")[2]
    uri = element.get("uri", "")
    named = _main(element, "name") or element.get("literal", "") or code
    return named or (uri if uri.startswith("http") else "")
