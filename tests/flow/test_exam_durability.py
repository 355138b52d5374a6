"""The durability exam on the whole line: D02, D03, D05, D08, D18; and the verbs that tend."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import KeepSettings
from aggregator.core.times import stamp
from aggregator.demo.show import demo_config
from aggregator.demo.web import DemoWeb
from aggregator.edge import lock
from aggregator.edge.store import door, opening, space
from aggregator.errors import Full, Locked
from aggregator.model import Outcome
from aggregator.pipeline import Aggregator
from tests.exam import crashing
from tests.exam.came_to import check
from tests.flow.conftest import (
    EVENING,
    Day,
    articles,
    check_file,
    command,
    demo_settings,
    environment,
    partition,
    rows,
    run,
    wait_until,
    write_config,
)

# Five kills at most before the line is let alone: a page that is claimed six times without an
# outcome is given up. scripts/crash strikes at every step, several times over.
STEPS = {
    1: ("tables", "cursor:5", "signature:9"),
    2: ("text changed:1", "edge:1", "report"),
}


def same_as(day: Day, database: Path) -> None:
    """Whatever happened on the way, it came to what an undisturbed day comes to."""
    check_file(database)
    assert articles(database) == articles(day.database)
    assert partition(database) == partition(day.database)
    for table in ("revisions", "entries", "fingerprints", "bands", "credits"):
        sql = f"SELECT count(*) AS n FROM {table}"
        assert rows(database, sql) == rows(day.database, sql), table
    assert rows(database, "SELECT * FROM entries WHERE state = 'new'") == []
    assert rows(database, "SELECT * FROM fingerprints WHERE clustered = 0") == []


def test_d02_killed_at_named_steps_it_ends_where_an_undisturbed_one_ends(
    demo_day: Day, tmp_path: Path
) -> None:
    database = tmp_path / "news.db"
    struck = []
    with crashing.line(database) as day:
        for edition, steps in STEPS.items():
            day.web.edition = edition
            for step in steps:
                day.minute += crashing.SETTLED
                if day.kill_at(step):
                    struck.append(step)
                check(database)
            day.finish()
            # A report that was killed before it had its name left the one of before, or none.
            assert json.loads(Path(f"{database}.json").read_text())["stories"]
    assert len(struck) == 6, struck
    same_as(demo_day, database)


def test_a_step_is_named_in_the_tests_alone() -> None:
    package = Path(crashing.__file__).parents[2] / "aggregator"
    for file in package.rglob("*.py"):
        assert crashing.KILL_VARIABLE not in file.read_text(encoding="utf-8"), file


# -- D03: the disk is full again and again


def test_d03_a_day_on_a_disk_that_is_full_again_and_again(
    demo_day: Day, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No item is lost or given up, nothing is done twice, and no try is counted."""
    monkeypatch.setattr(space, "RETRY_SECONDS", 0.0)
    database, refused, minute = tmp_path / "news.db", 0, 0
    with DemoWeb() as web:
        web.edition = 1
        config = demo_config(web.proxy)
        clock = EVENING

        def now() -> Any:
            return clock + timedelta(minutes=minute)

        with Aggregator(config, database=database, clock=now, watched=True) as news:
            store = news.context.store
            for edition in (1, 2):
                web.edition = edition
                pages = store.query("PRAGMA page_count")[0][0]
                for _ in range(60):
                    store.query(f"PRAGMA max_page_count = {pages}")
                    try:
                        news.run_once()
                    except Full:
                        refused += 1
                        pages += 25  # a little is freed
                        minute += 1
                        continue
                    break
                else:
                    pytest.fail("it never ended")
                minute += crashing.SETTLED
            assert store.space.pause is None
    assert refused > 10
    same_as(demo_day, database)
    assert rows(database, "SELECT * FROM entries WHERE attempts > 2") == []
    assert rows(database, "SELECT * FROM feeds WHERE failures > 0") == rows(
        demo_day.database, "SELECT * FROM feeds WHERE failures > 0"
    )


