"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from aggregator.edge import files
from aggregator.errors import UsageError


def test_a_file_is_made_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    files.replace_text(path, "first ü 新聞")
    assert path.read_text(encoding="utf-8") == "first ü 新聞"
    files.replace_text(path, "second")
    assert path.read_text(encoding="utf-8") == "second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_of_the_old_file_keeps_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    files.replace_text(path, "old " * 9999)
    with path.open(encoding="utf-8") as reader:
        reader.read(4)
        files.replace_text(path, "new")
        assert reader.read() == "old " * 9998
    assert path.read_text(encoding="utf-8") == "new"


def test_what_cannot_be_encoded_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(UnicodeEncodeError):
        files.replace_text(path, "new \ud800")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_fills_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")

    def full(descriptor: int, mode: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(UsageError, match="cannot be written: No space left on device"):
        files.replace_text(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_is_no_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no/report\.html: cannot be written: No such file") as e:
        files.replace_text(tmp_path / "no" / "report.html", "text")
    assert e.value.exit_code == 2
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        files.replace_text(target, "text")
    assert list(tmp_path.iterdir()) == [target]
