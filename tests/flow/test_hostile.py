"""Hostile and broken feeds and pages through the whole line, beside a healthy one."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import Config
from aggregator.edge import outputs
from aggregator.edge.reading import read_report, read_story
from aggregator.edge.sandbox import Sandbox
from aggregator.edge.store import reading as open_snapshot
from aggregator.model import StoryQuery
from aggregator.pipeline import Aggregator, Tally, context
from tests.edge.conftest import Request, Server
from tests.edge.test_store_corpus import prose
from tests.flow.conftest import EVENING, Lent, check_file, rows

SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(5000)
BOMB = gzip.compress(b"<html>" + b" " * 40_000_000)


def item(name: str, **given: str | None) -> str:
    values: dict[str, str | None] = {
        "guid": name, "title": f"About {name}", "link": f"/{name}",
        "pubDate": "Fri, 20 Nov 2026 10:00:00 GMT",
    }  # fmt: skip
    parts = [f"<{key}>{value}</{key}>" for key, value in (values | given).items() if value]
    return f"<item>{''.join(parts)}</item>"


def rss(*items: str) -> bytes:
    return (
        "<?xml version='1.0'?><rss version='2.0'><channel><title>Paper</title>"
        f"<link>http://127.0.0.1/</link>{''.join(items)}</channel></rss>"
    ).encode()


def page(name: str, title: str = "") -> bytes:
    """An ordinary article."""
    lines = prose(name, 16)
    body = "".join(f"<p>{' '.join(lines[at : at + 4])}</p>" for at in range(0, 16, 4))
    title = title or f"About {name}"
    return (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}"
        "</article></body></html>"
    ).encode()


def html(body: bytes) -> Any:
    return lambda request: request.answer(body, Content_Type="text/html; charset=utf-8")


@dataclass
class Town:
    """A loopback site with many feeds, and the program that watches them."""

    server: Server
    folder: Path
    now: datetime = EVENING

    def feed(self, name: str, body: bytes, status: str = "200 OK", **headers: str) -> None:
        self.server.on(f"/{name}.xml")(lambda request: request.answer(body, status, **headers))

    def pages(self, *names: str) -> None:
        for name in names:
            self.server.on(f"/{name}")(html(page(name)))

    def config(self, *feeds: str, **more: Any) -> Config:
        settings: dict[str, Any] = {
            "fetch": {
                "allow_private": ("127.0.0.1",), "host_pause": 0, "per_host": 8, "timeout": 3,
                "connect_timeout": 2, "max_feed_bytes": 1_000_000, "max_page_bytes": 2_000_000,
            },
            "read": {"max_tries": 2},
            "feeds": tuple({"name": n, "url": self.server.url(f"/{n}.xml")} for n in feeds),
        }  # fmt: skip
        return Config.model_validate(settings | more)

    @property
    def database(self) -> Path:
        return self.folder / "news.db"

    def work(self, *feeds: str, **more: Any) -> Tally:
        """One pass over these feeds."""
        config = self.config(*feeds, **more)
        with Aggregator(config, database=self.database, clock=lambda: self.now) as news:
            return news.run_once()

    def health(self, name: str) -> dict[str, Any]:
        (row,) = rows(self.database, "SELECT * FROM feeds WHERE name = ?", name)
        return row

    def entries(self, name: str) -> list[dict[str, Any]]:
        return rows(
            self.database,
            "SELECT entries.* FROM entries JOIN feeds ON feeds.id = feed WHERE feeds.name = ?"
            " ORDER BY entries.id", name,
        )  # fmt: skip

    def asked(self, path: str) -> int:
        return self.server.paths().count(path)


@pytest.fixture(scope="module")
def workers() -> Iterator[Sandbox]:
    with Sandbox(workers=2, deadline=1.5, warm=context.WARM) as made:
        yield made


@pytest.fixture
def town(tmp_path: Path, workers: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setattr(context, "make_sandbox", lambda config: Lent(workers))
    server = Server()
    made = Town(server, tmp_path)
    made.feed("healthy", rss(item("well-1"), item("well-2")))
    made.pages("well-1", "well-2")
    yield made
    server.close()


def is_well(town: Town) -> None:
    """The healthy feed beside the broken ones has all it should have."""
    health = town.health("healthy")
    assert (health["failures"], health["error"], health["enabled"]) == (0, None, 1)
    states = [(entry["state"], entry["reason"]) for entry in town.entries("healthy")]
    assert states == [("kept", None), ("kept", None)]
    check_file(town.database)


# -- feeds


FEEDS: dict[str, tuple[bytes, str, str]] = {
    "a web page": (page("x"), "200 OK", "a web page"),
    "empty": (b"", "200 OK", "empty"),
    "spaces": (b" \n ", "200 OK", "empty"),
    "not found": (b"gone?", "404 Not Found", "404"),
    "broken server": (b"oops", "500 Internal Server Error", "500"),
    "too long": (rss(*(item(f"i{n}") for n in range(20_000))), "200 OK", "the cap is"),
}


@pytest.mark.parametrize("name", FEEDS)
def test_p06_a_feed_that_is_none_says_why_and_is_put_off(town: Town, name: str) -> None:
    body, status, told = FEEDS[name]
    town.feed("bad", body, status)
    tally = town.work("healthy", "bad")
    assert tally["collect", "failed"] == 1
    health = town.health("bad")
    assert health["failures"] == 1
    assert told in health["error"]
    assert town.server.url("/bad.xml") in health["error"]
    assert "\n" not in health["error"]
    assert datetime.fromisoformat(health["due_at"]) > town.now + timedelta(minutes=15)
    assert town.entries("bad") == []
    is_well(town)
    town.work("healthy", "bad")  # and it is left alone until then
    assert town.asked("/bad.xml") == 1
    assert town.asked("/healthy.xml") == 2


def test_f11_failures_in_a_row_back_off_and_a_success_forgets_them(town: Town) -> None:
    """F11: the pause grows with each failure, up to a day, and ends with the first answer."""
    town.feed("bad", b"oops", "500 Internal Server Error")
    pauses = []
    for _ in range(10):
        town.work("bad")
        due = datetime.fromisoformat(town.health("bad")["due_at"])
        pauses.append((due - town.now).total_seconds())
        town.now = due
    assert pauses == sorted(pauses)
    assert pauses[1] > 1.3 * pauses[0]
    assert pauses[-1] <= 1.1 * 86_400
    assert town.health("bad")["failures"] == 10
    assert len(rows(town.database, "SELECT * FROM polls")) == 1, "one row for one trouble"
    town.feed("bad", rss(item("well-1")))
    town.work("bad")
    assert (town.health("bad")["failures"], town.health("bad")["error"]) == (0, None)


def test_f12_a_feed_that_is_gone_is_switched_off_for_good(town: Town) -> None:
    """F12: 410 says never again, also to a program that starts again with the same config."""
    town.feed("bad", b"gone", "410 Gone")
    for _ in range(3):
        town.work("healthy", "bad")
        town.now += timedelta(days=2)
    assert "410" in town.health("bad")["error"]
    assert town.health("bad")["enabled"] == 0
    assert town.asked("/bad.xml") == 1
    is_well(town)


def test_f10_a_server_that_asks_for_a_pause_gets_it(town: Town) -> None:
    town.feed("bad", b"slow down", "429 Too Many Requests", Retry_After="7200")
    town.work("bad")
    due = datetime.fromisoformat(town.health("bad")["due_at"])
    assert timedelta(hours=2) <= due - town.now <= timedelta(hours=2.3)


def test_s03_a_feed_that_redirects_into_the_network_is_refused(town: Town, tmp_path: Path) -> None:
    """S03: the host itself is allowed here, its neighbour is not."""
    hidden = Server(host="127.0.0.2")
    try:
        town.feed("bad", b"", "302 Found", Location=hidden.url("/secret"))
        town.work("healthy", "bad")
        assert "127.0.0.2" in town.health("bad")["error"]
        assert hidden.connections == 0
    finally:
        hidden.close()
    is_well(town)


def test_p03_a_feed_that_kills_its_parser_says_so(town: Town) -> None:
    """P03: 40,000 attributes on one tag keep feedparser busy for minutes."""
    tag = "<a " + " ".join(f"n{n}='v'" for n in range(40_000)) + ">"
    body = rss(item("x", description=None))
    town.feed("bad", body.replace(b"<item>", tag.encode() + b"</a><item>"))
    begun = time.monotonic()
    town.work("healthy", "bad")
    assert time.monotonic() - begun < 15
    health = town.health("bad")
    assert health["failures"] == 0 or "killed" in health["error"] or "bad.xml" in health["error"]
    is_well(town)


# -- entries


def test_p13_ten_entries_of_one_guid_are_ten_entries_and_stay_ten(town: Town) -> None:
    """P13: miniflux collapsed such a feed to one item."""
    names = [f"same-{n}" for n in range(10)]
    town.pages(*names)
    town.feed("bad", rss(*(item(name, guid="always the same") for name in names)))
    town.work("healthy", "bad")
    assert [entry["state"] for entry in town.entries("bad")] == ["kept"] * 10
    town.server.on("/bad.xml")(
        lambda r: r.answer(rss(*(item(n, guid="always the same") for n in reversed(names))))
    )
    town.work("healthy", "bad")
    assert len(town.entries("bad")) == 10
    assert {town.asked(f"/{name}") for name in names} == {1}
    is_well(town)


def test_p14_a_feed_that_changes_all_its_guids_reads_nothing_again(town: Town) -> None:
    """P14: the items are known by title and address, and go by their new guids."""
    names = [f"p-{n}" for n in range(5)]
    town.pages(*names)
    town.feed("bad", rss(*(item(name) for name in names)))
    town.work("bad")
    before = rows(town.database, "SELECT * FROM articles")
    town.feed("bad", rss(*(item(name, guid=f"new {name}") for name in names)))
    town.now += timedelta(hours=1)
    tally = town.work("bad")
    assert tally["collect", "unchanged"] == 1
    assert rows(town.database, "SELECT * FROM articles") == before
    assert [entry["guid"] for entry in town.entries("bad")] == [f"new {name}" for name in names]
    assert {town.asked(f"/{name}") for name in names} == {1}


def test_entries_without_link_or_content_are_kept_with_a_reason(town: Town) -> None:
    body = "&lt;p&gt;" + " ".join(prose("full", 16)) + "&lt;/p&gt;"
    town.feed("bad", rss(
        item("empty", link=None, guid="urn:1"),
        item("full", link=None, guid="urn:2", description=body),
        item("evil", link="javascript:alert(1)", guid="urn:3"),
        item("file", link="file:///etc/passwd", guid="urn:4"),
    ))  # fmt: skip
    town.work("healthy", "bad")
    found = {entry["guid"]: entry for entry in town.entries("bad")}
    for guid in ("urn:1", "urn:3", "urn:4"):
        assert (found[guid]["state"], found[guid]["url"]) == ("skipped", None)
        assert found[guid]["reason"] == "no link and no content"
    assert found["urn:2"]["state"] in ("kept", "skipped")
    is_well(town)


def test_scripts_in_titles_are_text_and_never_run(town: Town) -> None:
    """S05, S11: markup and escape sequences in titles end as text in every output."""
    title = SCRIPT.replace("<", "&lt;").replace(">", "&gt;")
    steer = "Bold\x1b[31m\r\nInjected: line\u202e"
    for name in ("evil-1", "evil-2"):
        town.server.on(f"/{name}")(html(page("the same text", title=title)))
    town.feed(
        "bad",
        rss(item("evil-1", title=f"<![CDATA[{SCRIPT}{title}]]>"), item("evil-2", title=title)),
    )
    town.feed("worse", json.dumps({
        "version": "https://jsonfeed.org/version/1.1", "title": steer,
        "items": [{"id": steer, "url": town.server.url("/evil-2"), "title": steer,
                   "authors": [{"name": steer}], "content_text": steer}],
    }).encode(), Content_Type="application/feed+json")  # fmt: skip
    town.work("healthy", "bad", "worse")
    titles = rows(town.database, "SELECT title FROM entries UNION SELECT title FROM articles")
    for row in titles:
        assert row["title"].isprintable(), row
    with open_snapshot(town.database) as db:
        report = read_report(db, StoryQuery(), now=town.now)
        stories = [read_story(db, story.id) for story in report.stories]
    for form in outputs.names():
        for text in (
            outputs.render(report, form),
            *(outputs.render(report, form, story=story) for story in stories),
        ):
            if form in ("html", "atom"):
                assert "<script>alert" not in text and "<img src=x" not in text
            assert "\x1b" not in text and "\u202e" not in text
    is_well(town)


# -- pages


def bomb(request: Request) -> None:
    request.answer(BOMB, Content_Type="text/html", Content_Encoding="gzip")


def stall(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<html>")
    request.drip(b" " * 200, 0.2)


HANGING = (
    b"<html><head><title>Slow</title></head><body><article><h1>Slow</h1><p>"
    + b"<span>word </span>" * 60_000
    + b"</p></article></body></html>"
)
DEEP = b"<html><body>" + b"<div>" * 30_000 + b"deep" + b"</div>" * 30_000 + b"</body></html>"
AUTHORS = (
    b'<html><head><title>Authors</title><script type="application/ld+json">{"@type":"NewsArticle",'
    + b'"author":[{"@type":"Person",' * 20_000
    + b"</script></head><body><article><p>"
    + " ".join(prose("authors", 9)).encode()
    + b"</p></article></body></html>"
)

PAGES: dict[str, tuple[Any, str | None]] = {
    "not found": (lambda request: request.answer(b"", "404 Not Found"), "404"),
    "gone": (lambda request: request.answer(b"", "410 Gone"), "410"),
    "broken": (lambda request: request.answer(b"", "500 Oops"), "500"),
    "picture": (lambda request: request.answer(PICTURE, Content_Type="image/png"), ""),
    "empty": (html(b""), ""),
    "bomb": (bomb, "more than 2000000 bytes"),
    "stalls": (stall, "deadline"),
    "hangs its worker": (html(HANGING), "killed"),
    "deep": (html(DEEP), ""),
    "authors": (html(AUTHORS), None),
    "circle": (lambda r: r.answer(b"", "302 Found", Location="/circle"), "circle"),
    "to a file": (lambda r: r.answer(b"", "302 Found", Location="file:///etc/passwd"), ""),
    "to metadata": (
        lambda r: r.answer(b"", "302 Found", Location="http://169.254.169.254/latest/"),
        "169.254.169.254",
    ),
}  # fmt: skip
FINAL = {"not found", "gone", "bomb", "to a file", "to metadata"}


def test_every_bad_page_gets_a_reason_and_harms_nobody(town: Town) -> None:
    slugs = {name: name.replace(" ", "-") for name in PAGES}
    for name, slug in slugs.items():
        town.server.on(f"/{slug}")(PAGES[name][0])
    town.feed("bad", rss(*(item(slug) for slug in slugs.values())))
    begun = time.monotonic()
    town.work("healthy", "bad")
    assert time.monotonic() - begun < 30
    is_well(town)
    found = {entry["guid"]: entry for entry in town.entries("bad")}
    for name, (_, told) in PAGES.items():
        entry = found[slugs[name]]
        if told is None:
            continue  # may be read or not; it must only harm nobody
        assert entry["state"] != "kept", name
        assert entry["reason"], name
        assert told in entry["reason"], (name, entry["reason"])
        assert len(entry["reason"]) <= 500 and "\n" not in entry["reason"]
        if name in FINAL:
            assert entry["state"] == "failed", name
    again = {guid for guid, entry in found.items() if entry["state"] == "new"}
    assert {"broken", "stalls", "hangs-its-worker"} <= again
    assert all(datetime.fromisoformat(found[guid]["retry_at"]) > town.now for guid in again)

    # The second and last try, with the slow ones mended.
    for slug in ("stalls", "hangs-its-worker"):
        town.server.on(f"/{slug}")(html(page(slug)))
    town.now += timedelta(hours=1)
    town.work("healthy", "bad")
    found = {entry["guid"]: entry for entry in town.entries("bad")}
    assert found["broken"]["state"] == "failed"
    assert found["stalls"]["state"] == found["hangs-its-worker"]["state"] == "kept"
    assert {entry["state"] for entry in found.values()} <= {"kept", "skipped", "failed"}
    asked = {slug: town.asked(f"/{slug}") for slug in slugs.values()}
    assert asked["broken"] == 2
    assert asked["not-found"] == asked["gone"] == asked["bomb"] == 1
    is_well(town)


def test_f17_pages_that_robots_txt_forbids_are_not_fetched(town: Town) -> None:
    town.server.on("/robots.txt")(
        lambda request: request.answer(b"User-agent: *\nDisallow: /private\n")
    )
    town.pages("private-1", "open-1")
    town.feed("bad", rss(item("private-1"), item("open-1")))
    town.work("bad")
    private, public = town.entries("bad")
    assert private["state"] == "failed" and "robots.txt" in private["reason"]
    assert public["state"] == "kept"
    assert town.asked("/private-1") == 0
    town.now += timedelta(hours=1)
    fetch = {"allow_private": ("127.0.0.1",), "host_pause": 0, "robots": "ignore"}
    town.feed("worse", rss(item("private-1")))
    town.work("worse", fetch=fetch)
    assert town.asked("/private-1") == 1


def test_a_page_listed_by_two_feeds_is_fetched_once(town: Town) -> None:
    names = [f"both-{n}" for n in range(4)]
    town.pages(*names)
    for feed in ("first", "second"):
        town.feed(feed, rss(*(item(name) for name in names)))
    tally = town.work("first", "second")
    assert (tally["read", "kept"], tally["read", "linked"]) == (4, 4)
    assert {town.asked(f"/{name}") for name in names} == {1}
    assert [entry["state"] for entry in town.entries("second")] == ["kept"] * 4


def test_a_corrected_page_is_read_again_and_kept_beside_the_old(town: Town) -> None:
    town.pages("news")
    town.feed("bad", rss(item("news")))
    town.work("bad")
    town.server.on("/news")(html(page("another text", title="About news")))
    town.feed("bad", rss(item("news", pubDate="Fri, 20 Nov 2026 16:00:00 GMT")))
    town.now += timedelta(hours=1)
    assert town.work("bad")["read", "revised"] == 1
    texts = rows(town.database, "SELECT text FROM revisions ORDER BY id")
    assert len(texts) == 2 and texts[0] != texts[1]


def test_a_stop_between_two_pages_keeps_what_was_read(town: Town) -> None:
    names = [f"n{n}" for n in range(30)]
    town.pages(*names)
    town.feed("bad", rss(*(item(name) for name in names)))
    config = town.config("bad")
    with Aggregator(config, database=town.database, clock=lambda: town.now) as news:
        news.collect()
        news.context.watch = lambda outcome: news.context.stop.set()
        news.read()
    states = [(e["state"], e["attempts"]) for e in town.entries("bad")]
    kept = sum(state == "kept" for state, _ in states)
    assert 1 <= kept < 30
    assert all(attempts == 0 for state, attempts in states if state == "new")
    town.work("bad")
    assert [e["state"] for e in town.entries("bad")] == ["kept"] * 30
    check_file(town.database)
