"""Outlets, agencies and windows of time as they are read from a database; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.core.profiles import OutletProfile, agency_to_dict, outlet_to_dict
from aggregator.edge import reading
from aggregator.edge.reading.asking import rows
from aggregator.edge.store import Store
from aggregator.model import Relation, Role, StoryQuery
from tests.edge.test_store_corpus import NOW, Desk, credited, digest_rows, paper, prose

FLOOD, BRIDGE = prose("flood", 16), prose("bridge", 16)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An agency's story with and without credit, a paper's story that another repeats, and own."""
    with Store(tmp_path_factory.mktemp("profiles") / "news.db") as store:
        desk = Desk(store)
        desk.keep(paper(
            "http://afp.com/flood", FLOOD, title="Flood", at=10, credits=credited("afp", Role.OWN),
        ))  # fmt: skip
        desk.keep(paper(
            "http://one.example/flood", FLOOD, title="Flood", at=20, credits=credited("afp")
        ))  # fmt: skip
        desk.keep(paper("http://two.example/flood", FLOOD, title="Flood", at=30))
        desk.keep(paper("http://two.example/bridge", BRIDGE, title="Bridge", at=40))
        desk.keep(paper("http://one.example/bridge", BRIDGE, title="Bridge", at=50))
        desk.cluster()
        desk.now += timedelta(days=2)
        desk.keep(paper("http://two.example/alone", prose("alone"), title="Alone", at=3000,
                        language="fr"))  # fmt: skip
        desk.run("UPDATE outlets SET agency = 'afp' WHERE domain = 'afp.com'")
        desk.cluster()
        yield desk


def outlet(desk: Desk, domain: str, **more: Any) -> OutletProfile:
    found = reading.read_outlet(desk.store.connection, domain, **more)
    assert found is not None
    return found


def test_what_an_outlet_runs(desk: Desk) -> None:
    two = outlet(desk, "two.example")
    assert (two.articles, two.compared) == (3, 3)
    assert two.relations == {
        Relation.WORD_FOR_WORD: 1, Relation.FIRST: 1, Relation.ONLY_HERE: 1,
    }  # fmt: skip
    assert (two.shared, two.first) == (2, 1)
    assert [story.title for story in two.stories] == ["Alone", "Bridge", "Flood"]
    assert {copy.text for story in two.stories for copy in story.copies} == {""}
    assert reading.read_outlet(desk.store.connection, two.id) == two


def test_credit_habits_of_outlets(desk: Desk) -> None:
    one, two, afp = (outlet(desk, name) for name in ("one.example", "two.example", "afp.com"))
    assert [(c.key, c.name, c.articles, c.credited) for c in one.carried] == [
        ("afp", "Agence France-Presse", 1, 1)
    ]
    assert (one.credited, one.uncredited) == (1, 0)
    assert (two.credited, two.uncredited) == (0, 1)
    assert afp.carried == ()  # its own copy


def test_who_repeats_whom(desk: Desk) -> None:
    one, two, afp = (outlet(desk, name) for name in ("one.example", "two.example", "afp.com"))
    assert {(e.name, e.articles) for e in one.repeats} == {("afp.com", 1), ("two.example", 1)}
    assert {(e.name, e.articles) for e in two.repeats} == {("afp.com", 1)}
    assert [(e.outlet, e.stories) for e in two.repeated] == [(one.id, 1)]
    assert {e.name for e in afp.repeated} == {"one.example", "two.example"}
    assert one.repeated == ()
    assert one.repeats[0].copied == 1


