"""Politeness, identity and health through the database; cases F, P and S of the exam in names."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator.edge.sandbox import Sandbox
from aggregator.edge.store import reading as open_snapshot
from aggregator.model import Feed
from aggregator.pipeline import Aggregator, Tally, context
from aggregator.pipeline.rota import Rota
from tests.edge.conftest import Request, Server
from tests.flow.conftest import Lent, rows
from tests.flow.test_hostile import Town, html, item, page, rss

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Post(Town):
    """A town whose feeds are polled, and whose pages nobody reads unless a test does."""

    news: Aggregator | None = None

    def poll(self, *feeds: str, after: timedelta = timedelta(0), **more: Any) -> Tally:
        """One round of polls of feeds that are due, by a program that goes on if it may."""
        self.now += after
        config = self.config(*feeds, **more)
        if self.news is None or self.news.context.config != config:
            self.end()
            self.news = Aggregator(config, database=self.database, clock=lambda: self.now)
        return self.news.collect()

    def work(self, *feeds: str, **more: Any) -> Tally:
        self.end()
        return super().work(*feeds, **more)

    def end(self) -> None:
        """The program ends."""
        if self.news is not None:
            self.news.close()
            self.news = None

    def wait(self, name: str) -> timedelta:
        """From now to the next poll."""
        return datetime.fromisoformat(self.health(name)["due_at"]) - self.now

    def titles(self, name: str) -> list[str]:
        return sorted(entry["title"] for entry in self.entries(name))

    def count(self, table: str) -> int:
        if not self.database.exists():
            return 0
        return int(rows(self.database, f"SELECT count(*) AS n FROM {table}")[0]["n"])


@pytest.fixture(scope="module")
def workers() -> Iterator[Sandbox]:
    with Sandbox(workers=2, deadline=3, warm=context.WARM) as made:
        yield made


@pytest.fixture
def post(tmp_path: Path, workers: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    monkeypatch.setattr(context, "make_sandbox", lambda config: Lent(workers))
    server = Server()
    made = Post(server, tmp_path)
    yield made
    made.end()
    server.close()


# -- F08: redirects


def moved(post: Post, status: str, to: str) -> None:
    post.server.on("/old.xml")(lambda r: r.answer(status=status, Location=to))
    post.feed("new", rss(item("a")))


@pytest.mark.parametrize("status", ["301 Moved", "308 Moved"])
def test_f08_a_permanent_redirect_is_believed_the_third_time(post: Post, status: str) -> None:
    moved(post, status, "/new.xml")
    for sightings in range(1, 4):
        post.poll("old", after=DAY)
        health = post.health("old")
        assert (health["moved_to"] is not None) is (sightings == 3)
    assert post.health("old")["moved_to"] == post.server.url("/new.xml")
    assert post.health("old")["url"] == post.server.url("/old.xml"), "what config says stays"
    (left,) = rows(post.database, "SELECT url, reason FROM moves")
    assert left["url"] == post.server.url("/old.xml")
    asked = post.asked("/old.xml")
    post.poll("old", after=DAY)
    assert post.asked("/old.xml") == asked
    assert len(post.entries("old")) == 1


@pytest.mark.parametrize("status", ["302 Found", "307 Elsewhere", "303 See"])
def test_f08_a_passing_redirect_is_never_believed(post: Post, status: str) -> None:
    moved(post, status, "/new.xml")
    for _ in range(5):
        post.poll("old", after=DAY)
    assert post.health("old")["moved_to"] is None
    assert post.health("old")["sightings"] == 0


def test_f08_sightings_must_follow_each_other(post: Post) -> None:
    moved(post, "301 Moved", "/new.xml")
    for _ in range(2):
        post.poll("old", after=DAY)
    post.feed("old", rss(item("a"), item("b")))
    post.poll("old", after=DAY)
    moved(post, "301 Moved", "/new.xml")
    for _ in range(2):
        post.poll("old", after=DAY)
    assert post.health("old")["moved_to"] is None


def test_f08_never_onto_the_address_of_another_feed(post: Post) -> None:
    moved(post, "301 Moved", "/new.xml")
    for _ in range(5):
        post.poll("old", "new", after=DAY)
    assert post.health("old")["moved_to"] is None


def test_f08_never_onto_a_private_host(post: Post) -> None:
    """Config allows the neighbour, for feeds that name it; a stranger does not move us there."""
    with closing(Server(host="127.0.0.2")) as inside:
        inside.on("/f.xml")(lambda r: r.answer(rss(item("a"))))
        moved(post, "301 Moved", inside.url("/f.xml"))
        fetch = post.config().fetch.model_dump(exclude={"contact", "proxy"})
        fetch["allow_private"] = ("127.0.0.1", "127.0.0.2")
        for _ in range(5):
            post.poll("old", after=DAY, fetch=fetch)
        assert post.health("old")["failures"] == 0
        assert post.health("old")["moved_to"] is None


def test_f08_where_the_new_address_fails_the_old_one_is_asked_again(post: Post) -> None:
    moved(post, "301 Moved", "/new.xml")
    for _ in range(3):
        post.poll("old", after=DAY)
    post.feed("new", b"gone", "410 Gone")
    post.feed("old", rss(item("a"), item("b")))
    for _ in range(4):
        post.poll("old", after=2 * DAY)
    health = post.health("old")
    assert (health["moved_to"], health["enabled"], health["failures"]) == (None, 1, 0)
    assert post.titles("old") == ["About a", "About b"]
    assert post.count("moves") == 2


# -- F09, F10, F12: conditional requests, pauses, the end of a feed


def test_f09_a_304_is_no_parse_and_writes_nothing_but_the_time(post: Post) -> None:
    body = rss(item("a"))

    @post.server.on("/f.xml")
    def answer(request: Request) -> None:
        if request.headers.get("if-none-match") == '"1"':
            request.answer(status="304 Not Modified", ETag='"2"')
        else:
            request.answer(body, ETag='"1"', Last_Modified="Fri, 20 Nov 2026 10:00:00 GMT")

    post.poll("f")
    before = rows(post.database, "SELECT * FROM entries")
    post.poll("f", after=timedelta(hours=2))
    sent = post.server.log[-1].headers
    assert sent["if-none-match"] == '"1"'
    assert sent["if-modified-since"] == "Fri, 20 Nov 2026 10:00:00 GMT"
    assert rows(post.database, "SELECT * FROM entries") == before
    assert rows(post.database, "SELECT result, repeats FROM polls") == [
        {"result": "new", "repeats": 1}
    ]
    post.poll("f", after=timedelta(hours=2))
    assert post.server.log[-1].headers["if-none-match"] == '"2"', "a 304 may renew validators"
    post.poll("f", after=timedelta(hours=24))
    assert "if-none-match" not in post.server.log[-1].headers, "once a day in full"


def in_two_minutes(post: Post) -> str:
    """A date on a server whose clock is three hours ahead."""
    return format_datetime(datetime.now(UTC) + timedelta(hours=3, minutes=2), usegmt=True)


WAITS: dict[str, tuple[str | Callable[[Post], str], timedelta, timedelta]] = {
    "seconds": ("7200", timedelta(hours=2), timedelta(hours=2.3)),
    "few seconds": ("120", timedelta(seconds=120), timedelta(minutes=21)),
    "a date": (in_two_minutes, timedelta(seconds=110), timedelta(minutes=21)),
    "negative": ("-5", timedelta(minutes=15), timedelta(minutes=21)),
    "for ever": ("1000000000", DAY, 1.1 * DAY),
    "junk": ("soon", timedelta(minutes=15), timedelta(minutes=21)),
}


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Unavailable"])
@pytest.mark.parametrize("name", WAITS)
def test_f10_retry_after_in_every_form(post: Post, name: str, status: str) -> None:
    value, least, most = WAITS[name]
    text = value if isinstance(value, str) else value(post)
    date = format_datetime(datetime.now(UTC) + timedelta(hours=3), usegmt=True)
    post.feed("f", b"", status, Retry_After=text, Date=date)
    post.poll("f")
    assert least <= post.wait("f") <= most


def test_f12_a_404_heals_and_a_410_stays_until_config_names_the_feed_anew(post: Post) -> None:
    post.feed("soft", b"", "404 Not Found")
    post.feed("hard", b"", "410 Gone")
    for _ in range(3):
        post.poll("soft", "hard", after=2 * DAY)
    assert (post.health("soft")["enabled"], post.health("hard")["enabled"]) == (1, 0)
    assert "410" in post.health("hard")["gone"]
    assert (post.asked("/soft.xml"), post.asked("/hard.xml")) == (3, 1)
    post.feed("soft", rss(item("a")))
    post.feed("hard", rss(item("a")))
    post.poll("soft", "hard", after=2 * DAY)
    assert post.health("soft")["failures"] == 0 and post.asked("/hard.xml") == 1
    post.poll("soft", after=DAY)  # config leaves it out,
    post.poll("soft", "hard", after=DAY)  # and names it again
    assert (post.health("hard")["enabled"], post.health("hard")["gone"]) == (1, None)
    assert len(post.entries("hard")) == 1


def test_f11_a_dead_feed_is_asked_daily_and_one_answer_revives_it(post: Post) -> None:
    from aggregator.edge.health import read_feed_states

    post.feed("f", rss(item("a")))
    post.poll("f")
    post.feed("f", b"", "500 Oops")
    for _ in range(40):
        post.poll("f", after=1.2 * DAY)
    asked = post.asked("/f.xml")
    assert asked == 41, "once a day, for ever"
    with open_snapshot(post.database) as db:
        (state,) = read_feed_states(db, now=post.now)
    assert (state.state, state.failures) == ("dead", 40)
    post.feed("f", rss(item("a"), item("b")))
    post.poll("f", after=2 * DAY)
    with open_snapshot(post.database) as db:
        (state,) = read_feed_states(db, now=post.now)
    assert (state.state, state.failures, state.entries) == ("ok", 0, 2)
    assert post.wait("f") < timedelta(minutes=20)


# -- F13: many feeds


def test_f13_fifty_feeds_of_one_host_hold_up_no_other(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The crowd comes first in the queue, and each of its requests waits for the one before."""
    for n in range(50):
        post.feed(f"crowd{n}", rss(item("a")))
    crowd_feeds = [
        {"name": f"crowd{n}", "url": post.server.url(f"/crowd{n}.xml")} for n in range(50)
    ]
    others = [
        {"name": f"other{n}", "url": f"http://host{n}.example:{post.server.port}/other.xml"}
        for n in range(150)
    ]
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, **_: [(0, 0, 0, "", ("127.0.0.1", port))]
    )
    post.feed("other", rss(item("b")))
    pause = 0.05
    fetch = {
        "allow_private": ("127.0.0.1",), "host_pause": pause, "per_host": 2, "workers": 8,
        "timeout": 3,
    }  # fmt: skip
    made = post.config(feeds=(*crowd_feeds, *others), fetch=fetch)
    with Aggregator(made, database=post.database, clock=lambda: post.now) as news:
        begun = time.monotonic()
        tally = news.collect()
    assert tally["collect", "new"] == 200
    crowd = sorted(r.at for r in post.server.log if r.path.startswith("/crowd"))
    # Arrivals, not sendings: one may be held up on its way, and the next seems early by as much.
    assert crowd[-1] - crowd[0] >= 0.8 * 49 * pause
    assert crowd[-1] - crowd[0] >= 0.98 * pause * (len(crowd) - 1)
    quick = max(r.at for r in post.server.log if r.path == "/other.xml") - begun
    assert quick < 0.6 * (crowd[-1] - begun)


