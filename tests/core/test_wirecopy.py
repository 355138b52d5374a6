"""An agency's own versions: the marks it writes, and their list in a story."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aggregator.core.storypage import view_story
from aggregator.core.wirecopy import read_mark
from aggregator.core.wireversions import wire_versions
from aggregator.model import Aspect, Change, Copy, Relation, Revision, RevisionKind, Role, WireKind
from tests import stories

MARKS: dict[str, tuple[str, int | None]] = {
    "UPDATE 2-Ferry sinks off Marnholm": ("update", 2),
    "UPDATE 10-Ferry sinks": ("update", 10),
    "1st Ld-Writethru: Ferry sinks": ("update", 1),
    "Ferry sinks (3rd Ld)": ("lead", 3),
    "(2nd LD) Ferry sinks off coast": ("lead", 2),
    "(LEAD) Ferry sinks off coast": ("lead", None),
    "Fähre gesunken (2. Meldung)": ("update", 2),
    "2. Lead Fähre gesunken": ("lead", 2),
    "Zusammenfassung: Fähre gesunken": ("summary", None),
    "ZUSAMMENFASSUNG 2: Fähre gesunken": ("summary", 2),
    "WRAPUP 1-Ferry sinks": ("summary", 1),
    "KORR: Fähre gesunken": ("correction", None),
    "KORREKTUR: Fähre gesunken": ("correction", None),
    "CORRECTED-Ferry sinks": ("correction", None),
    "UPDATE 1-CORRECTED-Ferry sinks": ("correction", None),
    "CORRECTION: Ferry sinks": ("correction", None),
    "RECTIFICATIF: le ferry": ("correction", None),
    "CORRECCIÓN: el ferry": ("correction", None),
    "ИСПРАВЛЕНИЕ: паром": ("correction", None),
    "【訂正】フェリー沈没": ("correction", None),
    "更正：渡轮沉没": ("correction", None),
    "RPT-Ferry sinks": ("repeat", None),
    "URGENT: Ferry sinks": ("alert", None),
    "Ferry sinks (URGENT)": ("alert", None),
    "EIL: Fähre gesunken": ("alert", None),
    "СРОЧНО: паром затонул": ("alert", None),
    "[속보] 여객선 침몰": ("alert", None),
    "(종합2보) 여객선 침몰": ("update", 2),
    "ADVISORY KILL: Ferry sinks": ("withdrawn", None),
}
NO_MARKS = (
    "Flash floods kill 12 in valley", "Lead found in the water of three schools", "",
    "Update on the ferry that sank", "Correction officers on strike", "Killing of a pilot",
    "Urgent talks in the capital", "Kill switch found in engine", "Repeat offender jailed",
    "Leading ferry operator fined", "Corruption: five held", "Roundup of stray horses ends",
    "Wrap up warm this weekend", "Eilmarsch durch die Nacht", "Updates follow",
)  # fmt: skip


@pytest.mark.parametrize("title", MARKS)
def test_a_mark_is_read_with_its_number(title: str) -> None:
    mark = read_mark(title)
    assert mark is not None
    assert (mark.kind.value, mark.number) == MARKS[title]


@pytest.mark.parametrize("title", NO_MARKS)
def test_a_headline_that_only_sounds_so_has_none(title: str) -> None:
    assert read_mark(title) is None


def test_marks_stand_in_the_text_and_in_its_identity_too() -> None:
    mark = read_mark("Ferry sinks", text="(Adds quotes, background)\nThe ferry sank.")
    assert mark is not None and mark.kind is WireKind.UPDATE
    assert read_mark("Ferry sinks", text="(Corrects name)\nThe ferry.").kind is WireKind.CORRECTION  # type: ignore[union-attr]
    assert read_mark("Ferry sinks", text="Update 2 of the software failed.") is None
    assert read_mark("Ferry", guid="urn:newsml:cpa.example:20261120:TX-FERRY:3").number == 3  # type: ignore[union-attr]
    assert read_mark("Ferry", guid="urn:newsml:cpa.example:20261120:TX-FERRY:1") is None
    assert read_mark("Ferry", version=4).number == 4  # type: ignore[union-attr]
    assert read_mark("Ferry", version=1) is None


def member(article: int, minutes: float, **given: Any) -> Copy:
    base = stories.copy(article, f"Outlet {article}", Relation.LIGHTLY_EDITED, after=minutes)
    return replace(base, **given)


def test_a_story_lists_the_agency_s_versions_in_order() -> None:
    mark = read_mark("UPDATE 1-Ferry sinks")
    lead = stories.lead(1, "CPA", "Ferry sinks", agency="cpa", agency_role=Role.OWN)
    at = lead.published_at
    fix = Revision(
        seen_at=at + timedelta(hours=3), title="Ferry sinks", text="b",
        kind=RevisionKind.CORRECTION, summary="name Jon -> John",
        changes=(Change(aspect=Aspect.NAMES, words="name Jon -> John"),),
    )  # fmt: skip
    typo = replace(fix, kind=RevisionKind.TRIVIAL, summary="spelling in 1 place")
    first = Revision(seen_at=at, title="Ferry sinks", text="a")
    lead = replace(lead, revisions=(first, typo, fix))
    client = member(2, 90, title="UPDATE 1-Ferry sinks", agency="cpa", agency_role=Role.ORIGIN,
                    mark=mark)  # fmt: skip
    again = replace(client, article=3, published_at=at + timedelta(hours=4))
    own = member(4, 95, title="Breaking: our own", agency="dpa", agency_role=Role.ORIGIN,
                 mark=read_mark("URGENT: Ferry"))  # fmt: skip
    story = stories.story(1, "Ferry", lead, client, own, again, agency="cpa")
    found = wire_versions(story)
    assert [(each.label, each.article) for each in found] == [
        ("first version", 1), ("update 1", 2), ("correction", 1),
    ]  # fmt: skip
    assert found[2].words == "name Jon -> John"
    assert view_story(story).wire == found


def test_one_version_is_no_list() -> None:
    lead = stories.lead(1, "CPA", "Ferry sinks", agency="cpa", agency_role=Role.OWN)
    assert wire_versions(stories.story(1, "Ferry", lead, agency="cpa")) == ()
    assert wire_versions(stories.ferry()) == ()
