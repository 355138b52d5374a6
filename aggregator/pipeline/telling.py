"""What a person asks of alerts: how they do, what they would tell, one sample; holds no rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from aggregator.config import Config
from aggregator.config_alerts import AlertSettings
from aggregator.core import alerts
from aggregator.core.alertstate import state_to_dict, state_words, trouble_words
from aggregator.core.contract import AlertFoundDict, AlertOfConfigDict
from aggregator.core.times import moment
from aggregator.core.wording import count, one_line
from aggregator.edge.reading import alerts as reading
from aggregator.errors import UsageError
from aggregator.model import AlertState, Story
from aggregator.pipeline.alerting import deliver, missing_secrets
from aggregator.pipeline.context import Context

LISTED = 10  # stories of a dry run that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One alert of the config and how it is doing."""

    settings: AlertSettings
    state: AlertState | None  # None: it has not begun
    missing: tuple[str, ...]  # environment variables that it needs and that are not set

    def to_dict(self) -> AlertOfConfigDict:
        """One object of `alerts --json`."""
        state, settings = self.state, self.settings
        return {
            "name": settings.name,
            "filter": alerts.alert_words(settings.to_alert()),
            "to": settings.to.words,
            "every": alerts.rhythm_words(settings.every),
            "again_when": settings.again_when,
            "state": state_to_dict(state) if state else None,
            "missing_environment": list(self.missing),
        }

    def to_text(self) -> str:
        """A few lines for a terminal."""
        settings, state = self.settings, self.state
        lines = [
            f"{one_line(settings.name)}: {alerts.alert_words(settings.to_alert())}",
            f"  {alerts.rhythm_words(settings.every)}, to {settings.to.words}",
        ]
        if state is None:
            lines.append("  not begun; the daemon or `aggregator run --once` begins it")
        else:
            lines.append(f"  {state_words(state)}")
            lines += [f"  {trouble_words(each)}" for each in state.troubled]
        lines += [f"  the environment variable {name} is not set" for name in self.missing]
        return "\n".join(lines)


def listed(db: Any | None, config: Config) -> list[Listed]:
    """The alerts of the config with their state; without a database none has begun."""
    states = {} if db is None else {each.name: each for each in reading.read_alert_states(db)}
    return [
        Listed(settings=each, state=states.get(each.name), missing=missing_secrets(config, each))
        for each in config.alerts
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one alert would tell now."""

    settings: AlertSettings
    total: int
    stories: tuple[Story, ...]  # the first of them

    def to_dict(self) -> AlertFoundDict:
        """One object of `alerts --dry-run --json`."""
        return {
            "name": self.settings.name,
            "to": self.settings.to.words,
            "total": self.total,
            "stories": [
                {"id": each.id, "title": one_line(each.title), "outlets": each.outlets}
                for each in self.stories
            ],
        }

    def to_text(self) -> str:
        """A line on the alert and one a story."""
        total = count(self.total, "story", "stories")
        return "\n".join(
            [
                f"{one_line(self.settings.name)}: {total} to {self.settings.to.words}",
                *(f"{each.id:>6}  {one_line(each.title) or 'Untitled'}" for each in self.stories),
            ]
        )


def would_tell(db: Any, settings: AlertSettings, *, now: datetime) -> Found:
    """What an alert would find now; one that has not begun is shown the last three days."""
    wish, row = settings.to_alert(), reading.read_alert_row(db, settings.name)
    begun = moment(row["made_at"]) if row else now - alerts.FRESH
    looked_at = moment(row["looked_at"]) if row else begun
    changed = alerts.look_back(since=begun, looked_at=looked_at, now=now)
    total = 0
    shown: list[Story] = []
    for bunch in reading.read_new(
        db, wish, row["id"] if row else 0, changed=changed, published=changed - alerts.FRESH
    ):
        found = [story for story in bunch if alerts.wanted(story, wish)]
        total += len(found)
        shown += found[: LISTED - len(shown)]
    return Found(settings=settings, total=total, stories=tuple(shown))


def send_sample(context: Context, name: str) -> str:
    """Send one sample of an alert, with the newest story that it would tell, and note nothing.

    Gives where it went. Raises what sending raises; UsageError for an unknown name and for a
    database without a story.
    """
    settings = find(context.config, name)
    with context.store.snapshot() as db:
        stories = reading.read_sample(db, settings.to_alert())
    if not stories:
        raise UsageError(name, "there is no story to make a sample of", hint="aggregator demo")
    refused = deliver(context, settings, stories, len(stories), key=str(uuid4()), test=True)
    return settings.to.words + (f" ({refused})" if refused else "")


def find(config: Config, name: str) -> AlertSettings:
    """The alert of that name; UsageError when config has none."""
    for each in config.alerts:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in config.alerts) or "config has no alerts"
    raise UsageError(name, "no such alert", hint=known)
