"""Takes the time, the processor and the memory of each stage of a long run; runs none itself."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


class Memory:
    """Looks twice a second at what this process and all below it hold, and keeps the most.

    Pages that processes share are counted once for each, so this errs to the high side.
    """

    def __init__(self) -> None:
        self.most = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._end.wait(0.5):
            self.most = max(self.most, _held(os.getpid()))

    def take(self) -> int:
        """Bytes at most since this was asked last."""
        found, self.most = max(self.most, _held(os.getpid())), 0
        return found

    def stop(self) -> None:
        """Look no more."""
        self._end.set()
        self._thread.join()


def _held(pid: int) -> int:
    """Memory of a process and those below it, in bytes, without files that are mapped."""
    try:
        resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[1:3]
        tasks = Path(f"/proc/{pid}/task").iterdir()
        children = [c for task in tasks for c in (task / "children").read_text().split()]
    except OSError:
        return 0
    return (int(resident) - int(shared)) * PAGE + sum(_held(int(child)) for child in children)


TICKS = os.sysconf("SC_CLK_TCK")


def _spent(pid: int) -> float:
    """Seconds of the processor that a process took and all below it, those that ended too."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        tasks = Path(f"/proc/{pid}/task").iterdir()
        children = [c for task in tasks for c in (task / "children").read_text().split()]
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS + sum(_spent(int(child)) for child in children)


EVERY = 10.0  # seconds between two lines of progress


class Stages:
    """Time on the clock and on the processor, and memory, by stage; told as each one ends."""

    def __init__(self, memory: Memory, *, verbose: bool) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self.peak: dict[str, int] = {}  # MB
        self._memory = memory
        self._verbose = verbose
        self._told = 0.0
        self._stage, self._since = "", (time.perf_counter(), _spent(os.getpid()))

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        """A stage goes on; another one ends the one before."""
        if stage != self._stage:
            now = time.perf_counter(), _spent(os.getpid())
            if self._stage:
                self.wall[self._stage] = now[0] - self._since[0]
                self.peak[self._stage] = self._memory.take() >> 20
                # What a process of Spark's took is not known any more once it has ended.
                if now[1] >= self._since[1]:
                    self.cpu[self._stage] = now[1] - self._since[1]
                self._say(
                    f"{self._stage}: {self.wall[self._stage]:,.1f} s,"
                    f" {self.cpu.get(self._stage, 0):,.1f} s of the processor,"
                    f" {self.peak[self._stage]:,} MB at most"
                )
            self._stage, self._since, self._told = stage, now, 0.0
        if self._verbose and stage and time.monotonic() - self._told > EVERY:
            self._told = time.monotonic()
            self._say(f"{stage} {done:,} of {total:,}" if total else f"{stage} {done:,}")

    def _say(self, line: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)
