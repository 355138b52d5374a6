"""Makes broken documents out of whole ones, the same for the same random numbers."""

from __future__ import annotations

import random
from collections.abc import Sequence

TOKENS = (
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"&#0;", b"&#xD800;", b"&amp;",
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xae", b"<item>", b"</item>", b"<entry/>",
    b"<guid>", b"xml:base='http://x.example/'", b"xmlns:a='b'", b"<!DOCTYPE x [",
    b"encoding='utf-16'", b"9" * 40,
    b"<link href='javascript:x'/>", b"{", b"}", b'"', b"\\u0000", b"null", b"[" * 50,
    b"<table>" * 99, b"<ul><li>" * 50, b"<a b='c'>" * 50,
)  # fmt: skip


def mutate(chance: random.Random, corpus: Sequence[bytes]) -> bytes:
    """One document of the corpus after some cuts, repeats, swaps and insertions."""
    data = bytearray(chance.choice(corpus))
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.randint(0, 200))
        kind = chance.randrange(5)
        if kind == 0:
            del data[at:end]
        elif kind == 1:
            data[at:at] = data[at:end] * chance.randint(1, 20)
        elif kind == 2:
            data[at:at] = chance.choice(TOKENS)
        elif kind == 3 and at < len(data):
            data[at] = chance.randrange(256)
        else:
            other = chance.choice(corpus)
            cut = chance.randrange(len(other) + 1)
            data[at:end] = other[cut : cut + 200]
    return bytes(data)
