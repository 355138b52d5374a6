"""Cases S05, S10 and S11 of the reliability exam: attacks that a feed brings, through the line."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aggregator.cli import main
from aggregator.core.wording import web_link
from tests import payloads
from tests.edge.conftest import Server
from tests.flow.conftest import check_file, rows, write_config
from tests.flow.test_hostile import page

EVERY = {f"a{number}": text for number, text in enumerate(payloads.PAYLOADS.values())}


def xml(text: str) -> str:
    """As a careless publisher writes it: escaped once, with what XML cannot hold left out."""
    kept = (each for each in text if each in "\t\n" or unicodedata.category(each) != "Cc")
    return escape("".join(kept), quote=True)


def feed(server: Server) -> bytes:
    items = []
    for name, payload in EVERY.items():
        said = xml(payload)
        items.append(
            f"<item><guid>{name}</guid><title>{said}</title><link>{server.url('/' + name)}</link>"
            f"<author>{said}</author><dc:creator>{said}</dc:creator><category>{said}</category>"
            f"<description>{said}</description><source url='{said}'>{said}</source>"
            f"<enclosure url='{said}' type='{said}'/><comments>{said}</comments>"
            "<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate></item>"
        )
        items.append(f"<item><guid>link-{name}</guid><title>x</title><link>{said}</link></item>")
    return (
        "<?xml version='1.0'?><rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        f"<channel><title>{xml(payloads.SCRIPT)}</title>{''.join(items)}</channel></rss>"
    ).encode()


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One pass over a feed of attacks and failing feeds named after them, told in full."""
    folder = tmp_path_factory.mktemp("security")
    server = Server()
    body = feed(server)
    server.on("/feed.xml")(lambda request: request.answer(body))
    for name, payload in EVERY.items():
        text = page(name).decode().replace(f"About {name}", escape(payload))
        server.on(f"/{name}")(_answer(text.encode("utf-8", "replace")))
        # A reason line and a body that attack, from a feed that fails.
        reason = (
            re.sub(r"[\r\n]", " ", payload)[:200].encode("latin-1", "replace").decode("latin-1")
        )
        server.on(f"/bad-{name}.xml")(_fail(reason, payload))
    bad = [
        {"name": f"{payload[:150]} {name}", "url": server.url(f"/bad-{name}.xml")}
        for name, payload in EVERY.items()
        if payload.isprintable()  # the config refuses other names
    ]
    settings = {
        "fetch": {
            "allow_private": ["127.0.0.1"],
            "host_pause": 0,
            "per_host": 8,
            "timeout": 5,
            "connect_timeout": 3,
        },
        "read": {"max_tries": 1},
        "feeds": [{"name": "Attacks", "url": server.url("/feed.xml")}, *bad],
    }
    write_config(folder, settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = CliRunner().invoke(main, ["-v", "run", "--once"])
        server.close()
        yield folder, result


def _answer(body: bytes) -> Any:
    return lambda request: request.answer(body, Content_Type="text/html; charset=utf-8")


def _fail(reason: str, payload: str) -> Any:
    body = payload.encode("utf-8", "replace")
    return lambda request: request.send(
        f"HTTP/1.1 503 {reason}\r\nContent-Length: {len(body)}\r\n\r\n".encode("latin-1") + body
    )


def is_clean(text: str) -> None:
    """Nothing that a terminal obeys, and nothing that turns a line around."""
    bad = {each for each in text if unicodedata.category(each) in ("Cc", "Cs") and each != "\n"}
    assert not bad
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u2028\u2029]", text)


def test_s11_the_log_of_a_pass_has_one_line_an_event(done: Any) -> None:
    _, result = done
    assert result.exit_code in (0, 3), result.stderr
    is_clean(result.stdout)
    is_clean(result.stderr)
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    events = [line for line in lines if re.match(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d", line)]
    assert len(events) > len(EVERY)
    assert not [line for line in lines if re.match(r"(2026-11-20T04:52|ERROR|WARNING|INFO)", line)]


def test_s05_what_is_stored_is_text_without_traps(done: Any) -> None:
    folder, _ = done
    (database,) = folder.glob("*.db")
    check_file(database)
    kept = rows(database, "SELECT title, authors, url, final_url, text FROM articles")
    assert len(kept) > 60
    entries = rows(database, "SELECT title, url, links, source_url, reason, credit FROM entries")
    feeds = rows(database, "SELECT name, error FROM feeds")
    assert sum(row["error"] is not None for row in feeds) > 60
    for row in (*kept, *entries, *feeds):
        for name, value in row.items():
            if value is None:
                continue
            is_clean(value.replace("\t", " "))
            if name in ("url", "final_url", "source_url"):
                assert web_link(value), value


def test_s10_no_file_is_named_by_a_stranger(done: Any) -> None:
    folder, _ = done
    for path in Path(folder).rglob("*"):
        assert re.fullmatch(r"config\.yaml|[a-z]+\.db(-wal|-shm|\.[a-z]+)?", path.name), path.name


VERBS = (
    ("report",), ("report", "100"), ("report", "114"), ("status",), ("status", "--all"),
    ("explain", "1000", "1001"), ("revisions", "1000"), ("revisions", "100"), ("corrections",),
    ("feeds",), ("doctor",), ("report", "--width", "60"),
)  # fmt: skip


@pytest.mark.parametrize("words", VERBS)
def test_s11_what_a_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """On a database whose rows attack though nothing that is stored could: an older one, say."""
    monkeypatch.chdir(tmp_path)
    payloads.database(tmp_path / "news.db")
    result = CliRunner().invoke(main, ["-d", "news.db", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    is_clean(result.stdout)
    is_clean(result.stderr)
    assert "Traceback" not in result.stderr


def test_s11_json_of_a_command_holds_no_control_character(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    payloads.database(tmp_path / "news.db")
    for words in (("report", "--json"), ("report", "100", "--json"), ("status", "--json")):
        result = CliRunner().invoke(main, ["-d", "news.db", *words])
        assert result.exit_code in (0, 3), (words, result.stderr)
        is_clean(result.stdout)
