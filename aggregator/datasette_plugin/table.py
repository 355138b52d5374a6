"""Dresses the cells of Datasette's own tables: chips, bars, short times, folded texts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from aggregator.core.figure import bar_svg, mark_svg
from aggregator.core.palette import palette_css
from aggregator.core.wording import clean, moment, one_line, percent
from aggregator.model import Relation

_SHARES = frozenset(
    {"copied", "kept", "jaccard", "a_in_b", "b_in_a", "mean_copied", "share_only_here",
     "share_copied"}
)  # fmt: skip
_TEXTS = frozenset({"text", "body", "summary", "tally", "dropped", "cursor"})
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\Z")
_FOLDED = 120  # characters shown of a long text
_UNFOLDED = 20_000  # and when it is opened; the row's JSON holds all


@cache
def style_sheet() -> str:
    """The style of our cells, relation colours included."""
    path = Path(__file__).resolve().parent / "static" / "tables.css"
    return palette_css() + path.read_text(encoding="utf-8")


@cache
def style_url() -> str:
    """Where the style is served; it changes with the style, so that no old one is kept."""
    return "/-/stories.css?" + hashlib.sha256(style_sheet().encode()).hexdigest()[:12]


def dress(column: str, value: Any, story_url: Callable[[int], str]) -> Markup | None:
    """One cell as markup, or None when Datasette's own way is good enough."""
    if column == "story" and type(value) is int:
        return Markup('<a href="{}">{}</a>').format(story_url(value), value)
    if column in _SHARES and type(value) in (int, float) and 0 <= value <= 1:
        return _bar(float(value))
    if not isinstance(value, str):
        return None
    if column == "relation":
        return _chip(value)
    if column.endswith("_at") and _TIME.match(value):
        return _time(value)
    if column in _TEXTS and len(value) > _FOLDED:
        return _folded(value)
    return None


def _chip(value: str) -> Markup | None:
    if value not in tuple(Relation):
        return None
    mark = Markup(mark_svg(Relation(value)))  # noqa: S704  a drawing of ours
    return Markup('<span class="agg-chip">{} {}</span>').format(mark, value)


def _bar(share: float) -> Markup:
    bar = Markup(bar_svg(share))  # noqa: S704  a drawing of ours
    return Markup('<span class="agg-share">{} {}</span>').format(bar, percent(share))


def _time(value: str) -> Markup | None:
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    return Markup('<time class="agg-time" datetime="{}" title="{}">{}</time>').format(
        value, value, moment(when).removesuffix(" UTC")
    )


def _folded(value: str) -> Markup:
    start = one_line(value[: _FOLDED * 2])[:_FOLDED].rsplit(" ", 1)[0]
    rest = clean(value[:_UNFOLDED]) + ("…" if len(value) > _UNFOLDED else "")
    paragraphs = Markup("").join(
        Markup("<p>{}</p>").format(line) for line in rest.split("\n") if line.strip()
    )
    return Markup(
        '<details class="agg-text" dir="auto"><summary>{} …</summary>{}</details>'
    ).format(escape(start), paragraphs)
