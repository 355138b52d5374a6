"""What outlets did is stored as letters and read back; a line says what its story says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.strip import LETTERS, line_of, lines_of, read_strip, write_strip
from aggregator.model import Relation
from tests import stories


def test_every_relation_has_a_letter_of_its_own() -> None:
    assert set(LETTERS) == set(Relation)
    assert len(set(LETTERS.values())) == len(LETTERS)


@given(st.lists(st.sampled_from(list(Relation))))
def test_a_strip_is_read_as_it_was_written(relations: list[Relation]) -> None:
    assert read_strip(write_strip(relations)) == tuple(relations)


def test_letters_of_a_later_version_are_left_out() -> None:
    assert read_strip("f?w") == (Relation.FIRST, Relation.WORD_FOR_WORD)


def test_a_line_holds_what_a_list_shows() -> None:
    ferry = stories.ferry()
    line = line_of(ferry)
    assert (line.id, line.title, line.outlets, line.copied) == (
        ferry.id, ferry.title, ferry.outlets, ferry.copied,
    )  # fmt: skip
    assert (line.first.outlet, line.minutes) == (ferry.first.outlet, 410)
    assert len(line.strip) == 8 and line.strip[0] is Relation.FIRST


def test_an_outlet_that_ran_a_story_twice_has_one_mark() -> None:
    line = line_of(stories.huge(300))
    assert len(line.strip) == len({copy.domain for copy in stories.huge(300).copies})


def test_lines_come_from_stories_where_none_were_read() -> None:
    day = stories.day()
    assert [line.id for line in lines_of(day)] == [story.id for story in day.stories]
