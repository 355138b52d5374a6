"""Connected components of a graph, and large ones cut into pieces; knows nothing of texts."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)
Piece = tuple[list[int], list[tuple[int, int]]]  # nodes in order, and the edges among them


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


def cut(nodes: Iterable[int], edges: list[tuple[int, int]], most: int) -> list[list[Piece]]:
    """Each component as pieces of at most so many nodes, each piece with the edges inside it.

    A component that is larger is cut into stars around its best connected nodes.
    """
    neighbours: dict[int, set[int]] = {}
    for a, b in edges:
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)
    found = []
    for component in components(nodes, edges):
        left, pieces = set(component), []
        while left:
            star = sorted(left)
            if len(left) > most:
                centre = min(left, key=lambda at: (-len(neighbours[at] & left), at))
                star = sorted([centre, *sorted(neighbours[centre] & left)[: most - 1]])
            left -= set(star)
            inside = set(star)
            inner = [(a, b) for a in star for b in neighbours.get(a, ()) if a < b and b in inside]
            pieces.append((star, inner))
        found.append(pieces)
    return found
