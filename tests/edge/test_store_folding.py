"""Commit C: permanent story ids, what is told of each copy; a second pass changes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aggregator.edge import reading
from aggregator.edge.store import Store, folding
from aggregator.edge.store.comparing import Bodies
from aggregator.model import Role
from tests.edge.test_store_corpus import (
    NOW,
    RULES,
    START,
    Desk,
    credited,
    day,
    digest_rows,
    paper,
    prose,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Store(tmp_path / "news.db") as store:
        yield Desk(store)


def site(number: int, name: str = "a") -> str:
    return f"http://n{number}.example/{name}"


def clusters(desk: Desk) -> dict[int, dict[str, Any]]:
    return {row["id"]: dict(row) for row in desk.store.query("SELECT * FROM clusters")}


# -- permanent ids


LONG = prose("long", 33)
# Two texts that share a third, too little for copies, and one that has most of both.
ONE, TWO, BRIDGE = LONG[:20], LONG[13:], LONG[6:26]


def test_a_late_bridge_merges_into_the_older_story(desk: Desk) -> None:
    """C12: the younger id points to the older one and answers for ever."""
    desk.keep(paper(site(1), ONE))
    desk.cluster()
    desk.keep(paper(site(2), TWO))
    desk.cluster()
    older, younger = desk.story_of(site(1)), desk.story_of(site(2))
    assert older is not None and younger is not None and older < younger
    desk.keep(paper(site(3), BRIDGE, at=9))
    desk.cluster()
    assert {desk.story_of(site(n)) for n in (1, 2, 3)} == {older}
    gone = clusters(desk)[younger]
    assert (gone["merged_into"], gone["articles"], gone["lead"]) == (older, 0, None)
    story = reading.read_story(desk.store.connection, younger)
    assert story is not None
    assert (story.id, len(story.copies)) == (older, 3)


def test_a_chain_of_merges_is_one_step_long(desk: Desk) -> None:
    for number in range(3):
        desk.keep(paper(site(number), prose(f"chain {number}")))
    desk.cluster()
    first, second, third = sorted(clusters(desk))
    with desk.store.write() as db:
        db.execute("UPDATE articles SET cluster = ?", [first])
        folding.retire(db, third, into=second, now=NOW)
        folding.retire(db, second, into=first, now=NOW)
        folding.tell_story(db, desk.bodies, first, now=NOW)
    found = clusters(desk)
    assert found[second]["merged_into"] == found[third]["merged_into"] == first
    story = reading.read_story(desk.store.connection, third)
    assert story is not None and story.id == first


def test_an_article_that_no_longer_copies_leaves_its_story_for_a_new_id(desk: Desk) -> None:
    for number in range(3):
        desk.keep(paper(site(number), prose("a"), at=number))
    desk.cluster()
    story = desk.story_of(site(0))
    desk.keep(paper(site(2), prose("quite another thing"), at=2), updated_at=NOW)
    desk.cluster()
    assert desk.story_of(site(0)) == desk.story_of(site(1)) == story
    assert desk.story_of(site(2)) not in (None, story)
    assert clusters(desk)[story]["articles"] == 2  # type: ignore[index]
    assert desk.told()["n2.example/a"][0] == "only here"


def test_a_bridge_that_goes_lets_the_story_fall_apart(desk: Desk) -> None:
    texts = (ONE, TWO, BRIDGE)
    for number, text in enumerate(texts):
        desk.keep(paper(site(number), text, at=number))
    desk.cluster()
    story = desk.story_of(site(0))
    assert {desk.story_of(site(n)) for n in range(3)} == {story}
    desk.keep(paper(site(2), prose("something else", 20), at=2), updated_at=NOW)
    desk.cluster()
    ids = [desk.story_of(site(n)) for n in range(3)]
    assert len(set(ids)) == 3, "two texts that only the bridge held together, and what it became"
    assert story in ids
    assert None not in ids
    assert {values[0] for values in desk.told().values()} == {"only here"}
    assert {row["articles"] for row in clusters(desk).values()} == {1}


def test_no_id_is_used_twice(desk: Desk) -> None:
    seen: dict[int, str] = {}
    texts = (ONE, TWO, prose("other"), BRIDGE)
    for turn, text in enumerate(texts * 2):
        desk.keep(paper(site(turn % 3), text, title=f"Title {turn}"), title=f"Title {turn}")
        desk.cluster()
        for one, row in clusters(desk).items():
            assert row["articles"] == desk.one(
                "SELECT count(*) FROM articles WHERE cluster = ?", one
            )
            seen.setdefault(one, row["title"])
    assert sorted(seen) == sorted(clusters(desk))


def test_a_story_whose_last_article_is_gated_closes(desk: Desk) -> None:
    desk.keep(paper(site(1), prose("a")))
    desk.cluster()
    story = desk.story_of(site(1))
    desk.keep(paper(site(1), "Withdrawn. The text was published in error."), updated_at=NOW)
    desk.cluster()
    assert desk.story_of(site(1)) is None
    row = clusters(desk)[story]  # type: ignore[index]
    assert (row["articles"], row["lead"], row["merged_into"]) == (0, None, None)
    assert reading.read_story(desk.store.connection, story) is None  # type: ignore[arg-type]
    assert desk.store.query("SELECT * FROM stories") == []


# -- what is told


def test_what_each_outlet_did_is_told(desk: Desk) -> None:
    text, own = prose("a", 16), prose("own", 10)
    desk.keep(paper("http://afp.com/a", text, at=10, credits=credited("afp", Role.OWN)))
    desk.keep(paper("http://same.example/a", text, at=20))
    desk.keep(paper("http://short.example/a", text[:8], at=30, credits=credited("afp")))
    desk.keep(paper("http://more.example/a", [*own[:5], *text, *own[5:]], at=40))
    desk.keep(paper("http://early.example/a", text, at=0, credits=credited("afp")))
    desk.cluster()
    told = {key.split(".")[0]: values for key, values in desk.told().items()}
    assert {name: values[0] for name, values in told.items()} == {
        "early": "first", "afp": "word for word", "same": "word for word", "short": "shortened",
        "more": "added reporting",
    }  # fmt: skip
    assert {values[4] for values in told.values()} == {"afp.com/a"}, "the agency's own copy leads"
    assert {values[5] for values in told.values()} == {"afp"}
    assert told["same"][9] == "afpinferred"
    assert told["short"][9] == "afporigin"
    assert told["short"][2] == 1.0
    assert 0.45 < told["short"][3] < 0.65
    assert told["afp"][2:4] == (None, None)
    (row,) = desk.store.query("SELECT * FROM clusters")
    assert (row["outlets"], row["articles"], row["independent"]) == (5, 5, 1)
    assert row["first_at"] == "2026-11-20T04:00:00Z"
    assert row["last_at"] == "2026-11-20T04:40:00Z"


def test_an_inferred_credit_goes_when_its_proof_goes(desk: Desk) -> None:
    desk.keep(paper(site(1), prose("a"), credits=credited("afp")))
    desk.keep(paper(site(2), prose("a"), at=5))
    desk.cluster()
    inferred = "SELECT article FROM credits WHERE role = 'inferred'"
    assert desk.column(inferred) == [2]
    desk.keep(paper(site(1), prose("another")), updated_at=NOW)
    desk.cluster()
    assert desk.column(inferred) == []
    assert desk.one("SELECT agency FROM clusters WHERE id = ?", desk.story_of(site(2))) is None


def test_titles_of_one_owner_are_one_independent_source(desk: Desk) -> None:
    shared = prose("shared", 12)
    desk.keep(paper(site(1), [*shared, *prose("x", 18)]))
    desk.keep(paper(site(2), [*shared, *prose("y", 18)]))
    desk.cluster()
    assert desk.column("SELECT independent FROM clusters") == [2]
    desk.run("UPDATE outlets SET family = 'One Group'")
    desk.run("UPDATE fingerprints SET clustered = 0")
    desk.cluster()
    assert desk.column("SELECT independent FROM clusters") == [1]


# -- pairs


def test_every_pair_in_a_story_can_be_worked_out_again(desk: Desk) -> None:
    """C17: the stored numbers are those of the stored texts."""
    from aggregator.core import match

    for article in day():
        desk.keep(article)
    desk.cluster()
    bodies = Bodies(RULES)
    rows = desk.store.query("SELECT * FROM pairs")
    assert len(rows) > 10
    for row in rows:
        assert row["a"] < row["b"]
        pair = match.compare(
            bodies.get(desk.store.connection, row["a"]),
            bodies.get(desk.store.connection, row["b"]),
        )
        assert row["jaccard"] == round(pair.jaccard, 4)
        assert (row["a_in_b"], row["b_in_a"]) == (round(pair.a_in_b, 4), round(pair.b_in_a, 4))
        assert row["shared"] == pair.shared


def test_two_pages_of_one_outlet_that_a_second_outlet_joins_are_decided_again(
    desk: Desk,
) -> None:
    """C01: a text that ran in two outlets is no outlet's own page, whichever came last.

    The publication times are equal, so that nothing but the second outlet is new.
    """
    text = prose("a", 20)
    near = text[:13] + prose("u", 7)
    articles = [
        paper("http://one.example/a", text), paper("http://one.example/u", near, at=1),
        paper("http://two.example/a", text),
    ]  # fmt: skip
    partitions = []
    for order in ((0, 1, 2), (0, 2, 1)):
        other = Desk(Store(":memory:"))
        for place in order:
            other.keep(articles[place])
            other.cluster()
        partitions.append(other.partition())
        other.store.close()
    assert partitions[0] == partitions[1]


def test_a_new_headline_is_heard_at_once_and_not_after_a_restart(tmp_path: Path) -> None:
    """Two pages of one outlet need alike headlines; a running program must not use an old one."""
    text = prose("a", 20)
    moved = [*prose("intro", 3), *text[:16], *prose("end", 1)]
    partitions = []
    for restart in (False, True):
        with Store(tmp_path / f"{restart}.db") as store:
            desk = Desk(store)
            desk.keep(paper("http://one.example/a", text, title="Bakery opens"))
            desk.keep(paper("http://one.example/b", moved, title="Harbour floods again", at=5))
            desk.cluster()
            desk.keep(
                paper("http://one.example/b", moved, title="Bakery opens today", at=5),
                title="Bakery opens today",
            )
            if restart:
                desk.bodies = Bodies(RULES)
            desk.cluster()
            partitions.append(desk.partition())
    assert partitions[0] == partitions[1]


# -- a second pass


def test_a_second_pass_changes_no_row(desk: Desk) -> None:
    """C02: everything listed, read and compared again three times, and every table is as it was."""
    articles = day()
    for article in articles:
        desk.keep(article)
    desk.cluster()
    times = ("feeds", "polls")  # when a poll was, and how often it was quiet
    before = digest_rows(desk.store.connection, without=times)
    for round_ in range(3):
        desk.now += timedelta(hours=1)
        folding.prepare(desk.store, rules=RULES)
        desk.bodies = Bodies(RULES)
        for article in articles if round_ % 2 else reversed(articles):
            assert desk.keep(article) == "linked"
        assert desk.cluster() == []
        assert digest_rows(desk.store.connection, without=times) == before


def test_comparing_everything_again_changes_no_story(desk: Desk) -> None:
    for article in day():
        desk.keep(article)
    desk.cluster(batch=5)
    tables = ("articles", "clusters", "credits", "pairs")
    before = {name: found for name, found in digest_rows(desk.store.connection).items()
              if name in tables}  # fmt: skip
    desk.now += timedelta(hours=1)
    desk.run("UPDATE fingerprints SET clustered = 0")
    desk.cluster(batch=7)
    after = digest_rows(desk.store.connection)
    assert {name: after[name] for name in tables} == before


def test_a_pass_cut_short_anywhere_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D02: killed before each cluster row is told, then run again: row for row the same."""
    with Store(tmp_path / "whole.db") as store:
        whole = Desk(store)
        for article in day():
            whole.keep(article)
        whole.cluster(batch=9)
        wanted = whole.partition(), whole.told()
    with Store(tmp_path / "cut.db") as store:
        cut = Desk(store)
        for article in day():
            cut.keep(article)
        told = folding.tell_story
        calls = 0

        def fail_now_and_then(*values: Any, **named: Any) -> None:
            nonlocal calls
            calls += 1
            told(*values, **named)
            if calls % 6 == 0:
                raise OSError("the power went")

        monkeypatch.setattr(folding, "tell_story", fail_now_and_then)
        failures = 0
        while failures < 200:
            try:
                cut.cluster(batch=3)
                break
            except OSError:
                failures += 1
                cut.bodies = Bodies(RULES)
        assert failures >= 3
        assert (cut.partition(), cut.told()) == wanted


