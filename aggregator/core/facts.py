"""Finds changed numbers, names and quotes among the edits of a text; must not rank them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from aggregator.core import text
from aggregator.core.edits import Edit, Edits, Side
from aggregator.core.phrasebook import phrasebook
from aggregator.model import Aspect, Change

MOST = 6  # changes of one aspect that are listed
POINTS = " ,.;:()\"'“”"
_SHOWN = 200  # characters of words that changed
_NEAR = 48  # characters beside a number in which the word for what it counts stands
_RESPELLED = 0.75  # likeness of two names that are one, spelled otherwise
_QUOTES_MOST = 20  # that are held against each other
_LONG_QUOTE = 4  # words; shorter ones are titles and words held at arm's length

_NUMBER = re.compile(r"\d+(?:[.,:\u00a0\u202f’' ]\d{3}(?!\d))*(?:[.,:]\d+)?")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_QUOTES = re.compile(
    "“([^”\n]{4,600})”|„([^“”\n]{4,600})[“”]|«([^»\n]{4,600})»|»([^«\n]{4,600})«"
    '|「([^」\n]{4,600})」|『([^』\n]{4,600})』|"([^"\n]{4,600})"'
)
_SENTENCE = re.compile(r"[.!?…。！？]+[\"'”’»)\]]*\s+|\n")
_GERMAN = frozenset(["de", "lb"])  # every noun has a capital


def numbers(edits: Edits, titles: Sequence[Edit], language: str | None) -> list[Change]:
    """Numbers that were exchanged, each with what it counts where the words beside it say so."""
    found: dict[tuple[str, str, str], Change] = {}
    pairs = [pair for edit in (*edits.inside, *titles) for pair in _exchanged(edit, language)]
    pairs += _retold(edits, language)
    for label, before, after in pairs:
        words = f"{label} {before} -> {after}".strip()
        found.setdefault(
            (label, before, after),
            Change(aspect=Aspect.NUMBERS, words=words, before=before, after=after),
        )
    return _known_first(found.values())[:MOST]


def _known_first(changes: Iterable[Change]) -> list[Change]:
    """Tolls before other numbers; what a word names before what none does."""
    labels = tuple(phrasebook().counts)

    def weight(change: Change) -> tuple[bool, bool]:
        return not change.words.startswith(labels), change.words.startswith("number ")

    return sorted(changes, key=weight)


def _exchanged(edit: Edit, language: str | None) -> Iterator[tuple[str, str, str]]:
    olds, news = _read_numbers(edit.before, language), _read_numbers(edit.after, language)
    if not olds or not news or [v for v, _, _ in olds] == [v for v, _, _ in news]:
        return
    for (was, shown_was, _), (now, shown_now, at) in zip(olds, news, strict=False):
        if was != now:
            yield _label(edit.after.paragraph, at), shown_was, shown_now


def _retold(edits: Edits, language: str | None) -> Iterator[tuple[str, str, str]]:
    """A toll told anew: the first of its kind in what was cut, and in what was added."""
    if not edits.cut or not edits.added:
        return
    for name in phrasebook().counts:
        was, now = (
            next(
                ((value, shown) for paragraph in paragraphs
                 for value, shown, at in _read_numbers(_whole(paragraph), language)
                 if _label(paragraph, at) == name),
                None,
            )
            for paragraphs in (edits.cut, edits.added)
        )  # fmt: skip
        if was and now and was[0] != now[0]:
            yield name, was[1], now[1]


def _whole(paragraph: str) -> Side:
    return Side(paragraph, 0, len(paragraph))


def _read_numbers(side: Side, language: str | None) -> list[tuple[str, str, tuple[int, int]]]:
    """(value, as written, place in the paragraph) of each number, digits or a word for it."""
    found = []
    run = side.paragraph[side.start : side.end]
    for hit in _NUMBER.finditer(run):
        value = re.sub(r"[\u00a0\u202f’' ]", "", unicodedata.normalize("NFKC", hit[0]))
        found.append((value, hit[0].strip(), (side.start + hit.start(), side.start + hit.end())))
    words = phrasebook().numbers.get((language or "").split("-")[0], {})
    if words:
        for hit in _WORD.finditer(run):
            number = words.get(hit[0].casefold())
            if number is not None:
                place = (side.start + hit.start(), side.start + hit.end())
                found.append((str(number), hit[0], place))
    return sorted(found, key=lambda each: each[2])


def _label(paragraph: str, place: tuple[int, int]) -> str:
    """What a number counts: toll, injured, missing, else the next word, else "number"."""
    start, end = place
    rest = _SENTENCE.split(paragraph[end : end + _NEAR])[0]
    head = _SENTENCE.split(paragraph[max(0, start - _NEAR) : start])[-1]
    nearest: list[tuple[int, str]] = []
    for name, pattern in phrasebook().counts.items():
        if after := pattern.search(rest):
            nearest.append((after.start(), name))
        before = list(pattern.finditer(head))
        if before:
            nearest.append((len(head) - before[-1].end() + 1, name))
    if nearest:
        return min(nearest)[1]
    following = _WORD.match(rest.lstrip())
    return following[0][:30] if following and not _is_unspaced(following[0]) else "number"


def _is_unspaced(word: str) -> bool:
    return re.match(f"[{text.UNSPACED}]", word) is not None


def names(edits: Edits, titles: Sequence[Edit], language: str | None) -> list[Change]:
    """Names that were exchanged or respelled in place; only scripts with capitals show them."""
    found: dict[tuple[str, str], Change] = {}
    for edit in (*edits.inside, *titles):
        was, now = _name(edit.before), _name(edit.after)
        if not was or not now or was.casefold() == now.casefold():
            continue
        alike = is_respelled(was, now)
        if (language or "").split("-")[0] in _GERMAN and not alike and " " not in f"{was}{now}":
            continue
        found[was, now] = Change(
            aspect=Aspect.NAMES, words=f"name {was} -> {now}", before=was, after=now
        )
    return list(found.values())[:MOST]


def is_respelled(was: str, now: str) -> bool:
    """Whether two words or names are one, spelled otherwise."""
    a, b = was.casefold(), now.casefold()
    return SequenceMatcher(None, a, b, autojunk=False).ratio() >= _RESPELLED


def _name(side: Side) -> str:
    """The words of a side when all of them are capitalised and one is not so by its place."""
    words = list(_WORD.finditer(side.words))
    if not words or len(words) > 5 or not all(hit[0][0].isupper() for hit in words):
        return ""
    opened = _SENTENCE.split(side.paragraph[: side.start])[-1].strip(" \"'“„«‘(")
    following = _WORD.match(side.paragraph[side.end :].lstrip())
    beside = bool(following and following[0][0].isupper())
    if side.paragraph.isupper() or not (opened or len(words) > 1 or beside):
        return ""
    return side.words.strip(POINTS)


def quotes(before: str, after: str) -> list[Change]:
    """Quoted speech that was changed, cut or added between two texts."""
    was, now = _quoted(before), _quoted(after)
    gone = [quote for key, quote in was.items() if key not in now]
    come = [quote for key, quote in now.items() if key not in was]
    # A quotation that lost its marks, or got some, says the same.
    left, right = _fold(before), _fold(after)
    gone = [quote for quote in gone if _fold(quote) not in right][:_QUOTES_MOST]
    come = [quote for quote in come if _fold(quote) not in left][:_QUOTES_MOST]
    found = []
    for quote in gone:
        twin = next((each for each in come if _alike(quote, each)), None)
        if twin is None:
            found.append(_quote("quote cut", quote, ""))
        else:
            come.remove(twin)
            found.append(_quote("quote changed", quote, twin))
    found += [_quote("quote added", "", quote) for quote in come]
    return sorted(found, key=lambda change: change.words != "quote changed")[:MOST]


def _quoted(body: str) -> dict[str, str]:
    found = {}
    for hit in _QUOTES.finditer(body):
        quote = next(group for group in hit.groups() if group)
        if text.count_words(quote) >= _LONG_QUOTE:
            found[_fold(quote)] = quote.strip()
    return found


def _fold(words: str) -> str:
    return " ".join(text.tokens(words))


def _alike(a: str, b: str) -> bool:
    left, right = text.tokens(a), text.tokens(b)
    return SequenceMatcher(None, left, right, autojunk=False).ratio() >= 0.5


def _quote(words: str, before: str, after: str) -> Change:
    return Change(aspect=Aspect.QUOTES, words=words, before=before[:_SHOWN], after=after[:_SHOWN])
