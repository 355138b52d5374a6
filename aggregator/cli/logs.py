"""Writes the log: one event a line, as text or as JSON, whatever strangers put into it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FORMATS = ("plain", "json")
# What a record carries besides its message, in this order; others are left out, so that keys are
# few and stay.
FIELDS = ("job", "counts", "seconds")


class OneLine(logging.Formatter):
    """Text: a feed's line breaks and escape sequences stay in the feed.

    A traceback keeps its lines, each set in, so that none can pass for an event.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record with every control character made visible."""
        trace, record.exc_info = record.exc_info, None
        text = visible(super().format(record))
        record.exc_info = trace
        if not trace:
            return text
        lines = self.formatException(trace).split("\n")
        return "\n".join([text, *(f"    {visible(line)}" for line in lines)])


class JsonLines(logging.Formatter):
    """An object a line: `at`, `level`, `event`, `message`, then what the event has of the rest.

    Everything past ASCII and every control character is escaped.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        at = datetime.fromtimestamp(record.created, UTC)
        told: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", "log"),
            "message": record.getMessage(),
        }
        for name in FIELDS:
            if (value := getattr(record, name, None)) is not None:
                told[name] = value if isinstance(value, Mapping | int | float) else str(value)
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        # json leaves DEL as it is; terminals do not.
        return json.dumps(told, ensure_ascii=True).replace("\x7f", "\\u007f")


def visible(text: str) -> str:
    """The text with every character that a terminal would obey written out."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def start_logging(*, verbose: bool, form: str = "plain") -> None:
    """Log to stderr; every outcome when `verbose`."""
    handler = logging.StreamHandler(sys.stderr)
    if form == "json":
        handler.setFormatter(JsonLines())
    else:
        handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger("aggregator")
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    root.propagate = False
    # What a job of the scheduler raises is told by the daemon.
    apart = logging.getLogger("apscheduler")
    apart.handlers[:] = [handler]
    apart.setLevel(logging.CRITICAL)
    apart.propagate = False
