"""D14: asked to end, it ends within ten seconds with exit code 0, and leaves nothing half done."""

from __future__ import annotations

import json
import random
import signal
import time
from contextlib import closing
from pathlib import Path

from aggregator.config import Config
from aggregator.edge import lock
from aggregator.pipeline import Aggregator
from tests.edge.conftest import Request, Server
from tests.flow.conftest import check_file, rows, wait_until, write_config
from tests.flow.daemons import QUICK
from tests.flow.programs import Start, count, site, slow_settings, start, stop

__all__ = ["site", "start"]


def test_d14_it_ends_in_time_amid_a_slow_page(site: Server, tmp_path: Path, start: Start) -> None:
    """D14: a page that drips for a minute holds up no one who says stop; its try is not counted."""

    @site.on("/page")
    def page(request: Request) -> None:
        request.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>")
        request.drip(b" " * 600, 0.1)

    write_config(tmp_path, slow_settings(site))
    program = start()
    wait_until(lambda: "/page" in site.paths())
    seconds, log = stop(program)
    assert program.returncode == 0, log
    assert seconds < 10
    assert "Traceback" not in log
    (entry,) = rows(tmp_path / "news.db", "SELECT state, attempts FROM entries")
    assert entry == {"state": "new", "attempts": 0}


def test_d14_it_ends_in_time_amid_a_page_that_hangs_its_worker(
    site: Server, tmp_path: Path, start: Start
) -> None:
    """D14: the worker is in the middle of a page that takes it minutes."""
    spans = b"<p>" + b"<span>a</span>" * 60_000
    page = b"<html><body><h1>Slow</h1>" + spans + b"</p></body></html>"
    site.on("/page")(lambda request: request.answer(page, Content_Type="text/html"))
    write_config(tmp_path, slow_settings(site, read={"deadline": 60, "workers": 1}))
    program = start()
    wait_until(lambda: "/page" in site.paths())
    time.sleep(1)
    seconds, log = stop(program)
    assert program.returncode == 0, log
    assert seconds < 10
    assert "Traceback" not in log
    check_file(tmp_path / "news.db")


def test_d14_it_ends_in_time_amid_a_server_that_never_answers(
    site: Server, tmp_path: Path, start: Start
) -> None:
    site.on("/page")(lambda request: time.sleep(60))
    write_config(tmp_path, slow_settings(site))
    program = start()
    wait_until(lambda: "/page" in site.paths())
    seconds, log = stop(program)
    assert program.returncode == 0, log
    assert seconds < 10
    assert "Traceback" not in log
    (entry,) = rows(tmp_path / "news.db", "SELECT state, attempts FROM entries")
    assert entry == {"state": "new", "attempts": 0}


def test_d14_it_ends_in_time_when_it_is_asked_twice(
    site: Server, tmp_path: Path, start: Start
) -> None:
    """Amid a page again, and while it is ending."""
    site.on("/page")(lambda request: time.sleep(60))
    write_config(tmp_path, slow_settings(site))
    program = start()
    wait_until(lambda: "/page" in site.paths())
    program.send_signal(signal.SIGTERM)
    program.send_signal(signal.SIGINT)
    seconds, log = stop(program)
    assert program.returncode == 0, log
    assert seconds < 10
    assert "Traceback" not in log and "Interrupted" not in log
    check_file(tmp_path / "news.db")


def test_d14_it_ends_in_time_amid_a_long_clustering(tmp_path: Path, start: Start) -> None:
    """Three hundred texts in two families, all in one commit: it happens whole, or not at all."""
    write_config(tmp_path, {"database": "news.db", "schedule": QUICK})
    database = tmp_path / "news.db"
    with Aggregator(Config.load(tmp_path / "config.yaml")) as news:
        news.import_file(families(tmp_path / "day.jsonl", 2, 150))
    program = start()
    wait_until(lambda: lock.holder(database) == program.pid)
    wait_until(lambda: is_held(database), seconds=40, step=0.01)
    seconds, log = stop(program)
    assert program.returncode == 0, log
    assert seconds < 10
    assert "Traceback" not in log
    check_file(database)
    waiting = count(database, "fingerprints WHERE clustered = 0")
    stories = count(database, "articles WHERE cluster IS NOT NULL")
    assert (waiting, stories) in ((300, 0), (0, 300))
    assert bool(count(database, "pairs")) == bool(stories)


def families(path: Path, families: int, members: int) -> Path:
    """An archive of so many stories, each in so many edits."""
    dice = random.Random(5)
    words = ["".join(dice.choices("abdeilmnorstu", k=dice.randint(4, 9))) for _ in range(2000)]
    with path.open("w", encoding="utf-8") as lines:
        for family in range(families):
            story = dice.choices(words, k=300)
            for member in range(members):
                text = list(story)
                for place in dice.sample(range(300), 12):
                    text[place] = dice.choice(words)
                row = {
                    "id": f"{family}-{member}", "source": f"paper{member}.example",
                    "title": f"story {family}", "text": " ".join(text),
                    "published": "2026-11-20T09:00:00Z",
                }  # fmt: skip
                lines.write(json.dumps(row) + "\n")
    return path


def is_held(database: Path) -> bool:
    """Whether somebody is amid a commit that takes a while."""
    from sqlite_utils.utils import sqlite3

    with closing(sqlite3.connect(database, timeout=0.2, isolation_level=None)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        db.execute("ROLLBACK")
        return False
