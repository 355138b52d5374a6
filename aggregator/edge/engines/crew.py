"""Spreads calls over worker processes, few at a time so that memory stays flat; runs no rule."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from multiprocessing import get_context
from types import TracebackType
from typing import Self, TypeVar

Task = TypeVar("Task")
Found = TypeVar("Found")

FEW = 2  # tasks are done sooner than a worker is started, which takes a second or two
AHEAD = 2  # calls handed out for each worker: one to work on, one to take up at once
# Linear algebra libraries would start a thread per core in each worker.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Crew:
    """Worker processes for functions of importable modules; one worker means no process at all.

    Unlike the sandbox, which guards against what strangers send, a crew has no deadline: its tasks
    are our own text, long read and checked. Workers are spawned, so the caller may have threads.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[Task], Found], tasks: Iterable[Task]) -> Iterator[Found]:
        """What the function makes of each task, in the order of tasks."""
        left = iter(tasks)
        first = list(islice(left, FEW + 1))
        if self._workers < 2 or (len(first) <= FEW and self._pool is None):
            yield from map(function, chain(first, left))
            return
        if self._pool is None:
            for name in _ONE_THREAD:
                os.environ.setdefault(name, "1")
            context = get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, mp_context=context)
        waiting: deque[Future[Found]] = deque()
        for task in chain(first, left):
            waiting.append(self._pool.submit(function, task))
            if len(waiting) >= AHEAD * self._workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def close(self) -> None:
        """Let the workers go."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
