"""Alerts from page to mail and webhook: once, whatever fails and whenever the program is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from aggregator.cli import main
from aggregator.config import Config
from aggregator.core.alerts import LEASE, SINGLES
from aggregator.core.shapes import published_schema
from aggregator.edge.store import Store
from aggregator.pipeline import Aggregator
from tests.edge.post_office import PostOffice
from tests.edge.receiver import Receiver, status
from tests.edge.test_store_corpus import NOW, Desk, credited, paper, prose
from tests.flow.conftest import environment, rows, run, wait_until
from tests.published import check_each

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    made = PostOffice()
    yield made
    made.close()


@pytest.fixture
def hook() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


class Newsroom:
    """A database that gets stories, a config with alerts, and a clock that is set by hand."""

    def __init__(self, folder: Path, office: PostOffice, hook: Receiver) -> None:
        self.folder = folder
        self.database = folder / "news.db"
        self.now = NOW
        self._office, self._hook = office, hook
        self.alerts: list[dict[str, Any]] = []
        with Store(self.database):
            pass

    def mail(self, name: str, **more: Any) -> None:
        """An alert by mail."""
        self.alerts.append({"name": name, "to": {"mail": ["desk@paper.example"]}, **more})

    def post(self, name: str, *, to: dict[str, Any] | None = None, **more: Any) -> None:
        """An alert to the webhook."""
        self.alerts.append({"name": name, "to": {"webhook": self._hook.url, **(to or {})}, **more})

    def settings(self) -> dict[str, Any]:
        return {
            "database": str(self.database),
            "fetch": {"allow_private": ["127.0.0.1"], "host_pause": 0, "timeout": 2,
                      "connect_timeout": 1},
            "mail": {"host": "127.0.0.1", "port": self._office.port, "tls": "none",
                     "sender": "news@a.example"},
            "alerts": self.alerts,
            "feeds": [],
        }  # fmt: skip

    def write(self) -> Path:
        path = self.folder / "config.yaml"
        path.write_text(json.dumps(self.settings()), encoding="utf-8")
        return path

    def story(self, name: str, outlets: int = 3, *, first: int = 1, **given: Any) -> None:
        """A story in so many outlets, seen and compared now."""
        with Store(self.database) as store:
            desk = Desk(store, now=self.now)
            for number in range(first, first + outlets):
                published = self.now - timedelta(hours=2) + timedelta(minutes=number)
                page = paper(
                    f"http://{name}{number}.example/news/a", prose(name),
                    **({"published_at": published} | given),
                )  # fmt: skip
                desk.keep(replace(page, title=f"About {name}"))
            desk.cluster()

    def alert(self) -> dict[str, int]:
        """One pass of the stage; what became of messages."""
        config = Config.load(self.write())
        with Aggregator(config, clock=lambda: self.now) as news:
            return {result: n for (_, result), n in news.alert().items()}

    def resend(self, message: int) -> None:
        """As a person asks, now: the command has the clock of the machine."""
        invoke(self, "alerts", "--resend", str(message))
        self.now = max(self.now, datetime.now(NOW.tzinfo) + MINUTE)

    def messages(self) -> list[str]:
        return [
            row["state"] for row in rows(self.database, "SELECT state FROM messages ORDER BY id")
        ]


@pytest.fixture
def room(tmp_path: Path, office: PostOffice, hook: Receiver) -> Newsroom:
    return Newsroom(tmp_path, office, hook)


def subjects(office: PostOffice) -> list[str]:
    return [str(mail["Subject"]).strip() for mail in office.mails]


def test_a_story_is_told_once_by_mail(room: Newsroom, office: PostOffice) -> None:
    room.mail("Ferries")
    room.story("before")
    room.now += MINUTE
    assert room.alert() == {}, "what was there before is not told"
    room.now += 2 * HOUR
    room.story("ferry")
    assert room.alert() == {"sent": 1}
    for _ in range(3):
        room.now += 10 * MINUTE
        assert room.alert() == {}
    assert subjects(office) == ["Ferries: About ferry (3 outlets)"]
    text = office.mails[0].get_body(("plain",))
    html = office.mails[0].get_body(("html",))
    assert text is not None and html is not None
    for body in (text, html):
        assert "How far did it go?" in body.get_content()
        assert "ferry2.example" in body.get_content()
    assert room.messages() == ["sent"]


def test_a_webhook_gets_what_the_schema_says(
    room: Newsroom, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.post("Wide", filter={"min_outlets": 3}, to={"secret_env": "HOOK_SECRET"})
    room.alert()
    room.story("narrow", 2)
    room.story("wide", 4)
    assert room.alert() == {"put off": 1}
    assert rows(room.database, "SELECT error FROM messages") == [
        {"error": "HOOK_SECRET: this environment variable is not set"}
    ]
    monkeypatch.setenv("HOOK_SECRET", "open sesame")
    room.now += 2 * MINUTE
    assert room.alert() == {"sent": 1}
    (got,) = hook.got
    told = json.loads(got.body)
    Draft202012Validator(published_schema()).validate(told)
    assert told["alert"] == "Wide" and told["total"] == 1 and told["test"] is False
    assert [story["title"] for story in told["stories"]] == ["About wide"]
    assert told["message"] == got.headers["webhook-id"]
    assert got.headers["webhook-signature"].startswith("v1,")


def test_each_filter_tells_its_own_stories(room: Newsroom, hook: Receiver) -> None:
    room.post("agency", filter={"agency": "afp"}, to={"format": "text"})
    room.post("silent", filter={"uncredited": True}, to={"format": "text"})
    room.post("outlet", filter={"outlet": "plain2.example"}, to={"format": "text"})
    room.post("words", filter={"words": "plain About"}, to={"format": "text"})
    room.post("alone", filter={"min_outlets": 1, "words": "single"}, to={"format": "text"})
    room.alert()
    room.story("plain", 2)
    room.story("single", 1)
    room.story("wire", 1, credits=credited("afp"))
    room.story("wire", 1, first=2)
    room.alert()
    told = sorted(json.loads(got.body)["text"].splitlines()[0] for got in hook.got)
    assert [line.strip("*").split(":")[0] for line in told] == [
        "agency", "alone", "outlet", "silent", "words",
    ]  # fmt: skip
    assert "*agency: About wire (2 outlets)*" in told
    assert "*words: About plain (2 outlets)*" in told


def test_many_at_once_come_together(room: Newsroom, office: PostOffice) -> None:
    room.mail("All")
    room.alert()
    for number in range(SINGLES + 2):
        room.story(f"storm{number}", 2)
    assert room.alert() == {"sent": 1}
    assert subjects(office) == [f"All: {SINGLES + 2} stories"]


def test_a_digest_waits_for_its_time(room: Newsroom, office: PostOffice) -> None:
    room.mail("Morning", every="daily at 07:30")
    room.mail("Often", every="2h")
    room.alert()
    room.story("evening")
    assert room.alert() == {}
    room.now += HOUR
    room.story("night", 4)
    room.now += HOUR
    assert room.alert() == {"sent": 1}
    room.now = room.now.replace(hour=7, minute=31) + timedelta(days=1)
    assert room.alert() == {"sent": 1}
    room.now += 24 * HOUR
    assert room.alert() == {}, "a digest of nothing is not sent"
    assert subjects(office) == ["Often: 2 stories", "Morning: 2 stories"]
    text = office.mails[1].get_body(("plain",))
    assert text is not None
    content = text.get_content()
    assert content.index("About night") < content.index("About evening"), "the widest first"


def test_a_story_is_told_again_only_where_that_is_wanted(
    room: Newsroom, office: PostOffice
) -> None:
    room.mail("Once", filter={"min_outlets": 2})
    room.mail("Growing", filter={"min_outlets": 2}, again_when="grows")
    room.alert()
    room.story("ferry", 2)
    room.alert()
    for first in (3, 4):
        room.now += 10 * MINUTE
        room.story("ferry", 1, first=first)
        room.alert()
    told = sorted(subjects(office))
    assert told == [
        "Growing: About ferry (2 outlets)", "Growing: About ferry (4 outlets)",
        "Once: About ferry (2 outlets)",
    ]  # fmt: skip


def test_what_is_not_taken_is_tried_again_and_given_up_after_a_day(
    room: Newsroom, hook: Receiver
) -> None:
    room.post("Hook")
    room.alert()
    room.story("ferry")
    hook.answer = status(503, Retry_After="600")
    assert room.alert() == {"put off": 1}
    room.now += 9 * MINUTE
    assert room.alert() == {}
    room.now += 2 * MINUTE
    hook.answer = status(500)
    assert room.alert() == {"put off": 1}
    assert len(hook.got) == 2
    assert len({got.headers["webhook-id"] for got in hook.got}) == 1, "one key for every try"
    told = run("-d", str(room.database), "status", cwd=room.folder).stdout
    assert "alert      Hook: 0 messages sent; 1 waiting" in told
    assert "message 1 is waiting after 2 tries" in told and "the server answered 500" in told
    room.now += 25 * HOUR
    assert room.alert() == {"failed": 1}
    hook.answer = status(200)
    room.now += HOUR
    assert room.alert() == {}
    room.resend(1)
    assert room.alert() == {"sent": 1}
    assert len({got.headers["webhook-id"] for got in hook.got}) == 1


def test_no_answer_is_not_sent_again_by_itself(room: Newsroom, hook: Receiver) -> None:
    room.post("Hook")
    room.alert()
    room.story("ferry")
    hook.answer = lambda handler: handler.connection.close()
    assert room.alert() == {"unsure": 1}
    hook.answer = status(200)
    for _ in range(3):
        room.now += 12 * HOUR
        assert room.alert() == {}
    assert len(hook.got) == 1
    told = json.loads(invoke(room, "alerts", "--json"))
    (trouble,) = told[0]["state"]["troubled"]
    assert trouble["state"] == "unsure" and "no answer came" in trouble["error"]
    check_each(told, "AlertOfConfig")


def test_one_alert_in_trouble_holds_up_no_other(
    room: Newsroom, office: PostOffice, hook: Receiver
) -> None:
    room.post("Broken")
    room.mail("Well")
    room.alert()
    hook.answer = status(500)
    room.story("ferry")
    assert room.alert() == {"put off": 1, "sent": 1}
    assert len(office.mails) == 1


def test_an_alert_that_config_dropped_sends_nothing(room: Newsroom, office: PostOffice) -> None:
    room.mail("Ferries", every="1h")
    room.alert()
    room.story("ferry")
    room.alert()
    room.alerts.clear()
    room.now += 2 * HOUR
    assert room.alert() == {}
    assert office.mails == []


def test_a_hostile_story_arrives_as_text(room: Newsroom, office: PostOffice) -> None:
    evil = "<script>alert(1)</script>\r\nBcc: victim@b.example\r\n\r\n=cmd|' /C calc'!A0"
    room.mail("Ferries")
    room.alert()
    with Store(room.database) as store:
        desk = Desk(store, now=room.now)
        for number in range(2):
            page = paper(f"http://evil{number}.example/a", prose("evil"), at=number)
            desk.keep(replace(page, title=evil))
        desk.cluster()
    assert room.alert() == {"sent": 1}
    (mail,) = office.mails
    assert mail["Bcc"] is None
    assert office.envelopes[0].rcpt_tos == ["desk@paper.example"]
    html = mail.get_body(("html",))
    assert html is not None
    assert "<script" not in html.get_content()
    assert "&lt;script&gt;" in html.get_content()


# -- killed


KILLED = """
import os, signal, sys
from datetime import datetime
from aggregator.config import Config
from aggregator.edge import sending
from aggregator.pipeline import Aggregator, alerting
config, moment, now = sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3])
deliver = alerting.deliver
def die(*given, **named):
    if moment == "after":
        deliver(*given, **named)
    os.kill(os.getpid(), signal.SIGKILL)
