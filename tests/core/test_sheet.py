"""What is kept of a page is what looking anew would give."""

from __future__ import annotations

import re

from aggregator.core.blocks import lines_of, own_lines, parse_html
from aggregator.core.sheet import Sheet

PAGE = """<html><body><div class="top photo-box">above<img src=a.png></div>
<article><h1 class=headline>Harbour wall breaks</h1><p itemprop=author>By A. Writer</p>
<a href=/x><div>A card of <b>two</b> lines<br>here</div></a>
<p>The harbour wall\n broke on <i class="photo">Friday</i> <span>night</span>.</p></article>
</body></html>"""


def sheet() -> Sheet:
    tree = parse_html(PAGE)
    assert tree is not None
    return Sheet(tree)


def test_lines_are_those_of_the_blocks_whether_asked_before_or_not():
    kept = sheet()
    for element in kept.elements:
        assert kept.lines_of(element) == own_lines(element)
    assert kept.lines == lines_of(kept.tree)
    assert [line.text for line in kept.lines][-1] == "The harbour wall broke on Friday night."


def test_elements_are_found_by_class_and_tag_in_document_order():
    kept = sheet()
    found = [each.tag for each in kept.classed(re.compile("photo"))]
    assert found == ["div", "i"]
    assert [each.tag for each, _ in kept.properties] == ["p"]
    assert len(kept.tagged["p"]) == 2


def test_what_holds_a_picture_is_known_up_to_the_root():
    tags = {each.tag for each in sheet().illustrated}
    assert tags == {"img", "div", "body", "html"}


def test_a_text_is_given_only_when_it_is_short_enough_on_one_line():
    kept = sheet()
    heading = kept.tagged["h1"][0]
    assert kept.text_within(heading, 19) == "Harbour wall breaks"
    assert kept.text_within(heading, 18) is None
    spaced = parse_html(f"<html><body><p>a{' ' * 500}b</p></body></html>")
    assert spaced is not None
    assert Sheet(spaced).text_within(spaced, 3) == "a b"
