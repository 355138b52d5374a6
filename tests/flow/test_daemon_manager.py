"""D15: what the service manager is told, over a socket as systemd opens it; SIGHUP and reload."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from aggregator.daemon import Daemon
from aggregator.edge.notify import ServiceManager
from tests.flow.conftest import rows, wait_until
from tests.flow.daemons import Clock, heard, make_news, often, working

__all__ = ["heard", "often"]


class Manager:
    """The other side of NOTIFY_SOCKET: keeps what comes in, with its time."""

    def __init__(self, address: str) -> None:
        self.name = address
        self.heard: list[tuple[float, dict[str, str]]] = []
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while data := self._line.recv(4096):
            pairs = (line.split("=", 1) for line in data.decode().split("\n"))
            self.heard.append((time.monotonic(), dict(pairs)))

    def times(self, name: str) -> list[float]:
        return [at for at, told in list(self.heard) if name in told]

    def close(self) -> None:
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as line:
            line.sendto(b"", self._line.getsockname())
        self._line.close()


@pytest.fixture(params=["file", "abstract"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Manager]:
    address = str(tmp_path / "notify") if request.param == "file" else f"@{tmp_path}"[:100]
    made = Manager(address)
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "3000000")
    yield made
    made.close()


def test_d15_ready_once_the_database_is_open_then_signs_of_life_then_stopping(
    manager: Manager, tmp_path: Path
) -> None:
    opened: list[bool] = []
    with make_news(tmp_path) as news, working(news):
        wait_until(lambda: manager.times("READY"))
        opened.append(bool(rows(tmp_path / "news.db", "SELECT name FROM meta")))
        wait_until(lambda: len(manager.times("WATCHDOG")) >= 4)
        assert not manager.times("STOPPING")
    wait_until(lambda: manager.times("STOPPING"))
    assert opened == [True]
    signs = manager.times("WATCHDOG")
    assert manager.times("READY")[0] < signs[0]
    # Twice in each period of 3 s; the machine may be busy.
    assert median(b - a for a, b in pairwise(signs)) <= 1.5


def test_d15_no_sign_of_life_while_the_main_loop_is_stuck(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    look = Daemon._look

    def stuck(self: Daemon) -> None:
        look(self)
        if len(manager.times("WATCHDOG")) >= 2:
            free.wait(20)

    monkeypatch.setattr(Daemon, "_look", stuck)
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    with make_news(tmp_path) as news, working(news):
        wait_until(lambda: len(manager.times("WATCHDOG")) >= 2)
        time.sleep(0.3)
        before = len(manager.times("WATCHDOG"))
        time.sleep(0.7)  # seven periods
        assert len(manager.times("WATCHDOG")) == before
        free.set()
        wait_until(lambda: len(manager.times("WATCHDOG")) > before)


@pytest.mark.usefixtures("often")
def test_d15_no_sign_of_life_when_a_stage_hangs_for_good(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then systemd starts a new process."""
    free, clock = threading.Event(), Clock()
    with make_news(tmp_path) as news:
        monkeypatch.setattr(news, "read", lambda: free.wait(30) and {})
        with working(news, monotonic=clock.monotonic) as daemon:
            wait_until(lambda: any(job.running for job in daemon.vigil.jobs()))
            wait_until(lambda: manager.times("WATCHDOG"))
            clock.steady += 3600
            # The other jobs show themselves, the hung one never.
            wait_until(daemon.vigil.is_hopeless)
            time.sleep(0.2)
            before = len(manager.times("WATCHDOG"))
            time.sleep(1)
            assert len(manager.times("WATCHDOG")) == before
            free.set()
            wait_until(lambda: len(manager.times("WATCHDOG")) > before)


@pytest.mark.usefixtures("often")
def test_d15_a_reload_is_told_and_ended(manager: Manager, tmp_path: Path) -> None:
    with make_news(tmp_path) as news, working(news) as daemon:
        wait_until(lambda: manager.times("READY"))
        daemon._asked.reload = True  # what SIGHUP sets
        wait_until(lambda: len(manager.times("READY")) == 2)
    ((at, told),) = [one for one in manager.heard if "RELOADING" in one[1]]
    assert 0 <= time.monotonic() - int(told["MONOTONIC_USEC"]) / 1e6 < 60
    assert manager.times("READY")[0] < at < manager.times("READY")[1]


@pytest.mark.parametrize(
    ("environment", "watchdog"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "3000000"}, None),  # nobody to tell
        ({"NOTIFY_SOCKET": "/nowhere/at/all", "WATCHDOG_USEC": "3000000"}, 3.0),
        ({"NOTIFY_SOCKET": "vsock:2:1234", "WATCHDOG_USEC": "3000000"}, None),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "soon"}, None),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "0"}, None),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}, None),
    ],
)
def test_without_a_manager_nothing_is_sent_and_nothing_breaks(
    environment: dict[str, str], watchdog: float | None
) -> None:
    manager = ServiceManager(environment)
    assert manager.watchdog == watchdog
    tell: list[Callable[[], None]] = [
        manager.ready, manager.reloading, manager.stopping, manager.alive,
    ]  # fmt: skip
    for one in tell:
        one()


def test_a_status_line_stays_one_line(manager: Manager) -> None:
    ServiceManager({"NOTIFY_SOCKET": manager.name}).say("evil\nREADY=1\x1b")
    wait_until(lambda: manager.heard)
    assert manager.heard[0][1] == {"STATUS": "evil READY=1 "}


def test_a_reader_that_is_slow_holds_up_nobody(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as deaf:
        deaf.bind(str(tmp_path / "deaf"))
        manager = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "deaf")})
        begun = time.monotonic()
        for _ in range(2000):
            manager.alive()
        assert time.monotonic() - begun < 5
