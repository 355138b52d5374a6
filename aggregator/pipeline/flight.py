"""Keeps a bounded number of items in flight on threads; the results come back to one thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WAKE_SECONDS = 0.5  # how often a wait looks whether it was asked to stop


def fly(
    take: Callable[[int], list[Item]],
    work: Callable[[Item], Result],
    *,
    threads: int,
    window: int,
    stop: threading.Event,
) -> Iterator[tuple[Item, Future[Result]]]:
    """Yield every item with its finished future, in order of finishing.

    `take(n)` gives up to n further items and claims them; it is called in the caller's thread,
    as is everything after the yield, so one thread alone writes. When `stop` is set nothing more
    is taken, what is in flight is cancelled or left to notice by itself, and the unfinished
    items come back with cancelled futures.
    """
    pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="flight")
    flying: dict[Future[Result], Item] = {}
    try:
        while True:
            if not stop.is_set() and len(flying) < window:
                for item in take(window - len(flying)):
                    flying[pool.submit(work, item)] = item
            if not flying:
                return
            done, _ = wait(flying, timeout=WAKE_SECONDS, return_when=FIRST_COMPLETED)
            if stop.is_set():
                done |= {future for future in flying if future.cancel()}
            for future in done:
                yield flying.pop(future), future
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def take_turns(items: list[Item], host: Callable[[Item], str]) -> list[Item]:
    """The same items, one of each host in turn, so that a slow host holds up its own alone."""
    by_host: dict[str, list[Item]] = {}
    for item in items:
        by_host.setdefault(host(item), []).append(item)
    turns = []
    while by_host:
        for name in list(by_host):
            turns.append(by_host[name].pop(0))
            if not by_host[name]:
                del by_host[name]
    return turns
