"""Web archives through the same line: which records are pages, when, how often, how large."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aggregator.cli import main
from aggregator.config import Config
from aggregator.edge import warcfile
from aggregator.errors import ParseError
from aggregator.pipeline import Aggregator, webarchive
from tests.edge.test_store_corpus import prose
from tests.flow.conftest import EVENING, check_file, digest, rows
from tests.flow.test_wire import Here

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
Take = Callable[..., dict[str, int]]


def page(name: str, *, title: str = "") -> bytes:
    body = "".join(f"<p>{line}</p>" for line in prose(name))
    title = title or f"Title of {name}"
    return (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}"
        "</article></body></html>"
    ).encode()


def write(path: Path, *records: dict[str, Any], packed: bool = True, whole: bool = False) -> Path:
    """A WARC file of records; `whole` packs it in one piece, as no archive should be."""
    parts = [_part({"kind": "warcinfo", "url": "", "body": b"software: a test\r\n"}, 0)]
    parts += [_part(given, number) for number, given in enumerate(records, 1)]
    data = b"".join(gzip.compress(part) if packed else part for part in parts)
    path.write_bytes(gzip.compress(data) if whole else data)
    return path


def _part(given: dict[str, Any], number: int) -> bytes:
    """One record by ISO 28500: its own headers, and inside them those of HTTP and the body."""
    kind, info = given.get("kind", "response"), given.get("kind") == "warcinfo"
    headers = [("Content-Type", given.get("type", "text/html; charset=utf-8"))]
    headers += given.get("headers", [])
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    first = "GET / HTTP/1.1" if kind == "request" else f"HTTP/1.1 {given.get('status', '200 OK')}"
    block = given["body"] if info else f"{first}\r\n{lines}\r\n".encode()
    block += b"" if info or kind == "request" else given.get("body", b"")
    own = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{number}-{given['url']}-{given.get('at')}>",
        "WARC-Date": given.get("at", "2026-11-18T09:00:00Z"),
        "WARC-Target-URI": given["url"],
        "Content-Type": "application/warc-fields" if info else f"application/http; msgtype={kind}",
        **given.get("warc", {}),
        "Content-Length": str(len(block)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in own.items() if value)
    return f"WARC/1.0\r\n{head}\r\n".encode() + block + b"\r\n\r\n"


def record(name: str, **given: Any) -> dict[str, Any]:
    return {"url": f"https://one.example/news/{name}", "body": page(name)} | given


@pytest.fixture
def take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Take:
    """Imports a file into news.db with the public class, in this process."""
    monkeypatch.setattr("aggregator.pipeline.context.make_sandbox", lambda config: Here())
    monkeypatch.setattr(webarchive, "Sandbox", Opened)

    def run(path: Path, **settings: Any) -> dict[str, int]:
        config = Config.model_validate(settings)
        with Aggregator(config, database=tmp_path / "news.db", clock=lambda: EVENING) as news:
            counts = news.import_file(path)
            news.cluster()
        return dict(counts)

    return run


class Opened(Here):
    """The reader of archives without its process."""

    def __init__(self, **limits: Any) -> None:
        assert limits["memory"] > 0 and limits["deadline"] > 5

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *ended: object) -> None:
        """Nothing to close."""


@pytest.mark.parametrize(("name", "packed"), [("a.warc", False), ("a.warc.gz", True)])
def test_pages_are_read_as_first_seen_when_they_were_captured(
    take: Take, tmp_path: Path, name: str, packed: bool
) -> None:
    path = write(
        tmp_path / name, record("a"), record("b", at="2026-11-19T07:30:00Z"), packed=packed
    )
    assert take(path) == {"kept": 2}
    found = rows(
        tmp_path / "news.db", "SELECT title, first_seen_at, url_key FROM articles ORDER BY url"
    )
    assert found == [
        {"title": "Title of a", "first_seen_at": "2026-11-18T09:00:00Z",
         "url_key": "one.example/news/a"},
        {"title": "Title of b", "first_seen_at": "2026-11-19T07:30:00Z",
         "url_key": "one.example/news/b"},
    ]  # fmt: skip
    check_file(tmp_path / "news.db")


def test_a_second_import_adds_nothing_and_reads_nothing(
    take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.warc.gz", record("a"), record("b"), record("c", type="text/html",
                 body=b"\x89PNG not a page"))  # fmt: skip
    take(path)
    before = digest(tmp_path / "news.db")
    monkeypatch.setattr("aggregator.core.extract.extract", None)
    assert take(path) == {"linked": 3}
    after = digest(tmp_path / "news.db")
    assert {name for name in after if after[name] != before[name]} <= {"feeds", "runs"}


def test_an_import_cut_short_goes_on(
    take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.warc.gz", *(record(name) for name in "abcdef"))
    real, seen = webarchive._settle, []

    def dies(*values: Any) -> Any:
        seen.append(values)
        if len(seen) == 4:
            raise RuntimeError("power cut")
        return real(*values)

    monkeypatch.setattr(webarchive, "_settle", dies)
    with pytest.raises(RuntimeError, match="power cut"):
        take(path)
    monkeypatch.setattr(webarchive, "_settle", real)
    assert take(path) == {"linked": 3, "kept": 3}


def test_only_pages_that_were_answered_are_taken(take: Take, tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.warc.gz",
        record("a"),
        record("picture", type="image/png"),
        record("gone", status="404 Not Found"),
        record("moved", status="301 Moved", headers=[("Location", "/a")]),
        record("asked", kind="request"),
        record("x", url="urn:not:an:address"),
        record("inner", type="application/xhtml+xml"),
    )
    assert take(path) == {"kept": 2}


def test_bodies_are_decoded_within_bounds(take: Take, tmp_path: Path) -> None:
    bomb = gzip.compress(b"<html>" + b" " * 5_000_000)
    zipped = [("Content-Encoding", "gzip")]
    chunks = page("chunked")
    path = write(
        tmp_path / "a.warc.gz",
        record("zipped", body=gzip.compress(page("zipped")), headers=zipped),
        record("bomb", body=bomb, headers=zipped),
        record("big", body=b"<html>" + b"x" * 200_000),
        record("cut", warc={"WARC-Truncated": "length"}),
        record("chunked", body=f"{len(chunks):x}\r\n".encode() + chunks + b"\r\n0\r\n\r\n",
               headers=[("Transfer-Encoding", "chunked")]),
    )  # fmt: skip
    assert take(path, fetch={"max_page_bytes": 100_000}) == {"kept": 2, "skipped": 3}
    found = rows(
        tmp_path / "news.db", "SELECT url, reason FROM entries WHERE state = 'skipped' ORDER BY url"
    )
    assert [row["reason"].partition(": ")[2] for row in found] == [
        "larger than 100000 bytes", "larger than 100000 bytes", "cut off by the crawler (length)",
    ]  # fmt: skip


ARTICLE = "SELECT text, published_at, first_seen_at, time_source FROM articles"
VERSIONS = "SELECT text, seen_at, kind FROM revisions ORDER BY seen_at, id"


def told(lines: str, *more: str, at: str, dated: str = "") -> dict[str, Any]:
    """A capture of one page whose text is that of `lines`, with further sentences."""
    body = page(lines).replace(
        b"</article>", b"".join(f"<p>{line}</p>".encode() for line in more) + b"</article>"
    )
    if dated:
        meta = f'<head><meta property="article:published_time" content="{dated}">'
        body = body.replace(b"<head>", meta.encode())
    return record("a", body=body, at=f"2026-11-{at}:00:00Z")


FIRST = "Nobody was hurt on the first evening of the storm."
THEN = "Later the mayor of the town said that 40 people were hurt."


def test_a_later_reading_is_not_overwritten_by_an_older_capture(take: Take, tmp_path: Path) -> None:
    assert take(write(tmp_path / "new.warc.gz", told("new", at="19T09"))) == {"kept": 1}
    assert take(write(tmp_path / "old.warc.gz", told("old", at="17T09"))) == {"revised": 1}
    (row,) = rows(tmp_path / "news.db", ARTICLE)
    assert prose("new")[0] in row["text"]
    newer = write(tmp_path / "newer.warc.gz", told("newer", at="20T09"))
    assert take(newer) == {"revised": 1}
    check_file(tmp_path / "news.db")


def test_an_older_capture_moves_first_sight_back_and_what_is_ordered_by_it(
    take: Take, tmp_path: Path
) -> None:
    """The story is in order of publication: who is known to be earlier now comes first."""
    take(write(tmp_path / "a.warc.gz", told("same", at="19T09"),
               record("b", url="https://two.example/b", body=page("same"),
                      at="2026-11-18T09:00:00Z")))  # fmt: skip
    database = tmp_path / "news.db"
    first = "SELECT domain FROM clusters JOIN articles ON articles.id = first JOIN outlets ON"
    first += " outlets.id = articles.outlet WHERE merged_into IS NULL"
    assert rows(database, first) == [{"domain": "two.example"}]
    assert take(write(tmp_path / "old.warc.gz", told("same", at="17T09"))) == {"linked": 1}
    assert rows(database, first) == [{"domain": "one.example"}]
    (row,) = rows(database, f"{ARTICLE} WHERE url LIKE '%one%'")
    assert (row["first_seen_at"], row["published_at"]) == ("2026-11-17T09:00:00Z",) * 2
    assert row["time_source"] == "first seen"
    (story,) = rows(database, "SELECT first_at FROM clusters WHERE merged_into IS NULL")
    assert story["first_at"] == "2026-11-17T09:00:00Z"


@pytest.mark.parametrize(
    ("new", "old", "published"),
    [
        ("2026-11-16T08:00:00Z", "2026-11-16T08:00:00Z", "2026-11-16T08:00:00Z"),
        ("2026-11-19T08:00:00Z", "2026-11-16T08:00:00Z", "2026-11-16T08:00:00Z"),  # redated
        ("2026-11-19T08:00:00Z", "", "2026-11-17T09:00:00Z"),  # it was there before its date
        ("2026-11-16T08:00:00Z", "", "2026-11-16T08:00:00Z"),
        ("2026-11-16T08:00:00Z", "2026-11-18T08:00:00Z", "2026-11-16T08:00:00Z"),
    ],
)
def test_the_time_of_publication_is_never_after_a_capture(
    take: Take, tmp_path: Path, new: str, old: str, published: str
) -> None:
    take(write(tmp_path / "new.warc.gz", told("x", at="19T09", dated=new)))
    take(write(tmp_path / "old.warc.gz", told("x", at="17T09", dated=old)))
    (row,) = rows(tmp_path / "news.db", ARTICLE)
    assert row["first_seen_at"] == "2026-11-17T09:00:00Z"
    assert row["published_at"] == published


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_versions_stand_in_order_of_capture_whatever_the_order_of_import(
    take: Take, tmp_path: Path, order: tuple[int, ...]
) -> None:
    captures = [
        told("x", at="17T09"), told("x", FIRST, at="18T09"), told("x", FIRST, THEN, at="19T09"),
    ]  # fmt: skip
    for number in order:
        take(write(tmp_path / f"{number}.warc.gz", captures[number]))
    found = rows(tmp_path / "news.db", VERSIONS)
    assert [row["seen_at"] for row in found] == [f"2026-11-{day}T09:00:00Z" for day in (17, 18, 19)]
    assert [(FIRST in row["text"], THEN in row["text"]) for row in found] == [
        (False, False), (True, False), (True, True),
    ]  # fmt: skip
    assert [row["kind"] for row in found] == ["first", "update", "update"]
    (article,) = rows(tmp_path / "news.db", ARTICLE)
    assert THEN in article["text"]
    assert article["first_seen_at"] == "2026-11-17T09:00:00Z"
    check_file(tmp_path / "news.db")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_version_that_was_captured_twice_is_one_from_its_first_capture_on(
    take: Take, tmp_path: Path, order: tuple[int, ...]
) -> None:
    captures = [told("x", at="17T09"), told("x", at="18T09"), told("x", FIRST, at="19T09")]
    for number in order:
        take(write(tmp_path / f"{number}.warc.gz", captures[number]))
    found = rows(tmp_path / "news.db", VERSIONS)
    assert [(row["seen_at"][8:10], row["kind"]) for row in found] == [
        ("17", "first"), ("19", "update"),
    ]  # fmt: skip


def test_an_older_wall_is_no_version_and_an_older_text_replaces_a_wall(
    take: Take, tmp_path: Path
) -> None:
    wall = b"<html><head><title>x</title></head><body><p>Subscribe to read on.</p></body></html>"
    take(write(tmp_path / "new.warc.gz", record("a", body=wall, at="2026-11-19T09:00:00Z")))
    older = record("a", body=wall + b" ", at="2026-11-16T09:00:00Z")
    assert take(write(tmp_path / "older.warc.gz", older)) == {"linked": 1}
    assert rows(tmp_path / "news.db", "SELECT verdict FROM articles") != [{"verdict": "good"}]
    assert take(write(tmp_path / "old.warc.gz", told("x", at="17T09"))) == {"revised": 1}
    (row,) = rows(tmp_path / "news.db", ARTICLE)
    assert prose("x")[0] in row["text"]
    assert row["first_seen_at"] == "2026-11-16T09:00:00Z"
    check_file(tmp_path / "news.db")


def test_a_feed_that_dated_an_article_after_its_capture_is_corrected(
    take: Take, tmp_path: Path
) -> None:
    lines = tmp_path / "live.jsonl"
    lines.write_text(json.dumps({
        "id": "1", "source": "one.example", "title": "Title of a", "text": " ".join(prose("a")),
        "published": "2026-11-19T10:00:00Z", "url": "https://one.example/news/a",
    }) + "\n")  # fmt: skip
    take(lines)
    take(write(tmp_path / "old.warc.gz", record("a", at="2026-11-17T09:00:00Z")))
    (row,) = rows(tmp_path / "news.db", ARTICLE)
    assert (row["first_seen_at"], row["published_at"]) == ("2026-11-17T09:00:00Z",) * 2


def test_copies_in_an_archive_are_one_story(take: Take, tmp_path: Path) -> None:
    take(write(tmp_path / "a.warc.gz", record("a"), record("b"),
               record("a", url="https://two.example/x")))  # fmt: skip
    assert rows(tmp_path / "news.db", "SELECT outlets FROM clusters ORDER BY outlets") == [
        {"outlets": 1}, {"outlets": 2},
    ]  # fmt: skip


def test_batches_begin_where_the_last_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warcfile, "BATCH_PAGES", 2)
    for name, packed in (("a.warc", False), ("b.warc.gz", True)):
        path = write(tmp_path / name, *(record(each) for each in "abcde"), packed=packed)
        place, urls, rounds = 0, [], 0
        while True:
            batch = warcfile.read_batch(str(path), place, now=NOW, max_bytes=100_000)
            urls += [each.url[-1] for each in batch.pages]
            rounds, place = rounds + 1, batch.next
            if batch.end:
                break
        assert (urls, rounds, place) == (list("abcde"), 3, path.stat().st_size)


def test_what_is_no_archive_is_told(tmp_path: Path) -> None:
    def read(path: Path, at: int = 0) -> warcfile.Batch:
        return warcfile.read_batch(str(path), at, now=NOW, max_bytes=100_000)

    whole = write(tmp_path / "a.warc.gz", record("a"), record("b"), packed=False, whole=True)
    with pytest.raises(ParseError, match=r"one piece.*warcio recompress"):
        read(whole)
    junk = tmp_path / "b.warc"
    junk.write_bytes(b"nothing of the kind\r\n\r\n" + b"x" * 500)
    with pytest.raises(ParseError, match=r"b\.warc: is no WARC file, from byte 0 on"):
        read(junk)
    good = write(tmp_path / "c.warc", record("a"), record("b"), packed=False)
    good.write_bytes(good.read_bytes()[:-600])
    pages = read(good).pages
    assert [each.problem for each in pages] == ["", "the archive ends inside it"]


def test_the_command_takes_archives_and_says_what_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "a.warc.gz", record("a"), record("b"))
    result = CliRunner().invoke(main, ["-d", "news.db", "import", str(path)])
    assert result.exit_code == 0, result.output
    assert "2 kept" in result.stderr and "2 texts" in result.stderr
