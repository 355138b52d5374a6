"""What every kind of source promises, tried on each document of its folder in tests/data."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.core.times import stamp
from aggregator.edge.sandbox import Sandbox
from aggregator.edge.sources import FULL_FETCH_EVERY, SOURCES, Reach, poll, source
from aggregator.edge.store import Store, collecting
from aggregator.edge.web import Web
from aggregator.errors import ParseError, Refused, SourceError, TooLarge, Unreachable
from aggregator.model import Feed, Poll, WireFile
from tests.edge.conftest import Request, Server

DATA = Path(__file__).parent.parent / "data"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FOLDERS = {"feed": DATA / "feeds", "sitemap": DATA / "sitemaps", "wire": DATA / "wires"}
DOCUMENTS = [(kind, path) for kind, folder in FOLDERS.items() for path in sorted(folder.iterdir())]
WEB_DOCUMENTS = [(kind, path) for kind, path in DOCUMENTS if kind != "wire"]
WEB_KINDS = [kind for kind in FOLDERS if kind != "wire"]


@dataclass
class Place:
    """A source on loopback that answers what the test sets."""

    server: Server
    web: Web
    sandbox: Sandbox
    folder: Path  # of a wire
    body: bytes = b""
    status: str = "200 OK"
    headers: dict[str, str] = field(default_factory=dict)
    honest: bool = True  # answers 304 to its own validators

    def answer(self, request: Request) -> None:
        tag = self.headers.get("ETag")
        if self.honest and tag and request.headers.get("if-none-match") == tag:
            request.answer(status="304 Not Modified", ETag=tag)
        else:
            request.answer(self.body, self.status, **self.headers)

    def show(self, kind: str, path: Path) -> None:
        self.body = path.read_bytes()
        if kind == "wire":
            (self.folder / path.name).write_bytes(self.body)

    def poll(self, feed: Feed, *, now: datetime = NOW, **limits: Any) -> Poll:
        limits = {"max_bytes": 1_000_000} | limits
        return poll(feed, Reach(web=self.web, sandbox=self.sandbox, now=now, **limits))

    def feed(self, kind: str = "feed") -> Feed:
        url = self.folder.as_uri() if kind == "wire" else self.server.url("/source")
        return Feed(id=1, name="A", kind=kind, url=url, outlet="one.example", every=900)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1, deadline=5, warm=("aggregator.core.feeds", "feedparser")) as made:
        yield made


@pytest.fixture
def place(sandbox: Sandbox, tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "wire"
    folder.mkdir()
    server = Server()
    with Web(
        user_agent="news-test/1.0", timeout=2, host_pause=0, allow_private=("127.0.0.1",)
    ) as web:
        made = Place(server, web, sandbox, folder)
        server.on("/source")(made.answer)
        yield made
    server.close()


def following(feed: Feed, answered: Poll) -> Feed:
    """The feed as it comes back from the database after a poll: its cursor went through JSON."""
    return replace(feed, cursor=json.loads(json.dumps(dict(answered.cursor))))


def known(answered: Poll) -> dict[str, WireFile]:
    """What the database tells the next poll of a folder."""
    return {file.name: file for file in answered.files}


# -- every kind, every document


def test_every_kind_has_documents_to_be_tried_on() -> None:
    assert set(FOLDERS) == set(SOURCES)
    assert {kind for kind, _ in DOCUMENTS} == set(SOURCES)


@pytest.mark.parametrize(("kind", "path"), DOCUMENTS, ids=lambda value: getattr(value, "name", ""))
def test_the_same_document_twice_gives_nothing_the_second_time(
    place: Place, kind: str, path: Path
) -> None:
    place.show(kind, path)
    first = place.poll(place.feed(kind))
    assert first.entries
    assert not first.unchanged
    assert (first.status, first.bytes) == (0 if kind == "wire" else 200, len(place.body))
    second = place.poll(following(place.feed(kind), first), files=known(first))
    assert (second.unchanged, second.entries) == (True, ())
    assert second.cursor.get("digest") == first.cursor.get("digest")


@pytest.mark.parametrize(
    ("kind", "path"), WEB_DOCUMENTS, ids=lambda value: getattr(value, "name", "")
)
def test_f09_a_validator_is_sent_back_and_a_304_is_not_read(
    place: Place, kind: str, path: Path
) -> None:
    place.body = path.read_bytes()
    place.headers = {"ETag": 'W/"a-1"', "Last-Modified": "Fri, 20 Nov 2026 11:00:00 GMT"}
    feed = following(place.feed(kind), place.poll(place.feed(kind)))
    second = place.poll(feed)
    sent = place.server.log[-1].headers
    assert sent["if-none-match"] == 'W/"a-1"'
    assert sent["if-modified-since"] == "Fri, 20 Nov 2026 11:00:00 GMT"
    assert (second.status, second.unchanged, second.entries) == (304, True, ())
    assert following(feed, second).cursor == feed.cursor


@pytest.mark.parametrize(("kind", "path"), DOCUMENTS, ids=lambda value: getattr(value, "name", ""))
def test_polling_twice_through_the_database_adds_nothing(
    place: Place, kind: str, path: Path, tmp_path: Path
) -> None:
    place.show(kind, path)

    def plan(added: int) -> collecting.Plan:
        return collecting.Plan(due_at=NOW)

    with Store(tmp_path / "news.db") as store:
        collecting.watch_feeds(store, [place.feed(kind)], now=NOW)
        added = []
        for _ in range(2):
            (feed,) = collecting.due_feeds(store, now=NOW)
            found = place.poll(replace(feed, cursor={}))  # the whole document, parsed again
            added.append(collecting.keep_poll(store, feed, found, now=NOW, plan=plan))
        rows = store.query("SELECT guid FROM entries")
    assert added[0] == len(rows) == len({row["guid"] for row in rows}) > 0
    assert added[1] == 0


@pytest.mark.parametrize(
    ("kind", "path"), WEB_DOCUMENTS, ids=lambda value: getattr(value, "name", "")
)
def test_f14_a_document_cut_off_on_the_way_is_an_error(place: Place, kind: str, path: Path) -> None:
    whole = path.read_bytes()

    @place.server.on("/source")
    def cut(request: Request) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(whole)}\r\n\r\n".encode()
        request.send(head + whole[: len(whole) // 2])
        request.line.shutdown(2)

    with pytest.raises(Unreachable):
        place.poll(place.feed(kind))


NO_SOURCE: dict[str, bytes] = {
    "empty": b"",
    "spaces": b" \r\n\t ",
    "web page": b"<!DOCTYPE html><html><head><title>News</title></head><body>Hi</body></html>",
    "text": b"Service temporarily unavailable",
    "json without items": b'{"status": "ok"}',
    "json cut off": b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"',
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9,
    "zeros": b"\0" * 5000,
    "entities": b'<!DOCTYPE a [<!ENTITY b "c">]><urlset><url><loc>&b;</loc></url></urlset>',
    "feed for a sitemap": b'<rss version="2.0"><channel><title>T</title></channel></rss>',
    "sitemap for a feed": b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>',
}
FITS = {("feed", "feed for a sitemap"), ("sitemap", "sitemap for a feed")}


@pytest.mark.parametrize("kind", WEB_KINDS)
@pytest.mark.parametrize("name", NO_SOURCE)
def test_p06_what_is_no_source_is_an_error_and_never_a_quiet_poll(
    place: Place, kind: str, name: str
) -> None:
    """P06: a failed page must not be taken for a feed without news."""
    if (kind, name) in FITS:
        return
    place.body = NO_SOURCE[name]
    with pytest.raises(ParseError) as caught:
        place.poll(place.feed(kind))
    assert "\n" not in str(caught.value)
    assert place.server.url() in str(caught.value), "it says which source"


@pytest.mark.parametrize("kind", WEB_KINDS)
@pytest.mark.parametrize(
    ("status", "retry"), [("404 Not Found", False), ("410 Gone", False), ("500 Oops", True),
                          ("429 Slow Down", True), ("204 No Content", False)],
)  # fmt: skip
def test_a_status_that_is_no_answer_is_an_error(
    place: Place, kind: str, status: str, retry: bool
) -> None:
    place.body, place.status = b"<rss/>", status
    place.headers = {"Retry-After": "120"}
    with pytest.raises(Refused, match=status[:3]) as caught:
        place.poll(place.feed(kind))
    assert (caught.value.status, caught.value.retry) == (int(status[:3]), retry)
    assert caught.value.retry_after == 120 or not retry


@pytest.mark.parametrize("kind", WEB_KINDS)
def test_too_long_a_document_is_an_error(place: Place, kind: str) -> None:
    place.body = next(path for each, path in DOCUMENTS if each == kind).read_bytes()
    with pytest.raises(TooLarge):
        place.poll(place.feed(kind), max_bytes=len(place.body) - 1)
    place.body = gzip.compress(b"<rss>" + b" " * 50_000_000)
    place.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(TooLarge):
        place.poll(place.feed(kind), max_bytes=1_000_000)


@pytest.mark.parametrize("kind", WEB_KINDS)
def test_entries_past_the_cap_are_counted(place: Place, kind: str) -> None:
    place.body = next(path for each, path in DOCUMENTS if each == kind).read_bytes()
    whole = place.poll(place.feed(kind))
    capped = place.poll(place.feed(kind), max_entries=1)
    assert capped.entries == whole.entries[:1]
    assert capped.dropped >= len(whole.entries) - 1 > 0


# -- conditional requests


@pytest.mark.parametrize(
    ("age", "conditional"), [(timedelta(hours=23), True), (FULL_FETCH_EVERY, False)]
)
def test_f09_a_server_that_always_says_304_is_asked_in_full_once_a_day(
    place: Place, age: timedelta, conditional: bool
) -> None:
    """F09: some servers answer 304 for ever."""
    place.body = (DATA / "feeds" / "rss20.xml").read_bytes()
    place.headers = {"ETag": '"same"'}
    feed = following(place.feed(), place.poll(place.feed()))
    later = place.poll(feed, now=NOW + age)
    assert ("if-none-match" in place.server.log[-1].headers) is conditional
    assert later.status == (304 if conditional else 200)
    if not conditional:
        assert later.unchanged, "the same bytes are not parsed again"
        assert later.cursor["full_at"] == stamp(NOW + age)


def test_changed_bytes_under_the_old_validator_are_read(place: Place) -> None:
    body = (DATA / "feeds" / "rss20.xml").read_bytes()
    place.body, place.headers, place.honest = body, {"ETag": '"same"'}, False
    feed = following(place.feed(), place.poll(place.feed()))
    place.body = body.replace(b"</channel>", b"<!-- new --></channel>")
    assert not place.poll(feed).unchanged


@pytest.mark.parametrize("cursor", [
    {}, {"etag": None, "full_at": None}, {"unknown": 7},
    {"etag": 'a"\r\nX: y', "full_at": stamp(NOW)},
])  # fmt: skip
def test_an_odd_cursor_only_costs_a_full_fetch(place: Place, cursor: dict[str, Any]) -> None:
    place.body = (DATA / "feeds" / "atom10.xml").read_bytes()
    found = place.poll(replace(place.feed(), cursor=cursor))
    assert found.entries
    assert "x" not in place.server.log[-1].headers


HINTS: dict[str, tuple[dict[str, str], tuple[int | None, int | None]]] = {
    "max-age": ({"Cache-Control": "public, max-age=600"}, (600, None)),
    "quoted": ({"Cache-Control": 'max-age="90"'}, (90, None)),
    "too long": ({"Cache-Control": "max-age=99999999"}, (86_400, None)),
    "junk": ({"Cache-Control": "max-age=soon, no-store", "Retry-After": "soon"}, (None, None)),
    "retry": ({"Retry-After": "30"}, (None, 30)),
}


@pytest.mark.parametrize("name", HINTS)
def test_what_the_server_says_about_coming_back(place: Place, name: str) -> None:
    place.body = (DATA / "feeds" / "atom10.xml").read_bytes()
    place.headers, wanted = HINTS[name]
    hints = place.poll(place.feed()).hints
    assert (hints.max_age, hints.retry_after) == wanted


# -- the registry


def test_a_new_kind_is_one_function(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.edge.sources.SOURCES", dict(SOURCES))

    @source("mailbox")
    def poll_mailbox(feed: Feed, reach: Reach) -> Poll:
        return Poll(status=0, unchanged=True, cursor={"seen": reach.max_entries})

    assert place.poll(place.feed("mailbox"), max_entries=5).cursor == {"seen": 5}


def test_a_worker_that_dies_on_a_document_is_an_error(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.edge import hostile

    calls: list[Callable[..., Any]] = []
    place.body = (DATA / "feeds" / "rss20.xml").read_bytes()
    real = place.sandbox.call

    def call(function: Callable[..., Any], *values: Any, **named: Any) -> Any:
        calls.append(function)
        return real(hostile.crash)

    monkeypatch.setattr(place.sandbox, "call", call)
    with pytest.raises(SourceError, match="crashed"):
        place.poll(place.feed())
    assert calls, "documents of strangers are parsed in a worker"
