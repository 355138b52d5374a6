"""The demo day as a program that can be killed at a step of its own, and what it comes to.

The steps are statements: a program that is told a step kills itself, as with SIGKILL, right before
the statement of that step is run for the n-th time. Nothing in the product knows of this: the
hook is put on the connection here, in a program that only the tests start.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.exam.came_to import check, digest, owes

EVENING = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
KILL_VARIABLE = "KILL_BEFORE"  # STEP or STEP:N, read by this program alone
SETTLED = 10  # minutes: a claim that was never answered is put off for five
PASSES = 12  # that a day may take to come to its end: what is put off again and again waits a day

# What the line does, in its own order, by how the statement begins. The first of each commit is
# named for what is claimed, the COMMIT for what is kept by then.
STEPS = {
    "tables": "CREATE TABLE entries",
    "views": "CREATE VIEW stories",
    "migration noted": 'INSERT INTO "_sqlite_migrations"',
    "rules": "INSERT OR REPLACE INTO meta",
    "feeds watched": "INSERT INTO feeds",
    "claim of feeds": "UPDATE feeds SET failures = failures + 1",
    "entry": "INSERT INTO entries",
    "cursor": "UPDATE feeds SET cursor",
    "poll logged": "INSERT INTO polls",
    "claim of pages": "UPDATE entries SET attempts = attempts + 1",
    "article": "INSERT INTO articles",
    "entry linked": "UPDATE entries SET state = CASE",
    "revision": "INSERT INTO revisions",
    "credit": "INSERT INTO credits",
    "sentences": "INSERT INTO sentences",
    "template": "INSERT INTO templates",
    "signature": "INSERT OR REPLACE INTO fingerprints",
    "bands": "INSERT INTO bands",
    "samples": "INSERT INTO samples",
    "text changed": "UPDATE articles SET title",
    "pair": "INSERT OR REPLACE INTO pairs",
    "story": "INSERT INTO clusters",
    "edge": "UPDATE articles SET cluster",
    "told": "UPDATE clusters SET",
    "clustered": "UPDATE fingerprints SET clustered = 1",
    "pass noted": "INSERT INTO runs",
    "commit": "COMMIT",
}


# -- the program


def main(proxy: str, database: str, minute: str) -> None:
    """One pass over the day, its clock at so many minutes past EVENING."""
    from aggregator.demo.show import demo_config
    from aggregator.edge import files, outputs
    from aggregator.edge.store import door
    from aggregator.pipeline import Aggregator

    step, _, number = os.environ.get(KILL_VARIABLE, "").partition(":")
    if step in STEPS:
        door.connect = _killing(door.connect, STEPS[step], int(number or 1))
    now = EVENING + timedelta(minutes=int(minute))
    with Aggregator(demo_config(proxy), database=database, clock=lambda: now) as news:
        news.run_once()
        text = outputs.render(news.report(limit=100, whole=True), "json")
    if step == "report":  # written beside, and not in its place yet
        Path.replace = lambda *_: _kill()  # type: ignore[assignment,method-assign,misc]
    files.replace_text(Path(f"{database}.json"), text)


def _killing(connect: Any, begins: str, number: int) -> Any:
    """A way to connect whose connections end the program before a statement runs."""
    left = [number]

    def heard(sql: str) -> None:
        if sql.startswith(begins):
            left[0] -= 1
            if not left[0]:
                _kill()

    def connecting(*given: Any, **named: Any) -> Any:
        connection = connect(*given, **named)
        connection.set_trace_callback(heard)
        return connection

    return connecting


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# -- starting and striking it


def start(proxy: str, database: Path, minute: int, step: str = "") -> subprocess.Popen[bytes]:
    """The day as a program in a process group of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AGGREGATOR_", "NO_COLOR"))}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.exam.crashing", proxy, str(database), str(minute)],
        cwd=ROOT, env=kept | {KILL_VARIABLE: step}, start_new_session=True,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def end(program: subprocess.Popen[bytes], *, seconds: float = 120) -> int:
    """Wait for it; gives its exit code, -9 when it was killed. Its own faults are raised."""
    _, errors = program.communicate(timeout=seconds)
    if program.returncode not in (0, -signal.SIGKILL):
        raise AssertionError(errors.decode())
    return program.returncode


