"""The contract is plain and stable, the words are honest, strangers' words are harmless."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core import times, wording
from aggregator.core.answers import answers, failing, summary, updated_at
from aggregator.core.comparison import COMPARISONS_MOST, comparisons, most_edited, versions
from aggregator.core.report import to_dict
from aggregator.core.storypage import ROWS_MOST, view_story
from aggregator.model import Relation, Role, TimeSource, Trust
from tests import stories

COPY_KEYS = {
    "article", "outlet", "domain", "title", "new_headline", "url", "published_at", "time_source",
    "first_seen_at", "delay_minutes", "relation", "is_lead", "copied", "kept", "words",
    "language", "authors", "credit", "uncredited", "evidence", "family", "time_trust",
    "time_remark", "stated_at", "day_only", "parents",
}  # fmt: skip


def test_contract_of_version_1() -> None:
    found = to_dict(stories.day())
    assert found["version"] == 1
    assert set(found) == {
        "version", "made_at", "since", "min_outlets", "summary", "totals", "stories", "feeds",
    }  # fmt: skip
    assert found["made_at"] == "2026-11-21T09:00:00Z"
    story = found["stories"][0]
    assert set(story) == {
        "id", "title", "first_at", "last_at", "updated_at", "spread_minutes", "outlets",
        "independent", "copied", "lead", "agency", "answers", "copies", "thresholds", "pairs",
        "contradicting_credits",
    }  # fmt: skip
    assert story["agency"]["key"] == "cpa"
    assert story["agency"]["confidence"] == "high"
    delays = [copy["delay_minutes"] for copy in story["copies"]]
    assert delays == [0, 9, 23, 41, 66, 75, 190, 410]
    for copy in story["copies"]:
        assert set(copy) >= COPY_KEYS
    ledger = story["copies"][3]
    assert (ledger["relation"], ledger["copied"], ledger["kept"]) == ("lightly edited", 0.85, 0.62)
    assert ledger["credit"] == {"agency": "cpa", "role": "inferred"}
    assert ledger["uncredited"] is True
    assert ledger["evidence"][0]["source_article"] == 1
    assert json.loads(json.dumps(found)) == found


def test_a_list_without_texts_says_so_by_their_absence() -> None:
    found = to_dict(stories.report(stories.only_here()))["stories"][0]
    assert "pairs" not in found
    assert not {"text", "revisions"} & set(found["copies"][0])


def test_no_output_says_that_anybody_wrote_anything() -> None:
    told = json.dumps([to_dict(stories.day()), to_dict(stories.report(stories.huge(50)))])
    assert " wrote" not in told


def test_three_answers_with_their_evidence() -> None:
    ferry = stories.ferry()
    sure = replace(ferry.copies[0], time_trust=Trust.HIGH)
    first, whose, far = answers(replace(ferry, copies=(sure, *ferry.copies[1:])))
    assert (first.question, first.answer) == ("Who published first?", "Continental Press Agency")
    assert first.detail == "20 Nov 2026, 04:52 UTC (feed date)"
    assert first.confidence == "high"
    assert first.evidence == ("among the 8 outlets watched that carry it",)
    assert (whose.answer, whose.detail, whose.confidence) == (
        "CPA",
        "credited by 5 outlets",
        "high",
    )
    assert far.answer == "8 outlets in 6 h 50"
    assert far.detail == "7 carry somebody else's copy; 1 independent source"


def test_what_was_only_seen_is_called_seen() -> None:
    copies = (
        stories.lead(1, "A", "t", time_source=TimeSource.SEEN),
        stories.copy(2, "B", Relation.SHORTENED, after=60),
    )
    first = answers(stories.story(1, "t", *copies)).first
    assert first.question == "Who was seen first?"
    assert first.detail.startswith("first seen 20 Nov 2026")
    assert first.confidence == "low"


def test_a_lead_of_minutes_proves_no_order() -> None:
    copies = (
        stories.lead(1, "A", "t", time_trust=Trust.HIGH),
        stories.copy(2, "B", Relation.WORD_FOR_WORD, after=3),
    )
    first = answers(stories.story(1, "t", *copies)).first
    assert (first.confidence, first.evidence[0]) == ("medium", "B within 5 min")


@pytest.mark.parametrize(
    ("roles", "confidence", "detail"),
    [
        ((Role.OWN, None), "high", "credited by 1 outlet"),
        ((Role.ORIGIN, Role.ORIGIN), "high", "credited by 2 outlets"),
        ((None, Role.ORIGIN), "medium", "credited by 1 outlet"),
        ((None, Role.INFERRED), "low", "inferred from a credited copy"),
    ],
)
def test_confidence_follows_the_credits(
    roles: tuple[Role | None, Role | None], confidence: str, detail: str
) -> None:
    copies = [
        replace(copy, agency="cpa" if role else None, agency_role=role)
        for role, copy in zip(
            roles,
            (stories.lead(1, "A", "t"), stories.copy(2, "B", Relation.SHORTENED, after=60)),
            strict=True,
        )
    ]
    whose = answers(stories.story(1, "t", *copies, agency="cpa", agency_name="CPA")).whose
    assert (whose.confidence, whose.detail) == (confidence, detail)


def test_another_agency_in_the_credits_lowers_confidence() -> None:
    ferry = stories.ferry()
    other = replace(ferry.copies[1], agency="xyz")
    story = replace(ferry, copies=(ferry.copies[0], other, *ferry.copies[2:]))
    whose = answers(story).whose
    assert whose.confidence == "medium"
    assert "other copies credit xyz" in whose.evidence


def test_summary_of_full_empty_and_narrowed_reports() -> None:
    assert summary(stories.day()) == (
        "21 articles from 13 outlets are 6 stories; 15 are somebody else's copy."
    )
    assert summary(stories.empty()) == "No articles yet."
    quiet = replace(stories.empty(), since=stories.empty().made_at)
    assert summary(quiet) == f"No article was first seen since {wording.moment(quiet.made_at)}."
    narrowed = stories.report(stories.ferry(), min_outlets=2, articles=30)
    assert "1 story ran in 2 outlets or more" in summary(narrowed)
    assert "no story matches" in summary(stories.report(articles=5, outlets=2))


def test_failing_feeds_are_the_enabled_ones() -> None:
    assert [feed.name for feed in failing(stories.day())] == ["Valley Courier"]


def test_a_story_is_updated_when_it_grows() -> None:
    ferry = stories.ferry()
    assert updated_at(ferry) == ferry.copies[-1].first_seen_at
    late = stories.copy(9, "Late Post", Relation.SHORTENED, after=900)
    assert updated_at(replace(ferry, copies=(*ferry.copies, late))) > updated_at(ferry)


def test_most_edited_is_reworded_not_word_for_word() -> None:
    edited = most_edited(stories.ferry())
    assert edited is not None
    assert edited.outlet == "Northgate Herald"
    assert most_edited(stories.only_here()) is None


def test_versions_say_what_changed() -> None:
    told = [each.words for each in versions(stories.ferry().lead)]
    assert told == [
        "first version",
        "new headline, 2 paragraphs added and 1 paragraph reworded",
        "2 paragraphs added",
    ]
    assert versions(stories.ferry().copies[1]) == ()


def test_a_huge_story_is_bounded_on_its_page() -> None:
    story = stories.huge(1000)
    told = replace(
        story,
        lead=replace(story.lead, text="a b c"),
        copies=tuple(replace(copy, text="a b d") for copy in story.copies),
    )
    assert len(comparisons(told)) == COMPARISONS_MOST
    view = view_story(told)
    assert len(view.rows) == ROWS_MOST
    assert len(view.outlets) == 1000


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min"), (59.4, "59 min"), (59.6, "1 h 00"), (66, "1 h 06"), (1440, "1 d"),
     (1439.6, "1 d"), (1640, "1 d 3 h"), (14400, "10 d"), (-3, "0 min")],
)  # fmt: skip
def test_durations(minutes: float, words: str) -> None:
    assert wording.duration(minutes) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(1.0, "100 %"), (0.999, "99 %"), (0.0, "0 %"), (0.001, "1 %"), (0.855, "86 %"), (None, ""),
     (float("nan"), ""), (float("inf"), "")],
)  # fmt: skip
def test_percent_claims_no_more_than_there_is(share: float | None, words: str) -> None:
    assert wording.percent(share) == words


def test_times() -> None:
    assert wording.moment(stories.START) == "20 Nov 2026, 04:52 UTC"
    assert wording.short_moment(stories.START, stories.NOW) == "20 Nov 04:52"
    old = stories.START - timedelta(days=400)
    assert wording.short_moment(old, stories.NOW) == "16 Oct 2025 "
    assert times.stamp(stories.START) == "2026-11-20T04:52:00Z"


def test_listing_counts_what_it_leaves_out() -> None:
    assert wording.listing(["A"]) == "A"
    assert wording.listing(["A", "B", "C"]) == "A, B and C"
    assert wording.listing("ABCDEFGH", most=3) == "A, B, C and 5 more"
    assert wording.listing([]) == ""


@given(st.text(alphabet=st.characters()))
def test_clean_text_is_harmless_and_stays_so(text: str) -> None:
    cleaned = wording.clean(text)
    assert wording.clean(cleaned) == cleaned
    assert not any(
        (ord(letter) < 32 and letter not in "\t\n")
        or 0x7F <= ord(letter) < 0xA0
        or 0x202A <= ord(letter) <= 0x202E
        or 0x2066 <= ord(letter) <= 0x2069
        for letter in cleaned
    )  # fmt: skip
    cleaned.encode()
    assert "\n" not in wording.one_line(text)


def test_clean_keeps_what_scripts_need() -> None:
    for text in ("می\u200cخواهم", "👩\u200d👧", "क्\u200dष", "\u200fשלום\u200f", "a\tb\nc"):
        assert wording.clean(text) == text


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "//x.example",
     "/path", "", "http://", "https:///x", "ftp://x.example", "java\nscript:alert(1)",
     "http://x.example/\u202egpj", "http://x.example/a b", "http://[::1", "file:///etc/passwd"],
)  # fmt: skip
def test_only_web_addresses_are_linked(url: str) -> None:
    assert wording.web_link(url) is None


def test_web_addresses_are_linked() -> None:
    for url in ("https://x.example/a?b=1&c=2", "HTTP://X.example", "https://例え.example/新聞"):
        assert wording.web_link(f" {url} ") == url


def test_language_and_direction() -> None:
    assert [wording.direction(each) for each in ("ar", "fa-IR", "he", "en", None)] == [
        "rtl", "rtl", "rtl", "auto", "auto",
    ]  # fmt: skip
    assert wording.language_tag('en" onload="x') == ""
    assert wording.language_tag("pt-BR") == "pt-BR"


@pytest.mark.parametrize(
    ("language", "tag"),
    [
        ("en", "en"), ("pt-BR", "pt-BR"), ("no", "no"), ("yue", "yue"), ("ckb", "ckb"),
        ("zz", ""), ("zz-zz", ""), ('en" onload="x', ""), ("en\n", ""), ("EN", ""), (None, ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_language_is_told_only_if_it_is_one(language: str | None, tag: str) -> None:
    assert wording.language_tag(language) == tag
    assert wording.direction(language) == ("rtl" if tag == "ckb" else "auto")
