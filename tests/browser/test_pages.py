"""A real browser looks at the pages: phones, dark mode, contrast, keyboard, no request."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

import pytest

from aggregator.datasette_plugin.metadata import metadata
from aggregator.datasette_plugin.serving import browse_arguments
from aggregator.edge.outputs import render
from aggregator.model import Report, Story
from tests import stories

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is in the extra [dev]")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on PATH: install the package chromium"
)

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
PAGES: dict[str, tuple[Callable[[], Report], Callable[[], Story] | None]] = {
    "list": (stories.day, None),
    "story": (stories.day, stories.ferry),
    "arabic": (stories.day, stories.arabic),
    "japanese": (stories.day, stories.japanese),
    "hostile": (lambda: stories.report(stories.hostile()), None),
    "empty": (stories.empty, None),
}
# Every piece of visible text with less contrast than WCAG AA asks: 4.5, or 3 for large text.
FAINT = """() => {
  const parse = colour => {
    const parts = colour.match(/[\\d.]+/g).map(Number)
    return parts.length > 3 ? parts : [...parts, 1]
  }
  const linear = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4
  const luminance = colour => colour.slice(0, 3).map(v => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0)
  const ground = e => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor)
      if (colour[3] > 0) return colour
    }
    return [255, 255, 255, 1]
  }
  const faint = []
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    const words = walk.currentNode.data.trim(), e = walk.currentNode.parentElement
    if (!words || !e.checkVisibility() || e.tagName === 'STYLE') continue
    const style = getComputedStyle(e), size = parseFloat(style.fontSize)
    const ink = luminance(parse(e.namespaceURI.endsWith('svg') ? style.fill : style.color))
    const paper = luminance(ground(e))
    const ratio = (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05)
    const large = size >= 24 || size >= 18.66 && parseInt(style.fontWeight) >= 700
    if (ratio < (large ? 3 : 4.5)) faint.push([words.slice(0, 40), ratio])
  }
  return faint
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, (report, story) in PAGES.items():
        path = folder / f"{name}.html"
        path.write_text(render(report(), "html", story=story() if story else None))
        found[name] = path.as_uri()
    return found


class Visit:
    """One page in one kind of window, with everything that it complained about or asked for."""

    def __init__(self, browser: Any, url: str, **window: Any) -> None:
        self.context = browser.new_context(**{"viewport": DESK, **window})
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(url)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_pages_fit_phone_and_desk_and_can_be_read(
    browser: Any, files: dict[str, str], name: str
) -> None:
    with Visit(browser, files[name]) as visit:
        visit.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        for window in (PHONE, DESK):
            visit.page.set_viewport_size(window)
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= window["width"]
            for scheme in ("light", "dark"):
                visit.page.emulate_media(color_scheme=scheme)
                assert visit.page.evaluate(FAINT) == []
        assert visit.complaints == []
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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo database in a real Datasette, started the way `aggregator browse` does."""
    pytest.importorskip("datasette", reason="Datasette is in the extra [browse]")
    folder = tmp_path_factory.mktemp("site")
    database = stories.database(folder / "news.db", *stories.day().stories)
    told = folder / "metadata.json"
    told.write_text(json.dumps(metadata("news")))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = browse_arguments(
        database, "127.0.0.1", port, version("datasette"), metadata_path=told
    )
    code = (
        "import sys; from datasette.plugins import pm; import aggregator.datasette_plugin as p\n"
        "pm.is_registered(p) or pm.register(p, 'aggregator')\n"
        "from datasette.cli import cli; cli(sys.argv[1:])"
    )
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(address)
            yield address
        finally:
            server.terminate()
            server.wait(10)


def _wait(address: str) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address + "/-/versions.json", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("Datasette did not start in 20 s")


@pytest.mark.parametrize(
    "path",
    [
        "/-/stories", "/-/stories/1", "/-/stories?q=hospital", "/-/outlet/1", "/-/outlet/2",
        "/-/agency/cpa", "/-/stories?min_outlets=2&agency=cpa&since=2020-01-01",
        "/-/stories?outlet=nowhere.example",
    ],
)  # fmt: skip
def test_pages_inside_datasette(browser: Any, site: str, path: str) -> None:
    with Visit(browser, site + path) as visit:
        visit.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        for window in (PHONE, DESK):
            visit.page.set_viewport_size(window)
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= window["width"]
            for scheme in ("light", "dark"):
                visit.page.emulate_media(color_scheme=scheme)
                assert visit.page.evaluate(FAINT) == []
        assert visit.complaints == []
        assert [url for url in visit.requests if "favicon" not in url] == [site + path]


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
