"""Workers that hang, crash and grow; each case costs only its own call."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aggregator.edge.sandbox import Sandbox
from aggregator.edge.sandbox.worker import PATIENCE
from aggregator.errors import ParseError, Refused, WorkerDied
from tests.edge import hostile

DEADLINE = 0.6
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=2, deadline=DEADLINE, memory=256 << 20, warm=("json.tool",)) as made:
        yield made


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def dies(pid: int, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < ends:
        time.sleep(0.02)
    return not alive(pid)


def test_a_call_gives_its_result(sandbox: Sandbox) -> None:
    assert sandbox.call(hostile.add, 1) == 2
    assert sandbox.call(hostile.add, 1, b=5) == 6
    assert sandbox.call(hostile.echo, b"x" * 5_000_000) == b"x" * 5_000_000


def test_a_worker_is_settled(sandbox: Sandbox) -> None:
    told = sandbox.call(hostile.tell)
    assert told["pid"] != os.getpid()
    assert told["threads"] == 1
    assert told["openblas"] == "1"
    assert told["sigint"]
    assert told["main"] is None
    assert told["json"]


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        (hostile.match_for_ever, "no result within 0.6 s"),
        (hostile.crash, "crashed"),
        (hostile.leave, "crashed"),
        (hostile.take_slowly, "ran out of memory"),
    ],
)
def test_p08_a_bad_call_dies_alone_and_the_next_one_works(
    sandbox: Sandbox, bad: Callable[[], object], cause: str
) -> None:
    begun = time.monotonic()
    with pytest.raises(WorkerDied, match=cause) as caught:
        sandbox.call(bad)
    assert caught.value.subject == bad.__qualname__
    assert time.monotonic() - begun < DEADLINE + 1
    begun = time.monotonic()
    assert sandbox.call(hostile.add, 1) == 2
    assert time.monotonic() - begun < 1.5


def test_p08_a_call_that_waits_is_ended_by_the_clock(sandbox: Sandbox) -> None:
    """Time at work is what a deadline counts, so a busy machine makes no page a hostile one."""
    assert sandbox.call(hostile.sleep, 2 * DEADLINE) == 2 * DEADLINE
    begun = time.monotonic()
    with pytest.raises(WorkerDied, match=r"no result within 2\.4 s by the clock"):
        sandbox.call(hostile.sleep, 60)
    assert 4 * DEADLINE <= time.monotonic() - begun < 4 * DEADLINE + 1


def test_p08_other_calls_and_threads_go_on_beside_a_hang(sandbox: Sandbox) -> None:
    errors: list[Exception] = []

    def hang() -> None:
        try:
            sandbox.call(hostile.match_for_ever)
        except WorkerDied as error:
            errors.append(error)

    hanging = threading.Thread(target=hang)
    hanging.start()
    longest, calls, before = 0.0, 0, time.monotonic()
    while hanging.is_alive():
        sandbox.call(hostile.add, calls)
        calls += 1
        now = time.monotonic()
        longest, before = max(longest, now - before), now
    assert len(errors) == 1
    assert calls > 20
    assert longest < DEADLINE - 0.1  # a hang in this process would freeze every thread


def test_memory_below_the_limit_is_granted(sandbox: Sandbox) -> None:
    assert sandbox.call(hostile.take, 128 << 20) == 128 << 20
    with pytest.raises(WorkerDied, match="memory"):
        sandbox.call(hostile.take, 512 << 20)


def test_errors_come_back_as_themselves(sandbox: Sandbox) -> None:
    with pytest.raises(ParseError, match="no text in it") as parse:
        sandbox.call(hostile.raise_ours)
    assert (parse.value.subject, parse.value.hint) == ("page", "another page")
    with pytest.raises(Refused) as refused:
        sandbox.call(hostile.raise_refused)
    assert (refused.value.status, refused.value.retry_after) == (503, 7)
    with pytest.raises(KeyError, match="a bug") as bug:
        sandbox.call(hostile.raise_bug)
    assert "hostile.py" in bug.value.__notes__[0]


def test_what_cannot_travel_is_an_error_and_breaks_nothing(sandbox: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="Unportable: cannot travel"):
        sandbox.call(hostile.raise_unportable)
    with pytest.raises(AttributeError):
        sandbox.call(hostile.give_a_function)
    with pytest.raises(AttributeError):
        sandbox.call(lambda: 1)
    assert sandbox.call(hostile.add, 1) == 2


def test_eight_threads_share_two_workers(sandbox: Sandbox) -> None:
    results: list[int] = []

    def work(first: int) -> None:
        results.extend(sandbox.call(hostile.add, first + n, b=0) for n in range(100))

    crowd = [threading.Thread(target=work, args=(1000 * n,)) for n in range(8)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert sorted(results) == sorted(1000 * n + m for n in range(8) for m in range(100))


def test_workers_are_renewed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.edge.sandbox.calls.MAX_TASKS", 5)
    with Sandbox(workers=1, deadline=DEADLINE) as short:
        pids = [short.call(hostile.tell)["pid"] for _ in range(12)]
    assert len(set(pids)) == 3


def test_killing_idle_workers_costs_nothing(sandbox: Sandbox) -> None:
    for _ in range(2):
        pid = sandbox.call(hostile.tell)["pid"]
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.25)
        assert sandbox.call(hostile.add, 1) == 2


def test_closing_never_waits_for_a_worker() -> None:
    sandbox = Sandbox(workers=1, deadline=30)
    pid = sandbox.call(hostile.tell)["pid"]
    assert isinstance(pid, int)
    caught: list[Exception] = []

    def hang(function: Callable[[], object]) -> None:
        try:
            sandbox.call(function)
        except WorkerDied as error:
            caught.append(error)

    crowd = [threading.Thread(target=hang, args=(hostile.match_for_ever,)) for _ in range(3)]
    for thread in crowd:
        thread.start()
    time.sleep(0.2)
    begun = time.monotonic()
    sandbox.close()
    for thread in crowd:
        thread.join(2)
    assert time.monotonic() - begun < 1.5
    assert len(caught) == 3
    assert dies(pid, 1)
    with pytest.raises(WorkerDied, match="closed"):
        sandbox.call(hostile.add, 1)
    sandbox.close()


SCRIPT = """
import sys, threading, time
print("started", flush=True)
sys.path.insert(0, {root!r})
from aggregator.edge.sandbox import Sandbox
from tests.edge import hostile
sandbox = Sandbox(workers=1, deadline=1.5)
sandbox.call(hostile.make_noise)
print(sandbox.call(hostile.add, 1), sandbox.call(hostile.tell)["pid"], flush=True)
threading.Thread(target=sandbox.call, args=(hostile.match_for_ever,), daemon=True).start()
time.sleep(0.2)
print("end", flush=True)
"""


@pytest.mark.parametrize("how", ["script", "module", "command", "stdin"])
def test_any_entry_point_works_without_a_main_guard(tmp_path: Path, how: str) -> None:
    """The script ends with a call hanging and the sandbox open; it must end all the same.

    What workers print goes nowhere: stdout of the command line is data.
    """
    source = textwrap.dedent(SCRIPT.format(root=str(ROOT)))
    (tmp_path / "unguarded.py").write_text(source)
    arguments = {
        "script": ["unguarded.py"],
        "module": ["-m", "unguarded"],
        "command": ["-c", source],
        "stdin": ["-"],
    }[how]
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        input=source if how == "stdin" else "",
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    started, result, end = done.stdout.splitlines()
    assert (started, result.split()[0], end) == ("started", "2", "end")
    assert "Error" not in done.stderr
    assert "noise" not in done.stderr
    assert dies(int(result.split()[1]), 2)
    assert time.monotonic() - begun < 5


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_workers_die_with_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(SCRIPT.format(root=str(ROOT)) + "time.sleep(60)\n")
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert parent.stdout is not None
    lines = [parent.stdout.readline() for _ in range(3)]
    pid = int(lines[1].split()[1])
    assert lines[2] == "end\n"
    assert alive(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    # By the alarm of the hanging call, 1.5 s at work, or by the clock; an idle one goes at once.
    assert dies(pid, 1.5 * min(hostile.slowness(), PATIENCE) + 1)
