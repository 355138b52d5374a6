"""A person's decisions through the command: rehearsed, made, shown, kept over restarts, undone."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlite_utils.utils import sqlite3

from aggregator.cli import main
from aggregator.edge import lock
from tests.edge.test_store_corpus import prose
from tests.flow.conftest import check_file, digest, environment, rows, run

Say = Callable[..., Result]
# Three copies of one text, two of another, one of its own: articles 1 to 6.
DAY = [
    ("north", 1, 0),
    ("south", 1, 2),
    ("west", 1, 4),
    ("east", 2, 0),
    ("hill", 2, 3),
    ("sea", 3, 0),
]


def write_archive(path: Path, day: list[tuple[str, int, int]]) -> None:
    lines = [
        json.dumps({
            "id": f"{name}-{text}", "source": f"{name}.example", "title": f"{name} on {text}",
            "text": "\n".join(prose(f"text {text}")[: 14 - cut]), "url": f"https://{name}.example/{text}",
            "published": f"2026-11-20T0{at + 1}:00:00Z", "author": None,
        })
        for at, (name, text, cut) in enumerate(day)
    ]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Runs the command on a database of the day, inside this program."""
    monkeypatch.chdir(tmp_path)
    write_archive(tmp_path / "day.jsonl", DAY)

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(main, ["-d", "news.db", *words])

    assert invoke("import", "day.jsonl").exit_code == 0
    return invoke


def done(result: Result) -> str:
    assert result.exit_code == 0, result.stderr
    return str(result.stdout)


def refused(result: Result, told: str) -> None:
    assert (result.exit_code, result.stdout) == (2, ""), result.stderr
    assert re.fullmatch(f"Error: {told}\n", result.stderr), result.stderr


def story_of(folder: Path) -> dict[str, int]:
    """The story of each article by the first word of its headline."""
    found = rows(folder / "news.db", "SELECT title, cluster FROM articles")
    return {row["title"].split()[0]: row["cluster"] for row in found}


def told(say: Say, story: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done(say("report", str(story), "--json")))["story"]
    return found


def test_a_merge_from_rehearsal_to_undoing(say: Say, tmp_path: Path) -> None:
    before = digest(tmp_path / "news.db")
    first, second = story_of(tmp_path)["north"], story_of(tmp_path)["east"]
    words = ("merge", str(second), str(first), "--note", "one storm, two desks")
    rehearsed = say(*words, "--dry-run")
    assert f"story {first}: 5 articles, before 3" in done(rehearsed)
    assert f"story {second}: part of story {first} now" in rehearsed.stdout
    assert "Dry run: nothing was written." in rehearsed.stderr
    assert digest(tmp_path / "news.db") == before
    assert done(say("corrections")) == "no corrections\n"
    assert json.loads(done(say("corrections", "--json"))) == []

    made = say(*words)
    assert done(made) == rehearsed.stdout
    assert "aggregator -d news.db undo 1" in made.stderr
    (listed,) = json.loads(done(say("corrections", "--json")))
    assert (listed["id"], listed["kind"], listed["note"]) == (1, "merge", "one storm, two desks")
    assert (listed["parts"], listed["undone_at"]) == ([[4, 5], [1, 2, 3]], None)
    assert re.search(r"1  merge +2\S+Z  in force  joined .*: “one storm", done(say("corrections")))
    assert "correction 1): “one storm, two desks”" in done(say("explain", "1", "4"))
    shown = done(say("report", str(second)))
    assert "A person joined" in shown and "one storm, two desks" in shown
    page = done(say("report", str(first), "--format", "html"))
    section = page.split("How this was decided")[1]
    assert "A person joined" in section and "(correction 1)" in section
    assert [each["id"] for each in told(say, first)["corrections"]] == [1]

    write_archive(tmp_path / "more.jsonl", [("late", 2, 1)])  # a new start, and a new copy
    assert say("import", "more.jsonl", "day.jsonl").exit_code == 0
    assert story_of(tmp_path)["late"] == first
    refused(
        say("not-a-copy", "1", "4"),
        r"articles 1 and 4: correction 1 \(merge\) holds them together; try: aggregator undo 1",
    )
    assert f"story {second}: again, 3 articles" in done(say("undo", "1", "--dry-run"))
    assert story_of(tmp_path)["east"] == first
    assert "correction 1: joined" in done(say("undo", "1"))
    stories = story_of(tmp_path)
    assert [stories[name] for name in ("north", "south", "west")] == [first] * 3
    assert [stories[name] for name in ("east", "hill", "late")] == [second] * 3
    assert " undone " in done(say("corrections"))
    assert "corrections" not in told(say, first)
    refused(say("undo", "1"), r"correction 1: undone already, \S+")
    check_file(tmp_path / "news.db")


