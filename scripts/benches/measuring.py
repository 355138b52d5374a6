"""What all benches share: CPU of this program and its workers, medians, a table."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")


def machine() -> str:
    """The machine in so many words, and no more of it."""
    return f"{os.cpu_count()} CPUs, Python {platform.python_version()}"


def cpu(leave_out: Sequence[int] = ()) -> float:
    """CPU seconds of this process and of all below it, but for those left out."""
    total = time.process_time()
    for pid, (parent_line, seconds) in _processes().items():
        if os.getpid() in parent_line and not {pid, *parent_line} & set(leave_out):
            total += seconds
    return total


def cpu_of(pid: int) -> float:
    """CPU seconds of one process and of all below it."""
    return sum(s for one, (above, s) in _processes().items() if one == pid or pid in above)


def _processes() -> dict[int, tuple[set[int], float]]:
    """Each process with its ancestors and its CPU seconds, those of its dead children included."""
    seen: dict[int, tuple[int, float]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                fields = (path / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            seconds = sum(map(int, fields[11:15])) / TICK
            seen[int(path.name)] = (int(fields[1]), seconds)
    lines = {}
    for pid, (parent, seconds) in seen.items():
        above: set[int] = set()
        while parent in seen and parent not in above:
            above.add(parent)
            parent = seen[parent][0]
        lines[pid] = (above, seconds)
    return lines


def cache() -> Path:
    """Where invented archives are kept between runs."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "aggregator-bench"


def resident() -> int:
    """Bytes that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def timed(work: Callable[[], int], leave_out: Sequence[int] = ()) -> tuple[float, float]:
    """CPU microseconds and wall microseconds for each of the items that `work` says it did."""
    began, spent = time.monotonic(), cpu(leave_out)
    count = work()
    return (cpu(leave_out) - spent) / count * 1e6, (time.monotonic() - began) / count * 1e6


def rounds(
    ways: dict[str, Callable[[], int]], count: int, leave_out: Sequence[int] = ()
) -> dict[str, tuple[float, float]]:
    """Medians of interleaved rounds: each way once a round, so that a busy moment hits all."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(count):
        for name, work in ways.items():
            found[name].append(timed(work, leave_out))
    return {
        name: (statistics.median(c for c, _ in each), statistics.median(w for _, w in each))
        for name, each in found.items()
    }


def table(result: dict[str, Any]) -> str:
    """The rows as aligned lines under the machine."""
    rows = [{k: _show(v) for k, v in row.items()} for row in result["rows"]]
    heads = list(dict.fromkeys(key for row in rows for key in row))
    lines = [heads, *([row.get(head, "") for head in heads] for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(heads))]
    text = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in lines]
    return "\n".join([f"{result['machine']}; {result['told']}", *(line.rstrip() for line in text)])


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
