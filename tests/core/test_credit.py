"""Who wrote a copy: 245 lines in 34 languages, the traps among them, and how rows are made."""

from __future__ import annotations

import json
import pickle
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator.core.agencies import load_agencies
from aggregator.core.credit import EXCERPT, RULES, find_credits, strip_credit_lines
from aggregator.core.extract import Page, extract
from aggregator.core.pagemeta import PageMeta
from aggregator.errors import UsageError
from aggregator.model import Article, Credit, Entry, Role, Wire
from tests.gold.credits.cases import FILLER

DATA = Path(__file__).parent.parent / "data"
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (DATA / "credits.jsonl").read_text("utf-8").splitlines()
]
CPA = {
    "key": "cpa",
    "name": "Continental Press Agency",
    "domains": ["cpa.example"],
    "forms": ["Continental Press Agency", {"text": "CPA", "short": True}],
}


def credits_of(case: dict[str, Any]) -> tuple[Credit, ...]:
    head = [case["head"]] if "head" in case else []
    extra = [case["extra"]] if "extra" in case else []
    tail = [case["tail"]] if "tail" in case else []
    meta = PageMeta(
        authors=tuple(case.get("authors", ())),
        bylines=tuple(case.get("bylines", ())),
        sources=tuple(("structured data", each) for each in case.get("sources", ())),
        canonical=case.get("canonical", ""),
    )
    entry = Entry(guid="1", url=None, title="A title", credit=case.get("feed"))
    return find_credits(
        html_meta=meta,
        entry=entry,
        text="\n".join([*head, *extra, *FILLER, *tail]),
        title="A title",
        outlet=case.get("outlet", "paper.example"),
        agencies=load_agencies(),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_line_proves_what_it_says_and_no_more(case: dict[str, Any]) -> None:
    found = {(credit.agency, credit.role.value) for credit in credits_of(case)}
    assert found == set(case["expect"].items())


def test_the_cases_cover_twenty_languages_and_half_are_traps() -> None:
    languages = Counter(case["lang"] for case in CASES)
    traps = sum(case["trap"] for case in CASES)
    assert len(CASES) >= 120
    assert len(languages) >= 20
    assert 0.4 <= traps / len(CASES) <= 0.6


def test_at_least_fifty_agencies_with_unique_names() -> None:
    agencies = load_agencies()
    assert len(agencies) >= 50
    assert "cpa" not in agencies
    assert any(agency.kind == "press release" for agency in agencies)
    # Defunct agencies and those inside a media house have no site of their own.
    assert sum(bool(agency.domains) for agency in agencies) > 0.8 * len(agencies)


def test_offsets_and_excerpts_point_at_the_words() -> None:
    text = "PARIS (AFP) - " + FILLER[0] + "\n" + FILLER[1] + "\nThe pilot told Reuters so."
    found = find_credits(
        html_meta=None, entry=None, text=text, title="", outlet="p.example",
        agencies=load_agencies(),
    )  # fmt: skip
    by_agency = {credit.agency: credit for credit in found}
    assert text[by_agency["afp"].offset :].startswith("AFP)")
    assert text[by_agency["reuters"].offset :].startswith("Reuters so")
    assert all(
        len(credit.excerpt) <= EXCERPT and credit.rule.endswith(f"/{RULES}") for credit in found
    )
    assert by_agency["afp"].zone == "dateline"
    assert by_agency["reuters"].role is Role.MENTION


def test_an_invented_agency_is_a_value_and_not_in_the_shipped_data() -> None:
    text = "GENEVA, Nov 20 (CPA) - " + FILLER[0] + "\n" + FILLER[1]

    def found(extra: list[dict[str, Any]]) -> tuple[Credit, ...]:
        return find_credits(
            html_meta=None, entry=None, text=text, title="", outlet="daily.example",
            agencies=load_agencies(extra),
        )  # fmt: skip

    assert found([]) == ()
    assert [(c.agency, c.role) for c in found([CPA])] == [("cpa", Role.ORIGIN)]
    assert load_agencies([CPA]).of_outlet("news.cpa.example") == "cpa"
    assert load_agencies([CPA]).name("cpa") == "Continental Press Agency"


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"key": "X Y", "forms": ["A name"]}, "lower-case"),
        ({"key": "new", "forms": []}, "no forms"),
        ({"key": "new", "forms": ["Reuters"]}, "reuters's name"),
        ({"key": "new", "forms": ["New Agency"], "colour": "red"}, "unknown fields colour"),
        ({"key": "new", "forms": ["New Agency"], "marks": ["("]}, "bad mark"),
        ({"key": "new", "forms": [7]}, "not a name"),
    ],
)
def test_a_malformed_agency_is_refused_by_name(extra: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_agencies([extra])


def test_agencies_travel_to_a_worker() -> None:
    agencies = load_agencies([CPA])
    again = pickle.loads(pickle.dumps(agencies))
    assert [hit.key for hit in again.find("(CPA) and Reuters")] == ["cpa", "reuters"]


def test_the_story_alone_is_compared() -> None:
    text = "\n".join(
        [
            "By Ann Example for AFP",
            "PARIS, Jan 6 (AFP) - The ferry sank at dawn, the coast guard said.",
            "Rescuers at the harbour. Tom Sample / TASS",
            FILLER[0],
            "Related article: How ferries sink",
            FILLER[1],
            "Lire aussi : Le port est vide",
            "The search will go on. (AFP)",
            "© 2031 AFP. All rights reserved.",
        ]
    )
    assert strip_credit_lines(text, load_agencies()) == (
        "The ferry sank at dawn, the coast guard said.",
        FILLER[0],
        FILLER[1],
        "The search will go on.",
    )


def test_two_outlets_with_different_furniture_compare_as_equal() -> None:
    agencies = load_agencies()
    story = ["The ferry sank at dawn, the coast guard said.", *FILLER]
    one = ["GENEVA (AFP) - " + story[0], *story[1:], "(AFP)"]
    two = ["LINDHOLM - " + story[0], *story[1:3], "Read more: Lamps go dark", *story[3:]]
    assert strip_credit_lines("\n".join(one), agencies) == tuple(story)
    assert strip_credit_lines("\n".join(two), agencies) == tuple(story)


def test_a_story_about_agencies_keeps_its_paragraphs() -> None:
    paragraphs = (
        "Reuters and AFP will share a newsroom in Riga, the two agencies told their staff.",
        "More than forty people will work there, and the photo desk moves in May.",
        "By next year the Associated Press wants to follow, its editor said in an interview.",
    )
    assert strip_credit_lines("\n".join(paragraphs), load_agencies()) == paragraphs


def found_in(text: str, **meta: Any) -> set[tuple[str, str]]:
    found = find_credits(
        html_meta=PageMeta(**meta),
        entry=None,
        text=text,
        title="A title",
        outlet="paper.example",
        agencies=load_agencies(),
    )
    return {(credit.agency, credit.role.value) for credit in found}


def test_a_caption_is_known_by_its_picture() -> None:
    text = "\n".join(["Ferries at the quay on Monday. Reuters", *FILLER])
    assert found_in(text, captions=("Ferries at the quay on Monday. Reuters",)) == set()
    signed = "\n".join([*FILLER, "The ferries sail again. Reuters"])
    assert found_in(signed) == {("reuters", "origin")}


def test_a_story_is_signed_once_and_captions_time_after_time() -> None:
    text = "\n".join([*FILLER, "A ferry at the quay. Reuters", "Lamps in the old town. AFP"])
    assert {role for _, role in found_in(text)} <= {"mention"}


def test_a_name_under_a_headline_or_over_a_date_is_another_story() -> None:
    card = ["Storm closes the port for nine days in a row", "Reuters"]
    assert ("reuters", "origin") not in found_in("\n".join([*FILLER, *card]))
    assert ("afp", "origin") not in found_in("\n".join([*FILLER, "AFP", "January 5, 2031"]))
    assert ("afp", "origin") in found_in("\n".join([*FILLER, "AFP"]))


def test_two_joined_by_a_hyphen_are_two() -> None:
    assert found_in("\n".join(FILLER), bylines=("TT-AFP",)) == {
        ("tt", "origin"),
        ("afp", "origin"),
    }


def test_the_fields_of_a_wire_are_credits() -> None:
    wire = Wire(credits=(("credit line", "dpa"), ("source", "Reuters")))
    entry = Entry(guid="1", url=None, title="A title", wire=wire, source_url="https://afp.com/x")
    found = find_credits(
        html_meta=None, entry=entry, text="\n".join(FILLER), title="A title",
        outlet="paper.example", agencies=load_agencies(),
    )  # fmt: skip
    assert {(c.agency, c.role, c.zone) for c in found} == {
        ("dpa", Role.ORIGIN, "wire field"),
        ("reuters", Role.ORIGIN, "wire field"),
        ("afp", Role.ORIGIN, "wire field"),
    }


REPRINT = """<html lang="en"><head><title>Ferries - The Harbour Times</title>
<meta property="og:site_name" content="The Harbour Times"></head><body><article>
<h1>Ferries Collide in Fog</h1><div class="byline">By Ida Holm and Tom Berg for AFP</div>
<figure><img src="a.jpg"><figcaption>The harbour on Monday. Ann Dahl / TASS</figcaption></figure>
<p>{}</p><p>"It came without warning," a pilot told AFP at the quay.</p>
<p>Related article: How Ferries Sink</p><p>{}</p><p>{}</p><p>{}</p></article></body></html>"""


def reprint() -> Article:
    address = "https://www.harbourtimes.example/2031/01/06/ferries-collide-in-fog"
    markup = REPRINT.format(*FILLER).encode()
    page = Page(url=address, final_url=address, body=markup, content_type="text/html")
    return extract(page, entry=None, now=datetime(2031, 1, 7, tzinfo=UTC))


def test_a_reprint_is_the_agencys_by_its_byline_and_not_by_told_afp() -> None:
    article = reprint()
    assert article.outlet == "harbourtimes.example"
    assert article.authors == ("Ida Holm", "Tom Berg", "AFP")
    rows = {(credit.agency, credit.role.value, credit.zone) for credit in article.credits}
    assert rows == {("afp", "origin", "byline"), ("afp", "mention", "text")}
    story = strip_credit_lines(article.text, load_agencies())
    assert story[0] == FILLER[0]
    assert not any("Related article" in line or "TASS" in line for line in story)


@pytest.mark.parametrize(
    "line", ["at " * 60, "(AFP" * 60, "la agencia " * 30, "AFP/" * 80, "11:06 " * 60, "l'" * 99]
)
def test_a_hostile_line_takes_no_time(line: str) -> None:
    # Words that may be cut in two ways cost a pattern 12 seconds at 60 characters once.
    started = time.perf_counter()
    meta = PageMeta(authors=(line,), bylines=(line,), above=(line,), below=(line,))
    find_credits(
        html_meta=meta, entry=None, text=f"{line}\n{line}", title="", outlet="p.example",
        agencies=load_agencies(),
    )  # fmt: skip
    strip_credit_lines(line, load_agencies())
    assert time.perf_counter() - started < 2
