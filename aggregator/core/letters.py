"""Folds what desks, encodings and disguises change in letters without changing the words.

Must not cut a text into words. A change of any rule here is a new `text.TEXT_VERSION`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

# Soft hyphen, zero-width and bidi controls, word joiner, BOM, variation selectors, tatweel;
# Arabic vowel signs and Hebrew points, which most desks leave out.
_DROPPED_SET = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u0591-\u05bd\u05bf\u05c1\u05c2"
    "\u05c4\u05c5\u05c7"
)
_DROPPED = re.compile(f"[{_DROPPED_SET}]")
# Letters that desks of one language set in two ways: Arabic hamza carriers, alef maqsura and ta
# marbuta; Persian kaf and yeh for the Arabic ones; Russian yo; Devanagari nukta and candrabindu.
_TWO_WAYS = str.maketrans(
    {
        "\u0622": "\u0627", "\u0623": "\u0627", "\u0625": "\u0627", "\u0671": "\u0627",
        "\u0624": "\u0648", "\u0626": "\u064a", "\u0649": "\u064a", "\u06cc": "\u064a",
        "\u0629": "\u0647", "\u06a9": "\u0643",
        "\u0451": "\u0435",
        "\u093c": None, "\u0901": "\u0902",
    }
)  # fmt: skip
_SPELLED_SET = "\u0451\u0622-\u0626\u0629\u0649\u0671\u06a9\u06cc\u0901\u093c"
_SPELLED = re.compile(f"[{_SPELLED_SET}]")
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_HAN_SET = "\u3400-\u4dbf\u4e00-\u9fff"
_HAN = re.compile(f"[{_HAN_SET}\U00020000-\U0003ffff]")


@cache
def _special() -> re.Pattern[str]:
    """All of the above among the first 65,536 characters: four searches in one."""
    digits = "".join(_FOREIGN_DIGIT.findall("".join(map(chr, range(0x10000)))))
    return re.compile(f"[{_DROPPED_SET}{_SPELLED_SET}{_HAN_SET}{digits}]")


def has_astral(text: str) -> bool:
    """Whether a text has characters past the first 65,536; a hundredth of the cost of `max`."""
    return len(text.encode("utf-16-le", "surrogatepass")) != 2 * len(text)


# Letters that look alike, lower case and capitals, folded only inside words that mix scripts.
_LATIN_OF = str.maketrans(
    "аеорсухіјѕԁһӏԛԝѵгмтвнк" + "αβεικνορτυχ", "aeopcyxijsdhlqwvrmtbhk" + "abeiknoptux"
)
_CYRILLIC_OF = str.maketrans("aeopcyxijsdhlqwvrmtbk", "аеорсухіјѕԁнӏԛԝѵгмтвк")
_GREEK_OF = str.maketrans("abeiknoptuvxyzh", "αβεικνορτυνχυζη")
_TWINS = frozenset("abcehikmnopsxyj")  # Latin letters that pass for Cyrillic or Greek ones
_LATIN = re.compile("[a-z]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")


def normalise(text: str) -> str:
    """NFKC, case folding, no invisible characters or vowel points, one spelling; idempotent.

    Where a language has two ways to set a letter, one stands for both; Traditional Chinese is
    written as Simplified; digits of all scripts are ASCII.
    """
    # Composed first: a madda that belongs to its alef is no vowel sign to be dropped.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if not has_astral(folded) and not _special().search(folded):
        return folded  # one look for all that follows, which few texts of most scripts need
    folded = unicodedata.normalize("NFKC", _DROPPED.sub("", folded))
    if _SPELLED.search(folded):
        folded = unicodedata.normalize("NFKC", folded.translate(_TWO_WAYS))
    folded = _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), folded)
    return simplify(folded) if _HAN.search(folded) else folded


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def simplify(text: str) -> str:
    """Traditional Chinese in Simplified characters, by OpenCC's tables; other text as it is."""
    once: str = _converter().convert(text)
    twice: str = _converter().convert(once)  # one character of its tables takes two steps
    return twice


@cache
def tables() -> str:
    """The release of OpenCC: another one may write a text in other characters."""
    from importlib.metadata import version

    return version("opencc")


def script_bits(letter: str) -> int:
    """1 for a plain Latin letter, 2 for one of the scripts that `unmask` sets against it, else 0.

    A token whose letters have both bits may be changed by `unmask`, any other is not.
    """
    if _LATIN.match(letter):
        return 1
    return 2 if _CYRILLIC.match(letter) or _GREEK.match(letter) else 0


def unmask(token: str) -> str:
    """A word that mixes scripts by look-alike letters, in the script it was written in.

    That is the one that has a twin for each letter of the other; where both have, or neither,
    the one of most letters. A word of one script stays as it is, also where all its letters have
    twins: nobody can tell.
    """
    if token.isascii():
        return token
    latin = _LATIN.findall(token)
    if not latin:
        return token
    for script, table in ((_CYRILLIC, _CYRILLIC_OF), (_GREEK, _GREEK_OF)):
        other = script.findall(token)
        if not other:
            continue
        may_be_latin = all(ord(letter) in _LATIN_OF for letter in other)
        may_be_other = all(letter in _TWINS for letter in latin)
        if may_be_latin == may_be_other:
            may_be_latin = len(latin) >= len(other)
        return token.translate(_LATIN_OF if may_be_latin else table)
    return token
