"""Pages of outlets and agencies, filters and the check of names inside Datasette."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("datasette.app", reason="Datasette is in the extra [browse]")

from aggregator.datasette_plugin.guard import allowed_names, answers_to
from aggregator.datasette_plugin.metadata import metadata
from tests import stories
from tests.edge.test_datasette_plugin import (
    ask,
    get,
    make,
    page,
    registered,
)

__all__ = ["registered"]  # the plug-in stands in these tests too
PAGES = ("/-/outlet/1", "/-/outlet/2", "/-/outlet/1.json", "/-/agency/cpa", "/-/agency/cpa.json",
         "/-/outlet/999", "/-/agency/nobody")  # fmt: skip


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("profiles") / "news.db"
    yield stories.database(path, *stories.day().stories, stories.hostile_but_storable())


def listed(answer: Any) -> list[str]:
    return [each.strip() for each in page(answer).xpath("//ol[@class='stories']/li//h2/a/text()")]


# -- outlets and agencies


def test_outlet_page(news: Path) -> None:
    (answer,) = get(news, "/-/outlet/2")
    found = page(answer)
    assert found.xpath("//h1//text()")[0].strip() == "Metro 24"
    assert [each.text for each in found.xpath("//h2")] == [
        "What it runs", "Whose copy", "Whom it repeats", "Who repeats it", "Recent stories",
    ]  # fmt: skip
    assert found.xpath("//table[@class='tally']//a[@href='/-/agency/cpa'][text()='CPA']")
    assert found.xpath("//ol[@class='stories']//h3/a/@href")[0].startswith("/-/stories/")
    for table in found.xpath("//table"):
        assert table.xpath("./caption") and table.xpath(".//th[@scope='row']")
        assert len(table.xpath("./thead//th[@scope='col']")) >= 3
    assert found.xpath("//a[@href='/-/stories?outlet=metro-24.example']")


def test_every_name_leads_to_its_page(news: Path) -> None:
    story, every = get(news, "/-/stories/1", "/-/stories")
    found = page(story)
    rows = found.xpath("//table[@class='copies']//tbody//th//a/@href")
    assert len(rows) == 8 and all(each.startswith("/-/outlet/") for each in rows)
    assert found.xpath("//dd[@class='answer']//a/@href") == ["/-/outlet/1", "/-/agency/cpa"]
    first = page(every).xpath("//ol[@class='stories']/li[1]//p[@class='meta']//a/@href")
    assert first == ["/-/outlet/1", "/-/agency/cpa"]


def test_profiles_as_json(news: Path) -> None:
    outlet, agency = get(news, "/-/outlet/2.json", "/-/agency/cpa.json?since=all")
    assert outlet.headers["content-type"].startswith("application/json")
    assert outlet.json()["outlet"]["name"] == "Metro 24"
    assert outlet.json()["outlet"]["agency_copy"][0]["credited"] == 1
    told = agency.json()["agency"]
    assert (told["stories_total"], told["outlets_silent"]) == (2, 1)
    assert told["sites"][0]["name"] == "Continental Press Agency"


def test_a_domain_leads_to_its_outlet(news: Path) -> None:
    html, data = get(news, "/-/outlet/metro-24.example?since=7d", "/-/outlet/metro-24.example.json")
    assert (html.status_code, html.headers["location"]) == (301, "/-/outlet/2?since=7d")
    assert data.headers["location"] == "/-/outlet/2.json"


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/-/outlet/999", 404, "There is no outlet “999” in this database"),
        ("/-/outlet/" + "9" * 40, 404, "There is no outlet"),
        ("/-/outlet/no.example", 404, "There is no outlet “no.example”"),
        ("/-/agency/nobody", 404, "There is no agency “nobody”"),
        ("/-/outlet/2?since=soon", 400, "write a span such as"),
        ("/-/stories?since=%3Cscript%3E", 400, "write a span such as"),
        ("/-/stories?until=2026-99-01", 400, "write a span such as"),
    ],
)
def test_what_cannot_be_answered_is_said(news: Path, path: str, status: int, said: str) -> None:
    (answer,) = get(news, path)
    assert answer.status_code == status
    assert said in page(answer).xpath("//h1")[0].text
    assert "<script" not in answer.text
    assert page(answer).xpath("//a[@href='/-/stories']")


def test_profiles_carry_the_policy(news: Path) -> None:
    for answer in get(news, *PAGES):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy and "script-src" not in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert "<script" not in answer.text


@pytest.mark.parametrize("denied", ["credits", "outlets"])
def test_profiles_ask_for_permission(news: Path, denied: str) -> None:
    told = metadata("news")
    told["databases"]["news"]["tables"][denied] |= {"allow": {"id": "root"}}
    for answer in ask(make(news, metadata=told), *PAGES):
        assert answer.status_code == 403
        assert "Metro" not in answer.text


def test_a_hostile_outlet_stays_text(news: Path) -> None:
    (data,) = get(news, "/-/stories/23.json")
    domain = data.json()["story"]["copies"][0]["domain"]
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(news)) as db:
        ids = [row[0] for row in db.execute(
            "SELECT DISTINCT outlet FROM articles WHERE cluster = 23")]  # fmt: skip
    assert ids, domain
    for answer in get(news, *(f"/-/outlet/{each}" for each in ids)):
        assert answer.status_code == 200
        found = page(answer)
        assert not found.xpath("//img | //script")
        assert not found.xpath("//*[@onerror or @onmouseover or @onload]")
        assert not found.xpath("//a[starts-with(@href, 'javascript')]")


def test_pages_beside_one_another_keep_the_database(news: Path, tmp_path: Path) -> None:
    archive = stories.database(tmp_path / "archive.db", stories.only_here(7))
    (answer,) = ask(make(news, archive), "/-/outlet/2?db=news")
    found = page(answer)
    assert found.xpath("//table[@class='tally']//a/@href")[0] == "/-/agency/cpa?db=news"
    assert found.xpath("//ol[@class='stories']//h3/a/@href")[0].endswith("?db=news")
    assert found.xpath("//form[@role='search']/input[@name='db']/@value") == ["news"]


# -- filters


def test_filters_of_the_list(news: Path) -> None:
    sources, language, outlet, window, early = get(
        news, "/-/stories?min_sources=3", "/-/stories?language=ar",
        "/-/stories?outlet=metro-24.example", "/-/stories?since=2026-11-19&until=2026-11-20",
        "/-/stories?until=2001-01-01",
    )  # fmt: skip
    whole = {story.id: story for story in stories.day().stories}
    assert len(listed(sources)) == sum(each.independent >= 3 for each in whole.values())
    assert len(listed(language)) == 1
    assert len(listed(outlet)) == 3
    assert 0 < len(listed(window)) <= 7
    assert listed(early) == []
    assert "No story answers to all of these filters" in early.text


def test_the_form_shows_what_was_asked_and_how_to_drop_it(news: Path) -> None:
    (answer,) = get(news, "/-/stories?agency=cpa&min_outlets=2&q=ferry")
    found = page(answer)
    assert found.xpath("//select[@name='agency']/option[@selected]/@value") == ["cpa"]
    assert found.xpath("//input[@id='f-min_outlets']/@value") == ["2"]
    assert found.xpath("//details//input[@name='q']/@value") == ["ferry"]
    assert found.xpath("//ul[@class='dropped']//a/@href") == [
        "/-/stories?min_outlets=2&agency=cpa", "/-/stories?agency=cpa&q=ferry",
        "/-/stories?min_outlets=2&q=ferry", "/-/stories",
    ]  # fmt: skip
    for field in found.xpath("//details//input[not(@type='hidden')] | //details//select"):
        assert found.xpath(f"//label[@for='{field.get('id')}']")


def test_a_value_that_is_no_choice_stays_in_the_form(news: Path) -> None:
    (answer,) = get(news, "/-/stories?agency=%3Cb%3Ezz")
    assert page(answer).xpath("//select[@name='agency']/option[@selected]/@value") == ["<b>zz"]
    assert not page(answer).xpath("//b[text()='zz']")


def test_other_forms_take_the_same_filters(news: Path) -> None:
    contract, feed = get(news, "/-/stories.json?min_outlets=8", "/-/stories.atom?agency=cpa")
    told = json.loads(contract.text)
    assert told["totals"]["stories"] == 1
    assert (told["query"]["min_outlets"], told["query"]["agency"]) == (8, None)
    assert feed.text.count("<entry>") == 2


# -- the check of names


@pytest.mark.parametrize(
    ("host", "header", "answered"),
    [
        ("127.0.0.1", "127.0.0.1:8001", True),
        ("127.0.0.1", "localhost", True),
        ("127.0.0.1", "LOCALHOST.:9000", True),
        ("127.0.0.1", "[::1]:8001", True),
        ("127.0.0.1", "evil.example:8001", False),
        ("127.0.0.1", "localhost.evil.example", False),
        ("127.0.0.1", "192.168.0.7:8001", False),
        ("127.0.0.1", "", False),
        ("127.0.0.1", ":8001", False),
        ("127.0.0.1", "localhost:80@evil.example", False),
        ("127.0.0.1", "[::1", False),
        ("127.0.0.1", "[::1]x", False),
        ("127.0.0.1", "any address", False),
        ("0.0.0.0", "192.168.0.7:8001", True),
        ("0.0.0.0", "any address", False),
        ("0.0.0.0", "evil.example", False),
        ("::", "[2001:db8::7]:8001", True),
        ("news.example", "news.example:8001", True),
        ("::1", "[::1]:8001", True),
    ],
)
def test_names_that_are_answered_to(host: str, header: str, answered: bool) -> None:
    assert answers_to(header, allowed_names(host)) is answered


def test_further_names_are_answered_to() -> None:
    names = allowed_names("127.0.0.1", ["News.Example."])
    assert answers_to("news.example:80", names)
    assert not answers_to("other.example", names)


def test_a_foreign_name_gets_nothing(news: Path) -> None:
    told = {**metadata("news"), "plugins": {"aggregator": {"hosts": ["localhost"]}}}
    paths = ("/-/stories", "/news/articles.json", "/-/stories.css", "/")
    foreign = ask(make(news, metadata=told), *paths, headers={"Host": "evil.example"})
    for answer in foreign:
        assert answer.status_code == 400
        assert answer.text == "This server does not answer to that name.\n"
    assert all(each.status_code == 200 for each in ask(make(news, metadata=told), *paths))


def test_without_a_list_of_names_none_is_checked(news: Path) -> None:
    (answer,) = ask(make(news), "/-/stories", headers={"Host": "behind.example"})
    assert answer.status_code == 200
