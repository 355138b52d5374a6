"""Lists of outlets and agencies, and two articles side by side, inside Datasette."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("datasette.app", reason="Datasette is in the extra [browse]")

from sqlite_utils.utils import sqlite3

from aggregator.datasette_plugin.access import keep_near
from aggregator.datasette_plugin.metadata import metadata
from aggregator.edge.store import Store, correcting
from aggregator.model import Role
from tests import stories
from tests.edge.test_datasette_plugin import ask, get, make, page, registered
from tests.edge.test_store_corpus import NOW, Desk, credited, paper, prose

__all__ = ["registered"]  # the plug-in stands in these tests too
FLOOD = prose("flood", 16)
PAGES = ("/-/outlets", "/-/outlets.json", "/-/agencies", "/-/agencies.json", "/-/compare",
         "/-/compare?a=1&b=2", "/-/compare.json?a=1&b=2")  # fmt: skip


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("lists") / "news.db"
    yield stories.database(path, *stories.day().stories, stories.hostile_but_storable())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A story of three as the program itself leaves it, two stories beside it, and a wall."""
    path = tmp_path_factory.mktemp("told") / "news.db"
    with Store(path) as store:
        desk = Desk(store)
        desk.keep(paper("http://afp.com/flood", FLOOD, at=10, credits=credited("afp", Role.OWN)))
        desk.keep(paper("http://one.example/flood", FLOOD[:12], title="<b>One</b>", at=20))
        desk.keep(paper("http://two.example/flood", [*FLOOD, "More came later."], at=30))
        desk.keep(paper("http://one.example/alone", prose("alone"), at=40))
        desk.keep(paper("http://two.example/wall", "Accept?", verdict="wall", reason="a wall"))
        desk.cluster()
    yield path


def rows(answer: Any) -> list[str]:
    return [
        " ".join(each.text_content().split())
        for each in page(answer).xpath("//table[@class='tally']/tbody/tr/th//a")
    ]


# -- lists


def test_outlets_are_listed_with_their_numbers(news: Path) -> None:
    (answer,) = get(news, "/-/outlets")
    found = page(answer)
    assert found.xpath("//h1")[0].text == "Outlets"
    assert "16 outlets" in found.xpath("//p[@class='summary']")[0].text
    assert len(rows(answer)) == 16
    heads = found.xpath("//table/thead//th")
    assert len(heads) == len(found.xpath("//table/tbody/tr[1]/*")) == 8
    assert [each.get("aria-sort") for each in heads].count("descending") == 1
    assert found.xpath("//table/caption")


def test_a_head_sorts_and_a_second_click_turns_it_round(news: Path) -> None:
    (first,) = get(news, "/-/outlets")
    by_name = page(first).xpath("//table/thead//a[.='Outlet']/@href")[0]
    (named,) = get(news, by_name)
    # By the name as it is stored; where that is empty, the page says so.
    assert rows(named)[0] == "unnamed" and rows(named)[2:] == sorted(rows(named)[2:])
    turned = page(named).xpath("//table/thead//a[.='Outlet']/@href")[0]
    (back,) = get(news, turned)
    assert rows(back) == rows(named)[::-1]
    assert page(back).xpath("//table/thead//a[.='Outlet']/@href")[0] == by_name


def test_outlets_are_found_by_name_or_domain(news: Path) -> None:
    metro, nothing = get(news, "/-/outlets?q=metro-24", "/-/outlets?q=nowhere%25")
    assert rows(metro) == ["Metro 24"]
    assert page(metro).xpath("//input[@name='q'][@id='list-q']/@value") == ["metro-24"]
    assert "No outlet has this" in nothing.text
    assert page(nothing).xpath("//a[@href='/-/outlets'][.='all of them']")


def test_agencies_are_listed_and_lead_to_their_pages(news: Path) -> None:
    listed, contract = get(news, "/-/agencies", "/-/agencies.json")
    assert page(listed).xpath("//table//th//a/@href")[-1] == "/-/agency/cpa"
    told = contract.json()
    assert told["version"] == 1 and told["total"] == len(told["agencies"])
    (cpa,) = (each for each in told["agencies"] if each["key"] == "cpa")
    (profile,) = get(news, "/-/agency/cpa.json")
    reach = profile.json()["agency"]
    assert (cpa["stories"], cpa["articles"], cpa["uncredited"]) == (
        reach["stories_total"], reach["articles"], reach["uncredited"],
    )  # fmt: skip


