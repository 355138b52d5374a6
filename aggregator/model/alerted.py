"""What alerts are about: who wants to be told of which stories, and what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.model.told import StoryQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When an alert sends what it found: at once, or together after a span or at a time of day."""

    seconds: int = 0  # between two digests; 0: each story as it is found
    minute: int | None = None  # of the day, in UTC: one digest a day, at this minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Which stories somebody is told of, and when."""

    name: str
    query: StoryQuery  # what a story must be; its span of time and its page are not used
    uncredited: bool = False  # a copy must carry an agency's text without a credit
    rhythm: Rhythm = Rhythm()
    again: bool = False  # told once more when it runs in twice as many outlets


class MessageState(StrEnum):
    """Where a message of an alert stands."""

    WAITING = "waiting"  # to be sent, for the first time or again
    SENDING = "sending"  # claimed; what became of it is not known yet
    SENT = "sent"  # the other side took it
    UNSURE = "unsure"  # it may have arrived, so it is not sent again by itself
    FAILED = "failed"  # given up: the other side did not take it for a day
    DROPPED = "dropped"  # none of its stories is there any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of an alert."""

    id: int
    alert: str
    state: MessageState
    key: str  # the same for every try: Message-ID of a mail, webhook-id of a request
    made_at: datetime
    stories: int
    tries: int = 0
    due_at: datetime | None = None  # when waiting: not before this time
    sent_at: datetime | None = None
    error: str | None = None  # why the last try failed


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """How one alert is doing."""

    name: str
    since: datetime | None  # it tells of what changed after this time; None: not begun
    sent: int  # messages
    waiting: int  # messages to be sent
    gathered: int  # stories found for the next message
    last_sent_at: datetime | None
    troubled: tuple[Message, ...] = ()  # waiting after a failure, unsure or failed; newest first
