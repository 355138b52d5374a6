"""What commands print as JSON is what the published schema says of it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aggregator.cli import main
from aggregator.config import Config
from aggregator.edge.health import FeedState
from aggregator.edge.health.measuring import FEED_STATES
from aggregator.edge.store import collecting, correcting, passes
from aggregator.model import Entry, Feed, Poll
from aggregator.pipeline import discovering, telling
from tests.edge.test_store_corpus import NOW, Desk, listed, paper, prose, watched
from tests.published import CLOSED, check, check_each


@pytest.fixture
def news(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Two copies and a page behind a wall; a feed that answers, one that does not; a daemon."""
    text = prose("ferry")
    desk.keep(paper("http://one.example/news/a", text))
    desk.keep(paper("http://two.example/news/a", [*text[:9], "Nobody was hurt."], at=5))
    desk.cluster()
    good, bad = watched(desk.store, "http://good.example/f", "http://bad.example/f")
    listed(desk.store, good, Entry(guid="1", url="http://good.example/1", title="One"))
    collecting.keep_failure(
        desk.store, bad, error="the server answered 503", status=503,
        due_at=NOW + timedelta(hours=1), now=NOW,
    )  # fmt: skip
    desk.run("UPDATE feeds SET failures = 2 WHERE id = ?", bad.id)  # as its claims count them
    passes.beat(
        desk.store, now=NOW, about={"pid": "1", "daemon version": "9", "daemon started": STARTED},
        jobs=[{"name": "read", "every": 60.0, "running": 1, "started_at": STARTED, "passes": 3,
               "ended_at": None, "seconds": 0.5, "failures": 2, "error": "a fault",
               "alarm": "hangs", "alarm_at": STARTED}],
    )  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(
        "database: news.db\nfetch: {contact: a@b.example}\nfeeds:\n"
        "  - {name: Good, url: 'http://good.example/f', language: en, outlet: The Good}\n"
        "  - {name: Wire, kind: wire, folder: drop, domain: wire.example}\n"
        "alerts:\n  - {name: All, to: {webhook: 'http://hook.example/'}}\n",
        encoding="utf-8",
    )
    return desk


STARTED = "2026-11-20T11:00:00Z"


def told(*words: str) -> Any:
    """What a command prints with --json."""
    return json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)


def test_status_keeps_to_it(news: Desk) -> None:
    news.run("UPDATE feeds SET leased_by = 'collect 1-a'")
    status = told("status")
    check(status, "Status")
    for filled in ("jobs", "collectors", "errors", "failing_feeds", "feeds", "counts",
                   "waiting", "disk"):  # fmt: skip
        assert status[filled], filled
    assert status["jobs"][0]["running"] is True


def test_every_state_of_a_feed_is_in_the_schema() -> None:
    words = CLOSED["$defs"]["FeedState"]["properties"]["state"]["enum"]
    assert set(words) == {*FEED_STATES, "dead"}
    assert set(CLOSED["$defs"]["FeedState"]["properties"]) == set(FeedState.__slots__)


def test_explain_keeps_to_it(news: Desk) -> None:
    correcting.part(news.store, 1, 2, now=NOW)
    explained = told("explain", "1", "2")
    check(explained, "Explain")
    assert "changes" not in explained and explained["person"]["apart"]
    changes = told("explain", "1", "2", "--diff")
    check(changes, "Explain")
    kinds = {row["kind"] for row in changes["changes"]["paragraphs"]}
    assert {"same", "cut"} <= kinds


def test_feeds_keep_to_it(news: Desk) -> None:
    check_each(told("feeds"), "Source")
    check_each(told("feeds", "http://good.example/f"), "Poll")
    check_each(told("feeds", "http://bad.example/f"), "Poll")


def test_what_check_prints_keeps_to_it() -> None:
    feed = Feed(id=1, name="Good", kind="feed", url="http://a.example/f", outlet="A",
                every=900)  # fmt: skip
    entry = Entry(guid="1", url="http://a.example/1", title="One", published_at=NOW)
    poll = Poll(
        status=200, unchanged=False, entries=(entry,), title="A", moved_to="http://b.example/f",
        warning="not well formed", dropped=2, bytes=900, ms=7,
    )  # fmt: skip
    answered = discovering._answered(feed, poll).to_dict()
    check_each([answered], "Asked")
    assert answered["newest_at"] == "2026-11-20T12:00:00Z"
    nothing = discovering._answered(feed, Poll(status=200, unchanged=False)).to_dict()
    check_each([nothing], "Asked")
    assert nothing["problem"] and nothing["newest_at"] is None


def test_doctor_and_corrections_keep_to_it(news: Desk) -> None:
    check_each(told("doctor"), "Finding")
    assert told("corrections") == []
    correcting.part(news.store, 1, 2, now=NOW)
    check_each(told("corrections"), "Correction")


def test_alerts_keep_to_it(news: Desk) -> None:
    (listed,) = told("alerts")
    check_each([listed], "AlertOfConfig")
    assert listed["state"] is None
    (settings,) = Config.load("config.yaml").alerts
    with news.store.snapshot() as db:
        found = telling.would_tell(db, settings, now=NOW).to_dict()
    check_each([found], "AlertFound")
    assert (found["total"], found["stories"][0]["outlets"]) == (1, 2)
