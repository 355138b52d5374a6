"""A loopback server that misbehaves byte by byte, and a web that may talk to it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from aggregator.edge.web import Web


@dataclass
class Request:
    """One request as it came in, and the open line to answer on."""

    line: socket.socket
    method: str
    path: str
    headers: dict[str, str]
    at: float = field(default_factory=time.monotonic)
    number: int = 0  # which connection brought it

    def send(self, data: bytes) -> None:
        self.line.sendall(data)

    def answer(self, body: bytes = b"", status: str = "200 OK", **headers: str) -> None:
        """Send a well-formed answer; underscores in header names become hyphens."""
        head = {"Content-Length": str(len(body)), **headers}
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in head.items())
        self.send(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body)

    def drip(self, data: bytes, pause: float) -> None:
        """Send byte by byte until the other side hangs up."""
        for byte in data:
            self.send(bytes([byte]))
            time.sleep(pause)


Handler = Callable[[Request], None]


class Server:
    """Answers each path with a function that owns the socket."""

    def __init__(self, family: int = socket.AF_INET, host: str = "127.0.0.1") -> None:
        self.routes: dict[str, Handler] = {}
        self.log: list[Request] = []
        self.connections = 0
        self.running = self.most_running = 0
        self.wrap: Callable[[socket.socket], socket.socket] = lambda line: line
        self.closing = False
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.bind((host, 0))
        self._listener.listen(128)
        self.host = host
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "/", host: str | None = None) -> str:
        name = host or (f"[{self.host}]" if ":" in self.host else self.host)
        return f"http://{name}:{self.port}{path}"

    def on(self, path: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.routes[path] = handler
            return handler

        return register

    def paths(self) -> list[str]:
        return [request.path for request in self.log]

    def close(self) -> None:
        self.closing = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in tuple(self._open):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self.closing:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(line, self.connections), daemon=True).start()

    def _serve(self, line: socket.socket, number: int) -> None:
        self._open.add(line)
        try:
            with contextlib.suppress(OSError):
                line = self.wrap(line)
                while (request := self._read(line, number)) is not None:
                    with self._lock:
                        self.log.append(request)
                        self.running += 1
                        self.most_running = max(self.most_running, self.running)
                    try:
                        self.routes.get(request.path.split("?")[0], missing)(request)
                    finally:
                        with self._lock:
                            self.running -= 1
        finally:
            self._open.discard(line)
            line.close()

    def _read(self, line: socket.socket, number: int) -> Request | None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = line.recv(65536)
            if not data:
                return None
            head += data
        first, *rest = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        pairs = (text.split(":", 1) for text in rest if ":" in text)
        headers = {name.lower(): value.strip() for name, value in pairs}
        return Request(line, method, path, headers, number=number)


def missing(request: Request) -> None:
    request.answer(b"nothing here", "404 Not Found")


def hang_up(request: Request) -> None:
    request.line.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def forbidden() -> Iterator[Server]:
    """A listener that nobody may reach: its `connections` must stay 0."""
    made = Server()
    yield made
    made.close()


@pytest.fixture
def make_web() -> Iterator[Callable[..., Web]]:
    """Makes webs with short deadlines that may talk to loopback; closes them all."""
    made: list[Web] = []

    def make(**options: object) -> Web:
        settings: dict[str, object] = {
            "user_agent": "news-test/1.0 (+http://example.com/bot)",
            "timeout": 1.0,
            "connect_timeout": 0.6,
            "host_pause": 0.0,
            "allow_private": ("127.0.0.1", "::1", "localhost"),
        }
        web = Web(**{**settings, **options})  # type: ignore[arg-type]
        made.append(web)
        return web

    yield make
    for web in made:
        web.close()


@pytest.fixture
def web(make_web: Callable[..., Web]) -> Web:
    return make_web()
