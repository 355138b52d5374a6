"""The one guarded fetch for every outbound URL; reads no content and stores nothing."""

from __future__ import annotations

from aggregator.edge.web.body import inflate
from aggregator.edge.web.client import Answer, Web

__all__ = ["Answer", "Web", "inflate"]
