"""Runs functions on hostile input in worker processes that can be killed; decides nothing."""

from __future__ import annotations

from aggregator.edge.sandbox.calls import Sandbox

__all__ = ["Sandbox"]
