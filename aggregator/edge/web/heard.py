"""Sockets that count what arrives, for the watchdog to see a silence; they time and cut nothing."""

from __future__ import annotations

import socket
import ssl
from typing import Any


class Heard(socket.socket):
    """A plain socket; `reads` grows with each piece read from it through a file."""

    reads = 0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """As the socket's own, counted."""
        got = super().recv_into(*args, **kwargs)
        self.reads += 1
        return got


class SecureHeard(ssl.SSLSocket):
    """The same under TLS; a context makes these, by its `sslsocket_class`."""

    reads = 0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """As the socket's own, counted."""
        got = super().recv_into(*args, **kwargs)
        self.reads += 1
        return got
