"""Which stories an alert tells, in which messages, when, and what a chat program may not find."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core import alerts
from aggregator.core.alertstate import trouble_words
from aggregator.core.digest import COPIES_SHOWN, digest_text, post_text, story_lines
from aggregator.model import Alert, Message, MessageState, Rhythm, StoryQuery
from tests import stories

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
times = st.integers(0, 15 * 365 * 86_400).map(
    lambda second: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)


@pytest.mark.parametrize(
    ("text", "rhythm", "words"),
    [
        ("as it happens", Rhythm(), "as it happens"),
        ("as_it_happens", Rhythm(), "as it happens"),
        ("6h", Rhythm(seconds=21_600), "6h"),
        ("90m", Rhythm(seconds=5_400), "90m"),
        ("Daily at 07:30", Rhythm(minute=450), "daily at 07:30"),
        ("daily at 0:05", Rhythm(minute=5), "daily at 00:05"),
    ],
)  # fmt: skip
def test_a_rhythm_is_read_and_said(text: str, rhythm: Rhythm, words: str) -> None:
    assert alerts.parse_rhythm(text) == rhythm
    assert alerts.rhythm_words(rhythm) == words
    assert alerts.parse_rhythm(words) == rhythm


@pytest.mark.parametrize(
    "text", ["", "often", "daily", "daily at 24:00", "daily at 7", "30s", "8d", "-1h", "0"]
)
def test_no_rhythm(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|span|time of day"):
        alerts.parse_rhythm(text)


@given(gathered=times, now=times, minute=st.integers(0, 1439))
def test_a_daily_digest_is_due_once_a_day(gathered: datetime, now: datetime, minute: int) -> None:
    rhythm = Rhythm(minute=minute)
    if alerts.is_due(rhythm, gathered_at=gathered, now=now):
        # Having been put together now, it is not due again until the next day's minute.
        assert not alerts.is_due(rhythm, gathered_at=now, now=now)
        assert alerts.is_due(rhythm, gathered_at=now, now=now + DAY)
    elif gathered <= now:
        assert now - gathered < DAY


def test_a_daily_digest_waits_for_its_minute() -> None:
    rhythm = alerts.parse_rhythm("daily at 07:30")
    evening, morning = NOW.replace(hour=20), NOW.replace(hour=7, minute=30) + DAY
    assert not alerts.is_due(rhythm, gathered_at=evening, now=morning - timedelta(seconds=1))
    assert alerts.is_due(rhythm, gathered_at=evening, now=morning)
    # A machine that slept over it makes up for it once.
    assert alerts.is_due(rhythm, gathered_at=evening, now=morning + 5 * DAY)


def test_a_span_and_a_clock_that_was_set_back() -> None:
    rhythm = Rhythm(seconds=3600)
    assert not alerts.is_due(rhythm, gathered_at=NOW, now=NOW + HOUR / 2)
    assert alerts.is_due(rhythm, gathered_at=NOW, now=NOW + HOUR)
    assert alerts.is_due(rhythm, gathered_at=NOW + DAY, now=NOW)
    assert alerts.is_due(Rhythm(), gathered_at=NOW, now=NOW)


def test_few_are_told_one_by_one_and_many_together() -> None:
    few, many = list(range(alerts.SINGLES)), list(range(alerts.SINGLES + 1))
    assert alerts.in_messages(Rhythm(), few) == [[each] for each in few]
    assert alerts.in_messages(Rhythm(), many) == [many]
    assert alerts.in_messages(Rhythm(seconds=60), few) == [few]
    assert alerts.in_messages(Rhythm(minute=0), []) == alerts.in_messages(Rhythm(), []) == []


@given(since=times, looked_at=times, now=times)
def test_looking_back_misses_nothing_however_the_clock_went(
    since: datetime, looked_at: datetime, now: datetime
) -> None:
    found = alerts.look_back(since=since, looked_at=looked_at, now=now)
    assert found <= max(now, min(since, now))
    if since <= looked_at <= now:
        assert since <= found <= looked_at
        assert found == since or found == looked_at - alerts.OVERLAP


def test_pauses_double_to_an_hour_and_end_after_a_day() -> None:
    now, tries, pauses = NOW, 0, []
    while (due := alerts.next_try(tries + 1, made_at=NOW, now=now)) is not None:
        pauses.append((due - now).total_seconds() / 60)
        now, tries = due, tries + 1
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert now - NOW >= alerts.PATIENCE
    assert 25 < tries < 35
    waited = alerts.next_try(1, made_at=NOW, now=NOW, retry_after=7200)
    assert waited == NOW + 2 * HOUR


def test_only_uncredited_copies_where_those_are_asked_for() -> None:
    wish = Alert(name="x", query=StoryQuery(), uncredited=True)
    assert alerts.wanted(stories.ferry(), wish)
    assert not alerts.wanted(stories.only_here(), wish)
    assert alerts.wanted(stories.only_here(), replace(wish, uncredited=False))


def test_an_alert_says_what_it_asks_for() -> None:
    query = StoryQuery(text="ferry", agency="afp", min_outlets=3, since=NOW)
    told = alerts.alert_words(Alert(name="x", query=query, uncredited=True))
    assert told == "with “ferry”, copy of afp, 3 outlets or more, with a copy that credits nobody"
    assert alerts.alert_words(Alert(name="x", query=StoryQuery())) == "every story"


def test_a_subject_is_one_line_of_bounded_length() -> None:
    ferry, hostile = stories.ferry(), stories.hostile()
    assert alerts.subject("Ferries", [ferry], 1) == f"Ferries: {ferry.title} (8 outlets)"
    assert alerts.subject("Ferries", [ferry], 12, test=True) == "[Test] Ferries: 12 stories"
    long = replace(hostile, title="a\r\nBcc: x@y.example " + "w" * 900)
    for story in (hostile, long):
        told = alerts.subject("F", [story], 1)
        assert len(told) <= 200
        assert told.isprintable() or "\u200e" in told
        assert "\n" not in told and "\r" not in told
    assert alerts.subject("F", [long], 1).endswith("w… (3 outlets)")


def test_the_digest_says_what_the_other_outputs_say() -> None:
    ferry = stories.ferry()
    text = digest_text("Today", [ferry, stories.huge(30)], 9, stories.NOW, "https://n.example/s")
    assert text.startswith("Today\n21 Nov 2026, 09:00 UTC\n")
    for words in (
        "Whose copy is it? CPA: credited by 5 outlets (high confidence)",
        "- Daily Ledger: lightly edited, 85 % copied, no credit",
        "https://n.example/s/1\n", "- and 18 more outlets", "and 7 more stories",
    ):  # fmt: skip
        assert words in text
    assert len([line for line in story_lines(stories.huge(30)) if line[:4] == "  - "]) == (
        COPIES_SHOWN + 1
    )


def test_nothing_of_a_stranger_is_markup_in_a_chat() -> None:
    bad = "<!channel> <https://evil.example|click> @here *bold* `code` http://evil.example & [x](y)"
    story = stories.only_here()
    lead = replace(story.lead, url="https://a.example/x|y<z>(b)", outlet=bad)
    told = post_text(bad, [replace(story, title=bad, lead=lead, copies=(lead,))], 1)
    assert re.findall("<[^|>]*[|>]", told) == ["<https://a.example/x%7Cy%3Cz%3E%28b%29|"]
    assert told.count("<") == told.count(">") == 1
    for mark in ("@here", "*bold*", "`code`", "[x]", "http://", "https://evil"):
        assert mark not in told
    heading = told.splitlines()[0]
    assert heading.startswith("*") and heading.endswith("*")


def test_trouble_is_one_line() -> None:
    message = Message(
        id=3, alert="x", state=MessageState.UNSURE, key="k", made_at=NOW, stories=1, tries=1,
        error="smtp\nanswered",
    )  # fmt: skip
    assert trouble_words(message) == "message 3 is unsure after 1 try: smtp answered"
