"""Reads YAML text into plain values with the place of each; knows nothing of what they mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Place = tuple[str | int, ...]  # keys and list positions that lead to a value


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """Something wrong at a place; line and column count from one."""

    line: int
    column: int
    where: str  # path of the key, such as "feeds.0.every"; empty for the file as a whole
    message: str

    def in_file(self, name: str) -> str:
        """`name:line:column: where: message`, as compilers write it."""
        where = f"{self.where}: " if self.where else ""
        return f"{name}:{self.line}:{self.column}: {where}{self.message}"


@dataclass(slots=True)
class Tree:
    """Plain values (mappings, tuples, text, numbers, None) and where each was written."""

    value: Any = None
    keys: dict[Place, tuple[int, int]] = field(default_factory=dict)
    values: dict[Place, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unread: set[Place] = field(default_factory=set)  # what is there, but could not be read

    def add(self, path: Place, message: str, *, at_key: bool = False) -> None:
        """Note a fault at a key or value, or at the nearest thing around it that was written."""
        near = path
        while near and near not in self.values:
            near = near[:-1]
        line, column = (self.keys if at_key and path in self.keys else self.values).get(
            path if path in self.values else near, (1, 1)
        )
        self.faults.append(Fault(line=line, column=column, where=dotted(path), message=message))


def dotted(path: Place) -> str:
    """`feeds.0.every` for ("feeds", 0, "every")."""
    return ".".join(map(str, path))


def read_yaml(data: bytes) -> Tree:
    """Return the one document in `data`; faults are collected, never raised.

    Duplicate keys, keys that are no text and aliases are faults; a syntax error ends the reading.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    tree = Tree()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _place_of_byte(data, error.start)
        tree.faults.append(
            Fault(line=line, column=column, where="", message="not UTF-8; save the file as UTF-8")
        )
        return tree
    try:
        # Nodes, not values: they keep every place and every duplicate.
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        tree.faults.append(Fault(line=line, column=column, where="", message=_explain(error)))
        return tree
    except RecursionError:
        tree.faults.append(Fault(line=1, column=1, where="", message="nested too deeply"))
        return tree
    except YAMLError as error:  # a character that YAML forbids; it has a position and no mark
        offset = int(getattr(error, "position", 0))
        code = ord(text[offset]) if offset < len(text) else 0
        line = text.count("\n", 0, offset) + 1
        column = offset - (text.rfind("\n", 0, offset) + 1) + 1
        message = f"a control character (U+{code:04X}); take it out"
        tree.faults.append(Fault(line=line, column=column, where="", message=message))
        return tree
    if node is not None:
        tree.value = _take(node, (), tree, set())
    return tree


def _take(node: Any, path: Place, tree: Tree, seen: set[int]) -> Any:
    tree.values[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if id(node) in seen:
        tree.add(path, "an alias (*name) is not understood here; write the value out")
        tree.unread.add(path)
        return None
    seen.add(id(node))
    if node.id == "mapping":
        return _take_mapping(node, path, tree, seen)
    if node.id == "sequence":
        return tuple(
            _take(child, (*path, index), tree, seen) for index, child in enumerate(node.value)
        )
    return _scalar(node)


def _take_mapping(node: Any, path: Place, tree: Tree, seen: set[int]) -> dict[str, Any]:
    taken: dict[str, Any] = {}
    for key, child in node.value:
        place = (key.start_mark.line + 1, key.start_mark.column + 1)
        if key.id != "scalar":
            tree.faults.append(
                Fault(line=place[0], column=place[1], where=dotted(path), message="a key is text")
            )
            continue
        below = (*path, str(key.value))
        if key.value in taken:
            first = tree.keys[below][0]
            message = f"written twice; first on line {first}"
            tree.faults.append(
                Fault(line=place[0], column=place[1], where=dotted(below), message=message)
            )
            continue
        tree.keys[below] = place
        taken[str(key.value)] = _take(child, below, tree, seen)
    return taken


def _scalar(node: Any) -> Any:
    kind, text = node.tag.rpartition(":")[2], node.value
    try:
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            plain = text.replace("_", "").lower()
            return int(plain, 0 if plain.lstrip("+-").startswith(("0x", "0o", "0b")) else 10)
        if kind == "float":
            return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        pass
    return text  # dates too: nothing here wants one


def _explain(error: Any) -> str:
    problem = str(error.problem or "cannot be read")
    if "'\\t'" in problem:
        return "a tab cannot indent YAML; use spaces"
    if "another document" in problem:
        return "a second document begins here; there may be only one"
    if "undefined alias" in problem:
        return "a value cannot begin with '*' unless it is in quotes"
    if "cannot start any token" in problem:
        return f"{problem}; put the value in quotes"
    if "mapping values are not allowed" in problem:
        return "a second ': ' on one line; put the value in quotes, or begin a new line"
    context = f" {error.context}" if error.context else ""
    return " ".join(f"not YAML: {problem}{context}".split())


def _place_of_byte(data: bytes, offset: int) -> tuple[int, int]:
    before = data[:offset]
    return before.count(b"\n") + 1, offset - (before.rfind(b"\n") + 1) + 1
