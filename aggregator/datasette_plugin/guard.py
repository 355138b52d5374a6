"""Answers only to names the server was started with, so that no foreign name leads to it.

A page elsewhere can have its own name point to this machine (DNS rebinding) and then read what is
served here as if it were its own; the Host header still says that name. Must not look names up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import Any

LOCAL = ("localhost", "127.0.0.1", "::1")
EVERY = ("0.0.0.0", "::")  # noqa: S104  compared with, not bound to
ANY_ADDRESS = "any address"  # stands among the names for every number; no host can be called so

Application = Callable[[Any, Any, Any], Awaitable[None]]
_SAID = b"This server does not answer to that name.\n"
_HEADERS = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"content-length", str(len(_SAID)).encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]


def allowed_names(host: str, more: Iterable[str] = ()) -> tuple[str, ...]:
    """The names a server bound to `host` answers to: those of this machine, `host`, and `more`.

    One that listens on every address answers to any address written as a number too: a name is
    what an attacker needs.
    """
    names = [*LOCAL, *(_bare(each) for each in more)]
    names.append(ANY_ADDRESS if host in EVERY else _bare(host))
    return tuple(dict.fromkeys(names))


def answers_to(header: str, names: Iterable[str]) -> bool:
    """Whether a Host header, with or without a port, is one of the names."""
    known = tuple(names)
    host = _without_port(header.strip())
    if host is None:
        return False
    name = _bare(host)
    return (name in known and name != ANY_ADDRESS) or (ANY_ADDRESS in known and _is_address(name))


def guard(application: Application, names: tuple[str, ...]) -> Application:
    """The application behind a check of every request's Host header; 400 for other names."""

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket") and not _is_named(scope, names):
            await _refuse(scope, send)
        else:
            await application(scope, receive, send)

    return guarded


def _is_named(scope: Any, names: tuple[str, ...]) -> bool:
    said = [value for name, value in scope.get("headers", ()) if name.lower() == b"host"]
    return len(said) == 1 and answers_to(said[0].decode("latin-1"), names)


async def _refuse(scope: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": 400, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _SAID})


def _without_port(header: str) -> str | None:
    """The host of `host`, `host:port`, `[v6]` or `[v6]:port`; None when it is none of these."""
    if header.startswith("["):
        host, closed, rest = header[1:].partition("]")
        port = rest.removeprefix(":") if rest else "0"
        return host if closed and (not rest or rest[0] == ":") and _is_port(port) else None
    host, colon, port = header.partition(":")
    return host if host and (not colon or _is_port(port)) else None


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def _bare(host: str) -> str:
    """A name as compared: lower case, without the dot of the root or the brackets of IPv6."""
    return host.lower().removesuffix(".").removeprefix("[").removesuffix("]")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