def test_long_lists_have_pages(news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (every,) = get(news, "/-/outlets?sort=name")
    whole = rows(every)
    monkeypatch.setattr("aggregator.datasette_plugin.listing.LISTED", 6)
    found, path = [], "/-/outlets?sort=name"
    for _ in range(3):
        (answer,) = get(news, path)
        found += rows(answer)
        path = (page(answer).xpath("//nav[@class='pages']/a[@rel='next']/@href") or [""])[0]
    assert path == "" and found == whole
    (last,) = get(news, "/-/outlets?sort=name&page=3")
    assert "page=2" in page(last).xpath("//nav[@class='pages']/a[@rel='prev']/@href")[0]


def test_every_page_leads_to_the_lists(news: Path) -> None:
    for answer in get(news, "/-/stories", "/-/stories/1", "/-/outlet/1", "/-/agency/cpa"):
        links = page(answer).xpath("//header//nav//a/@href")
        assert {"/-/outlets", "/-/agencies"} <= set(links)


# -- two articles side by side


def test_two_copies_of_one_story(told: Path) -> None:
    shown, contract = get(told, "/-/compare?a=1&b=2", "/-/compare.json?a=1&b=2")
    found = page(shown)
    assert "One story" in found.xpath("//dl/div[3]/dd")[0].text
    assert found.xpath("//dl//a[@href='/-/stories/1']")
    assert "<b>One</b>" not in shown.text and "&lt;b&gt;One&lt;/b&gt;" in shown.text
    assert found.xpath("//code[contains(., 'aggregator not-a-copy 1 2')]")
    assert found.xpath("//div[@class='diff']//div[@class='pair cut']")
    plain = contract.json()
    assert plain["together"] is True
    assert (plain["pair"]["b_in_a"], plain["pair"]["verdict"]) == (1.0, "trimmed")
    assert plain["pair"]["a_in_b"] < 0.8
    assert {row["kind"] for row in plain["rows"]} == {"same", "cut"}


def test_the_two_stand_in_the_order_asked_for(told: Path) -> None:
    (shown,) = get(told, "/-/compare?a=2&b=1")
    found = page(shown)
    assert [each.get("value") for each in found.xpath("//main//form/input")] == ["2", "1"]
    (turned,) = found.xpath("//a[.='the other way round']/@href")
    (other,) = get(told, turned)
    assert [each.get("value") for each in page(other).xpath("//main//form/input")] == ["1", "2"]


def test_an_address_names_an_article_too(told: Path) -> None:
    (shown,) = get(told, "/-/compare.json?a=http://one.example/flood&b=3")
    assert (shown.json()["a"]["article"], shown.json()["b"]["article"]) == (2, 3)


def test_two_that_are_no_copies(told: Path) -> None:
    shown, walled = get(told, "/-/compare?a=1&b=4", "/-/compare?a=1&b=5")
    assert "Not one story" in shown.text
    assert "numbers 1 and 2" in shown.text
    assert "aggregator merge 1 2" in shown.text
    assert "Not in any story: two.example (wall)" in page(walled).text_content()


def test_a_persons_decision_is_told(told: Path, tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    path.write_bytes(told.read_bytes())
    with Store(path) as store:
        correcting.part(store, 1, 3, note="two floods", now=NOW)
    (shown,) = get(path, "/-/compare?a=1&b=3")
    assert "said that article 1 is no copy of article 3" in shown.text
    assert "“two floods”" in shown.text and "Not one story" in shown.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/-/compare?a=1", 400), ("/-/compare.json", 400), ("/-/compare?a=1&b=999", 404),
        ("/-/compare.json?a=1&b=x", 404), ("/-/compare?a=1&b=1", 404),
        ("/-/compare?a=%00&b=99999999999999999999999", 404),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_said(told: Path, path: str, status: int) -> None:
    (answer,) = get(told, path)
    assert answer.status_code == status
    said = answer.json()["error"] if ".json" in path else page(answer).xpath("//h1")[0].text
    assert said.strip()


def test_a_story_page_lets_any_two_be_chosen(told: Path) -> None:
    (shown,) = get(told, "/-/stories/1")
    (form,) = page(shown).xpath("//form[@action='/-/compare']")
    assert len(form.xpath(".//select[@name='a']/option")) == 3
    chosen = form.xpath(".//option[@selected]/@value")
    assert chosen[0] == "1" and chosen[1] in ("2", "3")
    (both,) = get(told, f"/-/compare?a={chosen[0]}&b={chosen[1]}")
    assert both.status_code == 200


def test_a_story_page_says_how_to_decide_otherwise(told: Path) -> None:
    (shown,) = get(told, "/-/stories/1")
    commands = [each.text for each in page(shown).xpath("//details[@class='correcting']//dt/code")]
    assert [each.split()[1] for each in commands] == ["merge", "split", "pin", "not-a-copy"]


# -- who may see them


@pytest.mark.parametrize("denied", ["articles", "pairs", "outlets"])
def test_lists_ask_for_permission(news: Path, denied: str) -> None:
    allow = metadata("news")
    allow["databases"]["news"]["tables"].setdefault(denied, {})["allow"] = False
    for answer in ask(make(news, metadata=allow), *PAGES):
        assert answer.status_code == 403
        assert "Metro 24" not in answer.text


def test_lists_carry_the_policy(news: Path) -> None:
    for path, answer in zip(PAGES, get(news, *PAGES), strict=True):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'"), path
        assert "script" not in policy


def test_of_several_databases_the_chosen_one_is_kept(news: Path, told: Path) -> None:
    other = told.rename(told.with_name("second.db"))
    try:
        answers = ask(
            make(news, other), "/-/outlets?db=second", "/-/compare?db=second&a=1&b=2",
            "/-/stories/1?db=second",
        )  # fmt: skip
        for answer in answers:
            for link in page(answer).xpath("//main//a/@href[starts-with(., '/-/')]"):
                assert "db=second" in link
            for form in page(answer).xpath("//main//form"):
                assert form.xpath("./input[@name='db']/@value") == ["second"]
    finally:
        other.rename(told)


def test_ours_is_kept_near_and_others_are_left_alone(told: Path, tmp_path: Path) -> None:
    for path, changed in ((told, True), (tmp_path / "other.db", False)):
        db = sqlite3.connect(path)
        if path != told:
            db.execute("CREATE TABLE t (x)")
        before = db.execute("PRAGMA cache_size").fetchone()[0]
        keep_near(db)
        assert (db.execute("PRAGMA cache_size").fetchone()[0] != before) is changed
        db.close()
