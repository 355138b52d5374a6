"""The stage of alerts: find stories, put messages together, send each once; holds no rule.

Never sent twice: a try is claimed in the database before anything goes out, and its outcome is
written after. Where the program ends in between, or the other side falls silent once the message
was on its way, it may have arrived: it is marked unsure, shown by `alerts` and `status`, and sent
again only when a person says so, under the same Message-ID and key. What surely was not taken is
tried again for a day.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aggregator.config import Config
from aggregator.config_alerts import AlertSettings
from aggregator.core import alerts
from aggregator.core.times import moment
from aggregator.edge.reading import alerts as reading
from aggregator.edge.store import alerting as store
from aggregator.errors import AggregatorError, Refused, Unsure, UsageError
from aggregator.model import Alert, Message, MessageState, Outcome, Story
from aggregator.pipeline.context import Context


def alert(context: Context) -> list[Outcome]:
    """One pass: what is new is found and sent, what failed is tried again; outcomes by message."""
    asked = {each.name: each for each in context.config.alerts}
    if not asked:
        return []
    now = context.clock()
    rows = store.enlist(context.store, list(asked), now=now)
    for name, settings in asked.items():
        _find(context, settings.to_alert(), rows[name], now)
    store.doubt(context.store, now=now, lease=alerts.LEASE)
    outcomes = []
    with context.store.snapshot() as db:
        due = reading.read_due(db, list(asked), now=now)
    for message in due:
        if context.stop.is_set():
            break
        if store.claim(context.store, message.id, now=context.clock()):
            outcome = _try(context, asked[message.alert], message)
            context.watch(outcome)
            outcomes.append(outcome)
    return outcomes


def _find(context: Context, wish: Alert, row: dict[str, Any], now: datetime) -> None:
    """Note the stories that an alert is to tell, and make messages of them when it is time."""
    looked_at = moment(row["looked_at"])
    changed = alerts.look_back(since=moment(row["made_at"]), looked_at=looked_at, now=now)
    with context.store.snapshot() as db:
        for bunch in reading.read_new(
            db, wish, row["id"], changed=changed, published=changed - alerts.FRESH
        ):
            found = {story.id: story.outlets for story in bunch if alerts.wanted(story, wish)}
            if found:
                store.note_found(context.store, row["id"], found, now=now)
    store.note_looked(context.store, row["id"], before=looked_at, now=now)
    gathered_at = moment(row["gathered_at"])
    if alerts.is_due(wish.rhythm, gathered_at=gathered_at, now=now):
        waiting = store.waiting_stories(context.store, row["id"])
        messages = alerts.in_messages(wish.rhythm, waiting)
        if messages or wish.rhythm.minute is not None or wish.rhythm.seconds:
            store.put_together(context.store, row["id"], messages, now=now)


def _try(context: Context, settings: AlertSettings, message: Message) -> Outcome:
    """Send a claimed message and write down what became of it."""
    with context.store.snapshot() as db:
        total, stories = reading.read_message_stories(db, message.id, most=alerts.SHOWN)
    state, error, due_at = MessageState.SENT, None, None
    try:
        if total:
            error = deliver(context, settings, stories, total, key=message.key)
        else:
            state = MessageState.DROPPED
    except Unsure as fault:
        state, error = MessageState.UNSURE, str(fault)
    except AggregatorError as fault:
        wait = fault.retry_after if isinstance(fault, Refused) else None
        due_at = alerts.next_try(
            message.tries + 1, made_at=message.made_at, now=context.clock(), retry_after=wait
        )
        state = MessageState.WAITING if due_at else MessageState.FAILED
        error = str(fault)
    store.settle(context.store, message.id, state, now=context.clock(), error=error, due_at=due_at)
    result = "put off" if state is MessageState.WAITING else state.value
    return Outcome(stage="alert", item=message.alert, result=result, reason=error or "")


def deliver(
    context: Context,
    settings: AlertSettings,
    stories: Sequence[Story],
    total: int,
    *,
    key: str,
    test: bool = False,
) -> str | None:
    """Send one message; gives who of several recipients was refused, or None.

    Raises `Unsure` where it may have arrived, another error of ours where it surely did not.
    """
    heading = alerts.subject(settings.name, stories, total, test=test)
    if settings.to.mail:
        return _mail(context, settings, stories, total, heading=heading, key=key)
    _post(context, settings, stories, total, heading=heading, key=key, test=test)
    return None


def _mail(
    context: Context,
    settings: AlertSettings,
    stories: Sequence[Story],
    total: int,
    *,
    heading: str,
    key: str,
) -> str | None:
    from aggregator.core.digest import digest_text
    from aggregator.edge import sending
    from aggregator.edge.outputs.digest import digest_html

    mail = context.config.mail
    if mail is None:
        raise UsageError("mail", "config names no server to send it")
    now, pages = context.clock(), (settings.pages or "").rstrip("/")
    server = sending.MailServer(
        host=mail.host, port=mail.port, tls=mail.tls, sender=mail.sender, user=mail.user,
        password=_secret(mail.password_env),
    )  # fmt: skip
    letter = sending.compose(
        subject=heading,
        text=digest_text(heading, stories, total, now, pages),
        html=digest_html(heading, stories, total, now, pages),
        sender=mail.sender, to=settings.to.mail, key=key, now=now,
    )  # fmt: skip
    refused = sending.send_mail(letter, server, settings.to.mail)
    return f"refused: {'; '.join(refused)}" if refused else None


def _post(
    context: Context,
    settings: AlertSettings,
    stories: Sequence[Story],
    total: int,
    *,
    heading: str,
    key: str,
    test: bool,
) -> None:
    import json

    from aggregator.core.digest import alert_to_dict, post_text
    from aggregator.edge import sending

    to, now = settings.to, context.clock()
    if to.webhook is None:
        raise UsageError(settings.name, "config names no webhook")
    pages = (settings.pages or "").rstrip("/")
    body: object = (
        {"text": post_text(heading, stories, total, pages)}
        if to.format == "text"
        else alert_to_dict(settings.name, key, stories, total, now, test=test)
    )
    sending.post_message(
        context.web, to.webhook, json.dumps(body, ensure_ascii=False).encode(), key=key, now=now,
        secret=_secret(to.secret_env), stop=context.stop,
    )  # fmt: skip


def missing_secrets(config: Config, settings: AlertSettings) -> tuple[str, ...]:
    """Environment variables that an alert needs and that are not set."""
    mailed = config.mail.password_env if config.mail and settings.to.mail else None
    named = (mailed, settings.to.secret_env)
    return tuple(name for name in named if name is not None and not os.environ.get(name))


def _secret(variable: str | None) -> str | None:
    """What an environment variable holds; UsageError when it is named and not there."""
    if variable is None:
        return None
    value = os.environ.get(variable)
    if not value:
        raise UsageError(variable, "this environment variable is not set")
    return value
