"""One item under two guids, and one guid under two items."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.core.identity import Listing, is_other_story, is_same_item

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
OLD = Listing(
    guid="http://one.example/?p=17",
    url="http://one.example/news/harbour-fire",
    title="Fire at the harbour",
    published_at=AT,
)


@pytest.mark.parametrize(
    "change",
    [
        {"guid": "tag:one.example,2026:17"},
        {"guid": "https://one.example/?p=17", "url": "https://one.example/news/harbour-fire"},
        {"guid": "x", "url": "http://www.one.example/news/harbour-fire/?utm_source=rss"},
        {"guid": "x", "url": "https://amp.one.example/news/harbour-fire?outputType=amp"},
        {"guid": "x", "url": "http://one.example/news/harbour-fire", "published_at": None},
        {"guid": "http://new.example/?p=17", "url": "http://new.example/news/harbour-fire"},
        {"guid": "x", "url": "http://one.example/news/harbour-fire?token=8f31"},
    ],
)
def test_p13_p14_the_same_item_under_another_guid(change: dict[str, object]) -> None:
    assert is_same_item(OLD, replace(OLD, **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"guid": "x", "title": "Fire at the station"},
        {"guid": "x", "url": "http://one.example/news/harbour-fire-2"},
        {"guid": "x", "url": None},
        {
            "guid": "x", "url": "http://one.example/news/harbour-fire?id=2",
            "published_at": AT + timedelta(hours=1),
        },
    ],
)  # fmt: skip
def test_p13_another_item(change: dict[str, object]) -> None:
    assert not is_same_item(OLD, replace(OLD, **change))  # type: ignore[arg-type]


def test_p13_items_without_title_need_the_same_time() -> None:
    old = replace(OLD, title="")
    assert is_same_item(old, replace(old, guid="x"))
    assert not is_same_item(old, replace(old, guid="x", published_at=AT + timedelta(minutes=1)))
    nothing = replace(old, url=None, published_at=None)
    assert not is_same_item(nothing, replace(nothing, guid="x"))


def test_p13_items_without_link_need_title_and_time() -> None:
    old = replace(OLD, url=None, guid="a")
    assert is_same_item(old, replace(old, guid="b"))
    assert not is_same_item(old, replace(old, guid="b", published_at=None))


@pytest.mark.parametrize(
    ("title", "url", "other"),
    [
        ("Council approves budget", "http://one.example/news/budget", True),
        ("Three dead in fire at the harbour", "http://one.example/news/three-dead", False),
        ("Council approves budget", "http://one.example/news/harbour-fire?v=2", False),
        ("Fire at the harbour", "http://one.example/moved/harbour-fire", False),
        ("Council approves budget", None, False),
        ("", "http://one.example/news/budget", False),
    ],
)
def test_p15_a_guid_given_to_another_story(title: str, url: str | None, other: bool) -> None:
    assert is_other_story(OLD, replace(OLD, title=title, url=url)) is other
