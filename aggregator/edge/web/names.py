"""Looks names up under a deadline and remembers the answers; judges none of them."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections import OrderedDict

from aggregator.core.addresses import Target, show
from aggregator.errors import TooSlow, Unreachable

# A resolver's answer is used this long, in seconds: feeds of one host come in bunches.
NAME_AGE = 60.0
NAMES = 4096
# getaddrinfo cannot be interrupted, so it runs apart; this many may hang at once.
LOOKUPS = 32


class Resolver:
    """Names to addresses, with a memory and a deadline that getaddrinfo does not have."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, int], tuple[float, tuple[str, ...]]] = OrderedDict()
        self._places = threading.BoundedSemaphore(LOOKUPS)

    def resolve(self, target: Target, seconds: float) -> tuple[str, ...]:
        """Give all addresses of the target's host; raises `TooSlow` or `Unreachable`."""
        if target.literal is not None:
            return (target.host,)
        key = (target.host, target.port)
        with self._lock:
            known = self._known.get(key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        subject = show(target.url)
        ends = time.monotonic() + seconds
        if not self._places.acquire(timeout=max(0.0, seconds)):
            raise TooSlow(subject, "too many name look-ups hang")
        answer: queue.SimpleQueue[tuple[str, ...] | Exception] = queue.SimpleQueue()
        threading.Thread(target=self._ask, args=(target, answer), daemon=True).start()
        try:
            found = answer.get(timeout=max(0.0, ends - time.monotonic()))
        except queue.Empty:
            raise TooSlow(subject, f"no address for {target.host} in {seconds:.1f} s") from None
        if isinstance(found, Exception) or not found:
            raise Unreachable(subject, f"no address is known for {target.host}")
        with self._lock:
            self._known[key] = (time.monotonic() + NAME_AGE, found)
            self._known.move_to_end(key)
            while len(self._known) > NAMES:
                self._known.popitem(last=False)
        return found

    def _ask(self, target: Target, answer: queue.SimpleQueue[tuple[str, ...] | Exception]) -> None:
        try:
            rows = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            answer.put(tuple(str(row[4][0]) for row in rows))
        except (OSError, UnicodeError) as error:
            answer.put(error)
        finally:
            self._places.release()
