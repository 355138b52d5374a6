"""A person's decisions in the database: they hold through everything, and can be taken back."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from aggregator.core import corrected
from aggregator.core.rules import Rules
from aggregator.core.thresholds import Thresholds
from aggregator.core.urls import url_key
from aggregator.edge import reading
from aggregator.edge.store import Store, correcting, explaining, folding, prints
from aggregator.edge.store.comparing import Bodies
from aggregator.errors import UsageError
from aggregator.model import Article, CorrectionKind, Role
from tests.edge.test_store_corpus import NOW, Desk, credited, day, digest_rows, paper, prose, site

LATER = NOW + timedelta(hours=1)


def two_stories(desk: Desk, *, one: int = 3, two: int = 2) -> tuple[int, int]:
    """Two stories of so many copies: of outlets 0, 1 ... and of 10, 11 ...; gives their ids."""
    for number in range(one):
        desk.keep(paper(site(number), prose("one")[: 14 - number], at=number))
    for number in range(10, 10 + two):
        desk.keep(paper(site(number), prose("two")[: 24 - number], at=number))
    desk.cluster()
    return story(desk, 0), story(desk, 10)


def story(desk: Desk, number: int) -> int:
    found = desk.story_of(site(number))
    assert found is not None
    return found


def stories(desk: Desk, *numbers: int) -> list[int | None]:
    return [desk.story_of(site(number)) for number in numbers]


def article(desk: Desk, url: str) -> int:
    return int(desk.one("SELECT id FROM articles WHERE url_key = ?", url_key(url)))


def page(desk: Desk, number: int) -> int:
    return article(desk, site(number))


def again(desk: Desk, rules: Rules | None = None, *, batch: int = 3) -> None:
    """Everything derived is thrown away and made again, as a program that starts anew does."""
    for table in ("fingerprints", "bands", "samples", "pairs", "sentences", "templates"):
        desk.run(f"DELETE FROM {table}")
    desk.rules = rules or desk.rules
    folding.prepare(desk.store, rules=desk.rules)
    desk.bodies = Bodies(desk.rules)
    desk.cluster(batch=batch)


# -- merge


def test_merged_stories_stay_one_whatever_the_numbers(desk: Desk) -> None:
    older, younger = two_stories(desk)
    done = correcting.merge(desk.store, [younger, older], now=LATER, note=" one event ")
    assert (done.correction.id, done.correction.note) == (1, "one event")
    assert f"story {younger}: part of story {older} now" in done.changes
    everybody = (0, 1, 2, 10, 11)
    assert set(stories(desk, *everybody)) == {older}, "at once, without a pass"
    row = desk.store.query("SELECT * FROM clusters WHERE id = ?", [younger])[0]
    assert (row["merged_into"], row["articles"]) == (older, 0)
    found = reading.read_story(desk.store.connection, younger)
    assert found is not None and (found.id, len(found.copies)) == (older, 5)
    assert [each.id for each in found.corrections] == [1]
    again(desk)
    assert set(stories(desk, *everybody)) == {older}
    again(desk, Rules(thresholds=Thresholds(containment=0.99, jaccard_loose=0.98)))
    assert set(stories(desk, *everybody)) == {older}, "and when the rules would part them all"
    desk.keep(paper(site(20), prose("two")), title="another")
    desk.cluster()
    assert story(desk, 20) == older, "what copies a part of it comes to the whole"


def test_an_article_that_changed_its_text_stays_where_a_person_put_it(desk: Desk) -> None:
    older, younger = two_stories(desk)
    correcting.merge(desk.store, [older, younger], now=LATER)
    desk.keep(paper(site(10), prose("quite another")), updated_at=LATER)
    desk.cluster()
    assert set(stories(desk, 0, 1, 2, 10, 11)) == {older}


def test_an_article_that_is_not_compared_any_more_stays_too(desk: Desk) -> None:
    older, younger = two_stories(desk, two=1)
    correcting.merge(desk.store, [older, younger], now=LATER)
    desk.keep(paper(site(10), prose("short", 1)), updated_at=LATER)
    desk.cluster()
    assert desk.told()["n10.example/a"][-1] is not None, "it is gated"
    assert set(stories(desk, 0, 1, 2, 10)) == {older}
    correcting.undo(desk.store, 1, now=LATER)
    assert stories(desk, 0, 10) == [older, None]


def test_three_stories_are_one_decision(desk: Desk) -> None:
    older, younger = two_stories(desk)
    desk.keep(paper(site(30), prose("three")))
    desk.cluster()
    correcting.merge(desk.store, [older, younger, story(desk, 30)], now=LATER)
    assert set(stories(desk, 0, 10, 30)) == {older}
    correcting.undo(desk.store, 1, now=LATER)
    assert len(set(stories(desk, 0, 10, 30))) == 3


# -- ids come back


@pytest.mark.parametrize("copies", [(3, 2), (2, 3), (1, 4)])
def test_undoing_a_merge_gives_both_ids_back(desk: Desk, copies: tuple[int, int]) -> None:
    """Also when most articles are those of the story that was merged into the older one."""
    older, younger = two_stories(desk, one=copies[0], two=copies[1])
    before = desk.partition(), desk.told()
    correcting.merge(desk.store, [older, younger], now=LATER)
    late = [number + 20 for number in range(4)]
    for number in late:  # and when copies came in between
        desk.keep(paper(site(number), prose("two")[:12], at=number))
    desk.cluster()
    done = correcting.undo(desk.store, 1, now=LATER)
    assert set(stories(desk, *range(copies[0]))) == {older}
    assert set(stories(desk, 10, *late)) == {younger}
    told = f"story {younger}: again, {copies[1] + 4} articles from story {older}"
    assert told in done.changes
    row = desk.store.query("SELECT * FROM clusters WHERE id = ?", [younger])[0]
    assert (row["merged_into"], row["articles"]) == (None, copies[1] + 4)
    desk.run("DELETE FROM corrected_articles")
    for number in late:
        desk.run("UPDATE articles SET cluster = NULL WHERE id = ?", page(desk, number))
    assert {g for g in desk.partition() if len(g) > 1} == {g for g in before[0] if len(g) > 1}


def test_older_addresses_lead_where_they_led_before_a_merge(desk: Desk) -> None:
    long = prose("long", 33)
    desk.keep(paper(site(0), prose("first")))
    desk.cluster()
    for number, text in ((1, long[:20]), (2, long[13:])):
        desk.keep(paper(site(number), text, at=number))
        desk.cluster()
    gone = story(desk, 2)
    desk.keep(paper(site(3), long[6:26], at=9))  # a bridge: the machine joins two stories
    desk.cluster()
    one, two = story(desk, 0), story(desk, 1)
    merged_into = "SELECT merged_into FROM clusters WHERE id = ?"
    assert desk.one(merged_into, gone) == two
    correcting.merge(desk.store, [one, two], now=LATER)
    assert desk.one(merged_into, gone) == one
    correcting.undo(desk.store, 1, now=LATER)
    assert desk.one(merged_into, gone) == two == story(desk, 1)
    assert story(desk, 0) == one


# -- split


def test_what_was_taken_out_stays_out(desk: Desk) -> None:
    for number in range(5):
        desk.keep(paper(site(number), prose("one")[: 14 - number], at=number))
    desk.cluster()
    whole = story(desk, 0)
    taken = [page(desk, 3), page(desk, 4)]
    done = correcting.split(desk.store, whole, taken, now=LATER)
    new = story(desk, 3)
    assert done.changes == (
        f"story {whole}: 3 articles, before 5", f"story {new}: new, 2 articles from story {whole}",
    )  # fmt: skip
    assert stories(desk, 0, 1, 2, 3, 4) == [whole, whole, whole, new, new]
    desk.keep(paper(site(5), prose("one")[:12], at=9))  # very like both
    desk.cluster()
    again(desk)
    assert story(desk, 5) in (whole, new)
    assert stories(desk, 0, 1, 2, 3, 4) == [whole, whole, whole, new, new]
    correcting.undo(desk.store, 1, now=LATER)
    assert set(stories(desk, 0, 1, 2, 3, 4, 5)) == {whole}
    assert desk.one("SELECT merged_into FROM clusters WHERE id = ?", new) == whole


def test_the_id_goes_with_most_articles_and_else_with_the_lead(desk: Desk) -> None:
    for number in range(5):
        desk.keep(paper(site(number), prose("one"), at=number))
    for number in (11, 12):  # the second is the earlier one and leads
        desk.keep(paper(site(number), prose("two"), at=20 - number))
    desk.cluster()
    five, two = story(desk, 0), story(desk, 11)
    correcting.split(desk.store, five, [page(desk, n) for n in (0, 1, 2)], now=LATER)
    assert stories(desk, 0, 1, 2) == [five] * 3 and story(desk, 3) == story(desk, 4) != five
    correcting.split(desk.store, two, [page(desk, 12)], now=LATER)
    assert story(desk, 12) == two != story(desk, 11)


def test_identical_texts_can_be_parted_by_article(desk: Desk) -> None:
    """One of them is the holder of the text; whichever it is, what was decided counts."""
    for taken in (0, 2):
        other = Desk(Store(":memory:"))
        for number in range(4):
            other.keep(paper(site(number), prose("same"), at=number))
        other.cluster()
        whole = story(other, 0)
        rest = [number for number in range(4) if number != taken]
        correcting.split(other.store, whole, [page(other, taken)], now=LATER)
        assert stories(other, *rest) == [whole] * 3
        assert story(other, taken) != whole
        other.keep(paper(site(9), prose("same"), at=9))
        other.keep(paper(site(8), prose("same")[:9], at=9))
        other.cluster()
        assert stories(other, *rest, 8, 9) == [whole] * 5, "a new run stays with the many"
        again(other)
        assert stories(other, *rest, 8, 9) == [whole] * 5
        assert story(other, taken) != whole
        # the text of what was taken out changes and changes back
        other.keep(paper(site(taken), prose("not the same")), updated_at=LATER)
        other.cluster()
        other.keep(paper(site(taken), prose("same")), updated_at=LATER + timedelta(hours=1))
        other.cluster()
        assert stories(other, *rest) == [whole] * 3 and story(other, taken) != whole
        correcting.undo(other.store, 1, now=LATER)
        assert set(stories(other, *range(4), 8, 9)) == {whole}
        other.store.close()


def test_one_page_is_parted_from_a_thousand_that_are_the_same(desk: Desk) -> None:
    with desk.store.write():
        for number in range(1000):
            desk.keep(paper(site(number), prose("flood"), title="Same", at=number / 10))
    desk.cluster()
    whole = story(desk, 0)
    correcting.split(desk.store, whole, [page(desk, 500)], now=LATER)
    assert sorted(map(len, desk.partition())) == [1, 999]
    assert stories(desk, 0, 999) == [whole, whole]
    assert desk.one("SELECT articles FROM clusters WHERE id = ?", whole) == 999


# -- not a copy


def test_no_copy_stays_apart_even_through_a_third_text(desk: Desk) -> None:
    for number in range(3):
        desk.keep(paper(site(number), prose("one")[: 14 - number], at=number))
    desk.cluster()
    correcting.part(desk.store, page(desk, 0), page(desk, 2), now=LATER)
    assert story(desk, 0) != story(desk, 2)
    for number in range(3, 9):
        desk.keep(paper(site(number), prose("one")[: 14 - number % 3], at=number))
        desk.cluster()
    again(desk)
    assert story(desk, 0) != story(desk, 2)
    correcting.undo(desk.store, 1, now=LATER)
    assert len(set(stories(desk, *range(9)))) == 1


def test_no_copy_may_be_said_before_the_machine_errs(desk: Desk) -> None:
    two_stories(desk, one=1, two=1)
    done = correcting.part(desk.store, page(desk, 0), page(desk, 10), now=LATER)
    assert done.changes == ()
    desk.keep(paper(site(10), prose("one"), at=10), updated_at=LATER)
    desk.cluster()
    assert story(desk, 0) != story(desk, 10)


# -- pin


def lead(desk: Desk, number: int) -> str:
    return str(
        desk.one(
            "SELECT url_key FROM articles WHERE id = (SELECT lead FROM clusters WHERE id = ?)",
            story(desk, number),
        )
    )


def test_a_pinned_copy_leads_before_the_agency_s_own(desk: Desk) -> None:
    desk.keep(paper("http://afp.com/a", prose("a"), at=5, credits=credited("afp", Role.OWN)))
    for number in range(3):
        desk.keep(paper(site(number), prose("a")[: 14 - number], at=number + 6))
    desk.cluster()
    assert lead(desk, 0) == "afp.com/a"
    done = correcting.pin(desk.store, page(desk, 1), now=LATER)
    assert done.changes == (
        f"story {story(desk, 0)}: led by article {page(desk, 1)}, before by article 1",
    )
    assert lead(desk, 0) == "n1.example/a"
    desk.keep(paper(site(3), prose("a"), at=1, credits=credited("afp")))
    desk.cluster()
    again(desk)
    assert lead(desk, 0) == "n1.example/a"
    correcting.pin(desk.store, page(desk, 2), now=LATER)
    assert lead(desk, 0) == "n2.example/a", "the newest decision"
    correcting.pin(desk.store, page(desk, 1), now=LATER)
    assert lead(desk, 0) == "n1.example/a", "and the same once more"
    with pytest.raises(UsageError, match="is pinned already, correction 3"):
        correcting.pin(desk.store, page(desk, 1), now=LATER)
    for number in (1, 3, 2):
        correcting.undo(desk.store, number, now=LATER)
    assert lead(desk, 0) == "afp.com/a"


def test_a_pin_goes_with_its_article(desk: Desk) -> None:
    older, younger = two_stories(desk)
    correcting.pin(desk.store, page(desk, 11), now=LATER)
    correcting.merge(desk.store, [older, younger], now=LATER)
    assert lead(desk, 0) == "n11.example/a"
    correcting.undo(desk.store, 2, now=LATER)
    assert (lead(desk, 0), lead(desk, 10)) == ("n0.example/a", "n11.example/a")


# -- what is refused


def test_a_contradiction_is_refused_until_the_older_decision_is_undone(desk: Desk) -> None:
    older, younger = two_stories(desk)
    correcting.merge(desk.store, [older, younger], now=LATER)
    before = digest_rows(desk.store.connection)
    a, b = page(desk, 0), page(desk, 10)
    for refused in (
        lambda: correcting.part(desk.store, a, b, now=LATER),
        lambda: correcting.split(desk.store, older, [b], now=LATER),
    ):
        with pytest.raises(
            UsageError, match=r"correction 1 \(merge\) holds them together; try: aggregator undo 1"
        ):
            refused()
    assert digest_rows(desk.store.connection) == before, "nothing of it was kept"
    correcting.undo(desk.store, 1, now=LATER)
    correcting.part(desk.store, a, b, now=LATER)
    with pytest.raises(UsageError, match=r"2 \(not-a-copy\) keeps them apart; .* undo 2"):
        correcting.merge(desk.store, [older, younger], now=LATER)


def test_what_cannot_be_done_is_said(desk: Desk) -> None:
    older, younger = two_stories(desk)
    correcting.merge(desk.store, [older, younger], now=LATER)
    store, everybody = desk.store, [page(desk, number) for number in (0, 1, 2, 10, 11)]
    cases: dict[str, Any] = {
        f"story {older} and story {younger}: are one story already": lambda: correcting.merge(
            store, [older, younger], now=LATER
        ),
        "a merge needs two": lambda: correcting.merge(store, [older], now=LATER),
        "story 99: not in this database": lambda: correcting.merge(store, [older, 99], now=LATER),
        "article 99: not in story": lambda: correcting.split(store, older, [99], now=LATER),
        "no article would be left": lambda: correcting.split(store, older, everybody, now=LATER),
        "the same article twice": lambda: correcting.part(store, 1, 1, now=LATER),
        "article 99: stands in no story": lambda: correcting.pin(store, 99, now=LATER),
        "correction 7: not in this database": lambda: correcting.undo(store, 7, now=LATER),
        "note: over 1,000": lambda: correcting.pin(store, 1, now=LATER, note="x" * 1001),
    }
    for told, refused in cases.items():
        with pytest.raises(UsageError, match=told):
            refused()
    correcting.undo(store, 1, now=LATER)
    with pytest.raises(UsageError, match="correction 1: undone already, 2026-11-20T13"):
        correcting.undo(store, 1, now=LATER)
    assert desk.column("SELECT id FROM corrections") == [1]


# -- all or nothing


def test_a_rehearsal_says_the_same_and_changes_nothing(desk: Desk) -> None:
    older, younger = two_stories(desk)
    desk.keep(paper(site(5), prose("one")[:13], at=8))  # still waits
    before = digest_rows(desk.store.connection)
    a, b = page(desk, 0), page(desk, 1)
    rehearsed = (
        correcting.merge(desk.store, [older, younger], now=LATER, dry_run=True),
        correcting.split(desk.store, older, [a], now=LATER, dry_run=True),
        correcting.part(desk.store, a, b, now=LATER, dry_run=True),
        correcting.pin(desk.store, b, now=LATER, dry_run=True),
    )
    assert digest_rows(desk.store.connection) == before
    assert all(each.changes for each in rehearsed)
    real = correcting.merge(desk.store, [older, younger], now=LATER)
    assert real == rehearsed[0]
    before = digest_rows(desk.store.connection)
    undone = correcting.undo(desk.store, 1, now=LATER, dry_run=True)
    assert digest_rows(desk.store.connection) == before
    assert correcting.undo(desk.store, 1, now=LATER) == undone


def test_a_decision_cut_short_leaves_nothing_behind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, younger = two_stories(desk)
    before = digest_rows(desk.store.connection)

    def fail(*values: Any, **named: Any) -> None:
        raise OSError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(corrected, "changes", fail)
        with pytest.raises(OSError, match="power"):
            correcting.merge(desk.store, [older, younger], now=LATER)
    assert digest_rows(desk.store.connection) == before
    correcting.merge(desk.store, [older, younger], now=LATER)
    assert set(stories(desk, 0, 10)) == {older}


def test_what_waits_goes_on_waiting_and_is_in_the_right_story(desk: Desk) -> None:
    """A page read anew waits for its pass; a decision about its story must not throw it out."""
    older, younger = two_stories(desk)
    desk.keep(paper(site(2), prose("one")[:11], at=2), updated_at=LATER)
    with desk.store.write() as db:
        prints.forget(db, page(desk, 1))
    correcting.merge(desk.store, [older, younger], now=LATER)
    assert set(stories(desk, 0, 1, 2, 10, 11)) == {older}
    correcting.undo(desk.store, 1, now=LATER)
    assert stories(desk, 0, 1, 2, 10, 11) == [older] * 3 + [younger] * 2
    waiting = set(desk.column("SELECT article FROM fingerprints WHERE clustered = 0"))
    assert waiting >= {page(desk, 1), page(desk, 2)}
    desk.cluster()
    assert stories(desk, 0, 1, 2, 10, 11) == [older] * 3 + [younger] * 2


def test_a_second_pass_over_decided_stories_changes_no_row(desk: Desk) -> None:
    for each in day():
        desk.keep(each)
    desk.cluster()
    decide(desk)
    before = digest_rows(desk.store.connection, without=("feeds", "polls"))
    desk.now += timedelta(hours=1)
    folding.prepare(desk.store, rules=desk.rules)
    desk.bodies = Bodies(desk.rules)
    assert desk.cluster() == []
    desk.run("UPDATE fingerprints SET clustered = 0")
    desk.cluster(batch=7)
    assert digest_rows(desk.store.connection, without=("feeds", "polls")) == before


# -- in any order

PLAN: list[tuple[CorrectionKind, list[list[str]]]] = [
    (CorrectionKind.MERGE, [["five.example/choir", "six.example/choir"], ["two.example/strike"]]),
    (
        CorrectionKind.SPLIT,
        [["one.example/strike"], ["one.example/strike-again", "three.example/strike"]],
    ),
    (CorrectionKind.NOT_A_COPY, [["one.example/flood"], ["three.example/flood"]]),
    (CorrectionKind.NOT_A_COPY, [["afp.com/flood"], ["four.example/prize"]]),
    (CorrectionKind.MERGE, [["vale.example/mill"], ["one.example/flood"]]),
    (CorrectionKind.PIN, [["two.example/flood"]]),
]


def decide(desk: Desk) -> None:
    """The decisions of the plan, by articles and without regard to stories."""
    ids = {row[0]: row[1] for row in desk.store.query("SELECT url_key, id FROM articles")}
    for kind, parts in PLAN:
        about = [[ids[key] for key in part] for part in parts]
        correcting._decide(
            desk.store, kind, lambda db, about=about: about, now=LATER, note="", dry_run=False
        )


@pytest.mark.parametrize("seed", range(6))
def test_the_partition_depends_on_texts_and_decisions_alone(seed: int) -> None:
    """Order of arrival, size of batches, and whether it was decided early or late: no matter."""
    chance = random.Random(seed)
    wanted = Desk(Store(":memory:"))
    for each in day():
        wanted.keep(each)
    wanted.cluster()
    decide(wanted)
    concerned = {key for _, parts in PLAN for part in parts for key in part}
    articles: list[Article] = day()
    chance.shuffle(articles)
    early = seed % 2 == 0
    if early:  # the articles that are decided on have to be there
        articles.sort(key=lambda each: each.url_key not in concerned)
    desk = Desk(Store(":memory:"))
    batch = (3, 7, 100)[seed % 3]
    for number, each in enumerate(articles, 1):
        desk.keep(each)
        if number % batch == 0:
            desk.cluster(batch=batch)
        if early and number == len(concerned):
            decide(desk)
    desk.cluster(batch=batch)
    if not early:
        decide(desk)
    assert desk.partition() == wanted.partition()
    assert desk.told() == wanted.told()
    held = {frozenset(group) for group in desk.partition()}
    place = {key: group for group in held for key in group}
    assert place["five.example/choir"] == place["two.example/strike"]
    assert place["one.example/strike"] != place["three.example/strike"]
    assert place["one.example/flood"] != place["three.example/flood"]
    assert place["vale.example/mill"] == place["one.example/flood"]
    for other in (desk, wanted):
        other.store.close()


# -- what readers see


def test_explain_says_when_a_person_decided(desk: Desk) -> None:
    older, younger = two_stories(desk)
    correcting.merge(desk.store, [older, younger], now=LATER, note="seen on site")
    a, b = str(page(desk, 0)), str(page(desk, 10))
    told = explaining.explain(desk.store.connection, a, b)
    assert [each.id for each in told.together] == [1] and told.apart == ()
    assert "together   A person joined" in told.to_text() and "seen on site" in told.to_text()
    assert told.to_dict()["person"]["together"][0]["kind"] == "merge"
    correcting.undo(desk.store, 1, now=LATER)
    correcting.part(desk.store, int(a), int(b), now=LATER)
    told = explaining.explain(desk.store.connection, a, b)
    assert told.together == () and [each.id for each in told.apart] == [2]
    assert "apart      A person said that" in told.to_text()


def test_a_story_shows_the_decisions_in_force_about_it(desk: Desk) -> None:
    older, younger = two_stories(desk)
    correcting.pin(desk.store, page(desk, 1), now=LATER)
    correcting.part(desk.store, page(desk, 0), page(desk, 10), now=LATER)
    correcting.pin(desk.store, page(desk, 2), now=LATER)
    correcting.undo(desk.store, 3, now=LATER)

    def shown(number: int) -> list[int]:
        found = reading.read_story(desk.store.connection, number)
        assert found is not None
        return [each.id for each in found.corrections]

    assert (shown(older), shown(younger)) == ([1, 2], [2])
    listed = reading.read_corrections(desk.store.connection)
    assert [(each.id, each.undone_at is None) for each in listed] == [
        (1, True), (2, True), (3, False),
    ]  # fmt: skip
