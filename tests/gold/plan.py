"""Decides which outlet runs which story with which edit; the edits themselves are the desk's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.gold import desk, lettering
from tests.gold.desk import Draft
from tests.gold.dice import Dice
from tests.gold.reading import Outlet, Piece

COPIES = 8  # of one story at most, besides the wire as sent
BRIEF = 220  # words; a desk cuts a longer story to a fifth


@dataclass(frozen=True, slots=True)
class Job:
    """What an edit may use."""

    story: Piece
    draft: Draft
    outlet: Outlet
    dice: Dice

    @property
    def local(self) -> tuple[str, ...]:
        """Paragraphs that a local desk wrote."""
        sections = self.story.of("local")
        return sections[0].paragraphs if sections else ()

    @property
    def local_words(self) -> int:
        """Their length."""
        return sum(map(self.draft.size, self.local))

    @property
    def lede(self) -> str:
        """One of the other ledes."""
        ledes = [section.paragraphs[0] for section in self.story.of("lede")]
        return self.dice.pick(ledes, "lede")


def _own_share(job: Job, share: float) -> Draft:
    """As much of the wire as leaves the desk's own paragraphs this share of the article."""
    kept = job.local_words * (1 - share) / share / job.draft.words
    return desk.add_local(desk.cut(job.draft, min(1.0, kept)), job.local, 9.0, job.dice)


def _light(job: Job) -> Draft:
    styled = desk.apply_house_style(desk.replace_lede(job.draft, job.lede))
    return desk.insert_promos(styled, job.outlet.promos, job.dice)


def _mid(job: Job) -> Draft:
    halved = desk.replace_lede(desk.cut(job.draft, 0.5), job.lede)
    return desk.insert_promos(desk.apply_house_style(halved), job.outlet.promos, job.dice)


def _hard(job: Job) -> Draft:
    third = desk.substitute(desk.cut(job.draft, 0.33), 0.05, job.dice)
    mixed = desk.add_local(third, job.local, 0.5, job.dice)
    return desk.insert_promos(mixed, job.outlet.promos, job.dice)


def _recast(job: Job) -> Draft:
    turned = desk.tighten(desk.recast(job.draft, job.dice), job.dice)
    return desk.substitute(turned, 0.05, job.dice)


EDITS: dict[str, Callable[[Job], Draft]] = {
    "headline": lambda job: job.draft,
    "cut-75": lambda job: desk.cut(job.draft, 0.75),
    "cut-50": lambda job: desk.cut(job.draft, 0.5),
    "cut-33": lambda job: desk.cut(job.draft, 0.33),
    "cut-20": lambda job: desk.cut(job.draft, 0.2),
    "lede-dropped": lambda job: desk.drop_lede(job.draft),
    "lede-replaced": lambda job: desk.replace_lede(job.draft, job.lede),
    "house-style": lambda job: desk.apply_house_style(job.draft),
    "words-3": lambda job: desk.substitute(job.draft, 0.03, job.dice),
    "words-10": lambda job: desk.substitute(job.draft, 0.1, job.dice),
    "tightened": lambda job: desk.tighten(job.draft, job.dice),
    "recast": _recast,
    "reordered": lambda job: desk.reorder(job.draft, job.dice),
    "promos": lambda job: desk.insert_promos(job.draft, job.outlet.promos, job.dice),
    "local": lambda job: desk.add_local(job.draft, job.local, 1.0, job.dice),
    "own-third": lambda job: _own_share(job, 1 / 3),
    "own-half": lambda job: _own_share(job, 1 / 2),
    "merged": lambda job: desk.merge(job.draft, job.story.drafts("second")[0]),
    "update": lambda job: desk.update(job.draft, job.lede, job.dice),
    "disguised": lambda job: lettering.disguise(job.draft, job.dice),
    "encoded": lambda job: lettering.encode_otherwise(job.draft),
    "respelled": lambda job: job.draft,  # the outlet's habit does it
    "light": _light,
    "mid": _mid,
    "hard": _hard,
}
# Only these leave the agency's headline in place; 86 % of real copies have their own.
SAME_TITLE = frozenset(["cut-33", "words-3", "encoded", "promos"])
# Outlets that write another orthography change every sentence, whatever else they do.
RESPELLING = frozenset(["traditional", "egyptian", "plain_nukta"])


def fits(edit: str, story: Piece, outlet: Outlet) -> bool:
    """Whether a desk could make this edit of this story."""
    if edit == "respelled":
        return False
    needs = {"merged": "second", "local": "local", "own-third": "local", "own-half": "local"}
    needs |= dict.fromkeys(("lede-replaced", "update", "light", "mid"), "lede") | {"hard": "local"}
    if edit in needs and not story.of(needs[edit]):
        return False
    if edit == "cut-20" and story.draft.words < BRIEF:
        return False
    if edit in ("promos", "light", "mid", "hard") and not outlet.promos:
        return False
    return edit != "disguised" or story.language in ("en", "de", "es", "fr", "pl", "ru", "uk")


def assign(
    stories: list[Piece], outlets: dict[str, list[Outlet]]
) -> Iterator[tuple[Piece, Outlet, list[tuple[str, Outlet]]]]:
    """For each story the outlet that runs it as sent, and the edits of the others.

    Edits that a story asks for go first, then the one that was used least so far, so that every
    class gets its share; a story has each edit once.
    """
    used: Counter[str] = Counter()
    for number, story in enumerate(stories):
        around = outlets[story.language]
        shift = number % len(around)
        first, *others = around[shift:] + around[:shift]
        if first.habits & RESPELLING:
            first, others[0] = others[0], first
        copies: list[tuple[str, Outlet]] = []
        for outlet in others[:COPIES]:
            if outlet.habits & RESPELLING:
                copies.append(("respelled", outlet))
                continue
            free = [
                edit
                for edit in EDITS
                if fits(edit, story, outlet) and edit not in [name for name, _ in copies]
            ]
            wanted = [edit for edit in story.settings.get("edits", ()) if edit in free]
            edit = wanted[0] if wanted else min(free, key=lambda name: used[name])
            used[edit] += 1
            copies.append((edit, outlet))
        yield story, first, copies
