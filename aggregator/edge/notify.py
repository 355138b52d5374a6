"""Tells the service manager how the daemon is, by sd_notify; listens to nobody.

systemd opens a datagram socket and names it in NOTIFY_SOCKET. Without one nothing is sent.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping


class ServiceManager:
    """The socket of systemd, or none; what cannot be sent is dropped."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self.watchdog = _watchdog(environment) if self._address else None
        """Seconds within which it wants a sign of life, or None."""

    def ready(self, status: str = "") -> None:
        """Started, or done with reloading."""
        self._send("READY=1", f"STATUS={_line(status)}" if status else "")

    def reloading(self) -> None:
        """A new config is being read; `ready` ends that."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """On the way out."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """The sign of life that the watchdog waits for."""
        self._send("WATCHDOG=1")

    def say(self, status: str) -> None:
        """One line for `systemctl status`."""
        self._send(f"STATUS={_line(status)}")

    def _send(self, *lines: str) -> None:
        if self._address is None:
            return
        message = "\n".join(filter(None, lines)).encode("utf-8", "replace")
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                # A manager that does not read must not hold up the loop that it watches.
                line.setblocking(False)
                line.sendto(message, self._address)
        except OSError:
            return


def _address(name: str) -> str | None:
    """The address as `sendto` takes it: abstract names begin with NUL, written as @."""
    if name.startswith("@"):
        return "\0" + name[1:]
    return name if name.startswith("/") else None


def _watchdog(environment: Mapping[str, str]) -> float | None:
    period = environment.get("WATCHDOG_USEC", "")
    process = environment.get("WATCHDOG_PID", "")
    if not period.isdecimal() or int(period) == 0:
        return None
    if process and process != str(os.getpid()):
        return None  # meant for the process that started us
    return int(period) / 1_000_000


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