# -- floods and chains


def test_two_thousand_identical_documents_are_one_story_in_seconds(tmp_path: Path) -> None:
    """C15: the cost of a flood grows with its length, not with its square."""
    with Store(tmp_path / "news.db") as store:
        desk = Desk(store)
        text = prose("flood", 12)
        begun = time.monotonic()
        with store.write():
            for number in range(2000):
                url = f"http://n{number % 500}.example/{number}"
                desk.keep(paper(url, text, title="Same", at=number / 10))
        desk.cluster()
        seconds = time.monotonic() - begun
        assert len(desk.partition()) == 1
        assert desk.one("SELECT count(*) FROM bands") <= 64
        assert desk.one("SELECT count(*) FROM pairs") == 1999
        assert seconds < 20, f"{seconds:.1f} s"


def test_the_work_of_a_flood_grows_with_its_length(tmp_path: Path) -> None:
    """C15, without a clock: four times the documents take no more than eight times the steps."""

    def steps(documents: int) -> int:
        """Thousands of instructions of the database's own machine."""
        count = 0

        def tick() -> int:
            nonlocal count
            count += 1
            return 0

        desk = Desk(Store(":memory:"))
        desk.store.connection.set_progress_handler(tick, 1000)
        text = prose("flood", 12)
        with desk.store.write():
            for number in range(documents):
                url = f"http://n{number % 100}.example/{number}"
                desk.keep(paper(url, text, title="Same", at=number / 10))
        desk.cluster()
        desk.store.connection.set_progress_handler(None, 0)
        desk.store.close()
        return count

    assert steps(800) < 8 * steps(200)


