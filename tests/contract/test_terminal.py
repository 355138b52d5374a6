"""The terminal's list: exact widths, a legend that never breaks inside, and what to do next."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rich.cells import cell_len

from aggregator.core.palette import STYLES
from aggregator.core.strip import MEANING, line_of
from aggregator.edge.outputs import render
from aggregator.model import Report
from tests import stories

WIDTHS = (60, 72, 80, 100, 123, 124, 160, 200)
ESCAPE = re.compile("\x1b\\[[0-9;]*m")


def every_relation() -> Report:
    """A day whose stories show every relation there is."""
    (ferry, *rest) = stories.day().stories
    copies = tuple(
        replace(copy, relation=relation)
        for copy, relation in zip(ferry.copies, STYLES, strict=False)
    )
    return stories.report(replace(ferry, copies=copies, lead=copies[0]), *rest)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("color", [False, True], ids=["plain", "coloured"])
def test_nothing_is_wider_than_the_terminal(width: int, color: bool) -> None:
    day = every_relation()
    for story in (None, day.stories[0]):
        text = ESCAPE.sub("", render(day, "terminal", story=story, width=width, color=color))
        assert max(map(cell_len, text.splitlines())) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_a_glyph_and_its_words_stand_on_one_line(width: int) -> None:
    text = render(every_relation(), "terminal", width=width)
    for style in STYLES.values():
        assert f"{style.glyph} {style.label}" in text
    legend = [line for line in text.splitlines() if f"{STYLES[next(iter(STYLES))].glyph} " in line]
    assert legend and not any(line.endswith(tuple(s.glyph for s in STYLES.values()))
                              for line in legend)  # fmt: skip


def test_colours_change_nothing_but_colours() -> None:
    for story in (None, stories.ferry()):
        day = stories.day()
        plain = render(day, "terminal", story=story, width=80)
        coloured = render(day, "terminal", story=story, width=80, color=True)
        assert "\x1b[" not in plain and "\x1b[" in coloured
        if story is None:  # a story's changes are marked by brackets where there is no colour
            assert ESCAPE.sub("", coloured) == plain


def test_the_first_screen_says_what_a_line_is_and_what_to_do_next() -> None:
    text = render(stories.day(), "terminal", width=80, command="agg -d demo.db")
    assert " ".join(text.split()).count(MEANING) == 1
    steps = [line for line in text.splitlines() if line.startswith("Next: ")]
    assert [step.split("  ")[0] for step in steps] == [
        "Next: agg -d demo.db report 1", "Next: agg -d demo.db browse",
    ]  # fmt: skip
    assert len({re.search(r" {2,}(?=\S)", step).end() for step in steps}) == 1  # type: ignore[union-attr]


def test_a_command_is_never_cut() -> None:
    command = f"aggregator -d {'long/' * 20}news.db"
    lines = render(stories.day(), "terminal", width=80, command=command).splitlines()
    assert f"{command} report 1" in lines and f"{command} browse" in lines
    assert "Next, all of it in a web browser:" in lines


def test_long_names_stand_whole_where_there_is_room_and_the_figure_gives_way() -> None:
    ferry, day = stories.ferry(), stories.day()
    agency, outlet = "Associated Coastal", "valley-chronicle.test"

    def table(width: int, name: str) -> tuple[str, int]:
        """The rows of the copies, and how many cells the figure and its gaps have."""
        lead, second, *rest = ferry.copies
        story = replace(ferry, copies=(lead, replace(second, outlet=outlet), *rest),
                        agency_names={**ferry.agency_names, str(ferry.agency): name},
                        agency_name=name)  # fmt: skip
        text = render(day, "terminal", story=story, width=width)
        head = next(line for line in text.splitlines() if line.startswith("outlet "))
        rows = text[text.index(head) :].split("\n\n")[0]
        return rows, head.index("copied") - head.index("after")

    for width in (100, 130):
        rows, _ = table(width, agency)
        assert agency in rows and outlet in rows
    rows, _ = table(80, agency)
    assert agency not in rows and outlet not in rows
    assert table(100, agency)[1] < table(100, "CPA")[1]


def test_a_wide_list_says_whose_copy_it_is() -> None:
    day = stories.day()
    narrow, wide = (render(day, "terminal", width=width).splitlines() for width in (123, 124))
    assert "copy of" in " ".join(wide) and "copy of" not in " ".join(narrow)
    row = next(line for line in wide if line.strip().startswith("1 "))
    assert re.search(r"Continental Press Ag\S+ +CPA +20 Nov", row)


def test_lines_alone_make_the_same_list() -> None:
    day = stories.day()
    listed = replace(day, stories=(), lines=tuple(line_of(story) for story in day.stories))
    assert render(listed, "terminal", width=80) == render(day, "terminal", width=80)
