"""Writes a list of literal words as one pattern that shares their beginnings; matches nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

_Node = dict[str, "_Node"]


def one_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest that fits first; there must be one.

    A flat alternation is tried word by word at every place of a text; this one looks at a letter
    once. On 22 lines of news each, 300 words of photo credits took 1.0 ms an article flat.
    """
    root: _Node = {}
    for word in words:
        node = root
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}  # a word ends here
    return _written(root)


def _written(node: _Node) -> str:
    branches = [_chain(letter, below) for letter, below in sorted(node.items()) if letter]
    if not branches:
        return ""
    ends = "" in node
    if len(branches) == 1 and not ends:
        return branches[0]
    return f"(?:{'|'.join(branches)}){'?' if ends else ''}"


def _chain(letter: str, node: _Node) -> str:
    """A letter and all that follows it without a choice, then what is below."""
    found = [re.escape(letter)]
    while len(node) == 1 and "" not in node:
        ((letter, node),) = node.items()
        found.append(re.escape(letter))
    return "".join(found) + _written(node)
