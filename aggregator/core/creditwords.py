"""Compiles the words that stand around agency names; must not know any agency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from aggregator.core.trie import one_of

# Scripts without capitals. Their words are also those that other words hang on without a space.
CASELESS = re.compile(
    "[\u0590-\u0dff\u0e00-\u109f\u10d0-\u10ff\u1100-\u11ff\u1200-\u139f\u1780-\u17ff\u3040-\u9fff"
    "\uac00-\ud7af]"
)
_BANKS = ("getty", "alliance", "shutterstock", "imago")
_APOSTROPHE_END = r"(?:(?<=['’])|\s+|:\s*|(?<=[^\x00-\u2e7f]))"


class _Photo(NamedTuple):
    """The words of a picture's credit, in patterns that `re` leaps with from space to space.

    As one pattern that ignores case it was tried at every letter, which took ten times as long.
    """

    opens: re.Pattern[str]
    inside: re.Pattern[str]
    plain: re.Pattern[str]  # as `inside`, for a line of small ASCII letters
    bank: re.Pattern[str]  # picture agencies

    def search(self, line: str) -> bool:
        """Whether a line holds such words."""
        if self.opens.match(line):
            return True
        small = line.casefold()
        found = self.plain.search(small) if line.isascii() else self.inside.search(line)
        if found:
            return True
        return any(name in small for name in _BANKS) and self.bank.search(line) is not None


@dataclass(frozen=True, slots=True)
class Words:
    """What stands around a name, over all languages, as patterns that ignore case."""

    by: re.Pattern[str]  # opens a line
    source: re.Pattern[str]  # opens a line, with its colon
    with_: re.Pattern[str]  # ends right before a name
    with_label: re.Pattern[str]  # opens a line, with its colon
    with_open: re.Pattern[str]  # opens what follows a name: "AFP with our desk"
    for_: re.Pattern[str]
    origin: re.Pattern[str]
    and_: re.Pattern[str]
    and_open: re.Pattern[str]  # opens what follows a name
    joiner: re.Pattern[str]  # all that stands between two names
    parting: re.Pattern[str]  # parts the names in a bracket
    said_before: re.Pattern[str]
    former: re.Pattern[str]
    article: re.Pattern[str]  # weak: only before capitals
    after: re.Pattern[str]  # anywhere in what follows a name
    said_after: re.Pattern[str]  # starts right after a name
    agencies: re.Pattern[str]  # a whole part of a line: agencies without a name
    staff: re.Pattern[str]  # a whole part of a line: the outlet's own desk
    post: re.Pattern[str]  # starts right after a name in a byline
    stamp: re.Pattern[str]  # dates and times with the words before them, anywhere
    photo: _Photo  # anywhere in a caption
    photo_open: re.Pattern[str]  # all that stands before a name
    promo: re.Pattern[str]  # opens a line
    notices: re.Pattern[str]  # a whole line


def compile_words(data: Mapping[str, Any]) -> Words:
    """The patterns of `creditwords.toml` as parsed: languages with their roles, and notices."""
    tables = {language: roles for language, roles in data.items() if language != "notices"}

    def listed(role: str) -> set[str]:
        return {each for roles in tables.values() for each in roles.get(role, ())}

    def words(role: str) -> str:
        found = sorted(listed(role), key=lambda w: (-len(w), w))
        return "|".join(re.escape(each) for each in found)

    def compiled(pattern: str) -> re.Pattern[str]:
        return re.compile(pattern, re.IGNORECASE)

    the = rf"(?:(?:{words('the')})(?:(?<=['’])\s?|\s+|(?<=[^\x00-\u2e7f])))*+"

    def before(role: str) -> re.Pattern[str]:
        return compiled(rf"(?:^|[^\w])(?:{words(role)}){_APOSTROPHE_END}[(:]?\s*{the}$")

    def caseless_open(role: str) -> str:
        # A word of a script with spaces ends where the next begins; others do not show it.
        return rf"(?:{words(role)})(?!(?<=[a-zà-ÿа-яα-ω])[a-zà-ÿа-яёіїєα-ω])"

    dash = r"[-–—―−ー－]"
    label = r"\s*(?:[:：=＝|©/]|by\b|via\b|$|[)\]）】])"
    plain = {each.lower() for each in listed("photo") if each.isascii()}
    picture = r"\W*(?:photos?|fotos?|фото|写真|사진|ภาพ|صورة|תמונה|צילום)\b"
    return Words(
        by=compiled(rf"^\W*(?:{words('by')})(?:\s*[:：/／|]\s*|\s+)"),
        source=compiled(rf"^\W*(?:{words('source')})\s*(?:[:：=＝–—-]\s*|\s(?=\S+$))"),
        with_=before("with"),
        with_label=compiled(rf"^\W*(?:{words('with')})\s*[:：]"),
        with_open=compiled(rf"^\s*,?\s*(?:{words('with')})\s+(?=\S)"),
        for_=before("for"),
        origin=before("origin"),
        and_=compiled(rf"(?:\s(?:{words('and')})\s+|\s*[&+]\s*){the}$"),
        and_open=compiled(rf"^\s*,?\s*(?:{words('and')})\s+(?=\S)"),
        parting=compiled(rf"\s*[/,;+&|・、，]\s*|\s*{dash}\s*|\s(?:{words('and')})\s"),
        joiner=compiled(rf"^\s*(?:[/,;、・·•+&=|]|{dash}|(?:[,،]\s*)?(?:{words('and')}))\s*{the}$"),
        said_before=before("said_before"),
        former=compiled(rf"(?:^|[^\w])(?:{words('former')})[\s-]+{the}(?:\w+\s+){{0,2}}$"),
        article=before("article"),
        after=compiled(caseless_open("after")),
        said_after=compiled(rf"^(?:['’]\w{{1,6}})?[-\s,]*{caseless_open('said_after')}"),
        agencies=compiled(rf"\W*(?:{words('agencies')})\W*"),
        staff=compiled(rf"\W*{the}(?:{words('staff')})\W*"),
        post=compiled(
            rf"^(?:(?:\s+[A-Z][\w-]+){{0,4}}\s+|(?=[^\x00-\u2e7f]))(?:{words('post')})(?!\w)"
        ),
        stamp=_stamp(words("stamp")),
        photo=_Photo(
            opens=compiled(rf"{one_of(listed('photo'))}{label}|{picture}"),
            inside=compiled(rf"[\s(\[（【©|/.,]{one_of(listed('photo'))}{label}"),
            plain=re.compile(rf"[\s(\[|/.,]{one_of(plain)}\s*(?:[:=|/]|by\b|via\b|$|[)\]])"),
            bank=compiled(r"\bgetty\b|picture.?alliance|shutterstock|imago\b"),
        ),
        photo_open=compiled(rf"^\W*(?:{words('photo')})\W*(?:by|via|di|de|von|av|af)?\s*$"),
        promo=compiled(rf"^\W*(?:{words('promo')})(?:\s*[:：|>»–—-]|\s*$|\s+(?:on|about|:))"),
        notices=re.compile("|".join(f"(?:{line})" for line in data["notices"]["lines"])),
    )


def _stamp(words: str) -> re.Pattern[str]:
    """Dates and times as bylines carry them: "Updated: Nov 20 2019, 11:06am IST", "11月17日"."""
    zone = r"(?:\s*(?:[A-Z]{2,4}|ist)\b)?"
    clock = rf"\d{{1,2}}[:.h]\d{{2}}(?:[:.]\d{{2}})?\s*(?:[ap]\.?m\.?|uhr)?{zone}"
    number = (
        r"\d{4}[-./年]\s?\d{1,2}[-./月]\s?\d{1,2}日?|\d{1,2}月\d{1,2}日|"
        r"\d{1,2}[-./]\s?\d{1,2}[-./]\s?\d{2,4}"
    )
    month = r"\d{1,2}(?:st|nd|rd|th|er|\.)?\s+(?:de\s+)?[^\W\d]{3,12}\.?,?(?:\s+(?:de\s+)?\d{4})?"
    named = r"[^\W\d]{3,9}\.?\s+\d{1,2}(?!\d)(?:st|nd|rd|th)?,?(?:\s+\d{4})?"
    weekday = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?\s+)?"
    date = rf"(?:{weekday}(?:{number}|{named}|{month})|{clock})"
    # Possessive: the spaces between these parts can be cut in many ways.
    return re.compile(
        rf"(?:(?<!\w)(?:{words})[\s:：]*+)*+(?<!\w){date}(?:[T,\s|–-]*+{date})*+", re.IGNORECASE
    )
