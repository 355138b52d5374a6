"""Parses XML of strangers without entities, document types and the network; reads no meaning."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from aggregator.core.plain import one_line
from aggregator.errors import ParseError

# What may stand before the first element: declarations and comments, one at a time.
_BEFORE = re.compile(rb"\s*(?:<\?.*?\?>|<!--.*?-->)", re.S)
_BARE_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_DOCTYPE = re.compile(rb"\s*<!(?:DOCTYPE|ENTITY)", re.I)


def refuse_doctype(data: bytes, subject: str) -> None:
    """Raise ParseError when a document declares a document type.

    Entities are declared there and nowhere else, and none of the formats read here needs one.
    """
    position = 0
    while match := _BEFORE.match(data, position):
        position = match.end()
    if _DOCTYPE.match(data, position):
        raise ParseError(subject, "declares a document type, which nothing read here needs")


def parse_xml(data: bytes, *, subject: str) -> Any:
    """The root element of a well-formed document; ParseError for any other.

    No recovering: half a document must not pass for a whole one. Deeper than 256 elements, and
    text of more than 10 MB in one place, is an error too (limits of libxml2).
    """
    from lxml import etree

    refuse_doctype(data, subject)
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, recover=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError(subject, f"broken XML ({error})"[:300]) from None


def elements(data: bytes, tag: str, subject: str) -> Iterator[Any]:
    """Each element of that local name, and at the end, as text, what was broken if anything was.

    Recovering: one tag too many should not cost the rest of a list. An element is emptied when
    the next one is asked for. Raises ParseError when nothing can be read.
    """
    from lxml import etree

    # libxml2 would drop what follows a bare ampersand, and addresses are full of them.
    data = _BARE_AMPERSAND.sub(b"&amp;", data)
    steps = etree.iterparse(
        io.BytesIO(data), events=("end",), tag=f"{{*}}{tag}", recover=True, huge_tree=False,
        resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        for _, element in steps:
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise ParseError(subject, f"broken XML ({error})"[:200]) from None
    faults = [each for each in steps.error_log if each.level >= etree.ErrorLevels.ERROR]
    if faults:
        yield one_line(f"broken XML: {faults[0].message} (line {faults[0].line})", 200)


def local_name(element: Any) -> str:
    """The name of an element without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
