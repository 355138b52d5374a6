"""Reads stories, feed health and tallies from a database into a Report; writes nothing.

Works on any SQLite connection, so the terminal, the files and Datasette read the same way.
"""

from __future__ import annotations

from aggregator.edge.reading.agencies import read_agency
from aggregator.edge.reading.asking import search_terms
from aggregator.edge.reading.choices import read_choices
from aggregator.edge.reading.listings import read_agencies, read_outlets
from aggregator.edge.reading.outlets import read_outlet
from aggregator.edge.reading.reports import read_feeds, read_installation, read_report
from aggregator.edge.reading.stories import read_corrections, read_story

__all__ = [
    "read_agencies", "read_agency", "read_choices", "read_corrections", "read_feeds",
    "read_installation", "read_outlet", "read_outlets", "read_report", "read_story",
    "search_terms",
]  # fmt: skip
