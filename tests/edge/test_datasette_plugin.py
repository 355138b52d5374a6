"""The plug-in shows stories in Datasette, to those who may read them, and leaves others alone."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import feedparser
import lxml.html
import pytest

datasette_app = pytest.importorskip("datasette.app", reason="Datasette is in the extra [browse]")

from datasette.plugins import pm  # noqa: E402

import aggregator.datasette_plugin as plugin  # noqa: E402
from aggregator.datasette_plugin import access  # noqa: E402
from aggregator.datasette_plugin.metadata import metadata, queries  # noqa: E402
from aggregator.datasette_plugin.serving import browse_arguments  # noqa: E402
from aggregator.datasette_plugin.table import dress  # noqa: E402
from tests import stories  # noqa: E402

NEW = not version("datasette").startswith("0.")
OWN = ("/-/stories", "/-/stories/1", "/-/stories.json", "/-/stories/1.atom", "/-/stories/1.csv",
       "/-/stories/999", "/-/stories.css")  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    """The plug-in as its entry point would register it, installed or not."""
    if pm.is_registered(plugin):
        yield
    else:
        pm.register(plugin, "aggregator-under-test")
        yield
        pm.unregister(plugin)


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("db") / "news.db"
    stories.database(path, *stories.day().stories, stories.hostile_but_storable())
    with sqlite3.connect(path) as db:
        db.execute(
            "insert into clusters (id, title, updated_at, merged_into) values (90, 'old', '', 1)"
        )
    db.close()
    return path


def make(*paths: Path, **more: Any) -> Any:
    """A Datasette the way `aggregator browse` starts it."""
    given: dict[str, Any] = {"metadata": metadata("news"), **more}
    if NEW:
        given.setdefault("config", given["metadata"])
    settings = {"default_allow_sql": False, "suggest_facets": False}
    return datasette_app.Datasette([str(path) for path in paths], settings=settings, **given)


def ask(site: Any, *paths: str, **more: Any) -> list[Any]:
    """Answers of one Datasette to some paths."""

    async def run() -> list[Any]:
        await site.invoke_startup()
        try:
            return [await site.client.get(path, **more) for path in paths]
        finally:
            for database in site.databases.values():
                database.close()
            site.executor.shutdown(wait=True)

    return asyncio.run(run())


def get(path: Path, *paths: str, **more: Any) -> list[Any]:
    return ask(make(path), *paths, **more)


def page(answer: Any) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(answer.text)


def test_list_page(news: Path) -> None:
    (answer,) = get(news, "/-/stories")
    assert answer.status_code == 200
    found = page(answer)
    titles = found.xpath("//ol[@class='stories']/li//h2/a")
    assert len(titles) == 7
    assert titles[0].text == "Ferry with 212 aboard runs aground, all rescued"
    assert titles[0].get("href") == "/-/stories/1"
    assert found.xpath("//svg[@class='strip']")
    assert "7 stories" in found.xpath("//p[@class='summary']")[0].text
    assert "Valley Courier: the server answered 503" in found.text_content()


def test_story_page_and_its_other_forms(news: Path) -> None:
    html, contract, feed, lines = get(
        news, "/-/stories/1", "/-/stories/1.json", "/-/stories/1.atom", "/-/stories/1.csv"
    )
    found = page(html)
    assert found.xpath("//h1")[0].text == "Ferry with 212 aboard runs aground, all rescued"
    assert found.xpath("//del[text()='six metres']")
    assert [each.get("href") for each in found.xpath("//p[@class='kicker']/a")] == [
        "/-/stories/1.json", "/-/stories/1.csv", "/-/stories/1.atom",
        "/news/articles?cluster=1&_sort=published_at",
    ]  # fmt: skip
    story = json.loads(contract.text)["story"]
    assert [copy["delay_minutes"] for copy in story["copies"]] == [0, 9, 23, 41, 66, 75, 190, 410]
    parsed = feedparser.parse(feed.text.encode())
    assert parsed.entries[0].link == "http://localhost/-/stories/1"
    assert len(lines.text.splitlines()) == 9


def test_list_in_other_forms(news: Path) -> None:
    contract, feed = get(news, "/-/stories.json", "/-/stories.atom")
    assert contract.headers["content-type"].startswith("application/json")
    assert json.loads(contract.text)["totals"]["stories"] == 7
    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert len(feedparser.parse(feed.text.encode()).entries) == 7


def test_search_and_filters(news: Path) -> None:
    words = ["hospital", "nowhereatall", '" OR *', "NEAR(", "フェリーが座礁"]
    found, nothing, quoted, near, japanese = get(news, *(f"/-/stories?q={each}" for each in words))
    assert len(page(found).xpath("//ol[@class='stories']/li")) == 1
    assert page(found).xpath("//input[@type='search']/@value") == ["hospital"]
    assert "No story holds these words" in nothing.text
    assert {each.status_code for each in (quoted, near, japanese)} == {200}
    wide, agency, odd = get(
        news, "/-/stories?min_outlets=4", "/-/stories?agency=cpa",
        "/-/stories?min_outlets=x&page=99999999999&language=%00",
    )  # fmt: skip
    assert len(page(wide).xpath("//ol[@class='stories']/li")) == 3
    assert len(page(agency).xpath("//ol[@class='stories']/li")) == 2
    assert odd.status_code == 200


def test_pages_follow_one_another_and_keep_the_question(tmp_path: Path) -> None:
    many = [stories.only_here(number, f"Outlet {number}") for number in range(1, 61)]
    path = stories.database(tmp_path / "news.db", *many)
    first, second = get(path, "/-/stories?q=seagrass", "/-/stories?q=seagrass&page=2")
    assert page(first).xpath("//a[@rel='next']/@href") == ["/-/stories?q=seagrass&page=2"]
    assert not page(first).xpath("//a[@rel='prev']")
    assert page(second).xpath("//a[@rel='prev']/@href") == ["/-/stories?q=seagrass&page=1"]
    assert len(page(second).xpath("//ol[@class='stories']/li")) == 10


def test_what_is_not_there(news: Path, tmp_path: Path) -> None:
    missing, as_json, nonsense, huge = get(
        news, "/-/stories/999", "/-/stories/999.json", "/-/stories/x", "/-/stories/" + "9" * 18
    )
    assert missing.status_code == 404
    assert page(missing).xpath("//h1")[0].text == "There is no story 999"
    assert as_json.json() == {"ok": False, "error": "There is no story 999"}
    assert nonsense.status_code == 404
    assert huge.status_code == 404
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as db:
        db.execute("create table articles (id integer primary key, relation text, text text)")
        db.execute("insert into articles values (1, 'shortened', ?)", ["long " * 100])
    db.close()
    foreign, cells, menu = ask(make(other), "/-/stories", "/other/articles", "/")
    assert foreign.status_code == 404
    assert "agg-" not in cells.text
    assert "stories.css" not in cells.text
    assert not page(menu).xpath('//details//a[@href="/-/stories"]')


def test_a_merged_story_leads_to_where_it_went(news: Path) -> None:
    html, contract = get(news, "/-/stories/90", "/-/stories/90.json")
    assert (html.status_code, html.headers["location"]) == (301, "/-/stories/1")
    assert contract.headers["location"] == "/-/stories/1.json"


def test_own_pages_carry_their_policy(news: Path) -> None:
    for answer in get(news, *OWN):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        if answer.headers["content-type"].startswith("text/html"):
            assert "<script" not in answer.text


def test_hostile_rows_stay_text(news: Path) -> None:
    for answer in get(
        news, "/-/stories", "/-/stories/23", "/news/articles", "/news/articles/30", "/news/credits"
    ):
        assert answer.status_code == 200
        found = page(answer)
        assert not found.xpath("//*[contains(text(), 'alert(1)')][self::script]")
        assert not found.xpath("//*[@onerror or @onmouseover or @onload]")
        assert not found.xpath("//a[starts-with(@href, 'javascript')]")
        assert not found.xpath("//img")


def test_cells_of_our_tables_are_dressed(news: Path) -> None:
    articles, republications, start = get(news, "/news/articles", "/news/republications", "/")
    found = page(articles)
    assert found.xpath("//td[contains(@class, 'col-relation')]//span[@class='agg-chip']")
    assert found.xpath("//td[contains(@class, 'col-copied')]//span[@class='agg-share']")
    assert found.xpath("//td[contains(@class, 'col-published_at')]//time[@datetime]")
    assert found.xpath("//td[contains(@class, 'col-text')]//details")
    assert found.xpath("//link[contains(@href, '/-/stories.css?')]")
    assert found.xpath("//input[@name='_search']")
    assert found.xpath("//a[@href='/-/stories'][text()='Stories']")
    assert page(republications).xpath("//td[contains(@class, 'col-story')]/a[@href='/-/stories/1']")
    assert "stories.css" not in start.text


def test_facets_and_labels_come_from_the_metadata(news: Path) -> None:
    (articles,) = get(news, "/news/articles")
    found = page(articles)
    assert found.xpath("//a[text()='Metro 24']")
    facets = {each.text.strip() for each in found.xpath("//div[@class='facet-info-name']//strong")
              } | set(found.xpath("//*[contains(@class, 'facet-info')]/@data-column"))  # fmt: skip
    assert {"outlet", "relation", "language"} <= {name.split(" ")[0] for name in facets}


@pytest.mark.parametrize("name", queries())
def test_every_canned_query_runs(news: Path, name: str) -> None:
    html, data = get(news, f"/news/{name}", f"/news/{name}.json?_shape=array&days=0")
    assert html.status_code == 200
    assert queries()[name]["title"] in html.text
    rows = data.json()
    assert isinstance(rows, list)
    if name not in ("uncredited_this_week",):  # which asks the clock
        assert rows, name


def test_no_free_sql(news: Path) -> None:
    query, where = get(news, "/news?sql=select+1", "/news/articles?_where=1=1")
    if NEW:
        query = get(news, "/news/-/query?sql=select+1")[0]
    assert query.status_code == 403
    assert where.status_code == 403


@pytest.mark.parametrize("denied", ["instance", "database", "table"])
def test_permission_to_view_is_asked(news: Path, denied: str) -> None:
    told = metadata("news")
    allow = {"allow": {"id": "root"}}
    if denied == "instance":
        told |= allow
    elif denied == "database":
        told["databases"]["news"] |= allow
    else:
        told["databases"]["news"]["tables"]["articles"] |= allow
    paths = ("/-/stories", "/-/stories/1", "/-/stories.json", "/-/stories/1.atom")
    for answer in ask(make(news, metadata=told), *paths):
        assert answer.status_code == 403
        assert "Ferry" not in answer.text
    site = make(news, metadata=told)
    cookies = {"ds_actor": site.sign({"a": {"id": "root"}}, "actor")}
    assert [each.status_code for each in ask(site, *paths, cookies=cookies)] == [200] * 4


def test_two_databases_are_told_apart(news: Path, tmp_path: Path) -> None:
    archive = stories.database(tmp_path / "archive.db", stories.only_here(7))
    first, other, story, none = ask(
        make(news, archive), "/-/stories", "/-/stories?db=archive", "/-/stories/7?db=archive",
        "/-/stories?db=nosuch",
    )  # fmt: skip
    assert page(first).xpath("//ol[@class='stories']/li//h2/a/@href")[0] == "/-/stories/1?db=news"
    assert page(other).xpath("//ol[@class='stories']/li//h2/a/@href") == ["/-/stories/7?db=archive"]
    assert "Scientists map seagrass meadow" in story.text
    assert none.status_code == 404


def test_base_url_is_honoured(news: Path) -> None:
    site = make(news)
    site._settings["base_url"] = "/data/"
    (answer,) = ask(site, "/-/stories")
    assert page(answer).xpath("//ol[@class='stories']/li//h2/a/@href")[0] == "/data/-/stories/1"


def test_cells() -> None:
    def url(number: int) -> str:
        return f"/s/{number}"

    assert dress("story", 7, url) == '<a href="/s/7">7</a>'
    assert "85 %" in str(dress("copied", 0.85, url))
    assert dress("copied", 3, url) is None
    assert dress("copied", "0.5", url) is None
    assert "lightly edited" in str(dress("relation", "lightly edited", url))
    assert dress("relation", "<b>", url) is None
    shown = dress("published_at", "2026-11-20T04:52:00Z", url)
    assert shown is not None
    assert ">20 Nov 2026, 04:52</time>" in shown
    assert dress("published_at", "2026-99-20T04:52:00Z", url) is None
    assert dress("published_at", "<b>", url) is None
    assert dress("text", "short", url) is None
    folded = dress("text", "<b>word</b> " * 5000, url)
    assert folded is not None
    assert "<b>" not in folded
    assert len(folded) < 60_000


def test_a_foreign_database_is_asked_once_in_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "later.db"
    sqlite3.connect(path).close()
    asked: list[str] = []
    holds: Callable[[Any, str], Any] = access._holds

    async def counted(site: Any, name: str) -> bool:
        asked.append(name)
        return bool(await holds(site, name))

    monkeypatch.setattr(access, "_holds", counted)

    async def run() -> None:
        site = make(path)
        await site.invoke_startup()
        for _ in range(5):
            assert not await access.is_ours(site, "later")
        stories.database(path, stories.only_here())
        clock = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: clock + 60)
        assert await access.is_ours(site, "later")
        for database in site.databases.values():
            database.close()
        site.executor.shutdown(wait=True)

    asyncio.run(run())
    assert asked == ["later", "later"]


def test_importing_the_plugin_starts_no_server_code() -> None:
    import subprocess
    import sys

    code = (
        "import sys, aggregator.datasette_plugin, aggregator.datasette_plugin.metadata;"
        "print([m for m in ('datasette', 'jinja2', 'rich', 'uvicorn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_browse_arguments_by_version() -> None:
    old = browse_arguments("news.db", "127.0.0.1", 8001, "0.65.5", metadata_path="m.json")
    new = browse_arguments("news.db", "127.0.0.1", 8001, "1.0a41", metadata_path="m.json")
    assert old[:2] == new[:2] == ["serve", "news.db"]
    assert "--config" not in old
    assert new[new.index("--config") + 1] == new[new.index("--metadata") + 1] == "m.json"
    for arguments in (old, new):
        pairs = list(zip(arguments, arguments[1:], arguments[2:], strict=False))
        assert ("--setting", "default_allow_sql", "off") in pairs
        assert ("--setting", "suggest_facets", "off") in pairs
    assert json.loads(json.dumps(metadata("x")))["databases"]["x"]["queries"]


def test_metadata_names_what_is_in_the_schema(news: Path) -> None:
    with sqlite3.connect(news) as db:
        tables = {row[0] for row in db.execute("select name from sqlite_master")}
        for name, told in metadata("news")["databases"]["news"]["tables"].items():
            assert name in tables, name
            columns = {row[1] for row in db.execute(f"pragma table_info({name})")}
            sorts = {told[key] for key in ("sort", "sort_desc", "label_column") if key in told}
            assert sorts | set(told.get("facets", ())) | set(told.get("columns", ())) <= columns
    db.close()
