"""Compares ways of proposing pairs, on a labelled archive and on edits made of its articles."""

from __future__ import annotations

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.core import credit, fingerprint, text
from aggregator.core.rules import Rules
from scripts import archive
from scripts.shelves import ONE_BAND, Keys, Shelf, band_keys
from tests.gold import desk
from tests.gold.desk import Draft
from tests.gold.dice import Dice

EDITED = 150  # articles that edits are made of
BRIEF = 60  # words
RULES = Rules()
LEAD = 120  # words
CAP = fingerprint.SAMPLE_LIMIT  # texts that may hold a key


@dataclass(frozen=True, slots=True)
class Text:
    """A text as the routes see it."""

    tokens: list[str]
    shingles: text.Shingles


def read_text(tokens: list[str]) -> Text:
    """A text from its tokens."""
    return Text(tokens, text.shingles(tokens))


def bands(count: int, rows: int) -> Callable[[Text], Keys]:
    """Keys of `count` bands of `rows` rows of the signature."""
    if (count, rows) == (fingerprint.BANDS, fingerprint.ROWS):
        return lambda one: band_keys(fingerprint.band_keys(fingerprint.sign(one.shingles)))
    return lambda one: _fold_rows(fingerprint.sign(one.shingles), count, rows)


def _fold_rows(signature: NDArray[np.uint32], count: int, rows: int) -> Keys:
    values = signature[: count * rows].astype(np.uint64).reshape(count, rows)
    keys = np.arange(1, count + 1, dtype=np.uint64)
    for row in range(rows):
        keys = keys * np.uint64(ONE_BAND) + values[:, row]
        keys ^= keys >> np.uint64(31)
    return keys.view(np.int64)


def lead(one: Text) -> Keys:
    """Bands of the opening alone."""
    return bands(fingerprint.BANDS, fingerprint.ROWS)(read_text(one.tokens[:LEAD]))


def sampled(every: int) -> Callable[[Text], Keys]:
    """One shingle in `every`, as it is."""
    if every == fingerprint.SAMPLE_EVERY:
        return lambda one: np.array(fingerprint.sample_keys(one.shingles), dtype=np.int64)
    return lambda one: one.shingles[one.shingles % np.uint64(every) == 0].view(np.int64)


def in_common(every: int, share: float) -> Callable[[int, int], int]:
    """Two samples, and of long texts a share of the shorter one's."""
    if (every, share) == (fingerprint.SAMPLE_EVERY, fingerprint.SAMPLES_SHARE):  # the shipped rule
        return fingerprint.samples_needed
    return lambda a, b: max(2, math.ceil(share * min(a, b) / every))


PARTS: dict[str, tuple[Callable[[Text], Keys], Callable[[], Shelf]]] = {
    **{
        f"({count}, {rows})": (bands(count, rows), lambda: Shelf(CAP))
        for count, rows in ((64, 2), (42, 3), (32, 4), (25, 5), (16, 8))
    },
    f"lead of {LEAD} words, (64, 2)": (lead, lambda: Shelf(CAP)),
    **{
        f"1 in {every}, two in common": (
            sampled(every),
            lambda every=every: Shelf(CAP, 0, in_common(every, 0.0)),  # type: ignore[misc]
        )
        for every in (4, 8, 16)
    },
    **{
        f"1 in 8, {share:.0%} in common": (
            sampled(8),
            lambda share=share: Shelf(  # type: ignore[misc]
                CAP, fingerprint.SAMPLE_FIRST, in_common(8, share)
            ),
        )
        for share in (0.05, 0.1, 0.2)
    },
}
ROUTES = [
    *((name,) for name in PARTS),
    ("(64, 2)", "1 in 8, two in common"),
    ("(64, 2)", "1 in 8, 5% in common"),
    ("(32, 4)", "1 in 8, 5% in common"),
    (f"lead of {LEAD} words, (64, 2)", "1 in 8, 5% in common"),
    ("(64, 2)", "1 in 16, two in common"),
]
SHIPPED = ("(64, 2)", "1 in 8, 5% in common")


def _hard(draft: Draft, other: Draft, dice: Dice) -> Draft:
    kept = desk.cut(draft, 0.33)
    return desk.substitute(desk.add_local(kept, other.paragraphs, 0.5, dice), 0.05, dice)


EDITS: dict[str, Callable[[Draft, Draft, Dice], Draft]] = {
    "half": lambda draft, other, dice: desk.cut(draft, 0.5),
    "third": lambda draft, other, dice: desk.cut(draft, 0.33),
    "fifth": lambda draft, other, dice: desk.cut(draft, 0.2),
    "lede": lambda draft, other, dice: desk.replace_lede(draft, other.paragraphs[0]),
    "style": lambda draft, other, dice: desk.apply_house_style(
        desk.recast(desk.substitute(draft, 0.2, dice), dice)
    ),
    "doubled": lambda draft, other, dice: desk.add_local(draft, other.paragraphs, 1.0, dice),
    "merged": lambda draft, other, dice: desk.merge(draft, other),
    "hard": _hard,
    # Of the first words alone: a desk's brief, with house style and its own last sentence.
    "brief": lambda draft, other, dice: desk.append(
        desk.apply_house_style(desk.substitute(draft, 0.1, dice)),
        desk.sentences(other.paragraphs[1])[:1],
    ),
}


