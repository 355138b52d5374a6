"""Every registered output survives the empty, the ordinary, the hostile and the huge report."""

from __future__ import annotations

import csv
import io
import json
import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import lxml.html
import pytest
from rich.cells import cell_len

from aggregator.edge.outputs import OUTPUTS, names, render
from aggregator.edge.outputs.data import COLUMNS
from aggregator.edge.outputs.pages import style_sheet
from aggregator.edge.outputs.terminal import wants_color
from aggregator.errors import UsageError
from aggregator.model import Report
from tests import stories

REPORTS: dict[str, Callable[[], Report]] = {
    "empty": stories.empty,
    "one story": lambda: stories.report(stories.only_here()),
    "day": stories.day,
    "hostile": lambda: stories.report(stories.hostile(), *stories.day().stories),
    "10,000 copies": lambda: stories.report(stories.huge()),
}


@pytest.fixture(scope="module", params=REPORTS)
def report(request: pytest.FixtureRequest) -> Report:
    return REPORTS[request.param]()


@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_every_output_renders_every_report(name: str, report: Report) -> None:
    began = time.process_time()
    text = render(report, name)
    assert time.process_time() - began < 5
    assert text.endswith("\n")
    text.encode()
    assert text == render(report, name)
    allowed = "\n\r" if name == "csv" else "\n"
    assert not [letter for letter in text if unicodedata.category(letter) == "Cc"
                and letter not in allowed]  # fmt: skip
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_every_output_renders_one_story_alone(name: str, report: Report) -> None:
    for story in report.stories[:2]:
        text = render(report, name, story=story)
        assert text == render(report, name, story=story)
        assert len(text) < len(story.copies) * 3_000 + 100_000


def test_the_registry_is_named_and_closed() -> None:
    assert names() == ("atom", "csv", "digest", "html", "json", "terminal")
    with pytest.raises(UsageError, match="atom, csv, digest, html, json, terminal"):
        render(stories.empty(), "pdf")


# --- terminal ---------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80, 100, 132])
def test_terminal_lines_fit(report: Report, width: int) -> None:
    for story in (None, *report.stories[:2]):
        for line in render(report, "terminal", story=story, width=width).splitlines():
            assert cell_len(line) <= width, line


def test_terminal_columns_line_up_on_80_cells() -> None:
    lines = render(stories.day(), "terminal", width=80).splitlines()
    rows = [line for line in lines if re.match(r" *\d+ +\d+ ", line)]
    assert len(rows) == 6
    at = {cell_len(line[: line.index("Nov")]) for line in rows}
    assert len(at) == 1


def test_terminal_axis_stands_over_its_marks() -> None:
    lines = render(stories.day(), "terminal", story=stories.ferry(), width=120).splitlines()
    head = next(line for line in lines if line.startswith("outlet"))
    assert re.search(r"first +1 h +3 h +6 h  ", head)
    row = next(line for line in lines if line.startswith("The Inland Post"))
    assert abs(head.index("3 h") + 2 - row.index("+")) <= 1


def test_terminal_keeps_right_to_left_names_in_their_column() -> None:
    lines = render(stories.day(), "terminal").splitlines()
    row = next(line for line in lines if "صحيفة" in line)
    assert re.search("\u200eصحيفة الساحل\u200e +20 Nov", row)


def test_terminal_has_no_escape_but_its_own() -> None:
    report = stories.report(stories.hostile())
    plain = render(report, "terminal", story=report.stories[0])
    assert "\x1b" not in plain
    coloured = render(report, "terminal", story=report.stories[0], color=True)
    escapes = set(re.findall("\x1b.{0,40}?[A-Za-z]", coloured))
    assert escapes
    assert all(re.fullmatch("\x1b\\[[0-9;]*m", each) for each in escapes)
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured).count("\x1b") == 0


def test_terminal_story_shows_the_diff_and_what_next() -> None:
    ferry = stories.ferry()
    text = render(stories.report(ferry), "terminal", story=ferry, width=80)
    assert "What Northgate Herald changed: new headline" in text
    assert "Baltcross Lines, [-said-] {+which runs+} the ferry" in text
    assert "Next: aggregator explain 1 2" in text
    assert "no credit" in text
    coloured = render(stories.report(ferry), "terminal", story=ferry, width=80, color=True)
    assert "[-" not in coloured


def test_color_is_for_terminals_that_want_it() -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert wants_color(Screen(), {"TERM": "xterm"})
    assert not wants_color(Screen(), {"TERM": "xterm", "NO_COLOR": "1"})
    assert not wants_color(Screen(), {"TERM": "dumb"})
    assert not wants_color(io.StringIO(), {"TERM": "xterm"})


# --- html -------------------------------------------------------------------------------------


