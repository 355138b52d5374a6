"""The whole error tree; each class knows its exit code and whether to try again.

AggregatorError                exit 1
├─ ConfigError                 exit 2   every fault of a config file at once
├─ UsageError                  exit 2   a command that cannot be carried out as asked
├─ SourceError                          something a stranger sent or did not send
│  ├─ FetchError               retry
│  │  ├─ TooSlow               retry    a deadline passed
│  │  ├─ Unreachable           retry    no connection, broken answer, bad certificate
│  │  ├─ Refused               retry    an HTTP status that is no answer
│  │  ├─ TooLarge                       more bytes than the cap, before or after decoding
│  │  ├─ NotAllowed                     address, scheme or robots.txt forbids it
│  │  ├─ Rejected              retry    a mail server did not take a message
│  │  └─ Unsure                         it went out, no answer came: it may have arrived
│  ├─ ParseError                        the bytes are not what they should be
│  └─ WorkerDied               retry    a worker hung, crashed or ran out of memory
└─ StoreError                  exit 1
   ├─ Missing                           no database where one is needed
   ├─ Locked                   retry    another process is writing
   ├─ NewerSchema                       the file was made by a later version
   ├─ Damaged                           the file fails its own check
   ├─ Full                     retry    no room, or the disk refuses to be written
   ├─ Vanished                          the file was deleted or replaced while in use
   └─ AlreadyRunning           exit 4   another daemon holds the lock
"""

from __future__ import annotations


class AggregatorError(Exception):
    """Root of all errors a user can cause or must act on; bugs are not wrapped.

    `str()` gives one line: subject, what happened and, where known, what to try.
    """

    exit_code = 1
    retry = False

    def __init__(self, subject: str, message: str, *, hint: str = "") -> None:
        super().__init__(subject, message, hint)
        self.subject = subject
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.subject}: {self.message}" if self.subject else self.message
        return f"{text}; try: {self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders; keyword-only arguments need help to be pickled.
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(
    kind: type[AggregatorError], args: tuple[str, ...], state: dict[str, object]
) -> AggregatorError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigError(AggregatorError):
    """A config file with faults; `faults` are lines of `file:line:column: key: what is wrong`."""

    exit_code = 2

    def __init__(self, path: str, faults: list[str]) -> None:
        super().__init__(path, "\n".join(faults))
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(self.faults)


class UsageError(AggregatorError):
    """A command that cannot be carried out as asked."""

    exit_code = 2


class SourceError(AggregatorError):
    """Something a stranger sent, or did not send."""


class FetchError(SourceError):
    """A request without a usable answer."""

    retry = True


class TooSlow(FetchError):
    """A deadline passed."""


class Unreachable(FetchError):
    """No connection, a broken answer, or a certificate that does not hold."""


class Refused(FetchError):
    """An HTTP status that is no answer; `retry_after` in seconds when the server gave one."""

    def __init__(self, subject: str, status: int, *, retry_after: int | None = None) -> None:
        super().__init__(subject, f"the server answered {status}")
        self.status = status
        self.retry_after = retry_after
        self.retry = status in (408, 425, 429) or status >= 500


class TooLarge(FetchError):
    """More bytes than the cap, before or after decoding."""

    retry = False


class NotAllowed(FetchError):
    """The address, the scheme or robots.txt forbids the request."""

    retry = False


class Rejected(FetchError):
    """A mail server answered, and did not take the message."""


class Unsure(FetchError):
    """What was to be sent went out and no answer came, so it may or may not have arrived."""

    retry = False


class ParseError(SourceError):
    """The bytes are not what they should be."""


class WorkerDied(SourceError):
    """A worker process hung, crashed or ran out of memory on this input."""

    retry = True


class StoreError(AggregatorError):
    """The database cannot do what is asked."""


class Missing(StoreError):
    """No database where one is needed."""


class Locked(StoreError):
    """Another process is writing and did not finish in time."""

    retry = True


class NewerSchema(StoreError):
    """The file was made by a later version of this program."""


class Damaged(StoreError):
    """The file fails its own check."""


class Full(StoreError):
    """No room for what is to be written, or the disk refuses it; nothing stored is lost."""

    retry = True


class Vanished(StoreError):
    """The file of an open database was deleted, or another one was put in its place."""


class AlreadyRunning(StoreError):
    """Another daemon holds the lock of this database."""

    exit_code = 4
