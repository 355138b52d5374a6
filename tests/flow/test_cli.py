"""The command: verbs, exit codes, one-line errors, data on stdout and talk on stderr."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlite_utils.utils import sqlite3

from aggregator import __version__
from aggregator.cli import main
from aggregator.demo.web import DemoWeb, demo_feeds
from aggregator.edge import lock
from tests.edge.conftest import Server
from tests.flow.conftest import Day, demo_settings, digest, rows, run, write_config

VERBS = (
    "demo", "init", "add", "feeds", "check", "run", "collect", "import", "recluster", "report",
    "browse", "explain", "merge", "split", "pin", "not-a-copy", "corrections", "undo", "revisions",
    "alerts", "schema", "status", "doctor", "backup", "restore", "prune", "completion",
    "eval",
)  # fmt: skip

Say = Callable[..., Result]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Runs the command in the test's folder, inside this program."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(main, list(words))

    return invoke


@pytest.fixture
def database(demo_day: Day, tmp_path: Path) -> Path:
    """A copy of the finished day."""
    copyfile(demo_day.database, tmp_path / "demo.db")
    return tmp_path / "demo.db"


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def fails(result: Result, code: int, told: str) -> None:
    """The command failed as it should: its code, one line on stderr, nothing on stdout."""
    assert result.exit_code == code, result.stderr
    assert result.stdout == ""
    assert re.search(told, result.stderr), result.stderr
    assert "Traceback" not in result.stderr
    last = result.stderr.rstrip().splitlines()[-1]
    assert re.search(told, last), "the reason is one line"


# -- help and version


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(say: Say, verb: str) -> None:
    result = say(verb, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: main {verb}")
    assert len(result.stdout.splitlines()) > 4
    assert say(verb, "-h").stdout == result.stdout


def test_the_verbs_stand_in_order_of_use(say: Say) -> None:
    listed = re.findall(r"^  ([\w-]+)  ", say("--help").stdout.split("Commands:")[1], re.M)
    assert tuple(listed) == VERBS
    assert "Exit codes: 0 done" in " ".join(say("--help").stdout.split())


def test_the_version_is_the_package_s(say: Say) -> None:
    assert say("--version").stdout == f"aggregator, version {__version__}\n"


def test_help_answers_at_once(tmp_path: Path) -> None:
    seconds = []
    for _ in range(3):
        begun = time.monotonic()
        assert run("--help", cwd=tmp_path).returncode == 0
        seconds.append(time.monotonic() - begun)
    assert min(seconds) < 0.5, f"{min(seconds):.2f} s"


@pytest.mark.parametrize("verb", ["report", "status", "check"])
def test_what_a_verb_does_not_need_is_not_loaded(tmp_path: Path, verb: str) -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom aggregator.cli import main\n"
        f"try: main(['{verb}', '--help'])\nexcept SystemExit: pass\n"
        "heavy = 'trafilatura datasketch feedparser py3langid lxml datasette apscheduler numpy'\n"
        "print([name for name in heavy.split() if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


# -- mistakes of use


def test_mistakes_of_use_are_code_2(say: Say) -> None:
    for words in (
        ("nonsense",), ("report", "--nonsense"), ("report", "--format", "pdf"), ("report", "abc"),
        ("report", "--min-outlets", "0"), ("report", "--since", "soon"), ("import",),
        ("import", "no-such-file.jsonl"), ("explain", "1"), ("eval",), ("browse", "--port", "-1"),
    ):  # fmt: skip
        result = say(*words)
        assert result.exit_code == 2, words
        assert result.stdout == "", words
        assert "Traceback" not in result.stderr


READ_VERBS = (
    ("report",), ("report", "1"), ("report", "--json"), ("status",), ("status", "--json"),
    ("explain", "1", "2"), ("browse",),
)  # fmt: skip


@pytest.mark.parametrize("words", READ_VERBS, ids=" ".join)
def test_read_verbs_make_no_file_when_there_is_none(
    say: Say, tmp_path: Path, words: tuple[str, ...]
) -> None:
    fails(say(*words), 2, "config.yaml: no such file; try: aggregator init")
    fails(say("-d", "none.db", *words), 1, "none.db: no such database; try: ")
    assert names(tmp_path) == set()
    write_config(tmp_path, {"database": "below/news.db"})
    fails(say(*words), 1, "below/news.db: no such database")
    assert names(tmp_path) == {"config.yaml"}


@pytest.mark.parametrize("words", READ_VERBS, ids=" ".join)
def test_read_verbs_refuse_what_is_no_database_of_ours(
    say: Say, tmp_path: Path, words: tuple[str, ...]
) -> None:
    path = tmp_path / "notes.db"
    path.write_text("Not a database. " * 300)
    fails(say("-d", "notes.db", *words), 1, r"notes\.db: .*not a database")
    assert path.read_text() == "Not a database. " * 300
    assert names(tmp_path) == {"notes.db"}


@pytest.mark.parametrize(
    "words",
    [w for w in READ_VERBS if w[0] != "browse"] + [("report", "--format", "html"),
     ("report", "--search", "ferry"), ("report", "--format", "csv", "--since", "all")],
    ids=" ".join,
)  # fmt: skip
def test_read_verbs_change_nothing(
    say: Say, database: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    before = digest(database), database.read_bytes()
    assert say("-d", "demo.db", *words).exit_code == 0
    assert (digest(database), database.read_bytes()) == before
    assert names(tmp_path) - {"demo.db-shm", "demo.db-wal"} == {"demo.db"}


CONFIG_FAULTS = {
    "unknown key": ("feed:\n  - name: A\n", r"config\.yaml:1:1: feed: unknown key, did you mean"),
    "wrong value": ("fetch:\n  workers: many\n", r"config\.yaml:2:12: fetch\.workers: "),
    "bad url": (
        "feeds:\n  - name: A\n    url: ftp://a.example/\n", r"config\.yaml:3:10: feeds\.0\.url: "
    ),
    "syntax": ("feeds: [\n", r"config\.yaml:2:1: "),
    "not text": (b"\xff\xfe\x00\x01", r"config\.yaml:1:1: "),
}  # fmt: skip


@pytest.mark.parametrize(
    "verb", [("check",), ("run",), ("run", "--once"), ("report",), ("status",)]
)
@pytest.mark.parametrize("fault", CONFIG_FAULTS)
def test_faults_of_the_config_are_code_2_with_their_place(
    say: Say, tmp_path: Path, verb: tuple[str, ...], fault: str
) -> None:
    content, told = CONFIG_FAULTS[fault]
    data = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "config.yaml").write_bytes(data)
    fails(say(*verb), 2, told)
    assert names(tmp_path) == {"config.yaml"}


def test_every_fault_of_a_config_is_told_at_once(say: Say, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("feed: 1\nfetch:\n  workers: 0\nread:\n  deadline: x\n")
    lines = say("check", "--offline").stderr.splitlines()
    assert [re.sub(r": .*", "", line) for line in lines] == [
        "config.yaml:1:1", "config.yaml:3:12", "config.yaml:5:13",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "words", [("run", "--once"), ("run",), ("import", "a.jsonl")], ids=" ".join
)
def test_a_database_at_work_is_code_4(say: Say, tmp_path: Path, words: tuple[str, ...]) -> None:
    import os

    write_config(tmp_path, {"database": "news.db"})
    (tmp_path / "a.jsonl").write_text("")
    with lock.hold(tmp_path / "news.db"):
        fails(say(*words), 4, f"news.db: process {os.getpid()} is working on it")


def test_a_place_that_cannot_be_written_is_one_line(say: Say, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    write_config(tmp_path, {"database": "file/news.db"})
    result = say("run", "--once")
    assert result.exit_code in (1, 2)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Error: " in result.stderr and "file/news.db" in result.stderr


def test_verbose_shows_the_traceback(say: Say) -> None:
    result = say("-v", "-d", "none.db", "status")
    assert result.exit_code == 1
    assert type(result.exception).__name__ == "Missing"


# -- init, add, check


def test_init_writes_a_config_that_loads_and_never_overwrites(say: Say, tmp_path: Path) -> None:
    result = say("init")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Saved: config.yaml" in result.stderr
    before = (tmp_path / "config.yaml").read_bytes()
    assert say("check", "--offline").exit_code == 0
    fails(say("init"), 2, "config.yaml: exists already; try: ")
    assert (tmp_path / "config.yaml").read_bytes() == before
    assert say("-c", "two.yaml", "init").exit_code == 0


OPML = """<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body>
<outline text="Papers"><outline text="One" type="rss" xmlUrl="http://one.example/feed"/>
<outline text="Two: a paper" type="rss" xmlUrl="https://two.example/rss?x=1&amp;y=2"/></outline>
</body></opml>"""


def test_init_takes_the_feeds_of_an_opml_list(say: Say, tmp_path: Path) -> None:
    (tmp_path / "mine.opml").write_text(OPML)
    result = say("init", "--from-opml", "mine.opml")
    assert result.exit_code == 0, result.stderr
    assert "with 2 feeds" in result.stderr
    text = (tmp_path / "config.yaml").read_text()
    assert "https://two.example/rss?x=1&y=2" in text and "Two: a paper" in text
    assert say("check", "--offline").exit_code == 0


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"\x89PNG", b"<opml><body/></opml>"])
def test_init_from_what_is_no_opml_list_writes_nothing(
    say: Say, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "mine.opml").write_bytes(content)
    fails(say("init", "--from-opml", "mine.opml"), 1, "^Error: ")
    assert names(tmp_path) == {"mine.opml"}


@pytest.fixture
def site() -> Iterator[Server]:
    made = Server()
    made.on("/feed")(lambda request: request.answer(FEED))
    made.on("/home")(
        lambda request: request.answer(
            b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head>'
            b"<body>Home</body></html>",
            Content_Type="text/html",
        )
    )
    yield made
    made.close()


FEED = b"""<rss version="2.0"><channel><title>The Paper</title><link>http://one.example/</link>
<item><guid>1</guid><title>First</title><link>http://one.example/1</link>
<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>"""
LOOPBACK = {"allow_private": ["127.0.0.1"], "host_pause": 0}


def test_check_asks_each_feed_and_says_what_is_wrong(
    say: Say, site: Server, tmp_path: Path
) -> None:
    good = {"name": "Good", "url": site.url("/feed")}
    bad = {"name": "Bad\u001b[2J", "url": site.url("/missing")}
    write_config(tmp_path, {"fetch": LOOPBACK, "feeds": [good]})
    result = say("check")
    assert result.exit_code == 0, result.output
    line = next(line for line in result.stdout.splitlines() if "Good" in line)
    assert line.split()[:5] == ["ok", "200", "Good", "1", "0"]
    assert "2026-11-20 10:00" in line and "0 with a problem" in result.stdout
    write_config(tmp_path, {"fetch": LOOPBACK, "feeds": [bad | {"name": "Bad"}, good]})
    result = say("check")
    assert result.exit_code == 3
    assert "404" in result.stdout and "1 with a problem" in result.stdout
    told = json.loads(say("check", "--json").stdout)
    assert [(each["name"], each["entries"]) for each in told] == [("Bad", 0), ("Good", 1)]
    assert told[1]["newest"] == "First"
    assert names(tmp_path) == {"config.yaml"}


def test_check_says_what_is_odd_about_a_feed_that_works(
    say: Say, site: Server, tmp_path: Path
) -> None:
    """A feed that is not well formed and gives its entries is read, and no problem."""
    odd = b"<rss><channel><item><title>First</title><link>/1</link></item><a>&no;</b></channel>"
    site.on("/odd")(lambda r: r.answer(odd, Content_Type="application/rss+xml"))
    write_config(tmp_path, {"fetch": LOOPBACK, "feeds": [{"name": "O", "url": site.url("/odd")}]})
    result = say("check")
    assert result.exit_code == 0, result.output
    line = next(line for line in result.stdout.splitlines() if " O " in line)
    assert line.startswith("ok") and "Exception" in line
    (told,) = json.loads(say("check", "--json").stdout)
    assert told["problem"] is None and told["note"]


def test_check_tells_of_moves_caps_and_a_missing_contact(
    say: Say, site: Server, tmp_path: Path
) -> None:
    many = "".join(f"<item><guid>{n}</guid></item>" for n in range(2_007))
    body = f"<rss version='2.0'><channel><title>x</title>{many}</channel></rss>".encode()
    site.on("/many")(lambda r: r.answer(body))
    site.on("/moved")(lambda r: r.answer(status="301 Moved", Location="/many"))
    write_config(tmp_path, {"fetch": LOOPBACK, "feeds": [
        {"name": "Moved", "url": site.url("/moved")},
    ]})  # fmt: skip
    result = say("check")
    assert result.exit_code == 0
    line = next(line for line in result.stdout.splitlines() if "Moved" in line)
    assert line.split()[:5] == ["ok", "200", "Moved", "2000", "7"]
    assert line.endswith(f"moved for good to {site.url('/many')}")
    assert "contact" in result.stderr
    (told,) = json.loads(say("check", "--json").stdout)
    assert (told["dropped"], told["moved_to"]) == (7, site.url("/many"))
    write_config(tmp_path, {"fetch": LOOPBACK | {"contact": "a@b.example"}, "feeds": []})
    assert "contact" not in say("check").stderr


def test_check_of_a_private_address_says_so(say: Say, site: Server, tmp_path: Path) -> None:
    write_config(tmp_path, {"feeds": [{"name": "A", "url": site.url("/feed")}]})
    result = say("check")
    assert result.exit_code == 3
    assert "127.0.0.1" in result.stdout
    assert site.connections == 0


def test_add_finds_the_feed_of_a_page(say: Say, site: Server, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "# mine\nfetch:\n  allow_private: [127.0.0.1]\n  host_pause: 0s  # quick\nfeeds: []\n"
    )
    result = say("add", site.url("/home"))
    assert result.exit_code == 0, result.stderr
    assert "added The Paper" in result.stderr
    text = path.read_text()
    assert text.startswith("# mine\n") and "# quick" in text
    assert site.url("/feed") in text
    fails(say("add", site.url("/feed")), 2, "in config.yaml already")
    assert path.read_text() == text
    fails(say("add", site.url("/missing")), 1, "404")
    assert path.read_text() == text


# -- run


def test_a_pass_for_cron(say: Say, demo_web: DemoWeb, tmp_path: Path) -> None:
    write_config(tmp_path, demo_settings(demo_web.proxy))
    result = say("run", "--once")
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"{len(demo_feeds())} feeds" in result.stderr
    again = say("run", "--once")
    assert again.exit_code == 0
    assert f"{len(demo_feeds())} unchanged" in again.stderr
    assert say("report", "--since", "all").stdout.count("\n") > 10


def test_one_failing_feed_is_no_failure_of_the_pass(say: Say, site: Server, tmp_path: Path) -> None:
    feeds = [
        {"name": "Good", "url": site.url("/feed")}, {"name": "Bad", "url": site.url("/missing")},
    ]  # fmt: skip
    write_config(tmp_path, {"fetch": LOOPBACK, "feeds": feeds})
    result = say("run", "--once")
    assert result.exit_code == 0
    assert "1 failed" in result.stderr
    assert "Bad" in say("status").stdout


# -- report


def test_the_report_is_data_on_stdout(say: Say, database: Path) -> None:
    result = say("-d", "demo.db", "report", "--since", "all")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Ferry with 212 aboard" in result.stdout
    assert "\x1b" not in result.stdout, "no colours where no terminal is"


def test_the_report_as_json_is_the_contract(say: Say, database: Path) -> None:
    result = say("-d", "demo.db", "report", "--since", "all", "--json")
    told = json.loads(result.stdout)
    assert told["version"] == 1
    assert told["totals"]["stories"] == len(told["stories"]) > 10
    assert all(story["outlets"] >= 2 for story in told["stories"])
    assert told == json.loads(
        say("-d", "demo.db", "report", "--since", "all", "--format", "json").stdout
    ) | {"made_at": told["made_at"]}
    story = json.loads(
        say("-d", "demo.db", "report", str(told["stories"][0]["id"]), "--json").stdout
    )
    assert "text" in json.dumps(story)


def test_filters_of_the_report(say: Say, database: Path) -> None:
    def stories(*words: str) -> list[dict[str, Any]]:
        result = say("-d", "demo.db", "report", "--since", "all", "--json", *words)
        assert result.exit_code == 0, result.stderr
        found: list[dict[str, Any]] = json.loads(result.stdout)["stories"]
        return found

    everything = stories("--min-outlets", "1")
    assert len(everything) > len(stories()) > len(stories("--min-outlets", "4")) > 0
    assert len(stories("--limit", "3")) == 3
    assert all(story["agency"]["key"] == "cpa" for story in stories("--agency", "cpa"))
    assert stories("--search", "no-such-word-anywhere") == []
    assert len(stories("--search", "ferry")) > 0
    assert 0 < len(stories("--language", "ja")) < len(stories())
    assert 0 < len(stories("--outlet", "tramline.example")) < len(stories())


def test_windows_sources_and_pages_of_the_report(say: Say, database: Path) -> None:
    def told(*words: str) -> dict[str, Any]:
        result = say("-d", "demo.db", "report", "--min-outlets", "1", "--json", *words)
        assert result.exit_code == 0, result.stderr
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    every = told("--since", "all")["stories"]
    assert len(every) > 3
    pages = [
        each["id"]
        for page in "123"
        for each in told("--since", "all", "--limit", "2", "--page", page)["stories"]
    ]
    assert pages == [each["id"] for each in every[:6]]
    assert told("--until", "2001-01-01")["stories"] == []
    assert told("--until", "2001-01-01")["query"]["since"] is None
    assert len(told("--since", "2001-01-01", "--until", "all")["stories"]) == len(every)
    sources = told("--since", "all", "--min-sources", "2")["stories"]
    assert sources == [each for each in every if each["independent"] >= 2]
    first = say("-d", "demo.db", "report", "--since", "all", "--limit", "1")
    assert "--page 2" in first.stdout
    fails(say("-d", "demo.db", "report", "--until", "soon"), 2, "write a span")
    fails(say("-d", "demo.db", "report", "--page", "0"), 2, "page")


@pytest.mark.parametrize("form", ["terminal", "html", "json", "csv", "atom"])
def test_a_report_goes_to_a_file_whole(say: Say, database: Path, tmp_path: Path, form: str) -> None:
    result = say("-d", "demo.db", "report", "--since", "all", "--format", form, "-o", "out.txt")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Saved: out.txt" in result.stderr
    assert (tmp_path / "out.txt").stat().st_size > 200
    fails(
        say("-d", "demo.db", "report", "--format", form, "-o", "no/out.txt"), 2, "cannot be written"
    )


def test_a_story_that_is_not_there_is_code_2(say: Say, database: Path) -> None:
    fails(say("-d", "demo.db", "report", "99999"), 2, "story 99999: not in this database")


def test_a_search_of_bytes_that_are_no_text_is_no_crash(database: Path, tmp_path: Path) -> None:
    done = run("-d", "demo.db", "report", "--search", "\udcff", cwd=tmp_path)
    assert "Traceback" not in done.stderr


def test_colours_obey_no_color(say: Say, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aggregator.cli import screen

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert screen.colour() is False
    monkeypatch.setenv("NO_COLOR", "")
    assert screen.colour() is True
    monkeypatch.delenv("NO_COLOR")
    assert screen.colour() is True


# -- explain and status


def test_explain_by_id_and_by_address(say: Say, database: Path) -> None:
    (pair,) = rows(database, "SELECT * FROM pairs ORDER BY jaccard DESC LIMIT 1")
    urls = {r["id"]: r["final_url"] for r in rows(database, "SELECT id, final_url FROM articles")}
    told = json.loads(
        say("-d", "demo.db", "explain", "--json", str(pair["a"]), str(pair["b"])).stdout
    )
    assert told["verdict"] == pair["verdict"]
    assert told["jaccard"] == pair["jaccard"]
    assert (told["a_in_b"], told["b_in_a"]) == (pair["a_in_b"], pair["b_in_a"])
    assert told["shared_shingles"] == pair["shared"]
    turned = json.loads(
        say("-d", "demo.db", "explain", "--json", urls[pair["b"]], urls[pair["a"]]).stdout
    )
    assert (turned["a_in_b"], turned["b_in_a"]) == (told["b_in_a"], told["a_in_b"])
    text = say("-d", "demo.db", "explain", str(pair["a"]), str(pair["b"])).stdout
    for word in ("verdict", "Jaccard", "contained", "proposed", "longest", "rule"):
        assert word in text


def test_explain_what_is_not_there(say: Say, database: Path) -> None:
    fails(say("-d", "demo.db", "explain", "1", "99999"), 2, "99999: no such article")
    fails(say("-d", "demo.db", "explain", "http://x.example/", "1"), 2, "no such article")
    fails(say("-d", "demo.db", "explain", "1", "1"), 2, "the same article")


def test_explain_articles_that_are_not_compared(say: Say, database: Path) -> None:
    wall = rows(database, "SELECT id FROM articles WHERE verdict = 'wall' LIMIT 1")[0]["id"]
    good = rows(database, "SELECT id FROM articles WHERE verdict = 'good' LIMIT 1")[0]["id"]
    result = say("-d", "demo.db", "explain", str(wall), str(good))
    assert result.exit_code == 0, result.stderr
    assert "not compared: wall" in result.stdout


def test_status_tells_what_is_there(say: Say, demo_day: Day, database: Path) -> None:
    told = json.loads(say("-d", "demo.db", "status", "--json").stdout)
    assert told["counts"]["articles"] == rows(
        database, "SELECT count(*) AS n FROM articles"
    )[0]["n"]  # fmt: skip
    assert told["running"] is None
    assert told["failing_feeds"] == []
    assert "not running" in say("-d", "demo.db", "status").stdout


def test_status_shows_every_feed_when_asked(say: Say, database: Path) -> None:
    text = say("-d", "demo.db", "status").stdout
    told = json.loads(say("-d", "demo.db", "status", "--json").stdout)["feeds"]
    assert told and all(feed["state"] == "ok" and feed["answered_at"] for feed in told)
    assert {"due_at", "changed_at", "duplicate_share", "dropped", "moved_to"} <= set(told[0])
    assert all(feed["name"][:28] in text for feed in told)

    def but_for_room(told: str) -> str:  # what is free changes between two calls
        return re.sub(r"\d+ MB free", "MB free", told)

    assert but_for_room(say("-d", "demo.db", "status", "--all").stdout) == but_for_room(text)


# -- doctor


def levels(result: Result) -> dict[str, str]:
    return {each["subject"]: each["level"] for each in json.loads(result.stdout)}


def test_doctor_finds_nothing_wrong_with_a_sound_database(say: Say, database: Path) -> None:
    result = say("-d", "demo.db", "doctor", "--json")
    assert result.exit_code == 0, result.stdout
    found = levels(result)
    assert "problem" not in found.values()
    for subject in ("Python", "packages", "SQLite", "TLS", "disk", "clock", "database", "daemon"):
        assert found[subject] == "ok", result.stdout
    assert found["User-Agent"] == "warning", "nobody to reach"
    assert "sound" in say("-d", "demo.db", "doctor").stdout


def test_doctor_names_a_damaged_database(say: Say, database: Path) -> None:
    data = bytearray(database.read_bytes())
    data[4096 * 3 : 4096 * 9] = b"\xff" * (4096 * 6)
    database.write_bytes(bytes(data))
    result = say("-d", "demo.db", "doctor", "--json")
    assert result.exit_code == 3
    assert levels(result)["database"] == "problem"


def test_doctor_warns_of_what_config_asks_for(say: Say, tmp_path: Path) -> None:
    fetch = {"robots": "ignore", "reservations": "flag", "contact": "https://one.example/bot"}
    write_config(tmp_path, {"fetch": fetch, "feeds": []})
    result = say("doctor", "--json")
    assert result.exit_code == 0
    found = levels(result)
    assert found["robots.txt"] == found["reservations"] == found["config"] == "warning"
    assert (found["User-Agent"], found["database"]) == ("ok", "warning")
    assert names(tmp_path) == {"config.yaml"}, "it makes no database"


def test_doctor_notices_a_clock_that_went_back(say: Say, database: Path) -> None:
    with closing(sqlite3.connect(database)) as db:
        db.execute("UPDATE polls SET polled_at = '2099-01-01T00:00:00Z'")
        db.commit()
    assert levels(say("-d", "demo.db", "doctor", "--json"))["history"] == "warning"


# -- eval, on an archive whose scores are known by hand

GOLD = [("a1", "A", 0), ("a2", "A", 0), ("a3", "A", 0), ("b1", "B", 1), ("b2", "B", 1),
        ("c1", None, 2), ("d1", "D", 3), ("d2", "D", 4)]  # fmt: skip


def gold(tmp_path: Path) -> Path:
    """Eight articles in five texts; the labels put two texts that share nothing into D."""
    from tests.edge.test_store_corpus import prose

    path = tmp_path / "gold.jsonl"
    lines = [
        json.dumps({
            "id": name, "source": f"{name}.example", "title": name, "cluster": label,
            "text": " ".join(prose(f"text {text}")), "published": f"2026-11-20T0{n}:00:00Z",
            "url": f"https://{name}.example/x", "author": None,
        })
        for n, (name, label, text) in enumerate(GOLD)
    ]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")
    return path


def test_eval_gives_the_scores_known_by_hand(say: Say, tmp_path: Path) -> None:
    """Gold pairs: 3 of A, 1 of B, 1 of D; the pair of D cannot be found."""
    gold(tmp_path)
    result = say("eval", "gold.jsonl", "--json", "--errors", "5")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told["articles"], told["pairs_gold"], told["pairs_found"]) == (8, 5, 4)
    assert told["precision"] == 1.0
    assert told["recall"] == 0.8
    assert told["f1"] == told["strict_f1"] == pytest.approx(8 / 9)
    assert told["candidate_recall"] == 0.8
    # B-cubed recall: d1 and d2 find half of their group each, (6 + 2 * .5) / 8.
    assert told["bcubed"] == {
        "precision": 1.0, "recall": 0.875, "f1": pytest.approx(14 / 15),
    }  # fmt: skip
    # ARI by hand: 4 pairs in both, 5 in gold, 4 found, of 28: (4 - 20/28) / (4.5 - 20/28).
    assert told["ari"] == pytest.approx((4 - 20 / 28) / (4.5 - 20 / 28))
    assert "wrongly missed:" in result.stderr and "[d1]" in result.stderr
    assert "[d2]" in result.stderr and "wrongly merged" not in result.stderr
    assert names(tmp_path) == {"gold.jsonl"}


def test_eval_leaves_out_ignored_pairs(say: Say, tmp_path: Path) -> None:
    path = gold(tmp_path)
    path.write_text(path.read_text().replace('"cluster": "B"', '"cluster": null'))
    (tmp_path / "ignore.tsv").write_text("b1\tb2\n")
    told = json.loads(say("eval", "gold.jsonl", "--ignore", "ignore.tsv", "--json").stdout)
    assert (told["precision"], told["recall"]) == (1.0, 0.75)
    assert told["strict_f1"] == 0.75  # 3 of 4 found are right, 3 of 4 in gold are found
    strict = json.loads(say("eval", "gold.jsonl", "--json").stdout)
    assert strict["precision"] == 0.75


def test_eval_as_text(say: Say, tmp_path: Path) -> None:
    gold(tmp_path)
    text = say("eval", "gold.jsonl").stdout
    assert "precision 1.000, recall 0.800, F1 0.889" in text


def test_eval_of_what_is_no_archive(say: Say, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n\n")
    fails(say("eval", "empty.jsonl"), 2, "holds no article")
    (tmp_path / "bad.jsonl").write_text("{}\n")
    fails(say("eval", "bad.jsonl"), 1, r"bad\.jsonl:1: 'id' is missing")
    (tmp_path / "bad.tsv").write_text("a\tb\nonly one\n")
    gold(tmp_path)
    fails(say("eval", "gold.jsonl", "--ignore", "bad.tsv"), 1, r"bad\.tsv:2: needs two ids")


# -- as a program


def test_as_a_program_of_its_own(database: Path, tmp_path: Path) -> None:
    done = run("-d", "demo.db", "report", "--since", "all", "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["version"] == 1
    failed = run("-d", "none.db", "report", cwd=tmp_path)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.count("\n") == 1
    assert failed.stderr.startswith("Error: none.db: no such database")


def test_a_reader_that_leaves_early_is_no_crash(database: Path, tmp_path: Path) -> None:
    import subprocess

    from tests.flow.conftest import command, environment

    program = subprocess.Popen(
        command("-d", "demo.db", "report", "--since", "all", "--json"), cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    assert program.stdout is not None and program.stderr is not None
    program.stdout.read(10)
    program.stdout.close()
    errors = program.stderr.read()
    program.stderr.close()
    program.wait()
    assert "Traceback" not in errors


def test_settings_come_from_the_environment_too(database: Path, tmp_path: Path) -> None:
    done = run("status", "--json", cwd=tmp_path, AGGREGATOR_DATABASE="demo.db")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["articles"] > 50
