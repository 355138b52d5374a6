"""Makes a mail of text and HTML and hands it to a mail server once; decides nothing."""

from __future__ import annotations

import contextlib
import re
import smtplib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as _LINES
from email.utils import format_datetime
from typing import Any, Literal, NoReturn

from aggregator.core.wording import one_line
from aggregator.edge.web.faults import raise_ours
from aggregator.edge.web.lines import trusted
from aggregator.edge.web.watchdog import Guard, Watchdog
from aggregator.errors import Rejected, Unsure

# Plain ASCII on the wire: an old server may not take anything else.
_POLICY = _LINES.clone(cte_type="7bit")
_WORDS_MOST = 200  # of what a mail server says


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server that takes our mail, and how it is spoken to; seconds bound a whole mail."""

    host: str
    port: int
    tls: Literal["starttls", "implicit", "none"]
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    seconds: float = 30.0

    @property
    def domain(self) -> str:
        """The sender's domain, by which we introduce ourselves and name messages."""
        return self.sender.rpartition("@")[2]


def compose(
    *, subject: str, text: str, html: str, sender: str, to: Sequence[str], key: str, now: datetime
) -> EmailMessage:
    """A mail with the same in text and in HTML; `key` makes its Message-ID, the same every try.

    Addresses are those of config, checked there; the subject may hold anything and is one line.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Subject"] = one_line(subject)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{key}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice shall answer
    mail.set_content(text, cte="quoted-printable" if text.isascii() else "base64")
    mail.add_alternative(html, subtype="html", cte="base64")
    return mail


def send_mail(mail: EmailMessage, server: MailServer, to: Sequence[str]) -> tuple[str, ...]:
    """Hand a mail to the server once; gives a line for each recipient of several it refused.

    Raises `Rejected` (it answered, and took nothing), `TooSlow` and `Unreachable` where the mail
    surely was not taken, `Unsure` where its text went out and no answer came. Nothing but its
    deadline cuts a mail that is under way.
    """
    subject = f"{server.host}:{server.port}"
    watchdog = Watchdog()
    client: _Plain | _Secure | None = None
    try:
        with watchdog.watch(time.monotonic() + server.seconds, None) as guard:
            try:
                client = _connect(server, guard)
                return _hand_over(client, mail, server, to)
            except Exception as error:
                _raise(subject, guard, error, begun=client is not None and client.text_begun)
            finally:
                if client is not None:
                    client.close()
    finally:
        watchdog.close()


class _Held:
    """Shows its socket to the watchdog before each wait, and notes when the text goes out."""

    text_begun = False
    sock: Any

    def __init__(self, guard: Guard, *args: Any, **named: Any) -> None:
        self._guard = guard
        super().__init__(*args, **named)  # connects

    def getreply(self) -> tuple[int, bytes]:
        self._guard.hold(self.sock)
        found: tuple[int, bytes] = super().getreply()  # type: ignore[misc]
        return found

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.text_begun = True
        found: tuple[int, bytes] = super().data(msg)  # type: ignore[misc]
        return found


class _Plain(_Held, smtplib.SMTP):
    pass


class _Secure(_Held, smtplib.SMTP_SSL):
    pass


def _connect(server: MailServer, guard: Guard) -> _Plain | _Secure:
    # It is told our name, or it would ask a resolver for it, which may hang.
    named: dict[str, Any] = {"local_hostname": server.domain, "timeout": server.seconds}
    if server.tls == "implicit":
        return _Secure(guard, server.host, server.port, context=trusted(), **named)
    return _Plain(guard, server.host, server.port, **named)


def _hand_over(
    client: _Plain | _Secure, mail: EmailMessage, server: MailServer, to: Sequence[str]
) -> tuple[str, ...]:
    if server.tls == "starttls":
        client.starttls(context=trusted())
    if server.user is not None:
        client.login(server.user, server.password or "")
    refused = client.sendmail(server.sender, list(to), mail.as_bytes())
    # The server took the mail; how it says goodbye is its own affair.
    with contextlib.suppress(OSError, smtplib.SMTPException):
        client.quit()
    return tuple(f"{who}: {_said(*answer)}" for who, answer in sorted(refused.items()))


def _raise(subject: str, guard: Guard, error: Exception, *, begun: bool) -> NoReturn:
    # A line that was cut, by us or by them, can leave half an answer behind; that is none.
    cut = guard.expired or guard.stopped
    if isinstance(error, smtplib.SMTPRecipientsRefused) and not cut:
        told = "; ".join(f"{who}: {_said(*said)}" for who, said in sorted(error.recipients.items()))
        raise Rejected(subject, f"the mail server refused every recipient ({told})") from None
    answer = error if isinstance(error, smtplib.SMTPResponseException) and not cut else None
    if answer is not None and 400 <= answer.smtp_code < 600:
        told = _said(answer.smtp_code, answer.smtp_error)
        raise Rejected(subject, f"the mail server answered {told}") from None
    if begun:
        raise Unsure(subject, "the mail was sent, and no answer came") from None
    if isinstance(error, smtplib.SMTPNotSupportedError):
        raise Rejected(subject, f"the mail server lacks what config asks for: {error}") from None
    raise_ours(subject, guard, error)


def _said(code: int, words: bytes | str) -> str:
    """What a mail server said, on one line of bounded length and without controls."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return one_line(re.sub(r"\s+", " ", f"{code} {text}"))[:_WORDS_MOST]
