"""Makes the filter form of the story list from what was asked and what there is to choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aggregator.core.question import question_words
from aggregator.datasette_plugin.asked import Asked, address, beside
from aggregator.edge.outputs.filters import Field, Filters
from aggregator.edge.reading.choices import Choices
from aggregator.model import StoryQuery

_SPANS = (("24h", "the last 24 hours"), ("7d", "the last 7 days"), ("30d", "the last 30 days"))


def make_filters(datasette: Any, asked: Asked, choices: Choices) -> Filters:
    """The form, filled in as it was asked."""
    given = asked.given
    agencies = dict(choices.agencies)
    fields = (
        Field(name="since", label="Seen since", value=given.get("since", ""), hints=_SPANS,
              example="7d or 2026-11-20"),
        Field(name="until", label="Until", value=given.get("until", ""), example="2026-11-20"),
        Field(name="outlet", label="Outlet", value=given.get("outlet", ""),
              hints=choices.outlets, example="example.com"),
        _pick("agency", "Agency", given, choices.agencies),
        _pick("language", "Language", given, tuple((key, key) for key in choices.languages)),
        Field(name="min_outlets", label="Outlets, at least", number=True,
              value=given.get("min_outlets", "")),
        Field(name="min_sources", label="Independent sources, at least", number=True,
              value=given.get("min_sources", "")),
    )  # fmt: skip
    search = (("q", asked.words),) if asked.words else ()
    return Filters(
        action=datasette.urls.path("/-/stories"),
        fields=fields,
        hidden=(*asked.place, *search),
        dropped=_dropped(datasette, asked, agencies),
        clear=beside(datasette, "/-/stories", asked),
    )


def _pick(
    name: str, label: str, given: Mapping[str, str], choices: tuple[tuple[str, str], ...]
) -> Field:
    """A field to pick from; a value from elsewhere stays pickable, or sending would lose it."""
    value = given.get(name, "")
    known = value in dict(choices)
    more = ((value, value),) if value and not known else ()
    return Field(name=name, label=label, value=value, choices=(("", "any"), *choices, *more))


def _dropped(
    datasette: Any, asked: Asked, agencies: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Each filter in words, with the address of the list without it."""
    found = []
    search = (("q", asked.words),) if asked.words else ()
    if asked.words:
        found.append((f"“{asked.words}”", address(datasette, "", asked)))
    whole = asked.query()
    for name, value in asked.filters:
        without = tuple(each for each in asked.filters if each[0] != name)
        kept: Asked = replace(asked, filters=without)
        alone = StoryQuery(**{name: getattr(whole, name)})
        words = question_words(alone, agencies)
        told = words[0] if words else f"{name} {value}"
        found.append((told, address(datasette, "", kept, *search)))
    return tuple(found)
