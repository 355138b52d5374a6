"""Wire folders: what is taken and when, what is left alone, nothing lost and nothing twice."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from aggregator.edge.sandbox import Sandbox
from aggregator.edge.sources import Reach, poll
from aggregator.edge.sources import wire as wire_source
from aggregator.edge.web import Web
from aggregator.errors import FetchError, Unreachable, WorkerDied
from aggregator.model import Feed, Poll, WireFile

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OLD = (NOW - timedelta(hours=1)).timestamp()


class Here:
    """Runs calls in this process: workers have tests of their own."""

    def call(self, function: Any, *values: Any, **named: Any) -> Any:
        return function(*values, **named)


@dataclass
class Folder:
    """A wire folder and what the database would remember of it."""

    path: Path
    known: dict[str, WireFile] = field(default_factory=dict)
    sandbox: Any = field(default_factory=Here)

    def drop(self, name: str, content: object = None, *, at: float = OLD, **given: Any) -> Path:
        file = self.path / name
        if content is None:
            content = {"uri": f"urn:x:{name}", "body_html": "<p>Text.</p>"} | given
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        os.utime(file, (at, at))
        return file

    def poll(self, *, now: datetime = NOW, commit: bool = True, **limits: Any) -> Poll:
        feed = Feed(
            id=1, name="W", kind="wire", url=self.path.as_uri(), outlet="cpa.example", every=60
        )
        reach = Reach(
            web=cast(Web, None), sandbox=self.sandbox, now=now,
            **({"max_bytes": 10_000, "files": dict(self.known)} | limits),
        )  # fmt: skip
        found = poll(feed, reach)
        if commit:
            self.known |= {file.name: file for file in found.files}
            for name in found.gone:
                del self.known[name]
        return found

    def names(self) -> set[str]:
        return {each.name for each in self.path.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "a wire, ünïcode"
    path.mkdir()
    return Folder(path)


def guids(found: Poll) -> list[str]:
    return [entry.guid.removeprefix("urn:x:") for entry in found.entries]


def results(found: Poll) -> dict[str, str]:
    return {file.name: file.result for file in found.files}


def test_files_are_taken_oldest_first_once_and_left_where_they_are(folder: Folder) -> None:
    folder.drop("b.json", at=OLD)
    folder.drop("a.json", at=OLD + 5)
    folder.drop("c.XML", (Path(__file__).parents[1] / "data/wires/newsml.xml").read_bytes())
    first = folder.poll()
    assert [name for name, _ in results(first).items()] == ["b.json", "c.XML", "a.json"]
    assert (first.unchanged, first.status, first.warning, first.more) == (False, 0, None, False)
    second = folder.poll()
    assert (second.unchanged, second.entries, second.files, second.bytes) == (True, (), (), 0)
    assert folder.names() == {"a.json", "b.json", "c.XML"}


def test_a_poll_that_was_not_committed_is_made_again(folder: Folder) -> None:
    folder.drop("a.json")
    first = folder.poll(commit=False, tidy=True)
    second = folder.poll(tidy=True)
    assert first.entries == second.entries != ()
    assert folder.names() == {"a.json"}, "nothing is moved before its commit"


def test_taken_files_are_moved_by_the_poll_after_their_commit(folder: Folder) -> None:
    folder.drop("a.json")
    folder.drop("bad.json", b"{")
    folder.drop("held.json", embargoed="2026-11-20T13:00:00Z")
    assert folder.poll(tidy=True).more
    again = folder.poll(tidy=True)
    assert (again.more, again.entries) == (False, ())
    assert folder.names() == {"bad.json", "held.json", "done"}
    assert {each.name for each in (folder.path / "done").iterdir()} == {"a.json"}
    assert folder.poll(tidy=True).gone == ("a.json",)


def test_a_name_used_again_overwrites_nothing(folder: Folder) -> None:
    for number in range(3):
        folder.drop("a.json", uri=f"urn:x:{number}", at=OLD + number)
        folder.poll(tidy=True)
        folder.poll(tidy=True)
    assert len(list((folder.path / "done").iterdir())) == 3


def test_a_folder_for_done_files_that_cannot_be_made_is_told(folder: Folder) -> None:
    folder.drop("a.json")
    folder.drop("done", b"a file in the way")
    folder.poll(tidy=True)
    assert "cannot be moved to done" in (folder.poll(tidy=True).warning or "")
    assert folder.names() == {"a.json", "done"}


def test_unfinished_hidden_and_foreign_files_are_left_alone(folder: Folder, tmp_path: Path) -> None:
    for name in (
        ".a.json",
        "_a.json",
        "~a.json",
        "a.json.part",
        "a.json.tmp",
        "a.jpg",
        "a",
        "json",
    ):
        folder.drop(name)
    (folder.path / "sub.json").mkdir()
    outside = tmp_path / "outside.json"
    outside.write_text('{"uri": "urn:x:secret", "body_html": "<p>x</p>"}')
    (folder.path / "link.json").symlink_to(outside)
    os.mkfifo(folder.path / "pipe.json")
    found = folder.poll()
    assert (found.entries, found.files, found.warning) == ((), (), None)


def test_a_bad_file_is_told_once_and_tried_again_when_it_changes(folder: Folder) -> None:
    folder.drop("bad.json", b'{"uri": "urn:x:1", ')
    folder.drop("good.json")
    first = folder.poll()
    assert guids(first) == ["good.json"], "a bad file holds up no other"
    assert results(first)["bad.json"] == "unreadable"
    assert "bad.json: broken JSON" in (first.warning or "")
    second = folder.poll()
    assert second.files == ()
    assert second.warning == "files known to be unreadable: 1, see the table `files`"
    folder.drop("bad.json", at=OLD + 60)
    third = folder.poll()
    assert (guids(third), third.warning) == (["bad.json"], None)


def test_a_young_file_that_cannot_be_read_may_be_half_written(folder: Folder) -> None:
    folder.drop("a.json", b'{"uri": "urn:x:1", ', at=NOW.timestamp() - 3)
    first = folder.poll()
    assert (first.files, first.warning) == ((), None)
    assert results(folder.poll(now=NOW + timedelta(seconds=30))) == {"a.json": "unreadable"}


def test_a_file_that_changes_while_it_is_read_waits(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder.drop("a.json")
    real = os.fstat
    calls: list[int] = []

    def growing(handle: int) -> os.stat_result:
        seen = real(handle)
        calls.append(handle)
        if len(calls) == 1:
            with file.open("ab") as more:
                more.write(b" ")
        return seen

    monkeypatch.setattr(wire_source.os, "fstat", growing)
    assert folder.poll().files == ()
    monkeypatch.undo()
    assert results(folder.poll()) == {"a.json": "taken"}


def test_too_large_a_file_is_not_read(folder: Folder) -> None:
    folder.drop("a.json", b"x" * 10_001)
    found = folder.poll()
    assert (results(found), found.bytes) == ({"a.json": "unreadable"}, 0)
    assert "larger than 10000 bytes" in (found.warning or "")


def test_a_touched_file_is_not_taken_again(folder: Folder) -> None:
    file = folder.drop("a.json")
    folder.poll()
    os.utime(file, (OLD + 99, OLD + 99))
    touched = folder.poll()
    assert (touched.entries, results(touched)) == ((), {"a.json": "taken"})
    assert folder.poll().files == ()


def test_an_embargoed_item_is_held_until_its_time(folder: Folder) -> None:
    folder.drop("a.json", embargoed="2026-11-20T13:00:00Z")
    first = folder.poll()
    assert (first.entries, results(first)) == ((), {"a.json": "held"})
    assert first.files[0].reason == "embargoed until 2026-11-20T13:00:00Z"
    assert folder.poll(now=NOW + timedelta(minutes=59)).files == ()
    assert guids(folder.poll(now=NOW + timedelta(minutes=60))) == ["a.json"]


def test_a_canceled_item_is_not_held(folder: Folder) -> None:
    folder.drop("a.json", embargoed="2026-11-20T13:00:00Z", pubstatus="canceled")
    assert guids(folder.poll()) == ["a.json"]


def test_what_holds_no_story_is_taken_with_its_reason(folder: Folder) -> None:
    folder.drop("a.json", type="picture")
    (file,) = folder.poll().files
    assert (file.result, file.reason) == ("taken", "no story: picture")


def test_thousands_of_files_are_read_in_bounded_polls(folder: Folder) -> None:
    for number in range(25):
        folder.drop(f"{number:02}.json", at=OLD + number)
    taken: list[str] = []
    more = []
    for _ in range(4):
        found = folder.poll(max_files=10)
        taken += guids(found)
        more.append(found.more)
    assert taken == [f"{number:02}.json" for number in range(25)]
    assert more == [True, True, False, False]


def test_bytes_of_one_poll_are_bounded(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_source, "MAX_POLL_BYTES", 100)
    for number in range(6):
        folder.drop(f"{number}.json")
    found = folder.poll()
    assert 0 < len(found.entries) < 6 and found.more
    assert len(guids(found)) + len(guids(folder.poll())) > len(found.entries)


def test_a_folder_too_full_to_list_is_told_and_forgets_nothing(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        folder.drop(f"{number}.json")
    folder.poll()
    monkeypatch.setattr(wire_source, "MAX_LISTED", 3)
    found = folder.poll()
    assert found.gone == ()
    assert "more than 3 files" in (found.warning or "")


def test_a_missing_folder_is_an_error_to_try_again(folder: Folder) -> None:
    folder.path.rmdir()
    with pytest.raises(Unreachable, match="cannot be listed: No such file") as caught:
        folder.poll()
    assert caught.value.retry


def test_a_file_that_kills_its_worker_is_a_bad_file(folder: Folder) -> None:
    class Deadly(Here):
        def call(self, function: Any, *values: Any, **named: Any) -> Any:
            if named["subject"] == "b.json":
                raise WorkerDied("read_wire", "no result within 5 s, so the worker was killed")
            return super().call(function, *values, **named)

    folder.sandbox = Deadly()
    for name in ("a.json", "b.json", "c.json"):
        folder.drop(name)
    found = folder.poll()
    assert guids(found) == ["a.json", "c.json"]
    assert "b.json: no result within 5 s" in (found.warning or "")


def test_a_stop_is_no_fault_of_the_file(folder: Folder) -> None:
    stop = threading.Event()

    class Stopping(Here):
        def call(self, function: Any, *values: Any, **named: Any) -> Any:
            stop.set()
            raise WorkerDied("read_wire", "the workers are closed")

    folder.sandbox = Stopping()
    folder.drop("a.json")
    with pytest.raises(FetchError, match="stopped"):
        folder.poll(stop=stop)


def test_files_are_parsed_in_a_worker(folder: Folder, workers: Sandbox) -> None:
    folder.sandbox = workers
    folder.drop("a.json")
    folder.drop("b.json", b"<newsItem>")
    found = folder.poll()
    assert guids(found) == ["a.json"]
    assert "b.json: broken XML" in (found.warning or "")


@pytest.fixture
def workers() -> Iterator[Sandbox]:
    with Sandbox(workers=1, deadline=5, warm=("aggregator.core.wire",)) as made:
        yield made
