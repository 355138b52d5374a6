"""The output for a terminal: the story list, or one story in full, in exactly the cells given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING

from aggregator.core import figure
from aggregator.core.answers import answers, failing, summary
from aggregator.core.comparison import compare_with_lead, differs, most_edited
from aggregator.core.diff import RowKind
from aggregator.core.footnotes import footnotes
from aggregator.core.palette import STYLES, relation_word
from aggregator.core.storypage import after, day_or_time, decided
from aggregator.core.whose import credit_words, uncredited
from aggregator.core.wording import count, listing, one_line, percent
from aggregator.edge.outputs.cells import Page, cell, diff_line, own, say
from aggregator.edge.outputs.history import tell_versions
from aggregator.edge.outputs.registry import Look, output
from aggregator.model import Copy, Relation, Report, Story

if TYPE_CHECKING:
    from rich.text import Text

_ROWS_MOST = 60  # copies of one story; the other outputs hold all
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
        _list(page, report)
    else:
        _story(page, look.story, report)
    return page.out.getvalue()


def _ink(relation: Relation) -> str:
    style = STYLES[relation]
    # The edge colours of the dark page: bright enough there, and the glyph carries the meaning.
    return "bright_black" if relation is Relation.ONLY_HERE else style.edge_dark


def _list(page: Page, report: Report) -> None:
    page.prose(say(summary(report)))
    if report.stories:
        wide = page.width >= 100
        number = max(3, *(len(str(story.id)) for story in report.stories))
        strip, outlet = (16, 24) if wide else (8, 15)
        page.line(own(""))
        page.line(
            cell("id", number, "dim", right=True), own("  "), cell("outlets", strip + 4, "dim"),
            own("  "), cell("first", outlet, "dim"), own("  "), cell("UTC", 12, "dim"),
            own("  "), say("story", "dim"),
        )  # fmt: skip
        for story in report.stories:
            shared = story.outlets > 1
            page.line(
                cell(str(story.id), number, right=True), own("  "),
                *_strip(story, strip), own("  "), cell(story.first.outlet, outlet), own("  "),
                cell(day_or_time(story.first, report.made_at), 12), own("  "),
                say(story.title or "Untitled", "bold" if shared else ""),
            )  # fmt: skip
        page.line(own(""))
        _legend(page, {copy.relation for story in report.stories for copy in story.copies})
        skipped = report.asked.offset if report.asked else 0
        rest = report.total_stories - len(report.stories) - skipped
        if rest > 0:
            asked = f"   --page {skipped // report.asked.limit + 2}" if report.asked else ""
            page.line(say(f"and {count(rest, 'more story', 'more stories')}{asked}", "dim"))
    _health(page, report)
    page.line(own(""))
    if report.stories:
        _next(page, f"report {report.stories[0].id}", "one story in full")
        _next(page, "browse", "all of it in Datasette")
    elif report.feeds:
        _next(page, "run --once", "poll the feeds and read what is new")
    else:
        _next(page, "add URL", "watch a feed")
        _next(page, "run --once", "poll the feeds and read what is new")


def _strip(story: Story, width: int) -> list[Text]:
    cells = figure.strip_text(story, width)
    shapes = [own(glyph, _ink(relation) if relation else "dim") for glyph, relation in cells]
    outlets = len(figure.by_outlet(story))
    return [
        cell(_short(outlets), 3, right=True),
        own(" "),
        *shapes,
        own(" " * (width - len(cells))),
    ]


def _short(number: int) -> str:
    return str(number) if number < 1000 else f"{min(99, number // 1000)}k"


def _legend(page: Page, there: set[Relation]) -> None:
    from rich.text import Text

    text = Text()
    for relation, style in STYLES.items():
        if relation in there:
            # No-break spaces hold a glyph and its words together when the line wraps.
            text.append(style.glyph, _ink(relation))
            text.append("\u00a0" + style.label.replace(" ", "\u00a0") + "   ")
    for line in text.wrap(page.console, page.width):
        line.rstrip()
        line.plain = line.plain.replace("\u00a0", " ")
        page.line(line)


def _health(page: Page, report: Report) -> None:
    sick = failing(report)
    told = []
    if sick:
        told.append(f"{count(len(sick), 'feed')} of {len(report.feeds):,} failing")
        told[0] += ": " + listing(
            (f"{one_line(feed.name)} ({one_line(feed.error or 'no answer')})" for feed in sick),
            most=3,
        )
    if report.backlog:
        told.append(f"{count(report.backlog, 'entry', 'entries')} waiting to be read")
    if told:
        page.line(own(""))
        page.prose(say("; ".join(told), "yellow" if sick else "dim"))


def _next(page: Page, verb: str, purpose: str) -> None:
    command = f"{page.command} {verb}"
    page.line(
        own("Next: ", "dim"), cell(command, max(24, len(command))), own("  "), say(purpose, "dim")
    )


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
    _legend(page, {copy.relation for copy in story.copies})
    edited = most_edited(story)
    if edited is not None:
        page.line(own(""))
        _changes(page, story, edited)
    tell_versions(page, story)
    for told in decided(story)[:_ROWS_MOST]:
        page.line(own(""))
        page.prose(say(told))
    page.line(own(""))
    if len(story.copies) > 1:
        pair = next((copy for copy in story.copies if not copy.is_lead), story.lead)
        _next(page, f"explain {story.lead.article} {pair.article}", "why they are one")
    _next(page, "browse", "the same page in Datasette")


def _copies(page: Page, story: Story) -> None:
    wide = page.width >= 110
    longest = figure.spread(story)
    outlet, track = (24, 24) if wide else (17, page.width - 67)
    did = 15
    page.line(
        cell("outlet", outlet, "dim"), own(" "), cell("after", 8, "dim", right=True),
        own("  "), own(figure.axis_text(longest, track), "dim"), own("  "),
        cell("copied", 6, "dim", right=True), own("  "), cell("what they did", did, "dim"),
        *((own(" "), cell("credit", 13, "dim"), own(" "), say("headline", "dim")) if wide
          else (own(" "), say("credit", "dim"))),
    )  # fmt: skip
    for copy in story.copies[:_ROWS_MOST]:
        stem, glyph = figure.track_text(copy, story.first, longest, track)
        ink = _ink(copy.relation)
        credit = credit_words(copy, story)
        tone = "yellow" if uncredited(copy, story) else ""
        page.line(
            cell(copy.outlet or "unnamed", outlet, "bold" if copy.is_lead else ""), own(" "),
            cell(after(copy, story), 8, right=True), own("  "),
            own(stem, "dim"), own(glyph, ink), own(" " * (track - len(stem) - 1)), own("  "),
            cell(percent(copy.copied), 6, right=True), own("  "),
            cell(relation_word(copy), did, ink),
            *((own(" "), cell(credit, 13, tone), own(" "), *_headline(copy, story)) if wide
              else (own(" "), say(credit, tone))),
        )  # fmt: skip
    rest = len(story.copies) - _ROWS_MOST
    if rest > 0:
        page.line(say(f"and {count(rest, 'later copy', 'later copies')}", "dim"))
    notes = footnotes(story)
    if notes:
        page.line(own(""))
    for note in notes[:_NOTES_MOST]:
        page.prose(say(note, "dim"))
    if len(notes) > _NOTES_MOST:
        more = count(len(notes) - _NOTES_MOST, "more remark")
        page.line(say(f"and {more} in the HTML report", "dim"))


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
