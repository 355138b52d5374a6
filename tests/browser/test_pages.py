"""A real browser looks at the report as a file: phone, dark mode, axe, keyboard, no request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aggregator.edge.outputs import render
from aggregator.model import Report, Story
from tests import stories
from tests.browser.visiting import Visit, is_fit

PAGES: dict[str, tuple[Callable[[], Report], Callable[[], Story] | None]] = {
    "list": (stories.day, None),
    "story": (stories.day, stories.ferry),
    "arabic": (stories.day, stories.arabic),
    "japanese": (stories.day, stories.japanese),
    "hostile": (lambda: stories.report(stories.hostile()), None),
    "empty": (stories.empty, None),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, (report, story) in PAGES.items():
        path = folder / f"{name}.html"
        path.write_text(render(report(), "html", story=story() if story else None))
        found[name] = path.as_uri()
    return found


@pytest.mark.parametrize("name", PAGES)
def test_pages_fit_phone_and_desk_and_can_be_read(
    browser: Any, files: dict[str, str], axe: str, name: str
) -> None:
    with Visit(browser, files[name]) as visit:
        is_fit(visit, axe)
        assert visit.requests == [files[name]]


def test_dark_mode_is_dark(browser: Any, files: dict[str, str]) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        with Visit(browser, files["list"], color_scheme=scheme) as visit:
            grounds.append(visit.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(252, 251, 248)", "rgb(21, 23, 27)"]


def test_works_without_javascript(browser: Any, files: dict[str, str]) -> None:
    with Visit(browser, files["story"], java_script_enabled=False) as visit:
        summary = visit.page.get_by_text("Daily Ledger").and_(visit.page.locator("summary bdi"))
        summary.click()
        assert visit.page.locator("ins", has_text="hospitalized").is_visible()


def test_compare_leads_to_the_open_comparison(browser: Any, files: dict[str, str]) -> None:
    with Visit(browser, files["story"]) as visit:
        target = visit.page.locator("#story-1-copy-4")
        assert not target.is_visible()
        visit.page.locator("a.compare[href='#story-1-copy-4']").click()
        assert target.is_visible()


def test_keyboard_reaches_the_content_first(browser: Any, files: dict[str, str]) -> None:
    with Visit(browser, files["list"]) as visit:
        skip = visit.page.locator(".skip")
        assert skip.bounding_box()["x"] < 0
        visit.page.keyboard.press("Tab")
        assert skip.bounding_box()["x"] >= 0
        assert skip.evaluate("e => e === document.activeElement")


def test_columns_and_shapes_are_where_they_belong(browser: Any, files: dict[str, str]) -> None:
    with Visit(browser, files["story"]) as visit:
        places = visit.page.locator(".spread li .track > svg").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect().left)"
        )
        assert len(places) == 8
        assert places == sorted(places)
        assert places[-1] - places[0] > 400
        title = visit.page.locator("h1").evaluate("e => getComputedStyle(e).fontWeight")
        assert title == "700"


def test_right_to_left_text_starts_on_the_right(browser: Any, files: dict[str, str]) -> None:
    with Visit(browser, files["arabic"]) as visit:
        cell = visit.page.locator(".diff [lang=ar]").first
        assert cell.evaluate("e => getComputedStyle(e).direction") == "rtl"


def test_print_leaves_out_what_cannot_be_used_on_paper(browser: Any, files: dict[str, str]) -> None:
    with Visit(browser, files["story"]) as visit:
        visit.page.emulate_media(media="print")
        assert not visit.page.locator("a.compare").first.is_visible()
        assert visit.page.locator(".spread").is_visible()
        assert len(visit.page.pdf()) > 10_000
