"""The look of each relation: its word, shape and colour, so that no one of them stands alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aggregator.model import Copy, Relation, TimeSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How one relation looks: a word, a shape and a colour, so that no one of them stands alone.

    `fill` is the colour of Okabe and Ito's palette, made for colour-blind readers; `edge` and
    `edge_dark` draw the outline and keep 3:1 against a light and a dark page, which some of the
    fills do not.
    """

    label: str
    glyph: str  # one terminal cell
    shape: str  # SVG around (0, 0), 12 units across
    fill: str
    edge: str
    edge_dark: str

    @property
    def css(self) -> str:
        """The class name of this style in the style sheet."""
        return "r-" + self.label.split()[0]


_SQUARE = '<rect x="-5" y="-5" width="10" height="10"/>'
STYLES: Mapping[Relation, Style] = MappingProxyType(
    {
        Relation.FIRST: Style(
            label="first",
            glyph="●",
            shape='<circle r="5.5"/>',
            fill="#0072b2",
            edge="#005a8e",
            edge_dark="#4fb0e8",
        ),
        Relation.WORD_FOR_WORD: Style(
            label="word for word",
            glyph="■",
            shape=_SQUARE,
            fill="#d55e00",
            edge="#b04e00",
            edge_dark="#ff8a3c",
        ),
        Relation.SHORTENED: Style(
            label="shortened",
            glyph="▄",
            shape='<rect class="open" x="-5" y="-5" width="10" height="10"/>'
            '<rect x="-5" y="0" width="10" height="5"/>',
            fill="#e69f00",
            edge="#946600",
            edge_dark="#e69f00",
        ),
        Relation.LIGHTLY_EDITED: Style(
            label="lightly edited",
            glyph="◆",
            shape='<path d="M0-6.4 6.4 0 0 6.4-6.4 0Z"/>',
            fill="#56b4e9",
            edge="#1f78ad",
            edge_dark="#56b4e9",
        ),
        Relation.ADDED_REPORTING: Style(
            label="added reporting",
            glyph="+",
            shape='<path d="M-2-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z"/>',
            fill="#009e73",
            edge="#007a59",
            edge_dark="#2cc79c",
        ),
        Relation.REWRITTEN: Style(
            label="rewritten",
            glyph="○",
            shape='<circle class="open" r="4.6" stroke-width="3"/>',
            fill="#cc79a7",
            edge="#b0548a",
            edge_dark="#dd94bd",
        ),
        Relation.MERGED: Style(
            label="merged",
            glyph="▲",
            shape='<path d="M0-6 6 5H-6Z"/>',
            fill="#f0e442",
            edge="#857c00",
            edge_dark="#f0e442",
        ),
        Relation.ONLY_HERE: Style(
            label="only here",
            glyph="·",
            shape='<circle r="3"/>',
            fill="#6b7280",
            edge="#6b7280",
            edge_dark="#9aa3b2",
        ),
    }
)


def relation_word(copy: Copy) -> str:
    """What an outlet did in words; `first seen` where no publication time is known."""
    if copy.relation is Relation.FIRST and copy.time_source is TimeSource.SEEN:
        return "first seen"
    return STYLES[copy.relation].label


def palette_css() -> str:
    """The colours as style rules: one class a relation, light and dark."""
    light = "".join(
        f".{style.css}{{--fill:{style.fill};--edge:{style.edge}}}\n" for style in STYLES.values()
    )
    dark = "".join(f".{style.css}{{--edge:{style.edge_dark}}}" for style in STYLES.values())
    return f"{light}@media (prefers-color-scheme:dark){{{dark}}}\n"
