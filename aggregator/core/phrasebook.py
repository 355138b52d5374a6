"""Loads the words of `revision.toml` as compiled patterns; must not say what a match means."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from aggregator.core import text
from aggregator.model import WireKind

_NEVER = r"(?!)"
# In these scripts words are not parted, or endings hang on them: a stem may stand anywhere.
_JOINED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """What `revision.toml` holds, ready for use."""

    notice_opens: re.Pattern[str]  # at the start of a line
    notice_says: re.Pattern[str]  # anywhere in a sentence
    withdrawn: re.Pattern[str]
    boxes: re.Pattern[str]  # a whole line
    stamps: frozenset[str]
    ago: re.Pattern[str]
    counts: Mapping[str, re.Pattern[str]]  # toll, injured, missing -> words beside a number
    numbers: Mapping[str, Mapping[str, int]]  # language -> word -> number
    negations: frozenset[str]
    wire: tuple[tuple[WireKind, re.Pattern[str]], ...]


@cache
def phrasebook() -> Phrasebook:
    """The shipped words, read once."""
    raw = files("aggregator.core").joinpath("revision.toml").read_text(encoding="utf-8")
    return _build(tomllib.loads(raw))


def _build(data: dict[str, Any]) -> Phrasebook:
    says = [*_all(data["notice"]["says"]), *(f"^\\W*(?:{p})" for p in _opens(data))]
    return Phrasebook(
        notice_opens=_either(f"^\\W*(?:{pattern})" for pattern in _opens(data)),
        notice_says=_either(says),
        withdrawn=_either(_all(data["withdrawn"])),
        boxes=re.compile(
            rf"\W*(?:{'|'.join(map(re.escape, _longest(_all(data['boxes']))))})\W*", re.IGNORECASE
        ),
        stamps=frozenset(token for word in _all(data["stamps"]) for token in text.tokens(word)),
        ago=_either(rf"(?<!\w)(?:{form})" for form in data["ago"]["forms"]),
        counts={name: _stems(_all(words)) for name, words in data["counts"].items()},
        numbers={
            language: _numbers(words, data["tens"].get(language, {}))
            for language, words in data["numbers"].items()
        },
        negations=frozenset(word.casefold() for word in data["negations"]["words"]),
        wire=tuple(
            (WireKind(kind), re.compile(rf"\W{{0,3}}(?:{pattern})", re.IGNORECASE))
            for kind, patterns in data["wire"].items()
            for pattern in patterns
        ),
    )


def _numbers(words: list[str], tens: dict[str, Any]) -> dict[str, int]:
    """Words for numbers; `tens` names those from twenty on and how a unit is put to them."""
    found = {word: value for value, word in enumerate(words) if word}
    for place, ten in enumerate(tens.get("tens", ()), start=2):
        found[ten] = 10 * place
        for value, unit in enumerate(words[:10]):
            if value and unit:
                found[tens["form"].format(ten=ten, unit=unit)] = 10 * place + value
    return {word.casefold(): value for word, value in found.items()}


def _opens(data: dict[str, Any]) -> list[str]:
    return _all(data["notice"]["opens"])


def _all(by_language: Mapping[str, list[str]]) -> list[str]:
    return [word for words in by_language.values() for word in words]


def _longest(words: Iterable[str]) -> list[str]:
    return sorted(set(words), key=lambda word: (-len(word), word))


def _either(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in patterns) or _NEVER, re.IGNORECASE)


def _stems(words: list[str]) -> re.Pattern[str]:
    """Beginnings of words; where words are not parted, anywhere."""
    stems = _longest(words)
    parted = "|".join(re.escape(each) for each in stems if not _JOINED.search(each))
    joined = "|".join(re.escape(each) for each in stems if _JOINED.search(each))
    return re.compile(rf"(?<!\w)(?:{parted})\w*|(?:{joined})", re.IGNORECASE)
