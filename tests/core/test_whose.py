"""The words on who was first and whose copy it is, and a comparison of any two copies as text."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.core import titles
from aggregator.core.comparison import compare, compare_with_lead
from aggregator.core.diff import diff_texts
from aggregator.core.first import who_first
from aggregator.core.footnotes import footnotes
from aggregator.core.plaindiff import diff_lines, diff_to_list
from aggregator.core.report import story_to_dict
from aggregator.core.storypage import after, day_or_time, view_story
from aggregator.core.whose import contradiction_words, credit_words, uncredited, whose_copy
from aggregator.model import (
    Claim,
    Copy,
    Credit,
    Parent,
    Relation,
    Role,
    Story,
    TimeSource,
    Trust,
)
from tests import stories


def _pair(first: Copy | None = None, **second: object) -> Story:
    lead = first or stories.lead(1, "A", "t", time_trust=Trust.HIGH)
    return stories.story(
        1, "t", lead, stories.copy(2, "B", Relation.WORD_FOR_WORD, **{"after": 60, **second})
    )


def _inferred(agency: str, source: int = 1) -> Credit:
    return Credit(
        agency=agency, role=Role.INFERRED, zone="cluster", excerpt="9 % of it is in the copy of A",
        source_article=source,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("trust", "source", "after_first", "confidence"),
    [
        (Trust.HIGH, TimeSource.FEED, 60, "high"),
        (Trust.HIGH, TimeSource.FEED, 3, "medium"),
        (Trust.MEDIUM, TimeSource.PAGE, 60, "medium"),
        (Trust.MEDIUM, TimeSource.PAGE, 3, "low"),
        (Trust.LOW, TimeSource.PAGE, 60, "low"),
        (Trust.MEDIUM, TimeSource.SEEN, 60, "low"),
    ],
)
def test_confidence_follows_the_trust_in_the_first_time(
    trust: Trust, source: TimeSource, after_first: float, confidence: str
) -> None:
    lead = stories.lead(1, "A", "t", time_trust=trust, time_source=source)
    assert who_first(_pair(lead, after=after_first)).confidence == confidence


def test_a_copy_that_is_not_believed_is_named_with_the_reason() -> None:
    early = stories.START - timedelta(hours=3)
    answer = who_first(_pair(stated_at=early, time_remark="its feed did not list it"))
    assert answer.answer == "A"
    assert answer.evidence[0] == "B does not come first: its feed did not list it"
    late = stories.START + timedelta(minutes=30)
    assert not who_first(_pair(stated_at=late, time_remark="x")).evidence[0].startswith("B")


def test_copies_of_one_day_without_a_time_have_no_first() -> None:
    end = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
    lead = stories.lead(1, "A", "t", published_at=end, day_only=True)
    story = _pair(lead, published_at=end, day_only=True)
    answer = who_first(story)
    assert (answer.answer, answer.confidence) == ("not known", "low")
    assert answer.detail == "A and B, all on 20 Nov 2026"
    assert after(story.copies[1], story) == "20 Nov"
    assert day_or_time(lead) == "20 Nov"
    timed = _pair(published_at=end, day_only=True)
    assert "B gives the day alone and may have been earlier" in who_first(timed).evidence
    alone = who_first(stories.story(1, "t", lead))
    assert (alone.answer, alone.detail) == ("A", "20 Nov 2026 (feed date)")


def test_contradicting_credits_stand_in_every_output() -> None:
    claims = (
        Claim(agency="cpa", name="CPA", outlets=("A", "C")),
        Claim(agency="aap", name="AAP", outlets=("B\x1b[2J",)),
    )
    story = replace(stories.ferry(), claims=claims)
    words = "the copies contradict each other: A and C credit CPA; B[2J credits AAP"
    assert contradiction_words(story) == words
    assert words in whose_copy(story).evidence
    assert whose_copy(story).confidence == "medium"
    assert [each["agency"] for each in story_to_dict(story)["contradicting_credits"]] == [
        "cpa", "aap",
    ]  # fmt: skip
    assert contradiction_words(stories.ferry()) == ""


def test_a_page_of_two_agencies_names_both() -> None:
    credits = (
        Credit(agency="cpa", role=Role.ORIGIN, zone="byline", excerpt="CPA/AAP"),
        Credit(agency="aap", role=Role.ORIGIN, zone="byline", excerpt="CPA/AAP"),
    )
    story = replace(stories.ferry(), agency_names={"aap": "Other Press"})
    copy = replace(story.copies[1], agency="cpa", agency_role=Role.ORIGIN, credits=credits)
    assert credit_words(copy, story) == "CPA and Other Press"
    assert not uncredited(copy, story)


def test_an_agency_that_is_credited_in_part_alone_is_named_and_owns_nothing() -> None:
    said = "Associated Press writer Ann Lee\ncontributed to this report."
    part = Credit(agency="ap", role=Role.PARTIAL, zone="sign-off", excerpt=said)
    base = replace(_pair(), agency_names={"ap": "Associated Press"})
    assert whose_copy(base).detail == "no agency is credited"
    copy = replace(base.copies[1], agency="ap", agency_role=Role.PARTIAL, credits=(part, part))
    told = whose_copy(replace(base, copies=(base.copies[0], copy)))
    assert (told.answer, told.detail) == ("A", "Associated Press is credited in part")
    words = "B, sign-off: “Associated Press writer Ann Lee contributed to this report.”"
    assert told.evidence == ("the earliest text that the others are alike to", words)
    alone = whose_copy(stories.story(1, "t", replace(stories.lead(1, "A", "t"), credits=(part,))))
    assert (alone.detail, alone.confidence) == ("ap is credited in part", "")
    assert len(alone.evidence) == 1


def test_what_is_inferred_and_held_is_remarked_with_its_proof() -> None:
    parent = Parent(
        story=12, title="Talks\nend", share=0.4, article=9, outlet="C", agency="aap",
        agency_name="AAP",
    )  # fmt: skip
    copy = replace(
        _pair().copies[1], credits=(_inferred("cpa"), _inferred("aap", 9)), parents=(parent,),
        agency="cpa", agency_role=Role.INFERRED, time_remark="its page date names no zone",
    )  # fmt: skip
    base = _pair()
    story = replace(base, copies=(base.copies[0], copy), agency_names={"aap": "AAP"})
    assert uncredited(copy, story)
    assert footnotes(story) == (
        "B: cpa: 9 % of it is in the copy of A",
        "B: AAP: 9 % of it is in the copy of A",
        "B: 40 % of it stands in “Talks end” (AAP), story 12",
        "B: its page date names no zone",
    )
    assert view_story(story).notes == footnotes(story)
    told = story_to_dict(story)["copies"][1]
    assert told["parents"] == [
        {"story": 12, "title": "Talks\nend", "share": 0.4, "article": 9, "outlet": "C",
         "agency": "aap"}
    ]  # fmt: skip
    assert told["time_remark"] == "its page date names no zone"


@pytest.mark.parametrize(
    ("title", "lead", "new"),
    [
        ("Dam gives way", "Dam gives way", False),
        ("DAM GIVES WAY!", "Dam gives way", False),
        ("Dam gives way | The Ledger", "Dam gives way", False),
        ("Dam gives way - The Ledger", "UPDATE 2-Dam gives way", False),
        ("Dam gives way", "RPT-UPDATE 1-Dam gives way", False),
        ("Dam gives way | Opinion", "Dam gives way", True),
        ("Dam bursts", "Dam gives way", True),
        ("Update the dam", "The dam", True),
    ],
)
def test_a_headline_is_new_when_its_words_are(title: str, lead: str, new: bool) -> None:
    assert titles.is_new(title, lead, outlets=("The Ledger", "Wire")) is new


def test_any_two_copies_can_be_set_side_by_side() -> None:
    ferry = stories.ferry()
    left, right = ferry.copies[3], ferry.copies[4]
    assert left is not ferry.lead
    found = compare(left, right)
    assert found.copy is right
    assert found.rows == diff_texts(left.text, right.text)
    assert compare_with_lead(ferry, right) == compare(ferry.lead, right)
    assert compare(left, left).words == "nothing changed"


def test_a_comparison_as_lines_and_as_plain_values() -> None:
    old = "The dam held.\nNobody was hurt in the valley on Friday.\nIt rained."
    new = "Nobody was hurt in the valley on Saturday.\nIt rained.\nBuses\x1b[2J came."
    rows = diff_texts(old, new)
    lines = list(diff_lines(rows))
    assert "changed    Nobody was hurt in the valley on [-Friday-] {+Saturday+}." in lines
    assert "cut        [-The dam held.-]" in lines
    assert "added      {+Buses[2J came.+}" in lines
    assert "same       It rained." in lines
    told = diff_to_list(rows)
    assert json.loads(json.dumps(told)) == told
    for row in told:
        for side, text in (("left", old), ("right", new)):
            assert "".join(words for _, words in row[side]).replace("[2J", "\x1b[2J") in text
