"""Text in terminal cells: lines, columns and prose of an exact width, safe to print anywhere."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from unicodedata import bidirectional

from aggregator.core.diff import DiffRow, Mark, RowKind, Segment
from aggregator.core.weave import context, middle, weave
from aggregator.core.wording import one_line
from aggregator.edge.outputs.registry import Look

if TYPE_CHECKING:
    from rich.text import Text

_LEFT_TO_RIGHT = "\u200e"


class Page:
    """Lines that fit: a line too long ends in an ellipsis, prose is wrapped."""

    def __init__(self, look: Look) -> None:
        from rich.console import Console

        self.width = look.width
        self.color = look.color
        self.command = look.command
        self.out = io.StringIO()
        # An empty environment, so that the text depends on nothing but its arguments.
        self.console = Console(
            file=self.out, width=look.width, force_terminal=look.color, no_color=not look.color,
            color_system="256" if look.color else None, highlight=False, markup=False,
            emoji=False, legacy_windows=False, _environ={},
        )  # fmt: skip

    def line(self, *parts: Text) -> None:
        """Print one line of parts, cut to the width."""
        from rich.text import Text

        text = Text.assemble(*parts)
        text.truncate(self.width, overflow="ellipsis")
        text.rstrip()
        self.console.print(text, no_wrap=True, overflow="ignore", crop=False)

    def whole(self, text: Text) -> None:
        """Print one line that stays whole in any width: it is there to be copied."""
        self.console.print(text, no_wrap=True, overflow="ignore", crop=False)

    def prose(self, text: Text, indent: int = 0) -> None:
        """Print running text, wrapped to the width."""
        for line in text.wrap(self.console, self.width - indent):
            line.rstrip()
            self.line(own(" " * indent), line)


def own(words: str, style: str = "") -> Text:
    """Words of ours, spaces kept."""
    from rich.text import Text

    return Text(words, style=style, end="")


def say(words: str, style: str = "") -> Text:
    """A stranger's words: one line, without control characters."""
    return own(one_line(words), style)


def cell(words: str, width: int, style: str = "", *, right: bool = False) -> Text:
    """One column: cut or filled to exactly `width` cells, wide characters counted as two."""
    from rich.cells import cell_len

    text = say(words, style)
    text.truncate(width, overflow="ellipsis")
    if any(bidirectional(letter) in ("R", "AL") for letter in text.plain):
        # Marks of no width, so that a terminal which reorders keeps the next column in its place.
        text = own(_LEFT_TO_RIGHT).append_text(text).append(_LEFT_TO_RIGHT)
    room = " " * (width - cell_len(text.plain))
    return own(room).append_text(text) if right else text.append(room)


def diff_line(page: Page, row: DiffRow) -> Text:
    """One changed paragraph on one line: what was cut, and what came in its place."""
    from rich.text import Text

    text = Text()
    if row.kind in (RowKind.CUT, RowKind.ADDED):
        side = row.left or row.right
        text.append(f"{row.kind.value}: ", "dim")
        short = middle(side[0].text, page.width - 16)
        _append(page, text, Segment(text=short, mark=side[0].mark))
        return text
    if row.moved:
        text.append(f"moved {row.moved}: ", "dim")
    woven = weave(row)
    for number, (segment, place) in enumerate(woven):
        if segment.mark is Mark.SAME:
            text.append(context(one_line(segment.text), place), "dim")
        else:
            _append(page, text, segment)
        after_cut = segment.mark is Mark.CUT and number + 1 < len(woven)
        if segment.text[-1:].isspace() or (after_cut and woven[number + 1][0].mark is Mark.ADDED):
            text.append(" ")
    return text


def _append(page: Page, text: Text, segment: Segment) -> None:
    words = one_line(segment.text)
    cut = segment.mark is Mark.CUT
    if page.color:
        text.append(words, "red strike" if cut else "green")
    else:
        text.append(f"[-{words}-]" if cut else f"{{+{words}+}}")
