"""Several `aggregator collect` on one database: each feed once, each host by one, none lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.edge.store import Store, collecting, leasing
from aggregator.pipeline import claims
from tests.edge.conftest import Request, Server
from tests.flow.conftest import check_file, environment, rows, run, wait_until, write_config
from tests.flow.daemons import Clock, make_news
from tests.flow.programs import Start, count, slow_settings, start, stop

__all__ = ["start"]

Launch = Callable[[], subprocess.Popen[str]]

# The verb with a clock that can be set, short claims, and looks that a test can wait for.
COLLECTOR = """
from datetime import timedelta
from pathlib import Path
from aggregator.cli import logs
from aggregator.config import Config
from aggregator.daemon import Daemon, service
from aggregator.edge.clock import utc_now
from aggregator.pipeline import Aggregator, claims

def clock():
    return utc_now() + timedelta(seconds=int(Path("ahead").read_text()))

claims.AHEAD, service.COLLECT_SECONDS = 6, 0.3
logs.start_logging(verbose=False, form="plain")
with Aggregator(Config.load("config.yaml"), clock=clock, beside=True, watched=True) as news:
    Daemon(news, stages=["collect"], beside=True).run()
"""


class City:
    """Feeds on many hosts of this machine, and how often each is asked."""

    def __init__(self, feeds: int, hosts: int, *, seconds: float) -> None:
        self.server = Server(host="0.0.0.0")
        self.names = [f"/f{n}" for n in range(feeds)]
        self.hosts = [f"127.0.0.{n + 1}" for n in range(hosts)]
        self.asked: Counter[str] = Counter()
        self.at_once: Counter[str] = Counter()
        self.most = 0  # requests to one host at a time
        self.seconds = seconds
        self._lock = threading.Lock()
        for name in self.names:
            self.server.on(name)(self.answer)

    def answer(self, request: Request) -> None:
        host = request.headers["host"]
        with self._lock:
            self.asked[request.path] += 1
            self.at_once[host] += 1
            self.most = max(self.most, self.at_once[host])
        time.sleep(self.seconds)
        with self._lock:
            self.at_once[host] -= 1
        item = f"<item><guid>{request.path}</guid><title>News of {request.path}</title></item>"
        feed = f"<rss version='2.0'><channel><title>F</title>{item}</channel></rss>"
        request.answer(feed.encode())

    def settings(self, **more: Any) -> dict[str, Any]:
        hosts = self.hosts * (len(self.names) // len(self.hosts) + 1)
        return {
            "database": "news.db",
            "fetch": {"allow_private": self.hosts, "host_pause": 0, "per_host": 1, "workers": 4},
            "schedule": {"every": 7200, "min": 3600, "max": 7200}, "read": {"workers": 1},
            "feeds": [
                {"name": name, "url": self.server.url(name, host=host)}
                for name, host in zip(self.names, hosts, strict=False)
            ],
        } | more  # fmt: skip


@pytest.fixture
def city() -> Iterator[Callable[..., City]]:
    made: list[City] = []

    def make(feeds: int, hosts: int, *, seconds: float) -> City:
        made.append(City(feeds, hosts, seconds=seconds))
        return made[-1]

    yield make
    for each in made:
        each.server.close()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Starts a collector that goes by the clock in the file `ahead`."""
    started: list[subprocess.Popen[str]] = []

    def make() -> subprocess.Popen[str]:
        with (tmp_path / "log").open("a") as log:
            program = subprocess.Popen(
                [sys.executable, "-c", COLLECTOR], cwd=tmp_path, env=environment(), text=True,
                stderr=log, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        started.append(program)
        return program

    set_ahead(tmp_path, 0)
    yield make
    for program in started:
        if program.poll() is None:
            program.kill()
        program.wait(timeout=30)


def set_ahead(folder: Path, seconds: int) -> None:
    (folder / "ahead.new").write_text(str(seconds))
    (folder / "ahead.new").replace(folder / "ahead")


def end(program: subprocess.Popen[str]) -> float:
    begun = time.monotonic()
    program.terminate()
    program.wait(timeout=30)
    return time.monotonic() - begun


def leased(database: Path, program: subprocess.Popen[str]) -> list[str]:
    found = rows(
        database, "SELECT name FROM feeds WHERE leased_by LIKE ?", f"collect {program.pid}-%"
    )
    return [row["name"] for row in found]


def settled(database: Path) -> bool:
    at_rest = {"failures": 0, "leased_by": None, "error": None}
    return all(
        row == at_rest for row in rows(database, "SELECT failures, leased_by, error FROM feeds")
    )


# -- programs


def test_three_collectors_poll_each_feed_once(
    city: Callable[..., City], tmp_path: Path, start: Start
) -> None:
    """Started together on a database that is not there yet."""
    town = city(130, 65, seconds=0.1)
    write_config(tmp_path, town.settings())
    database = tmp_path / "news.db"
    programs = [start(verb=("collect",)) for _ in range(3)]
    wait_until(lambda: count(database, "feeds WHERE answered_at IS NOT NULL") == 130, seconds=60)
    ended = [stop(program) for program in programs]
    log = (tmp_path / "log").read_text()
    assert [program.returncode for program in programs] == [0, 0, 0], log
    assert max(seconds for seconds, _ in ended) < 10
    assert "Traceback" not in log and "ERROR" not in log
    assert set(town.asked) == set(town.names) and set(town.asked.values()) == {1}
    assert town.most == 1, "two programs at one host at once"
    assert settled(database)
    assert count(database, "entries") == 130
    tallies = [json.loads(row["tally"]) for row in rows(database, "SELECT tally FROM runs")]
    shares = [tally["collect new"] for tally in tallies if "collect new" in tally]
    assert sum(shares) == 130
    assert len(shares) >= 2, "one did all of it"
    check_file(database)


def test_what_a_killed_collector_had_leased_is_polled_by_another(
    city: Callable[..., City], tmp_path: Path, launch: Launch
) -> None:
    """Once each, when the leases ran out and not before."""
    town = city(40, 20, seconds=0.3)
    write_config(tmp_path, town.settings())
    database = tmp_path / "news.db"
    programs = [launch() for _ in range(3)]

    def busy() -> subprocess.Popen[str] | None:
        if count(database, "feeds WHERE leased_by IS NOT NULL") == 0 or not town.asked:
            return None
        return next((each for each in programs if len(leased(database, each)) >= 3), None)

    victim = wait_until(busy, seconds=60, step=0.01)
    victim.send_signal(signal.SIGKILL)
    victim.wait(timeout=10)
    left = leased(database, victim)
    assert left, "it was killed between two claims"
    # Feeds of a host it had a feed of wait too: it may have been amid a request there.
    crowd = {
        name for name in town.names for lost in left if int(name[2:]) % 20 == int(lost[2:]) % 20
    }
    free = len(town.names) - len(crowd)
    done = "feeds WHERE answered_at IS NOT NULL"
    wait_until(lambda: count(database, done) >= free, seconds=60)
    time.sleep(1.5)  # some looks of both: they leave the rest alone
    assert leased(database, victim) == left
    assert count(database, "feeds WHERE failures > 0") == len(left)
    before = Counter(town.asked)
    assert {name for name, times in before.items() if times > 1} == set()

    set_ahead(tmp_path, 301)
    wait_until(lambda: count(database, done) == 40, seconds=60)
    assert all(end(program) < 10 for program in programs if program is not victim)
    after = town.asked - before
    assert set(after) >= set(left) and set(after.values()) == {1}
    assert set(after) <= crowd
    assert set(town.asked) == set(town.names)
    assert town.most == 1
    assert settled(database)
    assert count(database, "entries") == 40
    assert [program.returncode for program in programs if program is not victim] == [0, 0]
    assert "Traceback" not in (tmp_path / "log").read_text()
    check_file(database)


def test_a_collector_that_is_stopped_hands_back_its_leases(
    city: Callable[..., City], tmp_path: Path, start: Start
) -> None:
    town = city(6, 3, seconds=0)
    for name in town.names:
        town.server.on(name)(lambda request: time.sleep(60))
    write_config(tmp_path, town.settings())
    database = tmp_path / "news.db"
    program = start(verb=("collect",))
    wait_until(lambda: len(town.server.log) >= 3)
    assert len(leased(database, program)) == 6
    seconds, log = stop(program, signal.SIGINT)
    assert program.returncode == 0, log
    assert seconds < 10
    assert settled(database)
    for name in town.names:
        town.server.on(name)(town.answer)
    once = run("collect", "--once", cwd=tmp_path)
    assert (once.returncode, once.stdout) == (0, ""), once.stderr
    assert "news.db: 6 feeds (6 new)" in once.stderr
    again = run("collect", "--once", cwd=tmp_path)
    assert "news.db: nothing to do" in again.stderr
    assert set(town.asked.values()) == {1}


def test_run_reads_what_collectors_collect(tmp_path: Path, start: Start) -> None:
    server = Server()
    text = "".join(f"<p>The minutes of the board, part {n}, say so.</p>" for n in range(40))
    server.on("/page")(
        lambda request: request.answer(
            f"<article>{text}</article>".encode(), Content_Type="text/html"
        )
    )
    write_config(tmp_path, slow_settings(server))
    database = tmp_path / "news.db"
    daemon = start(verb=("run", "--no-collect"))
    wait_until(lambda: count(database, "jobs") > 0)
    collector = start(verb=("collect",))
    wait_until(lambda: count(database, "articles") == 1, seconds=40)
    jobs = {row["name"] for row in rows(database, "SELECT name FROM jobs")}
    assert jobs == {"read", "revisit", "cluster", "tend", "alert", "heartbeat"}
    assert server.paths().count("/feed") == 1

    told = run("restore", "copy.db", cwd=tmp_path)
    assert told.returncode == 4 and f"process {daemon.pid}" in told.stderr
    stop(daemon)
    told = run("restore", "copy.db", cwd=tmp_path)
    assert told.returncode == 4 and "a collector works on it" in told.stderr
    stop(collector)
    assert (daemon.returncode, collector.returncode) == (0, 0)
    server.close()


def test_one_pass_may_leave_polling_to_others(tmp_path: Path) -> None:
    server = Server()
    write_config(tmp_path, slow_settings(server))
    once = run("run", "--once", "--no-collect", cwd=tmp_path)
    assert (once.returncode, server.paths()) == (0, [])
    assert run("collect", "--once", cwd=tmp_path).returncode == 0
    assert "/feed" in server.paths() and "/page" not in server.paths()
    assert run("run", "--once", "--no-collect", cwd=tmp_path).returncode == 0
    assert server.paths().count("/feed") == 1 and "/page" in server.paths()
    server.close()


# -- a round of polls beside another program


def crowded(server: Server, folder: Path, clock: Clock) -> Any:
    """The line with four feeds of one host, polled one after the other."""
    feeds = [{"name": f"/{n}", "url": server.url(f"/{n}")} for n in range(4)]
    fetch = {"allow_private": ["127.0.0.1"], "host_pause": 0, "per_host": 1, "workers": 1}
    return make_news(folder, clock, feeds=feeds, fetch=fetch, schedule={"every": 7200, "max": 7200})


def test_a_round_longer_than_a_lease_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "RENEW_SECONDS", 0.0)
    server, clock = Server(), Clock()
    free: list[int] = []

    def answer(request: Request) -> None:
        with Store(tmp_path / "news.db") as other:
            free.append(len(collecting.due_feeds(other, now=clock())))
        clock.ahead += timedelta(seconds=200)
        request.answer(b'<rss version="2.0"><channel><title>F</title></channel></rss>')

    for n in range(4):
        server.on(f"/{n}")(answer)
    with crowded(server, tmp_path, clock) as news:
        tally = news.collect()
    assert tally == {("collect", "unchanged"): 4}
    assert free == [0, 0, 0, 0]
    assert settled(tmp_path / "news.db")
    server.close()


def test_feeds_whose_leases_were_lost_are_not_polled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the machine slept amid a round, and another program woke up first."""
    monkeypatch.setattr(claims, "RENEW_SECONDS", 0.0)
    server, clock = Server(), Clock()

    def answer(request: Request) -> None:
        clock.ahead += timedelta(seconds=301)
        with Store(tmp_path / "news.db") as other:
            due = collecting.due_feeds(other, now=clock())
            until = clock() + claims.HOLD
            assert leasing.claim_feeds(other, due, by="collect 2", now=clock(), until=until) == due
        request.answer(b'<rss version="2.0"><channel><title>F</title></channel></rss>')

    for n in range(4):
        server.on(f"/{n}")(answer)
    with crowded(server, tmp_path, clock) as news:
        tally = news.collect()
    assert server.paths() == ["/0"]
    assert tally == {("collect", "unchanged"): 1}
    assert count(tmp_path / "news.db", "feeds WHERE leased_by = 'collect 2' AND failures = 2") == 4
    server.close()
