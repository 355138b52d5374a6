"""A real browser looks at our pages inside Datasette, of whichever line is installed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.visiting import Visit, is_fit


@pytest.mark.parametrize(
    "path",
    [
        "/-/stories", "/-/stories/1", "/-/stories/21", "/-/stories?q=hospital", "/-/outlet/1",
        "/-/outlet/2", "/-/agency/cpa", "/-/outlets", "/-/agencies", "/-/compare",
        "/-/compare?a=1&b=4", "/-/stories?min_outlets=2&agency=cpa&since=2020-01-01",
        "/-/stories?outlet=nowhere.example",
    ],
)  # fmt: skip
def test_pages_inside_datasette(browser: Any, site: str, axe: str, path: str) -> None:
    with Visit(browser, site + path) as visit:
        assert visit.answer.status == 200
        is_fit(visit, axe)
        assert visit.own_requests() == [site + path]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/-/stories/999", 404), ("/-/agency/nobody", 404), ("/-/stories?since=soon", 400)],
)
def test_refusals_inside_datasette(
    browser: Any, site: str, axe: str, path: str, status: int
) -> None:
    with Visit(browser, site + path) as visit:
        assert visit.answer.status == status
        # The browser itself remarks on the status; the page must not.
        visit.complaints[:] = [each for each in visit.complaints if f"{status}" not in each]
        is_fit(visit, axe)


def test_search_form_and_table_cells_inside_datasette(browser: Any, site: str) -> None:
    with Visit(browser, site + "/-/stories") as visit:
        visit.page.get_by_label("Search every outlet’s text").fill("seafarers")
        visit.page.get_by_role("button", name="Search").click()
        assert visit.page.locator(".stories > li").count() == 1
        visit.page.goto(site + "/news/articles?_facet=relation")
        chip = visit.page.locator(".agg-chip svg").first
        assert chip.is_visible()
        filled = chip.evaluate("e => getComputedStyle(e.firstElementChild).fill")
        assert filled != "rgb(0, 0, 0)"
        assert visit.complaints == []


def test_filters_without_javascript(browser: Any, site: str) -> None:
    with Visit(browser, site + "/-/stories", java_script_enabled=False) as visit:
        visit.page.get_by_text("Filter the stories").click()
        visit.page.get_by_label("Agency").select_option("cpa")
        visit.page.get_by_label("Outlets, at least", exact=True).fill("5")
        visit.page.get_by_role("button", name="Show these").click()
        assert visit.page.locator(".stories > li").count() == 1
        assert visit.page.locator(".dropped li").first.inner_text().startswith("5 outlets or more")
        visit.page.get_by_role("link", name="remove 5 outlets or more").click()
        assert visit.page.locator(".stories > li").count() == 2
        assert visit.complaints == []


def test_names_lead_to_outlets_and_agencies(browser: Any, site: str) -> None:
    with Visit(browser, site + "/-/stories/1") as visit:
        visit.page.locator(".copies").get_by_role("link", name="Metro 24").first.click()
        assert visit.page.locator("h1").inner_text() == "Metro 24"
        visit.page.locator(".tally").get_by_role("link", name="CPA").first.click()
        assert visit.page.locator("h1").inner_text() == "CPA"
        visit.page.get_by_role("link", name="30 days").click()
        assert visit.page.locator(".spans b").inner_text() == "30 days"
        assert visit.complaints == []
