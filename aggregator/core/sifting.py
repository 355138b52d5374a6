"""Splits a plain feed document into its items and tells which were there before; parses none."""

from __future__ import annotations

import base64
import binascii
import codecs
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from xml.parsers import expat

from aggregator.core import pieces
from aggregator.core.pieces import Pieces, Run
from aggregator.core.times import moment, stamp

# Raised whenever the same bytes would give other entries than before.
RECIPE = 2
# Everything is parsed anew so often, whatever is known: a date that lay in the future comes true.
AGE = timedelta(hours=24)
RAW, GUID = pieces.SIZE, 6  # bytes of an item's digest and of its guid's

_ITEMS = frozenset({"item", "entry"})
_BASE = "http://www.w3.org/XML/1998/namespace base"
_ROOTS = frozenset({"rss", "rdf", "feed"})
_PARENTS = frozenset({"channel", "rdf", "feed"})
# What is said beside the items and told of the feed as a whole: it must be the same text.
_TOLD = frozenset({"ttl", "updateperiod", "updatefrequency", "language", "generator"})
# Charsets in which ASCII is ASCII; what is valid UTF-8 is read as that whatever they claim.
_PLAIN = ("utf-8", "ascii", "iso8859", "cp125")


@dataclass(frozen=True, slots=True)
class Split:
    """Where the items of a document stand, and a digest of each."""

    frame: str  # digest of what surrounds them: root, channel, namespaces, what is said of all
    spans: tuple[tuple[int, int], ...]  # first byte and the one past the last
    digests: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """What the last parse left for this one."""

    guids: Mapping[bytes, bytes]  # digest of an item -> digest of its guid
    frame: str
    title: str
    ttl: int | None
    parsed_at: datetime  # when everything was last parsed
    run: Run | None  # all items as they stood, when nothing stood between them


class _NotPlain(Exception):
    pass


def split(
    data: bytes, charsets: Sequence[str], *, mark: bytes = b"", spared: Sequence[bytes] = ()
) -> Split | None:
    """Return where the items of a well-formed RSS, RDF or Atom document in UTF-8 stand.

    `charsets` are the names that document and server give its encoding. None when there is any
    doubt that the document means the same with items left out: a document type, which may define
    entities; elements called item or entry in odd places; another charset; anything that expat,
    the parser below feedparser's strict one, refuses.

    With a `mark`, known items were taken out of the document, whose digests are `spared`. An
    item that was well formed before, in the same frame, and whose mark is an item now, is an
    item of the whole document. None when a mark is no item, as within a comment.
    """
    if b"<!DOCTYPE" in data or not all(map(_is_plain, charsets)):
        return None
    reader = _Reader(data)
    try:
        reader.parser.Parse(data, True)
    except (expat.ExpatError, _NotPlain):
        return None
    if not reader.spans:
        return None
    frame = hashlib.blake2b(repr(reader.frame).encode("utf-8", "replace"), digest_size=8)
    items = [data[a:b] for a, b in reader.spans]
    marks = items.count(mark) if mark else 0
    if marks != len(spared):
        return None
    left = iter(spared)
    digests = [next(left) if marks and item == mark else pieces.digest_of(item) for item in items]
    return Split(frame.hexdigest(), tuple(reader.spans), tuple(digests))


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.frame: list[object] = []
        self.spans: list[tuple[int, int]] = []
        self.parser = expat.ParserCreate("UTF-8", " ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartNamespaceDeclHandler = self._declare
        self._data = data
        self._path: list[str] = []
        self._begun: tuple[int, int] | None = None  # depth and offset of the item that is open
        self._telling = 0  # depth of the open element whose text is part of the frame

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        if self._begun is None and len(self._path) < 2:
            self.frame.append((prefix, uri))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        path = self._path
        local = name.rpartition(" ")[2].lower()
        if not path and local not in _ROOTS:
            raise _NotPlain
        if local in _ITEMS:
            if self._begun is not None or not path or path[-1] not in _PARENTS or len(path) > 2:
                raise _NotPlain
            self._begun = len(path), self.parser.CurrentByteIndex
        if self._begun is not None and _BASE in attributes:
            raise _NotPlain  # feedparser resolves the links of the next item against it, too
        if self._begun is None and (not path or local in _PARENTS):
            self.frame.append((name, sorted(attributes.items())))
        path.append(local)
        if local in _TOLD and self._begun is None and not self._telling:
            self._telling = len(path)
            self.frame.append((name, sorted(attributes.items())))
            self.parser.CharacterDataHandler = self._say

    def _say(self, text: str) -> None:
        self.frame.append(text)

    def _end(self, name: str) -> None:
        path = self._path
        if len(path) == self._telling:
            self._telling = 0
            self.parser.CharacterDataHandler = None
        path.pop()
        if self._begun is not None and len(path) == self._begun[0]:
            at = self.parser.CurrentByteIndex
            if at == self._begun[1]:
                raise _NotPlain  # <item/>: its end is not where an end tag begins
            self.spans.append((self._begun[1], self._data.index(b">", at) + 1))
            self._begun = None


def _is_plain(charset: str) -> bool:
    try:
        return not charset or codecs.lookup(charset).name.startswith(_PLAIN)
    except LookupError:
        return False


def cut(data: bytes, spans: Sequence[tuple[int, int]]) -> bytes:
    """The document without the items at these places."""
    kept, at = [], 0
    for begin, end in spans:
        kept.append(data[at:begin])
        at = end
    return b"".join([*kept, data[at:]])


def guid_mark(guid: str) -> str:
    """A short digest of a guid, in hex."""
    return hashlib.blake2b(guid.encode("utf-8", "replace"), digest_size=GUID).hexdigest()


def remember(
    found: Split,
    marks: Sequence[str],
    *,
    title: str,
    ttl: int | None,
    parsed_at: datetime,
    looked: Pieces,
) -> dict[str, Any]:
    """What to hand to the next parse as JSON; `marks` of the items' guids, in their order.

    `looked` are the pieces of the same document. Nothing where two items share a guid: they are
    told apart by what else stands in the document.
    """
    if not all(marks) or len(set(marks)) < len(marks) or len(marks) != len(found.digests):
        return {}
    pairs = zip(found.digests, marks, strict=True)
    packed = b"".join(digest + bytes.fromhex(mark) for digest, mark in pairs)
    # The run may stand for the items only where each piece is one of them.
    run = looked.run if looked.digests == found.digests else None
    return {
        "recipe": RECIPE,
        "frame": found.frame,
        "items": base64.b64encode(packed).decode("ascii"),
        "title": title,
        "ttl": ttl,
        "at": stamp(parsed_at),
        "run": pieces.write_run(run) if run else None,
    }


def recall(memory: Mapping[str, Any], *, now: datetime) -> Memory | None:
    """What `remember` gave, if it may still be used; None for anything odd.

    It holds for documents of the same frame alone.
    """
    try:
        at = moment(memory.get("at"))
        packed = base64.b64decode(memory.get("items", ""), validate=True)
        frame = memory.get("frame")
        if memory.get("recipe") != RECIPE or not isinstance(frame, str) or not packed:
            return None
        if at is None or not at <= now < at + AGE:
            return None
        title, ttl = memory.get("title"), memory.get("ttl")
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return None
    size = RAW + GUID
    guids = {packed[n : n + RAW]: packed[n + RAW : n + size] for n in range(0, len(packed), size)}
    return Memory(
        guids=guids,
        frame=frame,
        title=title if isinstance(title, str) else "",
        ttl=ttl if isinstance(ttl, int) else None,
        parsed_at=at,
        run=pieces.read_run(memory.get("run")),
    )
