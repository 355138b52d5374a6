"""The output for a terminal: the story list, or one story in full, in exactly the cells given."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING

from aggregator.core import figure
from aggregator.core.answers import answers
from aggregator.core.comparison import compare_with_lead, differs, most_edited
from aggregator.core.diff import RowKind
from aggregator.core.footnotes import footnotes
from aggregator.core.palette import relation_word
from aggregator.core.storypage import after, decided
from aggregator.core.whose import credit_words, uncredited
from aggregator.core.wording import count, one_line, percent
from aggregator.edge.outputs.cells import Page, cell, diff_line, own, say
from aggregator.edge.outputs.history import tell_versions
from aggregator.edge.outputs.registry import Look, output
from aggregator.edge.outputs.terminal_list import ink_of, tell_legend, tell_list, tell_next
from aggregator.model import Copy, Report, Story

if TYPE_CHECKING:
    from rich.text import Text

_ROWS_MOST = 60  # copies of one story; the other outputs hold all
# Cells of the columns of one story. Names of outlets and agencies are worth more than a long
# figure, which gives way to them; `Associated Press, in part` has 25.
_OUTLET_LEAST, _OUTLET_MOST = 17, 24
_CREDIT_LEAST, _CREDIT_MOST = 13, 28
_TRACK_LEAST, _TRACK_WIDE = 20, 24
_OTHER_COLUMNS = 37  # and all gaps
_HEADLINE_LEAST = 12  # and its gap
_WIDE = 110  # from here on there is a headline
_DIFF_ROWS_MOST = 24
_NOTES_MOST = 12


def wants_color(stream: IO[str], environment: Mapping[str, str] = os.environ) -> bool:
    """Whether to colour what goes to this stream: a terminal that can, and no NO_COLOR."""
    able = environment.get("TERM", "") != "dumb" and not environment.get("NO_COLOR")
    return able and stream.isatty()


@output("terminal", media_type="text/plain; charset=utf-8", suffix="txt")
def render_terminal(report: Report, look: Look) -> str:
    """Lines of at most `look.width` cells; no escape sequence but our own, and those in colour."""
    page = Page(look)
    if look.story is None:
        tell_list(page, report)
    else:
        _story(page, look.story, report)
    return page.out.getvalue()


def _story(page: Page, story: Story, report: Report) -> None:
    page.prose(say(story.title or "Untitled", "bold"))
    page.line(own(""))
    for each in answers(story):
        sure = f"{each.confidence} confidence" if each.confidence else ""
        why = "; ".join(each.evidence)
        note = ": ".join(part for part in (sure, why) if part)
        page.line(cell(each.question, 23, "dim"), say(each.answer, "bold"))
        page.prose(say(each.detail), indent=23)
        if note:
            page.prose(say(note, "dim"), indent=23)
    page.line(own(""))
    _copies(page, story)
    page.line(own(""))
    tell_legend(page, {copy.relation for copy in story.copies})
    edited = most_edited(story)
    if edited is not None:
        page.line(own(""))
        _changes(page, story, edited)
    tell_versions(page, story)
    for told in decided(story)[:_ROWS_MOST]:
        page.line(own(""))
        page.prose(say(told))
    page.line(own(""))
    pair = next((copy for copy in story.copies if not copy.is_lead), None)
    steps = [("browse", "the same page in a web browser")]
    if pair is not None:
        two = f"{story.lead.article} {pair.article}"
        steps = [
            (f"explain {two}", "why these two are one story"),
            *steps,
            (f"not-a-copy {two}", "if they are not: decide it yourself"),
        ]
    tell_next(page, *steps)


def _copies(page: Page, story: Story) -> None:
    wide = page.width >= _WIDE
    longest = figure.spread(story)
    shown = story.copies[:_ROWS_MOST]
    outlet, track, name = _widths(page.width, story, shown)
    did = 15
    page.line(
        cell("outlet", outlet, "dim"), own(" "), cell("after", 8, "dim", right=True),
        own("  "), own(figure.axis_text(longest, track), "dim"), own("  "),
        cell("copied", 6, "dim", right=True), own("  "), cell("what they did", did, "dim"),
        *((own(" "), cell("credit", name, "dim"), own(" "), say("headline", "dim")) if wide
          else (own(" "), say("credit", "dim"))),
    )  # fmt: skip
    for copy in shown:
        stem, glyph = figure.track_text(copy, story.first, longest, track)
        ink = ink_of(copy.relation)
        credit = credit_words(copy, story)
        tone = "yellow" if uncredited(copy, story) else ""
        page.line(
            cell(copy.outlet or "unnamed", outlet, "bold" if copy.is_lead else ""), own(" "),
            cell(after(copy, story), 8, right=True), own("  "),
            own(stem, "dim"), own(glyph, ink), own(" " * (track - len(stem) - 1)), own("  "),
            cell(percent(copy.copied), 6, right=True), own("  "),
            cell(relation_word(copy), did, ink),
            *((own(" "), cell(credit, name, tone), own(" "), *_headline(copy, story)) if wide
              else (own(" "), say(credit, tone))),
        )  # fmt: skip
    rest = len(story.copies) - _ROWS_MOST
    if rest > 0:
        page.line(say(f"and {count(rest, 'later copy', 'later copies')}", "dim"))
    if len(story.copies) > 1:
        page.line(own(""))
        whose = one_line(story.lead.outlet) or "the lead"
        page.prose(say(f"copied: of its words, those that stand in the copy of {whose}", "dim"))
    notes = footnotes(story)
    if notes:
        page.line(own(""))
    for note in notes[:_NOTES_MOST]:
        page.prose(say(note, "dim"))
    if len(notes) > _NOTES_MOST:
        more = count(len(notes) - _NOTES_MOST, "more remark")
        page.line(say(f"and {more} in the HTML report", "dim"))


def _widths(width: int, story: Story, shown: Sequence[Copy]) -> tuple[int, int, int]:
    """Cells of the outlet, of the figure, and of the credit."""
    room = width - _OTHER_COLUMNS
    longest = max((len(copy.outlet) for copy in shown), default=0)
    outlet = max(_OUTLET_LEAST, min(longest, _OUTLET_MOST if width >= 100 else _OUTLET_LEAST))
    longest = max((len(credit_words(copy, story)) for copy in shown), default=0)
    if width >= _WIDE:
        most = room - outlet - _TRACK_WIDE - _HEADLINE_LEAST
        return outlet, _TRACK_WIDE, max(_CREDIT_LEAST, min(longest, most))
    name = max(_CREDIT_LEAST, min(longest, _CREDIT_MOST))
    least = min(_TRACK_LEAST, room - _OUTLET_LEAST - _CREDIT_LEAST)
    return outlet, max(least, room - outlet - name), name


def _headline(copy: Copy, story: Story) -> list[Text]:
    same = one_line(copy.title) == one_line(story.title)
    return [say("same" if same else copy.title, "dim" if same else "")]


def _changes(page: Page, story: Story, copy: Copy) -> None:
    found = compare_with_lead(story, copy)
    title = own(f"What {one_line(copy.outlet)} changed: ", "bold")
    page.prose(title.append_text(say(found.words)))
    if not differs(found.rows):
        return
    shown = 0
    for row in found.rows:
        if row.kind is RowKind.SAME:
            continue
        if shown == _DIFF_ROWS_MOST:
            page.line(say("  … more in the HTML report", "dim"))
            break
        shown += 1
        page.prose(diff_line(page, row), indent=2)
