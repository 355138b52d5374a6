"""Folds verified pairs into clusters that do not depend on the order of arrival.

Connected components alone chain: a live blog's 61 versions become one cluster whose ends share
1.5 %, and an attacker needs four to ten items to bridge two stories. So a component is folded by
average linkage over exact containment, and a merge is refused when it would put two texts
together that are far apart. Must not read or write anything.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

AVERAGE = 0.35  # mean containment between two groups that may still be joined
APART = 0.3  # two members that share less than this of the shorter one ...
PART_OF = 0.6  # ... may stand together only as parts of one longer text
SHORTER = 0.75  # a part is at most this long, measured against the longer text
# Above this a component is cut into pieces around its best connected text first: folding is
# cubic in the number of distinct texts, and a real wire story has at most some dozens.
FOLDED_AT_ONCE = 300

Node = TypeVar("Node", bound=Hashable)


def components(nodes: Iterable[Node], edges: Iterable[tuple[Node, Node]]) -> list[list[Node]]:
    """Connected components; nodes in the order given, components by their first node."""
    parent: dict[Node, Node] = {node: node for node in nodes}

    def root(node: Node) -> Node:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in edges:
        parent[root(a)] = root(b)
    groups: dict[Node, list[Node]] = {}
    for node in parent:
        groups.setdefault(root(node), []).append(node)
    return list(groups.values())


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
    held = (overlap >= PART_OF) & tops[np.ix_(group, group)].astype(bool)
    cut = length[:, None] <= SHORTER * length[None, :]
    for i, j in np.argwhere(np.triu(overlap < APART)):
        if not np.any(held[i] & held[j] & (cut[i] | cut[j])):
            return False
    return True


def fold(
    contained: Matrix, sizes: Matrix, verified: Matrix, tops: Matrix | None = None
) -> list[list[int]]:
    """Partition of one component; all arrays are over its texts in a canonical order.

    `contained[i, j]`: share of text i found in text j, exact. `sizes[i]`: shingles.
    `verified[i, j]`: 1 where the pair was decided to be a copy. `tops[i, j]`: 1 where text i may
    be text j cut from the bottom; any may when it is None. Groups are joined best average first,
    ties by place, so the answer is a function of the texts alone. Groups and their members come
    out in that order too.
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
        if not _may_join(joined, contained, sizes, tops):
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


def partition(
    keys: Sequence[Node],
    verified: Iterable[tuple[Node, Node]],
    containment: Callable[[Node, Node], float],
    size: Callable[[Node], int],
    from_top: Callable[[Node, Node], bool] = lambda part, whole: True,
) -> list[list[Node]]:
    """Clusters of texts from the verified pairs among them.

    `keys` in canonical order (any total order that does not depend on arrival);
    `containment(a, b)` the exact share of a found in b, asked only inside a component, as is
    `from_top(a, b)`: whether a may be b cut from the bottom.
    Same texts and pairs, any order of pairs: same clusters, singles included.
    """
    import numpy as np

    place = {key: at for at, key in enumerate(keys)}
    edges = sorted({(min(place[a], place[b]), max(place[a], place[b])) for a, b in verified})
    found: list[list[Node]] = []
    for piece, inner in _pieces(len(keys), edges):
        names = [keys[member] for member in piece]
        if len(piece) == 1:
            found.append(names)
            continue
        local = {member: at for at, member in enumerate(piece)}
        contained = np.array([[1.0 if a == b else containment(a, b) for b in names] for a in names])
        sizes = np.array([float(size(name)) for name in names])
        linked = np.zeros_like(contained)
        for a, b in inner:
            linked[local[a], local[b]] = 1.0
        tops = np.array([[float(from_top(a, b)) for b in names] for a in names])
        found += [[names[at] for at in group] for group in fold(contained, sizes, linked, tops)]
    return sorted(found, key=lambda group: place[group[0]])


def _pieces(
    count: int, edges: list[tuple[int, int]]
) -> list[tuple[list[int], list[tuple[int, int]]]]:
    """Components with their edges; a large one is cut into stars around well connected texts."""
    neighbours: dict[int, set[int]] = {}
    for a, b in edges:
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)
    pieces = []
    for component in components(range(count), edges):
        left = set(component)
        while left:
            star = sorted(left)
            if len(left) > FOLDED_AT_ONCE:
                centre = min(left, key=lambda at: (-len(neighbours[at] & left), at))
                star = sorted([centre, *sorted(neighbours[centre] & left)[: FOLDED_AT_ONCE - 1]])
            left -= set(star)
            inside = set(star)
            inner = [(a, b) for a in star for b in neighbours.get(a, ()) if a < b and b in inside]
            pieces.append((star, inner))
    return pieces
