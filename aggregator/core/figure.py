"""Draws a story: the outlet strip, the spread figure and the bars, as SVG pieces or text cells."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from aggregator.core.palette import STYLES
from aggregator.core.strip import by_outlet as earliest
from aggregator.core.wording import clean, count, duration, minutes_between, percent
from aggregator.model import Copy, Relation, Story

# More blocks than this do not fit beside a headline on a phone; the number stands beside them.
STRIP_MOST = 20
# A figure taller than this is no longer one glance; the table below it goes on.
FIGURE_MOST = 40
# Minutes of the axis marks. Past two days they go on, so that a late copy still has a mark near it.
_TICKS = (15, 60, 180, 360, 720, 1440, 2880, 10080, 43200, 525600)
_MINUTES_PER_UNIT = 10  # axis: log1p(minutes / 10); one late copy cannot squeeze the first hour


def by_outlet(story: Story) -> tuple[Copy, ...]:
    """The earliest copy of each outlet, in order of publication."""
    return earliest(story.copies)


def spread(story: Story) -> float:
    """Minutes from the first copy to the last."""
    return max(0.0, minutes_between(story.copies[0].published_at, story.copies[-1].published_at))


def position(minutes: float, longest: float) -> float:
    """Where a delay stands on the compressed axis, 0 to 1; `longest` is the delay at 1."""
    end = math.log1p(max(longest, _TICKS[0]) / _MINUTES_PER_UNIT)
    return min(1.0, math.log1p(max(0.0, minutes) / _MINUTES_PER_UNIT) / end)


def ticks(longest: float) -> tuple[tuple[float, str], ...]:
    """The marks of the axis as position and label, without the one at the start."""
    shown = [tick for tick in _TICKS if tick <= max(longest, _TICKS[0])]
    return tuple((position(tick, longest), _tick_label(tick)) for tick in shown)


def _tick_label(minutes: int) -> str:
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 1440 else f"{minutes // 1440} d"


def tally(relations: Sequence[Relation]) -> str:
    """`1 first, 2 word for word, 3 shortened`, in the order of the legend."""
    numbers = Counter(relations)
    return ", ".join(
        f"{numbers[relation]:,} {style.label}"
        for relation, style in STYLES.items()
        if numbers[relation]
    )


def mark_svg(relation: Relation) -> str:
    """One shape, for legends, tables and chips; the word beside it is its text."""
    style = STYLES[relation]
    return (
        f'<svg class="mark {style.css}" width="14" height="14" viewBox="-7 -7 14 14" '
        f'aria-hidden="true" focusable="false">{style.shape}</svg>'
    )


def strip_svg(strip: Sequence[Relation]) -> str:
    """One shape per outlet in order of publication; its name counts what they did."""
    shown = strip[:STRIP_MOST]
    name = f"{count(len(strip), 'outlet')}: {tally(strip)}"
    shapes = "".join(
        f'<g class="{STYLES[relation].css}" transform="translate({place * 15 + 7} 7)">'
        f"{STYLES[relation].shape}</g>"
        for place, relation in enumerate(shown)
    )
    width = len(shown) * 15
    return (
        f'<svg class="strip" role="img" aria-label="{name}" width="{width}" height="14" '
        f'viewBox="0 0 {width} 14">{shapes}</svg>'
    )


# Shapes at either end need room for half their width.
_LEFT, _RIGHT = 2.5, 96.5


def _at(place: float) -> str:
    return f"{_LEFT + place * (_RIGHT - _LEFT):.2f}%"


@lru_cache(maxsize=64)
def _grid(longest: float) -> str:
    return "".join(
        f'<line class="grid" x1="{_at(place)}" x2="{_at(place)}" y1="0" y2="100%"/>'
        for place in (0.0, *(each for each, _ in ticks(longest)))
    )


def axis_svg(longest: float) -> str:
    """The head of the spread figure: marks with their times. Decoration: each row says its time."""
    marks = ticks(longest)
    # On a phone only marks a good way from the last shown one keep their label.
    labels = [f'<text class="tick" x="{_at(0)}" y="14" text-anchor="start">first</text>']
    wide = narrow = 0.0
    for place, label in marks:
        if place - wide < 0.07:
            continue
        wide = place
        crowded = place - narrow < 0.18
        narrow = narrow if crowded else place
        sparse = " sparse" if crowded else ""
        anchor = "end" if place > 0.97 else "middle"
        labels.append(
            f'<text class="tick{sparse}" x="{_at(place)}" y="14" '
            f'text-anchor="{anchor}">{label}</text>'
        )
    return (
        f'<svg class="track" width="100%" height="24" aria-hidden="true" focusable="false">'
        f"{''.join(labels)}</svg>"
    )


def track_svg(copy: Copy, first: Copy, longest: float) -> str:
    """One row of the spread figure; positions in percent, so that nothing shrinks on a phone."""
    style = STYLES[copy.relation]
    at = _at(position(minutes_between(first.published_at, copy.published_at), longest))
    return (
        f'<svg class="track {style.css}" width="100%" height="28" aria-hidden="true" '
        f'focusable="false">{_grid(longest)}'
        f'<line class="stem" x1="{_at(0)}" x2="{at}" y1="50%" y2="50%"/>'
        f'<svg x="{at}" y="50%" overflow="visible">{style.shape}</svg></svg>'
    )


def bar_svg(share: float) -> str:
    """A share of 0 to 1 as a small bar; the number stands beside it."""
    whole = min(1.0, max(0.0, share)) if math.isfinite(share) else 0.0
    return (
        '<svg class="bar" width="48" height="8" aria-hidden="true" focusable="false">'
        '<rect class="all" width="100%" height="100%"/>'
        f'<rect class="part" width="{whole * 100:.1f}%" height="100%"/></svg>'
    )


def sentence(story: Story) -> str:
    """The figure in words, for those who cannot see it."""
    copies = by_outlet(story)
    told = [f"{clean(copies[0].outlet)} first"]
    for copy in copies[1:FIGURE_MOST]:
        share = f", {percent(copy.copied)} copied" if copy.copied is not None else ""
        after = duration(minutes_between(copies[0].published_at, copy.published_at))
        told.append(f"{clean(copy.outlet)} {after} later{share}")
    rest = len(copies) - FIGURE_MOST
    return "; ".join(told) + (f"; and {rest:,} more" if rest > 0 else "") + "."


def strip_text(strip: Sequence[Relation], most: int) -> list[tuple[str, Relation | None]]:
    """One glyph per outlet for a terminal, at most `most` cells; `…` stands for the rest."""
    shown = strip if len(strip) <= most else strip[: most - 1]
    cells: list[tuple[str, Relation | None]] = [
        (STYLES[relation].glyph, relation) for relation in shown
    ]
    return cells if len(shown) == len(strip) else [*cells, ("…", None)]


def axis_text(longest: float, width: int) -> str:
    """The marks of the axis in `width` terminal cells; a label that finds no room is left out."""
    cells = list("first".ljust(width)[:width])
    free = 6
    for place, label in ticks(longest):
        end = min(width, round(place * (width - 1)) + 1)
        start = end - len(label)
        if start >= free:
            cells[start:end] = label
            free = end + 1
    return "".join(cells)


def track_text(copy: Copy, first: Copy, longest: float, width: int) -> tuple[str, str]:
    """One row in terminal cells: what leads to the glyph, and the glyph."""
    place = position(minutes_between(first.published_at, copy.published_at), longest)
    return "─" * round(place * (width - 1)), STYLES[copy.relation].glyph
