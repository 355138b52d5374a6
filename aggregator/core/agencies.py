"""Loads the table of news agencies and finds their names; must not say what they prove."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from aggregator.core.creditwords import Words, compile_words
from aggregator.core.scanner import Scanner, make_scanner
from aggregator.errors import UsageError

_KEYS = frozenset(["key", "name", "kind", "country", "domains", "forms", "except", "marks"])
# Scripts whose words are not parted by spaces, or that hang endings on names (Hangul).
_JOINED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ARABIC_PREFIX = "ولبفك"
_ENDING = re.compile(r"[^\W\d_A-ZА-Я]{1,4}(?!\w)")


class _Form(NamedTuple):
    key: str  # empty for a longer name that is somebody else
    short: bool
    word: bool


class Hit(NamedTuple):
    """One agency name in a text: characters `start` to `end`, and how much it can prove."""

    start: int
    end: int
    key: str
    short: bool  # an acronym with other meanings
    word: bool  # and one that stands in stories of every kind: AA, MAP, TT
    attached: bool  # inflected, prefixed or part of a compound: good for a mention only
    upper: bool = True  # printed in capitals, or in letters that have none


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """An agency as `agencies.toml` describes it; `forms` are (text, is short) pairs."""

    key: str
    name: str
    kind: str = "agency"  # or "press release"
    country: str = ""  # ISO 3166
    domains: tuple[str, ...] = ()
    forms: tuple[tuple[str, bool], ...] = ()
    common: tuple[str, ...] = ()  # short forms that stand in stories of every kind
    exceptions: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Agencies:
    """All agencies known, with the means to find them; immutable, and picklable for workers."""

    table: Mapping[str, Agency]
    words: Words
    _forms: Mapping[str, _Form] = field(repr=False)
    _scanner: Scanner = field(repr=False)
    _marks: tuple[tuple[str, re.Pattern[str]], ...] = field(repr=False)
    _domains: Mapping[str, str] = field(repr=False)
    version: str  # changes with the data: texts cleaned by other data are cleaned again

    def __iter__(self) -> Iterator[Agency]:
        return iter(self.table.values())

    def __len__(self) -> int:
        return len(self.table)

    def __contains__(self, key: object) -> bool:
        return key in self.table

    def name(self, key: str) -> str:
        """The agency's full name, or the key itself when it is unknown."""
        agency = self.table.get(key)
        return agency.name if agency else key

    def of_outlet(self, outlet: str) -> str | None:
        """The key of the agency that an outlet's domain belongs to."""
        labels = outlet.lower().removeprefix("www.").split(".")
        ends = (".".join(labels[start:]) for start in range(len(labels)))
        return next((self._domains[end] for end in ends if end in self._domains), None)

    def find(self, text: str) -> Iterator[Hit]:
        """Agency names in `text`, left to right, without those inside longer other names."""
        for match in self._scanner.spans(text):
            form = self._forms[match[0]]
            if not form.key:
                continue
            fit = _fits(text, match.start(), match.end(), form.short)
            if fit and text[match.end() :][:1] == "-":  # "TT-AFP" names two
                fit = self._scanner.every.match(text, match.end() + 1) is None
            if fit is not None:
                upper = match[0].upper() == match[0]
                yield Hit(match.start(), match.end(), form.key, form.short, form.word, fit, upper)

    def marked(self, line: str) -> str | None:
        """The key of the agency that signs with exactly such a line."""
        return next((key for key, mark in self._marks if mark.fullmatch(line)), None)


def load_agencies(extra: Iterable[Agency | Mapping[str, Any]] = ()) -> Agencies:
    """The shipped agencies and `extra` ones, each an `Agency` or a mapping as in the data file.

    An extra agency with a shipped key takes its place. Raises UsageError when one is malformed
    or claims a name that another has.
    """
    added = tuple(each if isinstance(each, Agency) else _agency(each) for each in extra)
    return _build(added) if added else _shipped()


