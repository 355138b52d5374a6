"""The models of what config says about alerts: who is told of which stories, by what; no file."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from aggregator.config_sources import Settings
from aggregator.config_values import (
    Domain,
    Language,
    Limits,
    Text,
    WebAddress,
    checked,
    count,
    fault,
    name_of,
)
from aggregator.core import alerts
from aggregator.model import Alert, Rhythm, StoryQuery

_MAILBOX = re.compile(r"[A-Za-z0-9._%+=/-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_HERE = ("localhost", "127.0.0.1", "::1")


def _rhythm(value: object) -> Rhythm:
    if isinstance(value, Rhythm):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise fault(f"write {alerts.RHYTHMS}, not {name_of(value)}")
    try:
        return alerts.parse_rhythm(str(value))
    except ValueError as error:
        raise fault(f"{error}, not {name_of(value)}") from None


Mailbox = Annotated[
    str,
    checked(lambda t: t if _MAILBOX.fullmatch(t) else None, "a mail address such as a@b.example"),
]
Host = Annotated[str, checked(lambda t: t if _HOST.fullmatch(t) else None, "a host name")]
Variable = Annotated[
    str,
    checked(lambda t: t if _VARIABLE.fullmatch(t) else None, "the name of an environment variable"),
]
Every = Annotated[
    Rhythm,
    BeforeValidator(Limits(_rhythm, f"{alerts.RHYTHMS}; spans between 1m and 7d")),
]


class MailSettings(Settings):
    """The server that takes the mails of alerts. Passwords stand in the environment, not here."""

    host: Host  # of the server
    sender: Mailbox  # whom mails are from
    port: Annotated[int, count(1, 65_535)] = 587  # 465 for tls: implicit, 25 without TLS
    tls: Literal["starttls", "implicit", "none"] = "starttls"  # none: in the clear
    user: Text | None = None  # where the server asks for a log-in
    password_env: Variable | None = None  # environment variable that holds the password

    @model_validator(mode="after")
    def _check(self) -> MailSettings:
        if (self.user is None) != (self.password_env is None):
            raise fault("user and password_env belong together: give both or neither")
        if self.user is not None and self.tls == "none" and self.host not in _HERE:
            raise fault("with tls: none the password would travel in the clear; use starttls")
        return self


class FilterSettings(Settings):
    """What a story must be; what is left out matters not."""

    words: Text | None = None  # that a copy's headline or text must hold, all of them
    agency: Text | None = None  # key of the agency whose copy it is, such as afp
    outlet: Domain | None = None  # that carries it
    language: Language | None = None  # of one of its copies
    min_outlets: Annotated[int, count(1, 1_000)] = 2  # that carry it
    min_independent: Annotated[int, count(1, 1_000)] = 1  # independent sources
    uncredited: bool = False  # true: with a copy that carries an agency's text without a credit


class ToSettings(Settings):
    """Where it is sent: by mail or to a webhook."""

    mail: tuple[Mailbox, ...] = ()  # who gets it
    webhook: WebAddress | None = None  # where it is posted
    format: Literal["json", "text"] = "json"  # text: {"text": …} for Slack, Mattermost and others
    secret_env: Variable | None = None  # environment variable with the secret that signs requests

    @model_validator(mode="after")
    def _check(self) -> ToSettings:
        if bool(self.mail) == (self.webhook is not None):
            raise fault("give either mail addresses or a webhook")
        if self.mail and (self.secret_env is not None or self.format != "json"):
            raise fault("format and secret_env are for a webhook")
        return self

    @property
    def words(self) -> str:
        """Where it goes, for lists."""
        return ", ".join(self.mail) or str(self.webhook)


class AlertSettings(Settings):
    """Who is told of which stories."""

    name: Text  # stands in subjects; another name is another alert, which begins anew
    to: ToSettings  # where it is sent
    filter: FilterSettings = FilterSettings()  # which stories
    every: Every = Rhythm()  # when
    again_when: Literal["never", "grows"] = "never"  # grows: told again in twice as many outlets
    pages: WebAddress | None = None  # where `browse` is served, https://…/-/stories, for links

    def to_alert(self) -> Alert:
        """The same as a value of the line."""
        f = self.filter
        return Alert(
            name=self.name,
            query=StoryQuery(
                text=f.words or "", agency=f.agency, outlet=f.outlet, language=f.language,
                min_outlets=f.min_outlets, min_sources=f.min_independent,
            ),
            uncredited=f.uncredited,
            rhythm=self.every,
            again=self.again_when == "grows",
        )  # fmt: skip


def lacks_server(written: Any, alert: Any) -> bool:
    """Whether an alert, as written, is to be mailed and no server is named."""
    to = alert.get("to") if isinstance(alert, dict) else None
    mailed = isinstance(to, dict) and bool(to.get("mail"))
    return mailed and not isinstance(written, dict)
