"""Turns typed dictionaries into JSON Schema, draft 2020-12; knows none of ours but the published.

Our own because what makes JSON lives in core, which has no pydantic, and because pydantic takes
the typed dictionaries of Python 3.11 only from another package.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

from aggregator.core.contract import DOCUMENTS, VERSION, Keywords

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDENTITY = f"urn:news-aggregator-dedup:json:{VERSION}"
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def published_schema(*, closed: bool = False) -> dict[str, Any]:
    """The schema of every document that we publish.

    It lets unknown keys pass, because keys may be added within a version; a `closed` one does
    not, for the test that nothing is left out of it.
    """
    head = {
        "$schema": DIALECT,
        "$id": IDENTITY,
        "title": "Stories and their copies",
        "description": f"What news-aggregator-dedup writes as JSON, version {VERSION}. Times are"
        " ISO 8601 in UTC, shares run from 0 to 1. Keys may be added within a version.",
    }
    return head | schema_of(DOCUMENTS, closed=closed)


def schema_of(documents: Sequence[Any], *, closed: bool) -> dict[str, Any]:
    """A schema for any one of these, and the typed dictionaries they hold, under `$defs`."""
    found: dict[str, Any] = {}
    return {"anyOf": [_shape(each, found, closed) for each in documents], "$defs": found}


def _shape(hint: Any, found: dict[str, Any], closed: bool) -> dict[str, Any]:
    """The schema of one type; typed dictionaries are put into `found` and referred to."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _noted(_shape(inner[0], found, closed), inner[1:])
    if origin is NotRequired:
        return _shape(inner[0], found, closed)
    if origin in (Union, types.UnionType):
        return _either([_shape(each, found, closed) for each in inner])
    if origin is Literal:
        return {"const": inner[0]} if len(inner) == 1 else {"enum": list(inner)}
    if origin is list:
        return {"type": "array", "items": _shape(inner[0], found, closed)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _shape(inner[1], found, closed)}
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    name = hint.__name__.removesuffix("Dict")
    if name not in found:
        found[name] = {}  # its place, before those it holds
        found[name] |= _object(hint, found, closed)
    return {"$ref": f"#/$defs/{name}"}


def _object(kind: type, found: dict[str, Any], closed: bool) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    shape: dict[str, Any] = {
        "description": " ".join((kind.__doc__ or "").split()),
        "type": "object",
        "properties": {name: _shape(hint, found, closed) for name, hint in hints.items()},
        "required": [name for name, hint in hints.items() if get_origin(hint) is not NotRequired],
    }
    return shape | ({"additionalProperties": False} if closed else {})


def _noted(shape: dict[str, Any], notes: Sequence[Any]) -> dict[str, Any]:
    """The schema with what stands beside the type: words, keywords, the words of an enum."""
    for note in notes:
        if isinstance(note, str):
            shape = shape | {"description": note}
        elif isinstance(note, Keywords):
            more = dict(note.values)
            words = [*more.pop("enum", ()), *shape.get("enum", ())]
            shape = shape | more | ({"enum": words} if words else {})
        elif issubclass(note, Enum):
            null = [None] if "null" in shape["type"] else []
            shape = shape | {"enum": [each.value for each in note] + null}
    return shape


def _either(shapes: list[dict[str, Any]]) -> dict[str, Any]:
    """One of several; with null as the second type of a plain value that is easier to read."""
    null = {"type": "null"}
    rest = [shape for shape in shapes if shape != null]
    if len(rest) == 1 and null in shapes and isinstance(rest[0].get("type"), str):
        words = {"enum": [*rest[0]["enum"], None]} if "enum" in rest[0] else {}
        return rest[0] | {"type": [rest[0]["type"], "null"]} | words
    return {"anyOf": shapes}
