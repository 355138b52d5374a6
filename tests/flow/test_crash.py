"""Killed without warning at random moments, the line ends where an undisturbed run ends.

Named steps are struck in test_exam_durability.py; scripts/crash does all of it at length.
"""

from __future__ import annotations

import contextlib
import random
import time
from pathlib import Path

import pytest

from tests.exam import crashing
from tests.flow.conftest import Day, articles, check_file, partition, rows, wait_until

ROUNDS = 1
KILLS = 6  # in a round
# Seconds within which an edition is struck: a few less than it takes on a machine at rest.
SPANS = ((1, 1.1), (2, 0.5))


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_killed_line_ends_where_an_undisturbed_one_ends(
    demo_day: Day, tmp_path: Path, round_: int
) -> None:
    """D01: SIGKILL at random moments of both editions; nothing is lost, doubled or half done."""
    chance = random.Random(1000 + round_)
    database = tmp_path / "news.db"
    struck = 0
    with crashing.line(database) as day:
        for edition, span in SPANS:
            day.web.edition = edition
            for _ in range(KILLS // 2):
                struck += day.kill_after(chance.uniform(0, span))
                check_file(database)
            day.finish()
    assert struck >= KILLS // 2, "the blows came too late"
    check_file(database)
    assert articles(database) == articles(demo_day.database)
    assert partition(database) == partition(demo_day.database)
    for table in ("articles", "revisions", "entries", "fingerprints", "bands", "credits"):
        count = f"SELECT count(*) AS n FROM {table}"
        assert rows(database, count) == rows(demo_day.database, count), table
    assert rows(database, "SELECT * FROM entries WHERE state = 'new'") == []
    assert rows(database, "SELECT * FROM fingerprints WHERE clustered = 0") == []
    # No worker outlives its program.
    wait_until(lambda: all(map(crashing.is_gone, day.groups)), seconds=20)


def test_a_line_killed_before_it_began_leaves_a_file_that_can_be_used(
    demo_day: Day, tmp_path: Path
) -> None:
    """The very first moments, when tables are made, struck several times."""
    chance = random.Random(7)
    database = tmp_path / "news.db"
    with crashing.line(database) as day:
        day.web.edition = 2
        for _ in range(2):
            program = crashing.start(day.web.proxy, database, 0)
            with contextlib.suppress(pytest.fail.Exception):
                wait_until(database.exists, seconds=10, step=0.001)
            time.sleep(chance.uniform(0, 0.03))
            program.kill()
            crashing.end(program)
        day.finish()
    check_file(database)
    assert partition(database) == partition(demo_day.database)
