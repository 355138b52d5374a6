"""The form by which a reader asks for stories, as values for its template; asks no database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the form."""

    name: str  # of the query field
    label: str
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # value and what is shown; a list to pick from
    hints: tuple[tuple[str, str], ...] = ()  # the same, as suggestions for a field to type in
    number: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The form, and the questions that lead on from the one asked."""

    action: str
    fields: tuple[Field, ...]
    hidden: tuple[tuple[str, str], ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()  # what a filter says, and the address without it
    clear: str = ""  # the list without any filter
