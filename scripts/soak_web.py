"""An invented web of 100 outlets for the soak, as a forward proxy in its own process.

Each time a feed is asked it lists two pages more; its time goes on by a quarter of an hour then.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

FEEDS, NEW, LISTED = 100, 2, 20
START = datetime(2026, 1, 5, tzinfo=UTC)
ROUND = timedelta(minutes=15)
COPIES = 0.3  # share of pages that carry the agency's text of the same round, cut


@cache
def vocabulary() -> list[str]:
    chance = random.Random(1)  # noqa: S311
    return [
        "".join(chance.choices("aeioubdfgklmnprst", k=chance.randint(3, 9))) for _ in range(9000)
    ]


def prose(seed: str, sentences: int) -> list[str]:
    chance = random.Random(seed)  # noqa: S311
    words = vocabulary()
    return [
        " ".join(chance.choices(words, k=chance.randint(9, 22))).capitalize() + "."
        for _ in range(sentences)
    ]


def page(feed: int, number: int) -> str:
    """One article; the first feed is the agency's."""
    chance = random.Random(f"{feed} {number}")  # noqa: S311
    told, credit = prose(f"{feed} {number}", chance.randint(10, 28)), ""
    if feed and chance.random() < COPIES:
        told = prose(f"0 {number}", 28)[: chance.randint(12, 28)]
        credit = "<p>(AFP)</p>"
    body = "".join(f"<p>{' '.join(told[at : at + 3])}</p>" for at in range(0, len(told), 3))
    title = " ".join(told[0].split()[:8])
    return (
        f"<!doctype html><html lang='en'><head><title>{title}</title></head><body><article>"
        f"<h1>{title}</h1>{body}{credit}</article><footer><p>Outlet {feed} is an invented site."
        "</p></footer></body></html>"
    )


def listing(feed: int, asked: int) -> str:
    """The feed as it stands when it is asked for the so-manieth time, newest first."""
    last = asked * NEW
    items = "".join(
        f"<item><guid>{feed}-{n}</guid><title>Page {n} of outlet {feed}</title>"
        f"<link>http://outlet{feed}.example/{n}</link><pubDate>"
        f"{format_datetime(START + ROUND * (n // NEW))}</pubDate></item>"
        for n in range(last + NEW - 1, max(-1, last + NEW - 1 - LISTED), -1)
    )
    return (
        "<?xml version='1.0'?><rss version='2.0'><channel>"
        f"<title>Outlet {feed}</title>{items}</channel></rss>"
    )


class Site(BaseHTTPRequestHandler):
    """Answers for every outlet; keep-alive, no log."""

    protocol_version = "HTTP/1.1"
    asked: Counter[int] = Counter()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        number = int((parts.hostname or "outlet0.example").split(".")[0].removeprefix("outlet"))
        if parts.path == "/feed":
            self._answer(listing(number, self.asked[number]), "application/rss+xml")
            self.asked[number] += 1
        elif parts.path.strip("/").isdigit():
            self._answer(page(number, int(parts.path.strip("/"))), "text/html; charset=utf-8")
        else:
            self._answer("", "text/plain", 404)

    def log_message(self, format: str, *values: object) -> None:
        """Say nothing."""

    def _answer(self, text: str, kind: str, status: int = 200) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    sys.exit(server.serve_forever())  # type: ignore[func-returns-value]
