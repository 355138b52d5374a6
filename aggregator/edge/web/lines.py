"""Opens and keeps connections, only to addresses that the fence admits; sends no request."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import is_connection_dropped

from aggregator.core.addresses import Fence, Target
from aggregator.edge.web.heard import Heard, SecureHeard
from aggregator.edge.web.names import Resolver
from aggregator.edge.web.watchdog import TICK, Guard

# Idle connections kept, and for how long: servers hang up after 5 s (Apache) to 75 s (nginx).
IDLE = 64
IDLE_AGE = 15.0
# Addresses of one name that are tried before giving up.
TRIES = 4


class _Dial:
    """Makes a urllib3 connection go where it is told instead of asking a resolver."""

    addresses: tuple[str, ...]
    dial_port: int
    seconds: float
    guard: Guard
    address = ""

    def _new_conn(self) -> socket.socket:
        ends = time.monotonic() + min(self.seconds, self.guard.left())
        tries = self.addresses[:TRIES]
        fault: OSError = TimeoutError("no time left")
        for number, address in enumerate(tries):
            share = (ends - time.monotonic()) / (len(tries) - number)
            if share <= 0:
                break
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            line = Heard(family, socket.SOCK_STREAM)
            try:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                line.settimeout(share)
                self.guard.hold(line)
                line.connect((address, self.dial_port))
            except OSError as error:
                self.guard.hold(None)
                line.close()
                fault = error
                continue
            # What is said before the line stands (TLS, a proxy's leave) has no longer than that.
            line.settimeout(max(TICK, min(self.seconds, self.guard.left())))
            self.address = address
            return line
        raise fault


class _Plain(_Dial, HTTPConnection):
    pass


class _Secure(_Dial, HTTPSConnection):
    pass


Line = _Plain | _Secure


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes: its target, over a forward proxy if there is one."""

    target: Target
    proxy: Target | None

    @property
    def key(self) -> tuple[str, str, int, str]:
        if self.proxy is None:
            return ("direct", self.target.host, self.target.port, self.target.scheme)
        if self.target.scheme == "http":  # any plain request may share the way to the proxy
            return ("forward", self.proxy.host, self.proxy.port, "http")
        return ("tunnel", self.target.host, self.target.port, "https")


class Lines:
    """Connections, new and idle; thread-safe."""

    def __init__(self, fence: Fence, *, proxy: Target | None, seconds: float, agent: str) -> None:
        self._fence = fence
        self._proxy = proxy
        self._seconds = seconds
        self._agent = agent
        self._resolver = Resolver()
        self._lock = threading.Lock()
        self._idle: OrderedDict[int, tuple[tuple[str, str, int, str], float, Line]] = OrderedDict()
        self._trust: ssl.SSLContext | None = None
        self._closed = False

    def route(self, target: Target) -> Route:
        """Find the way to a target."""
        return Route(target, self._proxy)

    def take(self, route: Route, guard: Guard, *, fresh: bool = False) -> tuple[Line, bool]:
        """Give a connected line and whether it was used before.

        The name is resolved and judged before an idle line is used, so a name that starts to
        point inside loses its old connections too.
        """
        asked = route.proxy or route.target
        found = self._resolver.resolve(asked, min(self._seconds, guard.left()))
        # The operator named the proxy, so wherever it leads is meant.
        addresses = found if route.proxy else self._fence.admit(route.target, found)
        line = None if fresh else self._reuse(route.key, addresses)
        if line is not None:
            line.guard = guard
            guard.hold(line.sock, silence=self._seconds)
            return line, True
        line = self._make(route)
        line.addresses, line.dial_port = addresses, asked.port
        line.seconds, line.guard = self._seconds, guard
        try:
            line.connect()
        except BaseException:
            line.close()
            raise
        # With a time-out of its own each read would ask the kernel twice, and give up the GIL
        # twice: a seventh of the CPU of a poll without news. The watchdog keeps the time instead.
        line.sock.settimeout(None)
        guard.hold(line.sock, silence=self._seconds)
        return line, False

    def give_back(self, route: Route, line: Line) -> None:
        """Keep a line whose last answer was read to its end."""
        with self._lock:
            self._idle[id(line)] = (route.key, time.monotonic() + IDLE_AGE, line)
            full = len(self._idle) > (0 if self._closed else IDLE)
            dropped = self._idle.popitem(last=False)[1][2] if full else None
        if dropped is not None:
            dropped.close()

    def close(self) -> None:
        """Hang up all idle lines."""
        with self._lock:
            self._closed = True
            lines = [entry[2] for entry in self._idle.values()]
            self._idle.clear()
        for line in lines:
            line.close()

    def _reuse(self, key: tuple[str, str, int, str], addresses: tuple[str, ...]) -> Line | None:
        now = time.monotonic()
        while True:
            with self._lock:
                # The line used last is the one most likely to be alive.
                number = next((n for n in reversed(self._idle) if self._idle[n][0] == key), None)
                if number is None:
                    return None
                _, until, line = self._idle.pop(number)
            if until > now and line.address in addresses and not is_connection_dropped(line):
                return line
            line.close()

    def _make(self, route: Route) -> Line:
        first = route.proxy or route.target
        if route.target.scheme == "http":
            return _Plain(first.host, first.port, timeout=self._seconds)
        with self._lock:
            if self._trust is None:
                self._trust = trusted()
                self._trust.sslsocket_class = SecureHeard
        line = _Secure(first.host, first.port, timeout=self._seconds, ssl_context=self._trust)
        if route.proxy is not None:
            headers = {"User-Agent": self._agent}
            line.set_tunnel(route.target.host, route.target.port, headers=headers)
        return line


def trusted() -> ssl.SSLContext:
    """Give a context that checks certificates and names against the system's authorities."""
    context = ssl.create_default_context()
    folder = Path(ssl.get_default_verify_paths().capath or "/nonexistent")
    known = context.cert_store_stats()["x509_ca"] or (folder.is_dir() and any(folder.iterdir()))
    if not known:
        # Small containers carry no authorities; certifi comes with the page extractor.
        with contextlib.suppress(ImportError):
            import certifi

            context.load_verify_locations(certifi.where())
    return context
