"""The page of two articles side by side; draws what was found and compares nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aggregator.core.facing import Faced
from aggregator.edge.outputs.pages import Site, fill

HEADING = "Two copies side by side"


def facing_page(
    faced: Faced | None,
    made_at: datetime,
    site: Site,
    *,
    action: str,
    given: tuple[str, str] = ("", ""),
    story_url: Mapping[int, str] | None = None,
    turned: str = "",
) -> str:
    """Two articles; without them the form that asks for two.

    `action` is where the form goes, `given` what stands in it, `turned` the address of the same
    two the other way round.
    """
    values: dict[str, Any] = {"action": action, "given": given, "turned": turned}
    return fill(
        "compare.html", site, made_at, heading=HEADING, faced=faced, story_url=story_url or {},
        **values,
    )  # fmt: skip
