"""Reads ninjs 1.x to 3.x into raw items of a wire; cleans nothing, which `wire` does for all."""

from __future__ import annotations

import html
import json
from typing import Any

from aggregator.core.wire import RawWire, paragraphs
from aggregator.errors import ParseError


def read_ninjs(data: bytes, *, subject: str) -> list[RawWire]:
    """Return the items of a ninjs document, or of a list of them.

    Versions 1.x write `body_html`, `headline` and `byline`, 2.x lists called `bodies` and
    `headlines`, 3.x the same with capitals inside (`versionCreated`): names are read without
    regard to case. Raises ParseError for what is no JSON and for JSON that is no ninjs.
    """
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ParseError(subject, f"broken JSON ({error})"[:200]) from None
    items = document if isinstance(document, list) else [document]
    return [_item(item, subject) for item in items]


def _item(written: object, subject: str) -> RawWire:
    if not isinstance(written, dict):
        raise ParseError(subject, "is JSON, but no ninjs: an item is no object")
    item = {str(key).lower(): value for key, value in written.items()}
    # Superdesk writes `guid` in place of the `uri` that the standard asks for.
    guid = _text(item.get("uri")) or _text(item.get("guid"))
    if not guid:
        raise ParseError(subject, "is JSON, but no ninjs: it has no `uri`")
    kind = _text(item.get("type")).lower() or "text"
    body = _body(item)
    return RawWire(
        guid=guid,
        version=_text(item.get("version")),
        title=_text(item.get("headline")) or _listed(item, "headlines") or _text(item.get("title")),
        summary=_description(item),
        body=body,
        bylines=_bylines(item),
        language=_text(item.get("language")),
        created=_text(item.get("firstcreated")) or _text(item.get("contentcreated")),
        changed=_text(item.get("versioncreated")),
        status=_text(item.get("pubstatus")),
        embargoed=_text(item.get("embargoed")),
        urgency=_text(item.get("urgency")),
        located=_text(item.get("located")),
        usage_terms=_text(item.get("usageterms")),
        note=_text(item.get("ednote")),
        credit=_text(item.get("creditline")),
        credits=_credits(item),
        # A package may carry a text of its own; what it packs has its own files or identifiers.
        kind="text" if kind == "text" or (kind == "composite" and body) else kind,
        partial=_text(item.get("representationtype")).lower() == "incomplete",
    )


def _body(item: dict[str, Any]) -> str:
    """The body with most markup: HTML before XHTML before NITF before text."""
    found = [(name.partition("_")[2], value) for name, value in item.items() if name[:5] == "body_"]
    for part in _objects(item.get("bodies")):
        kind = _text(part.get("contenttype")) or _text(part.get("role"))
        found.append((kind.lower(), part.get("value")))
    best, rank = "", len(_RANKS)
    for kind, value in found:
        text = _text(value).strip()
        at = next((i for i, names in enumerate(_RANKS) if any(n in kind for n in names)), None)
        if not text:
            continue
        at = len(_RANKS) - 1 if at is None else at
        if at < rank:
            best, rank = _as_html(text, kind), at
    return best


_RANKS = (("html",), ("nitf", "xml"), ("rich",), ("text", "plain", "main"))


def _as_html(text: str, kind: str) -> str:
    if "nitf" in kind:
        from aggregator.core.newsml import nitf_body

        return nitf_body(text) or paragraphs(text)
    marked = "html" in kind or "xml" in kind or ("<p" in text and "plain" not in kind)
    return text if marked else paragraphs(text)


def _description(item: dict[str, Any]) -> str:
    for name, value in item.items():
        if name.startswith("description_") and _text(value):
            return _text(value)
    return _listed(item, "descriptions")


def _listed(item: dict[str, Any], name: str) -> str:
    """The main one of a list of texts with roles, else the first."""
    parts = [part for part in _objects(item.get(name)) if _text(part.get("value"))]
    main = [part for part in parts if _text(part.get("role")).lower() == "main"]
    return _text((main or parts or [{}])[0].get("value"))


def _bylines(item: dict[str, Any]) -> tuple[str, ...]:
    line = _text(item.get("byline")) or _text(item.get("by"))
    if line:
        return (line,)
    people = _objects(item.get("authors"))  # Superdesk
    return tuple(_text(person.get("name")) for person in people)


def _credits(item: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    found = [
        ("provider", _text(item.get("provider")) or _name(item.get("provider"))),
        ("source", _text(item.get("source"))),
        ("copyright holder", _text(item.get("copyrightholder"))),
        ("credit line", _text(item.get("creditline"))),
    ]
    for name in ("infosource", "infosources"):
        for part in _objects(item.get(name)):
            found.append(("information source", _name(part)))
    return tuple((field, html.unescape(words)) for field, words in found if words)


def _name(part: object) -> str:
    """What a party is called: its name, its literal, the end of its code, or its address."""
    if not isinstance(part, dict):
        return ""
    values = {str(key).lower(): value for key, value in part.items()}
    code = _text(values.get("qcode")).rpartition(":")[2]
    return _text(values.get("name")) or _text(values.get("literal")) or code or _uri(values)


def _uri(values: dict[str, Any]) -> str:
    uri = _text(values.get("uri"))
    return uri if uri.startswith("http") else ""


def _objects(value: object) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else [value]
    return [
        {str(key).lower(): inner for key, inner in part.items()}
        for part in listed
        if isinstance(part, dict)
    ]


def _text(value: object) -> str:
    """A string, or a number written out: versions and urgencies are either."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
