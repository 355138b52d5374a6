"""Pieces of a feed document by its bytes: found in one pass, hashed, taken out."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core import pieces, sifting

RSS = b"<rss><channel><title>x</title>%s</channel></rss>"
TOKENS = st.sampled_from(
    [b"<item>", b"<item a='1'>", b"<items>", b"</item>", b"</item", b"<item", b">", b"a"]
)  # fmt: skip


def texts(data: bytes) -> list[bytes]:
    return [data[begin:stop] for begin, stop in pieces.find_pieces(data).spans]


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        (b"<item>1</item> <item>2</item>", [b"<item>1</item>", b"<item>2</item>"]),
        (b"<item\n a='1'>1</item >", [b"<item\n a='1'>1</item >"]),
        (b"<items><item>1</item></items>", [b"<item>1</item>"]),
        (b"<item>1<item>2</item></item>", [b"<item>1<item>2</item>"]),
        (b"<item/><item>2</item>", [b"<item>2</item>"]),
        (b"<item>1", []),
        (b"", []),
    ],
)
def test_a_piece_ends_at_the_next_end_tag(inside: bytes, found: list[bytes]) -> None:
    assert texts(RSS % inside) == found


def test_the_entries_of_atom_are_its_pieces() -> None:
    data = b"<feed xmlns='http://www.w3.org/2005/Atom'><entry>1</entry><entry>2</entry></feed>"
    assert texts(data) == [b"<entry>1</entry>", b"<entry>2</entry>"]
    assert pieces.find_pieces(data).mark == b"<entry></entry>"


@given(st.lists(TOKENS, max_size=40).map(b"".join))
def test_pieces_never_overlap_and_taking_none_out_changes_nothing(data: bytes) -> None:
    found = pieces.find_pieces(data)
    edges = [edge for span in found.spans for edge in span]
    assert edges == sorted(edges) and all(begin < stop for begin, stop in found.spans)
    assert pieces.take_out(data, found, frozenset()) == (data, ())
    rest, spared = pieces.take_out(data, found, set(found.digests))
    assert spared == found.digests
    assert len(rest) == len(data) - sum(b - a for a, b in found.spans) + len(spared) * 13


@given(st.lists(TOKENS, max_size=12).map(b"".join), st.lists(TOKENS, max_size=12).map(b"".join))
def test_other_bytes_have_another_digest(one: bytes, other: bytes) -> None:
    same = pieces.find_pieces(one).digest == pieces.find_pieces(other).digest
    assert same == (one == other)


def test_long_pieces_are_hashed_whole() -> None:
    long = b"<item>" + b"a" * 10_000
    ends = [pieces.digest_of(long + end) for end in (b"</item>", b"b</item>", b"</item >")]
    assert len(set(ends)) == 3
    assert pieces.digest_of(memoryview(long)) == pieces.digest_of(long)


HOSTILE = {
    "begin tags without an end": b"<item>" * 160_000,
    "almost begin tags": b"<items" * 160_000,
    "an end tag without its end": b"<item>" * 80_000 + b"</item",
    "ends alone": b"</item>" * 140_000,
    "pairs": b"<item></item>" * 75_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_take_time_by_their_length_alone(name: str) -> None:
    """1 MB stays below a second of CPU; by the square of the tags it took minutes."""
    began = time.thread_time()
    pieces.find_pieces(HOSTILE[name])
    assert time.thread_time() - began < 2


def test_a_mark_that_is_no_item_here_is_not_believed() -> None:
    mark = b"<item></item>"
    known = (pieces.digest_of(b"<item>1</item>"),)
    good = sifting.split(RSS % mark, [], mark=mark, spared=known)
    assert good is not None and good.digests == known
    for inside in (
        b"<!-- %s -->",
        b"<item><![CDATA[%s]]></item>",
        b"<ttl><![CDATA[%s]]></ttl>",
        b"",
    ):
        there = RSS % inside.replace(b"%s", mark)
        assert sifting.split(there, [], mark=mark, spared=known) is None


def test_a_run_is_known_again_wherever_it_stands() -> None:
    inside = b"<item>1</item>\n<item a='1'>2</item>"
    run = pieces.find_pieces(RSS % inside).run
    assert run is not None and pieces.read_run(pieces.write_run(run)) == run
    for data in (RSS % inside, RSS % (b"<items>" + inside + b"</items>"), inside):
        found, plain = pieces.find_pieces(data, run), pieces.find_pieces(data)
        assert found.is_known and found.run == plain.run == run
        assert found.digest == plain.digest  # so that the same document is known by it
        assert found.spans == ((plain.spans[0][0], plain.spans[-1][1]),)
        assert pieces.without_run(data, found) == data.replace(inside, b"<item></item>")
    for data in (
        RSS % inside.replace(b"2", b"3"),
        RSS % (b"<item>0</item>" + inside),
        RSS % (inside + b"<item>0</item>"),
        RSS % inside[:-1],
        inside[:-1],
        b"",
    ):
        found = pieces.find_pieces(data, run)
        assert not found.is_known and found == pieces.find_pieces(data)


@given(st.lists(TOKENS, max_size=40).map(b"".join), st.lists(TOKENS, max_size=9).map(b"".join))
def test_a_known_run_is_what_would_be_found(data: bytes, head: bytes) -> None:
    run = pieces.find_pieces(data).run
    for later in (data, head + data, data + head):
        found, plain = pieces.find_pieces(later, run), pieces.find_pieces(later)
        assert found.digest == plain.digest and found.run == plain.run
        if found.is_known:
            assert found.spans == ((plain.spans[0][0], plain.spans[-1][1]),)


@pytest.mark.parametrize("name", HOSTILE)
def test_looking_for_a_run_takes_time_by_the_length_alone(name: str) -> None:
    began = time.thread_time()
    pieces.find_pieces(HOSTILE[name], pieces.Run(30, "", ""))
    assert time.thread_time() - began < 2