def test_split_pin_and_not_a_copy(say: Say, tmp_path: Path) -> None:
    whole = story_of(tmp_path)["north"]
    url = "https://west.example/1"
    assert "story 4: new, 1 article" in done(say("split", str(whole), url, "--note", "a review"))
    assert story_of(tmp_path)["west"] == 4
    assert "led by article 2, before by article 1" in done(say("pin", "2"))
    assert told(say, whole)["lead"] == 2
    assert "the copy that a person chose to lead" in done(say("report", str(whole)))
    assert done(say("not-a-copy", "4", "https://hill.example/2")).count("\nstory") == 2
    assert done(say("not-a-copy", "1", "6")).endswith("\nno story changes\n")
    assert [each["kind"] for each in json.loads(done(say("corrections", "--json")))] == [
        "split", "pin", "not-a-copy", "not-a-copy",
    ]  # fmt: skip
    stories = story_of(tmp_path)
    with closing(sqlite3.connect(tmp_path / "news.db")) as db, db:  # all that can be made again
        for table in ("fingerprints", "bands", "samples", "pairs", "sentences", "templates"):
            db.execute(f"DELETE FROM {table}")
    assert say("import", "day.jsonl").exit_code == 0
    assert story_of(tmp_path) == stories
    assert told(say, whole)["lead"] == 2
    for number in (4, 2, 3, 1):
        done(say("undo", str(number)))
    stories = story_of(tmp_path)
    assert stories["north"] == stories["south"] == stories["west"] == whole
    assert stories["east"] == stories["hill"] != stories["sea"]


def test_mistakes_are_one_line_and_write_nothing(say: Say, tmp_path: Path) -> None:
    before = digest(tmp_path / "news.db")
    refused(say("merge", "1"), "story 1: a merge needs two")
    refused(say("merge", "1", "99"), "story 99: not in this database; try: aggregator report")
    refused(say("split", "1", "4"), "article 4: not in story 1; try: .*")
    refused(say("split", "1", "nowhere"), "nowhere: no such article; try: .*")
    refused(say("split", "1", "1", "2", "3"), "story 1: no article would be left in it")
    refused(say("pin", "99999999999999999999999"), "9+: no such article; try: .*")
    refused(say("not-a-copy", "3", "3"), "article 3: the same article twice")
    refused(say("undo", "1"), "correction 1: not in this database; try: aggregator corrections")
    refused(say("pin", "1", "--note", "x" * 1001), "note: over 1,000 characters")
    for words in (
        ("merge",),
        ("merge", "x", "1"),
        ("split", "1"),
        ("undo", "-1"),
        ("undo", "9" * 30),
    ):
        result = say(*words)
        assert (result.exit_code, result.stdout) == (2, ""), words
    assert digest(tmp_path / "news.db") == before


@pytest.mark.parametrize(
    "words", [("merge", "1", "2"), ("pin", "1"), ("undo", "1"), ("corrections",)], ids=" ".join
)
def test_no_database_is_made_for_a_decision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["-d", "none.db", *words])
    assert result.exit_code == 1
    assert "none.db: no such database" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_person_decides_while_a_program_works_on_the_database(say: Say, tmp_path: Path) -> None:
    with lock.hold(tmp_path / "news.db"):
        done(say("merge", "1", "2"))
    assert story_of(tmp_path)["east"] == 1


KILLED = """
import os, signal
from aggregator.cli import main
from aggregator.core import corrected
def strike(before, after):  # all rows are written, and the commit is next
    os.kill(os.getpid(), signal.SIGKILL)
corrected.changes = strike
main()
"""


@pytest.mark.parametrize("words", [("merge", "1", "2"), ("split", "1", "3"), ("undo", "1")])
def test_a_decision_killed_half_way_was_never_made(
    say: Say, tmp_path: Path, words: tuple[str, ...]
) -> None:
    if words[0] == "undo":
        done(say("merge", "1", "3"))
    before = digest(tmp_path / "news.db")
    program = subprocess.run(
        [sys.executable, "-c", KILLED, "-d", "news.db", *words],
        cwd=tmp_path, env=environment(), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert program.returncode == -signal.SIGKILL, program.stderr
    check_file(tmp_path / "news.db")
    assert digest(tmp_path / "news.db") == before
    done(say(*words))
    assert digest(tmp_path / "news.db") != before


def test_as_a_program_of_its_own(say: Say, tmp_path: Path) -> None:
    made = run("-d", "news.db", "pin", "2", "--note", os.fsdecode(b"caf\xe9"), cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "Traceback" not in made.stderr
    listed = run("-d", "news.db", "corrections", "--json", cwd=tmp_path)
    assert json.loads(listed.stdout)[0]["note"] == "caf\ufffd"
