"""The published schema: made from the code, shipped, and true of all that is published as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, NotRequired, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from aggregator.core.contract import DOCUMENTS
from aggregator.core.digest import alert_to_dict
from aggregator.core.report import to_dict
from aggregator.core.shapes import schema_of
from aggregator.edge.outputs import render
from aggregator.edge.outputs.data import write_json
from aggregator.edge.outputs.history import history_to_dict
from aggregator.model import (
    Change,
    Claim,
    Correction,
    CorrectionKind,
    PageHistory,
    PageState,
    Parent,
    Report,
    Revision,
    RevisionKind,
    Story,
    StoryQuery,
)
from aggregator.model.kinds import Aspect
from tests import stories
from tests.published import CLOSED, OPEN, check


def test_the_shipped_file_is_what_the_code_says() -> None:
    """When this fails: aggregator schema -o aggregator/edge/outputs/schema.json."""
    shipped = files("aggregator") / "edge" / "outputs" / "schema.json"
    assert json.loads(shipped.read_text(encoding="utf-8")) == OPEN
    Draft202012Validator.check_schema(OPEN)


def full() -> Story:
    """A story with everything that a story can have."""
    ferry = stories.ferry()
    revisions = (
        Revision(seen_at=stories.NOW, title="One", text="Five are dead."),
        Revision(
            seen_at=stories.NOW + timedelta(hours=1), title="UPDATE 1-Two", text="Six are dead.",
            kind=RevisionKind.UPDATE, summary="5 became 6", modified_at=stories.NOW,
            changes=(Change(aspect=Aspect.NUMBERS, words="5 became 6", before="5", after="6"),),
        ),
    )  # fmt: skip
    first = replace(
        ferry.copies[0], revisions=revisions, page=PageState.GONE, page_note="404",
        page_at=stories.NOW, family="Group", stated_at=stories.NOW, time_remark="in the future",
        parents=(Parent(story=2, title="Other", share=0.4, article=77, outlet="Metro 24"),),
        authors=("A. Writer",),
    )  # fmt: skip
    decided = Correction(
        id=1, kind=CorrectionKind.MERGE, parts=((1,), (2,)), made_at=stories.NOW, note="the same"
    )
    claims = tuple(
        Claim(agency=key, name=key.upper(), outlets=("Metro 24",)) for key in ("cpa", "afp")
    )
    return replace(
        ferry, lead=first, copies=(first, *ferry.copies[1:]), corrections=(decided,),
        claims=claims, changed_at=stories.NOW,
    )  # fmt: skip


REPORTS: dict[str, Callable[[], Report]] = {
    "empty": stories.empty,
    "day": stories.day,
    "full": lambda: replace(stories.report(full()), asked=StoryQuery(text="a", agency="b")),
    "hostile": lambda: stories.report(stories.hostile()),
    "1,000 copies": lambda: stories.report(stories.huge(1000)),
}


@pytest.mark.parametrize("name", REPORTS)
def test_reports_and_stories_keep_to_it(name: str) -> None:
    report = REPORTS[name]()
    check(json.loads(render(report, "json")), "Report")
    for story in report.stories:
        check(json.loads(render(report, "json", story=story)), "OneStory")


def test_a_full_story_shows_every_key() -> None:
    """Or the tests above would hold of keys that nobody ever wrote."""
    (story,) = json.loads(render(stories.report(full()), "json"))["stories"]
    told = {
        "Story": story,
        "Copy": story["copies"][0],
        "Revision": story["copies"][0]["revisions"][0],
    }
    for name, value in told.items():
        missing = set(CLOSED["$defs"][name]["properties"]) - set(value)
        assert missing <= {"wire_versions"}, name


def test_webhooks_and_revisions_keep_to_it() -> None:
    told = [full(), stories.hostile()]
    check(alert_to_dict("Ferries", "key", told, 9, stories.NOW, test=False), "Alert")
    page = PageHistory(
        article=1, story=None, outlet="Metro 24", title="One", url="https://a.example/",
        revisions=full().copies[0].revisions,
    )  # fmt: skip
    check(history_to_dict([page]), "History")


@pytest.mark.parametrize("key", sorted(CLOSED["$defs"]["Copy"]["required"]))
def test_a_key_that_goes_is_missed(key: str) -> None:
    document = json.loads(render(stories.day(), "json"))
    del document["stories"][0]["copies"][1][key]
    assert not Draft202012Validator(OPEN).is_valid(document)


def test_what_is_wrong_is_refused_and_what_is_new_is_let_pass() -> None:
    document = json.loads(render(stories.day(), "json"))
    valid = Draft202012Validator(OPEN).is_valid
    document["stories"][0]["mood"] = "sombre"
    assert valid(document)
    assert not Draft202012Validator(CLOSED).is_valid(document)
    for path, wrong in (
        (("version",), 2), (("stories", 0, "copies", 0, "relation"), "stolen"),
        (("stories", 0, "copies", 1, "copied"), 1.5), (("stories", 0, "id"), "1"),
        (("totals", "stories"), -1),
    ):  # fmt: skip
        broken = json.loads(json.dumps(document))
        inner = broken
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = wrong
        assert not valid(broken), path


def test_each_document_is_told_from_the_others() -> None:
    assert len(OPEN["anyOf"]) >= len(DOCUMENTS)
    assert all(shape["description"] for shape in OPEN["$defs"].values())


def test_types_become_their_shapes() -> None:
    class Inner(TypedDict):
        """Within."""

        word: Annotated[Literal["a", "b"], "one of two"]

    class Outer(TypedDict):
        """Around."""

        items: list[Inner]
        counts: dict[str, int]
        maybe: NotRequired[Inner | None]
        share: float | None

    # Names are looked up in the module; these stand in a function.
    globals().update(Inner=Inner, Outer=Outer)
    found = schema_of([Outer], closed=True)
    assert found["$defs"]["Outer"] == {
        "description": "Around.",
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": {"$ref": "#/$defs/Inner"}},
            "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
            "maybe": {"anyOf": [{"$ref": "#/$defs/Inner"}, {"type": "null"}]},
            "share": {"type": ["number", "null"]},
        },
        "required": ["items", "counts", "share"],
        "additionalProperties": False,
    }
    assert found["$defs"]["Inner"]["properties"] == {
        "word": {"enum": ["a", "b"], "description": "one of two"}
    }


def test_the_command_prints_it(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from aggregator.cli import main

    printed = CliRunner().invoke(main, ["schema"])
    assert json.loads(printed.output) == OPEN
    CliRunner().invoke(main, ["schema", "-o", str(tmp_path / "s.json")], catch_exceptions=False)
    assert json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) == OPEN


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet='a<"\\\n\u2028é\ud83d', max_size=6) | st.sampled_from(RevisionKind)
)  # fmt: skip


@given(
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
        | st.tuples(inner),
        max_leaves=20,
    )
)  # fmt: skip
def test_it_is_laid_out_as_the_library_does(value: object) -> None:
    written = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    assert write_json(value) == written.replace("<", "\\u003c")


@pytest.mark.parametrize("values", [[], [{"a": [1, "é"], "b": {}}, {}, [], None, "<"]])
def test_an_iterator_is_written_as_the_array_of_what_it_gives(values: list[object]) -> None:
    assert write_json({"all": iter(values), "n": 1}) == write_json({"all": values, "n": 1})


def test_stories_written_one_by_one_are_those_of_the_contract() -> None:
    for report in (stories.report(stories.ferry(), stories.hostile(), full()), stories.empty()):
        assert render(report, "json") == write_json(to_dict(report)) + "\n"


@pytest.mark.parametrize("value", [math.nan, {"a": [math.inf]}])
def test_what_is_no_number_is_no_json(value: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(value)