alerting.deliver = die
with Aggregator(Config.load(config), clock=lambda: now) as news:
    news.alert()
"""


@pytest.mark.parametrize(("moment", "sent"), [("before", 0), ("after", 1)])
def test_killed_between_claim_and_outcome_it_is_unsure_and_never_sent_again(
    room: Newsroom, office: PostOffice, moment: str, sent: int
) -> None:
    room.mail("Ferries")
    room.alert()
    room.story("ferry")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(room.write()), moment, room.now.isoformat()],
        cwd=room.folder, env=environment(), timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert len(office.mails) == sent
    assert room.messages() == ["sending"]
    room.now += MINUTE
    assert room.alert() == {}, "the claim may be another program's, at work"
    room.now += LEASE
    for _ in range(3):
        assert room.alert() == {}
        room.now += 12 * HOUR
    assert room.messages() == ["unsure"]
    assert len(office.mails) == sent
    told = invoke(room, "alerts")
    assert "message 1 is unsure after 1 try: the program ended while it was being sent" in told
    # A person decides, and the receiver can tell that it is the same message.
    room.resend(1)
    assert room.alert() == {"sent": 1}
    assert len(office.mails) == sent + 1
    assert len({str(mail["Message-ID"]) for mail in office.mails}) == 1


def test_killed_while_stories_are_found_nothing_is_lost_or_doubled(
    room: Newsroom, office: PostOffice
) -> None:
    room.mail("Ferries")
    room.alert()
    room.story("ferry")
    code = KILLED.replace("alerting.deliver = die", "alerting.store.put_together = die")
    subprocess.run(
        [sys.executable, "-c", code, str(room.write()), "before", room.now.isoformat()],
        cwd=room.folder, env=environment(), timeout=60, check=False,
    )  # fmt: skip
    assert room.messages() == []
    assert rows(room.database, "SELECT count(*) AS n FROM told") == [{"n": 1}]
    assert room.alert() == {"sent": 1}
    assert room.alert() == {}
    assert len(office.mails) == 1


# -- the command


def invoke(room: Newsroom, *words: str, code: int = 0) -> str:
    """What the command prints; stdout and stderr together."""
    done = CliRunner().invoke(main, ["-c", str(room.write()), *words])
    assert done.exit_code == code, done.output
    return done.output


def test_the_command_lists_and_tries_out(
    room: Newsroom, office: PostOffice, hook: Receiver
) -> None:
    room.mail("Ferries", filter={"words": "ferry", "uncredited": True})
    room.post("Hook", every="6h", to={"secret_env": "NOT_SET_ANYWHERE"})
    listed = invoke(room, "alerts")
    assert "Ferries: with “ferry”, 2 outlets or more, with a copy that credits nobody" in listed
    assert "as it happens, to desk@paper.example" in listed
    assert "not begun" in listed
    assert "the environment variable NOT_SET_ANYWHERE is not set" in listed
    room.alerts.pop()
    room.alerts[0]["filter"] = {"words": "ferry"}
    assert "there is no story to make a sample of" in invoke(
        room, "alerts", "--test", "Ferries", code=2
    )
    room.now = datetime.now(NOW.tzinfo)
    room.story("ferry")
    dry = json.loads(invoke(room, "alerts", "--dry-run", "--json").rpartition("]")[0] + "]")
    assert [(each["name"], each["total"]) for each in dry] == [("Ferries", 1)], (
        "not begun: the last three days"
    )
    invoke(room, "alerts", "--test", "Ferries")
    assert subjects(office) == ["[Test] Ferries: About ferry (3 outlets)"]
    assert room.messages() == []
    assert "no such alert" in invoke(room, "alerts", "--test", "Nobody", code=2)
    assert "one at a time" in invoke(room, "alerts", "--dry-run", "--test", "Ferries", code=2)
    assert "not in this database" in invoke(room, "alerts", "--resend", "7", code=2)


def test_reading_creates_no_database(tmp_path: Path, office: PostOffice, hook: Receiver) -> None:
    room = Newsroom(tmp_path, office, hook)
    room.database.unlink()
    room.mail("Ferries")
    assert "not begun" in invoke(room, "alerts")
    assert not room.database.exists()


def test_the_daemon_sends_them(room: Newsroom, office: PostOffice) -> None:
    room.mail("Ferries")
    room.now = datetime.now(NOW.tzinfo)
    room.alert()
    room.story("ferry")
    room.write()
    program = subprocess.Popen(
        [sys.executable, "-m", "aggregator", "run"], cwd=room.folder, env=environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        wait_until(lambda: office.mails, seconds=40)
    finally:
        program.send_signal(signal.SIGTERM)
        program.communicate(timeout=30)
    assert room.messages() == ["sent"]