def test_d08_a_database_held_by_another_costs_no_item_a_try(
    demo_web: DemoWeb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held amid the reading of pages, for longer than a writer waits."""
    monkeypatch.setattr(door, "BUSY_SECONDS", 0.05)
    database = tmp_path / "news.db"
    demo_web.edition = 1
    seen: list[str] = []

    def hold(outcome: Outcome) -> None:
        if outcome.stage == "read" and not seen:
            other.execute("BEGIN EXCLUSIVE")
            seen.append(outcome.item)

    config = demo_config(demo_web.proxy)
    with Aggregator(config, database=database, clock=lambda: EVENING, watch=hold) as news:
        news.collect(everything=True)
        with closing(door.connect(str(database))) as other:
            with pytest.raises(Locked, match="another program is writing"):
                news.read()
            other.execute("ROLLBACK")
        claimed = "SELECT count(*) AS n FROM entries WHERE attempts > 0 AND state = 'new'"
        assert rows(database, claimed)[0]["n"] > 3, "they were on their way"
        news.read()
    assert rows(database, "SELECT max(attempts) AS n FROM entries")[0]["n"] == 1
    assert rows(database, "SELECT * FROM entries WHERE state = 'new'") == []


# -- the daemon

QUICK = {"read_every": 1, "cluster_every": 1, "every": 60, "min": 1, "max": 3600}


@pytest.fixture
def daemon(demo_web: DemoWeb, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    write_config(tmp_path, demo_settings(demo_web.proxy, feeds=[], schedule=QUICK))
    made = subprocess.Popen(
        command("run"), cwd=tmp_path, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    wait_until(lambda: lock.holder(tmp_path / "news.db") == made.pid, seconds=40)
    wait_until(lambda: Path(f"{tmp_path}/news.db.reserve").exists(), seconds=40)
    yield made
    if made.poll() is None:
        made.kill()
    made.communicate()


def test_d05_the_daemon_ends_when_its_database_is_gone(
    daemon: subprocess.Popen[str], tmp_path: Path
) -> None:
    database = tmp_path / "news.db"
    backup = run("backup", "copy.db", cwd=tmp_path)
    assert backup.returncode == 0, backup.stderr
    for file in tmp_path.glob("news.db*"):
        if file.suffix != ".reserve":
            file.unlink()
    _, log = daemon.communicate(timeout=60)
    assert daemon.returncode == 1, log
    assert "news.db: was deleted while it was in use" in log
    assert "Traceback" not in log
    assert not database.exists(), "no new, empty database"
    again = run("run", "--once", cwd=tmp_path)
    assert again.returncode == 1
    assert "is gone, but news.db.reserve is still here" in again.stderr
    restored = run("restore", "copy.db", cwd=tmp_path)
    assert restored.returncode == 0, restored.stderr
    assert run("run", "--once", cwd=tmp_path).returncode == 0


def test_a_backup_beside_the_daemon_and_none_of_it_restored(
    daemon: subprocess.Popen[str], tmp_path: Path
) -> None:
    (tmp_path / "copies").mkdir()
    done = run("backup", "copies", "--keep", "2", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert Path(tmp_path / told["path"]).stat().st_size == told["bytes"]
    refused = run("restore", told["path"], cwd=tmp_path)
    assert refused.returncode == 4
    assert f"process {daemon.pid} " in refused.stderr
    tended = "SELECT 1 FROM jobs WHERE name = 'tend' AND failures = 0 AND passes > 0"
    wait_until(lambda: rows(tmp_path / "news.db", tended), seconds=60)


# -- D18 and the verbs


def test_d18_an_unsafe_sqlite_is_told_of_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from aggregator.cli import main

    write_config(tmp_path, {"database": "news.db", "feeds": []})
    monkeypatch.setattr(opening.sqlite3, "sqlite_version", "3.40.1")
    done = CliRunner().invoke(main, ["-c", str(tmp_path / "config.yaml"), "run", "--once"])
    assert done.exit_code == 0, done.output
    assert "SQLite 3.40.1 can corrupt a database that two programs write" in done.output


@pytest.fixture
def day(demo_day: Day, tmp_path: Path) -> Path:
    """A copy of the day, as a backup is one."""
    database = tmp_path / "news.db"
    write_config(tmp_path, {"database": "news.db", "keep": {"texts": "30d"}, "feeds": []})
    saved = ask(tmp_path, "-d", str(demo_day.database), "backup", str(database))
    assert saved.exit_code == 0, saved.output
    return database


def ask(folder: Path, *words: str) -> Any:
    """The command on the folder's config, in this process; gives code, output and errors."""
    from click.testing import CliRunner

    from aggregator.cli import main

    return CliRunner().invoke(main, ["-c", str(folder / "config.yaml"), *words])


def test_prune_says_what_would_go_and_then_lets_it_go(day: Path, tmp_path: Path) -> None:
    shift(day, days=-3650)
    told = json.loads(ask(tmp_path, "prune", "--dry-run", "--json").stdout)
    before = articles(day)
    done = json.loads(ask(tmp_path, "prune", "--json").stdout)
    assert done["freed"] > 0
    assert done | {"freed": 0} == told | {"freed": 0}
    assert told["texts"] == len(before) > 50
    assert {text for _, _, text in articles(day).values()} == {""}
    page = str(tmp_path / "all.html")
    report = ask(tmp_path, "report", "--since", "all", "--format", "html", "-o", page)
    assert report.exit_code == 0, report.output
    newest = "(SELECT cluster FROM articles ORDER BY id DESC LIMIT 1)"
    sql = f"SELECT id FROM clusters WHERE id <> {newest} ORDER BY outlets DESC"
    story = rows(day, sql)[0]["id"]
    for form in ("terminal", "html", "json", "csv", "atom"):
        one = ask(tmp_path, "report", str(story), "--format", form)
        assert one.exit_code == 0, one.output
    gone = ask(tmp_path, "prune", "--articles", "30d")
    assert "articles, with" in gone.stdout
    left = rows(day, "SELECT DISTINCT cluster FROM articles")
    assert len(left) == 1, "the story with the newest id stays"
    assert rows(day, "SELECT count(*) AS n FROM past_stories")[0]["n"] > 5
    late = ask(tmp_path, "report", str(story))
    assert late.exit_code == 2
    assert "was pruned on" in late.stderr
    assert "outlets, first" in late.stderr
    check_file(day)


def shift(database: Path, *, days: int) -> None:
    """Move the times that age is counted by."""
    with closing(door.connect(str(database))) as db:
        for table, column in (("clusters", "seen_at"), ("articles", "first_seen_at"),
                              ("entries", "seen_at")):  # fmt: skip
            db.execute(
                f"UPDATE {table} SET {column} ="
                f" strftime('%Y-%m-%d %H:%M:%S', {column}, '{days} days')"
            )


def test_what_was_pruned_does_not_come_back(day: Path, tmp_path: Path) -> None:
    shift(day, days=-3650)
    assert ask(tmp_path, "prune", "--articles", "30d").exit_code == 0
    left = set(articles(day))
    with DemoWeb(edition=2) as web:
        now = EVENING + timedelta(hours=5)
        with Aggregator(demo_config(web.proxy), database=day, clock=lambda: now) as news:
            news.run_once()
    assert set(articles(day)) == left


def test_prune_refuses_what_makes_no_sense(day: Path, tmp_path: Path) -> None:
    for words, told in (
        (("--texts", "2d"), "must be longer than cluster.window (3d)"),
        (("--texts", "soon"), "write a span of time"),
    ):
        done = ask(tmp_path, "prune", *words)
        assert done.exit_code == 2, done.stdout
        assert told in done.stderr
    write_config(tmp_path, {"database": "news.db", "feeds": []})
    done = ask(tmp_path, "prune")
    assert done.exit_code == 2
    assert "keeps everything" in done.stderr
    none = str(tmp_path / "none.db")
    assert ask(tmp_path, "-d", none, "prune", "--texts", "90d").exit_code == 1
    assert not (tmp_path / "none.db").exists()


def test_a_program_at_work_prunes_once_a_day(day: Path) -> None:
    keep = KeepSettings.model_validate({"texts": "30d", "logs": "1d"})
    config = demo_config("http://127.0.0.1:9").model_copy(update={"keep": keep, "feeds": ()})
    hour = [EVENING + timedelta(days=60)]
    with Aggregator(config, database=day, clock=lambda: hour[0]) as news:
        # Nobody ran for so long, or the clock is wrong: somebody has a day to see it.
        assert not news.tend()
        hour[0] += timedelta(hours=25)
        assert news.tend()["prune", "texts"] == len(articles(day))
        found = news.context.store.query("SELECT value FROM meta WHERE name = 'last prune'")
        assert found[0][0] == stamp(hour[0])
        with news.context.store.write() as db:
            for at in ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"):
                sql = "INSERT INTO runs (started_at, ended_at, tally) VALUES (?, ?, '{}')"
                db.execute(sql, [at, at])
        hour[0] += timedelta(hours=23)
        assert not news.tend()
        hour[0] += timedelta(hours=2)
        assert news.tend()["prune", "runs"]


def test_status_and_doctor_say_that_nothing_is_written(day: Path, tmp_path: Path) -> None:
    def subjects() -> dict[str, str]:
        told = json.loads(ask(tmp_path, "doctor", "--json").stdout)
        return {each["subject"]: f"{each['level']}: {each['told']}" for each in told}

    assert "reserve" not in subjects()
    reserve = Path(f"{day}.reserve")
    reserve.write_bytes(bytes(space.RESERVE))
    assert subjects()["reserve"] == "ok: 8.0 MB for the day the disk is full"
    note = {"since": "2026-11-20 12:00:00", "reason": "database or disk is full"}
    reserve.write_text(json.dumps(note), encoding="utf-8")
    assert "database or disk is full" in ask(tmp_path, "status").stdout
    assert subjects()["reserve"].startswith("problem: let go on 2026-11-20 12:00: database or disk")
    day.unlink()
    assert "is gone, but news.db.reserve" in subjects()["database"]
