"""Archives through the same line: what is taken, what is refused by line, and nothing twice."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main
from aggregator.config import Config
from aggregator.errors import ParseError
from aggregator.pipeline import Aggregator, importing
from tests.edge.test_store_corpus import prose
from tests.flow.conftest import EVENING, check_file, digest, partition, rows

TIMES = {"feeds", "polls", "runs"}


def line(name: str, text: str = "", **given: Any) -> dict[str, Any]:
    """One article of an archive."""
    values = {
        "id": name, "source": "one.example", "title": f"Title {name}",
        "text": text or " ".join(prose(name)), "published": "2026-11-20T10:00:00+02:00",
        "url": f"https://one.example/{name}", "author": "Ines Kaldor",
    }  # fmt: skip
    return values | given


def write(path: Path, lines: Iterable[dict[str, Any] | str]) -> Path:
    text = "".join(
        (each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)) + "\n"
        for each in lines
    )
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode("utf-8", "surrogatepass")))
    else:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return path


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., dict[str, int]]:
    """Imports a file into news.db with the public class and compares."""

    def run(path: Path) -> dict[str, int]:
        with Aggregator(
            Config.model_validate({}), database=tmp_path / "news.db", clock=lambda: EVENING
        ) as news:
            counts = news.import_file(path)
            news.cluster()
        return dict(counts)

    return run


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(main, ["-d", "news.db", *words])

    return invoke


Say = Callable[..., Result]
Take = Callable[..., dict[str, int]]

STORY = " ".join(prose("story"))
ARCHIVE = [
    line("a", STORY), line("b", STORY, source="two.example", url="https://two.example/b"),
    line("c"), line("short", "Only a few words."),
]  # fmt: skip


@pytest.mark.parametrize("name", ["archive.jsonl", "archive.jsonl.gz"])
def test_an_archive_goes_through_the_same_line(take: Take, tmp_path: Path, name: str) -> None:
    assert take(write(tmp_path / name, ARCHIVE)) == {"kept": 4}
    database = tmp_path / "news.db"
    assert partition(database) == {
        frozenset({"one.example/a", "two.example/b"}), frozenset({"one.example/c"}),
    }  # fmt: skip
    (row,) = rows(database, "SELECT * FROM articles WHERE url_key = 'one.example/a'")
    assert row["published_at"] == "2026-11-20T08:00:00Z"
    assert row["time_source"] == "feed date"
    assert row["authors"] == '["Ines Kaldor"]'
    assert row["language"] == "en"
    (short,) = rows(database, "SELECT verdict, reason FROM articles WHERE words < 10")
    assert short == {"verdict": "thin", "reason": "4 words"}
    check_file(database)


def test_importing_again_adds_nothing(take: Take, tmp_path: Path) -> None:
    path = write(tmp_path / "archive.jsonl", ARCHIVE)
    take(path)
    before = digest(tmp_path / "news.db")
    assert take(path) == {"linked": 4}
    after = digest(tmp_path / "news.db")
    assert {name for name in after if after[name] != before[name]} <= TIMES
    assert rows(tmp_path / "news.db", "SELECT count(*) AS n FROM feeds") == [{"n": 1}]


def test_the_same_articles_in_another_file_only_link(take: Take, tmp_path: Path) -> None:
    take(write(tmp_path / "one.jsonl", ARCHIVE))
    assert take(write(tmp_path / "two.jsonl.gz", reversed(ARCHIVE))) == {"linked": 4}
    assert rows(tmp_path / "news.db", "SELECT count(*) AS n FROM revisions") == [{"n": 4}]


def test_a_changed_line_is_a_revision(take: Take, tmp_path: Path) -> None:
    take(write(tmp_path / "archive.jsonl", ARCHIVE))
    changed = [ARCHIVE[0] | {"text": STORY + " A correction was added."}, *ARCHIVE[1:]]
    assert take(write(tmp_path / "archive.jsonl", changed)) == {"revised": 1, "linked": 3}


def test_what_may_be_missing(take: Take, tmp_path: Path) -> None:
    bare = {"id": "x", "source": "one.example", "text": STORY}
    assert take(write(tmp_path / "a.jsonl", [bare, bare | {"id": "y", "url": "not a url"}])) == {
        "kept": 2
    }
    found = rows(tmp_path / "news.db", "SELECT url, time_source, published_at FROM articles")
    assert [row["url"] for row in found] == ["https://one.example/x", "https://one.example/y"]
    assert {row["time_source"] for row in found} == {"first seen"}
    assert {row["published_at"] for row in found} == {"2026-11-20T18:00:00Z"}


def test_blank_lines_and_unknown_keys_are_passed_over(take: Take, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", ["", line("a", extra={"x": [1]}), "  ", line("b")])
    assert take(path) == {"kept": 2}


# -- what is wrong

WRONG = {
    "no JSON": ("{'id': 1}", "is not JSON"),
    "cut off": ('{"id": "x", "source": "o', "is not JSON"),
    "a list": ("[1, 2]", "is not an object"),
    "a number": ("7", "is not an object"),
    "no id": (json.dumps(line("x") | {"id": None}), "'id' is missing or no text"),
    "id of another type": (json.dumps(line("x") | {"id": 7}), "'id' is missing or no text"),
    "no text": (json.dumps(line("x") | {"text": ""}), "'text' is missing or no text"),
    "no source": (json.dumps(line("x") | {"source": ["a"]}), "'source' is missing or no text"),
    "no date": (json.dumps(line("x") | {"published": "yesterday"}), "'published' is no ISO date"),
    "date of a number": (json.dumps(line("x") | {"published": 1751}), "'published' is no ISO date"),
    "date out of range": (
        json.dumps(line("x") | {"published": "0001-01-01T00:00:00+23:00"}), "'published'",
    ),
    "too deep": ("[" * 200_000, ""),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_line_is_named_with_its_number(say: Say, tmp_path: Path, wrong: str) -> None:
    content, told = WRONG[wrong]
    write(tmp_path / "a.jsonl", [line("a"), line("b"), content, line("c")])
    result = say("import", "a.jsonl")
    assert result.exit_code == 1
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    last = result.stderr.rstrip().splitlines()[-1]
    assert last.startswith("Error: a.jsonl:3: ")
    assert told in last


def test_half_a_character_is_refused_or_cleaned(say: Say, tmp_path: Path) -> None:
    """P11: JSON may hold a lone surrogate; a database and a report cannot."""
    odd = json.dumps(line("odd", STORY + " \ud800", title="\udfff", author="\ud800"))
    write(tmp_path / "a.jsonl", [line("a"), odd, line("b")])
    result = say("import", "a.jsonl")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    if result.exit_code == 0:
        assert rows(tmp_path / "news.db", "SELECT count(*) AS n FROM articles") == [{"n": 3}]
    else:
        assert "Error: a.jsonl:2: " in result.stderr


@pytest.mark.parametrize("before", [2, 250])
def test_what_came_before_a_wrong_line_is_kept(say: Say, tmp_path: Path, before: int) -> None:
    articles = [line(f"n{number}") for number in range(before)]
    write(tmp_path / "a.jsonl", [*articles, "nonsense", line("after")])
    assert say("import", "a.jsonl").exit_code == 1
    assert rows(tmp_path / "news.db", "SELECT count(*) AS n FROM articles") == [{"n": before}]
    write(tmp_path / "a.jsonl", [*articles, line("after")])  # mended, and imported again
    result = say("import", "a.jsonl")
    assert result.exit_code == 0
    assert f"{before} linked" in result.stderr and "1 kept" in result.stderr
    assert rows(tmp_path / "news.db", "SELECT count(*) AS n FROM revisions") == [{"n": before + 1}]


def cut_gzip() -> bytes:
    return gzip.compress(json.dumps(line("a")).encode() * 40)[:-30]


def spoilt_gzip() -> bytes:
    data = bytearray(gzip.compress("\n".join(json.dumps(line(str(n))) for n in range(40)).encode()))
    data[40:60] = b"\xff" * 20
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl.gz", b"not gzipped"),
        ("a.jsonl.gz", cut_gzip()),
        ("a.jsonl.gz", spoilt_gzip()),
        ("a.jsonl", b"\xff\xfe\x00 not UTF-8"),
    ],
    ids=["not gzipped", "cut off", "spoilt", "not UTF-8"],
)
def test_a_file_that_cannot_be_read_is_one_line(
    say: Say, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    result = say("import", name)
    assert result.exit_code == 1
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.stderr.rstrip().splitlines()[-1].startswith(f"Error: {name}")


def test_several_files_are_told_one_by_one(say: Say, tmp_path: Path) -> None:
    write(tmp_path / "one.jsonl", ARCHIVE[:2])
    write(tmp_path / "two.jsonl.gz", ARCHIVE[1:])
    result = say("import", "one.jsonl", "two.jsonl.gz")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "one.jsonl: 2 kept" in result.stderr
    assert "two.jsonl.gz: 2 kept, 1 linked" in result.stderr
    report = say("report", "--since", "all", "--json")
    assert json.loads(report.stdout)["stories"][0]["outlets"] == 2


def test_an_empty_archive_is_no_failure(say: Say, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    result = say("import", "empty.jsonl")
    assert result.exit_code == 0
    assert "no article" in result.stderr


def test_an_archive_is_never_polled(take: Take, tmp_path: Path) -> None:
    take(write(tmp_path / "a.jsonl", ARCHIVE))
    with Aggregator(
        Config.model_validate({}), database=tmp_path / "news.db", clock=lambda: EVENING
    ) as news:
        assert news.run_once() == {}


def test_rows_can_be_read_without_a_database(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [*ARCHIVE, "nonsense"])
    found = []
    with pytest.raises(ParseError, match=r"a\.jsonl:5: is not JSON"):
        found.extend(importing.read_rows(path))
    rows_ = importing.read_rows(path)
    assert [next(rows_).id for _ in range(4)] == ["a", "b", "c", "short"]
    assert importing.count_lines(path) == 5
    assert importing.count_lines(tmp_path / "none") == 0
