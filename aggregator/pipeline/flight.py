"""Keeps a bounded number of items in flight on threads; the results come back to one thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
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
    done: SimpleQueue[Future[Result]] = SimpleQueue()
    try:
        while True:
            if not stop.is_set() and len(flying) < window:
                for item in take(window - len(flying)):
                    future = pool.submit(work, item)
                    flying[future] = item
                    future.add_done_callback(done.put)
            if not flying:
                return
            if stop.is_set():
                for future in list(flying):
                    future.cancel()  # which is done with it, too
            for future in _drain(done):
                yield flying.pop(future), future
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _drain(done: SimpleQueue[Future[Result]]) -> list[Future[Result]]:
    """What is done, at least one unless the wait is over first."""
    finished: list[Future[Result]] = []
    try:
        finished.append(done.get(timeout=WAKE_SECONDS))
        while True:
            finished.append(done.get_nowait())
    except Empty:
        return finished


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