def test_two_papers_with_an_agencys_copy_do_not_repeat_one_another(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        desk = Desk(store)
        desk.keep(paper("http://one.example/a", FLOOD, at=0, credits=credited("afp")))
        desk.keep(paper("http://two.example/a", FLOOD, at=9, credits=credited("afp")))
        desk.cluster()
        assert outlet(desk, "two.example").repeats == ()
        assert outlet(desk, "one.example").repeated == ()


def test_a_span_leaves_out_what_came_before(desk: Desk) -> None:
    late = outlet(desk, "two.example", since=NOW + timedelta(days=1))
    assert (late.articles, late.shared, late.carried) == (1, 0, ())
    assert [story.title for story in late.stories] == ["Alone"]
    agency = reading.read_agency(desk.store.connection, "afp", since=NOW + timedelta(days=1))
    assert agency is not None
    assert (agency.total, agency.outlets, agency.stories) == (0, 0, ())


def test_reach_of_an_agency(desk: Desk) -> None:
    afp = reading.read_agency(desk.store.connection, "afp")
    assert afp is not None
    assert (afp.name, afp.total, afp.widest) == ("Agence France-Presse", 1, 3)
    assert (afp.outlets, afp.crediting, afp.silent) == (2, 1, 1)
    assert (afp.articles, afp.credited, afp.uncredited) == (2, 1, 1)
    assert {c.name: (c.credited, c.uncredited) for c in afp.carriers} == {
        "one.example": (1, 0), "two.example": (0, 1),
    }  # fmt: skip
    assert [name for _, name in afp.sites] == ["afp.com"]
    assert [story.title for story in afp.stories] == ["Flood"]


def test_the_numbers_are_those_of_the_views(desk: Desk) -> None:
    seen = {
        row["domain"]: row
        for row in rows(desk.store.connection, "SELECT * FROM outlet_originality")
    }
    for domain, row in seen.items():
        profile = outlet(desk, domain)
        assert profile.compared == row["articles"]
        assert profile.credited + profile.uncredited == row["wire"]
        assert profile.uncredited == row["uncredited"]
        assert (profile.shared, profile.first) == (row["shared"], row["first_to_publish"])


@pytest.mark.parametrize("name", ["nowhere.example", 4711, 2**62, "", "'; --"])
def test_an_outlet_that_is_not_there_is_none(desk: Desk, name: int | str) -> None:
    assert reading.read_outlet(desk.store.connection, name) is None
    assert reading.read_agency(desk.store.connection, str(name)) is None


def test_profiles_as_plain_values(desk: Desk) -> None:
    told = outlet_to_dict(outlet(desk, "two.example"), NOW)["outlet"]
    assert (told["first_rate"], told["relations"]["first"]) == (0.5, 1)
    assert told["repeats"][0]["name"] == "afp.com"
    afp = reading.read_agency(desk.store.connection, "afp")
    assert afp is not None
    assert agency_to_dict(afp, NOW)["agency"]["outlets_silent"] == 1


def test_choices_are_those_that_stories_answer_to(desk: Desk) -> None:
    found = reading.read_choices(desk.store.connection)
    assert [domain for domain, _ in found.outlets] == ["afp.com", "one.example", "two.example"]
    assert found.agencies == (("afp", "Agence France-Presse"),)
    assert found.languages == ("en", "fr")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"until": NOW + timedelta(days=1)}, {"Flood", "Bridge"}),
        ({"since": NOW + timedelta(days=1), "until": NOW + timedelta(days=9)}, {"Alone"}),
        ({"since": NOW + timedelta(days=3), "until": NOW + timedelta(days=9)}, set()),
        ({"until": NOW}, set()),
        ({"min_sources": 1}, {"Flood", "Bridge", "Alone"}),
        ({"min_sources": 2}, set()),
    ],
)
def test_windows_and_sources(desk: Desk, query: dict[str, Any], found: set[str]) -> None:
    report = reading.read_report(desk.store.connection, StoryQuery(**query), now=desk.now)
    assert {story.title for story in report.stories} == found
    assert report.total_stories == len(found)
    assert report.asked == StoryQuery(**query)


def test_tallies_end_with_the_window(desk: Desk) -> None:
    db = desk.store.connection
    early = reading.read_report(db, StoryQuery(until=NOW + timedelta(days=1)), now=desk.now)
    assert (early.articles, early.outlets, early.copies) == (5, 3, 3)


PLANS = [
    (reading.read_outlet, 1, {"articles_outlet", "articles_cluster"}),
    (reading.read_agency, "afp", {"clusters_agency", "credits_agency"}),
]


@pytest.mark.parametrize(("read", "key", "indices"), PLANS, ids=["outlet", "agency"])
def test_no_page_walks_a_whole_table(
    tmp_path: Path, read: Any, key: Any, indices: set[str]
) -> None:
    """Of 20,000 articles an outlet with 2,800 takes 75 ms, an agency 10."""
    # Without statistics: those of a few rows would say that walking them all is best.
    with Store(tmp_path / "news.db") as store:
        desk = Desk(store)
        desk.run("INSERT OR IGNORE INTO agencies VALUES ('afp', 'AFP')")
        said: list[str] = []
        store.connection.set_trace_callback(said.append)
        assert read(store.connection, key) is not None
        store.connection.set_trace_callback(None)
        told = [
            row["detail"]
            for sql in said
            if sql.lstrip().upper().startswith(("SELECT", "WITH"))
            for row in rows(store.connection, f"EXPLAIN QUERY PLAN {sql}")
        ]
    walked = [f"SCAN {table}" for table in ("articles", "clusters", "credits", "copy", "lead")]
    assert not [line for line in told if line.startswith(tuple(walked))]
    assert {index for index in indices if index in " ".join(told)} == indices


def test_reading_profiles_writes_nothing(desk: Desk) -> None:
    before = digest_rows(desk.store.connection)
    reading.read_outlet(desk.store.connection, 1)
    reading.read_agency(desk.store.connection, "afp")
    assert digest_rows(desk.store.connection) == before
