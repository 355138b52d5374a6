"""Registry of renderers; a new output is one function under `@output`, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aggregator.errors import UsageError
from aggregator.model import Report, Story

# Rendering narrower than this is not tried: the fixed columns alone need it.
NARROWEST = 60
WIDEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How an output is wanted; an output uses what applies to it."""

    story: Story | None = None  # this story alone, in full
    width: int = 80  # terminal cells
    color: bool = False  # terminal colours
    command: str = "aggregator"  # as the reader would type it, with its options
    base_url: str = ""  # where the story list is served, for links in feeds; empty for a file
    links: tuple[tuple[str, str], ...] = ()  # of a feed: self, first, next, previous; addresses


Render = Callable[[Report, Look], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One registered form of a report."""

    name: str
    media_type: str
    suffix: str
    render: Render


OUTPUTS: dict[str, Output] = {}


def output(name: str, *, media_type: str, suffix: str) -> Callable[[Render], Render]:
    """Register a renderer: a pure function of the report and the wanted look."""

    def register(function: Render) -> Render:
        OUTPUTS[name] = Output(name=name, media_type=media_type, suffix=suffix, render=function)
        return function

    return register


def names() -> tuple[str, ...]:
    """The registered outputs, in order of registration name."""
    return tuple(sorted(OUTPUTS))


def render(
    report: Report,
    name: str,
    *,
    story: Story | None = None,
    width: int = 80,
    color: bool = False,
    command: str = "aggregator",
    base_url: str = "",
    links: tuple[tuple[str, str], ...] = (),
) -> str:
    """The report, or one story of it in full, as text that ends with a newline.

    The same values give the same text, byte for byte. Every stranger's word is escaped for the
    form at hand, and the text can be encoded as UTF-8. Raises UsageError for an unknown name.
    """
    if name not in OUTPUTS:
        raise UsageError(name, "no such output", hint=", ".join(names()))
    look = Look(
        story=story,
        width=min(WIDEST, max(NARROWEST, width)),
        color=color,
        command=command,
        base_url=base_url.rstrip("/"),
        links=links,
    )
    text = OUTPUTS[name].render(report, look)
    return text if text.endswith("\n") else text + "\n"
