"""A daemon inside the tests: its clocks can be set, its log is heard, its end is waited for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import Config
from aggregator.daemon import Daemon, service
from aggregator.pipeline import Aggregator
from tests.flow.conftest import write_config

# Deadlines short enough that two intervals of a second are the longest that counts.
QUICK = {"read_every": 1, "cluster_every": 1, "every": 60, "min": 1, "max": 3600}


class Clock:
    """The wall clock, and a monotonic one beside it; both run on and can be set apart."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self.steady = 0.0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.steady


class Heard(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    @property
    def lines(self) -> list[str]:
        return [f"{record.levelname} {record.getMessage()}" for record in list(self.records)]

    def count(self, text: str) -> int:
        return sum(text in line for line in self.lines)


@contextmanager
def listening() -> Iterator[Heard]:
    """What is logged while the block runs."""
    heard = Heard()
    logger = logging.getLogger("aggregator")
    level = logger.level
    logger.addHandler(heard)
    logger.setLevel(logging.INFO)
    try:
        yield heard
    finally:
        logger.removeHandler(heard)
        logger.setLevel(level)


@pytest.fixture
def heard() -> Iterator[Heard]:
    with listening() as found:
        yield found


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that APScheduler goes by too."""
    made = Clock()

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return made().astimezone(tz)

    for module in ("schedulers.base", "executors.base"):
        monkeypatch.setattr(f"apscheduler.{module}.datetime", Shifted)
    return made


@contextmanager
def working(
    news: Aggregator, *, monotonic: Callable[[], float] = time.monotonic
) -> Iterator[Daemon]:
    """A daemon that works on a thread while the block runs."""
    daemon = Daemon(news, monotonic=monotonic, leave=lambda code: None)
    thread = threading.Thread(target=daemon.run)
    thread.start()
    try:
        yield daemon
    finally:
        daemon.stop.set()
        thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks and beats that a test can wait for."""
    monkeypatch.setattr(service, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(service, "GRACE_SECONDS", 0.0)
    for name in ("COLLECT_SECONDS", "HEARTBEAT_SECONDS", "TEND_SECONDS", "ALERT_SECONDS"):
        monkeypatch.setattr(service, name, 0.5)


def make_news(folder: Path, clock: Callable[[], datetime] | None = None, **more: Any) -> Aggregator:
    """The line on an empty database of the test's folder."""
    settings = {
        "schedule": QUICK, "fetch": {"timeout": 1, "connect_timeout": 0.5},
        "read": {"deadline": 0.5, "workers": 1},
    } | more  # fmt: skip
    given: dict[str, Any] = {} if clock is None else {"clock": clock}
    config = Config.load(write_config(folder, settings))
    return Aggregator(config, database=folder / "news.db", **given)
