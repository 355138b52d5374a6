"""The story list for a terminal, with its legend and what to do next; draws no single story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.core import figure
from aggregator.core.answers import failing, summary
from aggregator.core.palette import STYLES
from aggregator.core.storypage import day_or_time
from aggregator.core.strip import MEANING, lines_of
from aggregator.core.wording import count, listing, one_line
from aggregator.edge.outputs.cells import Page, cell, own, say
from aggregator.model import Line, Relation, Report

if TYPE_CHECKING:
    from rich.text import Text

_WIDE = 100  # cells from which columns have room to be wider
_WIDER = 124  # and from which whose copy it is has a column


def ink_of(relation: Relation) -> str:
    """The colour of a relation on a dark terminal."""
    style = STYLES[relation]
    # The edge colours of the dark page: bright enough there, and the glyph carries the meaning.
    return "bright_black" if relation is Relation.ONLY_HERE else style.edge_dark


def tell_list(page: Page, report: Report) -> None:
    """A line a story, the legend, how the feeds do, and what to do next."""
    lines = lines_of(report)
    page.prose(say(summary(report)))
    if lines:
        page.prose(say(MEANING, "dim"))
        _table(page, report, lines)
        skipped = report.asked.offset if report.asked else 0
        rest = report.total_stories - len(lines) - skipped
        if rest > 0:
            asked = f" (--page {skipped // report.asked.limit + 2})" if report.asked else ""
            page.line(say(f"and {count(rest, 'more story', 'more stories')}{asked}", "dim"))
    _health(page, report)
    page.line(own(""))
    if lines:
        tell_next(
            page,
            (f"report {lines[0].id}", "one story and its copies in full"),
            ("browse", "all of it in a web browser"),
        )
    elif report.feeds:
        before = [("report --since all", "what was seen before")] if report.since else []
        tell_next(page, *before, ("run --once", "poll the feeds and read what is new"))
    else:
        tell_next(
            page,
            ("add URL", "watch a feed"),
            ("run --once", "poll the feeds and read what is new"),
        )


def _table(page: Page, report: Report, lines: tuple[Line, ...]) -> None:
    wide, wider = page.width >= _WIDE, page.width >= _WIDER
    number = max(3, *(len(str(line.id)) for line in lines))
    strip, outlet = (16, 24) if wide else (8, 15)
    page.line(own(""))
    page.line(
        cell("id", number, "dim", right=True), own("  "), cell("outlets", strip + 4, "dim"),
        own("  "), cell("first", outlet, "dim"), own("  "),
        *((cell("copy of", outlet, "dim"), own("  ")) if wider else ()),
        cell("UTC", 12, "dim"), own("  "), say("story", "dim"),
    )  # fmt: skip
    for line in lines:
        page.line(
            cell(str(line.id), number, right=True), own("  "),
            *_strip(line, strip), own("  "), cell(line.first.outlet, outlet), own("  "),
            *((cell(line.agency_name or line.agency or "", outlet), own("  ")) if wider else ()),
            cell(day_or_time(line.first, report.made_at), 12), own("  "),
            say(line.title or "Untitled", "bold" if line.outlets > 1 else ""),
        )  # fmt: skip
    page.line(own(""))
    tell_legend(page, {relation for line in lines for relation in line.strip})


def _strip(line: Line, width: int) -> list[Text]:
    cells = figure.strip_text(line.strip, width)
    shapes = [own(glyph, ink_of(relation) if relation else "dim") for glyph, relation in cells]
    return [
        cell(_short(len(line.strip)), 3, right=True),
        own(" "),
        *shapes,
        own(" " * (width - len(cells))),
    ]


def _short(number: int) -> str:
    return str(number) if number < 1000 else f"{min(99, number // 1000)}k"


def tell_legend(page: Page, there: set[Relation]) -> None:
    """The glyphs that occur with their words; a line ends between two of them, never inside one."""
    from rich.cells import cell_len
    from rich.text import Text

    line = Text()
    for relation, style in STYLES.items():
        if relation not in there:
            continue
        gap = "   " if line else ""
        if cell_len(line.plain) + len(gap) + cell_len(f"{style.glyph} {style.label}") > page.width:
            page.line(line)
            line, gap = Text(), ""
        line.append(gap).append(style.glyph, ink_of(relation)).append(f" {style.label}")
    if line:
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


def tell_next(page: Page, *steps: tuple[str, str]) -> None:
    """Commands to go on with, each with what it is for; a command is never cut."""
    from rich.cells import cell_len

    commands = [f"{page.command} {verb}" for verb, _ in steps]
    width = max(24, *(cell_len(command) for command in commands))
    room = page.width - len("Next: ") - width - 2
    for command, (_, purpose) in zip(commands, steps, strict=True):
        if max(len(each) for _, each in steps) <= room:
            page.line(own("Next: ", "dim"), cell(command, width), own("  "), say(purpose, "dim"))
        else:
            page.line(own("Next, ", "dim"), say(f"{purpose}:", "dim"))
            page.whole(say(command))
