"""What the values of our JSON are, beyond their types; holds no shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Keywords:
    """What JSON Schema says of a value beyond its type."""

    values: tuple[tuple[str, Any], ...]


Time = Annotated[str, Keywords((("format", "date-time"),))]
Share = Annotated[float, Keywords((("minimum", 0), ("maximum", 1)))]
Count = Annotated[int, Keywords((("minimum", 0),))]
Version = Annotated[Literal[1], "of this contract"]
Sureness = Annotated[str, Keywords((("enum", ("high", "medium", "low")),))]
