"""The background program: runs the stages on a timetable, watches itself, decides nothing else."""

from __future__ import annotations

from aggregator.daemon.service import STAGES, Daemon

__all__ = ["STAGES", "Daemon"]
