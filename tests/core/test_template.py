"""Template sentences: walls and forecasts are, one story under three addresses is not."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from aggregator.core.clean import take_apart
from aggregator.core.template import CERTAIN_PAGES, PageSketch, is_template, one_story, sketch
from tests.core import wires

WALL = (
    "Before you continue to our pages. We and our 812 partners store information on your device.",
    "You can accept all purposes or manage your choices. Your consent is kept for 13 months.",
    "Subscribers may refuse everything. Already a member? Log in here.",
)
UNRELATED = (
    "Engineers open last spillways of Tarnfoss dam",
    "Dock workers walk out at three Orlmark ports",
    "Central bank leaves interest rate unchanged",
    "Striker Okonjo signs for second-division Sandeby",
    "Three recipes for the last pumpkins of the year",
    "Novelist Sunniva Aas wins translation prize",
)
WALL_JA = (
    "このサイトではクッキーを使用しています。続けるには同意するかどうかを選んでください。",
    "会員の方はログインしてください。パスワードを忘れた方はこちらから手続きできます。",
)
UNRELATED_JA = (
    "北部沿岸でフェリーが座礁",
    "中央銀行が金利を据え置き",
    "新人作家に翻訳文学賞",
    "港湾労組が無期限スト",
)


def _pages(titles: Sequence[str], bodies: Sequence[Sequence[str]]) -> list[PageSketch]:
    return [
        sketch(key=f"paper.example/{place}", title=title, sentences=take_apart(body))
        for place, (title, body) in enumerate(zip(titles, bodies, strict=True))
    ]


def _judge(pages: list[PageSketch]) -> bool:
    return is_template(pages, len(pages))


def test_a_wall_under_unrelated_titles_is_template() -> None:
    assert _judge(_pages(UNRELATED[:3], [WALL] * 3))
    assert _judge(_pages(UNRELATED, [WALL] * 6))
    assert _judge(_pages(UNRELATED_JA, [WALL_JA] * 4))


def test_a_wall_that_counts_its_partners_anew_is_template() -> None:
    walls = [[line.replace("812", str(800 + n)) for line in WALL] for n in range(3)]
    assert _judge(_pages(UNRELATED[:3], walls))


def test_two_pages_are_too_few() -> None:
    assert not _judge(_pages(UNRELATED[:2], [WALL] * 2))
    assert is_template(_pages(UNRELATED[:2], [WALL] * 2), 2, minimum=2)


def test_forecasts_are_template_by_their_masked_digits() -> None:
    def page(n: int) -> tuple[str, ...]:
        return (
            f"Highs of {10 + 3 * n} degrees are expected, with lows near {50 + n}.",
            f"Winds reach {20 + 7 * n} kilometers an hour; pressure stands at {980 + n}.",
            f"Rain is {11 + 13 * n} percent likely after {10 + n} o'clock.",
        )

    pages = _pages([f"Weather for Holmvik, day {n}" for n in range(5)], [page(n) for n in range(5)])
    assert _judge(pages)
    assert not one_story(pages[0], pages[1])


@pytest.mark.parametrize("copies", [3, 5, CERTAIN_PAGES])
def test_one_story_under_several_addresses_is_not_template(copies: int) -> None:
    title = "Engineers open last spillways of Tarnfoss dam"
    assert not _judge(_pages([title] * copies, [wires.DAM] * copies))


def test_one_story_is_one_story_under_headlines_that_its_text_tells() -> None:
    titles = (
        "Engineers open last spillways of Tarnfoss dam",
        "Thousands told to leave valley below Tarnfoss",
        "Hospital patients moved as reservoir rises",
    )
    assert not _judge(_pages(titles, [wires.DAM, wires.DAM[:-1], wires.DAM]))


def test_takes_of_a_running_story_are_one_story() -> None:
    title = "Tarnfoss dam: valley evacuated"
    takes = [wires.DAM[: 7 + n] for n in range(4)]
    assert not _judge(_pages([title] * 4, takes))


def test_a_promo_below_unlike_stories_is_template() -> None:
    promo = "Sign up for our morning letter and never miss a story."
    bodies = [(*wires.invent(n), promo) for n in range(3)]
    assert _judge(_pages([" ".join(wires.words(f"title {n}", 7)) for n in range(3)], bodies))


def test_past_the_certain_pages_it_is_template_whatever_they_look_like() -> None:
    pages = _pages(["Tarnfoss dam evacuated"] * CERTAIN_PAGES, [wires.DAM] * CERTAIN_PAGES)
    assert not is_template(pages, CERTAIN_PAGES)
    assert is_template(pages, CERTAIN_PAGES + 1)


def test_the_order_of_pages_does_not_count() -> None:
    chance = random.Random(4)
    sets = [
        _pages(UNRELATED, [WALL] * 6),
        _pages(["Tarnfoss dam evacuated"] * 6, [wires.DAM[:n] for n in range(5, 11)]),
        _pages([*UNRELATED[:2], *["Tarnfoss dam evacuated"] * 3], [WALL, WALL, *[wires.DAM] * 3]),
        _pages([f"Live: day {n}" for n in range(9)], wires.live_blog(9)),
    ]
    for pages in sets:
        answers = set()
        for _ in range(25):
            shuffled = chance.sample(pages, len(pages))
            answers.add(is_template(shuffled, len(shuffled)))
        assert len(answers) == 1


def test_being_one_story_goes_both_ways() -> None:
    pages = [
        *_pages(UNRELATED[:3], [WALL] * 3),
        *_pages(["Tarnfoss dam evacuated", ""], [wires.DAM, wires.DAM[:8]]),
    ]
    for a in pages:
        assert one_story(a, a)
        for b in pages:
            assert one_story(a, b) == one_story(b, a)