def test_f13_the_rota_takes_turns_and_holds_places() -> None:
    def feed(host: str, n: int) -> Feed:
        return Feed(
            id=n, name=f"{host}{n}", kind="feed", url=f"http://{host}/{n}", outlet=host, every=900
        )

    rota = Rota([*(feed("a", n) for n in range(5)), feed("b", 5), feed("c", 6)], per_host=2)
    first = rota.take(10)
    assert [f.name for f in first] == ["a0", "b5", "c6", "a1"]
    assert rota.take(10) == []
    rota.give_back(first[0])
    assert [f.name for f in rota.take(10)] == ["a2"]
    for each in (*first[1:], feed("a", 2)):
        rota.give_back(each)
    assert [f.name for f in rota.take(10)] == ["a3", "a4"]


def test_f13_two_hundred_feeds_do_not_come_back_together(post: Post) -> None:
    names = [f"f{n}" for n in range(200)]
    for name in names:
        post.feed(name, rss(item("a")))
    post.poll(*names)
    waits = [post.wait(name).total_seconds() for name in names]
    assert max(waits) - min(waits) > 0.08 * 900
    minute = [sum(60 * k <= w < 60 * k + 10 for w in waits) for k in range(60)]
    assert max(minute) < 40


def test_f18_a_report_of_ours_as_a_feed_adds_nothing(post: Post) -> None:
    from aggregator.edge import outputs
    from aggregator.edge.reading import read_report
    from aggregator.model import StoryQuery

    post.pages("a")
    post.feed("f", rss(item("a")))
    post.work("f")
    with open_snapshot(post.database) as db:
        report = outputs.render(read_report(db, StoryQuery(), now=post.now), "atom")
    post.feed("self", report.encode(), Content_Type="application/atom+xml")
    post.poll("f", "self", after=DAY)
    assert post.entries("self") == []
    assert "wrote itself" in post.health("self")["error"]


