"""`add`, `feeds`, OPML both ways and the config of every source kind, as the command shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main
from aggregator.config import Config
from aggregator.errors import ConfigError
from tests.edge.conftest import Server
from tests.flow.conftest import write_config

Say = Callable[..., Result]
LOOPBACK = {"allow_private": ["127.0.0.1"], "host_pause": 0, "user_agent": "t/1"}
RSS = """<rss version="2.0"><channel><title>{title}</title>
<item><guid>1</guid><title>First</title><link>http://one.example/1</link></item></channel></rss>"""
NEWS = """<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url>
<loc>http://one.example/1</loc><n:news><n:publication><n:name>The Paper</n:name></n:publication>
<n:title>First in the sitemap</n:title></n:news></url></urlset>"""


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, list(words))


@pytest.fixture
def site() -> Iterator[Server]:
    made = Server()
    put(made, "/", b'<html><head><link rel="alternate" type="application/rss+xml" href="/a.rss">'
        b'<link rel="alternate" type="application/rss+xml" href="/dead.rss">'
        b'<link rel="alternate" type="application/atom+xml" href="/b.rss">')  # fmt: skip
    put(made, "/a.rss", RSS.format(title="The Paper").encode())
    put(made, "/b.rss", RSS.format(title="The Paper, comments").encode())
    yield made
    made.close()


def put(server: Server, path: str, body: bytes) -> None:
    server.on(path)(lambda request: request.answer(body))


def config(folder: Path, **more: Any) -> Path:
    return write_config(folder, {"fetch": LOOPBACK, "feeds": []} | more)


def sources(folder: Path) -> list[tuple[str, str, str]]:
    read = Config.load(folder / "config.yaml")
    return [(each.kind, each.name, read.address(each)) for each in read.feeds]


# -- add


def test_add_takes_the_first_feed_and_says_what_else_there_is(
    say: Say, site: Server, tmp_path: Path
) -> None:
    config(tmp_path)
    put(site, "/robots.txt", f"User-agent: *\nSitemap: {site.url('/x/News.xml')}\n".encode())
    put(site, "/x/News.xml", NEWS.encode())
    result = say("add", site.url("/"))
    assert result.exit_code == 0, result.stderr
    assert sources(tmp_path) == [("feed", "The Paper", site.url("/a.rss"))]
    told = result.stderr.splitlines()
    assert told[0].startswith("config.yaml: added The Paper (feed")
    assert f"Also found: feed {site.url('/b.rss')}, 1 entry, the newest: First" in told
    assert f"Also found: sitemap {site.url('/x/News.xml')}, 1 entry" in result.stderr
    assert told[-1] == f"Next:  aggregator add --all {site.url('/')}"
    result = say("add", "--all", site.url("/"))
    assert result.exit_code == 0, result.stderr
    assert [kind for kind, _, _ in sources(tmp_path)] == ["feed", "feed", "sitemap"]
    assert "is in config.yaml already" in result.stderr
    assert say("add", "--all", site.url("/")).exit_code == 2


@pytest.mark.parametrize("place", ["/news-sitemap.xml", "/sitemap.xml"])
def test_add_looks_for_a_sitemap_in_the_usual_places(
    say: Say, site: Server, tmp_path: Path, place: str
) -> None:
    config(tmp_path)
    put(site, "/", b"<html><head></head><body>no feed</body></html>")
    put(site, place, NEWS.encode())
    result = say("add", site.url("/some/page"))
    assert result.exit_code == 1, "the page itself has to be there"
    assert say("add", site.url("/"), "--name", "Mine").exit_code == 0
    assert sources(tmp_path) == [("sitemap", "Mine", site.url(place))]


def test_an_address_without_a_scheme_is_asked_by_http_where_https_does_not_answer(
    say: Say, site: Server, tmp_path: Path
) -> None:
    config(tmp_path, fetch=LOOPBACK | {"connect_timeout": 0.5})
    put(site, "/f", RSS.format(title="T").encode())
    result = say("add", f"127.0.0.1:{site.port}/f")
    assert result.exit_code == 0, result.stderr
    assert sources(tmp_path) == [("feed", "T", site.url("/f"))]
    result = say("add", "127.0.0.1:1/f")
    assert result.exit_code == 1 and "https://127.0.0.1:1/f" in result.stderr


def test_add_looks_for_a_feed_in_the_usual_places(say: Say, site: Server, tmp_path: Path) -> None:
    config(tmp_path)
    put(site, "/", b"<html></html>")
    put(site, "/rss.xml", RSS.format(title="Hidden").encode())
    assert say("add", site.url("/")).exit_code == 0
    assert sources(tmp_path) == [("feed", "Hidden", site.url("/rss.xml"))]


