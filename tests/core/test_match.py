"""Two texts compared exactly: the numbers, the floors, and what is refused all the same."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core import text
from aggregator.core.match import compare
from aggregator.core.overlap import Body, count_shared, coverage, gap, make_body
from aggregator.core.thresholds import Thresholds
from aggregator.model import Match, MatchVerdict
from tests.core import wires

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HERE, THERE = frozenset({"here.example"}), frozenset({"there.example"})
# A text is some of twelve blocks of twenty words, so that pairs overlap in every measure.
BLOCKS = [[f"b{block}w{word}" for word in range(20)] for block in range(12)]
OVERLAPPING = st.lists(st.integers(0, 11), max_size=12, unique=True).map(
    lambda chosen: [word for block in chosen for word in BLOCKS[block]]
)
TIMES = st.none() | st.integers(-10, 10).map(lambda days: NOON + timedelta(hours=20 * days))
BODIES = st.builds(
    make_body,
    key=st.just(0),
    tokens=OVERLAPPING,
    title=st.sampled_from(["", "Dam valley emptied", "Dam valley emptied overnight", "Port shut"]),
    outlets=st.sampled_from([frozenset(), HERE, THERE, HERE | THERE]),
    first_at=TIMES,
    last_at=st.none(),
)


def _body(words: list[str] | str, key: int = 0, **given: object) -> Body:
    tokens = text.tokens(words) if isinstance(words, str) else words
    return make_body(key=key, tokens=tokens, **given)  # type: ignore[arg-type]


def _unique(start: int, count: int) -> list[str]:
    """`count` words nobody else has, which make `count - 4` shingles."""
    return [f"u{start + n}" for n in range(count)]


def _pair(common: int, own_a: int, own_b: int, **given: object) -> Match:
    """Two texts that open with `common` words and go on with words of their own."""
    a = _unique(0, common) + _unique(10_000, own_a)
    b = _unique(0, common) + _unique(20_000, own_b)
    return compare(_body(a, 1), _body(b, 2), Thresholds(**given))  # type: ignore[arg-type]


@settings(deadline=None)
@given(BODIES, BODIES)
def test_the_order_of_arguments_does_not_count(a: Body, b: Body) -> None:
    b = dataclasses.replace(b, key=1)
    assert compare(a, b) == compare(b, a)
    assert compare(a, b).a < compare(a, b).b


@settings(max_examples=300, deadline=None)
@given(BODIES, BODIES)
def test_the_numbers_are_those_of_the_sets(a: Body, b: Body) -> None:
    found = compare(a, dataclasses.replace(b, key=1))
    left, right = set(a.shingles.tolist()), set(b.shingles.tolist())
    assert found.shared == len(left & right) == count_shared(a.shingles, b.shingles)
    assert found.jaccard == (len(left & right) / len(left | right) if left & right else 0.0)
    assert found.a_in_b == (len(left & right) / len(left) if left else 0.0)
    assert found.b_in_a == (len(left & right) / len(right) if right else 0.0)
    assert found.containment == max(found.a_in_b, found.b_in_a)
    assert found.reason


@settings(max_examples=300, deadline=None)
@given(BODIES, BODIES)
def test_nothing_merges_below_a_floor(a: Body, b: Body) -> None:
    rule = Thresholds()
    found = compare(a, dataclasses.replace(b, key=1), rule)
    if not found.verdict.merges:
        return
    assert found.containment >= rule.passages
    assert found.containment >= rule.containment or "same order" in found.reason
    assert found.shared >= rule.shared
    assert min(len(a.shingles), len(b.shingles)) >= rule.min_shingles
    assert gap(a, b) <= rule.window or found.jaccard == 1.0
    if a.outlets == b.outlets and len(a.outlets) == 1:
        assert found.jaccard >= rule.jaccard_same_outlet


@settings(max_examples=300, deadline=None)
@given(BODIES, BODIES)
def test_the_keys_decide_nothing(a: Body, b: Body) -> None:
    # Keys are numbers of arrival in the database: the verdict must not hang on who came first.
    one = compare(dataclasses.replace(a, key=1), dataclasses.replace(b, key=2))
    other = compare(dataclasses.replace(a, key=2), dataclasses.replace(b, key=1))
    assert (one.verdict, one.jaccard) == (other.verdict, other.jaccard)
    assert (one.a_in_b, one.b_in_a) == (other.b_in_a, other.a_in_b)


def test_the_keys_decide_nothing_between_pages_of_equal_length() -> None:
    # One page puts its own words behind the common text, the other in front of it.
    behind = _unique(0, 150) + _unique(10_000, 40)
    front = _unique(20_000, 40) + _unique(0, 150)
    verdicts = {
        compare(_body(behind, one, outlets=HERE), _body(front, other, outlets=HERE)).verdict
        for one, other in ((1, 2), (2, 1))
    }
    assert len(verdicts) == 1


@settings(deadline=None)
@given(OVERLAPPING)
def test_a_text_is_itself(words: list[str]) -> None:
    found = compare(_body(words, 0), _body(words, 1))
    if len(words) >= 34:
        assert (found.verdict, found.jaccard) == (MatchVerdict.SAME, 1.0)
    else:
        assert found.verdict is MatchVerdict.NO


def test_empty_texts_match_nothing() -> None:
    for words in ([], ["read", "more"]):
        found = compare(_body(words, 0), _body(words, 1))
        assert (found.verdict, found.jaccard, found.shared) == (MatchVerdict.NO, 0.0, 0)


def test_thirty_shingles_are_enough_to_compare() -> None:
    assert _pair(33, 0, 0).verdict is MatchVerdict.NO
    assert _pair(34, 0, 0).verdict is MatchVerdict.SAME


def test_fewer_than_twenty_shared_shingles_are_a_quote() -> None:
    assert _pair(23, 10, 400).shared == 19
    assert _pair(23, 10, 400).verdict is MatchVerdict.NO
    assert _pair(24, 10, 10).shared == 20
    assert _pair(24, 10, 10).verdict.merges


def test_words_for_what_was_found() -> None:
    assert _pair(300, 0, 0).verdict is MatchVerdict.SAME
    assert _pair(300, 5, 5).verdict is MatchVerdict.SAME
    assert _pair(300, 60, 60).verdict is MatchVerdict.COPY
    assert _pair(300, 0, 200).verdict is MatchVerdict.TRIMMED
    assert _pair(100, 250, 250).verdict is MatchVerdict.SHARES
    assert _pair(40, 400, 400).verdict is MatchVerdict.NO
    merging = set(MatchVerdict) - {MatchVerdict.SHARES, MatchVerdict.NO}
    assert {verdict for verdict in MatchVerdict if verdict.merges} == merging


@pytest.mark.parametrize("share", [0.75, 0.5, 0.33, 0.2])
def test_containment_finds_what_was_cut(share: float) -> None:
    found = compare(_body(wires.join(wires.DAM)), _body(wires.join(wires.cut(wires.DAM, share)), 1))
    assert found.verdict.merges
    assert found.b_in_a > 0.97


def test_copies_must_run_within_the_window() -> None:
    body = wires.join(wires.DAM)

    def verdict(hours: float, more: str = " It rained.") -> MatchVerdict:
        first = _body(body, 0, outlets=HERE, first_at=NOON)
        later = NOON + timedelta(hours=hours)
        return compare(first, _body(body + more, 1, outlets=THERE, first_at=later)).verdict

    assert verdict(0) is verdict(-71) is verdict(72) is MatchVerdict.SAME
    assert verdict(73) is verdict(-24 * 30) is MatchVerdict.SHARES
    assert verdict(24 * 300, more="") is MatchVerdict.SAME  # the very same text, whenever it ran


def test_the_gap_is_between_the_closest_runs() -> None:
    days = [NOON + timedelta(days=day) for day in range(10)]
    long = _body("", 0, first_at=days[0], last_at=days[4])
    assert gap(long, _body("", 1, first_at=days[2], last_at=days[9])) == timedelta(0)
    late = _body("", 1, first_at=days[6], last_at=days[9])
    assert gap(long, late) == gap(late, long) == timedelta(days=2)
    assert gap(long, _body("", 1)) == timedelta(0)
    assert gap(_body("", 1, first_at=days[9]), long) == timedelta(days=5)
    assert gap(_body("", 1, last_at=days[9]), long) == timedelta(days=5)


def test_pages_of_one_outlet_need_more_than_others() -> None:
    whole, half = wires.join(wires.DAM), wires.join(wires.cut(wires.DAM, 0.5))
    other = compare(_body(whole, 0, outlets=HERE), _body(half, 1, outlets=THERE))
    own = compare(_body(whole, 0, outlets=HERE), _body(half, 1, outlets=HERE))
    assert other.verdict.merges
    assert own.verdict is MatchVerdict.SHARES
    # A text that another outlet ran as well is no furniture of this one.
    wide = compare(_body(whole, 0, outlets=HERE | THERE), _body(half, 1, outlets=HERE))
    assert wide.verdict.merges


def test_a_story_under_a_second_address_of_its_outlet_is_found() -> None:
    body = wires.join(wires.DAM)
    later = wires.join((*wires.DAM, "Osland spoke again in the evening and had no news."))
    title = "Engineers open last spillways of Tarnfoss dam"
    found = compare(
        _body(body, 0, outlets=HERE, title=title), _body(later, 1, outlets=HERE, title=title)
    )
    assert found.verdict.merges


def test_forecasts_of_one_outlet_differ_in_their_numbers() -> None:
    def forecast(high: int, low: int, wind: int, rain: int, pressure: int) -> str:
        return (
            "The weather desk of our paper expects a quiet day for the whole of the valley with "
            "some cloud in the morning and long sunny spells from noon onwards, though showers may "
            f"reach the lake before dark. Highs of {high}, lows of {low}. Winds come from the "
            "north-east and will be felt most of all along the river and on the open fields "
            f"below the church, at up to {wind} kilometers an hour. Rain {rain} percent. The "
            "barometer in the market square, which many of our readers still swear by, stood this "
            f"morning at {pressure}."
        )

    title = "Today's weather for the valley"
    pages = [
        _body(forecast(*numbers), key, outlets=HERE, title=title)
        for key, numbers in enumerate([(21, 9, 30, 40, 1012), (24, 12, 45, 10, 1007)])
    ]
    found = compare(*pages)
    assert found.jaccard >= Thresholds().jaccard_same_outlet
    assert found.verdict is MatchVerdict.SHARES
    assert "numbers" in found.reason


def test_a_page_that_holds_everybody_is_nobodys_copy() -> None:
    excerpts = wires.join(wires.DAM[4:7])
    holding = (*wires.invent("a", 1600), *wires.DAM[4:7], *wires.invent("b", 1600))
    found = compare(_body(wires.join(holding), 0), _body(excerpts, 1))
    assert found.containment > 0.9
    assert found.verdict is MatchVerdict.SHARES


def test_rules_given_are_rules_used() -> None:
    plain = Thresholds()
    assert _pair(150, 100, 100).verdict.merges
    assert not _pair(150, 100, 100, containment=0.9, ordered=2).verdict.merges
    assert not _pair(150, 100, 100, shared=200).verdict.merges
    assert not _pair(150, 100, 100, min_shingles=300).verdict.merges
    assert _pair(60, 300, 300, passages=0.5).verdict is MatchVerdict.NO
    assert _pair(60, 300, 300).verdict is MatchVerdict.SHARES
    assert f"{plain.containment:.0%}" in plain.describe()
    assert "91%" in Thresholds(containment=0.91).describe()
    assert "12.5 days" in Thresholds(window=timedelta(hours=300)).describe()


@settings(max_examples=200, deadline=None)
@given(OVERLAPPING, OVERLAPPING)
def test_coverage_is_a_share_of_the_words(one: list[str], other: list[str]) -> None:
    of = text.shingles(other)
    share = coverage(one, of)
    assert 0.0 <= share <= 1.0
    inside = set()
    known = {tuple(other[at : at + 5]) for at in range(len(other) - 4)}
    for at in range(len(one) - 4):
        if tuple(one[at : at + 5]) in known:
            inside |= set(range(at, at + 5))
    assert share == pytest.approx(len(inside) / len(one) if one else 0.0)
    if len(one) >= 5:
        assert coverage(one, text.shingles(one)) == 1.0


def test_coverage_counts_words_and_not_shingles() -> None:
    # Ten of twenty words stand in the other text: six of sixteen shingles do.
    of = text.shingles(_unique(0, 10))
    assert coverage(_unique(0, 20), of) == 0.5
    assert coverage([], of) == coverage(_unique(0, 4), of) == 0.0
    assert coverage(_unique(0, 20), text.shingles([])) == 0.0
