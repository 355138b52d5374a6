"""A long round of polls takes in what falls due meanwhile, and no feed twice at a time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.pipeline import meanwhile
from tests.edge.conftest import Request, Server
from tests.flow.conftest import rows
from tests.flow.daemons import make_news

HUNG = 12  # feeds of a host that never answers: two at a time, a second each


@pytest.fixture
def site() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def test_d13_feeds_of_a_hung_host_hold_up_no_other_host(
    tmp_path: Path, site: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meanwhile, "LOOK_SECONDS", 0.2)
    at_once: Counter[str] = Counter()

    def hang(request: Request) -> None:
        at_once[request.path] += 1
        time.sleep(30)

    feed = b'<rss version="2.0"><channel><title>Probe</title></channel></rss>'
    site.on("/probe")(lambda request: request.answer(feed))
    feeds = [{"name": "Probe", "url": site.url("/probe", host="localhost"), "every": 1}]
    for number in range(HUNG):
        site.on(f"/hung{number}")(hang)
        feeds.append({"name": f"Hung {number}", "url": site.url(f"/hung{number}")})
    settings = {
        "fetch": {
            "allow_private": ["127.0.0.1", "localhost"], "host_pause": 0, "timeout": 1,
            "connect_timeout": 1,
        },
        "schedule": {"every": 600, "min": 1, "max": 3600}, "read": {"workers": 1},
    }  # fmt: skip
    with make_news(tmp_path, feeds=feeds, **settings) as news:
        news.context.sandbox.call(len, "its workers take seconds to start")
        begun = time.monotonic()
        tally = news.collect()
        took = time.monotonic() - begun
        assert took >= HUNG / 2, "one round, as long as the host hangs"
        polls = site.paths().count("/probe")
        # Its pace slows down as nothing is new: after 1, 1.25, 1.6, 2 ... seconds.
        assert polls >= 3
        assert tally["collect", "failed"] == HUNG
        assert tally["collect", "unchanged"] == polls
        assert set(at_once.values()) == {1}
        found = rows(tmp_path / "news.db", "SELECT failures FROM feeds WHERE name = 'Probe'")
        assert found == [{"failures": 0}], "nothing is left claimed"


def test_a_round_over_everything_takes_in_nothing(
    tmp_path: Path, site: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`run --once` asks each feed once."""
    monkeypatch.setattr(meanwhile, "LOOK_SECONDS", 0.0)
    feed = b'<rss version="2.0"><channel><title>F</title></channel></rss>'
    for name in ("/a", "/b"):
        site.on(name)(lambda request: (time.sleep(1.5), request.answer(feed))[0])
    settings = {
        "fetch": {"allow_private": ["127.0.0.1"], "host_pause": 0, "per_host": 1, "workers": 1},
        "schedule": {"every": 1, "min": 1, "max": 1}, "read": {"workers": 1},
        "feeds": [{"name": name, "url": site.url(name)} for name in ("/a", "/b")],
    }  # fmt: skip
    with make_news(tmp_path, **settings) as news:
        news.collect(everything=True)
    assert sorted(site.paths()) == ["/a", "/b"]
