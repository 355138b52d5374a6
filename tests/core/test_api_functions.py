"""compare and partition from plain texts: real edits are found, look-alikes stay apart."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core import text
from aggregator.core.api import compare, partition
from aggregator.core.thresholds import Thresholds
from aggregator.model import MatchVerdict
from tests.core import wires
from tests.core.wires import DAM, STRIKE, Story, join

BASES = {"dam": DAM, "strike": STRIKE, "invented": wires.invent("base", 500)}
OTHER = {"dam": STRIKE, "strike": DAM, "invented": DAM}


def _edits(name: str) -> dict[str, Story]:
    """What desks do to a wire, each edit alone and the usual ones together."""
    base, other = BASES[name], OTHER[name]
    return {
        "verbatim": base,
        "cut to 75 %": wires.cut(base, 0.75),
        "cut to 50 %": wires.cut(base, 0.5),
        "cut to 33 %": wires.cut(base, 0.33),
        "cut to 20 %": wires.cut(base, 0.2),
        "new lede": wires.new_lede(base),
        "house style": wires.house_style(base),
        "paragraphs moved": wires.move(base),
        "a quarter of local paragraphs": wires.add_local(base, 0.25),
        "half of local paragraphs": wires.add_local(base, 0.5),
        "as many local paragraphs": wires.add_local(base, 1.0),
        "promotion lines": wires.add_promos(base),
        "merged 60/40 with another wire": wires.merge(base, other, 0.6),
        "some words replaced": wires.substitute(base, 0.03),
        "promotion, style and lede": wires.add_promos(wires.house_style(wires.new_lede(base))),
    }


def _noise(count: int) -> dict[str, str]:
    return {f"noise {n}": join(wires.invent(f"noise {n}", 350)) for n in range(count)}


def _together(found: list[list[str]], a: str, b: str) -> bool:
    return any(a in group and b in group for group in found)


@pytest.mark.parametrize("edit", _edits("dam"))
@pytest.mark.parametrize("base", BASES)
def test_an_edited_copy_is_found_among_other_stories(base: str, edit: str) -> None:
    texts = {"wire": join(BASES[base]), "copy": join(_edits(base)[edit]), **_noise(5)}
    found = partition(texts)
    assert _together(found, "wire", "copy")
    assert len(found) == len(texts) - 1


@pytest.mark.parametrize("base", BASES)
def test_all_copies_of_one_wire_are_one_story(base: str) -> None:
    edits = _edits(base)
    del edits["merged 60/40 with another wire"]
    texts = {"wire": join(BASES[base]), **{name: join(story) for name, story in edits.items()}}
    found = partition({**texts, **_noise(5), "other wire": join(OTHER[base])})
    assert set(texts) in [set(group) for group in found]
    assert len(found) == 7


def test_twenty_wires_and_their_copies_are_twenty_stories() -> None:
    texts: dict[str, str] = {}
    for number in range(20):
        wire = wires.invent(f"wire {number}", 420)
        copies = (
            wire, wires.cut(wire, 0.33), wires.cut(wire, 0.5), wires.new_lede(wire, number),
            wires.move(wire, number), wires.add_local(wire, 0.5, number), wires.add_promos(wire),
        )  # fmt: skip
        texts |= {f"{number:02} {n}": join(story) for n, story in enumerate(copies)}
    found = partition(texts)
    assert [len(group) for group in found] == [7] * 20
    assert all(len({key.split()[0] for key in group}) == 1 for group in found)


def test_a_fifth_of_a_wire_with_other_words_is_found_as_the_daemon_finds_it() -> None:
    # Bands alone propose four of five such pairs (Jaccard about .17); sampled shingles the rest.
    texts: dict[str, str] = {}
    for number in range(40):
        wire = wires.invent(f"long {number}", 700)
        brief = wires.substitute(wires.cut(wire, 0.2), 0.03, number)
        assert compare(join(wire), join(brief)).verdict.merges
        texts |= {f"{number} wire": join(wire), f"{number} brief": join(brief)}
    found = partition(texts)
    assert sum(_together(found, f"{n} wire", f"{n} brief") for n in range(40)) >= 39


@pytest.mark.parametrize("script", wires.SCRIPTS)
def test_near_copies_are_found_in_every_script(script: str) -> None:
    story, other = wires.SCRIPTS[script]
    apart = "" if script in ("ja", "th") else " "
    words = story.split() if apart else list(story)
    del words[len(words) // 2]
    near = apart.join(words)
    assert compare(story, near).jaccard >= 0.8
    assert partition({"a": story, "b": near, "c": other}) == [["a", "b"], ["c"]]
    assert compare(story, other).jaccard <= 0.04


def test_a_copy_in_another_encoding_is_word_for_word() -> None:
    plain = join(DAM)
    disguised = plain.replace("e ", "\u200be\u00ad ").replace('"', "\u201c").upper()
    assert compare(plain, disguised).verdict is MatchVerdict.SAME
    assert compare(plain, disguised).jaccard == 1.0


def test_a_background_in_a_follow_up_is_no_copy() -> None:
    background = DAM[4:7]
    follow_up = (*wires.invent("follow-up", 300), *background, *wires.invent("end", 60))
    share = len(text.tokens(join(background))) / len(text.tokens(join(follow_up)))
    assert 0.2 < share < 0.4
    assert compare(join(DAM), join(follow_up)).verdict is MatchVerdict.SHARES
    assert len(partition({"first": join(DAM), "later": join(follow_up)})) == 2


def test_a_statement_that_both_quote_is_no_copy() -> None:
    quote = (
        '"We will not build on this river again while I hold this office, and I ask everyone who '
        'told us for thirty years that the water would never come to look at the water now," the '
        "minister said in a statement."
    )
    one = (*wires.invent("one", 90), quote, *wires.invent("two", 60))
    other = (quote, *wires.invent("three", 140))
    assert not compare(join(one), join(other)).verdict.merges
    assert len(partition({1: join(one), 2: join(other)})) == 2


def test_a_transcript_that_holds_everybody_joins_nobody() -> None:
    parts = [wires.invent(f"speech {n}", 180) for n in range(20)]
    whole: Story = tuple(paragraph for part in parts for paragraph in part)
    reports = {
        n: (*wires.invent(f"report {n}", 160), *parts[3 * n + 2], *parts[3 * n + 3][:1])
        for n in range(4)
    }
    found = partition(
        {"transcript": join(whole), **{f"report {n}": join(r) for n, r in reports.items()}}
    )
    assert len(found) == 5


def test_a_page_of_excerpts_is_no_copy_of_the_transcript() -> None:
    parts = [wires.invent(f"speech {n}", 180) for n in range(20)]
    whole: Story = tuple(paragraph for part in parts for paragraph in part)
    excerpts = join((*parts[7], *parts[8]))
    assert compare(join(whole), excerpts).containment > 0.9
    assert len(partition({"transcript": join(whole), "excerpts": excerpts})) == 2


def test_a_live_blog_that_drifts_is_no_single_story() -> None:
    versions = {n: join(story) for n, story in enumerate(wires.live_blog(61))}
    sets = {n: set(text.shingles(text.tokens(body)).tolist()) for n, body in versions.items()}
    found = partition(versions)
    assert sorted(n for group in found for n in group) == list(range(61))
    for group in found:
        for a, b in combinations(group, 2):
            assert len(sets[a] & sets[b]) / min(len(sets[a]), len(sets[b])) >= 0.3


@pytest.mark.parametrize("items", [4, 10])
def test_an_attacker_bridges_no_two_stories(items: int) -> None:
    attack = wires.bridge(DAM, STRIKE, items)
    texts = {"a": join(DAM), "b": join(STRIKE)}
    texts |= {f"item {n}": join(story) for n, story in enumerate(attack)}
    assert not _together(partition(texts), "a", "b")


def test_a_round_up_keeps_two_stories_with_copies_apart() -> None:
    copies = {
        f"{name} {n}": join(wires.substitute(story, 0.01, n))
        for name, story in (("dam", DAM), ("strike", STRIKE))
        for n in range(3)
    }
    found = partition({**copies, "round-up": join((*DAM, *STRIKE))})
    assert not _together(found, "dam 0", "strike 0")
    assert _together(found, "dam 0", "dam 2")
    assert _together(found, "strike 0", "strike 2")


def test_template_pages_of_many_outlets_hardly_merge() -> None:
    # 500 forecasts of one machine, as if each ran in an outlet of its own: only their facts
    # differ, and nothing has been cleaned away.
    pages = {n: join(wires.weather_page(n)) for n in range(500)}
    found = partition(pages)
    merged = sum(len(group) * (len(group) - 1) // 2 for group in found)
    assert merged <= 0.01 * len(pages) * (len(pages) - 1) / 2


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_texts_does_not_count(chance: random.Random) -> None:
    keys = list(_CORPUS)
    chance.shuffle(keys)
    assert partition({key: _CORPUS[key] for key in keys}) == _EXPECTED


_CORPUS = {
    **{f"dam {name}": join(story) for name, story in _edits("dam").items()},
    **{f"live {n}": join(story) for n, story in enumerate(wires.live_blog(9))},
    "strike": join(STRIKE),
    "empty": "",
}
_EXPECTED = partition(_CORPUS)


def test_short_and_empty_texts_are_kept_and_stay_alone() -> None:
    shorts = ["", " ", "Read more", "Read more", "...", "\u200b", "Log in", "雨", "雨"]
    shorts += [" ".join(wires.words("short", 33))] * 3
    assert partition(dict(enumerate(shorts))) == [[n] for n in sorted(range(len(shorts)), key=repr)]
    assert partition({}) == []
    assert partition({"only": join(DAM)}) == [["only"]]


def test_many_identical_texts_are_one_story() -> None:
    body = join(wires.cut(DAM, 0.2))
    assert list(map(len, partition(dict.fromkeys(range(320), body)))) == [320]


def test_any_sortable_keys_will_do() -> None:
    body = join(DAM)
    assert partition({("a", 1): body, ("b", 2): body}) == [[("a", 1), ("b", 2)]]
    assert partition({2: body, 1: body, 3: join(STRIKE)}) == [[1, 2], [3]]


def test_the_rule_given_is_the_rule_used() -> None:
    texts = {"wire": join(DAM), "half": join(wires.cut(DAM, 0.5))}
    assert len(partition(texts)) == 1
    assert len(partition(texts, Thresholds(min_shingles=10_000))) == 2
    assert not compare(*texts.values(), Thresholds(min_shingles=10_000)).verdict.merges


def test_compare_names_the_texts_in_order() -> None:
    found = compare(join(wires.cut(DAM, 0.5)), join(DAM))
    assert (found.a, found.b) == (0, 1)
    assert found.a_in_b > 0.9 > found.b_in_a
    assert found.verdict is MatchVerdict.TRIMMED
