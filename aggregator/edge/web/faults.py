"""Turns what sockets and libraries raise into one of our errors; sends and retries nothing."""

from __future__ import annotations

import ssl
from typing import NoReturn

from urllib3.exceptions import TimeoutError as Urllib3Timeout

from aggregator.edge.web.watchdog import Guard
from aggregator.errors import FetchError, TooSlow, Unreachable

_SILENT = "the server is silent"


def raise_ours(subject: str, guard: Guard, error: Exception) -> NoReturn:
    """Raise the error of our tree for `error`; nothing that a stranger wrote is quoted.

    A cut line looks like any broken answer, so the guard is asked first.
    """
    if guard.stopped:
        raise FetchError(subject, "stopped before the answer was complete") from None
    if guard.expired:
        raise TooSlow(subject, "no complete answer before the deadline") from None
    if guard.silent:
        raise TooSlow(subject, _SILENT) from None
    if isinstance(error, FetchError):
        if error.subject:
            raise error
        raise type(error)(subject, error.message, hint=error.hint) from None
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = f"the certificate does not hold: {cause.verify_message}"
            raise Unreachable(subject, reason) from None
        if isinstance(cause, TimeoutError | Urllib3Timeout):
            raise TooSlow(subject, _SILENT) from None
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, ConnectionRefusedError):
        raise Unreachable(subject, "the connection was refused") from None
    kind = type(error).__name__
    raise Unreachable(subject, f"the connection or the answer broke ({kind})") from error
