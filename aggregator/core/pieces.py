"""Cuts a feed document into pieces that look like items, and hashes them; reads no markup.

Whether a piece is an item indeed is for `sifting` to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

SIZE = 8  # bytes of a piece's digest
# hashlib lets the other threads run while it hashes more than this, and getting its turn back
# costs a thread more than the hash: eight threads spent twice the CPU on 20 items of 5 kB.
_STEP = 2047
_HEAD = 4096  # bytes in which the root of an Atom feed is looked for
_AFTER_NAME = frozenset({b" ", b"\t", b"\r", b"\n", b">"})


@dataclass(frozen=True, slots=True)
class Run:
    """What stood from the first piece of a document to the end of its last, and nothing else did.

    A feed that changed without news changed in front of it as a rule, where it was built when. So
    one hash of 94 kB, 55 us, tells that its 20 pieces are the same, which takes 150 us alone.
    """

    length: int
    opening: str  # digest of its first bytes, which a new item on top has changed
    digest: str


@dataclass(frozen=True, slots=True)
class Pieces:
    """Where pieces of a document stand that look like items, and a digest of each."""

    name: bytes  # of the element that was looked for: item or entry
    spans: tuple[tuple[int, int], ...]  # first byte and the one past the last
    digests: tuple[bytes, ...]
    digest: str  # of the whole document, in hex
    run: Run | None = None  # all pieces, when nothing but spaces stands between them
    is_known: bool = False  # the run is the one asked for: it is the one span, without a digest

    @property
    def mark(self) -> bytes:
        """What stands in the place of a piece that was taken out."""
        return b"<%s></%s>" % (self.name, self.name)


def digest_of(data: bytes | memoryview) -> bytes:
    """The digest of one piece."""
    return _hash(data)[:SIZE]


def _hash(data: bytes | memoryview) -> bytes:
    made = hashlib.sha256()
    for at in range(0, len(data), _STEP):
        made.update(data[at : at + _STEP])
    return made.digest()


def find_pieces(data: bytes, known: Run | None = None) -> Pieces:
    """Return what stands from each `<item` or `<entry` to the next end tag of that name.

    One pass over the bytes, whatever they are. Two documents of one digest are the same: it is
    made of what stands between the pieces and of their digests. Where the pieces are the `known`
    run they are not told apart.
    """
    name = b"entry" if b"<feed" in data[:_HEAD] else b"item"
    if known is not None and (begin := _begin_of(data, name, known)) is not None:
        stop = begin + known.length
        digest = _digest_around(data, begin, stop, known)
        return Pieces(name, ((begin, stop),), (), digest, known, is_known=True)
    begin_tag, end_tag = b"<" + name, b"</" + name
    view, length = memoryview(data), len(begin_tag)
    spans: list[tuple[int, int]] = []
    digests: list[bytes] = []
    parts: list[bytes | memoryview] = []
    apart = False
    done, at = 0, data.find(begin_tag)
    while at >= 0:
        following = at + length
        if data[following : following + 1] in _AFTER_NAME:
            last = data.find(end_tag, following)
            stop = data.find(b">", last) + 1 if last >= 0 else 0
            if not stop:
                break  # no further end tag anywhere: looking for it again would take a square
            apart = apart or (bool(spans) and bool(data[done:at].strip()))
            spans.append((at, stop))
            digests.append(digest_of(view[at:stop]))
            parts += (view[done:at], digests[-1])
            done = following = stop
        at = data.find(begin_tag, following)
    if spans and not apart:
        run = _run(view[spans[0][0] : done])
        whole = _digest_around(data, spans[0][0], done, run)
        return Pieces(name, tuple(spans), tuple(digests), whole, run)
    whole = _hash(b"".join([*parts, view[done:]])).hex()[:32]
    return Pieces(name, tuple(spans), tuple(digests), whole)


def _run(text: memoryview) -> Run:
    # In one go: the other threads get their turn once here, not once a piece.
    digest = hashlib.sha256(text).hexdigest()
    return Run(len(text), digest_of(text[:_STEP]).hex(), digest[:32])


def _begin_of(data: bytes, name: bytes, known: Run) -> int | None:
    """Where a known run begins, if it is all that the document holds of pieces."""
    tag = b"<" + name
    begin = data.find(tag)
    while begin >= 0 and data[begin + len(tag) : begin + len(tag) + 1] not in _AFTER_NAME:
        begin = data.find(tag, begin + 1)
    stop = begin + known.length
    if begin < 0 or stop > len(data) or data.find(tag, stop) >= 0:
        return None
    text = memoryview(data)[begin:stop]
    if digest_of(text[:_STEP]).hex() != known.opening or _run(text) != known:
        return None
    return begin


def _digest_around(data: bytes, begin: int, stop: int, run: Run) -> str:
    """The digest of a document with a run from `begin` to `stop`."""
    told = b"%d %d %s " % (begin, stop, run.digest.encode("ascii"))
    return _hash(b"".join([told, data[:begin], data[stop:]])).hex()[:32]


def write_run(run: Run) -> list[Any]:
    """A run as JSON."""
    return [run.length, run.opening, run.digest]


def read_run(written: object) -> Run | None:
    """What `write_run` gave; None for anything odd."""
    match written:
        case [int(length), str(opening), str(digest)] if length > 0:
            return Run(length, opening, digest)
    return None


def without_run(data: bytes, found: Pieces) -> bytes:
    """The document with one mark in the place of a known run."""
    ((begin, stop),) = found.spans
    return b"".join([data[:begin], found.mark, data[stop:]])


def take_out(
    data: bytes, pieces: Pieces, known: Container[bytes]
) -> tuple[bytes, tuple[bytes, ...]]:
    """The document with a mark in the place of each known piece, and their digests in order."""
    parts: list[bytes] = []
    spared: list[bytes] = []
    done, mark = 0, pieces.mark
    for (begin, stop), digest in zip(pieces.spans, pieces.digests, strict=True):
        if digest in known:
            parts += (data[done:begin], mark)
            spared.append(digest)
            done = stop
    return b"".join([*parts, data[done:]]), tuple(spared)