# -- F17: reservations


@pytest.mark.parametrize("policy", ["obey", "flag", "ignore"])
@pytest.mark.parametrize(
    ("headers", "meta", "told"),
    [
        ({"Tdm_Reservation": "1"}, "", "tdm-reservation"),
        ({}, '<meta name="tdm-reservation" content="1">', "tdm-reservation"),
        ({"X_Robots_Tag": "noai, noimageai"}, "", "noai"),
        ({}, "<meta content='index, noai' name='ROBOTS'>", "noai"),
        ({}, '<meta name="robots" content="noindex">', None),
        ({"Tdm_Reservation": "0", "X_Robots_Tag": "otherbot: noai"}, "", None),
    ],
)
def test_f17_reservations_are_obeyed_or_flagged(
    post: Post, policy: str, headers: dict[str, str], meta: str, told: str | None
) -> None:
    body = page("a").replace(b"<head>", f"<head>{meta}".encode())
    post.server.on("/a")(lambda r: r.answer(body, Content_Type="text/html", **headers))
    post.feed("f", rss(item("a")))
    fetch = {"allow_private": ("127.0.0.1",), "host_pause": 0, "reservations": policy}
    post.work("f", fetch=fetch)
    (entry,) = post.entries("f")
    if policy == "obey" and told:
        assert entry["state"] == "failed" and told in entry["reason"]
        assert post.count("articles") == 0
        return
    assert entry["state"] == "kept"
    (article,) = rows(post.database, "SELECT reserved FROM articles")
    noted = told or ("noindex" if "noindex" in meta else None)
    assert article["reserved"] == (None if policy == "ignore" else noted)


