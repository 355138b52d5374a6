"""A page of two stories keeps both parents, and its pairs say where it stands."""

from __future__ import annotations

from tests.edge.test_store_corpus import Desk, paper, prose, site


def _verdicts(desk: Desk) -> dict[tuple[str, str], str]:
    rows = desk.store.query(
        "SELECT one.url AS a, two.url AS b, pairs.verdict FROM pairs"
        " JOIN articles AS one ON one.id = pairs.a JOIN articles AS two ON two.id = pairs.b"
    )
    return {(min(r["a"], r["b"]), max(r["a"], r["b"])): r["verdict"] for r in rows}


def _two_stories(desk: Desk) -> None:
    # Without capitals: invented sentences with other names pass for bulletins.
    first = [line.lower() for line in prose("first", 20)]
    second = [line.lower() for line in prose("second", 20)]
    desk.keep(paper(site(1), first))
    desk.keep(paper(site(2), [*first[:18], *map(str.lower, prose("own", 2))]))
    desk.keep(paper(site(3), second))
    desk.keep(paper(site(4), [*second[:18], *map(str.lower, prose("more", 2))]))
    desk.keep(paper(site(5), [*first[:14], *second[:11]]))
    desk.cluster()


def test_a_page_of_two_stories_stands_with_the_one_it_owes_most(desk: Desk) -> None:
    _two_stories(desk)
    assert desk.story_of(site(5)) == desk.story_of(site(1)) == desk.story_of(site(2))
    assert desk.story_of(site(3)) == desk.story_of(site(4)) != desk.story_of(site(1))


def test_both_parents_are_kept_and_the_pair_says_so(desk: Desk) -> None:
    _two_stories(desk)
    found = _verdicts(desk)
    assert found[site(1), site(5)] in ("copy", "trimmed")
    assert found[site(3), site(5)] == "merged"
    reason = desk.one("SELECT reason FROM pairs WHERE verdict = 'merged' LIMIT 1")
    assert "holds more of another story" in str(reason)


def test_the_word_goes_when_the_other_story_goes(desk: Desk) -> None:
    _two_stories(desk)
    for number in (1, 2):
        desk.keep(paper(site(number), prose(f"changed {number}", 20)))
    desk.cluster()
    found = _verdicts(desk)
    assert desk.story_of(site(5)) == desk.story_of(site(3))
    assert "merged" not in found.values()
