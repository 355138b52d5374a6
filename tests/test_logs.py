"""S11: the log has an event a line, and nothing in it steers a terminal or passes for an event."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.cli import logs

EVIL = "Breaking\x1b[2J\x07\r\n2026-11-20 ERROR forged \x9b31m \x7f \u202e \u2028 end \ud800"


Written = Callable[[], str]


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Written]:
    """What was written to stderr since the last look; the loggers are put back."""
    kept = []
    for name in ("aggregator", "apscheduler"):
        logger = logging.getLogger(name)
        kept.append((logger, logger.handlers[:], logger.level, logger.propagate))
    yield lambda: capsys.readouterr().err
    for logger, handlers, level, propagate in kept:
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.propagate = propagate


def fail() -> None:
    try:
        raise ValueError(EVIL)
    except ValueError:
        logging.getLogger("aggregator").exception("read: %s", EVIL)


def harmless(text: str) -> bool:
    return all(c.isprintable() or c == "\n" for c in text)


def test_s11_plain_lines_cannot_be_forged(written: Written) -> None:
    logs.start_logging(verbose=False)
    logging.getLogger("aggregator").warning("%s", EVIL)
    text = written()
    assert text.count("\n") == 1
    assert " WARNING Breaking\\x1b" in text
    assert harmless(text)
    fail()
    text = written()
    first, *rest = text.splitlines()
    assert " ERROR read: Breaking" in first
    assert rest and all(line.startswith("    ") for line in rest), "a traceback is set in"
    assert harmless(text)


def test_s11_json_is_an_object_a_line(written: Written) -> None:
    logs.start_logging(verbose=False, form="json")
    logger = logging.getLogger("aggregator")
    logger.info(
        "read: %s", EVIL, extra={"event": "pass", "job": "read", "counts": {"kept": 2}},
    )  # fmt: skip
    fail()
    text = written()
    assert harmless(text) and text.isascii()
    first, second = map(json.loads, text.splitlines())
    assert list(first) == ["at", "level", "event", "message", "job", "counts"]
    assert (first["level"], first["event"], first["job"]) == ("info", "pass", "read")
    assert first["counts"] == {"kept": 2}
    assert first["message"] == f"read: {EVIL}"
    assert first["at"].endswith("Z")
    assert list(second) == ["at", "level", "event", "message", "traceback"]
    assert "ValueError: Breaking" in second["traceback"]


@given(st.text())
def test_s11_any_text_is_one_line_of_json(text: str) -> None:
    record = logging.LogRecord("aggregator", logging.INFO, "", 0, "%s", (text,), None)
    line = logs.JsonLines().format(record)
    assert line.isascii() and line.isprintable()
    assert json.loads(line)["message"] == text
    assert logs.OneLine("%(message)s").format(record).isprintable()


def test_every_outcome_is_told_when_asked_for(written: Written) -> None:
    logs.start_logging(verbose=True, form="json")
    logging.getLogger("aggregator").debug("collect new x")
    logging.getLogger("apscheduler.scheduler").error("told by the daemon")
    assert [json.loads(line)["event"] for line in written().splitlines()] == ["log"]
