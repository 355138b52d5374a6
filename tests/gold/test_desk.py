"""The desk's edits do what their names say, the same every time."""

from __future__ import annotations

import unicodedata

import pytest

from tests.gold import desk, lettering, plan
from tests.gold.build import build
from tests.gold.desk import Draft
from tests.gold.dice import Dice
from tests.gold.reading import Piece, read_outlets, read_pieces
from tests.gold.robots import write_bulletins

STORIES = read_pieces("stories")
ENGLISH = next(story for story in STORIES if story.key == "en-derail")


def test_the_corpus_is_the_same_twice_and_large_and_varied() -> None:
    first, second = build(), build()
    assert first.digest == second.digest
    assert 600 <= len(first.articles) <= 1500
    assert len({story.language for story in STORIES}) >= 10
    assert len(STORIES) >= 40
    copies = [a for a in first.articles if a.family == "story" and a.edit != "wire"]
    strangers = [a for a in first.articles if a.family not in ("story", "single")]
    assert len(strangers) >= len(copies) >= 200
    days = [article.published for article in first.articles]
    assert days == sorted(days)
    assert (days[-1] - days[0]).days <= 11


def test_ignored_pairs_are_articles_of_different_labels() -> None:
    corpus = build()
    by_id = {article.id: article for article in corpus.articles}
    for a, b in corpus.ignored:
        labels = by_id[a].cluster, by_id[b].cluster
        assert labels == (None, None) or labels[0] != labels[1]


def test_dice_fall_alike_and_stay_in_range() -> None:
    throws = [Dice("a").below(6, n) for n in range(200)]
    assert throws == [Dice("a").below(6, n) for n in range(200)]
    assert set(throws) == set(range(6))
    assert Dice("a").some("abcdef", 3, "x") == sorted(Dice("a").some("abcdef", 3, "x"))
    filled = Dice("b").fill("{name} {1-3} {x|y}", {"name": "N"})
    assert filled[:2] == "N "
    assert filled[2] in "123"
    assert filled[-1] in "xy"


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.key)
def test_every_story_can_be_cut_and_kept_whole(story: Piece) -> None:
    draft = story.draft
    assert 50 <= draft.words <= 450
    assert "".join(desk.sentences(draft.paragraphs[0])) == draft.paragraphs[0]
    assert desk.cut(draft, 1.0) == draft
    half = desk.cut(draft, 0.5)
    assert 0.4 <= half.words / draft.words <= 0.75
    assert draft.text.startswith(half.paragraphs[0])


@pytest.mark.parametrize("edit", sorted(plan.EDITS))
def test_every_edit_is_pure_and_changes_some_story(edit: str) -> None:
    outlet = read_outlets()["en"][1]
    if edit in ("headline", "respelled"):
        return
    stories = [s for s in STORIES if s.language == "en" and plan.fits(edit, s, outlet)]
    assert len(stories) >= 3
    for story in stories:
        job = plan.Job(story, story.draft, outlet, Dice(story.key))
        made = plan.EDITS[edit](job)
        assert made == plan.EDITS[edit](job)
        assert made.text != story.draft.text
        assert made.words > 30


def test_own_share_is_the_share_it_says() -> None:
    outlet = read_outlets()["en"][0]
    job = plan.Job(ENGLISH, ENGLISH.draft, outlet, Dice("x"))
    whole = plan.EDITS["own-half"](job)
    assert job.local_words / whole.words == pytest.approx(0.5, abs=0.08)


def test_merge_is_sixty_to_forty() -> None:
    other = ENGLISH.drafts("second")[0]
    short = desk.cut(ENGLISH.draft, 0.5)
    merged = desk.merge(short, other)
    mine = sum(map(merged.size, (p for p in merged.paragraphs if p in short.text)))
    assert mine / merged.words == pytest.approx(0.6, abs=0.1)


def test_substitution_keeps_to_its_rate() -> None:
    draft = ENGLISH.draft
    for share in (0.03, 0.1):
        made = desk.substitute(draft, share, Dice("y"))
        same = sum(a == b for a, b in zip(draft.text.split(), made.text.split(), strict=False))
        assert same < draft.words
        assert abs(made.words - draft.words) <= 2 * share * draft.words


def test_encoding_changes_no_letter() -> None:
    draft = Draft("t", ("Señoras y señores, el cañón resplandeció inesperadamente.",), "es")
    made = lettering.encode_otherwise(draft).text
    plain = unicodedata.normalize("NFC", made).replace("\u00ad", "").replace("\u2060", "")
    assert made != draft.text
    assert plain == draft.text


def test_disguise_mixes_alphabets_inside_words() -> None:
    draft = Draft("t", ("people scope accept peace",) * 8, "en")
    made = lettering.disguise(draft, Dice("z")).text
    assert made != draft.text
    assert any("а" <= letter <= "я" for letter in made)


def test_traditional_table_maps_sign_to_sign() -> None:
    draft = Draft("铁桥", ("汉语书写",), "zh")
    assert lettering.to_traditional(draft) == Draft("鐵橋", ("漢語書寫",), "zh")


def test_bulletins_state_one_number_in_headline_and_text() -> None:
    quakes = [b for b in write_bulletins() if b.key.startswith("wires0")]
    assert len(quakes) == 8
    for bulletin in quakes:
        size = bulletin.draft.title.split()[1]
        assert f"magnitude {size} struck" in bulletin.draft.text


def test_no_slot_is_left_open() -> None:
    assert not [a.id for a in build().articles if set("{}") & set(a.draft.title + a.draft.text)]
