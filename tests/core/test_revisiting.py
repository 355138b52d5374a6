"""When a page is read again, and what it has become."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.revisiting import Timetable, ask_whole, has_become, worth_visiting
from aggregator.model import Article, PageState, Verdict
from tests.edge.test_store_corpus import paper, prose

BORN = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR = 3600.0
URL = "http://one.example/news/ferry"


def visits(table: Timetable, key: str = "one.example/a", *, quiet: bool = False) -> list[float]:
    """The ages in hours at which a page is read again, when it is read at once each time."""
    now, ages, still = BORN, [], 0
    while (due := table.next(born=BORN, now=now, url_key=key, quiet=still)) is not None:
        now, still = due, still + quiet
        ages.append((now - BORN).total_seconds() / HOUR)
        assert len(ages) < 99
    return ages


def test_visits_grow_apart_with_age() -> None:
    assert visits(Timetable()) == pytest.approx([0.25, 1, 4, 16, 64], rel=0.11)
    assert len(visits(Timetable(), quiet=True)) == 4, "unchanged and old: not asked again"
    assert visits(Timetable(first=HOUR, growth=2, until=9 * HOUR)) == pytest.approx(
        [1, 2, 4, 8], rel=0.11
    )


@given(st.text(max_size=30), st.floats(1.5, 24), st.floats(60, 90_000), st.floats(3600, 5e6))
def test_any_timetable_ends_in_bounds(key: str, growth: float, first: float, until: float) -> None:
    found = visits(Timetable(first=first, growth=growth, until=until), key)
    assert found == sorted(found)
    assert all(first <= age * HOUR + 1 <= until * 1.1 + 2 for age in found)
    assert all((b - a) * HOUR >= first - 1 for a, b in pairwise(found))
    assert found == visits(Timetable(first=first, growth=growth, until=until), key)


def test_pages_of_one_poll_drift_apart() -> None:
    firsts = {visits(Timetable(), f"one.example/{n}")[0] for n in range(50)}
    assert len(firsts) > 40
    assert max(firsts) <= 0.25 * 1.1


def test_an_old_page_is_left_alone_and_an_outage_makes_no_rush() -> None:
    table = Timetable()
    day_later = BORN + timedelta(days=1)
    due = table.next(born=BORN, now=day_later, url_key="k")
    assert due is not None and due - BORN > timedelta(hours=63)
    assert table.next(born=BORN, now=BORN + timedelta(days=9), url_key="k") is None
    early = table.next(born=BORN + timedelta(hours=5), now=BORN, url_key="k")
    assert early is not None and early > BORN, "a page from the future is as good as new"


def test_every_third_quiet_visit_asks_past_the_validators() -> None:
    assert [quiet for quiet in range(9) if ask_whole(quiet)] == [2, 5, 8]


@pytest.mark.parametrize(
    ("given_", "worth"),
    [
        ({}, True),
        ({"verdict": Verdict.THIN}, True),
        ({"verdict": Verdict.WALL}, False),
        ({"verdict": Verdict.NOT_ARTICLE}, False),
        ({"extractor": "feed content"}, False),
        ({"extractor": "feed summary"}, False),
    ],
)
def test_only_a_text_read_from_its_page_is_visited(given_: dict[str, Any], worth: bool) -> None:
    assert worth_visiting(paper(URL, prose("a"), **given_)) is worth


TEXT = "\n".join(prose("ferry", 20))


def become(after: Article, text: str = TEXT, verdict: Verdict = Verdict.GOOD) -> PageState:
    state, reason = has_become(
        after, title="Ferry sinks off Marnholm", text=text, verdict=verdict,
        url_key="one.example/news/ferry",
    )  # fmt: skip
    assert bool(reason) == (state is not PageState.THERE)
    return state


def shown(text: str | list[str], url: str = URL, **given_: Any) -> Article:
    return paper(url, text, title=given_.pop("title", "Ferry sinks off Marnholm"), **given_)


WITHDRAWN = {
    "en": "This article has been removed at the request of the agency.",
    "de": "Dieser Artikel wurde nachträglich entfernt.",
    "fr": "Cet article a été retiré.",
    "es": "Este artículo ha sido eliminado.",
    "it": "Questo articolo è stato rimosso.",
    "pt": "Este artigo foi retirado.",
    "ru": "Материал удалён по решению редакции.",
    "ja": "この記事は削除されました。",
    "zh": "本文已被删除。",
    "ko": "기사가 삭제되었습니다.",
}


@pytest.mark.parametrize("language", WITHDRAWN)
def test_a_notice_in_the_text_s_place_is_a_withdrawal(language: str) -> None:
    for verdict in (Verdict.THIN, Verdict.NOT_ARTICLE):
        assert become(shown(WITHDRAWN[language], verdict=verdict, reason="short")) \
            is PageState.WITHDRAWN  # fmt: skip
    story = f"{TEXT}\n{WITHDRAWN[language]}"
    assert become(shown(WITHDRAWN[language], verdict=Verdict.THIN), story) is PageState.SHRUNK


def test_what_a_page_has_become() -> None:
    assert become(shown(TEXT)) is PageState.THERE
    assert become(shown(prose("rewritten", 20))) is PageState.THERE
    assert become(shown("Accept?", verdict=Verdict.WALL, reason="consent")) is PageState.WALLED
    gone = shown("Sorry", verdict=Verdict.NOT_ARTICLE, reason="page not found")
    assert become(gone) is PageState.GONE
    links = shown("Links", verdict=Verdict.NOT_ARTICLE, reason="a list of links")
    assert become(links) is PageState.SHRUNK
    assert become(shown(prose("ferry", 20)[:3], verdict=Verdict.THIN)) is PageState.SHRUNK


def test_a_teaser_is_no_edit_and_a_short_rewrite_is_one() -> None:
    assert become(shown(prose("ferry", 20)[:5])) is PageState.SHRUNK
    assert become(shown(prose("ferry", 20)[:12])) is PageState.THERE, "cut by half: an edit"
    assert become(shown(prose("short", 5))) is PageState.THERE


def test_a_thin_text_may_stay_thin() -> None:
    assert become(
        shown("Two lines of it.", verdict=Verdict.THIN), "One line of it.", Verdict.THIN
    ) is PageState.THERE  # fmt: skip


def test_another_address_is_the_same_page_by_text_or_title() -> None:
    other = "http://one.example/news/ferry-sinks-after-storm"
    assert become(shown(TEXT, other)) is PageState.THERE
    assert become(shown(prose("rewritten", 20), other)) is PageState.THERE, "the title agrees"
    elsewhere = shown(prose("choir", 20), other, title="Choir sings in the rain")
    assert become(elsewhere) is PageState.MOVED
