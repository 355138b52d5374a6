"""Cases S05, S06, S07 and S11 of the reliability exam: attacks through every registered output."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata

import feedparser
import lxml.etree
import lxml.html
import pytest
from rich.cells import cell_len

from aggregator.edge.outputs import OUTPUTS, render
from aggregator.edge.outputs.digest import digest_html
from tests import payloads

REPORT = payloads.report()
NAMES = sorted(OUTPUTS)
# Quotes of strangers are escaped, so that what matches is an attribute and no words.
_LINK = re.compile(r'\s(?:href|src|action|formaction|poster|data|srcdoc|xlink:href)="([^"]*)"')
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")


def texts(name: str) -> list[str]:
    """The whole report, and each story alone, in one form."""
    return [render(REPORT, name), *(render(REPORT, name, story=each) for each in REPORT.stories)]


def pages() -> list[str]:
    """Everything that is HTML, or holds it."""
    found = texts("html")
    found += [digest_html("Digest", [each], 1, REPORT.made_at) for each in REPORT.stories]
    feed = lxml.etree.fromstring(render(REPORT, "atom").encode())
    return found + [each.text or "" for each in feed.iter("{http://www.w3.org/2005/Atom}content")]


def test_there_are_attacks_enough() -> None:
    assert len(payloads.PAYLOADS) >= 60
    assert len(set(payloads.PAYLOADS.values())) == len(payloads.PAYLOADS)


def test_every_attack_stands_in_every_output() -> None:
    """Or the tests below would pass on an output that leaves strangers' words out."""
    for name in NAMES:
        whole = " ".join("".join(texts(name)).split())
        assert whole.count("pwned") > 30, name
        for word in ("DROP TABLE articles", "w" * 40, "invoice", "etc/passwd"):
            assert word in whole, (name, word)


def test_s07_no_word_of_json_can_end_a_script() -> None:
    for text in texts("json"):
        assert "<" not in text
        json.loads(text)


def test_s05_pages_hold_only_elements_of_ours() -> None:
    for text in pages():
        for element in lxml.html.document_fromstring(f"<div>{text}</div>").iter():
            assert isinstance(element.tag, str), "a comment is a stranger's"
            assert element.tag not in ("script", "iframe", "object", "embed", "img", "form", "base")
            for attribute, value in element.attrib.items():
                assert not attribute.startswith("on")
                assert attribute not in ("srcdoc", "formaction", "src")
                if attribute == "href":
                    assert re.match("https?://|#", value), value


@pytest.mark.parametrize("name", ["html", "atom"])
def test_s06_no_link_but_to_the_web(name: str) -> None:
    found = {link for text in texts(name) for link in _LINK.findall(text)}
    assert len(found) > 20
    assert not [link for link in found if not re.match("https?://|#", link)]


@pytest.mark.parametrize("name", ["terminal", "digest", "csv", "json"])
def test_s06_no_link_hidden_in_text(name: str) -> None:
    for text in texts(name):
        assert "\x1b" not in text and "\x9d" not in text


def test_s06_links_of_the_feed() -> None:
    parsed = feedparser.parse(render(REPORT, "atom").encode())
    assert not parsed.bozo
    links = [link.href for entry in parsed.entries for link in entry.get("links", ())]
    assert links and all(re.match("https?://", each) for each in links)
    assert all(re.fullmatch(r"[\w:.,/+-]+", entry.id) for entry in parsed.entries)


@pytest.mark.parametrize("name", NAMES)
def test_s11_no_control_character_in_any_output(name: str) -> None:
    for text in texts(name):
        assert not _REORDERING.search(text)
        controls = {each for each in text if unicodedata.category(each) in ("Cc", "Cs")}
        allowed = {"csv": "\r\n", "html": "\t\n", "atom": "\t\n"}.get(name, "\n")
        assert controls <= set(allowed)


def test_s11_a_title_is_one_line_of_the_terminal() -> None:
    for width in (60, 80, 132):
        for text in (render(REPORT, "terminal", width=width),
                     *(render(REPORT, "terminal", story=each, width=width, color=True)
                       for each in REPORT.stories[:20])):  # fmt: skip
            plain = re.sub("\x1b\\[[0-9;]*m", "", text)
            assert "\x1b" not in plain
            assert all(cell_len(line) <= width for line in plain.splitlines())
    lines = render(REPORT, "terminal").splitlines()
    assert sum(bool(re.match(r" *\d+ +\d+ ", line)) for line in lines) == len(REPORT.stories)


def test_s11_a_copy_is_one_line_of_the_table() -> None:
    rows = list(csv.reader(io.StringIO(render(REPORT, "csv"), newline="")))
    copies = sum(len(story.copies) for story in REPORT.stories)
    assert len(rows) == copies + 1
    assert {len(row) for row in rows} == {len(rows[0])}
    for row in rows[1:]:
        for cell in row:
            assert "\n" not in cell and "\r" not in cell
            assert not cell.startswith(("=", "+", "-", "@", "\t", "|", "%"))


def test_a_template_in_a_title_is_not_a_template() -> None:
    for name in NAMES:
        whole = "".join(texts(name))
        assert "1337" not in whole.replace("13373", "")  # 7 * 191, as an engine would work it out
        assert "__subclasses__" in whole or name == "terminal"
