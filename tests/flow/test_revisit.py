"""Pages that change, vanish or hide after they were read, visited again over loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aggregator.cli import main
from aggregator.config import Config
from aggregator.edge import reading
from aggregator.edge.sandbox import Sandbox
from aggregator.edge.store import reading as open_snapshot
from aggregator.model import Outcome, PageState
from aggregator.pipeline import Aggregator, Tally, context
from tests.edge.conftest import Request, Server
from tests.flow.conftest import Lent, check_file, rows, write_config

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LINES = (
    "The ferry ran aground off the northern coast before dawn on Friday and {toll} people were"
    " killed, the coast guard at Marnholm said in a statement.",
    "Captain Ines Kaldor told reporters on the quay that the second engine had failed twice"
    " before the storm came in from the west and the anchor did not hold.",
    "“We heard a long scraping noise and then the lights went out on every deck,” said a"
    " passenger who had been asleep in the lounge when it happened.",
    "Rescuers worked through the night with nine boats and two helicopters from the base, and the"
    " last of the passengers was brought ashore shortly after noon.",
    "The council has opened the school hall for those who cannot go home, and the ferry line is"
    " closed until the hull has been inspected by divers.",
)


def page(title: str = "Ferry runs aground off Marnholm", *, toll: int = 12, box: int = 1,
         more: str = "", lines: int = 5) -> bytes:  # fmt: skip
    """An article with a box of links, a count of comments and a line of time around it."""
    body = "".join(f"<p>{line.format(toll=toll)}</p>" for line in LINES[:lines])
    links = "".join(
        f"<li><a href='/x{box}{n}'>{word} number {box}{n} draws a crowd in town</a></li>"
        for n, word in enumerate(("Fair", "Choir", "Match", "Market"))
    )
    return (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>"
        f"<p>Updated {box * 7} minutes ago</p>{body}{more}<p>Most read</p><ul>{links}</ul>"
        f"<p>{box * 31} comments</p></article></body></html>"
    ).encode()


def html(body: bytes, **headers: str) -> Callable[[Request], None]:
    return lambda request: request.answer(body, Content_Type="text/html; charset=utf-8", **headers)


@dataclass
class Coast:
    """One paper with one article on loopback, and the program that watches it."""

    server: Server
    folder: Path
    now: datetime = NOON
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "news.db"

    def settings(self, **revisit: Any) -> dict[str, Any]:
        return {
            "fetch": {"allow_private": ["127.0.0.1"], "host_pause": 0, "timeout": 3,
                      "connect_timeout": 2},
            "read": {"max_tries": 2},
            "revisit": revisit,
            "feeds": [{"name": "Coast", "url": self.server.url("/feed.xml"), "every": "7d"}],
            "schedule": {"max": "7d"},
        }  # fmt: skip

    def news(self, **revisit: Any) -> Aggregator:
        path = write_config(self.folder, self.settings(**revisit))
        return Aggregator(
            Config.load(path), database=self.database, clock=lambda: self.now,
            watch=self.outcomes.append,
        )  # fmt: skip

    def first(self, **revisit: Any) -> Tally:
        with self.news(**revisit) as news:
            return news.run_once()

    def visit(self) -> tuple[str, str]:
        """Let time pass until the next visit is due and make it; gives its result and reason."""
        (due,) = rows(self.database, "SELECT due_at FROM visits")
        assert due["due_at"] is not None, "it is read no more"
        self.now = datetime.fromisoformat(due["due_at"])
        self.outcomes.clear()
        with self.news() as news:
            tally = news.revisit()
            assert sum(tally.values()) == 1
            news.cluster()
        (told,) = [each for each in self.outcomes if each.stage == "revisit"]
        return told.result, told.reason

    def shows(self, body: bytes, **headers: str) -> None:
        self.server.on("/ferry")(html(body, **headers))

    def one(self, sql: str) -> dict[str, Any]:
        (row,) = rows(self.database, sql)
        return row

    def asked(self) -> list[Request]:
        return [request for request in self.server.log if request.path == "/ferry"]


@pytest.fixture(scope="module")
def workers() -> Iterator[Sandbox]:
    with Sandbox(workers=1, deadline=5, warm=context.WARM) as made:
        yield made


@pytest.fixture
def coast(tmp_path: Path, workers: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Coast]:
    monkeypatch.setattr(context, "make_sandbox", lambda config: Lent(workers))
    server = Server()
    feed = (
        "<?xml version='1.0'?><rss version='2.0'><channel><title>Coast</title><item>"
        "<guid>1</guid><title>Ferry runs aground off Marnholm</title><link>/ferry</link>"
        "<pubDate>Fri, 20 Nov 2026 12:00:00 GMT</pubDate></item></channel></rss>"
    )
    server.on("/feed.xml")(lambda request: request.answer(feed.encode()))
    made = Coast(server, tmp_path)
    made.shows(page())
    yield made
    server.close()


# -- what changes


def test_five_visits_give_two_revisions_headline_and_number_first(coast: Coast) -> None:
    """A toll, a headline and a box of links change; the box alone is no revision."""
    coast.first()
    results = []
    for body in (
        page(box=2),
        page(box=3, toll=15),
        page(box=4, toll=15),
        page("Ferry disaster is the worst in decades", box=5, toll=15),
        page("Ferry disaster is the worst in decades", box=6, toll=15),
    ):
        coast.shows(body)
        results.append(coast.visit())
    assert [result for result, _ in results] == [
        "unchanged", "revised", "unchanged", "revised", "unchanged",
    ]  # fmt: skip
    found = rows(
        coast.database, "SELECT kind, rank, changed FROM revision_history ORDER BY rank, seen_at"
    )
    assert [tuple(row.values()) for row in found] == [
        ("update", 1, "headline changed"), ("update", 2, "toll 12 -> 15"),
    ]  # fmt: skip
    ages = [
        (datetime.fromisoformat(row["seen_at"]) - NOON).total_seconds() / 3600
        for row in rows(coast.database, "SELECT seen_at FROM revisions ORDER BY id")
    ]
    assert [round(age, 1) for age in ages[1:]] == pytest.approx([1, 16], rel=0.12)
    assert coast.one("SELECT due_at FROM visits") == {"due_at": None}
    assert len(coast.asked()) == 6
    article = coast.one("SELECT title, text, cluster FROM articles")
    assert article["title"].endswith("worst in decades")
    assert "15 people were killed" in article["text"]
    assert article["cluster"] is not None
    check_file(coast.database)


def test_both_at_once_are_one_revision_with_the_headline_first(coast: Coast) -> None:
    coast.first()
    coast.shows(page("Fifteen die as ferry sinks", toll=15, box=2))
    assert coast.visit() == ("revised", "headline changed; toll 12 -> 15")
    stored = json.loads(coast.one("SELECT changes FROM revisions WHERE rank = 1")["changes"])
    assert [each["aspect"] for each in stored] == ["headline", "numbers"]
    assert (stored[1]["before"], stored[1]["after"]) == ("12", "15")


def test_a_correction_is_told_from_an_update(coast: Coast) -> None:
    coast.first()
    notice = "<p>Correction: An earlier version of this article misstated the captain's name.</p>"
    modified = '<meta property="article:modified_time" content="2026-11-20T12:09:00Z">'
    body = page(more=notice).replace(b"Kaldor", b"Kaldar")
    coast.shows(body.replace(b"</head>", modified.encode() + b"</head>"))
    assert coast.visit() == ("revised", "name Kaldor -> Kaldar; correction notice added")
    row = coast.one("SELECT kind, modified_at FROM revisions WHERE kind <> 'first'")
    assert row == {"kind": "correction", "modified_at": "2026-11-20T12:09:00Z"}


def test_a_changed_text_is_compared_anew(coast: Coast) -> None:
    coast.first()
    before = coast.one("SELECT digest FROM fingerprints")
    coast.shows(page(toll=15))
    coast.visit()
    after = coast.one("SELECT digest, clustered FROM fingerprints")
    assert after["digest"] != before["digest"]
    assert after["clustered"] == 1
    assert coast.one("SELECT count(*) AS n FROM clusters WHERE articles = 1") == {"n": 1}


# -- what does not


def test_a_304_costs_no_reading_and_is_asked_by_the_page_s_validators(coast: Coast) -> None:
    coast.shows(page(), ETag='"one"', Last_Modified="Fri, 20 Nov 2026 11:59:00 GMT")
    coast.first()
    coast.server.on("/ferry")(lambda request: request.answer(status="304 Not Modified"))
    assert coast.visit()[0] == "unchanged"
    assert coast.asked()[-1].headers["if-none-match"] == '"one"'
    assert coast.asked()[-1].headers["if-modified-since"] == "Fri, 20 Nov 2026 11:59:00 GMT"
    coast.visit()
    assert coast.one("SELECT visits, quiet FROM visits") == {"visits": 2, "quiet": 2}
    coast.shows(page(toll=15))  # a server that would say 304 for ever is asked for the page
    assert coast.visit() == ("revised", "toll 12 -> 15")
    assert "if-none-match" not in coast.asked()[-1].headers


def test_a_page_that_never_changes_is_left_alone_early(coast: Coast) -> None:
    coast.first()
    for _ in range(4):
        assert coast.visit()[0] == "unchanged"
    assert coast.one("SELECT due_at, visits FROM visits") == {"due_at": None, "visits": 4}
    assert rows(coast.database, "SELECT * FROM revision_history") == []


def test_nothing_is_planned_when_it_is_switched_off(coast: Coast) -> None:
    coast.first(enabled=False)
    assert rows(coast.database, "SELECT * FROM visits") == []
    coast.now += timedelta(days=1)
    with coast.news(enabled=False) as news:
        assert news.revisit() == {}
    assert len(coast.asked()) == 1


def test_a_pass_visits_what_is_due_and_nothing_else(coast: Coast) -> None:
    tally = coast.first()
    assert not [key for key in tally if key[0] == "revisit"]
    coast.now += timedelta(minutes=10)
    assert ("revisit", "unchanged") not in coast.first()
    coast.now += timedelta(minutes=10)
    assert coast.first()["revisit", "unchanged"] == 1
    assert len(coast.asked()) == 2


# -- what is lost


WALL = (
    "<html><head><title>Your privacy</title></head><body><p>We and our 814 partners store and"
    " access cookies on your device. You can accept all cookies or manage your choices at any"
    " time in our privacy policy. Consent is needed to go on.</p></body></html>"
)
WITHDRAWN = (
    "<html><head><title>Ferry runs aground off Marnholm</title></head><body><article><h1>Ferry"
    " runs aground off Marnholm</h1><p>This article has been withdrawn because its source could"
    " not be confirmed.</p></article></body></html>"
)


@pytest.mark.parametrize(
    ("answer", "result", "again"),
    [
        (lambda r: r.answer(b"", "404 Not Found"), "gone", True),
        (lambda r: r.answer(b"", "410 Gone"), "gone", False),
        (html(WALL.encode()), "walled", True),
        (html(page(lines=1)), "shrunk", True),
        (html(b"<html><body><p>Ferry.</p></body></html>"), "shrunk", True),
        (html(b""), "shrunk", True),
        (html(WITHDRAWN.encode()), "withdrawn", True),
    ],
    ids=["404", "410", "wall", "teaser", "scrap", "nothing", "withdrawn"],
)  # fmt: skip
def test_a_page_that_lost_its_text_keeps_it_here(
    coast: Coast, answer: Callable[[Request], None], result: str, again: bool
) -> None:
    coast.first()
    with open_snapshot(coast.database) as db:
        before = db.execute("SELECT title, text, verdict, cluster FROM articles").fetchone()
        before = tuple(before)
    coast.server.on("/ferry")(answer)
    got, reason = coast.visit()
    assert (got, bool(reason)) == (result, True)
    with open_snapshot(coast.database) as db:
        assert tuple(db.execute("SELECT title, text, verdict, cluster FROM articles").fetchone()) \
            == before  # fmt: skip
        story = reading.read_story(db, before[3])
    assert story is not None
    assert (story.lead.page, story.lead.page_at) == (PageState(result), coast.now)
    vanished = coast.one("SELECT state, note, since FROM vanished_pages")
    assert (vanished["state"], vanished["note"]) == (result, reason[:500])
    assert (coast.one("SELECT due_at FROM visits")["due_at"] is not None) == again
    assert coast.one("SELECT count(*) AS n FROM revisions") == {"n": 1}
    if again:  # it comes back as it was, then changed
        coast.shows(page(box=2))
        assert coast.visit()[0] == "unchanged"
        assert rows(coast.database, "SELECT * FROM vanished_pages") == []
        assert coast.one("SELECT note, since FROM visits") == {"note": "", "since": None}


def test_an_address_that_leads_elsewhere_is_not_another_version(coast: Coast) -> None:
    coast.first()
    other = page("School opens a new hall for music").replace(b"ferry", b"orchard")
    lines = (
        b"<p>The choir of the upper valley sang for the first time in the hall that the parents"
        b" built in two summers, and every seat was taken long before the doors were closed.</p>"
    )
    other = other.split(b"<p>Updated")[0] + lines * 1 + b"<p>" + b"Nobody in the village had " \
        b"believed that the roof would be ready before the snow, the head teacher said, and " \
        b"she thanked those who had come every evening after work to carry the beams.</p>" \
        b"</article></body></html>"  # fmt: skip
    coast.server.on("/hall")(html(other))
    coast.server.on("/ferry")(lambda r: r.answer(status="302 Found", Location="/hall"))
    result, reason = coast.visit()
    assert result == "moved"
    assert "/hall" in reason
    assert coast.one("SELECT count(*) AS n FROM revisions") == {"n": 1}


def test_a_server_that_fails_is_tried_again_and_then_left_to_the_next_visit(coast: Coast) -> None:
    coast.first()
    coast.server.on("/ferry")(
        lambda r: r.answer(b"", "503 Service Unavailable", Retry_After="1800")
    )
    assert coast.visit()[0] == "put off"
    row = coast.one("SELECT due_at, attempts, state, note FROM visits")
    assert datetime.fromisoformat(row["due_at"]) == coast.now + timedelta(minutes=30)
    assert (row["attempts"], row["state"]) == (1, "there")
    assert "503" in row["note"]
    assert coast.visit()[0] == "put off"
    row = coast.one("SELECT due_at, attempts FROM visits")
    assert row["attempts"] == 0
    following = datetime.fromisoformat(row["due_at"]) - NOON
    assert timedelta(minutes=60) <= following <= timedelta(minutes=66), "the visit after it"
    coast.shows(page(toll=15))
    assert coast.visit()[0] == "revised"


def test_robots_that_close_are_obeyed(coast: Coast) -> None:
    coast.first()
    coast.server.on("/robots.txt")(lambda r: r.answer(b"User-agent: *\nDisallow: /\n"))
    before = len(coast.asked())
    assert coast.visit()[0] == "put off"
    assert len(coast.asked()) == before
    assert coast.one("SELECT due_at FROM visits") == {"due_at": None}


# -- what is shown


def test_the_verb_shows_versions_and_what_changed_between_two(
    coast: Coast, monkeypatch: pytest.MonkeyPatch
) -> None:
    coast.first()
    coast.shows(page(toll=15, box=3))
    coast.visit()
    coast.shows(page(toll=15).replace(b"inspected", b"inspekted"))
    coast.visit()
    monkeypatch.chdir(coast.folder)

    def say(*words: str) -> str:
        result = CliRunner().invoke(main, ["-d", "news.db", "revisions", *words])
        assert result.exit_code == 0, result.output
        return result.stdout

    told = " ".join(say("1").split())
    assert "1 20 Nov 2026, 12:00 UTC first version: Ferry runs aground off Marnholm" in told
    assert "UTC update: toll 12 -> 15" in told
    assert "and 1 trivial change (--all)" in told
    assert "trivial: spelling in 1 place" in say("1", "--all")
    assert "{+15+}" in say(coast.server.url("/ferry"), "--diff", "1", "2")
    found = json.loads(say("story:1", "--json"))
    kinds = [each["kind"] for each in found["articles"][0]["revisions"]]
    assert kinds == ["first", "update", "trivial"]
    for words in (("story:9",), ("77",), ("1", "--diff", "1", "9"), ("story:x",)):
        result = CliRunner().invoke(main, ["-d", "news.db", "revisions", *words])
        assert result.exit_code == 2
        assert result.stderr.count("\n") == 1
