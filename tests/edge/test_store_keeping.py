"""Commit B: articles, revisions, links, templates and holders; all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aggregator.core.fingerprint import BANDS
from aggregator.core.rules import Rules
from aggregator.edge.store import folding, keeping, linking, prints, signing, templates, waiting
from aggregator.edge.store.comparing import Bodies
from aggregator.model import Credit, Role, TimeSource, Verdict
from tests.edge.test_store_corpus import (
    FOOTER,
    NOW,
    RULES,
    START,
    Desk,
    credited,
    digest_rows,
    entry_for,
    listed,
    paper,
    prose,
    watched,
)

URL = "http://one.example/news/a"


# -- one article


def test_an_article_comes_with_all_that_belongs_to_it(desk: Desk) -> None:
    article = paper(
        URL, prose("a"), title="A headline", authors=("Ines Kaldor",), language="en",
        canonical_url="http://one.example/canonical", section="World", credits=credited("afp"),
    )  # fmt: skip
    assert desk.keep(article, title="As listed") == "kept"
    (row,) = desk.store.query("SELECT * FROM articles")
    assert row["url_key"] == "one.example/news/a"
    assert row["published_at"] == "2026-11-20T04:00:00Z"
    assert row["first_seen_at"] == "2026-11-20T12:00:00Z"
    assert (row["title"], row["listed_title"]) == ("A headline", "As listed")
    assert (row["authors"], row["section"]) == ('["Ines Kaldor"]', "World")
    assert desk.column("SELECT text FROM revisions") == [article.text]
    assert desk.column("SELECT agency || ' ' || role FROM credits") == ["afp origin"]
    assert desk.one("SELECT count(*) FROM bands") == BANDS
    assert desk.one("SELECT recipe FROM fingerprints") == prints.recipe(RULES)
    assert desk.one("SELECT count(*) FROM sentences") == len(set(prose("a")))
    assert desk.column("SELECT state || article FROM entries") == ["kept1"]


def test_without_a_date_the_article_counts_from_when_it_was_seen(desk: Desk) -> None:
    desk.keep(paper(URL, prose("a"), published_at=None, time_source=TimeSource.SEEN))
    assert desk.one("SELECT published_at = first_seen_at FROM articles") == 1


STEPS = (
    "_insert", "link", "keep_revision", "_keep_credits", "templates.keep_sentences",
    "signing.make",
)  # fmt: skip


def after(step: Callable[..., Any]) -> Callable[..., Any]:
    def run_and_fail(*values: Any, **named: Any) -> None:
        step(*values, **named)
        raise OSError("the power went")

    return run_and_fail


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_all_or_nothing_whatever_step_fails(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str, known: bool
) -> None:
    for number in range(3):  # so that templates are there to be touched
        url = f"http://one.example/other/{number}"
        desk.keep(paper(url, [*prose(f"other {number}"), *FOOTER], title=f"Other {number}"))
    if known:
        if step == "_insert":
            step = "_update"
        desk.keep(paper(URL, prose("before"), credits=credited("dpa")))
    desk.cluster()
    article = paper(URL, [*prose("a"), *FOOTER], credits=credited("afp"))
    listed(desk.store, desk.feed, entry_for(article, updated_at=NOW))
    before = digest_rows(desk.store.connection)
    room, _, name = step.rpartition(".")
    owner: Any = {"": keeping, "signing": signing, "templates": templates}[room]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, after(getattr(owner, name)))
        (item,) = waiting.waiting(desk.store, now=NOW, limit=9)
        with pytest.raises(OSError, match="the power went"):
            keeping.keep_article(desk.store, item, article, rules=RULES, now=NOW)
    assert digest_rows(desk.store.connection) == before
    result = keeping.keep_article(desk.store, item, article, rules=RULES, now=NOW)
    assert result == ("revised" if known else "kept")


def test_a_second_feed_with_the_article_only_links_to_it(desk: Desk) -> None:
    article = paper(URL, prose("a"))
    desk.keep(article)
    desk.cluster()
    tables = ("articles", "revisions", "fingerprints", "bands", "sentences", "clusters", "credits")
    before = {name: found for name, found in digest_rows(desk.store.connection).items()
              if name in tables}  # fmt: skip
    (other,) = watched(desk.store, "http://two.example/feed")
    listed(desk.store, other, entry_for(article))
    (item,) = waiting.waiting(desk.store, now=NOW, limit=9)
    found = linking.find_article(desk.store, article.url_key)
    assert found == 1
    linking.link_entry(desk.store, item, found)
    assert desk.column("SELECT state || article FROM entries ORDER BY id") == ["kept1", "kept1"]
    after = digest_rows(desk.store.connection)
    assert {name: after[name] for name in tables} == before


def test_two_addresses_of_one_page_are_one_article(desk: Desk) -> None:
    desk.keep(paper(URL, prose("a")))
    other = {"guid": "another guid", "url": "http://short.example/a"}  # leads to the same page
    assert desk.keep(paper(URL, prose("a")), **other) == "linked"
    assert desk.one("SELECT count(*) FROM articles") == 1
    assert desk.one("SELECT count(*) FROM revisions") == 1
    assert desk.column("SELECT article FROM entries") == [1, 1]


# -- an article that changes


def test_a_corrected_text_is_a_revision(desk: Desk) -> None:
    desk.keep(paper(URL, prose("a"), title="Nine dead", credits=credited("afp")))
    corrected = [*prose("a")[:-1], "Ten people died, the council said on Friday evening."]
    desk.now += timedelta(hours=2)
    article = paper(URL, corrected, title="Ten dead", at=120, credits=credited("dpa"))
    assert desk.keep(article, updated_at=desk.now) == "revised"
    (row,) = desk.store.query("SELECT * FROM articles")
    assert (row["id"], row["title"], row["text"]) == (1, "Ten dead", "\n".join(corrected))
    assert row["published_at"] == "2026-11-20T04:00:00Z", "the first publication stays"
    assert row["first_seen_at"] == "2026-11-20T12:00:00Z"
    assert row["read_at"] == "2026-11-20T14:00:00Z"
    assert desk.column("SELECT title FROM revisions ORDER BY id") == ["Nine dead", "Ten dead"]
    assert desk.column("SELECT seen_at FROM revisions ORDER BY id") == [
        "2026-11-20T12:00:00Z", "2026-11-20T14:00:00Z",
    ]  # fmt: skip
    assert desk.column("SELECT agency FROM credits") == ["dpa"]
    assert desk.one("SELECT clustered FROM fingerprints") == 0
    assert desk.one("SELECT count(*) FROM bands") == BANDS
    assert desk.one("SELECT count(*) FROM sentences") == len(set(corrected))


def test_a_changed_headline_alone_is_a_revision(desk: Desk) -> None:
    desk.keep(paper(URL, prose("a"), title="One"))
    assert desk.keep(paper(URL, prose("a"), title="Two"), title="Two") == "revised"
    assert desk.column("SELECT title FROM revisions ORDER BY id") == ["One", "Two"]


def test_reading_the_same_page_again_changes_nothing_but_the_entry(desk: Desk) -> None:
    desk.keep(paper(URL, prose("a")))
    desk.cluster()
    before = digest_rows(desk.store.connection, without=("feeds", "polls"))
    assert desk.keep(paper(URL, prose("a"))) == "linked"
    assert digest_rows(desk.store.connection, without=("feeds", "polls")) == before


@pytest.mark.parametrize("verdict", [Verdict.WALL, Verdict.NOT_ARTICLE, Verdict.THIN])
def test_a_wall_after_the_text_takes_nothing_away(desk: Desk, verdict: Verdict) -> None:
    desk.keep(paper(URL, prose("a"), title="Whole", credits=credited("afp")))
    desk.cluster()
    tables = ("articles", "revisions", "fingerprints", "bands", "credits", "sentences", "clusters")
    before = digest_rows(desk.store.connection)
    wall = paper(URL, "Accept all?", title="Your choice", verdict=verdict, reason="a wall")
    assert desk.keep(wall, updated_at=NOW) == "linked"
    after = digest_rows(desk.store.connection)
    assert {name: after[name] for name in tables} == {name: before[name] for name in tables}
    assert desk.one("SELECT article FROM entries") == 1


def test_the_text_after_a_wall_takes_its_place(desk: Desk) -> None:
    wall = paper(URL, "Accept all?", verdict=Verdict.WALL, reason="consent wall")
    assert desk.keep(wall) == "kept"
    assert desk.column("SELECT state FROM entries") == ["skipped"]
    assert desk.one("SELECT count(*) FROM fingerprints") == 0
    assert desk.cluster() == []
    assert desk.keep(paper(URL, prose("a")), updated_at=NOW) == "revised"
    desk.cluster()
    (row,) = desk.store.query("SELECT verdict, reason, cluster FROM articles")
    assert (row["verdict"], row["reason"]) == ("good", None)
    assert row["cluster"] is not None
    assert desk.column("SELECT state FROM entries") == ["kept"]


@pytest.mark.parametrize(
    ("verdict", "state"),
    [(Verdict.THIN, "kept"), (Verdict.WALL, "skipped"), (Verdict.NOT_ARTICLE, "skipped")],
)
def test_what_is_not_compared_is_kept_with_its_reason(
    desk: Desk, verdict: Verdict, state: str
) -> None:
    desk.keep(paper(URL, "Four words of text.", verdict=verdict, reason="because"))
    assert desk.one("SELECT verdict || ': ' || reason FROM articles") == f"{verdict}: because"
    assert desk.one("SELECT state || ': ' || reason FROM entries") == f"{state}: because"
    assert desk.one("SELECT count(*) FROM fingerprints") == 0
    assert desk.one("SELECT count(*) FROM sentences") == 0


@pytest.mark.parametrize("words", ["", "Too short to compare.", " ".join(["read", "more"] * 40)])
def test_a_text_without_enough_shingles_is_gated_with_a_reason(desk: Desk, words: str) -> None:
    for number in range(3):
        desk.keep(paper(f"http://n{number}.example/a", words))
    outcomes = desk.cluster()
    assert [outcome.result for outcome in outcomes] == ["gated"] * 3
    assert desk.column("SELECT cluster FROM articles") == [None] * 3
    assert all("shingles" in gate for gate in desk.column("SELECT gate FROM fingerprints"))
    assert desk.one("SELECT count(*) FROM bands") == 0


def test_long_evidence_is_cut(desk: Desk) -> None:
    credit = Credit(agency="afp", role=Role.MENTION, zone="text", excerpt="x" * 999, rule="r/1")
    desk.keep(paper(URL, prose("a"), credits=(credit,)))
    assert desk.one("SELECT length(excerpt) FROM credits") == 200


# -- templates


def page(name: str, *, count: int = 10, at: float = 0) -> Any:
    return paper(
        f"http://vale.example/{name}", [*prose(name, count), *FOOTER], title=f"All about {name}",
        at=at,
    )  # fmt: skip


def waits(desk: Desk) -> set[str]:
    return set(desk.column(
        "SELECT url_key FROM articles JOIN fingerprints ON article = id WHERE clustered = 0"
    ))  # fmt: skip


def test_a_sentence_on_three_unlike_pages_is_template_and_reopens_them(desk: Desk) -> None:
    for name in ("mill", "fair"):
        desk.keep(page(name))
    desk.keep(paper("http://vale.example/bare", prose("bare")))
    desk.cluster()
    assert desk.column("SELECT sentence FROM templates") == []
    assert waits(desk) == set()
    desk.keep(page("well"))
    assert set(desk.column("SELECT sentence FROM templates")) == set(FOOTER)
    assert waits(desk) == {"vale.example/mill", "vale.example/fair", "vale.example/well"}
    desk.cluster()
    dropped = desk.column(
        "SELECT json_array_length(dropped) FROM fingerprints JOIN articles ON article = id"
        " ORDER BY url_key"
    )
    assert dropped == [0, 3, 3, 3]
    assert desk.one("SELECT count(*) FROM fingerprints WHERE recipe = ''") == 0


def test_the_stored_text_keeps_its_template(desk: Desk) -> None:
    for name in ("mill", "fair", "well"):
        desk.keep(page(name))
    desk.cluster()
    assert all(FOOTER[0] in text for text in desk.column("SELECT text FROM articles"))


def test_a_template_is_forgotten_when_too_few_pages_hold_it(desk: Desk) -> None:
    for name in ("mill", "fair", "well"):
        desk.keep(page(name))
    desk.cluster()
    desk.keep(paper("http://vale.example/well", prose("well"), title="Without"), updated_at=NOW)
    assert desk.column("SELECT sentence FROM templates") == []
    assert waits(desk) == {"vale.example/mill", "vale.example/fair", "vale.example/well"}
    desk.cluster()
    assert set(desk.column("SELECT dropped FROM fingerprints")) == {"[]"}


def test_what_one_outlet_repeats_is_no_template_of_another(desk: Desk) -> None:
    for name in ("mill", "fair", "well"):
        desk.keep(page(name))
    desk.keep(paper("http://one.example/a", [*prose("one"), *FOOTER]))
    desk.cluster()
    assert desk.one(
        "SELECT dropped FROM fingerprints JOIN articles ON article = id"
        " WHERE url_key = 'one.example/a'"
    ) == "[]"  # fmt: skip


def test_a_story_that_one_outlet_runs_at_three_addresses_is_no_template(desk: Desk) -> None:
    for number in range(3):
        desk.keep(
            paper(f"http://one.example/{number}", prose("a"), title="Bridge opened", at=number)
        )
    desk.cluster()
    assert desk.column("SELECT sentence FROM templates") == []
    assert len(desk.partition()) == 1


# -- identical texts


def test_identical_texts_share_a_holder_with_the_only_keys(desk: Desk) -> None:
    for number in range(5):
        desk.keep(paper(f"http://n{number}.example/a", prose("a"), at=10 * number))
    assert desk.column("SELECT holder FROM fingerprints ORDER BY article") == [None, 1, 1, 1, 1]
    assert desk.column("SELECT DISTINCT article FROM bands") == [1]
    (row,) = desk.store.query("SELECT first_at, last_at FROM fingerprints WHERE article = 1")
    assert tuple(row) == ("2026-11-20T04:00:00Z", "2026-11-20T04:40:00Z")
    desk.cluster()
    assert len(desk.partition()) == 1
    assert desk.column("SELECT DISTINCT verdict FROM pairs") == ["same"]


def test_when_a_holder_changes_its_text_another_takes_its_place(desk: Desk) -> None:
    for number in range(4):
        desk.keep(paper(f"http://n{number}.example/a", prose("a"), at=10 * number))
    desk.cluster()
    desk.keep(paper("http://n0.example/a", prose("other")), updated_at=NOW)
    desk.cluster()
    assert desk.column("SELECT holder FROM fingerprints ORDER BY article") == [None, None, 2, 2]
    assert set(desk.column("SELECT DISTINCT article FROM bands")) == {1, 2}
    assert desk.story_of("http://n1.example/a") == desk.story_of("http://n3.example/a")
    (row,) = desk.store.query("SELECT first_at, last_at FROM fingerprints WHERE article = 2")
    assert tuple(row) == ("2026-11-20T04:10:00Z", "2026-11-20T04:30:00Z")


def test_a_later_run_of_a_text_lets_in_pairs_that_were_too_far_apart(desk: Desk) -> None:
    day = 60 * 24
    text, near = prose("a", 16), prose("a", 13)
    desk.keep(paper("http://one.example/a", text, at=0))
    desk.keep(paper("http://two.example/a", near, at=5 * day))
    desk.cluster()
    assert len(desk.partition()) == 2
    desk.keep(paper("http://three.example/a", text, at=4 * day))
    desk.cluster()
    assert len(desk.partition()) == 1


def test_the_very_same_text_is_one_story_whenever_it_ran(desk: Desk) -> None:
    """The rule in words says so; a near copy has to run within three days."""
    assert "the very same text is one story whenever it ran" in RULES.thresholds.describe()
    desk.keep(paper("http://one.example/a", prose("a"), at=0))
    desk.keep(paper("http://two.example/a", prose("a"), at=60 * 24 * 20))
    desk.cluster()
    assert len(desk.partition()) == 1
    desk.keep(paper("http://three.example/a", prose("a")[1:], at=60 * 24 * 40))
    desk.cluster()
    assert len(desk.partition()) == 2


# -- what is derived may be deleted


def test_fingerprints_that_were_deleted_are_made_again(desk: Desk) -> None:
    for number in range(3):
        desk.keep(paper(f"http://n{number}.example/a", prose("a")[: 14 - number], at=number))
        desk.keep(page(f"page {number}"))
    desk.cluster()
    before, bands = desk.partition(), set(map(tuple, desk.store.query("SELECT * FROM bands")))
    pairs = set(map(tuple, desk.store.query("SELECT * FROM pairs")))
    for table in ("bands", "samples", "fingerprints", "pairs"):
        desk.run(f"DELETE FROM {table}")
    folding.prepare(desk.store, rules=RULES)
    desk.bodies = Bodies(RULES)
    desk.cluster()
    assert desk.partition() == before
    assert set(map(tuple, desk.store.query("SELECT * FROM bands"))) == bands
    assert set(map(tuple, desk.store.query("SELECT * FROM pairs"))) == pairs


def test_other_rules_decide_everything_again(desk: Desk) -> None:
    text = prose("a", 20)
    desk.keep(paper("http://one.example/a", text))
    desk.keep(paper("http://two.example/a", text[:11] + [line.lower() for line in prose("b", 9)]))
    desk.cluster()
    assert len(desk.partition()) == 1
    strict = Rules(thresholds=replace(RULES.thresholds, containment=0.9))
    folding.prepare(desk.store, rules=strict)
    desk.bodies = Bodies(strict)
    desk.cluster()
    assert len(desk.partition()) == 2
    folding.prepare(desk.store, rules=RULES)
    desk.bodies = Bodies(RULES)
    desk.cluster()
    assert len(desk.partition()) == 1


def test_what_was_published_when_does_not_depend_on_when_it_was_read(desk: Desk) -> None:
    desk.keep(paper("http://late.example/a", prose("a"), at=0))
    desk.now += timedelta(days=1)
    desk.keep(paper("http://early.example/a", prose("a"), at=-60))
    desk.cluster()
    assert desk.one("SELECT first_outlet FROM stories") == "early.example"
    assert desk.one("SELECT first_at FROM clusters") == (START - timedelta(hours=1)).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )
