"""feedparser's own reading of a document, where its time would grow with a square; opens nothing.

Measured on a single item: an author of 40,000 letters took 4.6 s, 60,000 some 10 s, because a
pattern looks for a mail address from each letter on; 4,000 categories took .2 s, and each further
one is compared with all before it; 8,000 elements of as many namespaces took 2.6 s, and each looks
its own up among all. The parsers are derived from, not patched: a program that uses feedparser
beside us finds it as it was.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import cache
from typing import Any

MOST_AUTHOR = 1_000  # characters; `feeds` keeps 200 of a name
MOST_TAGS = 50  # of an item; `feeds` reads none
MOST_NAMESPACES = 200  # of a document; 66 feeds of real outlets declare 11 at most


@cache
def bounded_parse() -> Callable[..., Any]:
    """`feedparser.parse` with parsers that keep so much of an author and so many categories."""
    from feedparser import api

    ours = {
        name: _bounded(getattr(api, name))
        for name in ("StrictFeedParser", "LooseFeedParser")
        if hasattr(api, name)
    }
    plain = api.parse
    return types.FunctionType(plain.__code__, {**vars(api), **ours}, "parse", plain.__defaults__)


def _bounded(kind: Any) -> Any:
    def sync(self: Any, key: str = "author") -> None:
        context = self._get_context()
        said = dict.get(context, key)  # its own lookups take one key for another
        if isinstance(said, str) and len(said) > MOST_AUTHOR:
            dict.__setitem__(context, key, said[:MOST_AUTHOR])
        kind._sync_author_detail(self, key)

    def add(self: Any, term: Any, scheme: Any, label: Any) -> None:
        if len(dict.get(self._get_context(), "tags") or ()) < MOST_TAGS:
            kind._add_tag(self, term, scheme, label)

    def track(self: Any, prefix: Any, uri: Any) -> None:
        if prefix in self.namespaces_in_use or len(self.namespaces_in_use) < MOST_NAMESPACES:
            kind.track_namespace(self, prefix, uri)

    ours = {"_sync_author_detail": sync, "_add_tag": add, "track_namespace": track}
    return type(kind.__name__, (kind,), ours)
