"""Reads the body of one answer under caps on wire and decoded bytes; opens no connection."""

from __future__ import annotations

import http.client
import zlib
from collections.abc import Iterator

from aggregator.errors import TooLarge, Unreachable

CHUNK = 65536
# A length that is told and allowed is read in one piece up to this: a feed has 100 kB.
ONE_PIECE = 1 << 20
# Room for the gzip header and stored blocks when a body does not shrink.
GZIP_SLACK = 65536
# Files made of many gzip members exist (logs, WARC); pages are not made of a hundred.
MEMBERS = 100


def read_body(
    response: http.client.HTTPResponse, *, cap: int, cut: bool = False
) -> tuple[bytes, int]:
    """Give the decoded body and its length on the wire.

    A body past `cap` decoded bytes raises `TooLarge`, or is cut there when `cut` is true. An
    unknown or nested encoding, several lengths, and compressed data that ends early raise
    `Unreachable`, and a body shorter than its head says what `http.client` raises. The subject of
    the errors is empty: the caller knows the address.
    """
    encoding = _encoding(response)
    wire_cap = cap if encoding is None else cap + GZIP_SLACK
    declared = _length(response)
    if declared is not None and declared > wire_cap and not cut:
        raise TooLarge("", f"{declared} bytes announced, the cap is {wire_cap}")
    pieces: list[bytes] = []
    size = wire = 0
    decoder = _Decoder(encoding) if encoding else None
    most = min(max(declared or 0, CHUNK), ONE_PIECE)
    while chunk := response.read(most):
        wire += len(chunk)
        for piece in decoder.feed(chunk, cap + 1 - size) if decoder else (chunk,):
            pieces.append(piece)
            size += len(piece)
        if size > cap or wire > wire_cap:
            if cut:
                return b"".join(pieces)[:cap], wire
            raise TooLarge("", f"more than {cap} bytes")
    if response.length:  # what is still to come, when the end came
        raise http.client.IncompleteRead(b"", response.length)
    if decoder is not None and wire and not decoder.complete:
        raise Unreachable("", "the compressed body ends early")
    return b"".join(pieces), wire  # a single piece is not copied


def _length(response: http.client.HTTPResponse) -> int | None:
    """The length that the head tells; None for none, and for junk."""
    told = {each.strip() for each in response.getheader("content-length", "").split(",")}
    if not response.chunked and len(told) > 1 and all(map(str.isdecimal, told)):
        raise Unreachable("", "the answer tells several lengths")
    return response.length


def inflate(data: bytes, *, cap: int, subject: str) -> bytes:
    """The content of a gzip file that came as a body: `TooLarge` past `cap`, whole or an error."""
    decoder = _Decoder("gzip")
    try:
        content = b"".join(decoder.feed(data, cap + 1))
    except Unreachable as error:
        raise Unreachable(subject, error.message) from None
    if len(content) > cap:
        raise TooLarge(subject, f"more than {cap} bytes when decompressed")
    if not decoder.complete:
        raise Unreachable(subject, "the compressed file ends early")
    return content


def _encoding(response: http.client.HTTPResponse) -> str | None:
    transfer = response.getheader("transfer-encoding", "").strip().lower()
    if transfer not in ("", "chunked", "identity"):
        raise Unreachable("", "the answer has a transfer encoding that nobody asked for")
    names = [name.strip() for name in response.getheader("content-encoding", "").split(",")]
    names = [name.lower() for name in names if name and name.lower() != "identity"]
    if not names:
        return None
    if len(names) > 1:
        raise Unreachable("", "the answer is encoded more than once")
    if names[0] not in ("gzip", "x-gzip", "deflate"):
        raise Unreachable("", "the answer has a content encoding that nobody asked for")
    return names[0]


class _Decoder:
    """gzip and deflate with a limit on what comes out, whatever goes in."""

    def __init__(self, encoding: str) -> None:
        self._gzip = encoding != "deflate"
        self._zlib: zlib._Decompress | None = None
        self._members = 0
        self.complete = False

    def feed(self, data: bytes, room: int) -> Iterator[bytes]:
        """Give at most `room` decoded bytes of `data`; the caller stops when that is too much."""
        while data and room > 0:
            if self.complete and not (self._gzip and data.startswith(b"\x1f")):
                return  # padding after the last member: everybody ignores it
            if self.complete or self._zlib is None:
                self._zlib = self._start(data[0])
                self.complete = False
            try:
                piece = self._zlib.decompress(data, room)
            except zlib.error:
                raise Unreachable("", "the compressed body is damaged") from None
            room -= len(piece)
            yield piece
            self.complete = self._zlib.eof
            data = self._zlib.unused_data

    def _start(self, first: int) -> zlib._Decompress:
        self._members += 1
        if self._members > MEMBERS:
            raise Unreachable("", f"the compressed body has more than {MEMBERS} parts")
        if self._gzip:
            return zlib.decompressobj(16 + zlib.MAX_WBITS)
        # "deflate" means zlib by the RFC and a raw stream by habit; the first byte tells.
        wrapped = first & 0x0F == 8 and first >> 4 <= 7
        return zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
