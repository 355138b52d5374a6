"""What a worker process does: settles under its limits and runs one call at a time."""

from __future__ import annotations

import importlib
import os
import pickle
import signal
from pathlib import Path

from aggregator.errors import AggregatorError

# Exit status of a worker that ran out of memory; free of meaning elsewhere.
NO_MEMORY = 77
# A call has its deadline in seconds of the processor, and this many times as long by the clock:
# on a machine that is busy with other work (a load of 15 on two cores) a harmless page took more
# than its 5 s by the clock, and was taken for a hostile one.
PATIENCE = 4
# Linear algebra libraries start a thread per core and reserve address space for each of them.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def settle(memory: int, warm: tuple[str, ...]) -> None:
    """Prepare a fresh worker: import, silence, limits."""
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    for name in warm:
        importlib.import_module(name)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # pebble turns SIGTERM into a Python exception, which C code would keep waiting for 3 s.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for alarm in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(alarm, signal.SIG_DFL)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    _limit(memory)


def _limit(memory: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return  # no /proc: the system does not honour RLIMIT_AS either (macOS)
    base = pages * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (base + memory, base + memory))


def work(task: bytes, deadline: float) -> tuple[bool, bytes]:
    """Run one call under alarms that the kernel rings: no lock and no parent is needed."""
    signal.setitimer(signal.ITIMER_PROF, deadline)
    signal.setitimer(signal.ITIMER_REAL, deadline * PATIENCE)
    try:
        function, args, kwargs = pickle.loads(task)  # noqa: S301
        value = function(*args, **kwargs)
        return True, pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        os._exit(NO_MEMORY)
    except Exception as error:
        return False, _portable(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _portable(error: Exception) -> bytes:
    """Pickle an error; one that cannot travel becomes a RuntimeError with its text."""
    if not isinstance(error, AggregatorError):
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        if where is not None:
            code = where.tb_frame.f_code
            error.add_note(f"in a worker: {code.co_filename}:{where.tb_lineno} {code.co_name}")
    try:
        raw = pickle.dumps(error, pickle.HIGHEST_PROTOCOL)
        pickle.loads(raw)  # noqa: S301
        return raw
    except Exception:
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error!s:.500}"))
