"""Versions in every output: what changed is named, trifles fold away, a lost page is told."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.core.wirecopy import read_mark
from aggregator.datasette_plugin.metadata import metadata
from aggregator.edge.outputs import Look, render
from aggregator.edge.outputs.history import history_to_dict, render_difference, render_history
from aggregator.edge.store import Store
from aggregator.errors import UsageError
from aggregator.model import (
    Aspect,
    Change,
    PageHistory,
    PageState,
    Revision,
    RevisionKind,
    Role,
    Story,
)
from tests import stories

TOLL = Change(aspect=Aspect.NUMBERS, words="toll 12 -> 15", before="12", after="15")
TYPO = Change(aspect=Aspect.SPELLING, words="spelling in 1 place")


def revisions(*, evil: str = "") -> tuple[Revision, ...]:
    at = stories.START
    text = "The ferry sank and 12 people were killed.\nThe inquiry opens on Monday."
    return (
        Revision(id=1, seen_at=at, title="Ferry sinks" + evil, text=text + evil),
        Revision(
            id=2, seen_at=at + timedelta(hours=1), title="Ferry sinks", kind=RevisionKind.TRIVIAL,
            text=text.replace("opens", "openss"), changes=(TYPO,), summary=TYPO.words + evil,
        ),
        Revision(
            id=3, seen_at=at + timedelta(hours=4), title="Ferry sinks", changes=(TOLL,),
            kind=RevisionKind.CORRECTION, text=text.replace("12", "15"),
            summary=TOLL.words + evil, modified_at=at + timedelta(hours=3),
        ),
    )  # fmt: skip


def ferry(*, evil: str = "") -> Story:
    """A story whose agency sent three versions and whose second page is gone."""
    lead = stories.lead(1, "CPA", "Ferry sinks", agency="cpa", agency_role=Role.OWN)
    lead = replace(lead, revisions=revisions(evil=evil), text="The ferry sank.")
    gone = stories.copy(2, "Coast FM", stories.Relation.LIGHTLY_EDITED, after=9)
    gone = replace(
        gone, page=PageState.GONE, page_note="the server answered 404" + evil,
        page_at=stories.START + timedelta(hours=5), title="UPDATE 1-Ferry sinks", agency="cpa",
        agency_role=Role.ORIGIN, mark=read_mark("UPDATE 1-Ferry sinks"),
    )  # fmt: skip
    return stories.story(1, "Ferry sinks", lead, gone, agency="cpa", agency_name="CPA")


def shown(form: str, story: Story, **given: Any) -> str:
    return render(stories.report(story), form, story=story, **given)


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("</head>")[2]).split())


def test_a_page_names_changes_and_folds_trifles() -> None:
    page = shown("html", ferry())
    words = plain(page)
    assert "correction: toll 12 -&gt; 15" in words
    assert "1 trivial change spelling, points, a word or two" in words
    assert words.index("toll 12") < words.index("1 trivial change") < words.index("spelling in 1")
    told = "Coast FM : the page is gone since 20 Nov 2026, 09:52 UTC; its last text is shown here."
    assert told in words
    assert "the server answered 404" in words
    order = [words.index(each) for each in ("first version, CPA", "update 1, Coast FM",
                                            "correction, CPA")]  # fmt: skip
    assert order == sorted(order)


def test_json_holds_every_version_with_its_changes() -> None:
    found = json.loads(shown("json", ferry()))["story"]
    first, typo, toll = found["copies"][0]["revisions"]
    assert (first["kind"], first["rank"], first["changes"]) == ("first", None, [])
    assert (typo["kind"], typo["rank"]) == ("trivial", 8)
    assert toll["changes"] == [
        {"aspect": "numbers", "words": "toll 12 -> 15", "before": "12", "after": "15"}
    ]
    assert toll["modified_at"] == "2026-11-20T07:52:00Z"
    assert found["copies"][0]["page"] == {"state": "there", "since": None, "note": ""}
    assert [(each["kind"], each["number"]) for each in found["wire_versions"]] == [
        ("first", None), ("update", 1), ("correction", None),
    ]  # fmt: skip


def test_a_lost_page_is_in_the_json_though_it_never_changed() -> None:
    found = json.loads(shown("json", ferry()))["story"]["copies"][1]
    assert found["page"]["state"] == "gone"
    assert found["page"]["note"] == "the server answered 404"


def test_the_terminal_tells_what_changed_and_what_is_gone() -> None:
    told = shown("terminal", ferry(), width=100)
    assert "Versions seen: CPA 3" in told
    assert "Coast FM: the page is gone now (the server answered 404)" in told


@pytest.mark.parametrize("form", ["html", "json", "terminal", "atom", "csv"])
def test_strangers_words_in_versions_are_escaped(form: str) -> None:
    text = shown(form, ferry(evil="<script>alert(1)</script>\x1b[31m\u202e"))
    assert "\x1b" not in text and "\u202e" not in text
    assert form in ("json", "terminal") or "<script>alert" not in text


def history(*, evil: str = "") -> PageHistory:
    return PageHistory(
        article=7, outlet="CPA" + evil, title="Ferry sinks" + evil, url="https://cpa.example/7",
        story=1, revisions=revisions(evil=evil), page=PageState.GONE, page_note="410" + evil,
        page_at=stories.START,
    )  # fmt: skip


def test_a_history_on_the_terminal() -> None:
    look = Look(width=90)
    told = render_history([history()], (), look)
    assert "toll 12 -> 15 (the page says" in " ".join(told.split())
    assert "and 1 trivial change (--all)" in told
    assert "spelling" not in told
    assert "spelling" in render_history([history()], (), look, whole=True)
    assert all(len(line) <= 90 for line in told.splitlines())
    assert "[-12-]{+15+}" in render_difference(history(), 1, 3, look).replace(" ", "")
    with pytest.raises(UsageError, match="version 4: article 7 has 3 versions"):
        render_difference(history(), 1, 4, look)
    evil = render_history([history(evil="\x1b[31m\nX")], (), look, whole=True)
    assert "\x1b" not in evil
    assert json.dumps(history_to_dict([history(evil="\ud800")])).isascii()


def test_the_views_are_described_for_datasette(tmp_path: Path) -> None:
    tables = metadata("news")["databases"]["news"]["tables"]
    with Store(tmp_path / "news.db") as store:
        for view in ("revision_history", "vanished_pages", "visits", "revisions"):
            columns = {column[0] for column in store.connection.execute(
                f"SELECT * FROM {view}").description}  # fmt: skip
            told = tables[view]
            asked = {told.get("sort"), told.get("sort_desc"), *told["facets"]} - {None}
            assert asked <= columns, view
