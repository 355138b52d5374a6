"""What alerts found and sent, row by row: once each, claimed before, settled after."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from aggregator.core.alerts import LEASE, OVERLAP
from aggregator.edge.reading import alerts as reading
from aggregator.edge.store import alerting
from aggregator.errors import UsageError
from aggregator.model import Alert, MessageState, StoryQuery
from tests.edge.test_store_corpus import NOW, Desk, paper, prose

HOUR = timedelta(hours=1)
WISH = Alert(name="x", query=StoryQuery(min_outlets=2))


def site(number: int) -> str:
    return f"http://site{number}.example/news/a"


def story(desk: Desk, name: str, sites: range) -> None:
    for number in sites:
        desk.keep(paper(site(number), prose(name), at=number))
    desk.cluster()


def row(desk: Desk, name: str = "x") -> dict[str, Any]:
    return alerting.enlist(desk.store, [name], now=NOW)[name]


def found(desk: Desk, wish: Alert = WISH, *, since: datetime = NOW - HOUR) -> list[str]:
    """Titles of the stories that an alert has not told."""
    number = row(desk, wish.name)["id"]
    with desk.store.snapshot() as db:
        bunches = list(
            reading.read_new(db, wish, number, changed=since, published=since - 72 * HOUR)
        )
    return [each.title for bunch in bunches for each in bunch]


def take(desk: Desk, wish: Alert = WISH) -> None:
    """Find, put together."""
    number = row(desk, wish.name)["id"]
    with desk.store.snapshot() as db:
        for bunch in reading.read_new(
            db, wish, number, changed=NOW - HOUR, published=NOW - 99 * HOUR
        ):
            told = {each.id: each.outlets for each in bunch}
            alerting.note_found(desk.store, number, told, now=NOW)
    waiting = alerting.waiting_stories(desk.store, number)
    alerting.put_together(desk.store, number, [[each] for each in waiting], now=NOW)


def due(desk: Desk, *, at: datetime = NOW) -> list[int]:
    with desk.store.snapshot() as db:
        return [each.id for each in reading.read_due(db, ["x"], now=at)]


def state(desk: Desk, message: int) -> str:
    return str(desk.one("SELECT state FROM messages WHERE id = ?", message))


def test_a_story_is_found_until_it_is_told(desk: Desk) -> None:
    story(desk, "one", range(1, 3))
    story(desk, "alone", range(7, 8))
    assert len(found(desk)) == 1
    assert len(found(desk)) == 1
    take(desk)
    assert found(desk) == []
    assert len(due(desk)) == 1


def test_what_changed_before_or_was_published_long_ago_is_not_found(desk: Desk) -> None:
    story(desk, "one", range(1, 3))
    changed = desk.one("SELECT max(updated_at) FROM clusters")
    assert len(found(desk, since=datetime.fromisoformat(changed))) == 1
    assert found(desk, since=datetime.fromisoformat(changed) + timedelta(seconds=1)) == []
    # An archive that is imported changed now and was published then.
    desk.run("UPDATE clusters SET last_at = '2020-01-01T00:00:00Z'")
    assert found(desk) == []


def test_another_alert_tells_it_too(desk: Desk) -> None:
    story(desk, "one", range(1, 3))
    take(desk)
    other = Alert(name="y", query=StoryQuery(min_outlets=2))
    assert len(found(desk, other)) == 1


def test_a_story_that_went_into_another_was_told(desk: Desk) -> None:
    story(desk, "one", range(1, 3))
    take(desk)
    story(desk, "two", range(4, 6))
    older = desk.one("SELECT min(id) FROM clusters")
    newer = desk.one("SELECT max(id) FROM clusters")
    desk.run("UPDATE articles SET cluster = ? WHERE cluster = ?", newer, older)
    desk.run("UPDATE clusters SET merged_into = ?, articles = 0 WHERE id = ?", newer, older)
    assert found(desk) == []


def test_again_means_twice_as_wide(desk: Desk) -> None:
    again = Alert(name="x", query=StoryQuery(min_outlets=2), again=True)
    story(desk, "one", range(1, 3))
    take(desk, again)
    story(desk, "one", range(3, 4))
    assert found(desk, again) == []
    story(desk, "one", range(4, 5))
    assert found(desk, WISH) == []
    assert len(found(desk, again)) == 1
    take(desk, again)
    assert found(desk, again) == []
    assert len(due(desk)) == 2


def test_many_stories_come_in_bunches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_CHUNK", 2)
    for number in range(5):
        story(desk, f"story{number}", range(1 + 10 * number, 3 + 10 * number))
    assert len(set(found(desk))) == 5


def test_a_claim_is_given_once(desk: Desk) -> None:
    story(desk, "one", range(1, 3))
    take(desk)
    (message,) = due(desk)
    assert alerting.claim(desk.store, message, now=NOW)
    assert not alerting.claim(desk.store, message, now=NOW)
    assert due(desk) == []
    alerting.settle(desk.store, message, MessageState.SENT, now=NOW)
    assert state(desk, message) == "sent"
    assert desk.one("SELECT tries FROM messages") == 1
    assert desk.one("SELECT sent_at FROM messages") is not None
    # What is settled stays so, whoever comes late.
    alerting.settle(desk.store, message, MessageState.WAITING, now=NOW, due_at=NOW)
    assert state(desk, message) == "sent"


def test_what_was_put_off_is_due_later(desk: Desk) -> None:
    story(desk, "one", range(1, 3))
    take(desk)
    (message,) = due(desk)
    alerting.claim(desk.store, message, now=NOW)
    alerting.settle(
        desk.store, message, MessageState.WAITING, now=NOW, error="refused", due_at=NOW + HOUR
    )
    assert due(desk) == []
    assert due(desk, at=NOW + HOUR) == [message]
    with desk.store.snapshot() as db:
        (told,) = reading.read_alert_states(db)
    assert (told.waiting, told.sent, told.gathered) == (1, 0, 0)
    assert [(each.error, each.tries, each.stories) for each in told.troubled] == [("refused", 1, 1)]


@pytest.mark.parametrize("away", [LEASE + timedelta(seconds=1), -LEASE - timedelta(seconds=1)])
def test_a_claim_without_an_outcome_is_in_doubt(desk: Desk, away: timedelta) -> None:
    story(desk, "one", range(1, 3))
    take(desk)
    (message,) = due(desk)
    alerting.claim(desk.store, message, now=NOW)
    assert alerting.doubt(desk.store, now=NOW + LEASE / 2, lease=LEASE) == 0
    assert alerting.doubt(desk.store, now=NOW + away, lease=LEASE) == 1
    assert state(desk, message) == "unsure"
    assert due(desk, at=NOW + 99 * HOUR) == []


def test_only_a_person_sends_again(desk: Desk) -> None:
    story(desk, "one", range(1, 3))
    take(desk)
    (message,) = due(desk)
    key = desk.one("SELECT message_key FROM messages")
    with pytest.raises(UsageError, match="is waiting: nothing to send again"):
        alerting.send_again(desk.store, message, now=NOW)
    alerting.claim(desk.store, message, now=NOW)
    alerting.settle(desk.store, message, MessageState.UNSURE, now=NOW, error="no answer")
    alerting.send_again(desk.store, message, now=NOW + 9 * HOUR)
    assert due(desk, at=NOW + 9 * HOUR) == [message]
    assert desk.one("SELECT message_key FROM messages") == key
    with pytest.raises(UsageError, match="not in this database"):
        alerting.send_again(desk.store, 99, now=NOW)


def test_looking_writes_now_and_then(desk: Desk) -> None:
    number = row(desk)["id"]

    def looked_at() -> str:
        return str(desk.one("SELECT looked_at FROM alerts"))

    begun = looked_at()
    alerting.note_looked(desk.store, number, before=NOW, now=NOW + timedelta(minutes=1))
    assert looked_at() == begun
    alerting.note_looked(desk.store, number, before=NOW, now=NOW + alerting.LOOKS_APART)
    assert looked_at() > begun
    # A clock that was set back is followed.
    alerting.note_looked(desk.store, number, before=NOW + HOUR, now=NOW - HOUR)
    assert looked_at() < begun
    assert OVERLAP > 2 * alerting.LOOKS_APART


def test_stories_of_a_message_are_told_as_they_are_now(desk: Desk) -> None:
    story(desk, "one", range(1, 3))
    take(desk)
    (message,) = due(desk)
    story(desk, "one", range(3, 6))
    with desk.store.snapshot() as db:
        total, told = reading.read_message_stories(db, message, most=9)
    assert (total, [each.outlets for each in told]) == (1, [5])


def test_a_restored_backup_sends_nothing_that_may_have_been_sent(desk: Desk) -> None:
    assert alerting.begin_anew(desk.store, now=NOW) == 0
    story(desk, "one", range(1, 3))
    take(desk)
    story(desk, "two", range(11, 14))
    number = row(desk)["id"]
    with desk.store.snapshot() as db:
        for bunch in reading.read_new(
            db, WISH, number, changed=NOW - HOUR, published=NOW - 99 * HOUR
        ):
            told = {each.id: each.outlets for each in bunch}
            alerting.note_found(desk.store, number, told, now=NOW)
    later = NOW + 9 * HOUR
    assert alerting.begin_anew(desk.store, now=later) == 2
    assert due(desk, at=later) == []
    assert found(desk) == []
    assert alerting.waiting_stories(desk.store, number) == []
    with desk.store.snapshot() as db:
        (told_of,) = reading.read_alert_states(db)
    assert {each.state for each in told_of.troubled} == {MessageState.UNSURE}
    assert told_of.since == later
