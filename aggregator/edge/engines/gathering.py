"""Makes the tasks of the fold from verified pairs and corrections, and stories from its answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aggregator.core.corrections import Bonds
from aggregator.edge.engines.contract import Job
from aggregator.edge.engines.pagefile import open_pages
from aggregator.edge.engines.shelf import Shelf
from aggregator.edge.engines.tasks import Component
from aggregator.edge.engines.texts import TextFile
from aggregator.model import Match


def parts(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Items in lists of a size."""
    part: list[Any] = []
    for item in items:
        part.append(item)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


class Gathering:
    """The texts of an archive with what joins them."""

    def __init__(self, texts: TextFile, job: Job, pairs: Iterable[Match]) -> None:
        import numpy as np

        self._texts, self._job, self._bonds = texts, job, job.bonds
        self._article = texts.column["article"]
        self._holder = np.asarray(texts.column["holder"])
        self._behind = _behind(self._holder)
        self._merging = [
            (texts.place(pair.a), texts.place(pair.b)) for pair in pairs if pair.verdict.merges
        ]

    def components(self, shelf: Shelf) -> list[list[int]]:
        """Places that verified pairs or a person join, by component."""
        import numpy as np

        edges = [*self._merging, *_ties(self._texts, self._holder, self._bonds)]
        return list(shelf.components(np.array(edges, dtype=np.int64).reshape(-1, 2)))

    def tasks(self, joined: list[list[int]]) -> Iterator[Component]:
        """Each component as it is folded."""
        edges: dict[int, list[tuple[int, int]]] = {}
        at = {place: number for number, places in enumerate(joined) for place in places}
        for a, b in self._merging:
            edges.setdefault(at[a], []).append((a, b))
        for number, places in enumerate(joined):
            yield self._component(places, edges.get(number, []))

    def _component(self, places: list[int], pairs: list[tuple[int, int]]) -> Component:
        """Whole where a person decided something, else one place for each text."""
        holders = [place for place in places if self._holder[place] >= 0]
        alone = [int(self._article[place]) for place in places if self._holder[place] < 0]
        whole = [each for place in holders for each in self._behind[place]]
        if not alone and not any(int(self._article[each]) in self._bonds.label for each in whole):
            return Component(holders, [], {}, pairs, None)
        file = open_pages(self._job.folder)
        names = {int(self._article[place]): file[place].key for place in [*whole, *places]}
        return Component(whole, alone, names, pairs, self._bonds)

    def groups(self, joined: list[list[int]], folded: Iterable[list[list[int]]]) -> list[list[int]]:
        """All stories: what stands alone with its exact copies, and what the fold made."""
        inside = {place for places in joined for place in places}
        groups = [
            [int(self._article[each]) for each in self._behind[place]]
            for place in self._behind
            if place not in inside
        ]
        groups += [self._whole(group) for several in folded for group in several]
        return sorted(groups)

    def _whole(self, group: list[int]) -> list[int]:
        """A group with all copies of its texts, unless they stand in it one by one."""
        found = set(group)
        for one in group:
            behind = self._behind.get(self._texts.place(one), ())
            copies = [int(self._article[place]) for place in behind]
            if not any(copy in self._bonds.label for copy in copies):
                found.update(copies)
        return sorted(found)


def _behind(holder: Any) -> dict[int, list[int]]:
    """Places by the place of the holder of their text."""
    found: dict[int, list[int]] = {}
    for place, stands in enumerate(holder.tolist()):
        if stands >= 0:
            found.setdefault(stands, []).append(place)
    return found


def _ties(texts: TextFile, holder: Any, bonds: Bonds) -> list[tuple[int, int]]:
    """Places that a person joins, each text by its holder; a text alone is tied to itself.

    Only what is known here: an article without a good text has no place.
    """
    article = texts.column["article"]

    def node(one: int) -> int | None:
        place = texts.place(one)
        if place >= len(texts) or int(article[place]) != one:
            return None
        return int(holder[place]) if holder[place] >= 0 else place

    found = []
    for members in bonds.camps.values():
        nodes = [at for one in members if (at := node(one)) is not None]
        # Of what a person only keeps apart, what is not compared stands in no story.
        if len(members) < 2:
            nodes = [at for at in nodes if holder[at] >= 0]
        found += [(nodes[0], at) for at in nodes]
    return found
