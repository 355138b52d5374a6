"""A person's decisions as constraints: who must stand together and who never may.

Corrections in force never contradict one another: a new one that would is refused, and `clash`
names what stands in its way. So each of them holds whole, none depends on which was made first,
and any of them can be taken back. Must not fold, read or write anything.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aggregator.model import Correction, CorrectionKind

_NONE: frozenset[int] = frozenset()


def together(correction: Correction) -> tuple[int, ...]:
    """The articles that a correction holds in one story; empty when it holds none."""
    if correction.kind is CorrectionKind.MERGE:
        return tuple(article for part in correction.parts for article in part)
    return correction.parts[0] if correction.kind is CorrectionKind.SPLIT else ()


def apart(correction: Correction) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The articles that a correction keeps from one another: none of the one with the other's."""
    if correction.kind in (CorrectionKind.SPLIT, CorrectionKind.NOT_A_COPY):
        return correction.parts[0], correction.parts[1]
    return (), ()


class Camps:
    """Who stands with whom so far; starts with what a person holds together.

    Members are articles, or whatever else the caller folds; unknown ones stand alone.
    """

    def __init__(self, bonds: Bonds | None = None) -> None:
        self._parent: dict[Hashable, Hashable] = {}
        self._labels: dict[Hashable, set[int]] = {}
        self._enemies: dict[Hashable, set[int]] = {}
        for label, members in (bonds.camps if bonds else {}).items():
            self._parent |= dict.fromkeys(members, members[0])
            self._labels[members[0]] = {label}
            self._enemies[members[0]] = set(bonds.enemies.get(label, ())) if bonds else set()

    def root(self, one: Hashable) -> Hashable:
        """The member that stands for a camp: equal for two members when they stand together."""
        parent = self._parent
        while (above := parent.get(one, one)) != one:
            parent[one] = parent.get(above, above)
            one = parent[one]
        return one

    def join(self, one: Hashable, other: Hashable) -> bool:
        """Make two camps one; False, and nothing done, when a person keeps any two of them apart.

        A refusal is for ever: camps only grow.
        """
        a, b = self.root(one), self.root(other)
        if a == b:
            return True
        if not self._enemies.get(a, _NONE).isdisjoint(self._labels.get(b, _NONE)):
            return False
        if len(self._labels.get(a, _NONE)) < len(self._labels.get(b, _NONE)):
            a, b = b, a
        self._parent[b] = a
        for known in (self._labels, self._enemies):
            if b in known:
                known.setdefault(a, set()).update(known.pop(b))
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonds:
    """What all corrections in force ask for. A camp is a set of articles that stand together."""

    label: Mapping[int, int] = field(default_factory=dict)  # article -> its camp
    camps: Mapping[int, tuple[int, ...]] = field(default_factory=dict)  # camp -> articles
    enemies: Mapping[int, frozenset[int]] = field(default_factory=dict)  # camp -> other camps

    def partners(self, article: int) -> tuple[int, ...]:
        """All articles of the article's camp, itself among them; empty when it is in none."""
        return self.camps.get(self.label.get(article, -1), ())

    def is_held(self, article: int) -> bool:
        """Whether a person holds the article together with another one."""
        return len(self.partners(article)) > 1

    def kept_from(self, article: int) -> frozenset[int]:
        """The camps that the article may not stand with."""
        return self.enemies.get(self.label.get(article, -1), _NONE)


def bind(corrections: Iterable[Correction]) -> Bonds:
    """The bonds of corrections, all taken to be in force; their order does not matter."""
    given = tuple(corrections)
    union = Camps()
    articles: set[int] = set()
    for correction in given:
        articles.update(*apart(correction), together(correction))
        held = together(correction)
        for article in held[1:]:
            union.join(held[0], article)
    members: dict[Hashable, list[int]] = {}
    for article in sorted(articles):
        members.setdefault(union.root(article), []).append(article)
    camps = {camp[0]: tuple(camp) for camp in members.values()}
    label = {article: name for name, camp in camps.items() for article in camp}
    enemies: dict[int, set[int]] = {}
    for correction in given:
        one, other = ({label[article] for article in side} for side in apart(correction))
        for side, against in ((one, other), (other, one)):
            for camp in side:
                enemies.setdefault(camp, set()).update(against)
    return Bonds(
        label=label,
        camps=camps,
        enemies={camp: frozenset(against) for camp, against in enemies.items()},
    )


