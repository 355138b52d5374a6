"""Cuts the line of a request at its deadline or after a silence; decides neither, nor the error."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from aggregator.edge.web.heard import Counted

# How late a line may be cut, in seconds. Asleep when no request is under way.
TICK = 0.05


class Guard:
    """One request under watch; `expired`, `silent` and `stopped` say why its line was cut."""

    def __init__(self, deadline: float, stop: threading.Event | None) -> None:
        self.deadline = deadline
        self.expired = False
        self.silent = False
        self.stopped = False
        self._stop = stop
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._silence = 0.0
        self._heard = (0, 0.0)  # reads, and when the last of them was seen

    @property
    def cut(self) -> bool:
        """Whether the line was cut, for whatever reason."""
        return self.expired or self.silent or self.stopped

    def left(self) -> float:
        """Seconds until the deadline, never below 0."""
        return max(0.0, self.deadline - time.monotonic())

    def hold(self, line: socket.socket | None, *, silence: float = 0.0) -> None:
        """Name the socket to cut; a line named too late is cut at once.

        With `silence` the socket is one of `heard`, and is cut too when that many seconds
        pass without one.
        """
        with self._lock:
            self._line, self._silence = line, silence
            if silence:
                self._heard = (cast(Counted, line).reads, time.monotonic())
            if self.cut:
                self._cut()

    def look(self, now: float) -> None:
        """Cut the line if its time is over or the program wants to stop."""
        with self._lock:
            if now >= self.deadline:
                self.expired = True
            elif self._stop is not None and self._stop.is_set():
                self.stopped = True
            elif self._silence:
                reads = cast(Counted, self._line).reads
                if reads != self._heard[0]:
                    self._heard = (reads, now)
                elif now >= self._heard[1] + self._silence:
                    self.silent = True
            if self.cut:
                self._cut()

    def _cut(self) -> None:
        # A read time-out starts anew with each byte, so a server that drips never meets one.
        # Shutting the socket down wakes the reader. SSLSocket.shutdown would first drop the TLS
        # state under the reader's feet; the plain one leaves it to the reader to notice.
        if self._line is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)


class Watchdog:
    """One thread that watches all requests of one `Web`."""

    def __init__(self) -> None:
        self._guards: set[Guard] = set()
        self._change = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    @contextmanager
    def watch(self, deadline: float, stop: threading.Event | None) -> Iterator[Guard]:
        """Watch a request until the block ends; `deadline` is on the monotonic clock."""
        guard = Guard(deadline, stop)
        with self._change:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="web-watchdog", daemon=True)
                self._thread.start()
            self._guards.add(guard)
            if len(self._guards) == 1:
                self._change.notify()
        try:
            yield guard
        finally:
            guard.hold(None)
            with self._change:
                self._guards.discard(guard)

    def close(self) -> None:
        """End the thread once no request is under way."""
        with self._change:
            self._closed = True
            self._change.notify()

    def _run(self) -> None:
        while True:
            with self._change:
                while not self._guards:
                    if self._closed:
                        self._thread = None
                        return
                    self._change.wait()
                guards = tuple(self._guards)
            now = time.monotonic()
            for guard in guards:
                guard.look(now)
            time.sleep(TICK)
