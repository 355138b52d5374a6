"""The clustering exam, through the store: C01 to C18, each test named for its case.

Heavy cases run smaller here and at full size in `scripts/exam`; C13, C14 and C16 ask the pure
functions and stand in tests/core/test_exam_clusters.py.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aggregator.core import cluster, fingerprint, match
from aggregator.core.rules import Rules
from aggregator.demo.show import demo_config
from aggregator.demo.web import DemoWeb
from aggregator.edge import reading
from aggregator.edge.store import Store, folding, prints
from aggregator.edge.store.comparing import Bodies, candidates
from aggregator.model import Role, Stated, TimeSource
from aggregator.pipeline import Aggregator
from tests.edge.test_store_corpus import (
    CONSENT,
    NOW,
    Desk,
    credited,
    day,
    decided,
    digest_rows,
    listed,
    paper,
    prose,
)
from tests.exam import corpora, measures
from tests.exam.corpora import one_site as site
from tests.flow.conftest import EVENING, Day, partition, rows

RULES = Rules()
TIMES = ("feeds", "polls")  # when a poll was, and how often it was quiet
LONG = prose("long", 33)
# Two texts that share a third, too little for copies, and one that has most of both.
ONE, TWO, BRIDGE = LONG[:20], LONG[13:], LONG[6:26]


@pytest.fixture(scope="module")
def in_order() -> Desk:
    return decided(day(), 0)


def clusters(desk: Desk) -> dict[int, dict[str, Any]]:
    return {row["id"]: dict(row) for row in desk.store.query("SELECT * FROM clusters")}


@pytest.mark.parametrize("seed", range(100))
def test_c01_any_order_of_arrival_gives_one_partition(in_order: Desk, seed: int) -> None:
    """A hundred orders, each with one size of batch; `scripts/exam C01` takes all three."""
    desk = decided(corpora.shuffled(day(), seed), (1, 7, 0)[seed % 3])
    assert desk.partition() == in_order.partition()
    assert desk.told() == in_order.told()
    desk.store.close()


def test_c02_a_second_pass_changes_no_row(desk: Desk) -> None:
    """Everything listed, read and compared again three times, and every table is as it was."""
    articles = day()
    for article in articles:
        desk.keep(article)
    desk.cluster()
    before = digest_rows(desk.store.connection, without=TIMES)
    for round_ in range(3):
        desk.now += timedelta(hours=1)
        folding.prepare(desk.store, rules=RULES)
        desk.bodies = Bodies(RULES)
        for article in articles if round_ % 2 else reversed(articles):
            assert desk.keep(article) == "linked"
        assert desk.cluster() == []
        assert digest_rows(desk.store.connection, without=TIMES) == before


def test_c03_hash_seeds_and_restarts_give_one_digest(tmp_path: Path) -> None:
    """Programs with other hash seeds, one of them started again at each tenth of the articles."""
    runs = (("0", 1), ("1", 10), ("random", 10))
    assert len(measures.digests_by_seed(tmp_path, runs)) == 1


def test_c03_one_worker_decides_as_eight_do(demo_day: Day, tmp_path: Path) -> None:
    database = tmp_path / "news.db"
    with DemoWeb() as web:
        config = demo_config(web.proxy)
        config = config.model_copy(
            update={
                "fetch": config.fetch.model_copy(update={"workers": 1}),
                "read": config.read.model_copy(update={"workers": 1}),
            }
        )
        for edition in (1, 2):
            web.edition = edition
            now = EVENING + timedelta(hours=edition - 1)
            with Aggregator(config, database=database, clock=lambda now=now: now) as news:
                news.run_once()
    assert partition(database) == partition(demo_day.database)
    told = "SELECT url_key, relation, copied, kept FROM articles ORDER BY published_at, url_key"
    assert rows(database, told) == rows(demo_day.database, told)


def test_c04_the_stored_index_proposes_what_one_made_anew_does(desk: Desk) -> None:
    for number in range(6):
        desk.keep(paper(site(number), prose("a", 16)[: 16 - 2 * number]))
        desk.keep(paper(site(number, "page"), prose(f"page {number}", 8)))
        desk.cluster()
    holders = desk.column("SELECT article FROM fingerprints WHERE holder IS NULL AND gate IS NULL")
    live = {holder: candidates(desk.store.connection, holder) for holder in holders}
    for table in ("bands", "samples", "fingerprints", "pairs"):
        desk.run(f"DELETE FROM {table}")
    folding.prepare(desk.store, rules=RULES)
    desk.cluster()
    again = {holder: candidates(desk.store.connection, holder) for holder in holders}
    assert again == live
    assert sum(map(len, live.values())) > 0


def test_c05_what_is_empty_or_short_stands_in_no_story() -> None:
    short = " ".join(" ".join(prose("the same", 3)).split()[:49])
    texts = [" ", "Ferry", "Read more", "Read more"] * 2 + [short] * 20
    assert measures.gated(texts) == (0, 0)


def test_c06_walls_of_many_sites_stand_in_no_story_and_heal() -> None:
    """25 sites, of each kind of wall; in full 500 addresses."""
    found = measures.wall_off(sites=25, pages=4, heal=12)
    assert found == measures.Walled(pages=100, in_stories=0, unmarked=0, healed=12, of=12)


def test_c06_a_wall_that_got_through_is_gated_and_heals(desk: Desk) -> None:
    """One consent text under unlike headlines of one outlet."""
    titles = ("Mayor resigns over bridge", "Harvest doubles in the north", "Goalkeeper sold")
    for number, title in enumerate(titles):
        desk.keep(paper(f"http://walled.example/{number}", CONSENT, title=title, at=number))
    desk.cluster()
    assert desk.column("SELECT cluster FROM articles") == [None] * 3
    assert all(
        "the outlet repeats" in gate for gate in desk.column("SELECT gate FROM fingerprints")
    )
    real = paper("http://walled.example/1", prose("harvest"), title=titles[1])
    desk.keep(real, updated_at=NOW)
    desk.keep(paper("http://one.example/harvest", prose("harvest")))
    desk.cluster()
    assert desk.story_of("http://walled.example/1") == desk.story_of("http://one.example/harvest")


@pytest.mark.parametrize("outlets", [1, 5])
def test_c07_stubs_and_long_footers_join_nothing(desk: Desk, outlets: int) -> None:
    """A lead and the offer of a paywall, and short stories above 200 words of furniture."""
    offer, footer = prose("offer", 3), prose("footer", 13)
    for number in range(20):
        domain = f"http://n{number % outlets}.example"
        stub = [*prose(f"lead {number}", 1), *offer]
        desk.keep(paper(f"{domain}/stub/{number}", stub, title=f"Stub {number}", at=number))
        story = [*prose(f"story {number}", 5), *footer]
        desk.keep(paper(f"{domain}/story/{number}", story, title=f"Story {number}", at=number))
    desk.cluster()
    assert [group for group in desk.partition() if len(group) > 1] == []


@pytest.mark.parametrize("spread", [True, False], ids=["many outlets", "one outlet a kind"])
def test_c08_forms_with_other_names_and_numbers_stay_apart(spread: bool) -> None:
    """Five kinds of forms; in full a thousand of them, at most 1 % of the pairs merged."""
    found = measures.merge_forms(200, 25, spread=spread)
    assert found.share <= 0.01, found
    assert sum(found.joined.values()) <= 10, found  # by texts the same is far more to ask


@pytest.mark.parametrize("one_outlet", [False, True])
def test_c09_a_live_blog_of_61_versions_is_no_single_story(one_outlet: bool) -> None:
    least, stories = measures.drift(61, one_outlet=one_outlet)
    assert least >= 0.3
    assert 4 < stories <= 20


def test_c09_stories_of_a_drifting_text_have_no_holes(desk: Desk) -> None:
    versions = [prose("live", 60)[at : at + 20] for at in range(40)]
    for number, text in enumerate(versions):
        desk.keep(paper(site(number), text, at=number))
    desk.cluster()
    groups = [sorted(int(k[1:].split(".")[0]) for k in group) for group in desk.partition()]
    assert len(groups) > 1
    for group in groups:
        assert group[-1] - group[0] < 14, "ends of a story share at least three sentences in ten"
        assert all(b - a == 1 for a, b in pairwise(group))


@pytest.mark.parametrize("whole", [0, 3], ids=["morphing items", "and pages of both"])
@pytest.mark.parametrize("items", [4, 6, 8, 10])
def test_c10_items_between_two_stories_do_not_bridge_them(items: int, whole: int) -> None:
    assert not measures.bridged(items, whole=whole)


@pytest.mark.parametrize("items", [1, 4, 10])
def test_c10_pages_that_carry_two_stories_glue_them_not(desk: Desk, items: int) -> None:
    one, two = prose("one", 20), prose("two", 20)
    for number in range(3):
        desk.keep(paper(site(number, "one"), one[number:], at=number))
        desk.keep(paper(site(number, "two"), two[number:], at=number))
    for number in range(10, 10 + items):
        desk.keep(paper(site(number, "both"), [*one[number % 3 :], *two], at=30 + number))
    desk.cluster()
    told = [{key.split("/")[1] for key in group} for group in desk.partition()]
    assert all(not {"one", "two"} <= names for names in told), told


@pytest.mark.parametrize("flood", [8, 60])
def test_c11_a_flood_from_one_site_counts_as_one_outlet(desk: Desk, flood: int) -> None:
    """Past some pages its text is the site's furniture and no longer compared."""
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


