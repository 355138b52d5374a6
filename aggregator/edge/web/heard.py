"""Sockets that count what arrives, for the watchdog to see a silence; they time and cut nothing."""

from __future__ import annotations

import socket
import ssl
from typing import Any


class Counted:
    """`reads` grows with each piece that is read from the socket through a file."""

    reads = 0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """As the socket's own, counted."""
        got: int = super().recv_into(*args, **kwargs)  # type: ignore[misc]  # a socket's
        self.reads += 1
        return got


class Heard(Counted, socket.socket):
    """A plain socket."""


class SecureHeard(Counted, ssl.SSLSocket):
    """One under TLS; a context makes these, by its `sslsocket_class`."""