def _page(text: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(text)


def test_html_holds_nothing_that_runs_or_loads(report: Report) -> None:
    page = _page(render(report, "html"))
    loads = "script|iframe|object|embed|img|video|audio|form|input|base|link|source|applet"
    assert not [each for each in page.iter() if each.tag in loads.split("|")]
    for element in page.iter():
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert name not in ("style", "srcdoc", "formaction", "src")
            if name == "href":
                assert value.startswith(("#", "https://", "http://")), value
            if name == "lang":
                assert re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", value)
    for link in page.xpath("//a[starts-with(@href, 'http')]"):
        assert {"noopener", "noreferrer"} <= set(link.get("rel", "").split())
    assert len(page.xpath("//meta[@http-equiv]")) == 1
    assert "url(" not in style_sheet()
    assert "@import" not in style_sheet()


def test_html_policy_allows_only_its_own_style() -> None:
    import base64
    import hashlib

    page = _page(render(stories.day(), "html"))
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    style = page.xpath("//style")[0].text
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_html_is_put_together_soundly(report: Report) -> None:
    for story in (None, *report.stories[:1]):
        page = _page(render(report, "html", story=story))
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids))
        for link in page.xpath("//a[starts-with(@href, '#')]/@href"):
            assert link[1:] in ids
        levels = [int(each.tag[1]) for each in page.iter() if re.fullmatch("h[1-6]", str(each.tag))]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in pairwise(levels))
        assert page.get("lang") == "en"
        assert page.xpath("//a[@class='skip']/@href") == ["#main"]
        for table in page.xpath("//table"):
            assert table.xpath(".//th[@scope='col']")
        for drawing in page.xpath("//*[local-name()='svg'][not(ancestor::*[local-name()='svg'])]"):
            assert drawing.get("aria-hidden") == "true" or drawing.get("aria-label")


def test_html_sets_foreign_scripts_properly() -> None:
    text = render(stories.day(), "html", story=stories.arabic())
    page = _page(text)
    title = page.xpath("//h1")[0]
    assert (title.get("lang"), title.get("dir")) == ("ar", "rtl")
    japanese = _page(render(stories.day(), "html", story=stories.japanese()))
    assert japanese.xpath("//h1")[0].get("lang") == "ja"
    assert japanese.xpath("//*[@class='diff']//*[@lang='ja']//ins")


def test_html_shows_diff_versions_and_reasons() -> None:
    ferry = stories.ferry()
    page = _page(render(stories.report(ferry), "html", story=ferry))
    heads = [each.text for each in page.xpath("//h2")]
    assert heads == [
        "How it spread", "What each outlet did", "What they changed", "Versions seen",
        "How this was decided",
    ]  # fmt: skip
    assert len(page.xpath("//details[@class='compared']")) == 7
    assert len(page.xpath("//details[@class='compared'][@open]")) == 1
    assert page.xpath("//del[text()='six metres']")
    assert page.xpath("//ins[text()='20 feet']")
    words = page.text_content()
    assert "among the 8 outlets watched" in words


def test_html_escapes_the_hostile_story() -> None:
    text = render(stories.report(stories.hostile()), "html")
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "{{7*7}}" in text


# --- data -------------------------------------------------------------------------------------


def test_json_is_the_contract(report: Report) -> None:
    found = json.loads(render(report, "json"))
    assert found["version"] == 1
    assert len(found["stories"]) == len(report.stories)
    for story in report.stories[:1]:
        alone = json.loads(render(report, "json", story=story))
        assert set(alone) == {"version", "made_at", "story"}
        assert alone["story"] == found["stories"][0]


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "|", "%", "＝", "\t=", "\r\n@", " =", "\u2028+"]
)
def test_csv_has_no_formula_wherever_cells_are_parted(sign: str) -> None:
    bad = f"{sign}cmd()"
    only = replace(
        stories.only_here().lead, title=f"a; {bad}", outlet=bad, url=f"https://a.example/?x;{sign}1"
    )
    story = replace(stories.only_here(), title=f"a,b;{bad}", lead=only, copies=(only,))
    text = render(stories.report(story), "csv")
    text.encode("utf-8")
    head, line = text.splitlines()
    assert not head.startswith("\ufeff")
    for cell in re.split('[;,\t"]', line):
        assert not re.match(r"\s*[=+\-@|%＝＋－＠]", cell), line


def test_csv_has_one_line_a_copy_and_no_formula(report: Report) -> None:
    text = render(report, "csv")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(rows[0] if rows else csv.DictReader(io.StringIO(text)).fieldnames or ()) == COLUMNS
    assert len(rows) == sum(len(story.copies) for story in report.stories)
    for row in rows:
        for name, value in row.items():
            assert not value.startswith(("=", "+", "-", "@", "\t", "\r")), (name, value)
            assert "\n" not in value
            assert "\r" not in value


# --- one source of words ------------------------------------------------------------------------


def test_all_outputs_say_the_same_answers() -> None:
    ferry = stories.ferry()
    report = stories.report(ferry)
    for name in ("terminal", "html", "json", "atom", "digest"):
        text = " ".join(render(report, name, story=ferry, width=400).split())
        for words in ("Continental Press Agency", "credited by 5 outlets", "8 outlets in 6 h 50"):
            assert words in text, (name, words)


def test_rendering_reads_no_clock_and_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {name: render(stories.day(), name) for name in names()}
    for variable, value in (
        ("NO_COLOR", "1"),
        ("COLUMNS", "33"),
        ("TERM", "dumb"),
        ("TZ", "Asia/Tokyo"),
    ):
        monkeypatch.setenv(variable, value)
    assert texts == {name: render(stories.day(), name) for name in names()}
    late = replace(stories.day(), made_at=stories.NOW + timedelta(days=1))
    assert render(late, "html") != texts["html"]


def test_templates_and_style_are_files_of_the_package() -> None:
    import aggregator

    home = Path(aggregator.__file__).parent / "datasette_plugin"
    assert (home / "static" / "stories.css").is_file()
    assert (home / "templates" / "aggregator" / "page.html").is_file()
