"""Text in terminal cells: lines, columns and prose of an exact width, safe to print anywhere."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from unicodedata import bidirectional

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
