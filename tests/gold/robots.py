"""Writes the bulletins of robots and standing forms from their templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.gold.desk import Draft
from tests.gold.dice import Dice
from tests.gold.reading import read_bulletins

WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "pl": "poniedziałek wtorek środa czwartek piątek sobota niedziela",
    "ru": "понедельник вторник среда четверг пятница суббота воскресенье",
}


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One bulletin, and the outlets that run it."""

    key: str
    family: str
    day: int
    draft: Draft
    outlets: tuple[str, ...]


def weekday(language: str, day: int) -> str:
    """The name of a day of the ten, which begin on a Monday; in East Asia its date in March."""
    if language in WEEKDAYS:
        return WEEKDAYS[language].split()[day % 7]
    return f"{day + 2}日"


def write_bulletins() -> Iterator[Bulletin]:
    """All bulletins, in the order of their templates and days.

    Without `per_day` a bulletin of one outlet tells of each subject every day, and one that
    several outlets copy tells of one subject a day.
    """
    for template in read_bulletins():
        subjects = template["subjects"]
        copies = template.get("copies", 1)
        outlets = template["outlets"]
        a_day = template.get("per_day", 1 if copies > 1 or len(outlets) == 1 else len(subjects))
        for number in range(len(template["days"]) * a_day):
            turn, place = divmod(number, a_day)
            at = (place if a_day == len(subjects) else number) % len(subjects)
            start = at if template.get("own_outlet") or copies == 1 else number
            ran = tuple(outlets[(start + n) % len(outlets)] for n in range(copies))
            yield _write(template, subjects[at], template["days"][turn], ran, number)


def _write(
    template: dict[str, Any], subject: dict[str, str], day: int, ran: tuple[str, ...], number: int
) -> Bulletin:
    language = template["language"]
    name = f"{template['file']}{template['number']}-{language}-{template['family']}-{number}"
    dice = Dice(name)
    slots = subject | {"weekday": weekday(language, day)}
    # What the headline and the text both state is thrown once.
    slots |= {slot: dice.fill(pattern, {}) for slot, pattern in template.get("throw", {}).items()}
    lines = [line for line in template["text"].splitlines() if line]
    paragraphs = tuple(dice.fill(line, slots) for line in lines)
    draft = Draft(dice.fill(template["title"], slots), paragraphs, language)
    return Bulletin(name.replace(" ", "-"), template["family"], day, draft, ran)