@pytest.mark.parametrize("flood", [1, 8])
def test_c11_a_copycat_that_dates_itself_back_neither_leads_nor_comes_first(
    desk: Desk, flood: int
) -> None:
    """No agency is credited; what our own polls saw speaks against the earlier date."""
    text, original = prose("scoop"), NOW - timedelta(minutes=2)
    for hours in (-3, -1):
        listed(desk.store, desk.feed, now=NOW + timedelta(hours=hours))
    desk.keep(paper("http://paper.example/scoop", text, **stated(original)))
    for hours in (1, 2, 3):  # polls that do not list the copies
        listed(desk.store, desk.feed, now=NOW + timedelta(hours=hours))
    desk.now = NOW + timedelta(hours=4)
    for number in range(flood):
        url = f"http://copycat.example/{number}"
        desk.keep(paper(url, text, title="Scoop", **stated(original - timedelta(hours=1))))
    desk.cluster()
    told = desk.told()
    assert told["paper.example/scoop"][0] == "first"
    assert {values[4] for values in told.values()} == {"paper.example/scoop"}, "who leads"
    (row,) = desk.store.query("SELECT * FROM clusters")
    assert (row["outlets"], row["independent"], row["articles"]) == (2, 1, 1 + flood)


def stated(at: datetime) -> dict[str, Any]:
    """What an article says of its time in its feed."""
    return {"published_at": at, "stated": (Stated(at=at, source=TimeSource.FEED),)}


