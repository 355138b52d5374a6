"""Reads and writes spans of time and sizes as people write them: "15m", "10MB"."""

from __future__ import annotations

import re

_SPANS = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
# MB is a million bytes, MiB is 2 to the power of 20 (IEC 80000-13).
_SIZES = {
    "": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30
}  # fmt: skip
_WRITTEN = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*([a-z]*)", re.IGNORECASE)


def parse_duration(text: str | int | float) -> float:
    """Return a span in seconds: "30s", "15m", "1.5h", "2d", "1w", "500ms" or a plain number.

    Raises ValueError with a sentence for anything else, negative numbers included.
    """
    number, unit = _split(text, 'write a span of time as "30s", "15m", "1h" or "2d"')
    if unit and unit not in _SPANS:
        raise ValueError(f"unknown unit of time {unit!r}; use s, m, h or d")
    return number * _SPANS[unit or "s"]


def parse_size(text: str | int | float) -> int:
    """Return a size in bytes: "10MB", "16MiB", "1GB" or a plain number.

    Raises ValueError with a sentence for anything else, negative numbers included.
    """
    number, unit = _split(text, 'write a size as "10MB", "1GB" or a number of bytes')
    if unit not in _SIZES:
        raise ValueError(f"unknown unit of size {unit!r}; use kB, MB, GB, KiB, MiB or GiB")
    return int(number * _SIZES[unit])


def show_duration(seconds: float) -> str:
    """Write a span in the largest unit that needs no fraction: 900 is "15m"."""
    for unit in ("d", "h", "m", "s"):
        if seconds and seconds % _SPANS[unit] == 0:
            return f"{int(seconds // _SPANS[unit])}{unit}"
    return f"{seconds:g}s"


def show_size(size: int) -> str:
    """Write a size in the largest decimal unit that needs no fraction: 10,000,000 is "10MB"."""
    for unit in ("GB", "MB", "kB"):
        if size and size % _SIZES[unit.lower()] == 0:
            return f"{size // _SIZES[unit.lower()]}{unit}"
    return f"{size}B"


def _split(text: str | int | float, help_: str) -> tuple[float, str]:
    if isinstance(text, bool):
        raise ValueError(help_)
    found = _WRITTEN.fullmatch(str(text).strip())
    if not found:
        raise ValueError(help_)
    return float(found[1]), found[2].lower()
