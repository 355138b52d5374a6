"""The outputs: one report, or one of its stories, rendered as text in a named form."""

from __future__ import annotations

from aggregator.edge.outputs import atom, data, digest, pages, terminal  # noqa: F401  registers the outputs
from aggregator.edge.outputs.registry import OUTPUTS, Look, Output, names, render

__all__ = ["OUTPUTS", "Look", "Output", "names", "render"]
