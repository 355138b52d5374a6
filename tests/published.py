"""The published schema as the tests hold documents against it; no test itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from aggregator.core.shapes import published_schema

OPEN, CLOSED = published_schema(), published_schema(closed=True)
FORMATS = FormatChecker([])


@FORMATS.checks("date-time")
def is_stamp(value: object) -> bool:
    """Whether a value that is a text is a time as we write it."""
    return not isinstance(value, str) or bool(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value)
    )


def check(document: Any, name: str) -> None:
    """Nothing wrong, nothing that the schema does not know."""
    closed = CLOSED | {"$ref": f"#/$defs/{name}"}
    closed.pop("anyOf")
    assert _faults(closed, document) == []
    if not isinstance(document, dict) or name in _documents():
        Draft202012Validator(OPEN, format_checker=FORMATS).validate(document)


def check_each(documents: Sequence[Any], name: str) -> None:
    """The same of an array, which must not be empty, or it would hold of nothing."""
    assert documents
    for each in documents:
        check(each, name)
    Draft202012Validator(OPEN, format_checker=FORMATS).validate(list(documents))


def _documents() -> set[str]:
    """The names of the documents that are objects by themselves."""
    return {each["$ref"].rpartition("/")[2] for each in OPEN["anyOf"] if "$ref" in each}


def _faults(schema: dict[str, Any], document: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}"
        for fault in Draft202012Validator(schema, format_checker=FORMATS).iter_errors(document)
    ]