def make_edits(found: archive.Archive) -> list[tuple[str, str | Text, Text]]:
    """(edit, the original or its id, the copy) of articles that nobody copied."""
    copied = frozenset().union(*found.gold, *found.ignored)
    rows = [row for row in found.rows if row.id not in copied and row.id in found.holders]
    drafts = [Draft(row.title, tuple(filter(None, row.text.split("\n"))), "en") for row in rows]
    fit = [n for n, draft in enumerate(drafts) if len(draft.paragraphs) > 5 and draft.words >= 200]
    made: list[tuple[str, str | Text, Text]] = []
    step = max(1, len(fit) // EDITED)
    for at, number in list(enumerate(fit))[::step][:EDITED]:
        other = drafts[fit[(at + 7) % len(fit)]]
        dice = Dice(rows[number].id)
        for edit, change in EDITS.items():
            if edit != "brief":
                made.append((edit, rows[number].id, _cleaned(change(drafts[number], other, dice))))
                continue
            brief = desk.cut(drafts[number], BRIEF / drafts[number].words)
            made.append((edit, _cleaned(brief), _cleaned(change(brief, other, dice))))
    return [each for each in made if all(_is_compared(one) for one in each[1:])]


def _cleaned(draft: Draft) -> Text:
    return read_text(text.tokens("\n".join(credit.strip_credit_lines(draft.text, RULES.agencies))))


def _is_compared(one: str | Text) -> bool:
    return isinstance(one, str) or len(one.shingles) >= RULES.thresholds.min_shingles


Wanted = dict[str, list[tuple[int, int] | None]]
Answers = tuple[dict[int, set[int]], float, float]  # candidates by text, bytes a text, seconds


def place_texts(found: archive.Archive) -> tuple[list[Text], int, Wanted]:
    """All texts, the archive's first; how many those are; the pairs that should be proposed."""
    names = sorted(set(found.holders.values()))
    place = {name: at for at, name in enumerate(names)}
    texts = [read_text(list(found.bodies[name].tokens)) for name in names]
    wanted: Wanted = defaultdict(list)
    for pair in sorted(found.gold, key=sorted):
        held = found.text_of(pair)
        if held is None:
            wanted["gold"].append(None)  # too short to be compared: nothing proposes it
        elif len(held) == 2:
            a, b = sorted(place[one] for one in held)
            wanted["gold"].append((a, b))
    for edit, original, copy in make_edits(found):
        if isinstance(original, Text):
            texts.append(original)
        first = len(texts) - 1 if isinstance(original, Text) else place[found.holders[original]]
        wanted[edit].append((first, len(texts)))
        texts.append(copy)
    return texts, len(names), wanted


def ask(name: str, texts: list[Text], asked: list[int], own: int) -> Answers:
    """What one way proposes for each text asked."""
    keys, new = PARTS[name]
    started, shelf = time.perf_counter(), new()
    for one in texts:
        shelf.add(keys(one), len(one.shingles))
    shelf.sort()
    answers = {text: shelf.ask(text) for text in asked}
    size = 8 * sum(len(keys) for keys in shelf.keys_of[:own]) / own
    return answers, size, time.perf_counter() - started


def table(found: archive.Archive) -> Iterator[str]:
    """The lines of the Markdown table."""
    texts, own, wanted = place_texts(found)
    asked = sorted({*range(own), *(p[0] for pairs in wanted.values() for p in pairs if p)})
    near = {name: ask(name, texts, asked, own) for name in PARTS}
    yield "| route | gold | " + " | ".join(EDITS) + " | candidates an article | bytes | seconds |"
    yield "|---" * (len(EDITS) + 5) + "|"
    for route in ROUTES:
        answers = {text: set().union(*(near[part][0][text] for part in route)) for text in asked}
        shares = [
            sum(pair is not None and pair[1] in answers[pair[0]] for pair in wanted[name])
            / max(1, len(wanted[name]))
            for name in ("gold", *EDITS)
        ]
        pairs = sum(sum(other < own for other in answers[text]) for text in range(own)) / 2
        mark = "**" if route == SHIPPED else ""
        yield (
            f"| {mark}{' and '.join(route)}{mark} | "
            + " | ".join(f"{share:.3f}".removeprefix("0") for share in shares)
            + f" | {pairs / len(found.rows):.2f} | {sum(near[part][1] for part in route):,.0f}"
            f" | {sum(near[part][2] for part in route):.1f} |"
        )
    counts = ", ".join(f"{len(pairs)} {name}" for name, pairs in wanted.items())
    yield f"\n{len(found.rows):,} articles, {own:,} distinct texts; pairs: {counts}."


def main() -> None:
    """The command: a Markdown table, one row a route."""
    parser = argparse.ArgumentParser(prog="scripts/proposers", description=__doc__)
    parser.add_argument("gold")
    parser.add_argument("ignore", nargs="?")
    options = parser.parse_args()
    for line in table(archive.read(options.gold, options.ignore)):
        print(line)


if __name__ == "__main__":
    main()