@pytest.mark.parametrize(
    ("path", "body", "kind"), [("/s", NEWS, "sitemap"), ("/f", RSS.format(title="T"), "feed")]
)
def test_add_of_a_document_asks_nothing_else(
    say: Say, site: Server, tmp_path: Path, path: str, body: str, kind: str
) -> None:
    config(tmp_path)
    put(site, path, body.encode())
    assert say("add", site.url(path)).exit_code == 0
    assert [each[0] for each in sources(tmp_path)] == [kind]
    assert set(site.paths()) == {path}


def test_add_of_a_site_with_neither_says_so(say: Say, site: Server, tmp_path: Path) -> None:
    before = config(tmp_path).read_text()
    put(site, "/", b"<html></html>")
    result = say("add", site.url("/"))
    assert result.exit_code == 1
    assert "no feed and no news sitemap here; the page names none" in result.stderr
    assert (tmp_path / "config.yaml").read_text() == before
    assert len(site.paths()) < 25, "a stranger's server is not combed"


def test_a_sitemap_named_on_another_site_is_not_asked(
    say: Say, site: Server, tmp_path: Path
) -> None:
    config(tmp_path)
    other = Server()
    try:
        put(site, "/robots.txt", b"Sitemap: http://evil.example/map.xml\nSitemap: /no\x00t.xml")
        assert say("add", site.url("/")).exit_code == 0
        assert other.connections == 0
        assert all("evil" not in path for path in site.paths())
    finally:
        other.close()


# -- feeds and OPML


FEEDS: list[dict[str, Any]] = [
    {"name": "Plain", "url": "https://plain.example/rss?a=1&b=2"},
    {"name": "Ünï <code> & \"quotes\"", "url": "https://b.example/", "outlet": "B & Söhne",
     "every": "20m", "language": "no", "enabled": False},
    {"name": "Map", "url": "https://c.example/news.xml", "kind": "sitemap", "language": "fr"},
]  # fmt: skip


def test_what_feeds_writes_init_reads_back_equal(say: Say, tmp_path: Path) -> None:
    write_config(tmp_path, {"feeds": FEEDS})
    result = say("feeds", "--opml", "-o", "mine.opml")
    assert (result.exit_code, result.stdout) == (0, "")
    printed = say("feeds", "--opml").stdout
    assert printed == (tmp_path / "mine.opml").read_text(encoding="utf-8")
    assert say("-c", "two.yaml", "init", "--from-opml", "mine.opml").exit_code == 0
    assert Config.load("two.yaml").feeds == Config.load("config.yaml").feeds
    assert (
        say("-c", "two.yaml", "feeds", "--opml").stdout.partition("<body>")[2]
        == (printed.partition("<body>")[2])
    )


def test_folders_are_left_out_of_a_list_of_addresses(say: Say, tmp_path: Path) -> None:
    wire = {"name": "W", "folder": "drop", "domain": "afp.com"}
    write_config(tmp_path, {"feeds": [FEEDS[0], wire]})
    result = say("feeds", "--opml")
    assert "1 wire folders left out" in result.stderr
    assert result.stdout.count("<outline") == 1


def test_feeds_lists_every_kind(say: Say, tmp_path: Path) -> None:
    wire = {"name": "Wire\u202e", "folder": "drop", "domain": "afp.com"}
    write_config(tmp_path, {"feeds": [*FEEDS, wire | {"name": "Wire"}]})
    lines = say("feeds").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["feed", "feed", "sitemap", "wire", "4"]
    assert "(off)" in lines[1] and lines[3].endswith((tmp_path / "drop").as_uri())
    told = json.loads(say("feeds", "--json").stdout)
    assert [each["domain"] for each in told] == [
        "plain.example", "b.example", "c.example", "afp.com",
    ]  # fmt: skip
    assert [each["every"] for each in told] == [900, 1200, 900, 60]


