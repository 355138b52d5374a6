"""Attacks in every place a stranger's words go, in a real browser with a trap: nothing springs it.

Cases S05 to S08 of the reliability exam, as far as a browser can see them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from aggregator.edge.outputs import render
from tests import payloads
from tests.browser.conftest import serving
from tests.browser.visiting import FOREIGN, PHONE, WIDE, Visit

TABLES = (
    "articles", "clusters", "outlets", "agencies", "feeds", "entries", "credits", "pairs",
    "revisions", "corrections", "corrected_articles", "polls", "moves", "files", "visits",
    "parents", "templates", "stories", "republications", "uncredited_copies", "feed_health",
    "revision_history", "vanished_pages", "outlet_originality", "who_repeats_whom", "backlog",
)  # fmt: skip
QUERIES = ("uncredited_this_week", "who_repeats", "pairs_to_review", "stale_feeds",
           "first_to_publish", "credit_habits", "agency_reach")  # fmt: skip


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Datasette whose every row attacks."""
    with serving(payloads.database(tmp_path_factory.mktemp("attacked") / "news.db")) as address:
        yield address


@pytest.fixture(scope="module")
def visit(browser: Any) -> Iterator[Visit]:
    """One window with the trap, for page after page."""
    with Visit(browser, "about:blank", trap=True) as opened:
        yield opened


def caught(visit: Visit) -> list[str]:
    """What ran, what its policy stopped, and what it asked somebody else for."""
    visit.unfold()
    visit.page.evaluate("document.querySelectorAll('*').forEach(e => e.tabIndex >= 0 && e.focus())")
    found: list[str] = visit.page.evaluate("window.__caught")
    abroad = [url for url in visit.requests if urlsplit(url).hostname == "pwned.invalid"]
    return [*found, *abroad]


def is_harmless(visit: Visit, *, own: bool, status: int = 200) -> None:
    """Nothing ran, nothing waits for a click, nothing was asked of another host."""
    page = visit.page.url
    assert caught(visit) == [], page
    assert visit.page.evaluate(FOREIGN, own) == [], page
    # The browser itself remarks on a status of 400 and more.
    said = [each for each in visit.complaints if status < 400 or f"{status}" not in each]
    assert said == [], page
    assert {urlsplit(url)[:2] for url in visit.requests} == {urlsplit(page)[:2]}, visit.requests


@pytest.mark.parametrize("name", payloads.RUNS)
def test_the_trap_springs_where_an_attack_is_taken_for_markup(visit: Visit, name: str) -> None:
    raw = f"<!doctype html><title>x</title><body>{payloads.PAYLOADS[name]}"
    visit.page.route("**/*", lambda route: (
        route.fulfill(body=raw, content_type="text/html") if "trap.test" in route.request.url
        else route.abort()
    ))  # fmt: skip
    try:
        visit.go("http://trap.test/")
        visit.page.wait_for_timeout(50)
        assert caught(visit), name
    finally:
        visit.page.unroute("**/*")


def test_s05_s06_the_report_as_a_file(visit: Visit, tmp_path: Path) -> None:
    report = payloads.report()
    whole = tmp_path / "whole.html"
    whole.write_text(render(report, "html"), encoding="utf-8")
    visit.go(whole.as_uri())
    is_harmless(visit, own=True)
    visit.page.set_viewport_size(PHONE)
    wide, room = visit.page.evaluate(WIDE)
    assert wide <= room
    assert visit.requests == [whole.as_uri()]
    for story in report.stories[: len(payloads.PAYLOADS) // 6 + 1]:
        alone = tmp_path / "alone.html"
        alone.write_text(render(report, "html", story=story), encoding="utf-8")
        visit.go(alone.as_uri())
        is_harmless(visit, own=True)
        wide, room = visit.page.evaluate(WIDE)
        assert wide <= room, story.title


def test_s05_s06_pages_inside_datasette(visit: Visit, attacked: str) -> None:
    groups = -(-len(payloads.PAYLOADS) // 6)
    paths = [f"/-/stories?page={number}" for number in (1, 2, 3)]
    paths += [f"/-/stories/{payloads.GROUPS + number}" for number in range(groups)]
    paths += [f"/-/stories/{payloads.TITLES + number}" for number in range(0, 90, 9)]
    paths += [f"/-/outlet/{number}" for number in range(1, 95, 5)]
    paths += [f"/-/agency/x{payloads.GROUPS + number}" for number in range(0, groups, 5)]
    visit.page.set_viewport_size(PHONE)
    for path in paths:
        visit.go(attacked + path)
        assert visit.answer.status == 200, path
        is_harmless(visit, own=True)
        wide, room = visit.page.evaluate(WIDE)
        assert wide <= room, path


def test_s05_ordinary_tables_and_rows(visit: Visit, attacked: str) -> None:
    paths = [f"/news/{name}?_size=100" for name in TABLES]
    paths += [f"/news/{name}?days=1&outlet=" for name in QUERIES]
    paths += ["/", "/news", "/news/articles?_facet=title&_facet=outlet&_facet=authors",
              "/news/feeds?_facet=error&_facet=name"]  # fmt: skip
    paths += [f"/news/feeds/{number}" for number in range(1, 94, 17)]
    paths += [f"/news/articles/{number}" for number in (1000, 1012, 1024, 1085)]
    for path in paths:
        visit.go(attacked + path)
        assert visit.answer.status == 200, path
        is_harmless(visit, own=False)


def test_s05_what_an_address_says(visit: Visit, attacked: str) -> None:
    """Attacks that a link from elsewhere carries: searches, filters, and pages of errors."""
    for number, payload in enumerate(payloads.PAYLOADS.values()):
        said = quote(payload[:300], safe="")
        ours = [
            f"/-/stories?q={said}&language={said}", f"/-/stories?since={said}",
            f"/-/stories?outlet={said}&agency={said}&min_outlets={said}", f"/-/stories?db={said}",
        ]  # fmt: skip
        theirs = [
            f"/news/{said}", f"/{said}", f"/-/outlet/{said}", f"/news/articles?_sort={said}",
            f"/news/articles?_search={said}&_where={said}", f"/news/who_repeats?outlet={said}",
            f"/news/articles?title={said}&{said}__exact=1",
        ]  # fmt: skip
        # One of them each; tests/edge asks with every attack at each address of ours.
        path = [*ours, *theirs][number % (len(ours) + len(theirs))]
        visit.go(attacked + path)
        is_harmless(visit, own=path in ours, status=visit.answer.status)
        assert path not in ours or visit.answer.status < 500, path


@pytest.mark.parametrize("path", ["/-/stories.json", "/-/stories/100.json", "/-/outlet/7.json",
                                  "/-/agency/x100.json", "/news/feeds.json"])  # fmt: skip
def test_s07_json_is_shown_as_text(visit: Visit, attacked: str, path: str) -> None:
    visit.go(attacked + path)
    assert visit.answer.headers["content-type"].startswith("application/json")
    assert visit.page.evaluate("document.querySelectorAll('script, img, svg, iframe').length") == 0
    assert visit.page.evaluate("window.__caught") == []