def test_c12_a_late_bridge_merges_into_the_older_story(desk: Desk) -> None:
    """The younger id points to the older one and answers for ever."""
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


@pytest.mark.parametrize("seed", range(4))
def test_c12_ids_answer_for_ever_whatever_happens(desk: Desk, seed: int) -> None:
    """Texts come, change, merge, part and are withdrawn by chance; no id is lost or used again."""
    chance = random.Random(seed)
    texts = [ONE, TWO, BRIDGE, prose("other", 20), prose("other", 20)[:14], ["Withdrawn."]]
    known: set[int] = set()
    for turn in range(25):
        number, text = chance.randrange(5), chance.choice(texts)
        desk.now += timedelta(minutes=7)
        article = paper(site(number), text, title=f"Title {turn}", at=number)
        desk.keep(article, title=f"Title {turn}", updated_at=desk.now)
        before = {key: desk.story_of(f"http://{key}") for key in desk.told()}
        desk.cluster()
        found = clusters(desk)
        assert known <= set(found), "no id is lost"
        assert all(one > max(known, default=0) for one in set(found) - known), "none is used again"
        known = set(found)
        for one, row in found.items():
            members = desk.one("SELECT count(*) FROM articles WHERE cluster = ?", one)
            assert row["articles"] == members
            if row["merged_into"] is not None:
                assert members == 0
                assert found[row["merged_into"]]["merged_into"] is None, "one step is enough"
        stays = {one for one in before.values() if one is not None}
        for one in stays:
            assert found[one]["articles"] or found[one]["merged_into"] or turn, one


