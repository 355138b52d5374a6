"""What a poll costs: feeds that did not change, changed without news, and with one new item.

1,000 feeds of one loopback server are polled by one process, database and all, beside a plain
`requests.get` and `feedparser.parse`, and beside feedparser alone on a document at hand. CPU counts
this process and its workers, not the server.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import measuring

MODIFIED = "Fri, 20 Nov 2026 10:00:00 GMT"
WORDS = ("harbour", "council", "river", "budget", "winter", "school", "bridge", "market", "engine")


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many feeds and rounds."""
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--plain", type=int, default=100, help="feeds a round for the plain way")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--items", type=int, default=20)


def document(items: int, first: int, built: int) -> bytes:
    """A feed of some 90 kB, as news sites write them: a summary and the whole text in each item."""

    def item(number: int) -> str:
        chance = random.Random(number)  # noqa: S311
        text = " ".join(f"<p>{' '.join(chance.choices(WORDS, k=40))}.</p>" for _ in range(14))
        return (
            f"<item><title>Story {number} of the {chance.choice(WORDS)}</title>"
            f"<link>http://paper.example/news/{number}</link><guid>paper-{number}</guid>"
            f"<pubDate>Fri, 20 Nov 2026 {number % 24:02}:00:00 GMT</pubDate>"
            f"<dc:creator>A. Writer</dc:creator><category>{chance.choice(WORDS)}</category>"
            f"<description>{' '.join(chance.choices(WORDS, k=40))}</description>"
            f"<content:encoded><![CDATA[{text}]]></content:encoded></item>"
        )

    listed = "\n".join(item(number) for number in range(first + items, first, -1))
    return (
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'"
        " xmlns:dc='http://purl.org/dc/elements/1.1/'"
        " xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>Paper</title>"
        f"<link>http://paper.example/</link><lastBuildDate>{built}</lastBuildDate>{listed}"
        "</channel></rss>"
    ).encode()


def serve(listener: socket.socket, items: int, state: Any) -> None:
    """Answer every path with the document of the moment; 304 to validators in mode 0."""

    def talk(line: socket.socket) -> None:
        with line:
            rest = b""
            while True:
                while b"\r\n\r\n" not in rest:
                    data = line.recv(65536)
                    if not data:
                        return
                    rest += data
                head, _, rest = rest.partition(b"\r\n\r\n")
                if state[0] == 0 and b"if-none-match" in head.lower():
                    line.sendall(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n')
                    continue
                body = bodies.get((state[1], state[2]))
                if body is None:
                    body = bodies[state[1], state[2]] = document(items, state[1], state[2])
                headers = f'ETag: "1"\r\nLast-Modified: {MODIFIED}\r\nContent-Length: {len(body)}'
                line.sendall(f"HTTP/1.1 200 OK\r\n{headers}\r\n\r\n".encode() + body)

    bodies: dict[tuple[int, int], bytes] = {}
    while True:
        line, _ = listener.accept()
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=talk, args=(line,), daemon=True).start()


