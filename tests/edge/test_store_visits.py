"""Visits to known pages on real SQLite: what is planned, claimed, kept and left alone."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from aggregator.core.revisiting import Timetable
from aggregator.edge import reading
from aggregator.edge.reading.versions import read_history, read_versions
from aggregator.edge.store import Store, archiving, keeping, revising, visits, waiting
from aggregator.edge.store.visits import Visit
from aggregator.model import (
    Article,
    Entry,
    PageState,
    RevisionKind,
    Role,
    StoryQuery,
    TimeSource,
    Verdict,
    Wire,
    WireKind,
)
from tests.edge.test_store_corpus import (
    FOOTER,
    NOW,
    RULES,
    Desk,
    credited,
    digest_rows,
    entry_for,
    listed,
    paper,
    prose,
)

URL = "http://one.example/news/a"
TABLE = Timetable()
HOURS = timedelta(hours=1)


def fresh(url: str, text: Any, **given: Any) -> Article:
    """An article published as it was seen, so that its page is worth a visit soon."""
    return paper(url, text, **({"published_at": NOW} | given))


def keep(desk: Desk, article: Article, timetable: Timetable | None = TABLE, **given: Any) -> str:
    listed(desk.store, desk.feed, entry_for(article, **given), now=desk.now)
    item = waiting.waiting(desk.store, now=desk.now, limit=1)[0]
    return keeping.keep_article(
        desk.store, item, article, rules=RULES, now=desk.now, timetable=timetable
    )


def due(desk: Desk, hours: float = 0.3) -> list[Visit]:
    return visits.due(desk.store, now=desk.now + hours * HOURS, limit=9)


def visit(desk: Desk, article: Article | None, hours: float = 0.3) -> tuple[str, str]:
    desk.now += hours * HOURS
    (found,) = visits.due(desk.store, now=desk.now, limit=9)
    (claimed,) = visits.claim(desk.store, [found], now=desk.now)
    return revising.keep_visit(
        desk.store, claimed, article, rules=RULES, now=desk.now, timetable=TABLE
    )


# -- what is planned


def test_a_page_read_once_is_due_again_with_its_validators(desk: Desk) -> None:
    article = fresh(URL, prose("a"), etag='"1"', last_modified="Fri, 20 Nov 2026 12:00:00 GMT")
    keep(desk, article, authors=("Ines Kaldor",), summary="s", body="<p>the whole of it</p>")
    assert due(desk, 0.2) == []
    (found,) = due(desk)
    assert (found.url, found.etag) == (URL, '"1"')
    assert found.last_modified == "Fri, 20 Nov 2026 12:00:00 GMT"
    assert found.entry.authors == ("Ines Kaldor",)
    assert (found.entry.body, found.entry.summary) == (None, ""), "nothing may stand in for a page"
    assert visits.count_due(desk.store, now=desk.now + HOURS) == 1


NEVER: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a wall": ({"verdict": Verdict.WALL, "reason": "wall"}, {}),
    "a list": ({"verdict": Verdict.NOT_ARTICLE, "reason": "links"}, {}),
    "the feed's own content": ({"extractor": "feed content"}, {}),
    "an agency's file": ({}, {"wire": Wire(version=2)}),
    "an entry without a link": ({}, {"url": None, "body": "<p>whole</p>"}),
    "a text of last week": ({"published_at": NOW - timedelta(days=7)}, {}),
}


@pytest.mark.parametrize("name", NEVER)
def test_what_is_never_visited(desk: Desk, name: str) -> None:
    article, entry = NEVER[name]
    keep(desk, fresh(URL, prose("a"), **({"time_source": TimeSource.FEED} | article)), **entry)
    assert due(desk, 99) == []


def test_nothing_is_planned_without_a_timetable_or_from_an_archive(desk: Desk) -> None:
    keep(desk, fresh(URL, prose("a")), None)
    feed = archiving.archive_feed(desk.store, "old.jsonl", now=NOW)
    article = fresh("http://two.example/b", prose("b"), extractor="archive")
    item = archiving.archive_entry(
        desk.store, feed, Entry(guid="b", url=article.url, title="b"), outlet="two.example", now=NOW
    )
    keeping.keep_article(desk.store, item, article, rules=RULES, now=NOW)
    assert desk.one("SELECT count(*) FROM visits") == 0
    short = replace(article, text="\n".join(prose("b")[:3]))
    assert keeping.keep_article(desk.store, item, short, rules=RULES, now=NOW) == "revised", (
        "a line of an archive is no page that can lose its text"
    )


def test_a_page_whose_feed_says_it_changed_is_read_for_that_alone(desk: Desk) -> None:
    keep(desk, fresh(URL, prose("a")))
    changed = fresh(URL, prose("a"), title="Another title altogether")
    listed(desk.store, desk.feed, entry_for(changed, guid="one.example/news/a", updated_at=NOW))
    assert desk.one("SELECT state FROM entries") == "new"
    assert due(desk) == []
    assert visits.count_due(desk.store, now=desk.now + HOURS) == 0
    keep(desk, changed, guid="one.example/news/a", updated_at=NOW)
    assert len(due(desk)) == 1


def test_the_longest_due_comes_first_and_pages_of_rows_follow(desk: Desk) -> None:
    for number in range(7):
        keep(desk, fresh(f"http://n{number}.example/a", prose(str(number))))
    found, beyond = [], ("", 0)
    while rows := visits.due(desk.store, now=NOW + HOURS, limit=3, beyond=beyond):
        found += rows
        beyond = rows[-1].place
    assert len({each.article for each in found}) == 7
    assert [each.place for each in found] == sorted(each.place for each in found)


# -- claims


def test_a_visit_that_ends_the_program_each_time_is_given_up(desk: Desk) -> None:
    keep(desk, fresh(URL, prose("a")))
    seen, claims = [], 0
    while due_at := desk.one("SELECT due_at FROM visits"):
        seen.append(datetime.fromisoformat(due_at))
        visits.claim(desk.store, visits.due(desk.store, now=seen[-1], limit=9), now=seen[-1])
        claims += 1
        assert claims < 20
    assert claims == waiting.CRASHES_MOST + 1
    assert len(set(seen)) == 1 + waiting.CRASHES_MOST - waiting.CRASHES_FORGIVEN
    assert "the program ended" in desk.one("SELECT note FROM visits")
    assert desk.one("SELECT verdict FROM articles") == "good"


def test_a_visit_handed_back_costs_no_try(desk: Desk) -> None:
    keep(desk, fresh(URL, prose("a")))
    (found,) = visits.claim(desk.store, due(desk), now=desk.now)
    assert desk.one("SELECT attempts FROM visits") == 1
    visits.hand_back(desk.store, found)
    assert desk.one("SELECT attempts FROM visits") == 0
    assert len(due(desk)) == 1


# -- what is kept


def test_a_changed_text_is_a_revision_with_its_kind(desk: Desk) -> None:
    keep(desk, fresh(URL, prose("a"), title="One", credits=credited("afp")))
    more = [*prose("a"), *prose("more", 2)]
    changed = fresh(URL, more, title="Two tells of it", credits=credited("dpa"), etag='"2"',
                    modified_at=NOW + HOURS)  # fmt: skip
    result, words = visit(desk, changed)
    assert (result, words.split(";")[0]) == ("revised", "headline changed")
    (row,) = desk.store.query("SELECT * FROM revisions WHERE kind <> 'first'")
    assert (row["kind"], row["rank"], row["summary"]) == ("update", 1, words)
    assert row["modified_at"] == "2026-11-20T13:00:00Z"
    assert "credit to Agence France-Presse dropped" in words
    assert desk.one("SELECT title FROM articles") == "Two tells of it"
    assert desk.one("SELECT etag || quiet || visits FROM visits") == '"2"01'
    assert desk.column("SELECT agency FROM credits") == ["dpa"]


def test_furniture_is_no_revision_whoever_reads_it(desk: Desk) -> None:
    for name in ("mill", "fair", "well"):  # so that the footer is known as the outlet's own
        keep(desk, fresh(f"http://vale.example/{name}", [*prose(name), *FOOTER], title=name), None)
    text = prose("a")
    keep(desk, fresh("http://vale.example/a", [*text, FOOTER[0]], title="All about a"))
    before = desk.one("SELECT text FROM articles WHERE title = 'All about a'")
    changed = fresh("http://vale.example/a", [*text, FOOTER[1], "12 comments"], title="All about a")
    assert keep(desk, changed, updated_at=NOW) == "linked"
    assert visit(desk, changed) == ("unchanged", "")
    assert desk.one("SELECT text FROM articles WHERE title = 'All about a'") == before
    assert desk.one("SELECT count(*) FROM revisions") == 4


def test_a_loss_is_noted_whoever_sees_it_and_forgotten_when_it_heals(desk: Desk) -> None:
    keep(desk, fresh(URL, prose("a")))
    wall = fresh(URL, "Accept all?", verdict=Verdict.WALL, reason="consent wall", etag='"wall"')
    assert keep(desk, wall, updated_at=NOW) == "linked"
    assert desk.one("SELECT state || ': ' || note FROM visits") == "walled: consent wall"
    since = desk.one("SELECT since FROM visits")
    assert visit(desk, wall) == ("walled", "consent wall")
    assert desk.one("SELECT since FROM visits") == since, "it has been so since it was seen first"
    assert desk.one("SELECT etag FROM visits") is None, "a wall's validators say nothing of texts"
    assert visit(desk, fresh(URL, prose("a")), 1)[0] == "unchanged"
    assert desk.column("SELECT state FROM visits") == ["there"]


def test_an_older_answer_does_not_take_a_newer_one_s_place(desk: Desk) -> None:
    keep(desk, fresh(URL, prose("a")))
    desk.now += 0.3 * HOURS
    (slow,) = visits.claim(desk.store, due(desk, 0), now=desk.now)
    newer = fresh(URL, [*prose("a"), *prose("newer", 2)])
    keep(desk, newer, updated_at=desk.now)
    answer = revising.keep_visit(
        desk.store, slow, fresh(URL, [*prose("a"), *prose("older", 2)]), rules=RULES, now=desk.now,
        timetable=TABLE,
    )  # fmt: skip
    assert answer == ("unchanged", "it was read in the meantime")
    assert desk.one("SELECT text FROM articles") == newer.text


def test_all_of_a_visit_is_kept_or_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(desk, fresh(URL, prose("a")))
    before = digest_rows(desk.store.connection)

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(visits, "settle", fail)
        with pytest.raises(OSError, match="the power went"):
            revising.keep_visit(
                desk.store, due(desk)[0], fresh(URL, prose("b")), rules=RULES, now=NOW,
                timetable=TABLE,
            )  # fmt: skip
    assert digest_rows(desk.store.connection) == before


# -- the newest text decides


def test_the_stories_depend_on_what_the_pages_show_now(desk: Desk) -> None:
    """However often and in whatever order pages were visited, the newest texts decide."""
    story, other = prose("story", 16), prose("other", 16)
    shown = {
        "http://a.example/1": [story[:8], story],
        "http://b.example/1": [other, story[:14]],
        "http://c.example/1": [story[:12], other],
        "http://d.example/1": [other[:12], other],
        "http://e.example/1": [prose("own"), prose("own", 16)],
    }
    final = Desk(Store(":memory:"))
    for url, texts in shown.items():
        final.keep(fresh(url, texts[-1], title=texts[-1][0][:40]))
    final.cluster()
    for seed in range(6):
        chance = random.Random(seed)
        made = Desk(Store(":memory:"))
        for step in range(2):
            urls = list(shown)
            chance.shuffle(urls)
            for url in urls:
                text = shown[url][step]
                article = fresh(url, text, title=text[0][:40])
                made.now = NOW + step * HOURS
                if step == 0:
                    keep(made, article)
                else:
                    (found,) = [each for each in due(made, 0) if each.url == url]
                    revising.keep_visit(
                        made.store, found, article, rules=RULES, now=made.now, timetable=TABLE
                    )
                if chance.random() < 0.5:
                    made.cluster()
        made.cluster()
        assert made.partition() == final.partition(), f"order {seed}"
        made.store.close()
    final.store.close()


# -- what readers get


def test_a_story_carries_versions_page_and_mark(desk: Desk) -> None:
    text = prose("a", 16)
    keep(desk, fresh("http://afp.com/a", text, title="UPDATE 1-Ferry sinks",
                     credits=credited("afp", Role.OWN)))  # fmt: skip
    keep(desk, fresh(URL, text, title="Ferry sinks"), None, guid="urn:newsml:afp.com:20261120:X:3")
    desk.cluster()
    assert visit(desk, fresh("http://afp.com/a", [*text, *prose("more", 2)],
                             title="UPDATE 2-Ferry sinks", credits=credited("afp", Role.OWN)
                             ))[0] == "revised"  # fmt: skip
    revising.keep_loss(
        desk.store, due(desk, 9)[0], reason="the server answered 410", final=True, now=desk.now,
        timetable=TABLE,
    )  # fmt: skip
    desk.cluster()
    db = desk.store.connection
    story = reading.read_story(db, desk.story_of(URL) or 0)
    assert story is not None
    copies = {copy.domain: copy for copy in story.copies}
    wire = copies["afp.com"]
    assert [each.kind for each in wire.revisions] == [RevisionKind.FIRST, RevisionKind.UPDATE]
    assert wire.revisions[1].changes[0].words == "headline changed"
    assert (wire.page, wire.page_note) == (PageState.GONE, "the server answered 410")
    assert wire.mark is not None and (wire.mark.kind, wire.mark.number) == (WireKind.UPDATE, 2)
    other = copies["one.example"]
    assert other.mark is not None and other.mark.number == 3
    assert due(desk, 999) == []
    lists = reading.read_report(db, StoryQuery(), now=NOW).stories
    assert all(not copy.revisions for each in lists for copy in each.copies)
    assert read_versions(db, [77])[77].revisions == ()
    (history,) = read_history(db, [wire.article, 77])
    assert (history.outlet, len(history.revisions)) == ("afp.com", 2)
