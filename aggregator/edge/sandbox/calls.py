"""Hands calls to worker processes and replaces the workers that die; runs nothing itself."""

from __future__ import annotations

import contextlib
import pickle
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from aggregator.edge.sandbox.birth import Context, start_server
from aggregator.edge.sandbox.worker import NO_MEMORY, PATIENCE, settle, work
from aggregator.errors import WorkerDied

P = ParamSpec("P")
T = TypeVar("T")

# A worker is replaced after this many calls: parsers in C leak a little on broken input.
MAX_TASKS = 500
# pebble looks at its workers ten times a second and starts the next one in the same thread; past
# this many seconds after a deadline it is taken for stuck and replaced.
GRACE = 5.0


class Sandbox:
    """A few worker processes; a call that hangs, crashes or grows costs only its own worker.

    `deadline` is in seconds of the processor per call; four times as long by the clock ends a call
    that waits, or runs on a machine with no time for it. `memory` is the bytes a worker may take
    on top of what it holds after importing `warm`, the modules to import before the first call.
    The workers are forked from a small server process without threads, so the caller may have
    threads and needs no `if __name__ == "__main__"`. Functions must live in an importable module.
    """

    def __init__(
        self,
        *,
        workers: int,
        deadline: float = 5.0,
        memory: int = 1 << 30,
        warm: Sequence[str] = (),
    ) -> None:
        self._workers = workers
        self._deadline = deadline
        self._longest = deadline * PATIENCE  # by the clock
        self._start_with = (memory, tuple(warm))
        # No more calls are handed to pebble than it has workers, so time in its queue is nothing.
        self._places = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()
        self._closed = False
        self._pool: ProcessPool | None = None
        self._running: dict[ProcessFuture[tuple[bool, bytes]], ProcessPool] = {}
        start_server(warm)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in a worker and give its result; blocks, from any thread.

        What the function raises is raised here. Raises `WorkerDied` when it passed the deadline,
        crashed or ran out of memory, and when the sandbox is closed.
        """
        subject = getattr(function, "__qualname__", repr(function))
        task = pickle.dumps((function, args, kwargs), pickle.HIGHEST_PROTOCOL)
        with self._places:
            good, result = self._run(subject, task)
        value = pickle.loads(result)  # noqa: S301  (made by our own code in the worker)
        if good:
            return value  # type: ignore[no-any-return]
        raise value

    def close(self) -> None:
        """Kill the workers; calls under way raise `WorkerDied`. Never waits for a worker."""
        with self._lock:
            self._closed = True
            pool = self._pool
        if pool is not None:
            self._discard(pool)

    def _run(self, subject: str, task: bytes) -> tuple[bool, bytes]:
        for _ in range(2):
            future, pool = self._schedule(subject, task)
            try:
                return future.result(timeout=self._longest + GRACE)
            except ProcessExpired as error:
                raise WorkerDied(subject, self._cause(error.exitcode)) from None
            except TimeoutError:
                if not future.done():
                    self._discard(pool)
                raise WorkerDied(subject, self._cause(-signal.SIGALRM)) from None
            except (BrokenProcessPool, CancelledError):
                # An idle worker killed from outside can break a pebble pool, and a call that
                # finds its pool stuck takes the others down: once more in a new pool.
                self._discard(pool)
            finally:
                with self._lock:
                    self._running.pop(future, None)
        raise WorkerDied(subject, "the workers keep dying")

    def _schedule(
        self, subject: str, task: bytes
    ) -> tuple[ProcessFuture[tuple[bool, bytes]], ProcessPool]:
        pool = self._pool
        if pool is not None and not pool.active:
            self._discard(pool)  # it broke while nobody was calling
        with self._lock:
            if self._closed:
                raise WorkerDied(subject, "the workers are closed")
            if self._pool is None:
                self._pool = ProcessPool(
                    max_workers=self._workers,
                    max_tasks=MAX_TASKS,
                    initializer=settle,
                    initargs=self._start_with,
                    context=Context(),
                )
            pool = self._pool
            timeout = self._longest + 1  # the worker's own alarms come first
            future = pool.schedule(work, (task, self._deadline), timeout=timeout)
            self._running[future] = pool
            return future, pool

    def _cause(self, status: int | None) -> str:
        if status == -signal.SIGPROF:
            return f"no result within {self._deadline:g} s at work, so the worker was killed"
        if status == -signal.SIGALRM:
            return f"no result within {self._longest:g} s by the clock, so the worker was killed"
        if status == NO_MEMORY:
            return "the worker ran out of memory"
        return f"the worker crashed (status {status})"

    def _discard(self, pool: ProcessPool) -> None:
        with self._lock:
            if self._pool is not pool:
                return  # another thread was faster
            self._pool = None
            waiting = [future for future, where in self._running.items() if where is pool]
        pool.stop()  # type: ignore[no-untyped-call]
        for worker in tuple(pool._pool_manager.worker_manager.workers.values()):
            with contextlib.suppress(OSError, AttributeError):
                worker.kill()
        for future in waiting:
            future.cancel()  # type: ignore[no-untyped-call]
        # join() waits for threads of the pool that may be stuck; the program must not.
        joiner = threading.Thread(target=pool.join, name="sandbox-join", daemon=True)
        joiner.start()
        joiner.join(1)
