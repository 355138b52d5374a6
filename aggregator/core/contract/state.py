"""The shapes of the JSON of `status` and `alerts`: how the database and the daemon are doing."""

from __future__ import annotations

from typing import Annotated, TypedDict

from aggregator.core.contract.kinds import Count, Keywords, Share, Time
from aggregator.model import MessageState

FEED_STATES = ("ok", "failing", "dead", "gone", "off", "not asked yet")


class JobDict(TypedDict):
    """One stage of the daemon as it stood at its last beat; of the past when none runs."""

    name: str
    every: Annotated[float, "seconds between two passes"]
    running: bool
    started_at: Annotated[Time | None, "last pass"]
    ended_at: Annotated[Time | None, "last pass that ended"]
    seconds: Annotated[float | None, "what that one took"]
    passes: Annotated[Count, "since the daemon started"]
    failures: Annotated[Count, "passes in a row that failed"]
    error: str | None
    alarm: str | None
    alarm_at: Time | None


class CollectorDict(TypedDict):
    """A program that holds leases of feeds: an `aggregator collect`, or a `run` that polls too."""

    name: Annotated[str, "its kind, its process and chance, as `feeds.leased_by` has it"]
    process: Annotated[int | None, "null for a name of another form"]
    feeds: Annotated[Count, "leased to it"]
    until: Annotated[Time | None, "when the last of its leases ends, unless it is renewed"]
    overdue: Annotated[bool, "that time has passed: others may poll its feeds"]


class FailedPollDict(TypedDict):
    """The last failure of a feed."""

    at: Time
    feed: str
    error: str


class FailingFeedDict(TypedDict):
    """A feed that does not answer, or is gone."""

    feed: str
    failures: Annotated[Count, "in a row"]
    error: str | None


class FeedStateDict(TypedDict):
    """How one feed that is polled, or was, is doing."""

    name: str
    url: str
    state: Annotated[str, Keywords((("enum", FEED_STATES),))]
    status: Annotated[int | None, "HTTP status of the last answer"]
    answered_at: Annotated[Time | None, "last success"]
    changed_at: Annotated[Time | None, "last new entry"]
    due_at: Annotated[Time | None, "null when it is polled no more"]
    seconds_between: Annotated[Count, "interval in config times the pace learned"]
    duplicate_share: Annotated[Share | None, "of listed entries known before, smoothed over polls"]
    dropped: Annotated[Count, "entries past the cap when it was last read"]
    entries: Count
    failures: Annotated[Count, "in a row"]
    error: str | None
    moved_to: str | None


class MessageDict(TypedDict):
    """One message of an alert that has not gone out as it should."""

    message: int
    state: Annotated[str, MessageState]
    tries: Count
    stories: Count
    made_at: Time
    due_at: Annotated[Time | None, "when it is tried again"]
    error: str | None


class AlertStateDict(TypedDict):
    """How one alert is doing."""

    alert: Annotated[str, "its name in config"]
    since: Annotated[Time | None, "it tells of what changed after this time"]
    sent: Annotated[Count, "messages"]
    waiting: Annotated[Count, "messages to be sent"]
    gathered: Annotated[Count, "stories found for the next message"]
    last_sent_at: Time | None
    troubled: Annotated[list[MessageDict], "the newest first"]


class StatusDict(TypedDict):
    """`aggregator status --json`."""

    database: str
    sqlite: Annotated[str, "its version"]
    running: Annotated[int | None, "process that has the lock; null when none has"]
    version: Annotated[str | None, "of the daemon that beat last"]
    started_at: Annotated[Time | None, "that daemon"]
    heartbeat: Time | None
    heartbeat_age: Annotated[float | None, "seconds"]
    last_run: Time | None
    alarms: list[str]
    jobs: list[JobDict]
    collectors: Annotated[list[CollectorDict], "who holds leases of feeds now"]
    counts: Annotated[dict[str, Count], "what is stored"]
    waiting: Annotated[dict[str, Count], "items due, by stage"]
    disk: Annotated[dict[str, Count], "bytes: database, log, free"]
    errors: Annotated[list[FailedPollDict], "the newest first"]
    alerts: list[AlertStateDict]
    failing_feeds: list[FailingFeedDict]
    feeds: Annotated[list[FeedStateDict], "those in trouble first"]


class AlertOfConfigDict(TypedDict):
    """One object of `aggregator alerts --json`."""

    name: str
    filter: Annotated[str, "in words"]
    to: str
    every: Annotated[str, "in words"]
    again_when: Annotated[str, Keywords((("enum", ("never", "grows")),))]
    state: Annotated[AlertStateDict | None, "null when it has not begun"]
    missing_environment: Annotated[list[str], "variables that it needs and that are not set"]


class NewStoryDict(TypedDict):
    """A story that an alert would tell of."""

    id: int
    title: str
    outlets: Count


class AlertFoundDict(TypedDict):
    """One object of `aggregator alerts --dry-run --json`."""

    name: str
    to: str
    total: Annotated[Count, "stories, of which the first stand here"]
    stories: list[NewStoryDict]