def test_import_of_a_list_adds_what_is_new_and_keeps_comments(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "# mine\nfeeds:\n  - name: Plain\n    url: http://plain.example/rss?a=1&b=2 # x\n"
    )
    list_of = tmp_path / "list.opml"
    list_of.write_text(
        '<opml version="2.0" xmlns:n="https://aggregator.invalid/opml"><body>'
        '<outline text="Plain" xmlUrl="https://plain.example/rss?a=1&amp;b=2"/>'
        '<outline text="Plain" xmlUrl="https://new.example/f" n:kind="sitemap" n:every="zz"/>'
        '<outline text="Twice" xmlUrl="http://new.example/f/"/></body></opml>'
    )
    result = say("import", "list.opml")
    assert result.exit_code == 0, result.stderr
    assert "1 feeds added to config.yaml, 2 known" in result.stderr
    text = path.read_text()
    assert text.startswith("# mine\n") and "# x" in text
    assert sources(tmp_path)[1] == ("sitemap", "Plain 2", "https://new.example/f")
    assert "0 feeds added" in say("import", "list.opml").stderr
    assert path.read_text() == text
    assert not (tmp_path / "news.db").exists(), "a list of feeds needs no database"


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [(b"<rss/>", 1, "is XML, but no OPML list"), (b"<opml><body/></opml>", 1, "no feed with"),
     (b"\x1f\x8bnot gzip", 1, "cannot be read"), (b"", 0, "no article")],
)  # fmt: skip
def test_import_of_something_else(
    say: Say, tmp_path: Path, content: bytes, code: int, told: str
) -> None:
    config(tmp_path)
    (tmp_path / "x.bin").write_bytes(content)
    result = say("import", "x.bin")
    assert result.exit_code == code, result.stderr
    assert told in result.stderr


# -- config


FAULTS = """feeds:
- {name: a, url: https://a.example/, folder: x}
- {name: b, folder: in}
- {name: c, folder: in, domain: www.afp.com, after: delete}
- {name: d, kind: sitemap}
- {name: e, kind: wire, url: https://e.example/}
- {name: f, url: https://f.example/, kind: telegraph}
- {name: g, url: https://g.example/, every: 1s}
- {name: h, folder: out, domain: afp.com, every: 1s}
- {name: i, kind: sitemap, url: https://i.example/s.xml, evry: 15m}
- {name: j, folder: in, domain: afp.com}
- just text
"""


def test_every_fault_of_every_kind_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(FAULTS)
    with pytest.raises(ConfigError) as caught:
        Config.load(path)
    faults = [fault.removeprefix(f"{path}:") for fault in caught.value.faults]
    assert faults == [
        "2:38: feeds.0.folder: a feed has no such key; wire has",
        "3:3: feeds.1.domain: missing; it must be given",
        "4:21: feeds.2.folder: the same folder as feeds.1",
        "4:33: feeds.2.domain: expected a registered domain such as paper.co.uk, not 'www.afp.com'",
        "4:53: feeds.2.after: expected 'leave' or 'move', not 'delete'",
        "5:3: feeds.3.url: missing; it must be given",
        "6:3: feeds.4.domain: missing; it must be given",
        "6:3: feeds.4.folder: missing; it must be given",
        "6:25: feeds.4.url: a wire has no such key; feed or sitemap has",
        "7:44: feeds.5.kind: expected one of feed, sitemap, wire, not 'telegraph'",
        "8:45: feeds.6.every: must be between schedule.min (5m) and schedule.max (1d)",
        "10:58: feeds.8.evry: unknown key, did you mean 'every'?",
        "11:21: feeds.9.folder: the same folder as feeds.1",
        "12:3: feeds.10: expected a mapping of keys, not 'just text'",
    ]


def test_a_relative_folder_counts_from_the_config_file(tmp_path: Path) -> None:
    below = tmp_path / "etc"
    below.mkdir()
    wire = {"name": "W", "folder": "../in/x y", "domain": "afp.com"}
    read = Config.load(write_config(below, {"feeds": [wire]}))
    assert read.address(read.feeds[0]) == (tmp_path / "in" / "x y").as_uri()


def test_check_asks_every_kind_and_moves_nothing(say: Say, site: Server, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "a.json").write_text('{"uri": "urn:x:1", "headline": "H", "body_html": "<p>T</p>"}')
    put(site, "/s.xml", NEWS.encode())
    config(tmp_path, feeds=[
        {"name": "F", "url": site.url("/a.rss")},
        {"name": "S", "url": site.url("/s.xml"), "kind": "sitemap"},
        {"name": "W", "folder": "drop", "domain": "afp.com", "after": "move"},
    ])  # fmt: skip
    result = say("check", "--json")
    assert result.exit_code == 0, result.stdout
    told = json.loads(result.stdout)
    assert [(each["kind"], each["entries"]) for each in told] == [
        ("feed", 1), ("sitemap", 1), ("wire", 1),
    ]  # fmt: skip
    assert [each.name for each in drop.iterdir()] == ["a.json"]
    (drop / "a.json").unlink()
    assert say("check").exit_code == 0, "an agency that has sent nothing is no problem"
    assert re.search(r"ok +- +W", say("check").stdout)


def test_a_feed_that_is_a_sitemap_says_which_kind_it_is(
    say: Say, site: Server, tmp_path: Path
) -> None:
    put(site, "/s.xml", NEWS.encode())
    config(tmp_path, feeds=[{"name": "S", "url": site.url("/s.xml")}])
    assert "this is a sitemap; its kind is `sitemap`" in say("check").stdout
