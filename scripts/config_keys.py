"""Tells every key of config.yaml from the models and the example file; writes nothing."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from aggregator.config import Config
from aggregator.config_values import Limits
from aggregator.core import measures


def config(example: str, made: str) -> str:
    """Every key with its default, what it may be, and the words of the example file's text."""
    words = explained(example)
    out = [
        "# config.yaml, key by key\n",
        made,
        "`aggregator init` writes a commented file. A misspelt key is refused with its line and"
        " column. Times are written `30s 15m 1h 2d`, sizes `10MB 1GB`.\n",
    ]
    rest: list[tuple[str, FieldInfo]] = []
    for name, field in Config.model_fields.items():
        if not inner_models(field):
            rest.append((name, field))
    out += keys("", dict(rest), words, {})
    for name, field in Config.model_fields.items():
        for model in inner_models(field):
            out += section(name, model, words)
    return "\n".join(out)


def section(name: str, model: type[BaseModel], words: dict[str, str]) -> list[str]:
    """One block of the file: its heading, its words, its keys, and the blocks within it."""
    kind = model.model_fields.get("kind")
    listed = typing.get_origin(Config.model_fields[name.split(".")[0]].annotation) is tuple
    title = f"{name}:" + (" (a list)" if listed and "." not in name else "")
    if kind is not None and typing.get_origin(kind.annotation) is Literal:
        (value, *others) = typing.get_args(kind.annotation)
        title += "" if others else f" of kind {value}"
    said = "" if listed else words.get(name, "")
    out = [f"\n## `{title}`\n", (said or " ".join((model.__doc__ or "").split())) + "\n"]
    return out + keys(name, dict(model.model_fields), words, remarks(model))


def remarks(model: type[BaseModel]) -> dict[str, str]:
    """What the code says beside each key: the example file explains no key inside a list."""
    found: dict[str, str] = {}
    for part in reversed(model.__mro__[: model.__mro__.index(BaseModel)]):
        found |= dict(re.findall(r"^    (\w+): [^#\n]*  # (.+)$", inspect.getsource(part), re.M))
    return found


def keys(
    prefix: str, fields: dict[str, FieldInfo], words: dict[str, str], noted: dict[str, str]
) -> list[str]:
    """A table of keys."""
    out = ["| key | default | may be | |", "|---|---|---|---|"]
    for name, field in fields.items():
        path = f"{prefix}.{name}" if prefix else name
        note = (words.get(path) or noted.get(name, "")).replace("|", "\\|")
        out.append(f"| `{name}` | {default(field)} | {allowed(field)} | {note} |")
    for name, field in fields.items():
        for model in inner_models(field) if prefix else ():
            out += section(f"{prefix}.{name}", model, words)
    return out


def default(field: FieldInfo) -> str:
    """The default as it would be written in the file; empty where the key is needed."""
    if field.is_required():
        return "needed"
    value = field.default
    if field.default_factory is not None:
        return "by the machine"
    if value is None or value == ():
        return "none"
    if isinstance(value, BaseModel):
        return "see below"
    limits = limits_of(field)
    if limits.startswith("time"):
        return f"`{measures.show_duration(value)}`"
    if limits.startswith("size"):
        return f"`{measures.show_size(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def allowed(field: FieldInfo) -> str:
    """What the value may be."""
    models = inner_models(field)
    if models:
        return "a block"
    parts = list(words_of(field.annotation))
    found = limits_of(field) or " or ".join(dict.fromkeys(parts))
    return found.replace("|", "\\|")


def limits_of(field: FieldInfo) -> str:
    return next(
        (part.func.words for part in field.metadata
         if isinstance(part, BeforeValidator) and isinstance(part.func, Limits)),
        "",
    )  # fmt: skip


def words_of(kind: Any) -> Iterator[str]:
    """Readable names of a type's parts."""
    origin = typing.get_origin(kind)
    if origin is Annotated:
        base, *marks = typing.get_args(kind)
        limits = [m.func.words for m in marks if isinstance(getattr(m, "func", None), Limits)]
        yield from limits or words_of(base)
    elif origin is Literal:
        yield " or ".join(f"`{value}`" for value in typing.get_args(kind))
    elif origin in (typing.Union, types.UnionType):
        for part in typing.get_args(kind):
            yield from words_of(part)
    elif origin is tuple:
        yield "a list of: " + " or ".join(words_of(typing.get_args(kind)[0]))
    elif kind is not type(None):
        yield {bool: "`true` or `false`", str: "text", int: "a whole number"}.get(kind, str(kind))


def inner_models(field: FieldInfo) -> list[type[BaseModel]]:
    """The models that a field's type holds, in order."""
    found: list[type[BaseModel]] = []

    def walk(kind: Any) -> None:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found.append(kind)
        for part in typing.get_args(kind):
            if not isinstance(part, str):
                walk(part)

    walk(field.annotation)
    return found


def explained(text: str) -> dict[str, str]:
    """The comments of a config file by the key they stand above.

    A key without one of its own goes with the comment of the key above it in its block.
    """
    found: dict[str, str] = {}
    block, comment, last = "", [], ""
    for line in text.splitlines():
        if match := re.match(r"( *)# ?(.*)", line):
            comment.append(match[2])
        elif match := re.match(r"(  )?([a-z_]+):(.*)", line):
            inside, key = bool(match[1]), match[2]
            words = " ".join(comment) or (last if inside else "")
            block = block if inside else key
            found[f"{block}.{key}" if inside else key] = words
            last, comment = words if inside else "", []
        else:
            comment = []
    return found
