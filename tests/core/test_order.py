"""When an article counts as published: what is stated, what was seen, and what to believe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.datelineday import stated_day
from aggregator.core.dates import read_date
from aggregator.core.order import CLOCKS, LAG, Settled, Watched, remark_on, settle
from aggregator.model import Stated, TimeSource, Trust

DAY = datetime(2026, 11, 20, tzinfo=UTC)
SEEN = DAY + timedelta(hours=12)
FEED, PAGE, LINE = TimeSource.FEED, TimeSource.PAGE, TimeSource.DATELINE


def _at(hours: float, source: TimeSource = FEED, **given: bool) -> Stated:
    return Stated(at=DAY + timedelta(hours=hours), source=source, **given)


def _watched(since: float, without: float | None) -> Watched:
    return Watched(
        since=DAY + timedelta(hours=since),
        without=None if without is None else DAY + timedelta(hours=without),
    )


def _settle(*stated: Stated, watched: Watched | None = None) -> Settled:
    found = settle(stated, first_seen=SEEN, watched=watched)
    assert found is not None
    return found


def test_two_sources_that_agree_are_trusted() -> None:
    found = _settle(_at(10), _at(10.1, PAGE))
    assert found == Settled(at=_at(10).at, source=FEED, trust=Trust.HIGH)


def test_one_source_is_trusted_less_and_our_polls_confirm_it() -> None:
    assert _settle(_at(10)).trust is Trust.MEDIUM
    assert _settle(_at(11.9), watched=_watched(0, 11.8)).trust is Trust.HIGH
    assert _settle(_at(9), watched=_watched(9.5, None)).trust is Trust.MEDIUM


def test_a_feed_that_moved_its_date_gives_way_to_the_page() -> None:
    found = _settle(_at(11), _at(6, PAGE))
    assert (found.at, found.source) == (_at(6).at, PAGE)
    assert "its feed gives 20 Nov 2026, 11:00 UTC, a later date than its page" in found.remark
    # A page without a zone may be hours off, and one that is later was edited.
    assert _settle(_at(11), _at(6, PAGE, zoned=False)).source is FEED
    assert _settle(_at(6), _at(11, PAGE)).at == _at(6).at


def test_a_page_without_a_zone_says_so() -> None:
    found = _settle(_at(6, PAGE, zoned=False))
    assert (found.source, found.trust) == (PAGE, Trust.LOW)
    assert found.remark == "its page date names no zone"


def test_a_date_after_first_sight_cannot_be_true() -> None:
    found = _settle(_at(15))
    assert (found.at, found.source, found.stated_at) == (SEEN, TimeSource.SEEN, _at(15).at)
    assert found.remark == "its feed date gives 20 Nov 2026, 15:00 UTC, after it was first seen"
    within_clocks = Stated(at=SEEN + CLOCKS, source=FEED)
    assert _settle(within_clocks).source is FEED


def test_a_copy_dated_back_does_not_come_first() -> None:
    """C11: its feed was polled all along and did not list it."""
    found = _settle(_at(3), _at(3, PAGE), watched=_watched(-24, 11.75))
    assert (found.at, found.source, found.stated_at) == (SEEN, TimeSource.SEEN, _at(3).at)
    assert found.trust is Trust.MEDIUM  # the polls bound first sight
    assert "its feed date gives 20 Nov 2026, 03:00 UTC, but its feed, watched since" in found.remark
    assert "did not list it at 20 Nov 2026, 11:45 UTC" in found.remark


@pytest.mark.parametrize(
    "watched",
    [
        _watched(4, 11.75),  # its feed was not watched yet: nothing speaks against the date
        _watched(-24, None),  # it stood in the first answer
        _watched(-24, 2.5),  # nobody asked between then and first sight
        _watched(-24, 3 + LAG / timedelta(hours=1)),  # a feed may be slow
    ],
)
def test_a_date_is_doubted_only_where_polls_contradict_it(watched: Watched) -> None:
    assert _settle(_at(3), watched=watched).at == _at(3).at


def test_of_two_dates_the_one_that_polls_allow_is_believed() -> None:
    found = _settle(_at(11.8), _at(3, PAGE), watched=_watched(-24, 11.75))
    assert (found.at, found.source, found.stated_at) == (_at(11.8).at, FEED, _at(3).at)


def test_a_date_before_the_day_of_its_own_dateline_is_not_believed() -> None:
    line = _at(0, LINE, day_only=True)
    old = _at(-60, PAGE)
    assert _settle(old, line).source is TimeSource.SEEN
    assert "before the day of its own dateline" in _settle(old, line).remark
    assert _settle(_at(-20, PAGE), line).source is PAGE  # the evening before, elsewhere
    assert _settle(_at(-60, PAGE), _at(90, LINE, day_only=True)).source is PAGE


def test_a_bare_day_becomes_first_sight_or_its_end() -> None:
    found = _settle(_at(0, day_only=True))
    assert (found.at, found.source) == (SEEN, TimeSource.SEEN)
    assert found.remark == "its feed date gives the day alone, 20 Nov 2026"
    old = _settle(_at(-240, PAGE, day_only=True))
    assert (old.at, old.day_only, old.trust) == (
        DAY - timedelta(hours=216, seconds=1), True, Trust.LOW,
    )  # fmt: skip
    archived = settle([_at(0, day_only=True)], first_seen=None)
    assert archived is not None
    assert archived.at == DAY + timedelta(hours=23, minutes=59, seconds=59)


def test_a_time_is_better_than_a_day() -> None:
    assert _settle(_at(0, day_only=True), _at(7, PAGE)).at == _at(7).at


def test_where_nothing_is_stated_first_sight_is_all() -> None:
    assert _settle() == Settled(at=SEEN, source=TimeSource.SEEN, trust=Trust.LOW)
    assert _settle(watched=_watched(0, 11.5)).trust is Trust.MEDIUM
    assert _settle(_at(0, LINE, day_only=True)).source is TimeSource.SEEN
    assert settle([], first_seen=None) is None


def test_a_date_moved_later_on_is_remarked_and_ignored() -> None:
    moved = remark_on("", redated_at=SEEN, published_at=DAY)
    assert moved.startswith("its feed moved the date to 20 Nov 2026, 12:00 UTC later on")
    assert remark_on("x", redated_at=SEEN, published_at=DAY) == f"x; {moved}"
    assert remark_on("x", redated_at=DAY + CLOCKS / 2, published_at=DAY) == "x"
    assert remark_on("x", redated_at=None, published_at=DAY) == "x"


_STATED = st.builds(
    Stated,
    at=st.integers(-400, 400).map(lambda hours: DAY + timedelta(hours=hours / 4)),
    source=st.sampled_from([FEED, PAGE, LINE]),
    day_only=st.booleans(),
    zoned=st.booleans(),
)


@given(st.lists(_STATED, max_size=4), st.integers(-200, 48), st.integers(-200, 48))
def test_nothing_was_published_after_it_was_seen(
    stated: list[Stated], since: int, without: int
) -> None:
    watched = _watched(since, min(without, 11.9)) if without >= since else None
    found = _settle(*stated, watched=watched)
    assert found.at <= SEEN + timedelta(hours=38) if found.day_only else found.at <= SEEN + CLOCKS
    if found.stated_at is not None:
        assert found.remark
    if found.source is not TimeSource.SEEN and not found.day_only:
        assert found.at in {each.at for each in stated}


@pytest.mark.parametrize(
    ("raw", "day_only", "zoned"),
    [
        ("2026-11-20", True, False),
        ("2026-11-20T00:00:00Z", True, True),
        ("2026-11-20T00:00:00+02:00", True, True),
        ("2026-11-20T00:00:01Z", False, True),
        ("Fri, 20 Nov 2026 10:00:00 GMT", False, True),
        ("20 November 2026", True, False),
        ("November 20, 2026", True, False),
        ("20.11.2026 10:00 Uhr", False, False),
        ("2026-11-20 10:00", False, False),
        ("20261120", True, False),
        ("20261120103000", False, False),
        ("1795168800", False, True),
    ],
)
def test_how_exactly_a_date_is_written(raw: str, day_only: bool, zoned: bool) -> None:
    found = read_date(raw, now=DAY + timedelta(days=2))
    assert found is not None
    assert (found.day_only, found.zoned) == (day_only, zoned)


@pytest.mark.parametrize(
    "text",
    [
        "PORT MARRAN, Nov 20, 2026 (CPA) - Text",
        "Valderrubio, 20 nov (CPA).- Texto",
        "海桥社临江11月20日电 文",
        "(CPA) - ROCHEVAL, 20 NOV - Testo",
        "LINDHOLM, November 20. /CPA/. Text",
        "ORLMARK, Nov. 20 (CPA) -- Text",
        "A headline\nLINDHOLM, Nov 20 - Text",
        "Text\nThis report by the agency was first published Nov. 20, 2026.",
        "Text\n© dpa-infocom, dpa:261120-99-612345/3",
    ],
)
def test_the_day_a_text_names_as_its_own(text: str) -> None:
    found = stated_day(text, near=SEEN)
    assert found == Stated(at=DAY, source=LINE, day_only=True)


@pytest.mark.parametrize(
    "text",
    [
        "On Nov 20 (Friday) the ferry ran aground.",
        "The ferry ran aground. On Nov 20 - a Friday - it sank.",
        "The council meets on November 20 - a day before the vote.",
        "In the Nov. 20 (2026) accident nobody was hurt.",
        "LINDHOLM, Nov 31 (CPA) - Text",
        "LINDHOLM, June 6 (CPA) - an old text",
        "LINDHOLM - Text",
        "",
    ],
)
def test_a_day_in_a_sentence_is_no_dateline(text: str) -> None:
    assert stated_day(text, near=SEEN) is None
