"""Serves a few pages of text over HTTP to monitors on this machine; makes none of them."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aggregator.errors import UsageError

_TIMEOUT = 5.0  # seconds for a request to arrive
_PLACES = 8  # requests at once; a monitor asks one or two


@dataclass(frozen=True, slots=True)
class Page:
    """One answer."""

    status: int
    text: str | bytes
    kind: str = "text/plain; charset=utf-8"


class Endpoint:
    """An HTTP server on `listen` (host, port; 0 is any free one) with a function for each path."""

    def __init__(self, listen: tuple[str, int], pages: Mapping[str, Callable[[], Page]]) -> None:
        """Bind; UsageError when the address cannot be listened on."""
        host, port = listen
        try:
            self._server = _Server((host, port), _handler(dict(pages), host))
        except OSError as error:
            told = f"cannot listen on {host}:{port}: {error.strerror}"
            raise UsageError("metrics.listen", told, hint="another port") from error
        self.address: tuple[str, int] = self._server.server_address[:2]  # type: ignore[assignment]

    def start(self) -> None:
        """Answer, on threads that hold up no exit."""
        threading.Thread(
            target=self._server.serve_forever, args=(0.2,), name="pages", daemon=True
        ).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._places = threading.BoundedSemaphore(_PLACES)
        if ":" in address[0]:
            import socket

            self.address_family = socket.AF_INET6
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        # Nobody may open a thousand silent connections and with them a thousand threads.
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A monitor that hangs up is no event of ours."""


def _handler(pages: dict[str, Callable[[], Page]], host: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _TIMEOUT
        server_version = "aggregator"
        sys_version = ""

        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def _answer(self, *, body: bool) -> None:
            make = pages.get(self.path.split("?")[0])
            if not _may_ask(self.headers.get("Host", ""), host):
                page = Page(403, "not a name of this machine\n")
            elif make is None:
                page = Page(404, "\n".join(sorted(pages)) + "\n")
            else:
                page = make()
            data = page.text.encode() if isinstance(page.text, str) else page.text
            self.send_response(page.status)
            for name, value in (
                ("Content-Type", page.kind), ("Content-Length", str(len(data))),
                ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"),
            ):  # fmt: skip
                self.send_header(name, value)
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Requests of monitors are no events."""

    return Handler


def _may_ask(asked: str, host: str) -> bool:
    """Whether a request names this server by address: a name may be a stranger's (DNS rebinding).

    One that listens on more than loopback was opened to others on purpose.
    """
    if not ipaddress.ip_address(host).is_loopback:
        return True
    name = asked.rsplit(":", 1)[0] if not asked.endswith("]") else asked
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name.lower() == "localhost"