@contextmanager
def site(items: int) -> Iterator[tuple[str, Any, int]]:
    """A server in a process of its own: its address, its state, its process id."""
    fork = multiprocessing.get_context("fork")
    state = fork.Array("i", [0, 0, 0])
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    process = fork.Process(target=serve, args=(listener, items, state), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", state, process.pid or 0
    finally:
        process.kill()
        listener.close()


def run(options: argparse.Namespace) -> dict[str, Any]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory() as folder, site(options.items) as (base, state, server):
        rows = _polls(options, Path(folder), base, state, server)
    rows += _parses(options)
    told = f"{options.feeds} feeds of {options.items} items, {len(document(options.items, 0, 0)):,}"
    return {"told": f"{told} bytes each; medians of {options.rounds} rounds", "rows": rows}


def _polls(
    options: argparse.Namespace, folder: Path, base: str, state: Any, server: int
) -> list[dict[str, Any]]:
    from aggregator.config import Config
    from aggregator.pipeline import Aggregator

    fetch = {"allow_private": ("127.0.0.1",), "host_pause": 0, "per_host": 8, "workers": 8}
    feeds = tuple({"name": f"f{n}", "url": f"{base}/{n}"} for n in range(options.feeds))
    config = Config.model_validate({"fetch": fetch, "feeds": feeds})
    # Within one day, so that no poll is the daily one in full.
    clock = [datetime.now(UTC)]

    def ours(mode: int, *, new: int) -> Callable[[], int]:
        def work() -> int:
            state[0] = mode
            state[1] += new
            state[2] += mode
            clock[0] += timedelta(minutes=20)
            tally = news.collect(everything=True)
            if sum(tally.values()) != options.feeds or tally["collect", "failed"]:
                raise SystemExit(f"not every feed was polled: {dict(tally)}")
            return options.feeds

        return work

    with Aggregator(config, database=folder / "b.db", clock=lambda: clock[0]) as news:
        ours(1, new=0)()  # the first poll parses everything
        found = measuring.rounds(
            {
                "not changed (304)": ours(0, new=0),
                "plain, asking for 304": _plain(base, options.plain, state, mode=0, polite=True),
                "plain": _plain(base, options.plain, state, mode=0, polite=False),
                "feedparser alone": _alone(options),
                "changed, nothing new": ours(1, new=0),
                "changed, one new": ours(1, new=1),
            },
            options.rounds,
            leave_out=[server],
        )
    plain, alone = found["plain"][0], found["feedparser alone"][0]
    rows = []
    for name, (spent, wall) in found.items():
        row: dict[str, Any] = {
            "what": f"poll: {name}" if "changed" in name else name,
            "a second": 1e6 / wall, "us CPU each": spent, "plain / this": plain / spent,
            "feedparser / this": alone / spent,
        }  # fmt: skip
        if name == "not changed (304)":
            row["promise"], row["kept"] = ">= 4", plain / spent >= 4
        if name == "changed, nothing new":
            row["promise"], row["kept"] = ">= 15", alone / spent >= 15
        rows.append(row)
    return rows


def _alone(options: argparse.Namespace) -> Callable[[], int]:
    import feedparser

    data = document(options.items, 0, 1)

    def work() -> int:
        for _ in range(options.plain):
            feedparser.parse(data)
        return options.plain

    return work


def _plain(base: str, count: int, state: Any, *, mode: int, polite: bool) -> Callable[[], int]:
    import feedparser
    import requests

    headers = {"If-None-Match": '"1"', "If-Modified-Since": MODIFIED} if polite else {}

    def work() -> int:
        state[0] = mode
        for number in range(count):
            answer = requests.get(f"{base}/{number}", headers=headers, timeout=20)
            feedparser.parse(answer.content)
        return count

    return work


def _parses(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Parsing alone, in this process."""
    import feedparser

    from aggregator.core import feeds, newitems

    now = datetime.now(UTC)
    given: dict[str, Any] = {"url": "http://paper.example/f", "content_type": None, "now": now}
    first = newitems.parse_changed(document(options.items, 0, 0), memory={}, **given)
    again, news = document(options.items, 0, 1), document(options.items, 1, 1)
    times = 20

    def repeat(parse: Callable[[], Any]) -> Callable[[], int]:
        def work() -> int:
            for _ in range(times):
                parse()
            return times

        return work

    found = measuring.rounds(
        {
            "feedparser alone": repeat(lambda: feedparser.parse(news)),
            "full parse of ours": repeat(lambda: feeds.parse_feed(news, **given)),
            "one new": repeat(lambda: newitems.parse_changed(news, memory=first.memory, **given)),
            "nothing new": repeat(
                lambda: newitems.parse_changed(again, memory=first.memory, **given)
            ),
        },
        options.rounds,
    )
    alone = found["feedparser alone"][0]
    return [
        {
            "what": f"parse: {name}", "a second": 1e6 / wall, "us CPU each": spent,
            "feedparser / this": alone / spent,
        }
        for name, (spent, wall) in found.items()
    ]  # fmt: skip
