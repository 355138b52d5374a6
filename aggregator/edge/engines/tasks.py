"""What a worker does for an engine with pages or texts of one folder; decides by core alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from aggregator.core import grouping, match, pages, template
from aggregator.core.corrections import Bonds
from aggregator.core.pages import Print
from aggregator.edge.engines.pagefile import open_pages
from aggregator.edge.engines.texts import TextFile, open_texts, rules_of
from aggregator.model import Match, MatchVerdict

Repeated = tuple[int, int, list[int]]  # outlet, sentence key, places of pages that hold it


class Where(NamedTuple):
    """Where a worker finds the archive, and by which rules it is clustered."""

    folder: Path
    rules: str  # JSON


def list_sentences(task: tuple[Where, int, int]) -> Any:
    """Rows of outlet, sentence key and place for a range of pages: int64 of shape (n, 3).

    What is left of the pages without their credits is kept for `make_prints`.
    """
    import numpy as np

    where, start, end = task
    agencies = rules_of(where.rules).agencies
    found: list[tuple[int, int, int]] = []
    with _stripped(where, start).open("w", encoding="utf-8", errors="surrogatepass") as file:
        for place, page in enumerate(open_pages(where.folder).range(start, end), start):
            cut = pages.cut(pages.strip(page, agencies))
            file.write(json.dumps(cut, ensure_ascii=False) + "\n")
            found += [(page.outlet, key, place) for key in pages.distinct_keys(cut)]
    rows = np.array(found, dtype=np.int64).reshape(-1, 3)
    np.save(sentence_file(where, start), rows)
    return rows


def sentence_file(where: Where, start: int) -> Path:
    """Where the rows of a range of pages lie, for whoever writes them to the database."""
    return where.folder / f"sentences-{start}.npy"


def _stripped(where: Where, start: int) -> Path:
    return where.folder / f"stripped-{start}.jsonl"


@lru_cache(maxsize=4096)
def _sketch(where: Where, place: int) -> template.PageSketch:
    return pages.sketch(open_pages(where.folder)[place], rules_of(where.rules).agencies)


def weigh(task: tuple[Where, Sequence[Repeated]]) -> list[tuple[int, int]]:
    """Those sentences of outlets that are template, as outlet and key."""
    where, sentences = task
    least = rules_of(where.rules).template_pages
    return [
        (outlet, key)
        for outlet, key, places in sentences
        if template.is_template([_sketch(where, place) for place in places], len(places), least)
    ]


@lru_cache(maxsize=1)
def _templates(folder: Path) -> dict[int, frozenset[int]]:
    """The templates of each outlet, from the file that the engine left."""
    import numpy as np

    rows = np.load(folder / "templates.npy").tolist()
    return {
        outlet: frozenset(key for _, key in found)
        for outlet, found in groupby(rows, key=lambda row: row[0])
    }


def make_prints(task: tuple[Where, int, int]) -> list[tuple[Print, int, int, str]]:
    """Prints of a range of pages, each with its outlet, time and title."""
    where, start, end = task
    rules, templates = rules_of(where.rules), _templates(where.folder)
    stripped, found = _stripped(where, start), []
    with stripped.open(encoding="utf-8", errors="surrogatepass") as file:
        for page, line in zip(open_pages(where.folder).range(start, end), file, strict=True):
            known = templates.get(page.outlet, frozenset())
            made = pages.make_print(page.article, pages.Cut(*json.loads(line)), known, rules)
            found.append((made, page.outlet, page.at, page.title))
    stripped.unlink()
    return found


def find_walls(task: tuple[Where, Sequence[Sequence[int]]]) -> list[int]:
    """Articles of these groups of places, one outlet and one text each, that are walls."""
    where, groups = task
    file = open_pages(where.folder)
    return [
        article
        for places in groups
        for article in pages.find_walls([file[place] for place in places])
    ]


def decide(task: tuple[Where, Any]) -> list[Match]:
    """Comparisons of pairs of places that found something; int64 of shape (n, 2), by the first."""
    where, pairs = task
    texts = open_texts(*where)
    return compare_all(texts, pairs.tolist())


def compare_all(texts: TextFile, pairs: Sequence[Sequence[int]]) -> list[Match]:
    """The verdicts of pairs of places but for those with nothing in common."""
    rule = texts.rules.thresholds
    found, last, mine = [], -1, texts.shingles(0)
    for a, b in pairs:
        if a != last:
            last, mine = a, texts.shingles(a)
        if not match.shingles_share_much(mine, texts.shingles(b), rule):
            continue
        pair = match.compare(texts.body(a), texts.body(b), rule)
        if pair.verdict is not MatchVerdict.NO:
            found.append(pair)
    return found


class Component(NamedTuple):
    """Articles that verified pairs or a person join."""

    places: list[int]  # one of each text, or all that a person may part
    alone: list[int]  # articles that are not compared but held by a person
    names: dict[int, str]  # url keys; only where a person decided something
    pairs: list[tuple[int, int]]  # places of holders
    bonds: Bonds | None


def fold(task: tuple[Where, Sequence[Component]]) -> list[list[list[int]]]:
    """The groups of each component, as articles."""
    where, components = task
    texts = open_texts(*where)
    return [fold_one(texts, component) for component in components]


def fold_one(texts: TextFile, component: Component) -> list[list[int]]:
    """The groups of one component, as articles."""
    article = texts.column["article"]
    behind: dict[str, list[int]] = {}
    for place in component.places:
        behind.setdefault(texts.digest(place), []).append(int(article[place]))
    names = component.names or dict.fromkeys((int(article[p]) for p in component.places), "")
    bonds = component.bonds or Bonds()
    sides = grouping.sides_of(behind, names, bonds)
    return grouping.partition(
        behind,
        component.alone,
        names,
        {(texts.digest(a), texts.digest(b)) for a, b in component.pairs},
        {side[0]: texts.get(None, side[0]) for side in sides[0]},
        bonds=bonds,
        sides=sides,
        rule=texts.rules.thresholds,
    )
