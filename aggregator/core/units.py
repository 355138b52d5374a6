"""Tables that fold a text character by character in bulk; must not decide what a token is.

What a character becomes is asked of `text.tokens`. Characters whose fate hangs on their
neighbours (marks, Korean jamo, letters that become several, scripts without spaces) are marked:
a text that holds one takes the long way.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from aggregator.core import letters, text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.uint32]
    Units = NDArray[np.uint16]

# Of each table entry the lower half is the folded character, 0 where it parts tokens. The upper
# half says more of it; a token with both bits set has to be looked at (`letters.unmask`).
LATIN = 1 << 16
OTHER = 2 << 16
LOOK = LATIN | OTHER
FIRST_OTHER = 0x370  # below this no folded character has the second bit
# European and Caucasian letters and Hebrew; Latin and Greek with marks, punctuation and signs;
# Korean syllables. The rest is left to the long way, where other work outweighs the letters.
_ASKED = (range(0x0600), range(0x1E00, 0x2C00), range(0x3000, 0x3040), range(0xFF00, 0xFFFE))
_DOTTED = ("\u0130", "i\ue000")  # a capital i with its dot, and the dot as `spell_out` has it
_MOST_SPELLED = 40  # different characters; more are a script
_SYLLABLES = range(0xAC00, 0xD7A4)
_JAMO = (range(0x1100, 0x1200), range(0xA960, 0xA980), range(0xD7B0, 0xD800))


def units_of(body: str) -> Units | None:
    """A text as 16-bit units, emoji as spaces; None where it has other rare characters."""
    import numpy as np

    units = np.frombuffer(body.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    if len(units) == len(body):
        return units
    plain = text.without_pictures(body)
    return None if letters.has_astral(plain) else units_of(plain)


@cache
def text_table(*, spelled: bool = False) -> Table:
    """What becomes of each character of a text; made in about 20 ms, at the first use.

    `spelled` texts come from `spell_out`.
    """
    import numpy as np

    if spelled:
        table = text_table().copy()
        table[ord(_DOTTED[1][1])] = 0x307
        return table
    table = np.full(0x10000, LOOK, dtype=np.uint32)
    for codes in _ASKED:
        for code in codes:
            table[code] = _entry(chr(code))
    table[_SYLLABLES.start : _SYLLABLES.stop] = _SYLLABLES
    return table


@cache
def _spelled() -> dict[str, str]:
    """The marked characters that become the same others or nothing wherever they stand."""
    table = text_table()
    found = dict([_DOTTED])
    for code in (code for codes in (*_ASKED, range(0xFE00, 0xFE10)) for code in codes):
        character = chr(code)
        folded = letters.normalise(character)
        if table[code] == LOOK and folded != character:
            entries = [int(table[ord(one)]) for one in folded if ord(one) < 0x10000]
            if len(entries) == len(folded) and LOOK not in entries:
                found[character] = folded
    return found


def spell_out(body: str, found: Units) -> str | None:
    """A text of these units with "ss" for "ß", "1/2" for "½" and no soft hyphens, and so on.

    None where something else in it has to be looked at. A German page in three holds an "ß",
    and took the long way: 300 us in place of 50.
    """
    import numpy as np

    if _DOTTED[1][1] in body:
        return None
    marked = np.unique(found[text_table()[found] == LOOK])
    if not 0 < len(marked) <= _MOST_SPELLED:
        return None
    for code in marked.tolist():
        plain = _spelled().get(chr(code))
        if plain is None:
            return None
        body = body.replace(chr(code), plain)
    return body


@cache
def text_characters(*, spelled: bool = False) -> Units:
    """The lower half of `text_table`, with the last code for what has to be looked at."""
    import numpy as np

    table = text_table(spelled=spelled)
    return np.where(table & LOOK == LOOK, 0xFFFF, table & 0xFFFF).astype(np.uint16)


@cache
def token_table() -> Table:
    """The same for tokens joined by spaces: they are as they will be."""
    import numpy as np

    table = np.arange(0x10000, dtype=np.uint32)
    table[ord(" ")] = 0
    return table


def _entry(character: str) -> int:
    folded = letters.normalise(character)
    if not folded or any(unicodedata.category(one)[0] == "M" for one in character + folded):
        return LOOK
    found = text.tokens(character)
    if not found:
        return 0
    if len(found) > 1 or len(found[0]) > 1 or found[0] != folded:
        return LOOK
    code = ord(folded)
    if text.is_unspaced(folded) or any(code in jamo for jamo in _JAMO):
        return LOOK
    return code | letters.script_bits(folded) << 16
