"""The figure puts delays where they belong, says every colour in words, and is well-formed."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core import figure
from aggregator.core.palette import STYLES, palette_css, relation_word
from aggregator.core.strip import line_of
from aggregator.model import Relation, TimeSource
from tests import stories

MINUTES = st.floats(min_value=0, max_value=5e6)
PAPER, DARK = "#fcfbf8", "#15171b"


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG contrast of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@given(MINUTES, MINUTES, MINUTES)
def test_positions_keep_the_order_of_delays(one: float, other: float, longest: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= figure.position(low, longest) <= figure.position(high, longest) <= 1


def test_the_axis_is_compressed() -> None:
    two_days = 2 * 24 * 60
    assert figure.position(60, two_days) > 0.3
    assert figure.position(two_days, two_days) == 1
    labels = [label for _, label in figure.ticks(two_days)]
    assert labels == ["15 min", "1 h", "3 h", "6 h", "12 h", "1 d", "2 d"]


@pytest.mark.parametrize("relation", Relation)
def test_every_relation_has_word_shape_and_an_edge_that_shows(relation: Relation) -> None:
    style = STYLES[relation]
    assert style.label == relation.value
    assert contrast(style.edge, PAPER) >= 3
    assert contrast(style.edge_dark, DARK) >= 3
    assert f".{style.css}{{" in palette_css()


def test_shapes_and_glyphs_differ_without_colour() -> None:
    assert len({style.glyph for style in STYLES.values()}) == len(Relation)
    assert len({style.shape for style in STYLES.values()}) == len(Relation)
    assert len({style.css for style in STYLES.values()}) == len(Relation)


def test_first_seen_is_said_where_no_time_was_given() -> None:
    seen = stories.copy(1, "A", Relation.FIRST, time_source=TimeSource.SEEN)
    given = stories.copy(1, "A", Relation.FIRST)
    assert (relation_word(seen), relation_word(given)) == ("first seen", "first")


@pytest.mark.parametrize(
    "make", [stories.ferry, stories.arabic, stories.hostile, stories.only_here]
)
def test_drawings_are_well_formed_and_hold_no_strangers_word(make) -> None:  # type: ignore[no-untyped-def]
    story = make()
    longest = figure.spread(story)
    drawings = [figure.strip_svg(line_of(story).strip), figure.axis_svg(longest)]
    drawings += [figure.track_svg(copy, story.first, longest) for copy in story.copies]
    drawings += [figure.bar_svg(copy.copied or 0) for copy in story.copies]
    drawings += [figure.mark_svg(copy.relation) for copy in story.copies]
    for drawing in drawings:
        ElementTree.fromstring(drawing)
        assert "alert" not in drawing
        assert "style=" not in drawing


def test_strip_counts_what_it_shows_and_what_it_leaves_out() -> None:
    strip = ElementTree.fromstring(figure.strip_svg(line_of(stories.ferry()).strip))
    assert strip.get("role") == "img"
    assert strip.get("aria-label") == (
        "8 outlets: 1 first, 1 word for word, 3 shortened, 1 lightly edited, "
        "1 added reporting, 1 rewritten"
    )
    assert len(strip) == 8
    many = ElementTree.fromstring(figure.strip_svg(line_of(stories.huge(300)).strip))
    assert len(many) == figure.STRIP_MOST
    assert (many.get("aria-label") or "").startswith("300 outlets: 1 first, ")


def test_one_block_per_outlet() -> None:
    twice = stories.story(
        1,
        "t",
        stories.lead(1, "A", "t"),
        stories.copy(2, "B", Relation.SHORTENED, after=5),
        stories.copy(3, "B", Relation.REWRITTEN, after=9),
    )
    assert [copy.article for copy in figure.by_outlet(twice)] == [1, 2]


def test_the_figure_in_words() -> None:
    said = figure.sentence(stories.ferry())
    assert said.startswith("Continental Press Agency first; Metro 24 9 min later, 100 % copied;")
    assert "and 9,960 more." in figure.sentence(stories.huge())


def test_crowded_ticks_lose_their_label_on_a_phone_first() -> None:
    axis = figure.axis_svg(60 * 24 * 400)
    shown = re.findall(r'class="tick"[^>]* x="([\d.]+)%"', axis)
    assert len(shown) <= 6
    assert all(float(b) - float(a) > 15 for a, b in pairwise(shown))


@given(st.floats(min_value=0, max_value=1e6), st.integers(min_value=12, max_value=60))
def test_text_tracks_fit_their_cells(longest: float, width: int) -> None:
    story = stories.ferry()
    assert len(figure.axis_text(longest, width)) == width
    for copy in story.copies:
        stem, glyph = figure.track_text(copy, story.first, longest, width)
        assert len(stem) + len(glyph) <= width
    assert len(figure.strip_text(line_of(story).strip, 5)) == 5