def is_gone(group: int) -> bool:
    """Whether no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@dataclass
class Line:
    """One database, and the day that is served to it."""

    web: Any
    database: Path
    minute: int = 0
    passes: int = 0  # that were needed after the last kill of an edition, beyond the first
    groups: list[int] = field(default_factory=list)  # of processes, one for each that was struck

    def finish(self) -> float:
        """Let it end undisturbed, late enough that all claims are due; gives seconds at work.

        What was claimed and never answered more than three times waits longer each time, as a
        daemon does; so pass follows pass, each when the next of these is due.
        """
        self.minute += SETTLED
        seconds = self._pass()
        for _ in range(PASSES):
            due = owes(self.database)
            if due is None:
                break
            self.passes += 1
            wait = datetime.fromisoformat(due) - EVENING
            self.minute = max(self.minute, int(wait.total_seconds() // 60)) + 1
            self._pass()
        return seconds

    def _pass(self) -> float:
        program = start(self.web.proxy, self.database, self.minute)
        self._wait_for_work(program)
        begun = time.monotonic()
        assert end(program) == 0
        return time.monotonic() - begun

    def kill_at(self, step: str) -> bool:
        """Let it kill itself at a step; False when it never came there and ended well."""
        self.minute += 1
        return end(start(self.web.proxy, self.database, self.minute, step)) != 0

    def kill_after(self, seconds: float) -> bool:
        """Kill it from outside so long after its first request; False when it was faster."""
        self.minute += 1
        program = start(self.web.proxy, self.database, self.minute)
        self.groups.append(program.pid)
        self._wait_for_work(program)
        with suppress(subprocess.TimeoutExpired):
            program.wait(seconds)
        program.kill()
        return end(program) != 0

    def _wait_for_work(self, program: subprocess.Popen[bytes]) -> None:
        asked, until = len(self.web.requests), time.monotonic() + 60
        while len(self.web.requests) == asked and program.poll() is None:
            if time.monotonic() > until:
                break
            time.sleep(0.005)


@contextmanager
def line(database: Path) -> Iterator[Line]:
    """A day at its first edition, for a new database."""
    from aggregator.demo.web import DemoWeb

    with DemoWeb() as web:
        web.edition = 1
        yield Line(web, database)


def undisturbed(database: Path) -> tuple[str, tuple[float, float]]:
    """The digest of a day that nothing disturbs, and the seconds that its editions took."""
    spans = []
    with line(database) as day:
        for edition in (1, 2):
            day.web.edition = edition
            spans.append(day.finish())
    return digest(database), (spans[0], spans[1])


def random_day(
    database: Path, kills: int, seed: int, spans: tuple[float, float]
) -> tuple[str, int]:
    """A day with so many kills at random moments; gives its digest and how many struck.

    Up to eight kills strike anywhere in a pass. More come the faster one upon another, so that each
    finds work to strike.
    """
    chance, struck = random.Random(seed), 0
    with line(database) as day:
        for edition, span in zip((1, 2), spans, strict=True):
            day.web.edition = edition
            for _ in range(kills // 2):
                struck += day.kill_after(chance.uniform(0, span * min(1, 8 / kills)))
                check(database)
            day.finish()
    return digest(database), struck


def stepped_day(database: Path, step: str, number: int) -> tuple[str, int]:
    """A day killed at one step in each edition; gives its digest and how many struck."""
    struck = 0
    with line(database) as day:
        for edition in (1, 2):
            day.web.edition = edition
            struck += day.kill_at(f"{step}:{number}")
            if database.exists():
                check(database)
            day.finish()
    return digest(database), struck


if __name__ == "__main__":
    main(*sys.argv[1:4])