def test_a_drifting_text_does_not_become_one_story(desk: Desk) -> None:
    """C09: 40 versions of a live page, each a little changed, whose ends share nothing."""
    versions = [prose("live", 60)[at : at + 20] for at in range(40)]
    for number, text in enumerate(versions):
        desk.keep(paper(site(number), text, at=number))
    desk.cluster()
    groups = [sorted(int(k[1:].split(".")[0]) for k in group) for group in desk.partition()]
    assert len(groups) > 1
    for group in groups:
        assert group[-1] - group[0] < 14, "ends of a story share at least three sentences in ten"
        assert all(b - a == 1 for a, b in pairwise(group)), "and it has no holes"


def glued(desk: Desk, items: int) -> list[set[str]]:
    """Two stories of three copies each, and pages that carry both whole; names by story."""
    one, two = prose("one", 20), prose("two", 20)
    for number in range(3):
        desk.keep(paper(site(number, "one"), one[number:], at=number))
        desk.keep(paper(site(number, "two"), two[number:], at=number))
    for number in range(10, 10 + items):
        text = [*one[number % 3 :], *two]
        desk.keep(paper(site(number, "both"), text, at=30 + number))
    desk.cluster()
    return [{key.split("/")[1] for key in group} for group in desk.partition()]


@pytest.mark.parametrize("items", [1, 4, 10])
def test_two_stories_that_others_glue_together_stay_two(desk: Desk, items: int) -> None:
    """C10: pages that carry both stories whole do not make them one."""
    told = glued(desk, items)
    assert all(not {"one", "two"} <= names for names in told), told


