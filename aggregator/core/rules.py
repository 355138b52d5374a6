"""The rules that decide likeness, as one value handed down from config; decides nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

from aggregator.core.agencies import Agencies, load_agencies
from aggregator.core.thresholds import Thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What cleaning and comparing need besides the text.

    A database keeps the rules it was made by, so that a decision can be explained by the very
    numbers that made it.
    """

    agencies: Agencies = field(default_factory=load_agencies)
    extra_agencies: tuple[Mapping[str, Any], ...] = ()  # the ones config adds, as in agencies.toml
    thresholds: Thresholds = field(default_factory=Thresholds)
    template_pages: int = 3

    def to_json(self) -> str:
        """The rules as text; equal texts are equal rules."""
        numbers = {
            f.name: getattr(self.thresholds, f.name)
            for f in fields(Thresholds)
            if f.name != "window"
        }
        return json.dumps(
            {
                "thresholds": numbers | {"window": self.thresholds.window.total_seconds()},
                "template_pages": self.template_pages,
                "extra_agencies": [dict(agency) for agency in self.extra_agencies],
                "agencies": self.agencies.version,
            },
            sort_keys=True,
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, stored: str) -> Rules:
        """The rules a database was made by, with the agencies known to this version."""
        raw = json.loads(stored)
        numbers = raw["thresholds"]
        window = timedelta(seconds=numbers.pop("window"))
        extra = tuple(raw["extra_agencies"])
        return cls(
            agencies=load_agencies(extra),
            extra_agencies=extra,
            thresholds=Thresholds(**numbers, window=window),
            template_pages=raw["template_pages"],
        )