TDMREP = "/.well-known/tdmrep.json"


def reserving(post: Post, *rules: tuple[str, int]) -> None:
    """The site's file says so of its addresses."""
    body = json.dumps([{"location": path, "tdm-reservation": said} for path, said in rules])
    post.server.on(TDMREP)(lambda r: r.answer(body.encode(), Content_Type="application/json"))


def reading(post: Post, policy: str, *names: str) -> dict[str, str]:
    """What became of these pages: a reason, or what their articles say is reserved."""
    post.feed("f", rss(*(item(name) for name in names)))
    fetch = {"allow_private": ("127.0.0.1",), "host_pause": 0, "reservations": policy}
    post.work("f", fetch=fetch)
    found = {e["title"].split()[-1]: e["reason"] or "" for e in post.entries("f")}
    kept = rows(post.database, "SELECT listed_title, coalesce(reserved, '') AS said FROM articles")
    return found | {row["listed_title"].split()[-1]: row["said"] for row in kept}


def test_f17_the_file_of_a_site_is_obeyed_and_asked_for_once(post: Post) -> None:
    post.pages("a", "b", "free")
    reserving(post, ("/free", 0), ("/", 1))
    found = reading(post, "obey", "a", "b", "free")
    assert found["free"] == ""
    for name in ("a", "b"):
        assert "reserves text and data mining (tdm-reservation) in /.well-known" in found[name]
    assert post.count("articles") == 1
    assert post.asked(TDMREP) == 1


