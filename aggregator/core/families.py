"""Says which owner group an outlet belongs to, from bundled facts; config has the last word."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def known_families() -> Mapping[str, str]:
    """The name of the owner group of each registered domain that the bundled list has."""
    resource = files("aggregator.core").joinpath("families.toml")
    table = tomllib.loads(resource.read_text(encoding="utf-8"))
    return {domain: row["name"] for row in table["family"] for domain in row["domains"]}


def family_of(domain: str) -> str | None:
    """The owner group of an outlet by its registered domain; None when the list has none."""
    return known_families().get(domain.lower())