def test_c15_two_thousand_identical_documents_are_one_story_in_seconds() -> None:
    """In full 20,000 within a minute."""
    seconds, stories, pairs = measures.flood(measures.same_text(2000))
    assert (stories, pairs) == (1, 1999)
    assert seconds < 20, f"{seconds:.1f} s of the processor"


def test_c15_the_work_of_a_flood_grows_with_its_length() -> None:
    """Without a clock: four times the documents take no more than eight times the steps."""

    def steps(documents: int) -> int:
        """Hundreds of instructions of the database's own machine."""
        count = 0

        def tick() -> int:
            nonlocal count
            count += 1
            return 0

        desk = Desk(Store(":memory:"))
        desk.store.connection.set_progress_handler(tick, 100)
        measures.keep_unpolled(desk, measures.same_text(documents))
        desk.cluster()
        desk.store.connection.set_progress_handler(None, 0)
        desk.store.close()
        return count

    assert steps(600) < 8 * steps(150)


def test_c15_near_copies_past_every_limit_are_one_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has words of its own, so that none stands behind another; in full 1,200 of them."""
    monkeypatch.setattr(fingerprint, "KEY_LIMIT", 12)
    monkeypatch.setattr(fingerprint, "SAMPLE_LIMIT", 12)
    monkeypatch.setattr(cluster, "FOLDED_AT_ONCE", 20)
    _, stories, pairs = measures.flood(corpora.near_copies(70))
    assert stories == 1
    assert pairs < 70 * 69 / 4, "not everybody is compared with everybody"


def test_c17_every_pair_in_a_story_can_be_worked_out_again(desk: Desk) -> None:
    """The stored numbers are those of the stored texts."""
    for article in day():
        desk.keep(article)
    desk.cluster()
    bodies, db = Bodies(RULES), desk.store.connection
    found = desk.store.query("SELECT * FROM pairs")
    assert len(found) > 10
    for row in found:
        assert row["a"] < row["b"]
        pair = match.compare(bodies.get(db, row["a"]), bodies.get(db, row["b"]))
        assert row["jaccard"] == round(pair.jaccard, 4)
        assert (row["a_in_b"], row["b_in_a"]) == (round(pair.a_in_b, 4), round(pair.b_in_a, 4))
        assert row["shared"] == pair.shared


def test_c18_fingerprints_of_another_recipe_are_never_compared(desk: Desk) -> None:
    """A signature made otherwise is made again before anything is compared with it."""
    desk.keep(paper("http://one.example/a", prose("a")))
    desk.cluster()
    desk.run("UPDATE fingerprints SET recipe = 'minhash sha1 perm=64', signature = x'00'")
    desk.run("UPDATE bands SET key = 0")
    desk.keep(paper("http://two.example/a", prose("a")[:13]))
    folding.prepare(desk.store, rules=RULES)
    desk.cluster()
    assert len(desk.partition()) == 1
    assert set(desk.column("SELECT recipe FROM fingerprints")) == {prints.recipe(RULES)}