def test_f17_what_a_page_says_counts_before_the_file_of_its_site(post: Post) -> None:
    reserving(post, ("/b", 0), ("/", 1))
    free = page("a").replace(b"<head>", b'<head><meta name="tdm-reservation" content="0">')
    post.server.on("/a")(html(free))
    post.server.on("/b")(
        lambda r: r.answer(page("b"), Content_Type="text/html", tdm_reservation="1")
    )
    found = reading(post, "obey", "a", "b")
    assert found["a"] == "" and "tdm-reservation" in found["b"]


def test_f17_the_file_of_the_site_that_a_link_leads_to_counts(post: Post) -> None:
    other = Server()
    try:
        other.on("/a")(html(page("a")))
        post.server.on("/a")(lambda r: r.answer(status="302 Found", Location=other.url("/a")))
        reserving(post, ("/", 1))
        assert reading(post, "flag", "a") == {"a": ""}
        assert (post.asked(TDMREP), other.paths().count(TDMREP)) == (0, 1)
    finally:
        other.close()


def test_f17_flagged_pages_are_kept_and_ignored_files_are_not_asked_for(post: Post) -> None:
    post.pages("a")
    reserving(post, ("/", 1))
    assert reading(post, "flag", "a") == {"a": "tdm-reservation"}
    post.pages("b")
    assert reading(post, "ignore", "b")["b"] == ""
    assert post.asked(TDMREP) == 1


