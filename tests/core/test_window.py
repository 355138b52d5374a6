"""A span of time is read as it is written, and a question is told in the words it was asked in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.answers import summary
from aggregator.core.question import narrowed, question_to_dict, question_words
from aggregator.core.report import to_dict
from aggregator.core.window import parse_end, parse_point, window_words
from aggregator.model import StoryQuery
from tests import stories

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = datetime(2026, 11, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("24h", NOW - timedelta(days=1)),
        (" 7d ", NOW - timedelta(days=7)),
        ("2026-11-19", DAY),
        ("2026-11-19T10:00Z", DAY + timedelta(hours=10)),
        ("2026-11-19T10:00+02:00", DAY + timedelta(hours=8)),
        ("2026-11-19T10:00", DAY + timedelta(hours=10)),
        ("all", None),
        ("ALL", None),
        ("999999999w", None),
    ],
)
def test_a_point_in_time(words: str, meant: datetime | None) -> None:
    assert parse_point(words, now=NOW) == meant


@pytest.mark.parametrize("words", ["", "soon", "-5d", "2026-13-01", "2026-11", "12/11/2026", "0x"])
def test_what_is_no_time_is_said_to_be_none(words: str) -> None:
    with pytest.raises(ValueError, match="write a span"):
        parse_point(words, now=NOW)


def test_a_day_as_an_end_is_held_whole() -> None:
    assert parse_end("2026-11-19", now=NOW) == DAY + timedelta(days=1)
    assert parse_end("2026-11-19T10:00Z", now=NOW) == DAY + timedelta(hours=10)
    assert parse_end("24h", now=NOW) == NOW - timedelta(days=1)
    with pytest.raises(ValueError, match="write a span"):
        parse_end("9999-12-31", now=NOW)


@given(st.text(max_size=40))
def test_any_words_are_a_time_or_a_value_error(words: str) -> None:
    for parse in (parse_point, parse_end):
        try:
            found = parse(words, now=NOW)
        except ValueError:
            continue
        assert found is None or found.tzinfo is not None


def test_a_window_in_words() -> None:
    assert window_words(None, None) == ""
    assert window_words(DAY, None) == "first seen from 19 Nov 2026"
    assert window_words(DAY, DAY + timedelta(days=1)) == (
        "first seen from 19 Nov 2026 to 19 Nov 2026"
    )
    assert window_words(None, NOW) == "first seen before 20 Nov 2026, 12:00 UTC"
    assert window_words(None, datetime.min.replace(tzinfo=UTC))


def test_a_question_in_words() -> None:
    whole = StoryQuery(
        text=" ferry\nlost ", agency="cpa", outlet="a.example", language="fr", min_outlets=3,
        min_sources=2, since=DAY,
    )  # fmt: skip
    assert question_words(whole, {"cpa": "CPA"}) == (
        "with “ferry lost”", "copy of CPA", "in a.example", "in language fr", "3 outlets or more",
        "2 independent sources or more", "first seen from 19 Nov 2026",
    )  # fmt: skip
    assert question_words(StoryQuery()) == ()
    told = question_to_dict(whole)
    assert (told["search"], told["since"], told["until"]) == (
        "ferry\nlost",
        "2026-11-19T00:00:00Z",
        None,
    )


@pytest.mark.parametrize(
    ("query", "narrow"),
    [
        (None, False),
        (StoryQuery(), False),
        (StoryQuery(since=DAY, min_outlets=3), False),
        (StoryQuery(text="  "), False),
        (StoryQuery(text="x"), True),
        (StoryQuery(min_sources=2), True),
        (StoryQuery(language="fr"), True),
    ],
)
def test_what_narrows_a_question(query: StoryQuery | None, narrow: bool) -> None:
    assert narrowed(query) is narrow


def test_a_summary_of_fewer_stories_says_which() -> None:
    day = stories.day()
    asked = replace(day, asked=StoryQuery(agency="cpa"), total_stories=2)
    assert summary(asked) == "2 stories: copy of CPA."
    assert summary(replace(day, asked=StoryQuery(since=DAY))) == summary(day)
    assert to_dict(asked)["query"]["agency"] == "cpa"
    assert "query" not in to_dict(day)
