"""Reads what a page's owner says against mining its text; fetches nothing and decides nothing.

W3C TDM Reservation Protocol (2024-05-10): the file of the site (`core.tdmrep`), the header
`tdm-reservation`, and the meta element of that name, each 0 or 1; a later one of these counts
before an earlier one ("Processing priority"). `noai` in X-Robots-Tag or in meta robots is a habit
of some publishers that says the same. `noindex` speaks to search engines; it is noted and reserves
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

TDM, NOAI, NOINDEX = "tdm-reservation", "noai", "noindex"
RESERVES = frozenset({TDM, NOAI})
_SAID = frozenset({"0", "1"})

_HEAD = 128 * 1024  # bytes of a page that are looked at; meta elements stand at its beginning
_META = re.compile(rb"<meta\s[^<>]{1,600}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(name|content)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>/]+))", re.IGNORECASE
)


def read_reservation(
    headers: Mapping[str, str], body: bytes, *, by_file: bool | None = None
) -> tuple[str, ...]:
    """Return which of `tdm-reservation`, `noai` and `noindex` an answer declares, in that order.

    `headers` have names in lower case. `by_file` is what the site's file says of the page, None
    for nothing. Of two meta elements that contradict each other the one that reserves counts.
    """
    found = set(_of_robots(headers.get("x-robots-tag", "")))
    said = {headers.get(TDM, "").strip()} & _SAID
    in_page = set()
    for name, content in _metas(body[:_HEAD]):
        if name == TDM:
            in_page |= {content.strip()} & _SAID
        elif name == "robots":
            found.update(_of_robots(content))
    if "1" in (in_page or said or {"1" if by_file else "0"}):
        found.add(TDM)
    return tuple(word for word in (TDM, NOAI, NOINDEX) if word in found)


def _of_robots(text: str) -> Iterator[str]:
    """Directives for everybody: one that names a crawler ("otherbot: noindex") is for that one."""
    for part in text.lower().split(","):
        word = part.strip()
        if word in (NOAI, NOINDEX):
            yield word
        elif word == "none":
            yield NOINDEX


def _metas(head: bytes) -> Iterator[tuple[str, str]]:
    for element in _META.findall(head):
        written = element.decode("utf-8", "replace")
        values = {
            match[1].lower(): match[2] or match[3] or match[4] or ""
            for match in _ATTRIBUTE.finditer(written)
        }
        yield values.get("name", "").strip().lower(), values.get("content", "")
