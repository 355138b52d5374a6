"""Folds verified pairs into clusters that do not depend on the order of arrival.

Connected components alone chain: a live blog's 61 versions become one cluster whose ends share
1.5 %, and an attacker needs four to ten items to bridge two stories. So a component is folded by
average linkage over exact containment, and a merge is refused when it would put two texts
together that are far apart. What a person decided goes before any number. Must not read or write
anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from aggregator.core import blends
from aggregator.core.components import components, cut
from aggregator.core.corrections import Camps

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

AVERAGE = 0.35  # mean containment between two groups that may still be joined
APART = 0.3  # two members that share less than this of the shorter one ...
PART_OF = 0.4  # ... may stand together only as copies, one of them cut, of one longer text
TOP = 0.25  # of the beginning of the longer text is in the part
SHORTER = 0.75  # a part is at most this long, measured against the longer text
# Above this a component is cut into pieces around its best connected texts first, and the groups
# of the pieces are folded again by one text each: folding is cubic in the number of distinct
# texts, and most wire stories have at most some dozens.
FOLDED_AT_ONCE = 300

Node = TypeVar("Node", bound=Hashable)


def _may_join(group: list[int], contained: Matrix, sizes: Matrix, tops: Matrix) -> bool:
    """Whether all texts of a group are close, or tied by a longer text that was cut.

    Two texts far from each other may stand together when both have most of one text of the group
    in common with it, from its beginning on, and at least one of them is that text shortened.

    `contained[i, j]` is the share of text i found in text j.
    """
    import numpy as np

    inner = contained[np.ix_(group, group)]
    overlap = np.maximum(inner, inner.T)
    if overlap.min() >= APART:
        return True
    length = sizes[group]
    # held[i, w]: text i is largely in text w or holds it, and has a good part of w's beginning.
    held = (overlap >= PART_OF) & (tops[np.ix_(group, group)] >= TOP)
    cut = length[:, None] <= SHORTER * length[None, :]
    for i, j in np.argwhere(np.triu(overlap < APART)):
        if not np.any(held[i] & held[j] & (cut[i] | cut[j])):
            return False
    return True


def fold(
    contained: Matrix,
    sizes: Matrix,
    verified: Matrix,
    tops: Matrix | None = None,
    join: Callable[[int, int], bool] = lambda a, b: True,
) -> list[list[int]]:
    """Partition of one component; all arrays are over its texts in a canonical order.

    `contained[i, j]`: share of text i found in text j, exact. `sizes[i]`: shingles.
    `verified[i, j]`: 1 where the pair was decided to be a copy. `tops[i, j]`: share of text j's
    beginning that text i holds; all of it when it is None. `join(i, j)` is told of each two groups
    about to be joined, by a member of each, and may refuse for good. Groups are joined best average
    first, ties by place, so the answer is a function of the texts alone. Groups and their members
    come out in that order too.
    """
    import numpy as np

    count = len(sizes)
    tops = np.ones_like(contained) if tops is None else tops
    groups = {i: [i] for i in range(count)}
    overlap = np.maximum(contained, contained.T)
    mean = np.where(np.eye(count, dtype=bool), -1.0, overlap)
    linked = verified.astype(bool) | verified.T.astype(bool)
    while len(groups) > 1:
        open_pairs = np.where(linked & (mean >= AVERAGE), mean, -1.0)
        best = int(np.argmax(np.triu(open_pairs, 1) + np.tril(np.full_like(mean, -2.0))))
        a, b = divmod(best, count)
        if open_pairs[a, b] < AVERAGE:
            break
        joined = sorted(groups[a] + groups[b])
        fits = _may_join(joined, contained, sizes, tops)
        if not fits or not join(groups[a][0], groups[b][0]):
            linked[a, b] = linked[b, a] = False
            continue
        weight_a, weight_b = len(groups[a]), len(groups[b])
        mean[a] = mean[:, a] = (weight_a * mean[a] + weight_b * mean[b]) / (weight_a + weight_b)
        linked[a] = linked[:, a] = linked[a] | linked[b]
        mean[a, a] = mean[b, :] = mean[:, b] = -1.0
        linked[a, a] = linked[b, :] = linked[:, b] = False
        groups[a] = joined
        del groups[b]
    return sorted(groups.values())


def fold_with_blends(
    contained: Matrix,
    sizes: Matrix,
    verified: Matrix,
    tops: Matrix | None = None,
    join: Callable[[int, int], bool] = lambda a, b: True,
) -> list[list[int]]:
    """`fold`, but a page made of two stories joins none and goes with the one it owes most to."""
    import numpy as np

    tops = np.ones_like(contained) if tops is None else tops
    doubtful = set(blends.suspects(contained, verified))
    plain = [at for at in range(len(sizes)) if at not in doubtful]
    edges = [(a, b) for a in plain for b in plain if verified[a, b] or verified[b, a]]
    placed = blends.find(contained, verified, tops, components(plain, edges)) if doubtful else {}
    kept = [at for at in range(len(sizes)) if at not in placed]
    inner = np.ix_(kept, kept)
    groups = [
        [kept[at] for at in group]
        for group in fold(
            contained[inner], sizes[kept], verified[inner], tops[inner],
            lambda a, b: join(kept[a], kept[b]),
        )
    ]  # fmt: skip
    for text, most in placed.items():
        home = next((group for group in groups if most in group), [])
        fits = home and _may_join(sorted([*home, text]), contained, sizes, tops)
        if fits and join(home[0], text):
            home.append(text)
        else:
            groups.append([text])
    return sorted(sorted(group) for group in groups)


def partition(
    keys: Sequence[Node],
    verified: Iterable[tuple[Node, Node]],
    containment: Callable[[Node, Node], float],
    size: Callable[[Node], int],
    top_share: Callable[[Node, Node], float] = lambda part, whole: 1.0,
    camps: Camps | None = None,
) -> list[list[Node]]:
    """Clusters of texts from the verified pairs among them.

    `keys` in canonical order (any total order that does not depend on arrival);
    `containment(a, b)` the exact share of a found in b, asked only inside a component, as is
    `top_share(a, b)`: the share of b's beginning that a holds.
    `camps` knows which keys a person holds together or keeps apart. The texts are folded as if
    nobody had, but that no two groups are joined whose camps may not be; then the groups of one
    camp are one cluster, whatever the numbers.
    Same texts, pairs and camps, any order of pairs: same clusters, singles included.
    """
    camps = camps or Camps()
    place = {key: at for at, key in enumerate(keys)}
    edges = sorted({(min(place[a], place[b]), max(place[a], place[b])) for a, b in verified})
    texts = _Texts(keys, containment, size, top_share, camps)
    found: list[list[Node]] = []
    for pieces in cut(range(len(keys)), edges, FOLDED_AT_ONCE):
        groups = [group for piece, inner in pieces for group in texts.fold(piece, inner)]
        if len(pieces) > 1:
            groups = _rejoin(groups, edges, texts)
        found += [[keys[at] for at in group] for group in groups]
    united: dict[Hashable, list[Node]] = {}
    for group in sorted(found, key=lambda group: place[group[0]]):
        united.setdefault(camps.root(group[0]), []).extend(group)
    return [sorted(group, key=place.__getitem__) for group in united.values()]


class _Texts(Generic[Node]):
    """What is asked about texts, by their places, and the fold of some of them."""

    def __init__(
        self,
        keys: Sequence[Node],
        containment: Callable[[Node, Node], float],
        size: Callable[[Node], int],
        top_share: Callable[[Node, Node], float],
        camps: Camps,
    ) -> None:
        self.keys = keys
        self.containment = containment
        self.size = size
        self.top_share = top_share
        self.camps = camps

    def fold(self, piece: list[int], inner: Iterable[tuple[int, int]]) -> list[list[int]]:
        """The groups of a piece, by the verified pairs inside it."""
        import numpy as np

        if len(piece) == 1:
            return [piece]
        names = [self.keys[at] for at in piece]
        local = {at: number for number, at in enumerate(piece)}
        contained = np.array(
            [[1.0 if a == b else self.containment(a, b) for b in names] for a in names]
        )
        linked = np.zeros_like(contained)
        for a, b in inner:
            linked[local[a], local[b]] = 1.0
        tops = None
        if np.maximum(contained, contained.T).min() < APART:  # else nobody asks for them
            tops = np.array([[self.top_share(a, b) for b in names] for a in names])
        groups = fold_with_blends(
            contained,
            np.array([float(self.size(name)) for name in names]),
            linked,
            tops,
            lambda a, b: self.camps.join(names[a], names[b]),
        )
        return [[piece[at] for at in group] for group in groups]


def _rejoin(
    groups: list[list[int]], edges: list[tuple[int, int]], texts: _Texts[Node]
) -> list[list[int]]:
    """Groups of one component that was cut, folded again by their best connected texts.

    In turns, until all that is left was folded at once or nothing more joins.
    """
    while True:
        of = {at: number for number, group in enumerate(groups) for at in group}
        inner = [(a, b) for a, b in edges if a in of and b in of]
        degree = Counter(at for a, b in inner if of[a] == of[b] for at in (a, b))
        centres = [min(group, key=lambda at: (-degree[at], at)) for group in groups]
        behind = dict(zip(centres, groups, strict=True))
        pairs = {(centres[of[a]], centres[of[b]]) for a, b in inner if of[a] != of[b]}
        crossing = sorted({(min(pair), max(pair)) for pair in pairs})
        joined = [
            sorted(at for centre in group for at in behind[centre])
            for pieces in cut(sorted(centres), crossing, FOLDED_AT_ONCE)
            for piece, links in pieces
            for group in texts.fold(piece, links)
        ]
        if len(groups) <= FOLDED_AT_ONCE or len(joined) == len(groups):
            return joined
        groups = joined
