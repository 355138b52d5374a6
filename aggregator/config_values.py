"""The kinds of values a config file may hold, each with a sentence for what is wrong; no models."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from aggregator.core import measures
from aggregator.core.addresses import Fence
from aggregator.core.urls import absolute_url, outlet_of
from aggregator.errors import UsageError

_PROXY = re.compile(r"http://[^/@\s]+:\d{1,5}/?")


@dataclass(frozen=True)
class Limits:
    """Reads a value and refuses what lies outside; `words` say its bounds in the reference."""

    read: Callable[[object], object]
    words: str

    def __call__(self, value: object) -> object:
        return self.read(value)


def span(low: float, high: float, *, whole: bool = False) -> BeforeValidator:
    """Seconds from "15m" or a number, within bounds; rounded where only whole ones make sense."""
    between = f"{measures.show_duration(low)} and {measures.show_duration(high)}"

    def read(value: object) -> float:
        seconds = _measured(value, measures.parse_duration)
        if not low <= seconds <= high:
            raise fault(f"must be between {between}, not {value}")
        return round(seconds) if whole else seconds

    return BeforeValidator(Limits(read, f"time between {between}"))


def lasting(low: float, high: float) -> BeforeValidator:
    """Whole seconds from "90d" or a number, within bounds; None from `forever` or nothing."""
    between = f"{measures.show_duration(low)} and {measures.show_duration(high)}"

    def read(value: object) -> int | None:
        if value is None or value == "forever":
            return None
        seconds = _measured(value, measures.parse_duration)
        if not low <= seconds <= high:
            raise fault(f"must be `forever`, or between {between}, not {value}")
        return round(seconds)

    return BeforeValidator(Limits(read, f"forever, or time between {between}"))


def size(low: int, high: int) -> BeforeValidator:
    """Bytes from "10MB" or a number, within bounds."""
    between = f"{measures.show_size(low)} and {measures.show_size(high)}"

    def read(value: object) -> int:
        count = int(_measured(value, measures.parse_size))
        if not low <= count <= high:
            raise fault(f"must be between {between}, not {value}")
        return count

    return BeforeValidator(Limits(read, f"size between {between}"))


def number(low: float, high: float) -> BeforeValidator:
    """A number within bounds."""
    return _number(low, high, (int, float), "a number")


def count(low: int, high: int) -> BeforeValidator:
    """A whole number within bounds."""
    return _number(low, high, (int,), "a whole number")


def words(longest: int = 200) -> BeforeValidator:
    """Text on one line that may stand in a table or on a terminal."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise fault(f"expected text, not {name_of(value)}; put it in quotes")
        if not value.strip():
            raise fault("must not be empty")
        if len(value) > longest or not value.isprintable():
            raise fault(f"must be one line of at most {longest} characters, without controls")
        return value.strip()

    return BeforeValidator(Limits(read, "text on one line"))


def checked(check: Callable[[str], str | None], wanted: str) -> BeforeValidator:
    """Text that `check` turns into its final form; None from it means it is not `wanted`."""

    def read(value: object) -> str:
        result = check(value.strip()) if isinstance(value, str) else None
        if result is None:
            raise fault(f"expected {wanted}, not {name_of(value)}")
        return result

    return BeforeValidator(Limits(read, wanted))


def name_of(value: object) -> str:
    """What a value is, for the end of a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping of keys"
    if isinstance(value, tuple):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if len(repr(value)) <= 80 else repr(value)[:79] + "…"


def fault(message: str) -> PydanticCustomError:
    """A fault of a value, said in a sentence, for a validator to raise."""
    # A value from the file may hold braces, which would be taken for placeholders.
    return PydanticCustomError("fault", "{sentence}", {"sentence": message})


def _measured(value: object, read: Callable[[str | int | float], float]) -> float:
    if isinstance(value, str | int | float):
        try:
            return read(value)
        except ValueError as error:
            raise fault(f"{error}, not {name_of(value)}") from None
    raise fault(f"expected a number with its unit, not {name_of(value)}")


def _number(
    low: float, high: float, kinds: tuple[type[int] | type[float], ...], wanted: str
) -> BeforeValidator:
    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise fault(f"expected {wanted}, not {name_of(value)}")
        if not low <= value <= high:
            raise fault(f"must be between {low:g} and {high:g}, not {value:g}")
        return value if int in kinds and len(kinds) == 1 else float(value)

    return BeforeValidator(Limits(read, f"{wanted} between {low:g} and {high:g}"))


def _header(text: str) -> str | None:
    return text if text.isascii() and text.isprintable() and 0 < len(text) <= 300 else None


def _contact(text: str) -> str | None:
    is_mail = re.fullmatch(r"(mailto:)?[^@\s]+@[^@\s]+\.[^@\s]+", text)
    return _header(text) if is_mail or absolute_url(text) else None


def listen(text: str) -> tuple[str, int] | None:
    """Host and port of `127.0.0.1:9464` or `[::1]:9464`; None when it is neither."""
    found = re.fullmatch(
        r"(?:\[(?P<six>[0-9a-fA-F:]+)\]|(?P<four>[0-9.]+)):(?P<port>\d{1,5})", text
    )
    if not found or int(found["port"]) > 65_535:
        return None
    try:
        return str(ip_address(found["six"] or found["four"])), int(found["port"])
    except ValueError:
        return None


def _read_listen(value: object) -> tuple[str, int]:
    found = listen(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise fault(f"expected an address such as 127.0.0.1:9464, not {name_of(value)}")
    return found


def _domain(text: str) -> str | None:
    return text.lower() if "." in text and outlet_of(text) == text.lower() else None


def _reachable(text: str) -> str | None:
    try:
        Fence((text,))  # the rule of what may stand in the list is the fence's own
    except UsageError:
        return None
    return text


Text = Annotated[str, words()]
HeaderText = Annotated[str, checked(_header, "one line of ASCII text")]
Contact = Annotated[str, checked(_contact, "a URL or a mail address")]
WebAddress = Annotated[str, checked(absolute_url, "an http or https URL")]
Domain = Annotated[str, checked(_domain, "a registered domain such as paper.co.uk")]
PrivateHost = Annotated[str, checked(_reachable, "a host name or a network such as 10.1.0.0/16")]
Proxy = Annotated[str, checked(lambda t: t if _PROXY.fullmatch(t) else None, "http://host:port")]
Listen = Annotated[tuple[str, int], BeforeValidator(_read_listen)]
Language = Annotated[
    str,
    checked(lambda t: t if re.fullmatch("[a-z]{2,3}", t) else None, "a language code such as en"),
]
AgencyKey = Annotated[
    str,
    checked(
        lambda t: t if re.fullmatch("[a-z0-9-]{2,40}", t) else None,
        "a key of lower-case letters, digits and hyphens",
    ),
]
