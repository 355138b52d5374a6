"""What monitors see: metrics by name and label, health by heartbeat and alarms, the dashboard."""

from __future__ import annotations

import builtins
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.daemon import Daemon
from aggregator.edge.endpoint import Endpoint, Page
from aggregator.edge.metrics import Metrics
from aggregator.errors import UsageError
from aggregator.model import Outcome
from tests.edge.conftest import Server
from tests.flow.conftest import wait_until
from tests.flow.daemons import Clock, make_news, often, working

__all__ = ["often"]

DASHBOARD = Path(__file__).parents[2] / "packaging" / "grafana-dashboard.json"
NAME = re.compile(r"\b((?:aggregator|process)_[a-z_]+)(?=\{)")
SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? ([-+0-9.e]+|NaN|\+Inf)$")


def ask(address: tuple[str, int], path: str, **headers: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection(*address, timeout=10)) as line:
        line.request("GET", path, headers=headers)
        answer = line.getresponse()
        return answer.status, answer.read().decode()


def samples(text: str) -> dict[tuple[str, str], float]:
    """The series of a page of metrics: (name, labels) -> value."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            told = SAMPLE.match(line)
            assert told, line
            found[told[1], told[2] or ""] = float(told[3])
    return found


@pytest.fixture
def site() -> Iterator[Server]:
    made = Server()
    items = "".join(
        f"<item><guid>{n}</guid><title>T</title><link>{made.url(f'/p{n}')}</link></item>"
        for n in range(3)
    )
    feed = f'<rss version="2.0"><channel><title>F</title>{items}</channel></rss>'
    made.on("/feed")(lambda request: request.answer(feed.encode()))
    made.on("/bad")(lambda request: request.answer(b"", "500 Oops"))
    yield made
    made.close()


@pytest.fixture
def metered(tmp_path: Path, site: Server, often: None) -> Iterator[tuple[Daemon, Any]]:
    """A daemon at work on a good and a bad feed, and its address."""
    secret = "evil-label"
    settings = {
        "fetch": {"allow_private": ["127.0.0.1"], "host_pause": 0}, "read": {"workers": 1},
        "metrics": {"listen": f"127.0.0.1:{free_port()}"},
        "feeds": [
            {"name": secret, "url": site.url("/feed")}, {"name": "Bad", "url": site.url("/bad")},
        ],
    }  # fmt: skip
    with make_news(tmp_path, **settings) as news, working(news) as daemon:
        yield daemon, wait_until(lambda: daemon.showing.address)


def free_port() -> int:
    with closing(socket.socket()) as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def test_what_the_daemon_does_is_counted(metered: Any, site: Server) -> None:
    _, address = metered
    wait_until(lambda: '"/p2"' in json.dumps(site.paths()))

    def read() -> dict[tuple[str, str], float]:
        return samples(ask(address, "/metrics")[1])

    wait_until(lambda: read().get(("aggregator_pages_total", 'result="failed"')) == 3)
    wait_until(lambda: read().get(("aggregator_feeds", 'state="failing"')) == 1)
    found = read()
    assert found["aggregator_polls_total", 'result="new"'] == 1
    assert found["aggregator_polls_total", 'result="failed"'] == 1
    assert found["aggregator_poll_duration_seconds_count", ""] == 1
    assert found["aggregator_entries_total", ""] == 3
    assert found["aggregator_rows", 'table="entries"'] == 3
    assert (
        sum(found["aggregator_file_bytes", f'file="{name}"'] for name in ("database", "log")) > 1e5
    )
    assert found["aggregator_disk_free_bytes", ""] > 0
    assert found["aggregator_waiting", 'stage="collect"'] == 0
    assert found["aggregator_passes_total", 'job="cluster"'] >= 1
    assert found["aggregator_job_alarm", 'job="read"'] == 0
    assert 0 <= found["aggregator_heartbeat_age_seconds", ""] < 30
    text = ask(address, "/metrics")[1]
    assert "evil-label" not in text and "127.0.0.1" not in text, "no feed is a label"


def test_the_dashboard_asks_for_what_there_is(metered: Any) -> None:
    daemon, address = metered
    stages = ("collect", "read", "revisit", "cluster", "tend")
    for stage, result in zip(stages, ("new", "kept", "kept", "clustered", "commit"), strict=True):
        daemon.showing.count(Outcome(stage=stage, item="x", result=result))
    daemon.showing.count_step()
    daemon.showing.beat()
    exported = {name for name, _ in samples(ask(address, "/metrics")[1])}
    board = json.loads(DASHBOARD.read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    asked = {name for query in queries for name in NAME.findall(query)}
    assert len(queries) > 20
    assert asked <= exported, asked - exported
    ours = {re.sub("_(bucket|count|sum)$", "", name) for name in exported if name.startswith("agg")}
    shown = {re.sub("_(bucket|count|sum)$", "", name) for name in asked}
    assert ours - shown == {"aggregator_passes_total"}, "every number has its place"
    assert all("$instance" in query for query in queries)


def test_a_dashboard_of_wrong_names_would_be_seen() -> None:
    assert NAME.findall('rate(aggregator_pools_total{a="b"}[5m])') == ["aggregator_pools_total"]


def test_health_goes_by_heartbeat_and_alarms(tmp_path: Path, often: None) -> None:
    free, clock = threading.Event(), Clock()
    settings = {"metrics": {"listen": f"127.0.0.1:{free_port()}"}}
    with make_news(tmp_path, **settings) as news:
        news.read = lambda: free.wait(60) and {}  # type: ignore[method-assign,assignment]
        with working(news, monotonic=clock.monotonic) as daemon:
            address = wait_until(lambda: daemon.showing.address)
            assert ask(address, "/healthz") == (200, "ok\n")
            told = wait_until(lambda: (found := ask(address, "/healthz"))[0] == 503 and found)
            assert told[1].startswith("read hangs")
            metrics = samples(ask(address, "/metrics")[1])
            assert metrics["aggregator_job_alarm", 'job="read"'] == 1
            assert metrics["aggregator_job_running", 'job="read"'] == 1
            free.set()
            wait_until(lambda: ask(address, "/healthz") == (200, "ok\n"))
            daemon.showing.beat = lambda: None  # type: ignore[method-assign]
            clock.steady += 200
            wait_until(lambda: "no heartbeat for 2" in ask(address, "/healthz")[1])


def test_nobody_listens_unless_config_says_so(tmp_path: Path, often: None) -> None:
    with make_news(tmp_path) as news, working(news) as daemon:
        wait_until(lambda: any(job.passes for job in daemon.vigil.jobs()))
        assert daemon.showing.address is None


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        told = f"cannot listen on {listen}: Address"
        with (
            make_news(tmp_path, metrics={"listen": listen}) as news,
            pytest.raises(UsageError, match=told),
        ):
            Daemon(news).run()


def test_metrics_without_their_package_are_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any, **other: Any) -> Any:
        if name == "prometheus_client":
            raise ImportError(name)
        return real(name, *more, **other)

    monkeypatch.setattr(builtins, "__import__", without)
    with (
        make_news(tmp_path, metrics={"listen": "127.0.0.1:0"}) as news,
        pytest.raises(UsageError, match=r"news-aggregator-dedup\[metrics\]"),
    ):
        Daemon(news).run()


def test_labels_have_a_bound() -> None:
    metrics = Metrics(version="1")
    for number in range(500):
        metrics.count(Outcome(stage="read", item="x", result=f"result {number}"))
    found = samples(metrics.render().decode())
    pages = [labels for name, labels in found if name == "aggregator_pages_total"]
    assert len(pages) <= 41
    assert found["aggregator_pages_total", 'result="other"'] == 460


# -- the small server


@pytest.fixture
def served() -> Iterator[Endpoint]:
    made = Endpoint(("127.0.0.1", 0), {"/x": lambda: Page(200, "fine\n")})
    made.start()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/x", "127.0.0.1:1", 200), ("/x?y=1", "localhost", 200), ("/x", "[::1]:9", 200),
        ("/", "localhost", 404), ("/../x", "localhost", 404), ("/x%00", "localhost", 404),
        ("/x", "evil.example", 403), ("/x", "10.0.0.1:80", 403), ("/x", "", 403),
    ],
)  # fmt: skip
def test_a_name_of_another_machine_is_refused(
    served: Endpoint, path: str, host: str, status: int
) -> None:
    """A page in a browser may have its own name lead to loopback."""
    assert ask(served.address, path, Host=host)[0] == status


@pytest.mark.parametrize("sent", [b"", b"GET", b"\x00" * 5000, b"POST /x HTTP/1.1\r\n\r\n"])
def test_junk_harms_nobody(served: Endpoint, sent: bytes) -> None:
    with closing(socket.create_connection(served.address, timeout=5)) as line:
        line.sendall(sent)
        assert ask(served.address, "/x") == (200, "fine\n")


def test_silent_connections_take_no_more_threads_than_there_are_places(served: Endpoint) -> None:
    wait_until(lambda: asking() == 0)
    lines = [socket.create_connection(served.address, timeout=5) for _ in range(40)]
    try:
        wait_until(asking)
        for _ in range(20):
            assert asking() <= 8
            time.sleep(0.02)
    finally:
        for line in lines:
            line.close()
    wait_until(lambda: _answers(served))


def asking() -> int:
    """Requests under way, by their threads."""
    return sum("process_request" in thread.name for thread in threading.enumerate())


def _answers(served: Endpoint) -> bool:
    try:
        return ask(served.address, "/x") == (200, "fine\n")
    except OSError:
        return False


def test_ipv6_is_an_address_too() -> None:
    try:
        served = Endpoint(("::1", 0), {"/x": lambda: Page(200, b"fine")})
    except UsageError:
        pytest.skip("no IPv6 here")
    served.start()
    try:
        assert ask(served.address, "/x") == (200, "fine")
    finally:
        served.close()


def test_late_feeds_are_measured(tmp_path: Path) -> None:
    from aggregator.edge import health

    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    feeds = [{"name": "A", "url": "http://a.example/f"}, {"name": "B", "url": "http://b.example/f"}]
    with (
        make_news(tmp_path, lambda: now, feeds=feeds) as news,
        news.context.store.snapshot() as db,
    ):
        told = health.measure(db, news.context.store.path, now=now + timedelta(seconds=90))
    assert told["polls"] == {"late": 90.0}
    assert told["waiting"]["collect"] == 2
    assert told["feeds"]["not asked yet"] == 2