def divide(
    texts: Mapping[str, Sequence[int]], names: Mapping[int, str], bonds: Bonds, camps: Camps
) -> list[list[int]]:
    """Articles with one text stand as one, but for those that a person keeps apart.

    `texts`: articles by the digest of their text; `names`: a name of each article that does not
    depend on arrival. What is kept from the fewest comes first, so a run of the text that nobody
    decided on stays with the story and not with what was taken out of it. Gives one list for each
    text and side, in canonical order, and joins their camps.
    """
    found: list[list[int]] = []
    for digest in sorted(texts):
        sides: list[list[int]] = []
        for article in sorted(
            texts[digest], key=lambda one: (len(bonds.kept_from(one)), names[one])
        ):
            side = next((each for each in sides if camps.join(each[0], article)), None)
            if side is None:
                sides.append([article])
            else:
                side.append(article)
        found += sides
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Two articles that a new correction would have both together and apart."""

    a: int
    b: int
    by: tuple[Correction, ...]  # what stands in the way
    together: bool  # by which they stand together; else by which they stand apart


def clash(in_force: Sequence[Correction], new: Correction) -> Clash | None:
    """Why a new correction cannot hold beside those in force; None when it can."""
    everything = [*in_force, new]
    label = bind(everything).label
    for correction in (new, *in_force):
        one, other = apart(correction)
        beside = {label[article]: article for article in reversed(one)}
        for b in other:
            if label[b] in beside:
                a = beside[label[b]]
                if correction is not new:
                    return Clash(a=a, b=b, by=(correction,), together=False)
                chain = tuple(c for c in held_by(everything, a, b) if c is not new)
                return Clash(a=a, b=b, by=chain, together=True)
    return None


def held_by(corrections: Sequence[Correction], a: int, b: int) -> tuple[Correction, ...]:
    """The shortest chain of corrections that hold two articles together; empty when none does."""
    holding = [(correction, together(correction)) for correction in corrections]
    of: dict[int, list[int]] = {}
    for at, (_, members) in enumerate(holding):
        for article in members:
            of.setdefault(article, []).append(at)
    reached: dict[int, tuple[Correction, ...]] = {a: ()}
    used: set[int] = set()
    front = [a]
    while front and b not in reached:
        ahead = []
        for article in front:
            for at in of.get(article, ()):
                if at not in used:
                    used.add(at)
                    fresh = [each for each in holding[at][1] if each not in reached]
                    reached |= dict.fromkeys(fresh, (*reached[article], holding[at][0]))
                    ahead += fresh
        front = ahead
    return reached.get(b, ())


def kept_apart_by(corrections: Sequence[Correction], a: int, b: int) -> tuple[Correction, ...]:
    """The corrections that keep two articles apart, those that hold others to them included."""
    bonds = bind(corrections)

    def sides(correction: Correction) -> Iterator[tuple[int, int]]:
        one, other = apart(correction)
        for left, right in ((one, other), (other, one)):
            near = [x for x in left if x == a or bonds.label.get(a) == bonds.label[x]]
            far = [y for y in right if y == b or bonds.label.get(b) == bonds.label[y]]
            if near and far:
                yield (a if a in near else near[0]), (b if b in far else far[0])

    for correction in corrections:
        for x, y in sides(correction):
            chain = (correction, *held_by(corrections, a, x), *held_by(corrections, y, b))
            return tuple(dict.fromkeys(chain))
    return ()
