"""Makes requests to one host wait for each other; sends nothing itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aggregator.errors import FetchError

# A threading.Event cannot wake a Condition, so waiters look at `stop` this often, in seconds.
LOOK = 0.2
# Hosts that nobody waits for are forgotten each time this many turns were given.
SWEEP = 256


@dataclass(slots=True)
class _Gate:
    free: threading.Condition
    running: int = 0
    users: int = 0  # running and waiting
    next_start: float = 0.0


class Turns:
    """At most `per_host` requests to one host at once, their starts `pause` seconds apart."""

    def __init__(self, *, per_host: int, pause: float) -> None:
        self._per_host = per_host
        self._pause = pause
        self._lock = threading.Lock()
        self._gates: dict[str, _Gate] = {}
        self._given = 0

    def __len__(self) -> int:
        return len(self._gates)

    @contextmanager
    def turn(self, host: str, stop: threading.Event | None) -> Iterator[None]:
        """Hold one of the host's places; raises `FetchError` when `stop` is set while waiting."""
        with self._lock:
            gate = self._gates.get(host)
            if gate is None:
                gate = self._gates[host] = _Gate(threading.Condition(self._lock))
            gate.users += 1
            try:
                self._wait(gate, host, stop)
            except BaseException:
                gate.users -= 1
                raise
            gate.running += 1
            gate.next_start = time.monotonic() + self._pause
            self._sweep()
        try:
            yield
        finally:
            with self._lock:
                gate.running -= 1
                gate.users -= 1
                gate.free.notify()

    def _wait(self, gate: _Gate, host: str, stop: threading.Event | None) -> None:
        while True:
            if stop is not None and stop.is_set():
                raise FetchError(host, "stopped before the request was sent")
            early = gate.next_start - time.monotonic()
            if gate.running < self._per_host and early <= 0:
                return
            # Only the pause ends by itself; a taken place is announced when it is given back.
            full = gate.running >= self._per_host
            gate.free.wait(LOOK if full else min(early, LOOK))

    def _sweep(self) -> None:
        self._given += 1
        if self._given % SWEEP:
            return
        now = time.monotonic()
        idle = [h for h, gate in self._gates.items() if not gate.users and gate.next_start <= now]
        for host in idle:
            del self._gates[host]