@pytest.mark.parametrize("flood", [8, 60])
def test_a_flood_from_one_site_counts_as_one_outlet(desk: Desk, flood: int) -> None:
    """C11: a copycat with an earlier date is one outlet and never leads before the agency.

    Past some pages its text is the site's furniture and no longer compared.
    """
    text = prose("a")
    desk.keep(paper("http://afp.com/a", text, at=60, credits=credited("afp", Role.OWN)))
    for number in range(flood):
        desk.keep(paper(f"http://copycat.example/{number}", text, title="Scoop", at=0))
    desk.cluster()
    (row,) = desk.store.query("SELECT clusters.*, url_key FROM clusters"
                              " JOIN articles ON articles.id = lead")  # fmt: skip
    assert row["url_key"] == "afp.com/a"
    assert row["independent"] == 1
    assert (row["outlets"], row["articles"]) == ((2, 9) if flood == 8 else (1, 1))


def test_a_story_keeps_the_time_its_newest_copy_was_seen(desk: Desk) -> None:
    desk.keep(paper(site(1), prose("a")))
    desk.cluster()
    desk.now += timedelta(hours=3)
    desk.keep(paper(site(2), prose("a"), at=-600))
    desk.cluster()
    (row,) = desk.store.query("SELECT * FROM clusters")
    assert row["seen_at"] == "2026-11-20T15:00:00Z"
    assert row["first_at"] == (START - timedelta(hours=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert row["updated_at"] == "2026-11-20T15:00:00Z"
