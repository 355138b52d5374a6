"""config.yaml: the shipped one, what is refused and how it is said, and how files are written."""
# Faults are compared as they are shown, on one line each.
# ruff: noqa: E501

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.config import Config, FeedSettings
from aggregator.core.opml import OpmlFeed
from aggregator.core.urls import absolute_url
from aggregator.errors import ConfigError, UsageError
from aggregator.init_config import add_feed, example_config, write_config

ROOT = Path(__file__).parent.parent
FEEDS = [
    OpmlFeed(name="Harbour Gazette", url="https://gazette.example/rss?id=1&x=2"),
    OpmlFeed(name='港 "新聞": #1', url="https://shimbun.example/?q=[x]"),
    OpmlFeed(name="harbour gazette", url="https://other.example/rss"),
]


NEW = '  - name: "New"\n    url: https://new.example/f?a=1&b=2\n'


def config(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "config.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def faults(tmp_path: Path, text: str | bytes) -> list[str]:
    """The faults of a file, without the folder in front."""
    path = config(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        Config.load(path)
    assert str(caught.value) == "\n".join(caught.value.faults)
    assert caught.value.exit_code == 2
    return [fault.removeprefix(f"{tmp_path}/") for fault in caught.value.faults]


# The shipped file


def test_the_shipped_file_is_the_bundled_example() -> None:
    assert (ROOT / "config.yaml").read_text("utf-8") == example_config()


def test_the_shipped_file_loads() -> None:
    shipped = Config.load(ROOT / "config.yaml")
    assert len(shipped.feeds) >= 30
    languages = {feed.language or "en" for feed in shipped.feeds}
    assert len(languages) >= 7
    assert languages & {"ja", "zh", "th"}
    assert all(feed.url.startswith("https://") for feed in shipped.feeds)
    assert all(feed.url == absolute_url(feed.url) for feed in shipped.feeds)


def test_the_shipped_file_writes_out_the_defaults() -> None:
    shipped, empty = Config.load(ROOT / "config.yaml"), Config.parse(b"feeds: []", "x")
    for section in ("fetch", "cluster", "schedule", "revisit", "keep", "report"):
        assert getattr(shipped, section) == getattr(empty, section)
    assert shipped.read.model_copy(update={"workers": empty.read.workers}) == empty.read


def test_every_key_is_in_the_shipped_file() -> None:
    text = example_config()
    shipped = Config.load(ROOT / "config.yaml")
    for section in ("fetch", "read", "cluster", "schedule", "revisit", "keep", "report"):
        for key in type(getattr(shipped, section)).model_fields:
            assert f"\n  {key}: " in text, key
    for key in FeedSettings.model_fields:
        assert key == "kind" or f"{key}: " in text, key


# Values


def test_values_are_read(tmp_path: Path) -> None:
    read = Config.load(
        config(
            tmp_path,
            "database: data/x.db\n"
            "fetch: {timeout: 1m, max_feed_bytes: 1MiB, host_pause: 0.5, contact: https://a.example/bot,\n"
            "  proxy: 'http://127.0.0.1:8800', allow_private: [localhost, 10.1.0.0/16]}\n"
            "read:\n"
            "cluster: {containment: 1, window: 1d}\n"
            "feeds:\n"
            "- {name: A, url: 'HTTPS://A.example/f?utm_source=x', every: 1h, language: de, enabled: false}\n"
            "outlets: [{domain: A.example, name: Anna, family: F, agency: afp}]\n",
        )
    )
    assert (read.fetch.timeout, read.fetch.max_feed_bytes, read.fetch.host_pause) == (
        60,
        2**20,
        0.5,
    )
    assert read.fetch.allow_private == ("localhost", "10.1.0.0/16")
    assert read.fetch.proxy == "http://127.0.0.1:8800"
    assert (read.cluster.containment, read.cluster.window) == (1.0, 86_400)
    assert 1 <= read.read.workers <= 4
    (feed,) = read.feeds
    assert (feed.url, feed.every) == ("https://a.example/f?utm_source=x", 3600)
    assert not feed.enabled
    assert read.outlets[0].domain == "a.example"
    assert read.database_path == tmp_path / "data/x.db"
    assert read.path == tmp_path / "config.yaml"


def test_the_user_agent_names_program_and_contact(tmp_path: Path) -> None:
    plain = Config.load(config(tmp_path, "feeds: []")).fetch.user_agent
    assert plain.startswith("news-aggregator-dedup/")
    assert "{" not in plain
    known = Config.load(config(tmp_path, "fetch: {contact: desk@a.example}")).fetch.user_agent
    assert known.endswith("(+desk@a.example)")
    own = Config.load(config(tmp_path, "fetch: {user_agent: Mine/1}")).fetch.user_agent
    assert own == "Mine/1"


def test_an_absolute_database_path_stays(tmp_path: Path) -> None:
    assert Config.load(config(tmp_path, "database: /data/x.db")).database_path == Path("/data/x.db")


def test_a_config_is_a_value(tmp_path: Path) -> None:
    path = config(tmp_path, "feeds: [{name: A, url: 'https://a.example/'}]")
    once, twice = Config.load(path), Config.load(path)
    assert once == twice
    assert len({once, twice}) == 1
    with pytest.raises(ValueError, match="frozen"):
        once.database = "y.db"  # type: ignore[misc]


# Faults


def test_every_fault_is_said_at_once_in_order(tmp_path: Path) -> None:
    text = """\
database: [x]
fetsh: {}
fetch:
  timeout: 5 parsecs
  connect_timeout: -3
  max_feed_bytes: 1B
  workers: "8"
  proxy: socks5://x:1
  robots: obbey
  allow_private: 10.0.0.0/8
  contact: nobody
  user_agent: "a\\nb"
read: {workers: true, min_words: 1.5}
cluster: 5
schedule:
  every: 1m
feeds:
  - name: A
    evry: 15m
    url: https://a.example/feed
  - name: a
    url: http://a.example/feed/
    every: 1s
    enabled: "yes"
  - url: ftp://x
    kind: telex
    language: english
  - 5
  - name: 2026
    url: https://b.example/{x}?y={z}
outlets:
  - domain: www.bbc.co.uk
    name: BBC
  - {domain: bbc.co.uk, name: ""}
  - {domain: bbc.co.uk, name: "x\\u202ey"}
database: y
"""
    assert faults(tmp_path, text) == [
        "config.yaml:1:11: database: expected text, not a list; put it in quotes",
        "config.yaml:2:1: fetsh: unknown key, did you mean 'fetch'?",
        "config.yaml:4:12: fetch.timeout: unknown unit of time 'parsecs'; use s, m, h or d, not '5 parsecs'",
        'config.yaml:5:20: fetch.connect_timeout: write a span of time as "30s", "15m", "1h" or "2d", not -3',
        "config.yaml:6:19: fetch.max_feed_bytes: must be between 10kB and 500MB, not 1B",
        "config.yaml:7:12: fetch.workers: expected a whole number, not '8'",
        "config.yaml:8:10: fetch.proxy: expected http://host:port, not 'socks5://x:1'",
        "config.yaml:9:11: fetch.robots: expected 'obey' or 'ignore', not 'obbey'",
        "config.yaml:10:18: fetch.allow_private: expected a list (lines that begin with '- '), not '10.0.0.0/8'",
        "config.yaml:11:12: fetch.contact: expected a URL or a mail address, not 'nobody'",
        "config.yaml:12:15: fetch.user_agent: expected one line of ASCII text, not 'a\\nb'",
        "config.yaml:13:17: read.workers: expected a whole number, not true",
        "config.yaml:13:34: read.min_words: expected a whole number, not 1.5",
        "config.yaml:14:10: cluster: expected a mapping of keys, not 5",
        "config.yaml:16:10: schedule.every: must be between schedule.min (5m) and schedule.max (1d)",
        "config.yaml:19:5: feeds.0.evry: unknown key, did you mean 'every'?",
        "config.yaml:21:11: feeds.1.name: the same name as feeds.0",
        "config.yaml:22:10: feeds.1.url: the same url as feeds.0",
        "config.yaml:24:14: feeds.1.enabled: expected true or false, not 'yes'",
        "config.yaml:25:5: feeds.2.name: missing; it must be given",
        "config.yaml:25:10: feeds.2.url: expected an http or https URL, not 'ftp://x'",
        "config.yaml:26:11: feeds.2.kind: expected one of feed, sitemap, wire, not 'telex'",
        "config.yaml:27:15: feeds.2.language: expected a language code such as en, not 'english'",
        "config.yaml:28:5: feeds.3: expected a mapping of keys, not 5",
        "config.yaml:29:11: feeds.4.name: expected text, not 2026; put it in quotes",
        "config.yaml:32:13: outlets.0.domain: expected a registered domain such as paper.co.uk, not 'www.bbc.co.uk'",
        "config.yaml:34:31: outlets.1.name: must not be empty",
        "config.yaml:35:14: outlets.2.domain: the same domain as outlets.1",
        "config.yaml:35:31: outlets.2.name: must be one line of at most 200 characters, without controls",
        "config.yaml:36:1: database: written twice; first on line 1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "1:1: the file is empty; `aggregator init` writes one to start from"),
        ("# only a comment\n", "1:1: the file is empty; `aggregator init` writes one to start from"),
        ("- a\n", "1:1: expected keys such as `feeds:`, not a list"),
        ("just words\n", "1:1: expected keys such as `feeds:`, not 'just words'"),
        ("feeds:\n\t- name: a\n", "2:1: a tab cannot indent YAML; use spaces"),
        ("database: x\n---\ndatabase: y\n", "2:1: a second document begins here; there may be only one"),
        ("database: 'x\n", "2:1: not YAML: found unexpected end of stream while scanning a quoted scalar"),
        ("database: a: b\n", "1:12: a second ': ' on one line; put the value in quotes, or begin a new line"),
        ("database: @x\n", "1:11: found character '@' that cannot start any token; put the value in quotes"),
        ("database: *x\n", "1:11: a value cannot begin with '*' unless it is in quotes"),
        ("database: &d x\nfeeds: [*d]\n", "1:11: feeds.0: an alias (*name) is not understood here; write the value out"),
        ("? [a]\n: b\n", "1:3: a key is text"),
        (b"database: x\nfeeds: \xff\n", "2:8: not UTF-8; save the file as UTF-8"),
        (b"database: \x07\n", "1:11: a control character (U+0007); take it out"),
        ("zzzzz: 1\n", "1:1: zzzzz: unknown key; known here: database, fetch, read, cluster, schedule, revisit, keep, report, mail, alerts, log, metrics, outlets, agencies, feeds"),
        ("fetch: {timeout: 5s, connect_timeout: 6s}\n", "1:39: fetch.connect_timeout: must not be longer than timeout (5s)"),
        ("fetch: {timeout: 5s}\n", "1:8: fetch.connect_timeout: must not be longer than timeout (5s)"),
        ("schedule: {min: 2h, max: 1h}\n", "1:17: schedule.min: must not be longer than max (1h)"),
        ("schedule: {max: 10m}\n", "1:11: schedule.every: must be between schedule.min (5m) and schedule.max (10m)"),
        ("feeds: [{name: a, url: 'http://a.example', every: 10s}]\n", "1:51: feeds.0.every: must be between schedule.min (5m) and schedule.max (1d)"),
        ("fetch: {allow_private: [localhost, 'a b']}\n", "1:36: fetch.allow_private.1: expected a host name or a network such as 10.1.0.0/16, not 'a b'"),
        ("agencies: [{key: cpa, name: C, shrot: [C]}]\n", "1:32: agencies.0.shrot: unknown key, did you mean 'short'?"),
        ("agencies: [{key: cpa, name: C}, {key: cpa, name: D}]\n", "1:39: agencies.1.key: the same key as agencies.0"),
        ("keep: {texts: 5d}\n", "1:15: keep.texts: must be `forever`, or between 7d and 36500d, not 5d"),
        ("keep: {texts: never}\n", "1:15: keep.texts: write a span of time as"),
        ("keep: {texts: 10d}\ncluster: {window: 20d}\n", "1:15: keep.texts: must be longer than cluster.window (20d)"),
        ("keep: {articles: 10d}\nrevisit: {until: 20d}\n", "1:18: keep.articles: must be longer than revisit.until (20d)"),
        ("keep: {texts: 30d, articles: 20d}\n", "1:15: keep.texts: must not be longer than articles (20d)"),
        ("cluster: {containment: .nan}\n", "1:24: cluster.containment: must be between 0.05 and 1, not nan"),
    ],
)  # fmt: skip
def test_fault(tmp_path: Path, text: str | bytes, fault: str) -> None:
    found = faults(tmp_path, text)
    assert found[0].startswith(f"config.yaml:{fault}")
    assert len(found) == 1


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: no such file; try: aggregator init$"):
        Config.load(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="directory"):
        Config.load(tmp_path)
    with pytest.raises(ConfigError, match="larger than 5 MB"):
        Config.load(config(tmp_path, "#" * 5_000_001))
    with pytest.raises(ConfigError, match="nested too deeply"):
        Config.load(config(tmp_path, "feeds: " + "[" * 3_000))


def test_the_path_is_reported_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config(tmp_path, "x: 1\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"^\./config\.yaml:1:1: x: "):
        Config.load("./config.yaml")


# Writing


def test_init_writes_the_example(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    write_config(path, [])
    assert path.read_text("utf-8") == example_config()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_init_writes_given_feeds_and_proxy(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    write_config(path, FEEDS, proxy="http://127.0.0.1:8800")
    written = Config.load(path)
    assert written.fetch.proxy == "http://127.0.0.1:8800"
    names = ["Harbour Gazette", '港 "新聞": #1', "harbour gazette 2"]
    assert [feed.name for feed in written.feeds] == names
    assert [feed.url for feed in written.feeds] == [feed.url for feed in FEEDS]
    assert "# When two texts are copies of one story." in path.read_text("utf-8")


def test_init_refuses_to_overwrite(tmp_path: Path) -> None:
    path = config(tmp_path, "mine")
    with pytest.raises(UsageError, match="exists already; try: another name"):
        write_config(path, FEEDS)
    assert path.read_text() == "mine"
    dangling = tmp_path / "link.yaml"
    dangling.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="exists already"):
        write_config(dangling, FEEDS)
    assert not (tmp_path / "elsewhere").exists()


def test_init_writes_nothing_when_something_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected http://host:port"):
        write_config(tmp_path / "config.yaml", [], proxy="ftp://x")
    with pytest.raises(UsageError, match="cannot be written"):
        write_config(tmp_path / "none" / "config.yaml", [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "feeds:\n- name: a # one\n  url: http://a.example/ # two\n# about outlets\noutlets: []\n",
            "feeds:\n- name: a # one\n  url: http://a.example/ # two\n"
            '- name: "New"\n  url: https://new.example/f?a=1&b=2\n# about outlets\noutlets: []\n',
        ),
        (
            "feeds:\n    -   name: a\n        url: http://a.example/",
            "feeds:\n    -   name: a\n        url: http://a.example/\n"
            '    - name: "New"\n      url: https://new.example/f?a=1&b=2\n',
        ),
        (
            "feeds:\r\n  - url: http://a.example/\r\n    name: >-\r\n      two\r\n      lines\r\n\r\n",
            "feeds:\r\n  - url: http://a.example/\r\n    name: >-\r\n      two\r\n      lines\r\n"
            '\r\n  - name: "New"\r\n    url: https://new.example/f?a=1&b=2\r\n',
        ),
        ("database: x.db # c", f"database: x.db # c\nfeeds:\n{NEW}"),
        ("feeds: [] # c\n# end\n", f"feeds: # c\n{NEW}# end\n"),
        ("feeds:   # c\n# end\n", f"feeds: # c\n{NEW}# end\n"),
        ("feeds: null", f"feeds:\n{NEW}"),
        ("feeds:\n", f"feeds:\n{NEW}"),
        ("{database: x, feeds: []}\n", "{database: x, feeds: [{name: New, url: https://new.example/f?a=1&b=2}]}\n"),
        (
            "feeds: [{name: 'a', url: 'http://a.example/'}]\n",
            "feeds: [{name: 'a', url: 'http://a.example/'}, {name: New, url: https://new.example/f?a=1&b=2}]\n",
        ),
    ],
)  # fmt: skip
def test_add_keeps_all_that_is_there(tmp_path: Path, before: str, after: str) -> None:
    path = config(tmp_path, before)
    path.chmod(0o600)
    add_feed(path, "New", "https://new.example/f?a=1&b=2")
    assert path.read_bytes().decode() == after
    assert Config.load(path).feeds[-1].name == "New"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_add_to_the_shipped_file(tmp_path: Path) -> None:
    path = config(tmp_path, example_config())
    add_feed(path, "Thairath\n\u202e  extra", "https://new.example/feed")
    text = path.read_text("utf-8")
    assert text == example_config() + (
        '  - name: "Thairath extra"\n    url: https://new.example/feed\n'
    )


def test_add_numbers_names_and_refuses_twins(tmp_path: Path) -> None:
    path = config(tmp_path, "feeds:\n  - {name: A, url: 'http://a.example/f'}\n")
    add_feed(path, "a", "https://b.example/f")
    assert [feed.name for feed in Config.load(path).feeds] == ["A", "a 2"]
    with pytest.raises(UsageError, match="already, as 'A'"):
        add_feed(path, "C", "https://a.example/f/")
    with pytest.raises(UsageError, match="not an http or https URL"):
        add_feed(path, "C", "javascript:alert(1)")
    with pytest.raises(ConfigError, match="unknown key"):
        add_feed(config(tmp_path, "x: 1"), "C", "https://c.example/")


def test_add_follows_a_link(tmp_path: Path) -> None:
    real = config(tmp_path, "feeds: []\n")
    link = tmp_path / "link.yaml"
    link.symlink_to(real)
    add_feed(link, "A", "https://a.example/f")
    assert link.is_symlink()
    assert len(Config.load(real).feeds) == 1


def test_the_package_does_not_load_pydantic_by_itself() -> None:
    code = "import sys, aggregator; sys.exit('pydantic' in sys.modules or 'ruamel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


# Alerts


ALERTS = """mail: {host: smtp.a.example, sender: news@a.example, user: n, password_env: P}
alerts:
- {name: A, to: {mail: [desk@a.example]}, filter: {words: ferry, agency: afp, min_independent: 2}}
- name: B
  every: daily at 07:30
  again_when: grows
  pages: https://n.example/-/stories
  to: {webhook: "https://c.example/h", format: text, secret_env: S}
"""


def test_alerts_are_read(tmp_path: Path) -> None:
    read = Config.load(config(tmp_path, ALERTS))
    assert read.mail is not None
    assert (read.mail.port, read.mail.tls) == (587, "starttls")
    first, second = (each.to_alert() for each in read.alerts)
    assert (first.query.text, first.query.agency) == ("ferry", "afp")
    assert (first.query.min_outlets, first.query.min_sources) == (2, 2)
    assert (first.rhythm.seconds, first.rhythm.minute, first.again) == (0, None, False)
    assert (second.rhythm.minute, second.again) == (450, True)
    assert [each.to.words for each in read.alerts] == ["desk@a.example", "https://c.example/h"]


def test_every_key_of_alerts_is_in_the_shipped_file() -> None:
    from aggregator.config_alerts import AlertSettings, FilterSettings, MailSettings, ToSettings

    text = example_config()
    for model in (AlertSettings, FilterSettings, MailSettings, ToSettings):
        for key in model.model_fields:
            assert f"{key}:" in text, key


def test_the_alerts_of_the_shipped_file_load_when_they_are_switched_on(tmp_path: Path) -> None:
    lines = example_config().partition("# Who is told of which")[2].partition("# What a domain")[0]
    alerts = re.findall(r"^#(   .*)$", lines.partition("alerts: []")[0], re.MULTILINE)
    mail = re.findall(r"^# (mail:|  .*)$", lines.partition("alerts: []")[2], re.MULTILINE)
    read = Config.load(config(tmp_path, "\n".join(["alerts:", *alerts, *mail])))
    assert len(read.alerts) == 2 and read.mail is not None


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("host: smtp.a.example", "host: a b", "mail.host: expected a host name"),
        ("news@a.example", "'news@a.example\\r\\nBcc: x@b.example'", "mail.sender: expected a mail"),
        ("news@a.example", '"a@b.example\\nBcc: x@c.example"', "mail.sender: expected a mail"),
        ("[desk@a.example]", '["a@b.example, c@d.example"]', "alerts.0.to.mail.0: expected a mail"),
        (", password_env: P", "", "mail: user and password_env belong together"),
        ("user: n,", "user: n, tls: none,", "mail: with tls: none the password would travel"),
        ("words: ferry", "wrods: ferry", "alerts.0.filter.wrods: unknown key, did you mean 'words'?"),
        ("format: text", "formt: text", "alerts.1.to.formt: unknown key, did you mean 'format'?"),
        ("name: B", "name: a", "alerts.1.name: the same name as alerts.0"),
        ("daily at 07:30", "daily at 24:00", "alerts.1.every: 24:00 is no time of day"),
        ("daily at 07:30", "10s", "alerts.1.every: a span must be between 1m and 7d"),
        ("daily at 07:30", "[1h]", 'alerts.1.every: write "as it happens"'),
        ("webhook: ", "mail: [a@b.example], webhook: ", "alerts.1.to: give either mail addresses"),
        ("{mail: [desk@a.example]}", "{}", "alerts.0.to: give either mail addresses or a webhook"),
        ("mail: [desk@a.example]", "mail: [d@a.example], format: text", "alerts.0.to: format and"),
        ("secret_env: S", "secret_env: $S", "alerts.1.to.secret_env: expected the name of an env"),
        (ALERTS.splitlines()[0] + "\n", "", "alerts.0.to.mail: there is no `mail:` with a server"),
    ],
)  # fmt: skip
def test_alert_faults(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in ALERTS
    found = faults(tmp_path, ALERTS.replace(old, new, 1))
    assert len(found) == 1, found
    assert fault in found[0]


def test_a_log_in_without_tls_is_for_this_machine(tmp_path: Path) -> None:
    text = ALERTS.replace("smtp.a.example", "localhost").replace("user: n", "tls: none, user: n")
    read = Config.load(config(tmp_path, text))
    assert read.mail is not None and read.mail.tls == "none"