FILES: dict[str, Callable[[Request], None]] = {
    "not there": lambda r: r.answer(b"no", status="404 Not Found"),
    "forbidden": lambda r: r.answer(b"no", status="403 Forbidden"),
    "in trouble": lambda r: r.answer(b"no", status="503 Service Unavailable"),
    "a page": lambda r: r.answer(b"<html>Not here</html>", Content_Type="text/html"),
    "without end": lambda r: r.answer(b"[" + b" " * 2_000_000),
    "a bomb of brackets": lambda r: r.answer(b"[" * 400_000),
    "hung up": lambda r: r.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[{"),
    "in a circle": lambda r: r.answer(status="302 Found", Location=TDMREP),
    "inside": lambda r: r.answer(status="302 Found", Location="http://10.0.0.1/tdmrep.json"),
    "silent": lambda r: time.sleep(10),
}


@pytest.mark.parametrize("name", FILES)
def test_f17_a_site_that_gives_no_such_file_reserves_nothing(post: Post, name: str) -> None:
    post.pages("a")
    post.server.on(TDMREP)(FILES[name])
    assert reading(post, "obey", "a") == {"a": ""}
    assert post.count("articles") == 1


def test_f17_robots_txt_forbids_pages_and_not_the_file(post: Post) -> None:
    post.pages("a", "b")
    post.server.on("/robots.txt")(
        lambda r: r.answer(b"User-agent: *\nDisallow: /b\nDisallow: /.well-known/")
    )
    reserving(post, ("/", 1))
    found = reading(post, "obey", "a", "b")
    assert "reserves" in found["a"] and "robots.txt" in found["b"]


# -- P13 to P16: identity


def again(post: Post, *items: str, after: timedelta = timedelta(hours=2)) -> int:
    """Entries added by a poll that finds these items."""
    before = post.count("entries")
    post.feed("f", rss(*items))
    post.poll("f", after=after)
    assert post.health("f")["error"] is None
    return post.count("entries") - before


MISSING: dict[str, dict[str, str | None]] = {
    "guid": {"guid": None},
    "link": {"link": None},
    "date": {"pubDate": None},
    "guid and date": {"guid": None, "pubDate": None},
    "guid and link": {"guid": None, "link": None},
}


@pytest.mark.parametrize("name", MISSING)
def test_p13_whatever_is_missing_ten_are_ten_and_stay_ten(post: Post, name: str) -> None:
    items = [item(f"n{n}", **MISSING[name]) for n in range(10)]
    assert again(post, *items) == 10
    assert again(post, *reversed(items)) == 0
    assert again(post, *items, item("n10", **MISSING[name])) == 1


def test_p13_guids_that_change_on_each_fetch_add_nothing(post: Post) -> None:
    for fetch in range(4):
        items = [item(f"n{n}", guid=f"{fetch}-{n}") for n in range(10)]
        assert again(post, *items) == (10 if fetch == 0 else 0)


def test_p13_a_token_in_each_link_adds_nothing(post: Post) -> None:
    """Without a guid the link stands for it, and it is another one each time."""
    for fetch in range(4):
        items = [item(f"n{n}", guid=None, link=f"/n{n}?session={fetch}{n}") for n in range(10)]
        assert again(post, *items) == (10 if fetch == 0 else 0)


def test_p13_items_of_one_title_and_link_are_not_melted(post: Post) -> None:
    """Two guids that stand in one document are two items."""
    items = [item(f"n{n}", title="Weather", link="/weather") for n in range(5)]
    assert again(post, *items) == 5
    assert again(post, *items, item("n9", title="Weather", link="/weather")) == 1


def test_p14_all_guids_changed_replays_and_reorderings_add_nothing(post: Post) -> None:
    def items(first: int, last: int, guid: str = "g") -> list[str]:
        # Feeds list no more than so many at a time.
        return [item(f"n{n}", guid=f"{guid}{n}") for n in range(first, last)]

    for start in range(0, 500, 100):
        assert again(post, *items(start, start + 100)) == 100
    assert again(post, *items(0, 500)) == 0, "500 old items replayed"
    assert again(post, *reversed(items(0, 500))) == 0
    assert again(post, *items(0, 500, guid="http://new.example/")) == 0
    assert again(post, *items(0, 500)) == 0, "and back"
    assert post.count("entries") == 500


def test_p14_http_to_https_adds_nothing(post: Post) -> None:
    def items(scheme: str) -> list[str]:
        host = f"{scheme}://www.one.example"
        return [
            item(f"n{n}", guid=f"{host}/?p={n}", link=f"{host}/news/{n}?utm_source=rss")
            for n in range(10)
        ]

    assert again(post, *items("http")) == 10
    assert again(post, *items("https")) == 0
    assert {e["guid"][:5] for e in post.entries("f")} == {"https"}


def test_p14_an_item_that_left_the_feed_long_ago_does_not_come_back(post: Post) -> None:
    assert again(post, item("old"), item("n1")) == 2
    assert again(post, item("n1"), item("n2")) == 1
    assert again(post, item("n3"), after=90 * DAY) == 1
    assert again(post, item("old"), item("n3"), after=90 * DAY) == 0


def test_p15_a_guid_given_to_another_story_keeps_both(post: Post) -> None:
    post.pages("fire", "budget")
    post.feed("f", rss(item("fire", guid="latest", title="Fire at the harbour")))
    post.work("f")
    post.feed("f", rss(item("budget", guid="latest", title="Council passes its budget")))
    post.now += timedelta(hours=2)
    post.work("f")
    assert post.titles("f") == ["Council passes its budget", "Fire at the harbour"]
    assert [e["state"] for e in post.entries("f")] == ["kept", "kept"]
    assert post.count("articles") == 2
    assert len({e["article"] for e in post.entries("f")}) == 2
    # The first story listed again is the first story.
    assert again(post, item("fire", guid="latest", title="Fire at the harbour")) == 0


def test_p16_one_story_by_many_links_is_one_article(post: Post) -> None:
    post.pages("story")
    base = post.server.url("")
    post.server.on("/go")(lambda r: r.answer(status="302 Found", Location="/story?utm_medium=x"))
    # Whichever of the links is read first, its page is there.
    post.server.on("/story/")(lambda r: r.answer(status="302 Found", Location="/story"))
    links = {
        "plain": "/story",
        "host": f"//127.0.0.1:{post.server.port}/story/",
        "tracked": "/story?utm_source=rss&amp;fbclid=1",
        "redirector": "/go?id=1",
        "google": f"https://www.google.com/url?q={base}/story",
        "amp": "/story?amp=1",
    }
    for name, link in links.items():
        post.feed(name, rss(item("story", link=link)))
    post.work(*links)
    assert post.count("articles") == 1
    assert [(e["state"], e["reason"]) for name in links for e in post.entries(name)] == [
        ("kept", None)
    ] * len(links)
    listed = rows(post.database, "SELECT count(DISTINCT feed) AS n FROM entries WHERE article = 1")
    assert listed[0]["n"] == len(links), "one article, listed by all of them"


# -- S04: every way in


HIDDEN = "127.0.0.2"


@pytest.mark.parametrize("way", ["feed", "redirect", "item", "item redirect", "canonical", "body"])
def test_s04_no_way_in_reaches_a_forbidden_address(post: Post, way: str) -> None:
    with closing(Server(host=HIDDEN)) as hidden:
        secret = hidden.url("/secret")
        link = secret if way == "item" else "/a"
        post.feed("f", rss(item("a", link=link, description=f"&lt;img src='{secret}'&gt;")))
        if way == "redirect":
            post.feed("f", b"", "301 Moved", Location=secret)
        if way == "item redirect":
            post.server.on("/a")(lambda r: r.answer(b"", "302 Found", Location=secret))
        else:
            head = f"<head><link rel='canonical' href='{secret}'><base href='{secret}'>"
            head += f"<meta http-equiv='refresh' content='0;url={secret}'>"
            post.server.on("/a")(html(page("a").replace(b"<head>", head.encode())))
        if way == "feed":
            settings = {"feeds": ({"name": "f", "url": secret},)}
            post.work(**settings)
            assert HIDDEN in post.health("f")["error"]
        else:
            post.work("f")
        assert hidden.connections == 0


def test_s04_feeds_of_an_opml_list_are_fenced_too(tmp_path: Path) -> None:
    from aggregator.config import Config
    from aggregator.core.opml import read_opml
    from aggregator.init_config import write_config
    from aggregator.pipeline.discovering import try_feeds

    with closing(Server(host=HIDDEN)) as hidden:
        addresses = [hidden.url("/f"), f"http://127.2:{hidden.port}/f", "file:///etc/passwd"]
        lines = "".join(f'<outline type="rss" text="x" xmlUrl="{a}"/>' for a in addresses)
        found = read_opml(f'<opml version="2.0"><body>{lines}</body></opml>'.encode())
        write_config(tmp_path / "config.yaml", found)
        config = Config.load(tmp_path / "config.yaml")
        answers = try_feeds(config, watch=lambda o: None, expect=lambda s, n: None)
        assert answers and all(answer.problem for answer in answers)
        assert hidden.connections == 0


# -- the probe: a healthy feed beside the faults


def test_f01_f02_f03_p03_a_healthy_feed_stays_on_time(post: Post) -> None:
    def drip(request: Request) -> None:
        request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        request.drip(b" " * 5000, 0.2)

    def drip_headers(request: Request) -> None:
        request.send(b"HTTP/1.1 200 OK\r\n")
        for n in range(100):
            request.send(f"X-{n}: x\r\n".encode())
            time.sleep(0.2)

    tag = "<a " + " ".join(f"n{n}='v'" for n in range(60_000)) + "/>"
    post.server.on("/drip.xml")(drip)
    post.server.on("/headers.xml")(drip_headers)
    post.server.on("/silent.xml")(lambda r: time.sleep(5))
    post.feed("attributes", rss(tag, item("a")))
    post.feed("probe", rss(item("a")))
    names = ("drip", "headers", "silent", "attributes", "probe")
    begun = time.monotonic()
    tally = post.poll(*names, fetch={
        "allow_private": ("127.0.0.1",), "host_pause": 0, "per_host": 8, "timeout": 1,
        "connect_timeout": 1,
    })  # fmt: skip
    asked = next(r.at for r in post.server.log if r.path == "/probe.xml")
    assert asked - begun < 1, "the probe waits for none of them"
    assert time.monotonic() - begun < 3 + 1 + 1  # the worker's deadline is the longest
    assert tally["collect", "new"] >= 1 and tally["collect", "failed"] >= 3
    assert post.health("probe")["failures"] == 0
    told = {name: post.health(name)["error"] for name in ("drip", "headers", "silent")}
    assert all("deadline" in text or "silent" in text for text in told.values())


# -- health


def test_health_tells_what_a_feed_does(post: Post) -> None:
    from aggregator.edge.health import read_status

    post.feed("f", rss(*(item(f"n{n}") for n in range(8))))
    post.feed("bad", b"", "404 Not Found")
    post.poll("f", "bad")
    post.feed("f", rss(*(item(f"n{n}") for n in range(2, 10))))
    post.poll("f", "bad", after=20 * MINUTE)
    asked = post.now
    with open_snapshot(post.database) as db:
        status = read_status(db, "news.db", holder=None, now=post.now)
        (row,) = db.execute("SELECT * FROM feed_health WHERE name = 'f'").fetchall()
    bad, good = status.feeds
    assert (bad.state, bad.failures, bad.answered_at) == ("failing", 1, None)
    assert "404" in (bad.error or "")
    assert (good.state, good.entries, good.duplicate_share) == ("ok", 10, 0.75)
    assert good.answered_at == good.changed_at == asked.replace(microsecond=0)
    assert good.due_at is not None and good.due_at > asked
    assert row["duplicate_share"] == 0.75 and row["seconds_between"] == 900
    text = status.to_text()
    assert "75%" in text and "404" in text and "last success" in text
    assert status.to_dict()["feeds"][1]["duplicate_share"] == 0.75


def test_items_past_the_cap_are_told(post: Post) -> None:
    items = [f"<item><guid>{n}</guid></item>" for n in range(2_100)]
    post.feed("f", rss(*items))
    post.poll("f")
    assert (post.count("entries"), post.health("f")["dropped"]) == (2_000, 100)
    post.feed("f", rss(*items[:50]))
    post.poll("f", after=2 * DAY)
    assert post.health("f")["dropped"] == 0


def test_a_feed_that_turns_over_is_polled_sooner_and_a_quiet_one_later(post: Post) -> None:
    post.feed("f", rss(*(item(f"n{n}") for n in range(10))))
    post.poll("f")
    assert post.wait("f") > 15 * MINUTE, "a first poll is new all over and says nothing"
    post.feed("f", rss(*(item(f"m{n}") for n in range(10))))
    post.poll("f", after=17 * MINUTE)
    assert post.wait("f") < 9 * MINUTE
    for _ in range(12):
        post.poll("f", after=post.wait("f") + MINUTE)
    assert timedelta(minutes=60) <= post.wait("f") <= timedelta(minutes=67)


def test_the_next_poll_parses_only_what_is_new(post: Post) -> None:
    items = [item(f"n{n}") for n in range(20)]
    assert again(post, *items) == 20
    assert again(post, item("n20"), *items[:19]) == 1
    (row,) = rows(post.database, "SELECT listed, added FROM polls ORDER BY id DESC LIMIT 1")
    assert (row["listed"], row["added"]) == (20, 1)
    post.feed("f", rss(item("n20"), item("n0", pubDate="Fri, 20 Nov 2026 11:00:00 GMT")))
    post.poll("f", after=timedelta(hours=2))
    (changed,) = (e for e in post.entries("f") if e["guid"] == "n0")
    assert changed["published_at"] == "2026-11-20T10:00:00Z", "a first time stays"
    assert post.count("entries") == 21