@cache
def _data() -> dict[str, dict[str, Any]]:
    """The two data files as parsed, by name."""
    resources = files("aggregator.core")
    return {
        name: tomllib.loads(resources.joinpath(f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("agencies", "creditwords")
    }


@cache
def _shipped() -> Agencies:
    return _build(())


def _agency(raw: Mapping[str, Any]) -> Agency:
    key = raw.get("key")
    if not isinstance(key, str) or not re.fullmatch(r"[a-z0-9-]{2,40}", key):
        raise UsageError("agency", f"key {key!r} is not lower-case letters, digits and hyphens")
    if unknown := set(raw) - _KEYS:
        raise UsageError(f"agency {key}", f"unknown fields {', '.join(sorted(unknown))}")
    forms, common = [], []
    for form in raw.get("forms", ()):
        text = form.get("text") if isinstance(form, Mapping) else form
        if not isinstance(text, str) or len(text.strip()) < 2:
            raise UsageError(f"agency {key}", f"the form {form!r} is not a name")
        marks = form if isinstance(form, Mapping) else {}
        forms.append((text, bool(marks.get("word") or marks.get("short"))))
        common += [text] if marks.get("word") else []
    if not forms:
        raise UsageError(f"agency {key}", "has no forms", hint='forms = ["Name of the agency"]')
    return Agency(
        key=key,
        name=str(raw.get("name", key)),
        kind=str(raw.get("kind", "agency")),
        country=str(raw.get("country", "")),
        domains=tuple(raw.get("domains", ())),
        forms=tuple(forms),
        common=tuple(common),
        exceptions=tuple(raw.get("except", ())),
        marks=tuple(raw.get("marks", ())),
    )


def _build(extra: tuple[Agency, ...]) -> Agencies:
    data = _data()
    table = {agency.key: agency for agency in map(_agency, data["agencies"]["agency"])}
    table |= {agency.key: agency for agency in extra}
    forms: dict[str, _Form] = {}
    for agency in table.values():
        for text, short in agency.forms:
            form = _Form(agency.key, short, text in agency.common)
            if forms.setdefault(text, form).key != agency.key:
                raise UsageError(
                    f"agency {agency.key}", f"{text!r} is {forms[text].key}'s name too"
                )
    for text, form in tuple(forms.items()):
        if not form.short and text.upper() != text:
            forms.setdefault(text.upper(), form)
    for agency in table.values():
        for name in agency.exceptions:
            forms.setdefault(name, _Form("", False, False))
    marks = tuple((a.key, _compile(a.key, mark)) for a in table.values() for mark in a.marks)
    return Agencies(
        table=table,
        words=compile_words(data["creditwords"]),
        _forms=forms,
        _scanner=make_scanner(forms),
        _marks=marks,
        _domains={domain: agency.key for agency in table.values() for domain in agency.domains},
        version=_version(data, extra),
    )


def _version(data: Mapping[str, Any], extra: tuple[Agency, ...]) -> str:
    content = f"{sorted(data.items())!r}{sorted(map(repr, extra))!r}"
    return hashlib.blake2b(content.encode(), digest_size=6).hexdigest()


def _compile(key: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise UsageError(f"agency {key}", f"bad mark {pattern!r}: {error}") from error


def _fits(text: str, start: int, end: int, short: bool) -> bool | None:
    """None when the find is part of another word, else whether it is attached to one."""
    attached = False
    before, after = text[start - 1 : start], text[end : end + 1]
    if before in ("@", "#", "_") and before:
        return None
    if not _JOINED.match(text, start) and before.isalnum() and not _JOINED.match(before):
        lone = not text[start - 2 : start - 1].isalnum() if start > 1 else True
        if before not in _ARABIC_PREFIX or not lone:
            return None
        attached = True
    if _JOINED.match(text, end - 1) or not after:
        return attached
    if after.isalnum() and not _JOINED.match(after):
        return True if not short and _ENDING.match(text, end) else None
    if after == "." and text[end + 1 : end + 2].islower() and text[end + 1 : end + 4].isalpha():
        return None  # a host name: reuters.com
    if after == "-" and text[end + 1 : end + 2].isalpha():
        return True
    return attached
