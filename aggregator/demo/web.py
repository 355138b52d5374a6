"""Serves the invented day's sites on loopback as a forward proxy; it fetches nothing itself."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aggregator.demo.day import EDITIONS, read_agencies, read_feeds, read_pages
from aggregator.demo.listings import feed_type, render_feed
from aggregator.demo.pages import CHARSET, render_page

# The one query key that names a page; sites ignore the rest, which is how trackers work.
_PAGE_KEYS = frozenset({"id"})
_ROBOTS = b"User-agent: *\nAllow: /\n"
_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFeed:
    """One feed of the day, as a config file would name it; `outlet` is the name to show."""

    name: str
    url: str
    outlet: str
    kind: str
    language: str


@dataclass(frozen=True, slots=True)
class Document:
    """What one address answers with."""

    body: bytes
    content_type: str
    tag: str


def demo_feeds() -> tuple[DemoFeed, ...]:
    """Every feed of the day."""
    return tuple(
        DemoFeed(
            name=feed.name,
            url=feed.url,
            outlet=feed.outlet.name,
            kind="feed",
            language=feed.language,
        )
        for feed in read_feeds()
    )


def demo_agencies() -> tuple[Mapping[str, Any], ...]:
    """The invented agency, as `aggregator.core.agencies.load_agencies` takes it."""
    return read_agencies()


@cache
def documents(edition: int) -> Mapping[str, Document]:
    """All documents of an edition by address; the addresses as `address` writes them."""
    made = {
        address(page.url): _document(render_page(page), f"text/html; charset={CHARSET}")
        for page in read_pages(edition)
        if page.kind != "missing"
    }
    for feed in read_feeds():
        made[address(feed.url)] = _document(render_feed(feed, edition), feed_type(feed))
    for host in {urlsplit("http://" + key).netloc for key in made}:
        made[f"{host}/robots.txt"] = _document(_ROBOTS, "text/plain")
    return made


def address(url: str) -> str:
    """Host, path and the page-naming part of the query: what a site looks a page up by."""
    parts = urlsplit(url)
    kept = [(key, value) for key, value in parse_qsl(parts.query) if key in _PAGE_KEYS]
    query = f"?{urlencode(kept)}" if kept else ""
    return f"{parts.hostname or ''}{parts.path or '/'}{query}"


class DemoWeb:
    """The day's sites behind one proxy on 127.0.0.1; use it with `with`.

    `edition` is 1 for the morning and 2 for the afternoon and may be set while it runs.
    `port` 0 takes any free port. Raises ValueError for an edition that does not exist and
    OSError for a port that is taken.
    """

    def __init__(self, *, edition: int = 1, port: int = 0) -> None:
        self._lock = threading.Lock()
        self._log: list[tuple[str, int]] = []
        self.edition = edition
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def edition(self) -> int:
        """The edition now served."""
        return self._edition

    @edition.setter
    def edition(self, edition: int) -> None:
        if edition not in EDITIONS:
            raise ValueError(f"no edition {edition}; there are {EDITIONS}")
        documents(edition)  # rendered now, so that no request waits for it
        self._edition = edition

    @property
    def proxy(self) -> str:
        """Address of the proxy."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def requests(self) -> list[tuple[str, int]]:
        """Every request so far, as its URL and the status it got, in order of answering."""
        with self._lock:
            return list(self._log)

    def note(self, url: str, status: int) -> None:
        """Write one request into the log."""
        with self._lock:
            self._log.append((url, status))

    def __enter__(self) -> DemoWeb:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A client may keep its connection open; closing must not wait for it.
    block_on_close = False

    def __init__(self, place: tuple[str, int], web: DemoWeb) -> None:
        self.web = web
        super().__init__(place, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "DemoWeb"
    sys_version = ""
    # Header and body are two writes; with Nagle's algorithm the second waits for an ACK, 40 ms.
    disable_nagle_algorithm = True
    timeout = _TIMEOUT_SECONDS
    server: _Server

    def do_GET(self) -> None:
        url = self.path
        if "://" not in url:
            url = f"http://{self.headers.get('Host', '')}{self.path}"
        document = self._find(url)
        if document is None:
            self._answer(url, HTTPStatus.NOT_FOUND, b"Not found\n", "text/plain")
        elif _tag_known(self.headers.get("If-None-Match"), document.tag):
            self._answer(url, HTTPStatus.NOT_MODIFIED, tag=document.tag)
        else:
            self._answer(url, HTTPStatus.OK, document.body, document.content_type, document.tag)

    do_HEAD = do_GET  # noqa: N815 (the name http.server looks for)

    def do_CONNECT(self) -> None:
        self._answer(self.path, HTTPStatus.NOT_IMPLEMENTED, b"http only\n", "text/plain")

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True  # the client left

    def log_message(self, format: str, *args: object) -> None:
        pass  # requests are kept in DemoWeb.requests

    def _find(self, url: str) -> Document | None:
        try:
            return documents(self.server.web.edition).get(address(url))
        except ValueError:  # not a URL
            return None

    def _answer(
        self, url: str, status: HTTPStatus, body: bytes = b"", kind: str = "", tag: str = ""
    ) -> None:
        self.server.web.note(url, int(status))
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        if tag:
            self.send_header("ETag", tag)
            self.send_header("Cache-Control", "max-age=0, must-revalidate")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _document(body: bytes, content_type: str) -> Document:
    return Document(body, content_type, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _tag_known(header: str | None, tag: str) -> bool:
    tags = [part.strip().removeprefix("W/") for part in (header or "").split(",")]
    return tag in tags or "*" in tags
