"""Heads of requests and answers on the wire: what is sent, and what is heard."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from urllib3.connection import HTTPConnection

from aggregator.core.addresses import Fence
from aggregator.edge.web.lines import Route
from aggregator.edge.web.speech import fields_of, say


def route(url: str, proxy: str | None = None) -> Route:
    fence = Fence()
    return Route(fence.enter(url), fence.enter(proxy) if proxy else None)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def line_of(sock: socket.socket, way: Route) -> Any:
    """A connected line as `Lines` makes it, but for the connection itself."""
    first = way.proxy or way.target
    line = HTTPConnection(first.host, first.port)
    line.sock = sock
    return line


@pytest.mark.parametrize(
    ("url", "proxy", "line", "host"),
    [
        ("http://a.example/x?y", None, b"/x?y", b"a.example"),
        ("http://a.example:8080/", None, b"/", b"a.example:8080"),
        ("http://[2606:4700::1]:81/", None, b"/", b"[2606:4700::1]:81"),
        ("http://a.example:81/x", "http://p.example:3128", b"http://a.example:81/x",
         b"a.example:81"),
    ],
)  # fmt: skip
def test_a_request_names_its_host_and_an_answer_keeps_its_fields_apart(
    ends: tuple[socket.socket, socket.socket], url: str, proxy: str | None, line: bytes, host: bytes
) -> None:
    ours, other = ends
    other.sendall(b"HTTP/1.1 204 No Content\r\nX: 1\r\nSet: a\r\n b\r\nX: 2\r\n\r\n")
    way = route(url, proxy)
    with say(line_of(ours, way), way, {"User-Agent": "caf\xe9"}) as heard:
        assert (heard.status, heard.will_close, heard.length) == (204, False, 0)
        assert fields_of(heard) == [("x", "1"), ("set", "a b"), ("x", "2")]
    sent = b"GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: caf\xe9\r\n\r\n" % (line, host)
    assert other.recv(4096) == sent


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\n", "\r", "\u20ac"])
def test_no_value_adds_a_line(ends: tuple[socket.socket, socket.socket], value: str) -> None:
    ours, other = ends
    way = route("http://a.example/")
    with pytest.raises(ValueError):
        say(line_of(ours, way), way, {"If-None-Match": value})
    other.setblocking(False)
    with pytest.raises(BlockingIOError):
        other.recv(1)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1\r\n\r\n", b"ICY 200 OK\r\n\r\n"])
def test_what_is_no_answer_is_told(ends: tuple[socket.socket, socket.socket], head: bytes) -> None:
    ours, other = ends
    other.sendall(head)
    other.shutdown(socket.SHUT_WR)
    way = route("http://a.example/")
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        say(line_of(ours, way), way, {})
