"""The same words in other letters: look-alikes, encodings, quotation marks, orthographies."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from tests.gold.desk import Draft, tables
from tests.gold.dice import Dice

_LATIN_TO_CYRILLIC = str.maketrans("aeopcx", "аеорсх")
_CYRILLIC_TO_LATIN = str.maketrans("аеорсх", "aeopcx")


def disguise(draft: Draft, dice: Dice) -> Draft:
    """Look-alike letters of another alphabet in one word of four, as copy thieves set them."""
    table = _CYRILLIC_TO_LATIN if draft.language in ("ru", "uk") else _LATIN_TO_CYRILLIC

    def mask(number: int, paragraph: str) -> str:
        return re.sub(
            r"\w{4,}",
            lambda m: m[0] if dice.below(4, (number, m.start())) else m[0].translate(table),
            paragraph,
        )

    return draft.with_body([mask(n, p) for n, p in enumerate(draft.paragraphs)])


def encode_otherwise(draft: Draft) -> Draft:
    """Decomposed letters, soft hyphens in long words, a word joiner here and there."""
    body = []
    for paragraph in draft.paragraphs:
        hyphenated = re.sub(r"(\w{5})(\w{4,})", "\\1\u00ad\\2", paragraph)
        body.append(unicodedata.normalize("NFD", hyphenated.replace(", ", ",\u2060 ")))
    return draft.with_body(body)


def curl(draft: Draft) -> Draft:
    """Typographic quotation marks and apostrophes."""

    def set_type(text: str) -> str:
        text = re.sub(r"(?<![^\s(\[—-])\"", "“", text).replace('"', "”")
        return re.sub(r"(?<![^\s(\[—“-])'", "‘", text).replace("'", "’")

    return replace(draft.with_body(map(set_type, draft.paragraphs)), title=set_type(draft.title))


def to_traditional(draft: Draft) -> Draft:
    """Chinese in traditional characters, as desks overseas set it."""
    table = tables()["traditional"]
    signs = str.maketrans(str(table["from"]), str(table["to"]))
    return replace(
        draft.with_body([p.translate(signs) for p in draft.paragraphs]),
        title=draft.title.translate(signs),
    )


def spell_egyptian(draft: Draft) -> Draft:
    """Arabic with dotless final yeh and plain alef, as many desks type it."""
    plain = str.maketrans("أإآ", "ااا")
    return draft.with_body([re.sub(r"ي\b", "ى", p.translate(plain)) for p in draft.paragraphs])


def spell_plain(draft: Draft) -> Draft:
    """Hindi without nukta and with the dot for the nasal moon, as many desks type it."""
    body = [unicodedata.normalize("NFD", p).replace("\u093c", "") for p in draft.paragraphs]
    return draft.with_body([p.replace("\u0901", "\u0902") for p in body])
