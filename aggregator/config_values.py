"""The kinds of values a config file may hold, each with a sentence for what is wrong; no models."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from aggregator.core import measures
from aggregator.core.addresses import Fence
from aggregator.core.urls import absolute_url, outlet_of
from aggregator.errors import UsageError

_PROXY = re.compile(r"http://[^/@\s]+:\d{1,5}/?")


def span(low: float, high: float, *, whole: bool = False) -> BeforeValidator:
    """Seconds from "15m" or a number, within bounds; rounded where only whole ones make sense."""

    def read(value: object) -> float:
        seconds = _measured(value, measures.parse_duration)
        if not low <= seconds <= high:
            bounds = f"{measures.show_duration(low)} and {measures.show_duration(high)}"
            raise _fault(f"must be between {bounds}, not {value}")
        return round(seconds) if whole else seconds

    return BeforeValidator(read)


def size(low: int, high: int) -> BeforeValidator:
    """Bytes from "10MB" or a number, within bounds."""

    def read(value: object) -> int:
        count = int(_measured(value, measures.parse_size))
        if not low <= count <= high:
            bounds = f"{measures.show_size(low)} and {measures.show_size(high)}"
            raise _fault(f"must be between {bounds}, not {value}")
        return count

    return BeforeValidator(read)


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
            raise _fault(f"expected text, not {name_of(value)}; put it in quotes")
        if not value.strip():
            raise _fault("must not be empty")
        if len(value) > longest or not value.isprintable():
            raise _fault(f"must be one line of at most {longest} characters, without controls")
        return value.strip()

    return BeforeValidator(read)


def checked(check: Callable[[str], str | None], wanted: str) -> BeforeValidator:
    """Text that `check` turns into its final form; None from it means it is not `wanted`."""

    def read(value: object) -> str:
        result = check(value.strip()) if isinstance(value, str) else None
        if result is None:
            raise _fault(f"expected {wanted}, not {name_of(value)}")
        return result

    return BeforeValidator(read)


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


def _fault(message: str) -> PydanticCustomError:
    # A value from the file may hold braces, which would be taken for placeholders.
    return PydanticCustomError("fault", "{sentence}", {"sentence": message})


def _measured(value: object, read: Callable[[str | int | float], float]) -> float:
    if isinstance(value, str | int | float):
        try:
            return read(value)
        except ValueError as error:
            raise _fault(f"{error}, not {name_of(value)}") from None
    raise _fault(f"expected a number with its unit, not {name_of(value)}")


def _number(
    low: float, high: float, kinds: tuple[type[int] | type[float], ...], wanted: str
) -> BeforeValidator:
    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise _fault(f"expected {wanted}, not {name_of(value)}")
        if not low <= value <= high:
            raise _fault(f"must be between {low:g} and {high:g}, not {value:g}")
        return value if int in kinds and len(kinds) == 1 else float(value)

    return BeforeValidator(read)


def _header(text: str) -> str | None:
    return text if text.isascii() and text.isprintable() and 0 < len(text) <= 300 else None


def _contact(text: str) -> str | None:
    is_mail = re.fullmatch(r"(mailto:)?[^@\s]+@[^@\s]+\.[^@\s]+", text)
    return _header(text) if is_mail or absolute_url(text) else None


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
