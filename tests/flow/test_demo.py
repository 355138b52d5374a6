"""The invented day end to end, against what is true of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import copyfile
from urllib.parse import urlsplit

import pytest

from aggregator.core import report
from aggregator.core.urls import url_key
from aggregator.demo import show
from aggregator.demo.truth import TruthPage, load_truth
from aggregator.demo.web import demo_feeds
from aggregator.edge import outputs
from aggregator.model import Relation, Role, Verdict
from aggregator.pipeline import Aggregator
from tests.flow.conftest import EVENING, Day, articles, by_key, check_file, entries, partition, rows

TRUTH = load_truth()
READ = [page for page in TRUTH if page.verdict is not None]


def key(page: TruthPage) -> str:
    return url_key(page.url)


def named(page: TruthPage) -> str:
    return page.url.removeprefix("http://")


# -- what each page is


@pytest.mark.parametrize("page", TRUTH, ids=named)
def test_a_page_is_taken_for_what_it_is(demo_day: Day, page: TruthPage) -> None:
    listed = entries(demo_day.database)[key(page)]
    if page.verdict is None:
        assert (listed["state"], listed["article"]) == ("failed", None)
        assert "404" in listed["reason"]
        return
    row = by_key(demo_day.database)[key(page)]
    assert row["verdict"] == page.verdict, row["reason"]
    if page.verdict in (Verdict.WALL, Verdict.NOT_ARTICLE):
        assert listed["state"] == "skipped"
        assert listed["reason"] == row["reason"]
    else:
        assert listed["state"] == "kept"
    if page.verdict is not Verdict.GOOD:
        assert row["cluster"] is None
        assert row["reason"]


def test_languages_and_outlets(demo_day: Day) -> None:
    found = by_key(demo_day.database)
    good = [page for page in READ if page.verdict is Verdict.GOOD]
    assert {page.url: page.language for page in good} == {
        page.url: found[key(page)]["language"] for page in good
    }
    assert {page.url: page.outlet for page in READ} == {
        page.url: found[key(page)]["outlet_name"] for page in READ
    }


# -- what is one story


def test_the_stories_are_exactly_those_of_the_truth(demo_day: Day) -> None:
    true: dict[str, set[str]] = {}
    for page in READ:
        if page.verdict is Verdict.GOOD:
            true.setdefault(page.group or page.url, set()).add(key(page))
    wanted = {frozenset(group) for group in true.values() if len(group) > 1}
    found = {group for group in partition(demo_day.database) if len(group) > 1}
    assert found - wanted == set(), "merged wrongly"
    assert wanted - found == set(), "missed"


def test_a_text_that_nobody_shares_stands_alone(demo_day: Day) -> None:
    found = by_key(demo_day.database)
    for page in READ:
        row = found[key(page)]
        if page.group is None and page.verdict is Verdict.GOOD and row["gate"] is None:
            assert row["together"] == 1, page.url
            assert row["relation"] == Relation.ONLY_HERE, page.url


# -- whose copy it is, and what each outlet did


@pytest.mark.parametrize("page", [page for page in READ if page.relation is not None], ids=named)
def test_what_the_outlet_did(demo_day: Day, page: TruthPage) -> None:
    row = by_key(demo_day.database)[key(page)]
    assert row["relation"] == page.relation, (row["copied"], row["kept"])


@pytest.mark.parametrize("page", READ, ids=named)
def test_whose_copy_a_page_is(demo_day: Day, page: TruthPage) -> None:
    roles = set((by_key(demo_day.database)[key(page)]["roles"] or "").split(",")) - {""}
    if page.credit is None:
        assert roles == set()
    elif page.credit is Role.MENTION:
        assert roles == {Role.MENTION}
    else:
        assert roles - {Role.MENTION} == {page.credit}


def test_the_agency_of_every_credited_story(demo_day: Day) -> None:
    found = by_key(demo_day.database)
    for page in READ:
        if page.credit in (Role.OWN, Role.ORIGIN, Role.INFERRED) and page.group:
            row = found[key(page)]
            assert row["whose"] == "cpa", page.url
            assert row["lead_key"].startswith("cpa.example/"), page.url


# -- the later edition


def test_the_corrected_article_has_two_revisions(demo_day: Day) -> None:
    revised = rows(
        demo_day.database,
        "SELECT url_key, count(*) AS versions FROM revisions JOIN articles"
        " ON articles.id = revisions.article GROUP BY article HAVING count(*) > 1",
    )
    assert [row["versions"] for row in revised] == [2]
    texts = rows(
        demo_day.database,
        "SELECT revisions.text, revisions.seen_at FROM revisions JOIN articles ON"
        " articles.id = article WHERE url_key = ? ORDER BY revisions.id", revised[0]["url_key"],
    )  # fmt: skip
    assert texts[0]["text"] != texts[1]["text"]
    assert texts[1]["text"] == articles(demo_day.database)[revised[0]["url_key"]][2]
    assert texts[0]["seen_at"] < texts[1]["seen_at"]
    first, second, _ = demo_day.passes
    assert second.tally["read", "revised"] == 1
    assert first.tally["read", "revised"] == 0


def test_the_afternoon_adds_what_the_truth_says(demo_day: Day) -> None:
    later = sum(page.edition == 2 for page in READ)
    assert later > 0
    assert demo_day.passes[1].tally["read", "kept"] == later


# -- the same again


def test_a_further_pass_is_answered_304_everywhere(demo_day: Day) -> None:
    third = demo_day.passes[2]
    assert Counter(status for _, status in third.requests) == {304: len(demo_feeds())}
    assert {url for url, _ in third.requests} == {feed.url for feed in demo_feeds()}
    assert dict(third.tally) == {("collect", "unchanged"): len(demo_feeds())}


def test_a_further_pass_adds_no_row_and_changes_no_story(demo_day: Day) -> None:
    _, second, third = demo_day.passes
    times = {"feeds", "polls", "runs"}  # when it was asked, and how often it was quiet
    changed = {name for name in third.digest if third.digest[name] != second.digest[name]}
    assert changed <= times
    for name in third.digest:
        assert third.digest[name].count("\n") == second.digest[name].count("\n"), name


def test_every_request_went_to_the_proxy(demo_day: Day) -> None:
    known = [*(feed.url for feed in demo_feeds()), *(page.url for page in TRUTH)]
    hosts = {urlsplit(url).hostname for url in known}
    for one in demo_day.passes:
        for url, _ in one.requests:
            assert urlsplit(url).hostname in hosts, url
            assert url.startswith("http://"), url


def test_robots_were_asked_once_a_host_and_each_page_once(demo_day: Day) -> None:
    asked = Counter(url for url, _ in demo_day.passes[0].requests)
    assert max(asked.values()) == 1
    assert sum(url.endswith("/robots.txt") for url in asked) == len(
        {urlsplit(page.url).hostname for page in TRUTH}
    )


def test_the_file_is_sound(demo_day: Day) -> None:
    check_file(demo_day.database)


# -- as the command shows it


def test_the_demo_writes_both_files_and_tells_the_day(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    expected: list[str] = []
    shown = show.run_demo(
        tmp_path,
        watch=lambda outcome: seen.update([outcome.stage]),
        expect=lambda stage, count: expected.append(stage),
    )
    assert {each.name for each in tmp_path.iterdir()} == {"demo.db", "demo.html"}
    assert len(shown.notes) == 2
    assert set(seen) == {"collect", "read", "cluster"} <= set(expected)
    text = show.render_terminal(shown, width=100, color=False, command="aggregator")
    assert shown.report.stories[0].title[:30] in text
    assert "\x1b" not in text
    html = (tmp_path / "demo.html").read_text(encoding="utf-8")
    for story in shown.report.stories[:5]:
        assert story.lead.outlet in html

    again = show.run_demo(tmp_path, watch=lambda outcome: None, expect=lambda stage, count: None)
    assert len(again.notes) == 1
    assert f"{len(demo_feeds())} answered 304" in again.notes[0]
    assert report.to_dict(again.report)["totals"] == report.to_dict(shown.report)["totals"]


@pytest.fixture
def reader(demo_day: Day, tmp_path: Path) -> Iterator[Aggregator]:
    """The public class on a copy of the day, two hours later."""
    copyfile(demo_day.database, tmp_path / "demo.db")
    with Aggregator(
        show.demo_config("http://127.0.0.1:9"), database=tmp_path / "demo.db",
        clock=lambda: EVENING + timedelta(hours=2),
    ) as news:  # fmt: skip
        yield news


@pytest.mark.parametrize("form", outputs.names())
def test_every_output_shows_the_day_and_its_widest_story(reader: Aggregator, form: str) -> None:
    whole = reader.report(min_outlets=2)
    story = reader.story(whole.stories[0].id)
    assert story is not None
    assert story.title[:25] in outputs.render(whole, form)
    assert story.lead.outlet in outputs.render(whole, form, story=story)


def test_the_public_class_gives_the_stories(reader: Aggregator) -> None:
    wide = reader.stories(min_outlets=3)
    assert wide and all(story.outlets >= 3 for story in wide)
    assert [s.outlets for s in wide] == sorted((s.outlets for s in wide), reverse=True)
    late = reader.stories(since=EVENING + timedelta(minutes=30))
    assert 0 < len(late) < len(reader.stories())
    assert reader.report(hours=1.5).total_stories == len(late)
    assert reader.report(hours=0.5).total_stories == 0
    assert reader.story(10**9) is None
